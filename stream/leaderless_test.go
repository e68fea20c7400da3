package stream

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// three is a cluster of three of Apache's brokers.
type three struct {
	t     *testing.T
	dir   string
	addrs []string
	k     *kgo.Client
}

// newThree starts the brokers where that was asked for: it takes half a minute.
// REDACTOR_KAFKA_VERSION says which.
func newThree(t *testing.T) *three {
	t.Helper()
	if os.Getenv("REDACTOR_THREE_BROKERS") == "" {
		t.Skip("set REDACTOR_THREE_BROKERS to start three of Apache's brokers")
	}
	c := &three{t: t, dir: t.TempDir() + "/kafka"}
	c.addrs = strings.Split(strings.Fields(c.run("start", "--brokers", "3"))[0], ",")
	t.Cleanup(func() { c.run("stop") })
	c.k = c.client(kgo.MetadataMinAge(50 * time.Millisecond))
	return c
}

func (c *three) run(args ...string) string {
	c.t.Helper()
	cmd := exec.Command("../.ci/kafka", append(args, "--dir", c.dir)...)
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("%v: %v\n%s", args, err, talk.Bytes())
	}
	return string(out)
}

func (c *three) client(opts ...kgo.Opt) *kgo.Client {
	c.t.Helper()
	k, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.addrs...)}, opts...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(k.Close)
	return k
}

// create makes a topic of one partition on these brokers.
func (c *three) create(name string, on ...int32) {
	c.t.Helper()
	replicas := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
	replicas.Replicas = on
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, -1, -1
	topic.ReplicaAssignment = append(topic.ReplicaAssignment, replicas)
	least := kmsg.NewCreateTopicsRequestTopicConfig()
	least.Name, least.Value = "min.insync.replicas", kmsg.StringPtr("1")
	topic.Configs = append(topic.Configs, least)
	req := kmsg.NewPtrCreateTopicsRequest()
	req.Topics, req.TimeoutMillis = append(req.Topics, topic), 20_000
	res, err := req.RequestWith(c.t.Context(), c.k)
	if err == nil {
		err = kerr.ErrorForCode(res.Topics[0].ErrorCode)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// coordinator returns who coordinates a group or a transactional id.
func (c *three) coordinator(of coordinated) (node int32) {
	c.t.Helper()
	c.until("a coordinator", func() bool {
		req := kmsg.NewPtrFindCoordinatorRequest()
		req.CoordinatorType, req.CoordinatorKey, req.CoordinatorKeys = of.kind, of.key, []string{of.key}
		res, err := req.RequestWith(c.t.Context(), c.k)
		if err != nil || len(res.Coordinators) != 1 || res.Coordinators[0].ErrorCode != 0 {
			return false
		}
		node = res.Coordinators[0].NodeID
		return true
	})
	return node
}

// leader returns who leads the partition, -1 for nobody.
func (c *three) leader(topic string) int32 {
	req := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = &topic
	req.Topics = append(req.Topics, t)
	res, err := req.RequestWith(c.t.Context(), c.k)
	if err != nil || len(res.Topics) != 1 || len(res.Topics[0].Partitions) != 1 {
		return -2
	}
	return res.Topics[0].Partitions[0].Leader
}

func (c *three) until(what string, cond func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(labDeadline); !cond(); {
		if time.Now().After(deadline) {
			c.t.Fatalf("never came: %s", what)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-c.t.Context().Done():
		}
	}
}

// An owner dies with a transaction open, and an output partition loses its only
// broker. The next owner aborts the transaction: Kafka 4.3 and 4.4 would forget to
// do so in that partition, and commit the dead owner's record with the next of the
// new one's (KAFKA-20734).
func TestTakeOverOfALeaderlessPartition(t *testing.T) {
	c := newThree(t)
	c.create("in", 1, 2, 3)
	c.create("quarantine", 1, 2, 3)
	cfg := Config{
		Brokers: c.addrs, Group: "g", Routes: []Route{keepRoute(t, "in", "a")}, Quarantine: "quarantine", Policy: "digest",
		Delivery: ExactlyOnce, DeliveryTimeout: time.Second, Refresh: 100 * time.Millisecond,
		Metrics: newMetrics([]Route{keepRoute(t, "in", "a")}), Logger: testLogger(t), TransactionalID: "redactor",
	}
	id := transactionalID(&cfg, "in", 0)
	victim := int32(1) // neither of the coordinators: those go on
	for victim == c.coordinator(coordinated{coordinatesGroup, "g"}) || victim == c.coordinator(coordinated{coordinatesTransaction, id}) {
		victim++
	}
	c.create("out.a", victim)
	c.until("a leader", func() bool { return c.leader("out.a") == victim })

	owner := c.client(kgo.TransactionalID(id), kgo.MaxVersions(kversion.V3_6_0()))
	if err := owner.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := owner.ProduceSync(t.Context(), &kgo.Record{Topic: "out.a", Value: []byte("of the dead")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	owner.Close()
	c.run("kill", strconv.Itoa(int(victim)))
	c.until("nobody to lead", func() bool { return c.leader("out.a") == -1 })

	for i := range 10 {
		if err := c.k.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Value: jsonValue(0, i)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	proxy := (&lab{t: t}).start(cfg)
	proxy.until("the stall", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStalled })
	c.run("up", strconv.Itoa(int(victim)))
	proxy.arrives(10)
	proxy.end()
	proxy.books()

	r := c.client(kgo.ConsumeTopics("out.a"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(t.Context(), labDeadline)
	defer cancel()
	for n := 0; n < 10; {
		fetches := r.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%d records came", n)
		}
		fetches.EachRecord(func(rec *kgo.Record) {
			if want := jsonValue(0, n); !bytes.Equal(rec.Value, want) {
				t.Fatalf("offset %d holds %s, want %s", rec.Offset, rec.Value, want)
			}
			n++
		})
	}
}
