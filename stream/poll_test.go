package stream

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fetches counts the fetches of the proxy, which knows no topic ids, by how
// many partitions they ask for.
type fetches struct {
	mu    sync.Mutex
	seen  map[kmsg.Request]bool // a request is shown for each of its partitions
	sizes []int
}

func (f *fetches) of(r kmsg.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r, ok := r.(*kmsg.FetchRequest); ok && !f.seen[r] && r.GetVersion() < 12 {
		n := 0
		for _, t := range r.Topics {
			n += len(t.Partitions)
		}
		f.seen[r], f.sizes = true, append(f.sizes, n)
	}
	return false
}

func (f *fetches) take() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sizes
	f.sizes = nil
	return s
}

// Hundreds of quiet partitions wait in few requests, and what comes to any of
// them arrives.
func TestQuietPartitionsShareRequests(t *testing.T) {
	const partitions = 300
	l := newLab(t, kfake.SeedTopics(partitions, "in", "out.a"), kfake.SeedTopics(1, "quarantine"))
	seen := fetches{seen: make(map[kmsg.Request]bool)}
	l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Observe: true, Count: -1, When: seen.of})
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Fetch.MaxWait = 100 * time.Millisecond
	proxy := l.start(cfg)
	proxy.until("all partitions", func(s *Snapshot) bool { return allRunning(s, partitions) })
	seen.take()
	begun := time.Now()
	proxy.until("half a second", func(*Snapshot) bool { return time.Since(begun) > 500*time.Millisecond })
	elapsed := time.Since(begun)
	sizes := seen.take()
	// Three leaders, four requests each, five times half a second at most.
	if most := int(3*pollers*(elapsed/cfg.Fetch.MaxWait)) + 3*pollers; len(sizes) > most {
		t.Errorf("%d fetches for %d quiet partitions in %v, want at most %d", len(sizes), partitions, elapsed, most)
	}
	t.Logf("%d fetches for %d quiet partitions in %v", len(sizes), partitions, elapsed)
	largest := 0
	for _, n := range sizes {
		largest = max(largest, n)
	}
	if largest < partitions/3/pollers {
		t.Errorf("the largest request asks for %d partitions", largest)
	}
	l.feed(partitions, 0, 2*partitions)
	l.expect(partitions, 2*partitions)
	proxy.end()
	proxy.books()
}

func allRunning(s *Snapshot, n int) bool {
	for i := range s.Partitions {
		if s.Partitions[i].State != PartitionRunning {
			return false
		}
	}
	return len(s.Partitions) == n
}

// A thousand partitions with much to read share one budget: it is never
// exceeded, and all of them come to their end.
func TestThousandPartitions(t *testing.T) {
	const partitions, each = 1000, 20
	for _, delivery := range []Delivery{AtLeastOnce, ExactlyOnce} {
		l := newLab(t, kfake.SeedTopics(partitions, "in", "out.a"), kfake.SeedTopics(1, "quarantine"))
		l.feed(partitions, 0, partitions*each)
		cfg := l.config(keepRoute(t, "in", "a"))
		cfg.Delivery = delivery
		cfg.Memory = 16 << 20
		cfg.Session, cfg.Heartbeat = 6*time.Second, time.Second
		cfg.RequestTimeout = 10 * time.Second
		p, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var most atomic.Int64
		proxy := l.run(p)
		routines := 0
		proxy.until("the end", func(s *Snapshot) bool {
			most.Store(max(most.Load(), s.MemoryUsed))
			routines = max(routines, runtime.NumGoroutine())
			return s.Recipients[0].Produced == partitions*each
		})
		if most.Load() > cfg.Memory || most.Load() == 0 {
			t.Errorf("%d bytes of %d were in use", most.Load(), cfg.Memory)
		}
		l.expect(partitions, partitions*each)
		t.Logf("at most %d MiB of the budget, %d goroutines", most.Load()>>20, routines)
		proxy.end()
		proxy.books()
		l.returned(p)
	}
}

// returned waits until a proxy that has ended holds nothing of its budget: a
// poller may still have a request under way.
func (l *lab) returned(p *Proxy) {
	l.t.Helper()
	late := time.After(labDeadline)
	for {
		used, waits := p.shared.memory.inUse()
		if used == 0 && waits == 0 {
			return
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-late:
			l.t.Fatalf("after the end %d bytes are in use and %d wait", used, waits)
		}
	}
}

// What a poller brings obeys the same rules as what a partition fetches for
// itself: transactions that were aborted, and those that are still open.
func TestPolledTransactions(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(crowd, "in", "out.a"), kfake.SeedTopics(1, "quarantine"))
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	proxy.until("all partitions", func(s *Snapshot) bool { return allRunning(s, crowd) })
	w := l.newClient(kgo.TransactionalID("source"))
	for i, commit := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit, kgo.TryAbort, kgo.TryCommit} {
		if err := w.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := w.ProduceSync(l.context(), &kgo.Record{Topic: "in", Partition: 3, Value: jsonValue(3, i)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := w.EndTransaction(l.context(), commit); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range l.consume("out.a", 2) {
		if want := string(jsonValue(3, 2*i+1)); string(r.Value) != want {
			t.Errorf("record %d is %s, want %s", i, r.Value, want)
		}
	}
	proxy.until("the end", func(s *Snapshot) bool { return s.Partitions[3].Acked == 8 })
	proxy.end()
	proxy.books()
}
