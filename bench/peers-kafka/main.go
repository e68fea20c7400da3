// Command peers-kafka measures one job from Kafka to Kafka, done by redactor and
// by what its users would write or take otherwise: eight fields of a device log
// replaced, the rest kept.
//
//	cd bench/peers-kafka && go run . -rounds 3
//
// Each way is a process of its own; redactor is the real binary. The broker is
// kfake in this process: every fetch gets the same batch, every produced batch
// is checked, counted and forgotten. What is compared is the processor time of
// the way's process per record that the broker was sent, and its memory. The
// ways take turns.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 3, "how often each way is measured")
	seconds := flag.Duration("for", 8*time.Second, "how long, after warming up")
	only := flag.String("ways", strings.Join(names(), ","), "which, separated by commas")
	way := flag.String("way", "", "be this way (the program calls itself)")
	broker := flag.String("broker", "", "for -way")
	flag.Parse()
	var err error
	if *way != "" {
		err = ways[*way](*broker)
	} else {
		err = measure(strings.Split(*only, ","), *rounds, *seconds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers-kafka:", err)
		os.Exit(1)
	}
}

// result is one way in one round.
type result struct {
	perRecord float64 // ns of processor time
	perCore   float64 // records a second and core
	wall      float64 // records a second
	rss       float64 // bytes, resident
}

func measure(names []string, rounds int, length time.Duration) error {
	b, err := startBroker()
	if err != nil {
		return err
	}
	defer b.close()
	dir, err := os.MkdirTemp("", "peers-kafka-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%s %s/%s, %d cores; %d partitions, %d records a batch, %d bytes a record; %s a round after %s\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), partitions, batchRecords, b.recordBytes, length, warmUp)
	all := make(map[string][]result)
	for round := range rounds {
		for _, name := range names {
			r, err := b.round(name, dir, length)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			all[name] = append(all[name], r)
			fmt.Printf("round %d  %-24s %8.0f ns a record  %9.0f records/s a core  %9.0f records/s  %6.1f MB\n", round+1, name, r.perRecord, r.perCore, r.wall, r.rss/1e6)
		}
	}
	fmt.Printf("\n%-24s %14s %22s %10s\n", "median", "ns a record", "records/s a core", "RSS MB")
	for _, name := range names {
		ns, core, rss := median(all[name], func(r result) float64 { return r.perRecord }), median(all[name], func(r result) float64 { return r.perCore }), median(all[name], func(r result) float64 { return r.rss })
		fmt.Printf("%-24s %14.0f %22.0f %10.1f   %.1f x\n", name, ns, core, rss/1e6, ns/median(all[names[0]], func(r result) float64 { return r.perRecord }))
	}
	return nil
}

func median(rs []result, of func(result) float64) float64 {
	var v []float64
	for _, r := range rs {
		v = append(v, of(r))
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// warmUp is left out: joining the group, growing buffers.
const warmUp = 4 * time.Second

// round runs a way for a while.
func (b *broker) round(name, dir string, length time.Duration) (result, error) {
	cmd, err := b.command(name, dir)
	if err != nil {
		return result{}, err
	}
	var talk strings.Builder
	cmd.Stderr = &talk
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Kill()
		<-ended
	}()
	begun, starred := b.produced.Load(), b.starred.Load()
	deadline := time.After(60 * time.Second)
	for b.produced.Load() == begun { // it has joined the group when something comes
		select {
		case err := <-ended:
			ended <- err
			return result{}, fmt.Errorf("ended: %v\n%s", err, talk.String())
		case <-deadline:
			return result{}, fmt.Errorf("nothing came\n%s", talk.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	time.Sleep(warmUp)
	from, cpu, at := b.produced.Load(), cpuOf(cmd.Process.Pid), time.Now()
	time.Sleep(length)
	n, used, took := float64(b.produced.Load()-from), cpuOf(cmd.Process.Pid)-cpu, time.Since(at)
	if n == 0 || used == 0 {
		return result{}, errors.New("it stands still\n" + talk.String())
	}
	// The same job, or no comparison: eight values of every record. A batch that
	// is counted while this looks may be in one figure and not yet in the other.
	records, stars := float64(b.produced.Load()-begun), float64(b.starred.Load()-starred)
	if want := float64(len(fields)) * records; strings.HasSuffix(name, "mirror") != (stars == 0) || stars != 0 && (stars < 0.9*want || stars > 1.1*want) {
		return result{}, fmt.Errorf("%.0f values replaced in %.0f records", stars, records)
	}
	return result{float64(used) / n, n / used.Seconds(), n / took.Seconds(), residentOf(cmd.Process.Pid)}, nil
}

// command starts a way: redactor by its binary, the others by this program.
func (b *broker) command(name, dir string) (*exec.Cmd, error) {
	// Nobody may find the offsets or the members of a round before.
	b.rounds++
	group := fmt.Sprintf("%s-%d", name, b.rounds)
	if delivery, ok := strings.CutPrefix(name, "redactor "); ok {
		return redactor(dir, b.addr, group, strings.ReplaceAll(delivery, " ", "_"))
	}
	cmd := exec.Command(os.Args[0], "-way", name, "-broker", b.addr)
	cmd.Env = append(os.Environ(), "PEERS_GROUP="+group)
	return cmd, nil
}

// redactor builds the binary, once, and configures it.
func redactor(dir, addr, group, delivery string) (*exec.Cmd, error) {
	bin := filepath.Join(dir, "redactor")
	if _, err := os.Stat(bin); err != nil {
		build := exec.Command("go", "build", "-o", bin, "redactor/cmd/redactor")
		build.Dir = filepath.Join("..", "..")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	config := fmt.Sprintf("policy: policy.yaml\nkafka: {brokers: [%q], group: %q, delivery: %s}\nkeys: {}\nquarantine: {topic: quarantine}\nadmin: {listen: \"127.0.0.1:0\"}\n", addr, group, delivery)
	for name, text := range map[string]string{"redactor.yaml": config, "policy.yaml": policy} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(bin, "run", "-c", filepath.Join(dir, "redactor.yaml"))
	cmd.Env = []string{}
	cmd.Dir = dir
	return cmd, nil
}

// ticks is USER_HZ: what /proc counts processor time in, on every Linux.
const ticks = 100

// cpuOf is the processor time that a process has used.
func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * time.Second / ticks
}

func residentOf(pid int) float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(text)[0])
			return float64(kb) * 1024
		}
	}
	return 0
}

// interrupted ends with SIGTERM, as the ways do.
func interrupted() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		c := make(chan os.Signal, 1)
		notify(c, syscall.SIGTERM)
		<-c
		stop()
	}()
	return ctx
}
