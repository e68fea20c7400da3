package stream

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/metrics"
	"redactor/redact"
)

// lab is a Kafka cluster in this process, spoken to by franz-go as somebody
// else's client, and proxies that run against it.
type lab struct {
	t       *testing.T
	cluster *kfake.Cluster
	client  *kgo.Client
	dial    []kgo.Opt // how to connect, if not just so
	rng     *rand.Rand
}

const labDeadline = 60 * time.Second // of everything that a test waits for

func newLab(t *testing.T, opts ...kfake.Opt) *lab {
	t.Helper()
	opts = append([]kfake.Opt{kfake.NumBrokers(3), kfake.GroupMinSessionTimeout(100 * time.Millisecond)}, opts...)
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	l := &lab{t: t, cluster: c}
	l.client = l.newClient()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l.rng = rand.New(rand.NewPCG(seed, 0))
	return l
}

// newClient connects franz-go, which places records where they say.
func (l *lab) newClient(opts ...kgo.Opt) *kgo.Client {
	l.t.Helper()
	all := append([]kgo.Opt{
		kgo.SeedBrokers(l.cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MetadataMinAge(10 * time.Millisecond), kgo.RetryBackoffFn(func(int) time.Duration { return 5 * time.Millisecond }),
	}, l.dial...)
	k, err := kgo.NewClient(append(all, opts...)...)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(k.Close)
	return k
}

func (l *lab) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), labDeadline)
	l.t.Cleanup(cancel)
	return ctx
}

// produce writes records in order and waits for the acknowledgements.
func (l *lab) produce(records ...*kgo.Record) {
	l.t.Helper()
	if err := l.client.ProduceSync(l.context(), records...).FirstErr(); err != nil {
		l.t.Fatal(err)
	}
}

// config is that of a proxy which is quick to notice things.
func (l *lab) config(routes ...Route) Config {
	return Config{
		Brokers: l.cluster.ListenAddrs(), Group: "g", Routes: routes, Quarantine: "quarantine", Policy: "digest",
		Fetch: Fetch{MaxWait: 50 * time.Millisecond}, Refresh: 100 * time.Millisecond,
		Session: 3 * time.Second, Heartbeat: 100 * time.Millisecond,
		RequestTimeout: 2 * time.Second, Drain: 5 * time.Second,
		Metrics: newMetrics(routes),
		Logger:  testLogger(l.t),
	}
}

func newMetrics(routes []Route) *metrics.Metrics {
	var profiles []metrics.Profile
	for _, r := range routes {
		for _, target := range r.To {
			profiles = append(profiles, metrics.Profile{Name: target.Profile})
		}
	}
	return metrics.New(metrics.Config{Profiles: profiles})
}

// testLogger logs to the test, until it has ended: goroutines of kafka-go
// outlive their group.
func testLogger(t *testing.T) *slog.Logger {
	w := &testWriter{t: t}
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.t = nil
	})
	level := slog.LevelInfo
	if os.Getenv("STREAM_TEST_DEBUG") != "" {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// logTo logs everything to a buffer that is read after the proxy has ended.
func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type testWriter struct {
	mu sync.Mutex
	t  *testing.T
}

func (w *testWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t != nil {
		w.t.Log(strings.TrimSuffix(string(p), "\n"))
	}
	return len(p), nil
}

// running is a proxy at work.
type running struct {
	*Proxy
	t    *testing.T
	stop context.CancelFunc
	done chan struct{}
	err  error
}

func (l *lab) start(cfg Config) *running {
	l.t.Helper()
	p, err := New(cfg)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.run(p)
}

func (l *lab) run(p *Proxy) *running {
	ctx, stop := context.WithCancel(context.Background())
	r := &running{Proxy: p, t: l.t, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.err = p.Run(ctx)
	}()
	l.t.Cleanup(func() { stop(); <-r.done })
	return r
}

// end stops the proxy and waits for it.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	select {
	case <-r.done:
	case <-time.After(labDeadline):
		r.t.Fatal("the proxy does not end")
	}
	if r.err != nil {
		r.t.Fatal(r.err)
	}
}

// until waits for a condition on the proxy.
func (r *running) until(what string, cond func(s *Snapshot) bool) {
	r.t.Helper()
	deadline := time.Now().Add(labDeadline)
	for {
		s := r.Snapshot()
		if cond(&s) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("never came: %s: %+v", what, s)
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-r.done:
			r.t.Fatalf("the proxy ended (%v) before %s", r.err, what)
		}
	}
}

// books checks that nothing went missing inside.
func (r *running) books() {
	r.t.Helper()
	for _, b := range r.Snapshot().Recipients {
		if b.Routed != b.Produced+b.Filtered+b.Failed+b.Revoked {
			r.t.Errorf("the books of %s do not balance: %+v", b.Profile, b)
		}
	}
}

// consume reads n records of a topic, read_committed, from its beginning; in
// each partition they are in order. More than n are an error, as far as they
// come with the same poll.
func (l *lab) consume(topic string, n int) []*kgo.Record {
	l.t.Helper()
	k := l.newClient(kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxWait(50*time.Millisecond))
	defer k.Close()
	var all []*kgo.Record
	ctx := l.context()
	for len(all) < n {
		f := k.PollFetches(ctx)
		if ctx.Err() != nil {
			l.t.Fatalf("topic %s: %d records of %d came", topic, len(all), n)
		}
		f.EachRecord(func(r *kgo.Record) { all = append(all, r) })
	}
	if len(all) > n {
		l.t.Fatalf("topic %s: %d records, want %d", topic, len(all), n)
	}
	return all
}

// byPartition sorts records into their partitions.
func byPartition(records []*kgo.Record) map[int32][]*kgo.Record {
	m := make(map[int32][]*kgo.Record)
	for _, r := range records {
		m[r.Partition] = append(m[r.Partition], r)
	}
	return m
}

// keepProgram lets everything through for every profile, but for what the
// spec of the test changes.
func keepProgram(t *testing.T, profiles ...redact.Profile) *redact.Program {
	t.Helper()
	spec := redact.Spec{Fields: []redact.Field{{Name: "key", Level: 1, RecordKey: true}, {Name: "id", Level: 1, Keys: []string{"id"}}}}
	for _, p := range profiles {
		if p.Transforms == nil {
			p.Transforms = []redact.Transform{redact.Keep(), redact.Keep()}
		}
		spec.Profiles = append(spec.Profiles, p)
	}
	prog, err := redact.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// keepRoute sends what comes from a topic to one output for each name.
func keepRoute(t *testing.T, from string, names ...string) Route {
	t.Helper()
	r := Route{From: from}
	var profiles []redact.Profile
	for _, n := range names {
		profiles = append(profiles, redact.Profile{Name: n, Unknown: redact.UnknownKeep, PassHeaders: []string{"h", "twice", "null", "empty"}})
		r.To = append(r.To, Target{Profile: n, Topic: "out." + n})
	}
	r.Program = keepProgram(t, profiles...)
	return r
}

func jsonValue(partition, id int) []byte {
	return fmt.Appendf(nil, `{"partition":%d,"id":%d}`, partition, id)
}
