// Command chaos runs the real binary under faults and proves what comes out:
//
//	go run ./bench/chaos -broker kfake -delivery exactly_once -duration 60s -seed 1
//
// An oracle issues records with planted identifiers and knows what each
// recipient must get of each. Instances of redactor, built with the tag chaos,
// are killed and frozen at the points where it matters, told to drain, cut off,
// and fenced; brokers restart, leaders and coordinators move, requests fail.
// Everything that comes out is read while it is written and held to the oracle.
// The last line is
//
//	records N kills K lost 0 duplicated 0 disordered 0 aborted 0 leaked 0
//
// and the exit code is 1 when any of the last five is not 0. Under at_least_once
// duplicates inside the window are counted apart: byte-identical, and of
// offsets that were not committed for longer than an instance can be late.
//
// A signal ends the chaos early and settles what came out; a second one ends at
// once. The line before the last repeats the run: the seed decides what goes wrong and in
// which order; when it hits, this machine does.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"redactor/internal/chaospoint"
)

// options are the flags.
type options struct {
	broker, delivery string
	duration         time.Duration
	seed             uint64
	rate             int
	records, kills   int
	brokerKills      int
	partitions       int
	members          int
	every            time.Duration
	errors           int
	life             int
	session          time.Duration
	only             string
	soak             bool
	samples          string
	binary, dir      string
	keep             bool

	enough chan struct{} // closed by the first signal: nothing goes wrong any more, and what came out is settled
}

func parseOptions(args []string) (*options, error) {
	o := &options{enough: make(chan struct{})}
	f := flag.NewFlagSet("chaos", flag.ContinueOnError)
	f.StringVar(&o.broker, "broker", "kfake", "kfake (in this process) or kafka (three of Apache's, by .ci/kafka)")
	f.StringVar(&o.delivery, "delivery", "exactly_once", "exactly_once or at_least_once")
	f.DurationVar(&o.duration, "duration", time.Minute, "how long faults and records go on")
	f.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()%1e6), "of records and faults")
	f.IntVar(&o.rate, "rate", 2000, "records a second")
	f.IntVar(&o.records, "records", 0, "go on until so many were issued")
	f.IntVar(&o.kills, "kills", 0, "go on until so many instances were killed")
	f.IntVar(&o.brokerKills, "broker-kills", 0, "go on until so many brokers were killed")
	f.IntVar(&o.partitions, "partitions", 6, "of the source")
	f.IntVar(&o.members, "members", 3, "instances at work")
	f.DurationVar(&o.every, "every", 2*time.Second, "a fault about so often, beside those that instances are born with")
	f.IntVar(&o.errors, "errors", 5, "of 1,000 requests of the proxies that kfake fails")
	f.IntVar(&o.life, "life", 60, "an instance dies at the latest when it comes so often to its point; 0: at no point")
	f.DurationVar(&o.session, "session", 2*time.Second, "of the group's members")
	f.StringVar(&o.only, "only", "", "faults of these names only, separated by commas (default: all)")
	f.BoolVar(&o.soak, "soak", false, "spare one instance and sample its memory, descriptors and goroutines; nobody dies at a point")
	f.StringVar(&o.samples, "samples", "", "write the samples of -soak to this file")
	f.StringVar(&o.binary, "binary", "", "redactor built with -tags chaos (default: build it)")
	f.StringVar(&o.dir, "dir", "", "work here (default: a temporary folder)")
	f.BoolVar(&o.keep, "keep", false, "keep the folder")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case o.broker != "kfake" && o.broker != "kafka":
		return nil, fmt.Errorf("-broker is kfake or kafka")
	case o.delivery != "exactly_once" && o.delivery != "at_least_once":
		return nil, fmt.Errorf("-delivery is exactly_once or at_least_once")
	case o.rate < 1 || o.partitions < 1 || o.members < 1 || o.life < 0 || o.every <= 0:
		return nil, fmt.Errorf("-rate, -partitions, -members, -every must be positive, -life not negative")
	}
	if o.soak {
		o.life = 0
		o.members = max(o.members, 2)
	}
	return o, nil
}

// replay is the command that repeats the run.
func (o *options) replay() string {
	s := fmt.Sprintf("go run ./bench/chaos -broker %s -delivery %s -duration %s -seed %d -rate %d -records %d -kills %d -broker-kills %d -partitions %d -members %d -every %s -errors %d -life %d -session %s",
		o.broker, o.delivery, o.duration, o.seed, o.rate, o.records, o.kills, o.brokerKills, o.partitions, o.members, o.every, o.errors, o.life, o.session)
	if o.only != "" {
		s += " -only '" + o.only + "'"
	}
	if o.soak {
		s += " -soak"
	}
	return s
}

// freeze is how long a zombie is away: the group has given it up by then.
func (o *options) freeze() time.Duration { return 2*o.session + o.session/2 }

// window is how long after its commit a record may come again under at least
// once: from a zombie, or from one that was cut off, and a commit that was
// answered before the poll.
func (o *options) window() time.Duration { return o.freeze() + 2*o.session + 5*time.Second }

// transactionalID is the id under which a source partition's owner writes.
func (o *options) transactionalID(partition int) string {
	return fmt.Sprintf("redactor-%s-%s-%d", groupName, topicSource, partition)
}

// points are where instances may die under a delivery.
func (o *options) points() []chaospoint.Point {
	if o.delivery == "exactly_once" {
		return []chaospoint.Point{chaospoint.Fetched, chaospoint.Redacted, chaospoint.Sent, chaospoint.Acked, chaospoint.Ending, chaospoint.EndSent, chaospoint.Ended}
	}
	return []chaospoint.Point{chaospoint.Fetched, chaospoint.Redacted, chaospoint.Sent, chaospoint.Acked, chaospoint.Committed}
}

func main() {
	o, err := parseOptions(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(2)
	}
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		close(o.enough)
		<-signals
		stop()
	}()
	clean, err := start(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		fmt.Fprintln(os.Stderr, "chaos: again:", o.replay())
		os.Exit(1)
	}
	if !clean {
		os.Exit(1)
	}
}

// start prepares the folder and the cluster, runs, and cleans up.
func start(ctx context.Context, o *options) (clean bool, err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "redactor-chaos-"); err != nil {
			return false, err
		}
		defer func() {
			if clean && !o.keep {
				os.RemoveAll(o.dir)
				return
			}
			fmt.Fprintln(os.Stderr, "chaos: logs and data are in", o.dir)
		}()
	}
	for _, sub := range []string{"logs", "cwd"} {
		if err := os.MkdirAll(filepath.Join(o.dir, sub), 0o700); err != nil {
			return false, err
		}
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return false, err
	}
	var b broker
	if o.broker == "kafka" {
		b, err = newRealCluster(ctx, o)
	} else {
		b, err = newFakeCluster(o)
	}
	if err != nil {
		return false, err
	}
	defer b.close()
	d, err := deploy(o, b.bootstrap())
	if err != nil {
		return false, err
	}
	for _, t := range append([]string{topicSource}, outputs...) {
		if err := b.create(ctx, t, o.partitions); err != nil {
			return false, fmt.Errorf("topic %s: %w", t, err)
		}
	}
	if err := b.create(ctx, topicQuarantine, 1); err != nil {
		return false, err
	}
	return (&trial{o: o, b: b, d: d}).run(ctx)
}

// spell lists counts in a stable order.
func spell(counts map[string]int) string {
	var parts []string
	for _, name := range sortedKeys(counts) {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(parts, ", ")
}
