package stream

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
	"github.com/twmb/franz-go/pkg/kfake"

	"redactor/metrics"
	"redactor/redact"
)

// This file measures what a record costs on its way from one topic to another,
// by these ways in one run:
//
//	copy      fetched batches are produced as they are, checksum verified
//	codec     fetch, decode every record, encode it again, produce
//	kafka-go  Reader and Writer, as its users write it
//	keep      the whole proxy, one recipient, a policy that keeps everything
//	stars     the whole proxy, one recipient, eight fields replaced by ***
//	guard     stars, and every record looked at once more before it leaves
//	mask      the whole proxy, one recipient, eight fields masked to their length
//	watched   the same, scraped by Prometheus every second
//	exactly   as stars, exactly once: transactions of 200 ms
//	poison    as stars, with one record of a hundred that cannot be judged
//
// What counts is the processor time of this process (getrusage) per record;
// the broker is a process of its own. The ways take turns, so that whatever
// else the machine does falls on all of them. See bench/results.
var (
	costRounds  = flag.Int("cost", 0, "rounds of the cost measurement; 0: none")
	costRecords = flag.Int("cost.records", 1_000_000, "records of one way in one round")
	costCodecs  = flag.String("cost.codecs", "none", "compression of input and output, a list")
	costWays    = flag.String("cost.ways", "copy,codec,kafka-go,keep,stars,guard,mask", "ways, a list")
)

const (
	costPartitions = 8
	costBroker     = "REDACTOR_TEST_COST_BROKER" // in the environment: be the broker, with batches of this compression
	costPoison     = 100                         // of so many records one cannot be judged, where any
	costPoisoned   = " poisoned"                 // behind the compression
)

func TestMain(m *testing.M) {
	if codec, ok := os.LookupEnv(costBroker); ok {
		serveCost(codec)
		return
	}
	os.Exit(m.Run())
}

// serveCost is the broker: every fetch gets the same batch, every produce is
// checked and forgotten. It ends with its standard input.
func serveCost(codec string) {
	codec, poisoned := strings.CutSuffix(codec, costPoisoned)
	every := 0
	if poisoned {
		every = costPoison
	}
	c, ok := parseCompression(codec)
	if !ok {
		panic("no such compression")
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(costPartitions, "in", "out", "quarantine"),
		kfake.BrokerConfigs(map[string]string{"message.max.bytes": "16777216"}),
		kfake.BlackholeProduce(), kfake.SyntheticFetch(kfake.SyntheticBatch{Batch: spoiledBatch(benchRecords, every, c)}))
	if err != nil {
		panic(err)
	}
	fmt.Println(cluster.ListenAddrs()[0])
	io.Copy(io.Discard, os.Stdin)
	cluster.Close()
}

// costRun is one broker and what the ways do with it.
type costRun struct {
	t     *testing.T
	addr  string
	codec compression
	want  int64 // records of a round
	guard int   // of the profile

	poison string // address of the broker of that way, once it runs
}

func TestCost(t *testing.T) {
	if *costRounds == 0 {
		t.Skip("measures only when asked: -cost ROUNDS")
	}
	fmt.Printf("%s %s/%s GOMAXPROCS=%d\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	fmt.Printf("%d partitions, batches of %d records, %d bytes a record before compression\n\n", costPartitions, benchRecords, len(logBatch(benchRecords, compressNone))/benchRecords)
	for _, name := range strings.Split(*costCodecs, ",") {
		c, ok := parseCompression(name)
		if !ok {
			t.Fatalf("no compression %q", name)
		}
		r := &costRun{t: t, codec: c, want: int64(*costRecords)}
		r.addr = startCostBroker(t, name)
		r.measure()
	}
}

func startCostBroker(t *testing.T, codec string) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), costBroker+"="+codec)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// cost is what the records of one round took.
type cost struct {
	records  int64
	cpu      time.Duration // user and system
	wall     time.Duration
	allocs   uint64
	allocMem uint64
}

func (c cost) perRecord() float64 { return float64(c.cpu) / float64(c.records) }

func (r *costRun) measure() {
	mask, err := redact.Mask(redact.MaskOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	ways := map[string]func() cost{
		"copy": r.copy, "codec": r.transcode, "kafka-go": r.kafkaGo,
		"keep": func() cost { return r.proxy(redact.Keep(), AtLeastOnce) }, "stars": func() cost { return r.proxy(redact.Replace("***"), AtLeastOnce) },
		"guard":   r.guarded,
		"mask":    func() cost { return r.proxy(mask, AtLeastOnce) },
		"exactly": func() cost { return r.proxy(redact.Replace("***"), ExactlyOnce) },
		"poison":  r.poisoned,
		"watched": func() cost { return r.watched(mask) },
	}
	names := strings.Split(*costWays, ",")
	rounds := map[string][]cost{}
	for i := range *costRounds {
		for _, name := range names {
			c := ways[name]()
			rounds[name] = append(rounds[name], c)
			fmt.Printf("compression %-6s round %2d %-8s %8d records %7.1f ns CPU/record %9.0f records/s %8.4f allocs/record %7.1f B/record\n", r.codec, i+1, name, c.records,
				c.perRecord(), float64(c.records)/c.wall.Seconds(), float64(c.allocs)/float64(c.records), float64(c.allocMem)/float64(c.records))
		}
	}
	p25 := map[string]float64{}
	for name, all := range rounds {
		slices.SortFunc(all, func(a, b cost) int { return int(a.perRecord() - b.perRecord()) })
		p25[name] = all[len(all)/4].perRecord()
	}
	fmt.Printf("\ncompression %v, p25 of %d rounds, ns CPU/record:", r.codec, *costRounds)
	for _, name := range names {
		fmt.Printf("  %s %.0f", name, p25[name])
	}
	fmt.Println()
	ratio := func(a, b, bar string) {
		if r.codec != compressNone { // the bars are for plain batches: compression is the same work on both sides
			bar = ""
		}
		if p25[a] > 0 && p25[b] > 0 {
			fmt.Printf("  %-8s / %-8s %5.2f   %s\n", a, b, p25[a]/p25[b], bar)
		}
	}
	ratio("codec", "copy", "at most 1.5")
	ratio("kafka-go", "codec", "at least 4")
	ratio("keep", "codec", "")
	ratio("stars", "codec", "at most 2.8 with the portable engine")
	ratio("mask", "codec", "")
	ratio("guard", "stars", "at most 1.35")
	ratio("watched", "mask", "at most 1.02")
	ratio("exactly", "stars", "at most 1.15")
	ratio("poison", "stars", "at most 1.05")
	fmt.Println()
}

// usage is the processor time of this process.
func usage() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// between measures the records that count returns more of, from when the first
// tenth of want is there, as connections and buffers are by then, to when want
// more are.
func (r *costRun) between(count func() int64) cost {
	r.await(count, r.want/10)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from, cpu, begun := count(), usage(), time.Now()
	r.await(count, from+r.want)
	c := cost{records: count() - from, cpu: usage() - cpu, wall: time.Since(begun)}
	runtime.ReadMemStats(&after)
	c.allocs, c.allocMem = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return c
}

func (r *costRun) await(count func() int64, n int64) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(2 * time.Minute)
	for count() < n {
		if <-tick.C; time.Now().After(deadline) {
			r.t.Fatalf("%d of %d records", count(), n)
		}
	}
}

// loop runs one function per partition until the measurement is done. Each
// call moves a batch and returns its records.
func (r *costRun) loop(newStep func(partition int32) func(ctx context.Context) (int, error)) cost {
	ctx, stop := context.WithCancel(context.Background())
	var n atomic.Int64
	var all sync.WaitGroup
	for p := range int32(costPartitions) {
		all.Go(func() {
			step := newStep(p)
			for ctx.Err() == nil {
				k, err := step(ctx)
				if err != nil {
					if ctx.Err() == nil {
						r.t.Error(err)
					}
					return
				}
				n.Add(int64(k))
			}
		})
	}
	c := r.between(n.Load)
	stop()
	all.Wait()
	return c
}

// copy and transcode use the proxy's own requests, buffers and brokers.
func (r *costRun) copy() cost {
	return r.relay(func(l *costRelay, b *batch) (buf []byte, err error) {
		l.out = append(room(l.out[:0], l.room)[:l.room], b.Raw...)
		binary.BigEndian.PutUint64(l.out[l.room:], 0)
		return l.out, nil
	})
}

func (r *costRun) transcode() cost {
	return r.relay(func(l *costRelay, b *batch) (buf []byte, err error) {
		plain, st := l.inflate.records(b, maxInflated)
		if st != batchOK {
			return nil, errors.New(st.String())
		}
		l.builder.reset(l.room)
		var rec record
		for range b.Count {
			var ok bool
			if plain, ok = rec.next(plain); !ok {
				return nil, errors.New("malformed record")
			}
			l.builder.append(b.timestamp(&rec), rec.Key, rec.Value, rec.Headers)
		}
		return l.builder.finish(r.codec, -1, -1, -1, 0), nil
	})
}

// costRelay is one partition of copy and transcode.
type costRelay struct {
	fetch   fetchRequest
	produce produceRequest
	part    producePart
	room    int
	inflate inflater
	builder builder
	out     []byte
}

func (r *costRun) relay(convert func(l *costRelay, b *batch) ([]byte, error)) cost {
	p, err := New(r.config(keepRoute(r.t, "in", "a")))
	if err != nil {
		r.t.Fatal(err)
	}
	defer p.conn.transport.CloseIdleConnections()
	s := p.shared
	if _, err := s.cluster.describe(context.Background(), []string{"in", "out"}); err != nil {
		r.t.Fatal(err)
	}
	return r.loop(func(partition int32) func(context.Context) (int, error) {
		l := &costRelay{room: produceHeadroom("bench", "", "out"), part: producePart{partition: partition}}
		l.fetch = fetchRequest{
			clientID: "bench", leader: s.cluster.leader("in", partition), topic: "in", partition: partition,
			maxWait: 100 * time.Millisecond, minBytes: 1, maxBytes: 1 << 20, timeout: 10 * time.Second,
			ctx: context.Background(), memory: s.memory, slabs: s.slabs,
		}
		l.produce = produceRequest{
			clientID: "bench", leader: s.cluster.leader("out", partition), topic: "out", timeout: 10_000, parts: []*producePart{&l.part},
		}
		return func(ctx context.Context) (int, error) { return l.step(ctx, s.cluster, convert) }
	})
}

// step fetches one batch and produces what convert makes of it.
func (l *costRelay) step(ctx context.Context, c *cluster, convert func(l *costRelay, b *batch) ([]byte, error)) (n int, err error) {
	if err := c.do(ctx, metrics.APIFetch, &l.fetch, 10*time.Second); err != nil {
		return 0, err
	}
	defer l.fetch.free()
	var b batch
	if _, st := b.next(l.fetch.records); l.fetch.code != 0 || st != batchOK {
		return 0, fmt.Errorf("fetch: code %d, %v", l.fetch.code, st)
	}
	if l.part.buf, err = convert(l, &b); err != nil {
		return 0, err
	}
	if err := c.do(ctx, metrics.APIProduce, &l.produce, 10*time.Second); err != nil {
		return 0, err
	}
	if l.part.code != 0 {
		return 0, kafka.Error(l.part.code)
	}
	l.fetch.offset = b.nextOffset()
	return int(b.Count), nil
}

// kafkaGo is the loop of kafka-go's documentation with everything in its
// favor: one Reader per partition without a group, large synchronous writes.
func (r *costRun) kafkaGo() cost {
	w := &kafka.Writer{
		Addr: kafka.TCP(r.addr), Topic: "out", RequiredAcks: kafka.RequireAll, Compression: compress.Compression(r.codec),
		BatchSize: benchRecords, BatchBytes: 4 << 20, BatchTimeout: 5 * time.Millisecond,
		Balancer: kafka.BalancerFunc(func(m kafka.Message, _ ...int) int { return m.Partition }),
	}
	defer w.Close()
	return r.loop(func(partition int32) func(context.Context) (int, error) {
		in := kafka.NewReader(kafka.ReaderConfig{
			Brokers: []string{r.addr}, Topic: "in", Partition: int(partition),
			MinBytes: 1, MaxBytes: 1 << 20, QueueCapacity: benchRecords,
		})
		var batch []kafka.Message
		return func(ctx context.Context) (int, error) {
			if ctx.Err() != nil {
				return 0, in.Close()
			}
			batch = batch[:0]
			for len(batch) < benchRecords {
				m, err := in.FetchMessage(ctx)
				if err != nil {
					return 0, errors.Join(err, in.Close())
				}
				m.Topic = ""
				batch = append(batch, m)
			}
			return len(batch), w.WriteMessages(ctx, batch...)
		}
	})
}

func (r *costRun) config(route Route) Config {
	profiles := []metrics.Profile{{Name: route.To[0].Profile}}
	var fields []metrics.Field
	for i := range route.Program.Fields() {
		fields = append(fields, metrics.Field{Name: "field-" + strconv.Itoa(i), Level: "L4"})
	}
	return Config{
		Brokers: []string{r.addr}, Group: "cost-" + strconv.FormatInt(time.Now().UnixNano(), 36), Routes: []Route{route},
		Quarantine: "quarantine", Policy: "digest", Batch: Batch{Compression: r.codec.String()},
		Metrics: metrics.New(metrics.Config{Profiles: profiles, Fields: fields}),
	}
}

// guarded is stars with a guard that looks at every record.
func (r *costRun) guarded() cost {
	r.guard = redact.GuardAll
	defer func() { r.guard = 0 }()
	return r.proxy(redact.Replace("***"), AtLeastOnce)
}

// poisoned is stars from a broker of its own, whose batches hold records that
// cannot be judged: their coordinates are written, and no partition waits.
func (r *costRun) poisoned() cost {
	good := r.addr
	if r.poison == "" {
		r.poison = startCostBroker(r.t, r.codec.String()+costPoisoned)
	}
	r.addr = r.poison
	defer func() { r.addr = good }()
	return r.proxy(redact.Replace("***"), AtLeastOnce)
}

// proxy is the product, one recipient.
func (r *costRun) proxy(eight redact.Transform, delivery Delivery) cost {
	return r.proxyWith(eight, delivery, nil)
}

// watched is the product with a Prometheus that asks fifteen times as often as
// it does by default.
func (r *costRun) watched(eight redact.Transform) cost {
	return r.proxyWith(eight, AtLeastOnce, func(ctx context.Context, m *metrics.Metrics) {
		scrape := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		scrape.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for ctx.Err() == nil {
			m.Handler().ServeHTTP(httptest.NewRecorder(), scrape)
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
}

// proxyWith counts what has been routed: exactly once, records count as
// produced by the transaction.
func (r *costRun) proxyWith(eight redact.Transform, delivery Delivery, beside func(context.Context, *metrics.Metrics)) cost {
	program, err := costProgram(eight, r.guard)
	if err != nil {
		r.t.Fatal(err)
	}
	cfg := r.config(Route{From: "in", Program: program, To: []Target{{Profile: "a", Topic: "out"}}})
	cfg.Delivery = delivery
	p, err := New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	var watcher sync.WaitGroup
	if beside != nil {
		watcher.Go(func() { beside(ctx, cfg.Metrics) })
		defer watcher.Wait()
	}
	c := r.between(func() int64 { return p.Snapshot().Recipients[0].Routed })
	stop()
	if err := <-done; err != nil {
		r.t.Fatal(err)
	}
	s := p.Snapshot().Recipients[0]
	spoiled := int64(0)
	if r.addr == r.poison {
		spoiled = s.Routed / costPoison
	}
	// Each partition may end before its next spoiled record.
	if s.Failed > spoiled || s.Failed < spoiled-costPartitions || s.Filtered > 0 || s.Produced == 0 {
		r.t.Fatalf("%d spoiled: %+v", spoiled, s)
	}
	return c
}

// costProgram does the same to eight fields wherever they stand and keeps all
// else.
func costProgram(eight redact.Transform, guard int) (*redact.Program, error) {
	spec := redact.Spec{Fields: []redact.Field{{Name: "record-key", Level: 1, RecordKey: true}}}
	transforms := []redact.Transform{redact.Keep()}
	for _, key := range []string{"host", "trace", "email", "phone", "name", "card", "ip", "p"} {
		spec.Fields = append(spec.Fields, redact.Field{Name: key, Level: 4, Keys: []string{key}})
		transforms = append(transforms, eight)
	}
	spec.Profiles = []redact.Profile{{Name: "a", Unknown: redact.UnknownKeep, Transforms: transforms, Guard: guard}}
	return redact.Compile(spec)
}
