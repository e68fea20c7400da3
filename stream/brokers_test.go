package stream

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"redactor/internal/freeport"
)

// Leaders move, of the source and of the output, and nothing but a few
// milliseconds is lost: kafka-go's own refresh would take five seconds.
func TestLeaderMoves(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Refresh = time.Hour
	proxy := l.start(cfg)
	l.feed(1, 0, 10)
	proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 })
	begun := time.Now()
	const moves = 12
	for i := range moves {
		topic := []string{"in", "out.a"}[i%2]
		if err := l.cluster.MoveTopicPartition(topic, 0, (l.cluster.LeaderFor(topic, 0)+1)%3); err != nil {
			t.Fatal(err)
		}
		l.feed(1, 10+i, 1)
		proxy.until("the next", func(s *Snapshot) bool { return s.Recipients[0].Produced == int64(11+i) })
	}
	if d := time.Since(begun); d > moves*500*time.Millisecond {
		t.Errorf("%d moves took %s", moves, d)
	}
	l.expect(1, 10+moves)
	proxy.end()
	proxy.books()
}

// A leader moves to a broker that joined after the start.
func TestNewBroker(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	p, err := New(l.config(keepRoute(t, "in", "a")))
	if err != nil {
		t.Fatal(err)
	}
	p.conn.transport.MetadataTTL = time.Hour // of kafka-go's own map of brokers
	proxy := l.run(p)
	l.feed(1, 0, 10)
	proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 })
	node, _, err := l.cluster.AddNode(-1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{"in", "out.a"} {
		if err := l.cluster.MoveTopicPartition(topic, 0, node); err != nil {
			t.Fatal(err)
		}
	}
	l.client.ForceMetadataRefresh()
	l.feed(1, 10, 10)
	l.expect(1, 20)
	proxy.end()
	proxy.books()
}

// The whole cluster goes away with records under way, and comes back with its
// log: nothing is lost.
func TestBrokersAwayAndBack(t *testing.T) {
	dir := t.TempDir()
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	opts := []kfake.Opt{kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100 * time.Millisecond), kfake.DataDir(dir),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) { return net.Listen(network, address) })}
	c, err := kfake.NewCluster(append(opts, kfake.SeedTopics(2, "in", "out.a", "quarantine"))...)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, cluster: c}
	l.client = l.newClient()
	l.feed(2, 0, 100)
	cfg := l.config(keepRoute(t, "in", "a"))
	proxy := l.start(cfg)
	proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 100 })
	c.Close()
	proxy.until("the loss to show", func(s *Snapshot) bool {
		ok, _ := proxy.Ready()
		return !ok || len(s.Partitions) == 0
	})
	l.cluster, err = kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.cluster.Close)
	l.feed(2, 100, 100)
	if d := l.seen("out.a", 200); d > 100 {
		t.Errorf("%d duplicates", d)
	}
	proxy.end()
	proxy.books()
}

// The oldest and the newest versions of the messages that we encode ourselves.
func TestVersions(t *testing.T) {
	for _, v := range []*kversion.Versions{kversion.V0_11_0(), kversion.V1_0_0(), kversion.V2_1_0(), kversion.V2_4_0(), kversion.V3_9_0(), kversion.V4_0_0()} {
		t.Run(v.VersionGuess(), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"), kfake.MaxVersions(v))
			l.feed(2, 0, 100)
			proxy := l.start(l.config(keepRoute(t, "in", "a")))
			l.expect(2, 100)
			proxy.end()
			proxy.books()
		})
	}
}

// The proxy ends in time, whatever an output does, and what had not arrived is
// not committed.
func TestDrain(t *testing.T) {
	t.Run("under load", func(t *testing.T) {
		l := newLab(t, kfake.SeedTopics(4, "in", "out.a", "quarantine"))
		const n = 20_000
		l.feed(4, 0, n)
		cfg := l.config(keepRoute(t, "in", "a"))
		cfg.Fetch.Bytes = 4 << 10
		proxy := l.start(cfg)
		proxy.until("some", func(s *Snapshot) bool { return s.Recipients[0].Produced > n/20 })
		proxy.end()
		proxy.books()
		b := proxy.Snapshot().Recipients[0]
		if b.Revoked != 0 {
			t.Errorf("%d records were under way and dropped", b.Revoked)
		}
		if b.Produced == n {
			t.Log("all was done before the end")
		}
		l.start(cfg)
		l.expect(4, n) // each once: the drain committed all that it had produced
	})
	t.Run("stuck output", func(t *testing.T) {
		l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
		arrived, release := make(chan struct{}, 100), make(chan struct{})
		l.cluster.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
			l.cluster.KeepControl()
			if ours("out.a")(r) {
				arrived <- struct{}{}
				l.cluster.SleepControl(func() { <-release })
				return nil, errors.New("too late"), true
			}
			return nil, nil, false
		})
		l.feed(1, 0, 10)
		cfg := l.config(keepRoute(t, "in", "a"))
		cfg.Drain = 200 * time.Millisecond
		proxy := l.start(cfg)
		<-arrived
		begun := time.Now()
		proxy.stop()
		<-proxy.done
		if d := time.Since(begun); d < cfg.Drain || d > cfg.Drain+2*time.Second {
			t.Errorf("ended after %s, with a drain of %s", d, cfg.Drain)
		}
		if !errors.Is(proxy.err, ErrDrain) {
			t.Errorf("Run: %v", proxy.err)
		}
		if b := proxy.Snapshot().Recipients[0]; b.Revoked != 10 || b.Produced != 0 {
			t.Errorf("books: %+v", b)
		}
		proxy.books()
		close(release)
	})
}

// A proxy that waits for its group has nothing to drain, and ends at once,
// whatever the group does.
func TestEndWhileJoining(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	l.cluster.ControlKey(int16(kmsg.JoinGroup), func(kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		arrived <- struct{}{}
		l.cluster.SleepControl(func() { <-release })
		return nil, nil, false
	})
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Drain = labDeadline
	proxy := l.start(cfg)
	<-arrived
	if ok, why := proxy.Ready(); ok || !strings.Contains(why, "not in the group") {
		t.Errorf("ready %v: %q", ok, why)
	}
	begun := time.Now()
	proxy.end()
	if d := time.Since(begun); d > leaveTime+2*time.Second {
		t.Errorf("it took %s", d)
	}
	close(release)
}

// A cut of which one recipient had everything and another nothing is not
// committed: the other gets it after the restart.
func TestDrainOneRecipient(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.b", Err: kerr.NotEnoughReplicas, Count: -1})
	l.feed(1, 0, 10)
	cfg := l.config(keepRoute(t, "in", "a", "b"))
	cfg.Drain = 50 * time.Millisecond
	proxy := l.start(cfg)
	l.consume("out.a", 10)
	proxy.stop()
	<-proxy.done
	if !errors.Is(proxy.err, ErrDrain) {
		t.Errorf("Run: %v", proxy.err)
	}
	proxy.books()
	h.Remove()
	l.start(cfg)
	l.consume("out.b", 10)
	if d := l.seen("out.a", 10); d > 10 {
		t.Errorf("%d duplicates", d)
	}
}

// However many partitions have records, the memory that they take stays
// within the budget; a slow output makes fetching wait.
func TestMemoryBudget(t *testing.T) {
	const partitions = 16
	l := newLab(t, kfake.SeedTopics(partitions, "in", "out.a", "quarantine"))
	release := make(chan struct{})
	var held atomic.Bool
	held.Store(true)
	l.cluster.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		if held.Load() && ours("out.a")(r) {
			l.cluster.SleepControl(func() { <-release })
		}
		return nil, nil, false
	})
	value := bytes.Repeat([]byte("x"), 10_000)
	var records []*kgo.Record
	for i := range 16 * partitions {
		records = append(records, &kgo.Record{Topic: "in", Partition: int32(i % partitions), Value: append(append([]byte(`"`), value...), '"')})
	}
	l.produce(records...)
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Batch.Bytes = 100 << 10
	cfg.Fetch.Bytes = 50 << 10
	cfg.Memory = 1 << 20
	proxy := l.start(cfg)
	proxy.until("fetches that wait", func(s *Snapshot) bool {
		if s.MemoryUsed > cfg.Memory {
			t.Fatalf("%d bytes of %d are in use", s.MemoryUsed, cfg.Memory)
		}
		return s.MemoryWaits > 0
	})
	held.Store(false)
	close(release)
	proxy.until("the end", func(s *Snapshot) bool {
		if s.MemoryUsed > cfg.Memory {
			t.Fatalf("%d bytes of %d are in use", s.MemoryUsed, cfg.Memory)
		}
		return s.Recipients[0].Produced == int64(len(records))
	})
	proxy.until("all memory back", func(s *Snapshot) bool { return s.MemoryUsed == 0 && s.MemoryWaits == 0 })
	proxy.end()
	proxy.books()
}

// One record larger than the whole budget passes, alone.
func TestRecordLargerThanMemory(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
	big := `"` + strings.Repeat("x", 500_000) + `"`
	l.produce(&kgo.Record{Topic: "in", Value: []byte(big)}, &kgo.Record{Topic: "in", Partition: 1, Value: []byte(big)})
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Memory, cfg.Fetch.Bytes = 100_000, 10_000
	proxy := l.start(cfg)
	l.consume("out.a", 2)
	proxy.end()
	proxy.books()
}

// A bomb goes to the quarantine as a batch, and the records after it arrive.
func TestCompressionBomb(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	k := l.newClient(kgo.ProducerBatchCompression(kgo.GzipCompression()))
	bomb := `"` + strings.Repeat("x", 3_000_000) + `"`
	if err := k.ProduceSync(l.context(), &kgo.Record{Topic: "in", Value: []byte("1")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 { // in one batch
		wg.Add(1)
		k.Produce(context.Background(), &kgo.Record{Topic: "in", Value: []byte(bomb[:900_000])}, func(_ *kgo.Record, err error) {
			defer wg.Done()
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := k.ProduceSync(l.context(), &kgo.Record{Topic: "in", Value: []byte("2")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Fetch.MaxBatch = 500_000
	proxy := l.start(cfg)
	for i, r := range l.consume("out.a", 2) {
		if want := []string{"1", "2"}[i]; string(r.Value) != want {
			t.Errorf("record %d: %.20s", i, r.Value)
		}
	}
	proxy.until("the end", func(s *Snapshot) bool { return s.Partitions[0].Acked == 5 })
	if b := proxy.Snapshot().Recipients[0]; b.Failed != 3 {
		t.Errorf("books: %+v", b)
	}
	first, last := int64(0), int64(0)
	for i, q := range quarantined(t, l.consume("quarantine", int(l.cluster.PartitionInfo("quarantine", 0).HighWatermark))) {
		if q.Reason != reasonSize {
			t.Errorf("quarantine: %+v", q)
		}
		if i == 0 {
			first = q.Offset
		}
		last = max(q.LastOffset, q.Offset)
	}
	if first != 1 || last != 3 {
		t.Errorf("quarantined from %d to %d, want 1 to 3", first, last)
	}
	proxy.end()
	proxy.books()
}

// A broker that answers the probe and then nothing is away, not broken: Run
// says so with the error that callers try again for.
func TestBrokerFallsSilentAtStart(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.cluster.ControlKey(int16(kmsg.Metadata), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		if r.(*kmsg.MetadataRequest).Topics != nil {
			return nil, nil, false
		}
		return nil, errors.New("hang up"), true
	})
	route := keepRoute(t, "in*", "a")
	p, err := New(l.config(route))
	if err != nil {
		t.Fatal(err)
	}
	var away *ConnectError
	if err := p.Run(t.Context()); !errors.As(err, &away) {
		t.Errorf("Run ends with %v, want a ConnectError", err)
	}
}
