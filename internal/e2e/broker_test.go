package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
)

// broker is where a test runs: kfake or a real Kafka.
type broker struct {
	id     int64
	addrs  []string
	client *kafka.Client
}

func newBroker(t *testing.T, addrs []string) *broker {
	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return &broker{id: brokers.Add(1), addrs: addrs, client: &kafka.Client{Addr: kafka.TCP(addrs...), Transport: transport, Timeout: 20 * time.Second}}
}

// onEach runs f on kfake and on the real Kafka that the environment names.
func onEach(t *testing.T, f func(t *testing.T, b *broker)) {
	t.Run("kfake", func(t *testing.T) {
		c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		f(t, newBroker(t, c.ListenAddrs()))
	})
	t.Run("kafka", func(t *testing.T) {
		addrs := os.Getenv("REDACTOR_KAFKA")
		if addrs == "" {
			missing(t, "kafka", "REDACTOR_KAFKA names no broker; .ci/kafka starts one")
		}
		f(t, newBroker(t, strings.Split(addrs, ",")))
	})
}

// missing skips the test, unless REDACTOR_REQUIRE asks for what is not there.
func missing(t *testing.T, what, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("REDACTOR_REQUIRE"), ","), what) {
		t.Fatalf("%s is required: %s", what, why)
	}
	t.Skipf("without %s: %s", what, why)
}

// started makes the names of this run differ from those that an earlier one left on the same Kafka.
var started = time.Now().UnixMilli()

// brokers counts them, so that -count=2 takes other names too.
var brokers atomic.Int64

// named is a topic or group name of this test alone.
func (b *broker) named(t *testing.T, name string) string {
	test, _, _ := strings.Cut(t.Name(), "/")
	return fmt.Sprintf("%s.%x-%d.%s", strings.ToLower(test), started, b.id, name)
}

// createTopic returns once every partition has a leader: a real Kafka answers before that is so.
func (b *broker) createTopic(t *testing.T, name string, partitions int, config ...kafka.ConfigEntry) {
	t.Helper()
	// A client whose metadata has no controller yet is told that the broker is not available; and what was
	// made although the answer was lost exists.
	var last error
	defer func() {
		if t.Failed() && last != nil {
			t.Logf("topic %s: %v", name, last)
		}
	}()
	eventually(t, patience, "topic "+name, func(ctx context.Context) bool {
		r, err := b.client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
			Topic: name, NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: config,
		}}})
		if err == nil {
			err = r.Errors[name]
		}
		last = err
		return err == nil || errors.Is(err, kafka.TopicAlreadyExists)
	})
	eventually(t, patience, "leaders of "+name, func(ctx context.Context) bool {
		m, err := b.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{name}})
		if err != nil || len(m.Topics) != 1 || m.Topics[0].Error != nil || len(m.Topics[0].Partitions) != partitions {
			return false
		}
		return !slices.ContainsFunc(m.Topics[0].Partitions, func(p kafka.Partition) bool { return p.Leader.Host == "" })
	})
}

// ends are the log end offsets of a topic, control records included; nil while the broker cannot say.
func (b *broker) ends(ctx context.Context, topic string, partitions int) []int64 {
	var ask []kafka.OffsetRequest
	for p := range partitions {
		ask = append(ask, kafka.LastOffsetOf(p))
	}
	r, err := b.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: ask}})
	if err != nil || len(r.Topics[topic]) != partitions {
		return nil
	}
	ends := make([]int64, partitions)
	for _, p := range r.Topics[topic] {
		if p.Error != nil {
			return nil
		}
		ends[p.Partition] = p.LastOffset
	}
	return ends
}

// committed are the offsets of a group, -1 where it has none; nil while the broker cannot say.
func (b *broker) committed(ctx context.Context, group, topic string, partitions int) []int64 {
	var ask []int
	for p := range partitions {
		ask = append(ask, p)
	}
	r, err := b.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: ask}})
	if err != nil || r.Error != nil || len(r.Topics[topic]) != partitions {
		return nil
	}
	at := make([]int64, partitions)
	for _, p := range r.Topics[topic] {
		if p.Error != nil {
			return nil
		}
		at[p.Partition] = p.CommittedOffset
	}
	return at
}

// patience is for what takes milliseconds on an idle machine. This one may be busy.
const patience = 60 * time.Second

// eventually asks until ok says yes, and fails the test when patience ends first.
func eventually(t *testing.T, patience time.Duration, what string, ok func(ctx context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok(ctx) {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within %v", what, patience)
		case <-tick.C:
		}
	}
}
