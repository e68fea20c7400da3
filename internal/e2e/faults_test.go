package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
)

// faultSize is small: what is proved is what happens at one moment.
const faultSize = 10_000

// onlyWhenLarge skips what takes the better part of a minute unless the large relay was asked for.
func onlyWhenLarge(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("REDACTOR_E2E_RECORDS") == "" {
		t.Skipf("%s: set REDACTOR_E2E_RECORDS", why)
	}
}

// TestKilledInstance: one of two instances dies without a word. What it had not committed comes again from
// the other one; nothing is missing.
func TestKilledInstance(t *testing.T) {
	t.Parallel()
	onlyWhenLarge(t, "the group notices after a session timeout")
	onEach(t, func(t *testing.T, b *broker) {
		const count = faultSize / 4
		r := deploy(t, b, 4)
		first := r.start(t, b, "first")
		victim := r.start(t, b, "victim")
		r.fill(t, b, count, func(round int) {
			if round != rounds/2 {
				return
			}
			eventually(t, patience, "records through the victim", func(ctx context.Context) bool {
				n, ok := victim.metric(ctx, "redactor_records_produced_total")
				return ok && n > 0
			})
			victim.cmd.Process.Kill()
			<-victim.ended
		})
		r.awaitDrained(t, b)
		first.leave(t)
		r.check(t, b, count)
	})
}

// TestKilledBroker: the broker dies under load and comes back. Only a real one can: REDACTOR_KAFKA_DIR is
// where .ci/kafka keeps it.
func TestKilledBroker(t *testing.T) {
	addrs, dir := os.Getenv("REDACTOR_KAFKA"), os.Getenv("REDACTOR_KAFKA_DIR")
	if addrs == "" || dir == "" {
		missing(t, "kafka", "REDACTOR_KAFKA and REDACTOR_KAFKA_DIR name no broker that may be killed")
	}
	const count = faultSize / 4
	b := newBroker(t, strings.Split(addrs, ","))
	r := deploy(t, b, 4)
	p := r.start(t, b, "only")
	script := func(verb string) {
		cmd := exec.Command(filepath.Join("..", "..", ".ci", "kafka"), verb, "1", "--dir", dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", verb, err, out)
		}
	}
	back := make(chan struct{})
	r.fill(t, b, count, func(round int) {
		if round != rounds/2 {
			return
		}
		eventually(t, patience, "records at work", func(ctx context.Context) bool {
			n, ok := p.metric(ctx, "redactor_records_produced_total")
			return ok && n > 0
		})
		script("kill")
		go func() { // the source goes on meanwhile: its client holds the records until the broker is back
			defer close(back)
			script("up")
		}()
	})
	<-back
	r.awaitDrained(t, b)
	p.leave(t)
	r.check(t, b, count)
}

// TestOutputRefusesLargeRecords: a record that one recipient's topic does not take is that recipient's loss
// alone. It is in the quarantine under its name, and the records around it arrive.
func TestOutputRefusesLargeRecords(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		r := deploy(t, b, 1)
		b.limit(t, r.outputs[2], "2000")
		p := r.start(t, b, "only")
		large := r.record(5)
		large.Value = text(`{"seq":1,"type":"%s"}`, strings.Repeat("x", 5000))
		write(t, b.writer(t), r.record(0), large, r.record(2), r.record(5))
		r.awaitDrained(t, b)
		p.leave(t)

		for i, want := range []int{4, 4, 3} {
			if got := r.values(t, b, i); len(got) != want {
				t.Errorf("%s: %d records, want %d", recipients[i], len(got), want)
			}
		}
		q := r.readQuarantine(t, b)
		if len(q) != 1 || q[0].Offset != 1 || len(q[0].Recipients) != 1 || q[0].Recipients[0] != "partner" {
			t.Errorf("quarantine: %+v, want offset 1 for partner", q)
		}
	})
}

// limit sets the largest batch that a topic takes.
func (b *broker) limit(t *testing.T, topic, bytes string) {
	t.Helper()
	r, err := b.client.IncrementalAlterConfigs(t.Context(), &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
		Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "max.message.bytes", Value: bytes, ConfigOperation: kafka.ConfigOperationSet}},
	}}})
	if err == nil {
		err = r.Resources[0].Error
	}
	if err != nil {
		t.Fatalf("limit of %s: %v", topic, err)
	}
}

// TestNewTopicIsPickedUp: a topic that appears later and matches the policy's pattern needs no restart.
func TestNewTopicIsPickedUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		r := deploy(t, b, 1)
		r.edit(t, "policy.yaml", "from: "+r.source, `from: "`+r.source+`*"`)
		p := r.start(t, b, "only")
		write(t, b.writer(t), r.record(0))
		r.awaitDrained(t, b)

		later := *r
		later.source = r.source + ".later"
		b.createTopic(t, later.source, 1)
		write(t, b.writer(t), later.record(5))
		later.awaitDrained(t, b)
		p.leave(t)
		r.wantEverywhere(t, b, 0, 5)
	})
}

// edit changes a file of the deployment.
func (r *route) edit(t *testing.T, name, old, new string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	r.file(t, name, strings.Replace(string(content), old, new, 1))
}
