package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

const demoHelp = `See it work: an embedded Kafka broker, made-up device and usage logs, and the real
proxy between them, with the starter policy and test keys.

It shows what becomes of single records, side by side for every recipient; then a
line of rates, lag and counts, read from the proxy's own /metrics. Broker and
/metrics can be looked at meanwhile with kcat and curl. Ctrl-C drains and ends
with the books: every record is accounted for, per recipient, or the exit code
is 1.

The people and devices in it do not exist. Two runs with one seed make the same
records.`

// demoOptions are the flags of demo.
type demoOptions struct {
	duration time.Duration
	records  int64
	rate     int
	seed     uint64
	listen   string
}

func newDemo() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Embedded broker, made-up logs, the real proxy: see it work in ten seconds",
		Long:  demoHelp,
		Example: `  redactor demo
  redactor demo --records 100000 --rate 0      as fast as this machine can
  redactor demo --duration 30s --seed 7`,
		GroupID: groupStart,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.duration < 0 || o.records < 0 || o.rate < 0 {
				return usagef("--duration, --records and --rate are not below zero")
			}
			return o.run(cmd)
		},
	}
	f := cmd.Flags()
	f.DurationVar(&o.duration, "duration", 0, "stop after this time (default: at Ctrl-C)")
	f.Int64Var(&o.records, "records", 0, "stop after so many records (default: at Ctrl-C)")
	f.IntVar(&o.rate, "rate", 2000, "records a second; 0: as many as the proxy takes")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the made-up records")
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "address of /metrics; port 0 takes a free one")
	return cmd
}

// demo is one run: a broker, a proxy, a generator, an inspector of what comes
// out, and a screen.
type demo struct {
	opts   demoOptions
	broker *demoBroker
	proxy  *demoProxy
	gen    *generator
	check  *inspector
	screen *screen
}

func (o *demoOptions) run(cmd *cobra.Command) (err error) {
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	d := &demo{opts: *o, screen: newScreen(cmd.OutOrStdout(), colored(cmd, cmd.OutOrStdout()))}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: printable}))

	if d.broker, err = startBroker(); err != nil {
		return fmt.Errorf("embedded broker: %w", err)
	}
	defer d.broker.Close()
	if d.proxy, err = newDemoProxy(d.broker.addr, o.listen, log); err != nil {
		return err
	}
	defer d.proxy.close()
	if err := d.broker.create(d.proxy.topics()); err != nil {
		return err
	}
	if d.check, err = newInspector(d.broker.addr, d.proxy.outputs); err != nil {
		return err
	}
	defer d.check.close()
	if d.gen, err = newGenerator(d.broker.addr, o.seed, d.check); err != nil {
		return err
	}
	defer d.gen.close()
	return d.show(ctx, stop)
}

// show runs the proxy and everything around it, and keeps the books.
func (d *demo) show(ctx context.Context, atOnce context.CancelFunc) error {
	proxyCtx, drain := context.WithCancel(context.WithoutCancel(ctx))
	defer drain()
	ended := make(chan error, 1)
	go func() { ended <- d.proxy.run(proxyCtx) }()

	d.screen.welcome(d.broker.addr, d.proxy.metricsURL())
	err := d.samples(ctx)
	if err == nil {
		err = d.flow(ctx)
	}
	atOnce() // from here on a signal ends the process at once
	if err != nil && !errors.Is(err, context.Canceled) {
		return errors.Join(err, finished(ended))
	}
	if err := d.settle(); err != nil {
		return err
	}
	drain()
	if err := <-ended; err != nil {
		return err
	}
	return d.account()
}

// finished returns why the proxy has ended, if it has.
func finished(ended <-chan error) error {
	select {
	case err := <-ended:
		return err
	default:
		return nil
	}
}

// flow generates until it is told to stop, and shows how the proxy keeps up.
func (d *demo) flow(ctx context.Context) error {
	if d.opts.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.opts.duration)
		defer cancel()
	}
	watchCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	errs := make([]error, 2)
	wg.Go(func() { errs[0] = d.check.run(watchCtx) })
	wg.Go(func() { errs[1] = d.watch(watchCtx) })
	err := d.gen.run(ctx, d.opts.rate, d.opts.records)
	stop()
	wg.Wait()
	return errors.Join(err, errs[0], errs[1])
}

// watchEvery is how often /metrics is read.
const watchEvery = 250 * time.Millisecond

// watch reads /metrics and shows a line. It also tells the generator how far
// the proxy has come.
func (d *demo) watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	defer d.screen.endLive()
	for {
		now, err := scrape(ctx, d.proxy.metricsURL())
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		seen, _ := d.check.result()
		d.gen.consumed.Store(now.sum("redactor_records_consumed_total"))
		d.gen.unread.Store(now.sum("redactor_records_produced_total") - seen)
		d.screen.live(now, d.proxy.profiles)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// patience bounds every wait of the demo: on a machine where this is not
// enough, something is wrong.
const patience = 60 * time.Second

// until polls /metrics until a condition holds.
func (d *demo) until(ctx context.Context, what string, holds func(*snapshot) bool) (*snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := scrape(ctx, d.proxy.metricsURL())
		if err == nil && holds(s) {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting until %s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}

// settle waits until everything that was sent is accounted for, and looked at.
func (d *demo) settle() error {
	_, err := d.collectOutputs(context.Background())
	return err
}

// account shows the books and fails when they do not balance.
func (d *demo) account() error {
	s, err := scrape(context.Background(), d.proxy.metricsURL())
	if err != nil {
		return err
	}
	final := d.collect(s)
	d.screen.books(final)
	if !final.balance() {
		return findings()
	}
	return nil
}
