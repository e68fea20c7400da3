package stream

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// feed writes n records with ids from first on, round robin over partitions.
func (l *lab) feed(partitions, first, n int) {
	l.t.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		p := (first + i) % partitions
		records[i] = &kgo.Record{Topic: "in", Partition: int32(p), Value: jsonValue(p, first+i)}
	}
	l.produce(records...)
}

// expect reads all that feed has written, n records in all, from out.a: each
// once, in the order of its partition.
func (l *lab) expect(partitions, n int) {
	l.t.Helper()
	for p, got := range byPartition(l.consume("out.a", n)) {
		for i, r := range got {
			if want := jsonValue(int(p), i*partitions+int(p)); !bytes.Equal(r.Value, want) {
				l.t.Fatalf("out.a/%d: record %d is %s, want %s", p, i, r.Value, want)
			}
		}
	}
}

// ours matches requests of the proxy's own, not of the test's clients.
func ours(topic string) func(kmsg.Request) bool {
	return func(r kmsg.Request) bool {
		p, ok := r.(*kmsg.ProduceRequest)
		if !ok {
			return true
		}
		for _, t := range p.Topics {
			if t.Topic == topic {
				return true
			}
		}
		return false
	}
}

// Every error that a leader may answer with for a while is waited out; what
// was appended in spite of it is not appended again.
func TestProduceErrors(t *testing.T) {
	for _, e := range []*kerr.Error{
		kerr.NotEnoughReplicas, kerr.NotEnoughReplicasAfterAppend, kerr.RequestTimedOut, kerr.NotLeaderForPartition,
		kerr.UnknownTopicOrPartition, kerr.LeaderNotAvailable, kerr.KafkaStorageError, kerr.CorruptMessage, kerr.UnknownServerError,
	} {
		t.Run(e.Message, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
			h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Err: e, Count: 3})
			l.feed(2, 0, 200)
			proxy := l.start(l.config(keepRoute(t, "in", "a")))
			proxy.until("the end", func(s *Snapshot) bool { return s.Recipients[0].Produced == 200 })
			l.expect(2, 200)
			if n := h.Hits(); n < 2 { // an append that is known already is not faulted
				t.Errorf("the fault was hit %d times", n)
			}
			proxy.end()
			proxy.books()
		})
	}
}

func TestFetchErrors(t *testing.T) {
	for _, e := range []*kerr.Error{
		kerr.NotLeaderForPartition, kerr.UnknownTopicOrPartition, kerr.FencedLeaderEpoch, kerr.KafkaStorageError, kerr.OffsetNotAvailable, kerr.UnknownServerError,
	} {
		t.Run(e.Message, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
			h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "in", Err: e, Count: 3})
			l.feed(2, 0, 200)
			proxy := l.start(l.config(keepRoute(t, "in", "a")))
			l.expect(2, 200)
			if h.Hits() != 3 {
				t.Errorf("the fault was hit %d times", h.Hits())
			}
			proxy.end()
			proxy.books()
		})
	}
}

// Connections that die with a request on them, before and after it was done.
func TestDroppedConnections(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
	var seen atomic.Int64
	l.cluster.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		if ours("out.a")(r) && seen.Add(1)%3 == 0 {
			return nil, errors.New("dropped"), true
		}
		return nil, nil, false
	})
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	for i := range 10 {
		l.feed(2, i*20, 20)
		proxy.until("the batch", func(s *Snapshot) bool { return s.Recipients[0].Produced >= int64(i+1)*20 })
	}
	l.expect(2, 200)
	proxy.end()
	proxy.books()
	if seen.Load() < 12 {
		t.Errorf("only %d requests: nothing was dropped", seen.Load())
	}
}

// The broker has forgotten the producer, or a batch in between, and takes
// nothing of it any more: a new id, and on it goes, in order.
func TestProducerForgotten(t *testing.T) {
	for _, e := range []*kerr.Error{kerr.UnknownProducerID, kerr.OutOfOrderSequenceNumber, kerr.InvalidProducerEpoch} {
		t.Run(e.Message, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			var first atomic.Int64 // the id of the first batch
			first.Store(-1)
			var forgotten atomic.Bool
			h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Err: e, Count: -1, When: func(r kmsg.Request) bool {
				id := producerOf(r)
				first.CompareAndSwap(-1, id)
				return forgotten.Load() && id == first.Load()
			}})
			proxy := l.start(l.config(keepRoute(t, "in", "a")))
			l.feed(1, 0, 10)
			proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 })
			forgotten.Store(true)
			l.feed(1, 10, 10)
			proxy.until("the second", func(s *Snapshot) bool { return s.Recipients[0].Produced == 20 })
			l.feed(1, 20, 10)
			l.expect(1, 30)
			if h.Hits() != 1 {
				t.Errorf("the fault was hit %d times", h.Hits())
			}
			proxy.end()
			proxy.books()
		})
	}
}

// producerOf is the producer id in the first batch of a produce request.
func producerOf(r kmsg.Request) int64 {
	var b batch
	b.view(r.(*kmsg.ProduceRequest).Topics[0].Partitions[0].Records)
	return b.ProducerID
}

// A topic takes less than a batch: halves, until they fit. One record that is
// too large by itself goes to the quarantine, with its reason, and its
// neighbors arrive.
func TestMessageTooLarge(t *testing.T) {
	for _, codec := range []string{"none", "zstd"} {
		t.Run(codec, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "quarantine"))
			limit := "4000"
			if err := l.cluster.CreateTopic("out.a", 1, map[string]string{"max.message.bytes": limit}); err != nil {
				t.Fatal(err)
			}
			const n, large = 400, 217
			// Random text: compression does not help it below the limit.
			noise := make([]byte, 12_000)
			for i := range noise {
				noise[i] = "0123456789abcdef"[l.rng.IntN(16)]
			}
			var records []*kgo.Record
			for id := range n {
				v := jsonValue(0, id)
				if id == large {
					v = fmt.Appendf(nil, `{"id":"%s"}`, noise)
				}
				records = append(records, &kgo.Record{Topic: "in", Value: v})
			}
			l.produce(records...)
			cfg := l.config(keepRoute(t, "in", "a"))
			cfg.Batch.Compression = codec
			proxy := l.start(cfg)
			id := 0
			for _, r := range l.consume("out.a", n-1) {
				if id == large {
					id++
				}
				if !bytes.Equal(r.Value, jsonValue(0, id)) {
					t.Fatalf("record %d is %.100s", id, r.Value)
				}
				id++
			}
			q := quarantined(t, l.consume("quarantine", 1))[0]
			if q.Reason != reasonOversize || q.Offset != large || len(q.Recipients) != 1 || q.Recipients[0] != "a" {
				t.Errorf("quarantine: %+v", q)
			}
			proxy.end()
			proxy.books()
			if b := proxy.Snapshot().Recipients[0]; b.Produced != n-1 || b.Failed != 1 {
				t.Errorf("books: %+v", b)
			}
		})
	}
}

// There is no quarantine for the quarantine: when it does not take a record,
// the partition waits.
func TestQuarantineRefuses(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a"))
	if err := l.cluster.CreateTopic("quarantine", 1, map[string]string{"max.message.bytes": "100"}); err != nil {
		t.Fatal(err)
	}
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`1`)}, &kgo.Record{Topic: "in", Value: []byte(`{`)}, &kgo.Record{Topic: "in", Value: []byte(`{`)})
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Drain = 50 * time.Millisecond
	proxy := l.start(cfg)
	proxy.until("the stall", func(s *Snapshot) bool {
		return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStalled && strings.Contains(s.Partitions[0].Why, "produce to quarantine")
	})
	if acked := proxy.Snapshot().Partitions[0].Acked; acked != 0 {
		t.Errorf("the offset moved to %d", acked)
	}
	proxy.stop()
	<-proxy.done
	if n := l.cluster.PartitionInfo("quarantine", 0).HighWatermark; n != 0 {
		t.Errorf("%d records are in the quarantine", n)
	}
}

// on_error: stop holds for what an output refuses as well: the partition stops
// before the record, and again after a restart.
func TestTooLargeStops(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.b", "quarantine"))
	if err := l.cluster.CreateTopic("out.a", 1, map[string]string{"max.message.bytes": "1000"}); err != nil {
		t.Fatal(err)
	}
	const n, large = 20, 13
	for id := range n {
		v := jsonValue(0, id)
		if id == large {
			v = fmt.Appendf(nil, `{"id":%q}`, strings.Repeat("x", 2000))
		}
		l.produce(&kgo.Record{Topic: "in", Value: v})
	}
	r := keepRoute(t, "in", "a", "b")
	r.OnError = OnErrorStop
	for range 2 {
		proxy := l.start(l.config(r))
		proxy.until("the stop", func(s *Snapshot) bool {
			return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStopped && s.Partitions[0].Acked == large
		})
		proxy.end()
		proxy.books()
	}
	proxy := l.start(l.config(r))
	proxy.until("the stop", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStopped })
	if next := proxy.Snapshot().Partitions[0].Acked; next != large {
		t.Errorf("the group is at %d, want %d", next, large)
	}
	if n := l.cluster.PartitionInfo("quarantine", 0).HighWatermark; n != 0 {
		t.Errorf("%d records are in the quarantine", n)
	}
}

// An output that refuses for long stalls the partition: nothing is skipped,
// the proxy says so, and goes on when the output does.
func TestStalledOutput(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.b", Err: kerr.NotEnoughReplicas, Count: -1})
	cfg := l.config(keepRoute(t, "in", "a", "b"))
	cfg.DeliveryTimeout = 50 * time.Millisecond
	proxy := l.start(cfg)
	l.feed(1, 0, 10)
	proxy.until("the stall", func(s *Snapshot) bool {
		return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStalled
	})
	if ok, why := proxy.Ready(); ok || !strings.Contains(why, "stalled: produce to out.b") {
		t.Errorf("ready %v: %q", ok, why)
	}
	if s := proxy.Snapshot(); s.Partitions[0].Acked != 0 {
		t.Errorf("the offset moved to %d without all recipients", s.Partitions[0].Acked)
	}
	h.Remove()
	proxy.until("the end", func(s *Snapshot) bool {
		return s.Partitions[0].State == PartitionRunning && s.Partitions[0].Acked == 10
	})
	if ok, why := proxy.Ready(); !ok {
		t.Errorf("not ready: %s", why)
	}
	l.consume("out.b", 10)
	l.expect(1, 10)
	proxy.end()
	proxy.books()
}

// An ACL that is missing is not waited out in silence.
func TestAuthorizationLost(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	l.feed(1, 0, 5)
	proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 5 })
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Err: kerr.TopicAuthorizationFailed, Count: 2})
	l.feed(1, 5, 5)
	proxy.until("the stall", func(s *Snapshot) bool {
		return s.Partitions[0].State == PartitionStalled && strings.Contains(s.Partitions[0].Why, "Authorization")
	})
	h.Remove()
	l.expect(1, 10)
	proxy.end()
	proxy.books()
}
