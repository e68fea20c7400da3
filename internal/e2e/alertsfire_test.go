package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Every alert is made to come true, with the seconds of scaled for its minutes: TestAlertsFire has what breaks,
// TestAlertsFireUnderLoad (alertsload_test.go) what is too slow. One is a bug that we do not have: it fires on books
// that a test keeps badly.

const firePolicy = `apiVersion: redactor/v1
name: fire
revision: "1"
namespace: acme
approved: {by: privacy, date: "2026-01-01", expires: "%s"}
fields:
  - {name: battery, level: L1, keys: [battery]}
  - {name: imei, level: L4, is: imei, keys: [imei]}
  - {name: note, level: L2, is: category, keys: [note]}
profiles:
  outside:
    purpose: science
    key: join
    levels: {L1: keep, L2: keep, L4: pseudonym}
    guard: {stop: {leaks: 3, minutes: 5}}
streams:
  - {from: SOURCE, to: {outside: OUTPUT}}
tests:
  - {name: kept, topic: SOURCE, given: '{"battery":1,"note":"fine"}', expect: {outside: {value: {battery: 1, note: fine}}}}
`

// fireLab is a directory with a policy and a key, beside a cluster with its topics.
type fireLab struct {
	t       *testing.T
	cluster *kfake.Cluster
	*broker
	dir    string
	policy string
	writer *kgo.Client
}

func newFireLab(t *testing.T) *fireLab {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100*time.Millisecond), kfake.SeedTopics(1, "source", "output", "quarantine"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	l := &fireLab{t: t, cluster: c, broker: newBroker(t, c.ListenAddrs()), dir: t.TempDir()}
	l.policy = strings.NewReplacer("SOURCE", "source", "OUTPUT", "output").Replace(fmt.Sprintf(firePolicy, time.Now().AddDate(0, 0, 7).Format(time.DateOnly)))
	l.file("policy.yaml", l.policy)
	if err := os.MkdirAll(filepath.Join(l.dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	l.writer = l.broker.writer(t)
	return l
}

func (l *fireLab) file(name, content string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(content), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// config writes a configuration of the group, and a key that needs another soon.
func (l *fireLab) config(name, group, more string) {
	l.t.Helper()
	l.file(name, fmt.Sprintf(`policy: policy.yaml
kafka: {brokers: [%s], group: %s, delivery: at_least_once, session: 2s}
keys: {join: {dir: keys, rotate: 7d}}
quarantine: {topic: quarantine}
admin: {listen: "127.0.0.1:0"}
audit: {file: audit.jsonl}
%s`, strings.Join(l.addrs, ", "), group, more))
	if left, err := os.ReadDir(filepath.Join(l.dir, "keys")); err != nil || len(left) == 0 {
		run(l.t, l.dir, buildRedactor(l.t), "keys", "rotate", "join", "--at", time.Now().AddDate(0, 0, -1).UTC().Format(time.DateOnly), "-c", name)
	}
}

func (l *fireLab) send(n int, value string) {
	l.t.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: "source", Value: []byte(value)}
	}
	write(l.t, l.writer, records...)
}

func TestAlertsFire(t *testing.T) {
	t.Parallel()
	tool(t, "prometheus")
	l := newFireLab(t)
	l.config("redactor.yaml", "fire", "")
	config, err := os.ReadFile(filepath.Join(l.dir, "redactor.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// Another instance, which takes orders and was left behind with an older policy.
	l.file("token", "correct-horse-battery")
	l.file("older.yaml", strings.Replace(l.policy, `"1"`, `"0"`, 1))
	l.file("orders.yaml", strings.NewReplacer(`"127.0.0.1:0"`, `"127.0.0.1:0", token_file: token`, "group: fire", "group: orders", "policy.yaml", "older.yaml").Replace(string(config)))

	first, second := startIn(t, l.dir, "redactor.yaml"), startIn(t, l.dir, "orders.yaml")
	p := startPrometheus(t, scaled(t, "1s"), 500*time.Millisecond, []string{first.admin, second.admin}, false)
	l.send(20, `{"battery":1}`)
	eventually(t, patience, "a scrape", func(ctx context.Context) bool {
		out, err := p.query(ctx, `min(redactor_records_produced_total) == 20`)
		return err == nil && len(out) == 1 && !p.firing(ctx, "RedactorDown") // it did, before the first scrape
	})
	p.quiet("RedactorDown", "RedactorNotReady", "RedactorLeakDetected", "RedactorBreakerOpen", "RedactorPolicyReloadFailed", "RedactorRecipientPaused",
		"RedactorRecordsFailing", "RedactorPartitionsStopped", "RedactorAccessRefused", "RedactorStalled", "RedactorRecordsUnaccounted", "RedactorRebalancing")

	p.fires("RedactorPolicyApprovalExpiring")
	p.fires("RedactorKeyExpiring")
	p.fires("RedactorPolicySkew")

	second.order(t, "/pause", "outside")
	p.fires("RedactorRecipientPaused")

	l.send(20, `{"battery":1,"surprise":1,"more":2}`)
	p.fires("RedactorUnknownFieldsRising")

	l.send(20, `{"battery":`)
	p.fires("RedactorRecordsFailing")

	l.file("policy.yaml", strings.Replace(l.policy, "level: L1", "level: L9", 1))
	if err := first.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.fires("RedactorPolicyReloadFailed")
	l.file("policy.yaml", l.policy)

	fault := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "output", Err: kerr.TopicAuthorizationFailed, Count: -1})
	l.send(5, `{"battery":1}`)
	p.fires("RedactorAccessRefused")
	p.fires("RedactorPartitionsStopped")
	p.fires("RedactorNotReady")
	fault.Remove()
	eventually(t, patience, "the partition going on", func(ctx context.Context) bool { return !p.firing(ctx, "RedactorPartitionsStopped") })

	// An instance that cannot make up its mind.
	for range 6 {
		again := startIn(t, l.dir, "redactor.yaml")
		again.leave(t)
	}
	p.fires("RedactorRebalancing")

	l.send(4, `{"battery":1,"note":"anna.example@example.com"}`)
	p.fires("RedactorLeakDetected")
	p.fires("RedactorBreakerOpen")
	l.send(50, `{"battery":1}`)
	p.quiet("RedactorStalled", "RedactorDown", "RedactorRecordsUnaccounted")
	first.stop(t)
	second.stop(t)
	p.fires("RedactorDown")
}

// startIn runs an instance in a directory, and returns once it says that it is ready.
func startIn(t *testing.T, dir, config string) *proxy {
	t.Helper()
	p := &proxy{name: config, ended: make(chan struct{})}
	p.cmd = exec.Command(buildRedactor(t), "run", "-c", config)
	p.cmd.Dir, p.cmd.Env = dir, []string{}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			t.Logf("%s wrote:\n%s", config, tail(p.log.Bytes(), 8000))
		}
	})
	eventually(t, patience, config+" ready", func(ctx context.Context) bool {
		select {
		case <-p.ended:
			t.Fatalf("%s ended: %v\n%s", config, p.err, tail(p.log.Bytes(), 8000))
		default:
		}
		if m := adminLine.FindSubmatch(p.log.Bytes()); m != nil {
			p.admin = string(m[1])
		}
		status, _ := p.get(ctx, "/readyz")
		return status == http.StatusOK
	})
	return p
}

// order gives an order about a recipient, as somebody who has the token.
func (p *proxy) order(t *testing.T, path, profile string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.admin+path, strings.NewReader("profile="+profile))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("anna", "correct-horse-battery")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 400 {
		t.Fatalf("%s: %s", path, resp.Status)
	}
}

// stop kills an instance, if it still runs.
func (p *proxy) stop(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
		return
	default:
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-p.ended
}
