package stream

import (
	"bytes"
	"flag"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// stallTime is how long TestStalledOutputHoldsEverything keeps an output away,
// with the session that a proxy has by default. Without it: five short sessions.
var stallTime = flag.Duration("stall", 0, "keep an output away for so long, in real time")

// An output takes nothing for many sessions, and more comes in than there is
// memory for: memory stays within its budget, the membership is kept, and when
// the output is back everything arrives, once.
//
//	go test ./stream -run TestStalledOutput -stall 10m -timeout 30m -v
func TestStalledOutputHoldsEverything(t *testing.T) {
	for _, delivery := range []Delivery{AtLeastOnce, ExactlyOnce} {
		t.Run(fmt.Sprint(delivery), func(t *testing.T) {
			const rounds, each = 40, 100
			l := newLab(t, kfake.SeedTopics(4, "in", "out.a", "out.b", "quarantine"))
			cfg := l.exactly(keepRoute(t, "in", "a", "b"))
			cfg.Delivery = delivery
			cfg.Session, cfg.Heartbeat, cfg.DeliveryTimeout = 300*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond
			stalled := 5 * cfg.Session
			if *stallTime > 0 {
				cfg.Session, cfg.Heartbeat, stalled = 10*time.Second, time.Second, *stallTime
			}
			cfg.Memory, cfg.Fetch.Bytes, cfg.Batch.Bytes = 400<<10, 20<<10, 20<<10
			proxy := l.start(cfg)
			proxy.until("all partitions", func(s *Snapshot) bool { return allRunning(s, 4) })
			h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.b", Err: kerr.NotEnoughReplicas, Count: -1})
			filler := bytes.Repeat([]byte("x"), 1000)
			for round := range rounds { // 4 MB
				var records []*kgo.Record
				for i := range each {
					id := round*each + i
					records = append(records, &kgo.Record{Topic: "in", Partition: int32(id % 4), Value: fmt.Appendf(nil, `{"id":%d,"filler":"%s"}`, id, filler)})
				}
				l.produce(records...)
			}
			proxy.until("the stall", func(s *Snapshot) bool { return s.Partitions[0].State == PartitionStalled })
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			most := heldOff(t, proxy, stalled)
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); most > cfg.Memory || grown > 2<<20 {
				t.Errorf("%d bytes of the budget of %d are in use; the heap grew by %d", most, cfg.Memory, grown)
			}
			s := proxy.Snapshot()
			if s.Generation != 1 || s.Partitions[0].Acked != 0 || s.Partitions[0].Next > rounds*each/8 {
				t.Errorf("generation %d, acked %d, fetched %d", s.Generation, s.Partitions[0].Acked, s.Partitions[0].Next)
			}
			if ok, _ := proxy.Ready(); ok {
				t.Error("ready while it is stalled")
			}
			if ok, why := proxy.Live(); !ok {
				t.Errorf("a restart would not help: %s", why)
			}
			h.Remove()
			for _, topic := range []string{"out.a", "out.b"} {
				for p, got := range byPartition(l.consume(topic, rounds*each)) {
					for i, r := range got {
						if !bytes.HasPrefix(r.Value, fmt.Appendf(nil, `{"id":%d,`, i*4+int(p))) {
							t.Fatalf("%s/%d: record %d is %.30s", topic, p, i, r.Value)
						}
					}
				}
			}
			proxy.end()
			proxy.books()
		})
	}
}

// heldOff waits while an output is away and returns the most memory that the
// proxy's budget had in use.
func heldOff(t *testing.T, proxy *running, d time.Duration) (most int64) {
	begun, said, looked := time.Now(), time.Now(), time.Now()
	t.Logf("stalled for %s", d)
	for time.Since(begun) < d {
		if still := time.Since(looked); still > proxy.cfg.Session {
			t.Fatalf("the machine stood still for %v, and the group has rightly given the partitions up: this run shows nothing", still)
		}
		looked = time.Now()
		proxy.until("a look", func(s *Snapshot) bool { most = max(most, s.MemoryUsed); return true })
		select {
		case <-proxy.done:
			t.Fatal("the proxy ended")
		case <-time.After(2 * time.Millisecond):
		}
		if time.Since(said) < 30*time.Second {
			continue
		}
		said = time.Now()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		s := proxy.Snapshot()
		t.Logf("%4.0f s: budget in use %d of %d, heap %d KiB, %d goroutines, generation %d, fetched %d, acked %d, %s", time.Since(begun).Seconds(),
			s.MemoryUsed, proxy.cfg.Memory, m.HeapAlloc>>10, runtime.NumGoroutine(), s.Generation, s.Partitions[0].Next, s.Partitions[0].Acked, s.Partitions[0].State)
	}
	return most
}

// A recipient gets no more bytes per second than it may; all get everything.
func TestThrottle(t *testing.T) {
	for _, delivery := range []Delivery{AtLeastOnce, ExactlyOnce} {
		t.Run(fmt.Sprint(delivery), func(t *testing.T) {
			const n, size, rate = 200, 500, 100_000
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
			cfg := l.exactly(keepRoute(t, "in", "a", "b"))
			cfg.Delivery = delivery
			cfg.Throttle = map[string]int64{"b": rate}
			cfg.Fetch.Bytes, cfg.Batch.Bytes = 5_000, 5_000
			for id := range n {
				l.produce(&kgo.Record{Topic: "in", Value: fmt.Appendf(nil, `{"id":%d,"filler":"%s"}`, id, bytes.Repeat([]byte("x"), size))})
			}
			begun := time.Now()
			proxy := l.start(cfg)
			l.consume("out.b", n)
			// The first and the last cut are not waited for.
			if least := time.Duration(n*size-4*5_000) * time.Second / rate; time.Since(begun) < least {
				t.Errorf("%d bytes came within %v, at %d a second", n*size, time.Since(begun), rate)
			}
			l.consume("out.a", n)
			proxy.end()
			proxy.books()
		})
	}
}

// Throttles are by profile, and what is not used is not saved up.
func TestThrottleReserve(t *testing.T) {
	x := newThrottles(map[string]int64{"a": 1000})
	now := time.Unix(1000, 0)
	for i, c := range []struct {
		after time.Duration
		bytes int
		want  time.Duration
	}{
		{0, 500, 0},
		{0, 500, 500 * time.Millisecond},
		{0, 0, 0},
		{time.Second, 2000, 0},
		{0, 1, 2 * time.Second},
		{time.Hour, 1000, 0},
		{0, 1, time.Second},
	} {
		now = now.Add(c.after)
		if got := x["a"].reserve(c.bytes, now); got != c.want {
			t.Errorf("step %d: %v, want %v", i, got, c.want)
		}
	}
	if d := x["b"].reserve(1<<30, now); d != 0 {
		t.Errorf("a profile without a throttle waits %v", d)
	}
}
