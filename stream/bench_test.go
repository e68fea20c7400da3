package stream

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"redactor/redact"
)

// brokerEnv makes this binary be the broker of a benchmark: in a process of
// its own, so that neither its time nor its allocations count.
const brokerEnv = "STREAM_BENCH_BROKER"

func TestMain(m *testing.M) {
	if os.Getenv(brokerEnv) != "" {
		benchBroker()
		return
	}
	os.Exit(m.Run())
}

const benchRecords = 2000 // in the batch that every fetch answers with

// benchBroker serves one batch for ever and throws away what is produced,
// after the checks that a broker makes. It ends with its standard input.
func benchBroker() {
	var b builder
	b.reset(0)
	for i := range benchRecords {
		b.append(1_600_000_000_000+int64(i), fmt.Appendf(nil, "device-%d", i%97), benchRecord(i), nil)
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(8, "in", "out.a", "out.b", "out.c", "quarantine"),
		kfake.SyntheticFetch(kfake.SyntheticBatch{Batch: b.finish(compressNone, -1, -1, -1, 0)}), kfake.BlackholeProduce())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.ListenAddrs()[0])
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// benchRecord is 408 bytes or so of a device log.
func benchRecord(i int) []byte {
	return fmt.Appendf(nil, `{"ts":"2026-10-12T08:%02d:%02d.%03dZ","level":"INFO","event":"charge","device":{"id":"%016x","imei":"35814203%07d","model":"X-%d","os":"14"},"user":{"id":%d,"email":"user%d@example.com","phone":"+86138%08d"},"ip":"192.168.%d.%d","net":{"type":"wifi","mac":"02:1a:%02x:%02x:%02x:%02x"},"message":"charge accepted for order %d, amount 12.34, retry 0","http":{"m":"POST","p":"/v1/charge/%d","s":200,"ms":%d}}`,
		i%60, i*7%60, i%1000, i*2654435761, i, i%9, i, i, i%100_000_000, i%255, i*17%255, i&255, i*3&255, i*5&255, i*7&255, i, i*3, i%250)
}

func startBenchBroker(b *testing.B) (addr string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), brokerEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRelay is the way from fetch to produce, with one recipient that
// keeps everything and with three of which two do not.
func BenchmarkRelay(b *testing.B) {
	fields := []redact.Field{
		{Name: "key", Level: 1, RecordKey: true}, {Name: "imei", Level: 4, Keys: []string{"imei"}}, {Name: "mac", Level: 4, Keys: []string{"mac"}},
		{Name: "ip", Level: 3, Keys: []string{"ip"}}, {Name: "email", Level: 4, Keys: []string{"email"}}, {Name: "phone", Level: 4, Keys: []string{"phone"}},
	}
	profile := func(name string, t redact.Transform) redact.Profile {
		p := redact.Profile{Name: name, Unknown: redact.UnknownKeep}
		for range fields {
			p.Transforms = append(p.Transforms, t)
		}
		return p
	}
	a, c, d := profile("a", redact.Keep()), profile("b", redact.Drop()), profile("c", redact.Null())
	for _, bench := range []struct {
		name     string
		codec    string
		profiles []redact.Profile
	}{{"keep", "none", []redact.Profile{a}}, {"three", "none", []redact.Profile{a, c, d}}, {"keep-lz4", "lz4", []redact.Profile{a}}} {
		b.Run(bench.name, func(b *testing.B) {
			prog, err := redact.Compile(redact.Spec{Fields: fields, Profiles: bench.profiles})
			if err != nil {
				b.Fatal(err)
			}
			r := Route{From: "in", Program: prog}
			for _, p := range bench.profiles {
				r.To = append(r.To, Target{p.Name, "out." + p.Name})
			}
			cfg := Config{Brokers: []string{startBenchBroker(b)}, Group: "g", Quarantine: "quarantine", Routes: []Route{r}, Metrics: newMetrics([]Route{r}),
				Batch: Batch{Compression: bench.codec}}
			benchProxy(b, cfg)
		})
	}
}

// benchProxy measures the processing of b.N records, after those that warm up.
func benchProxy(b *testing.B, cfg Config) {
	b.Helper()
	p, stop := runBench(b, cfg)
	produced := func() (n int64) {
		for _, r := range p.Snapshot().Recipients {
			n += r.Produced
		}
		return n / int64(len(cfg.Routes[0].To))
	}
	reach := func(n int64) {
		for produced() < n {
			time.Sleep(time.Millisecond)
		}
	}
	reach(100 * benchRecords)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from, cpu := produced(), cpuTime()
	b.ResetTimer()
	reach(from + int64(b.N))
	b.StopTimer()
	n := float64(produced() - from)
	used := cpuTime() - cpu
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(used)/n, "cpu-ns/record")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/record")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n, "B/record")
	b.ReportMetric(n/b.Elapsed().Seconds(), "records/s")
	stop()
}

func runBench(b *testing.B, cfg Config) (p *Proxy, stop func()) {
	b.Helper()
	p, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	return p, func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}
