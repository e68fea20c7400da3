package stream

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// exactly is config with transactions, short ones.
func (l *lab) exactly(routes ...Route) Config {
	cfg := l.config(routes...)
	cfg.Delivery = ExactlyOnce
	cfg.Transaction.Interval = 20 * time.Millisecond
	return cfg
}

// written is how many data records a topic holds, those of aborted
// transactions included.
func (l *lab) written(topic string) (n int) {
	l.t.Helper()
	k := l.newClient(kgo.ConsumeTopics(topic), kgo.FetchMaxWait(20*time.Millisecond), kgo.KeepControlRecords())
	defer k.Close()
	ctx := l.context()
	left := int64(0)
	for _, p := range l.cluster.PartitionInfos(topic) {
		left += p.HighWatermark
	}
	for left > 0 {
		f := k.PollFetches(ctx)
		if ctx.Err() != nil {
			l.t.Fatalf("topic %s cannot be read to its end", topic)
		}
		f.EachRecord(func(r *kgo.Record) {
			left--
			if !r.Attrs.IsControl() {
				n++
			}
		})
	}
	return n
}

// visible is how many records of a partition readers of committed data see.
func (l *lab) visible(topic string) int64 {
	info := l.cluster.PartitionInfo(topic, 0)
	return info.LastStableOffset
}

// What goes in comes out once, in order, and the offsets with it.
func TestExactlyOnce(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(4, "in", "out.a", "out.b", "quarantine"))
	proxy := l.start(l.exactly(keepRoute(t, "in", "a", "b")))
	for i := range 10 {
		l.feed(4, i*400, 400)
	}
	l.expect(4, 4000)
	proxy.until("the end", func(s *Snapshot) bool { return s.Recipients[0].Produced == 4000 && s.Recipients[1].Produced == 4000 })
	proxy.end()
	proxy.books()
	l.feed(4, 4000, 4)
	again := l.start(l.exactly(keepRoute(t, "in", "a", "b")))
	again.until("the rest", func(s *Snapshot) bool { return s.Recipients[0].Produced == 4 })
	l.expect(4, 4004)
	again.end()
	again.books()
}

// One transaction holds all: as long as one recipient, or the quarantine, does
// not take its part, no other sees theirs.
func TestOneTransaction(t *testing.T) {
	for _, refuses := range []string{"out.b", "quarantine"} {
		t.Run(refuses, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
			h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: refuses, Err: kerr.NotEnoughReplicas, Count: -1})
			l.feed(1, 0, 10)
			l.produce(&kgo.Record{Topic: "in", Value: []byte("poison")})
			proxy := l.start(l.exactly(keepRoute(t, "in", "a", "b")))
			proxy.until("the refusal", func(*Snapshot) bool { return l.cluster.PartitionInfo("out.a", 0).HighWatermark == 10 && h.Hits() > 3 })
			if n := l.visible("out.a"); n != 0 {
				t.Errorf("%d records of an open transaction can be seen", n)
			}
			if s := proxy.Snapshot(); s.Partitions[0].Acked != 0 || s.Recipients[0].Produced != 0 {
				t.Errorf("counted before they can be seen: %+v", s)
			}
			h.Remove()
			l.expect(1, 10)
			l.consume("out.b", 10)
			if q := quarantined(t, l.consume("quarantine", 1))[0]; q.Offset != 10 {
				t.Errorf("quarantine: %+v", q)
			}
			proxy.end()
			proxy.books()
		})
	}
}

// A transaction ends with the first of its bounds.
func TestTransactionBounds(t *testing.T) {
	for _, c := range []struct {
		bound string
		set   func(*Transaction)
		least int64 // transactions
		most  int64
	}{
		{"none", func(x *Transaction) {}, 1, 3},
		{"records", func(x *Transaction) { x.Records = 100 }, 5, 30},
		{"bytes", func(x *Transaction) { x.Bytes = 2_000 }, 5, 30},
	} {
		t.Run(c.bound, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			ends := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, Observe: true, Count: -1})
			for i := range 20 { // batches of 50: what a fetch brings is at least one
				l.feed(1, i*50, 50)
			}
			cfg := l.exactly(keepRoute(t, "in", "a"))
			cfg.Transaction.Interval = time.Hour // not by time
			cfg.Transaction.Timeout = 2 * time.Hour
			cfg.Fetch.Bytes, cfg.Batch.Wait = 1000, time.Millisecond
			c.set(&cfg.Transaction)
			l.brokerTimeout(cfg.Transaction.Timeout)
			proxy := l.start(cfg)
			proxy.until("all of it", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Recipients[0].Routed == 1000 })
			proxy.end()
			proxy.books()
			l.expect(1, 1000)
			if n := int64(ends.Hits()) - 1; n < c.least-1 || n > c.most { // one is the beginning's
				t.Errorf("%d transactions, want %d to %d", n, c.least, c.most)
			}
		})
	}
}

// brokerTimeout makes the cluster take transactions with a longer timeout.
func (l *lab) brokerTimeout(d time.Duration) {
	l.t.Helper()
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	value := fmt.Sprint(d.Milliseconds())
	for node := range int32(3) {
		req.Resources = append(req.Resources, kmsg.IncrementalAlterConfigsRequestResource{
			ResourceType: kmsg.ConfigResourceTypeBroker, ResourceName: fmt.Sprint(node),
			Configs: []kmsg.IncrementalAlterConfigsRequestResourceConfig{{Name: "transaction.max.timeout.ms", Value: &value}}})
	}
	if _, err := req.RequestWith(l.context(), l.client); err != nil {
		l.t.Fatal(err)
	}
}

// While a broker decides a transaction, the next records are fetched and
// redacted: the wait is nobody's.
func TestWorkGoesOnDuringCommit(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	var hold atomic.Bool
	decide := make(chan struct{})
	l.cluster.ControlKey(int16(kmsg.EndTxn), func(kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		if hold.Load() {
			l.cluster.SleepControl(func() { <-decide })
		}
		return nil, nil, false
	})
	proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
	l.feed(1, 0, 10)
	proxy.until("the first", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].Acked == 10 })
	hold.Store(true)
	l.feed(1, 10, 10)
	proxy.until("records in a transaction", func(s *Snapshot) bool { return l.cluster.PartitionInfo("out.a", 0).HighWatermark > 20 })
	l.feed(1, 20, 10)
	proxy.until("work", func(s *Snapshot) bool { return s.Recipients[0].Routed >= 20 && s.Partitions[0].Next == 30 })
	if s := proxy.Snapshot(); s.Partitions[0].Acked != 10 {
		t.Errorf("acknowledged up to %d before the commit", s.Partitions[0].Acked)
	}
	hold.Store(false)
	close(decide)
	l.expect(1, 30)
	proxy.end()
	proxy.books()
}

// The transactional id is taken over first, and the offset is asked for then:
// before that, somebody else may still commit.
func TestFenceBeforeOffset(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	var mu sync.Mutex
	var order []string
	l.cluster.Control(func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		switch r := r.(type) {
		case *kmsg.InitProducerIDRequest:
			if r.TransactionalID != nil {
				order = append(order, "init "+*r.TransactionalID)
			}
		case *kmsg.OffsetFetchRequest:
			order = append(order, "offset")
		case *kmsg.FetchRequest:
			order = append(order, "fetch")
		}
		return nil, nil, false
	})
	proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
	l.feed(1, 0, 10)
	proxy.until("records", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 })
	proxy.end()
	mu.Lock()
	defer mu.Unlock()
	order = slices.Compact(order)
	if got := strings.Join(order, ", "); !strings.HasPrefix(got, "init redactor-g-in-0, offset, fetch") {
		t.Errorf("in this order: %s", got)
	}
}

// Where a new group begins is part of the first transaction, and remembered.
func TestExactlyOnceStartLatest(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 5)
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Start = StartLatest
	proxy := l.start(cfg)
	proxy.until("the end", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].Next == 5 })
	proxy.end()
	l.feed(1, 5, 5)
	l.start(cfg)
	for i, r := range l.consume("out.a", 5) {
		if !bytes.Equal(r.Value, jsonValue(0, 5+i)) {
			t.Errorf("record %d is %s", i, r.Value)
		}
	}
}

// on_error: stop, when one output refuses a record that others have taken: the
// others do not get it either, nor anything behind it, and get what is before
// it once.
func TestExactlyOnceStops(t *testing.T) {
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
		proxy := l.start(l.exactly(r))
		proxy.until("the stop", func(s *Snapshot) bool {
			return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStopped && s.Partitions[0].Acked == large
		})
		if ok, why := proxy.Ready(); ok || !strings.Contains(why, outputRefuses) {
			t.Errorf("ready %v: %s", ok, why)
		}
		proxy.end()
		proxy.books()
	}
	for _, topic := range []string{"out.a", "out.b"} {
		for i, r := range l.consume(topic, large) {
			if !bytes.Equal(r.Value, jsonValue(0, i)) {
				t.Errorf("%s: record %d is %s", topic, i, r.Value)
			}
		}
	}
}

// A proxy that stops in the middle of a transaction ends it: with a commit when
// it can, and with an abort when it cannot, so that nobody waits for it.
func TestNoOpenTransactionStays(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.b", Err: kerr.NotEnoughReplicas, Count: -1})
	l.feed(1, 0, 10)
	cfg := l.exactly(keepRoute(t, "in", "a", "b"))
	cfg.Drain = 50 * time.Millisecond
	proxy := l.start(cfg)
	proxy.until("half of it", func(*Snapshot) bool { return l.cluster.PartitionInfo("out.a", 0).HighWatermark == 10 })
	proxy.stop()
	<-proxy.done
	if proxy.err != ErrDrain {
		t.Errorf("Run ended with %v", proxy.err)
	}
	proxy.books()
	if info := l.cluster.PartitionInfo("out.a", 0); info.LastStableOffset != info.HighWatermark {
		t.Errorf("a transaction is open: stable up to %d of %d", info.LastStableOffset, info.HighWatermark)
	}
	h.Remove()
	next := l.start(l.exactly(keepRoute(t, "in", "a", "b")))
	l.expect(1, 10)
	next.end()
	next.books()
}

// A transaction that outlives its timeout is aborted by the coordinator; the
// partition is still ours, and its records come once all the same.
func TestTransactionTimesOut(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.b", Err: kerr.NotEnoughReplicas, Count: -1})
	l.feed(1, 0, 10)
	cfg := l.exactly(keepRoute(t, "in", "a", "b"))
	cfg.Transaction.Timeout = 100 * time.Millisecond
	cfg.DeliveryTimeout = 20 * time.Millisecond // it stalls before that
	proxy := l.start(cfg)
	proxy.until("the timeout", func(*Snapshot) bool {
		info := l.cluster.PartitionInfo("out.a", 0)
		return info.HighWatermark > 10 && info.LastStableOffset == info.HighWatermark
	})
	h.Remove()
	l.expect(1, 10)
	proxy.until("the end", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 && s.Recipients[1].Produced == 10 })
	if s := proxy.Snapshot(); s.Generation != 1 || s.Partitions[0].State != PartitionRunning {
		t.Errorf("generation %d, %v", s.Generation, s.Partitions[0].State)
	}
	if n := scrape(t, cfg.Metrics.Registry()).sum("stopped_partitions", "topic", "in"); n != 0 {
		t.Errorf("%d partitions are shown as stopped", n)
	}
	proxy.end()
	proxy.books()
}

// Somebody who is not of the group takes the transactional id. It is taken
// back, and nothing comes twice.
func TestHijackedTransactionalID(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Transaction.Interval = time.Hour / 100
	cfg.Transaction.Timeout = time.Minute
	cfg.Transaction.Records = 30
	proxy := l.start(cfg)
	l.feed(1, 0, 10)
	proxy.until("an open transaction", func(*Snapshot) bool { return l.cluster.PartitionInfo("out.a", 0).HighWatermark == 10 })
	thief := l.newClient(kgo.TransactionalID("redactor-g-in-0"))
	if _, _, err := thief.ProducerID(l.context()); err != nil {
		t.Fatal(err)
	}
	l.feed(1, 10, 50)
	proxy.until("the end", func(s *Snapshot) bool { return s.Partitions[0].Acked >= 30 })
	proxy.end()
	proxy.books()
	l.expect(1, 60)
	if n := l.written("out.a"); n <= 60 {
		t.Errorf("%d records were written: nothing was aborted, nothing proved", n)
	}
}
