package stream

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
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

func newThree(t *testing.T) *three {
	t.Helper()
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

// die opens a transaction with one record, and leaves it so.
func (c *three) die(id, topic string, timeout time.Duration) {
	c.t.Helper()
	k := c.client(kgo.TransactionalID(id), kgo.TransactionTimeout(timeout), kgo.MaxVersions(kversion.V3_6_0()))
	defer k.Close()
	if err := k.BeginTransaction(); err != nil {
		c.t.Fatal(err)
	}
	if err := k.ProduceSync(c.t.Context(), &kgo.Record{Topic: topic, Value: ofTheDead}).FirstErr(); err != nil {
		c.t.Fatal(err)
	}
}

var ofTheDead = []byte("of the dead")

// ended reports whether the coordinator has aborted the last transaction, or is
// about to.
func (c *three) ended(id string) bool {
	req := kmsg.NewPtrDescribeTransactionsRequest()
	req.TransactionalIDs = []string{id}
	res, err := req.RequestWith(c.t.Context(), c.k)
	return err == nil && len(res.TransactionStates) == 1 && strings.HasSuffix(res.TransactionStates[0].State, "Abort")
}

// read returns the first n records of a topic that a reader may see.
func (c *three) read(topic string, n int) (values [][]byte) {
	c.t.Helper()
	k := c.client(kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer k.Close()
	ctx, cancel := context.WithTimeout(c.t.Context(), labDeadline)
	defer cancel()
	for len(values) < n {
		fetches := k.PollFetches(ctx)
		if ctx.Err() != nil {
			c.t.Fatalf("%s: %d records came", topic, len(values))
		}
		fetches.EachRecord(func(r *kgo.Record) { values = append(values, r.Value) })
	}
	return values
}

// An owner dies with a transaction open, and an output partition loses its only
// broker. The next owner aborts the transaction, or the coordinator does when its
// timeout is over: Kafka 4.3 and 4.4 forget to do so in that partition, and commit
// the dead owner's record with the next of the new one's (KAFKA-20734). Another
// client, which takes its id over at once, shows whether the broker does.
func TestTakeOverOfALeaderlessPartition(t *testing.T) {
	if os.Getenv("REDACTOR_THREE_BROKERS") == "" {
		t.Skip("it starts three of Apache's brokers (REDACTOR_KAFKA_VERSION says which) when REDACTOR_THREE_BROKERS is set")
	}
	t.Run("open", func(t *testing.T) { takeOver(t, time.Minute) })
	t.Run("timed out", func(t *testing.T) { takeOver(t, 5*time.Second) })
}

func takeOver(t *testing.T, timeout time.Duration) {
	c := newThree(t)
	c.create("in", 1, 2, 3)
	c.create("quarantine", 1, 2, 3)
	cfg := Config{
		Brokers: c.addrs, Group: "g", Routes: []Route{keepRoute(t, "in", "a")}, Quarantine: "quarantine", Policy: "digest",
		Delivery: ExactlyOnce, DeliveryTimeout: time.Second, Refresh: 100 * time.Millisecond,
		Metrics: newMetrics([]Route{keepRoute(t, "in", "a")}), Logger: testLogger(t), TransactionalID: "redactor",
	}
	id := transactionalID(&cfg, "in", 0)
	keep := []int32{c.coordinator(coordinated{coordinatesGroup, "g"}), c.coordinator(coordinated{coordinatesTransaction, id})}
	victim := int32(1)
	for slices.Contains(keep, victim) {
		victim++
	}
	other := "other"
	for c.coordinator(coordinated{coordinatesTransaction, other}) == victim {
		other += "+"
	}
	for topic, id := range map[string]string{"out.a": id, "out.other": other} {
		c.create(topic, victim)
		c.until("a leader", func() bool { return c.leader(topic) == victim })
		c.die(id, topic, timeout)
	}
	c.run("kill", strconv.Itoa(int(victim)))
	c.until("nobody to lead", func() bool { return c.leader("out.a") == -1 && c.leader("out.other") == -1 })

	if timeout < time.Minute {
		c.until("the timeout to be over", func() bool { return c.ended(id) })
	}
	next := c.client(kgo.TransactionalID(other), kgo.MaxVersions(kversion.V3_6_0()))
	taken := make(chan error, 1)
	go func() {
		_, _, err := next.ProducerID(t.Context()) // a right broker answers when the marker is written
		taken <- err
	}()
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
	for n, got := range c.read("out.a", 10) {
		if want := jsonValue(0, n); !bytes.Equal(got, want) {
			t.Errorf("record %d is %s, want %s", n, got, want)
		}
	}

	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	if err := next.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := next.ProduceSync(t.Context(), &kgo.Record{Topic: "out.other", Value: []byte("of the next")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := next.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	t.Logf("the broker lost a marker of another client's: %v", bytes.Equal(c.read("out.other", 1)[0], ofTheDead))
}
