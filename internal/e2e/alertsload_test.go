package e2e

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"redactor/metrics"
)

// TestAlertsFireUnderLoad: a recipient that takes less than there is makes lag grow and records late; an output that
// takes nothing at all makes a stall.
func TestAlertsFireUnderLoad(t *testing.T) {
	t.Parallel()
	tool(t, "prometheus")
	l := newFireLab(t)
	l.config("redactor.yaml", "load", "pipeline: {throttle: [outside=256KiB], batch: {bytes: 64KiB}}\n")
	p := startPrometheus(t, scaled(t, "1s"), 500*time.Millisecond, []string{startIn(t, l.dir, "redactor.yaml").admin}, false)
	l.send(20, `{"battery":1}`)
	eventually(t, patience, "a scrape", func(ctx context.Context) bool {
		out, err := p.query(ctx, `redactor_records_produced_total == 20`)
		return err == nil && len(out) == 1
	})
	p.quiet("RedactorLagGrowing", "RedactorFreshnessBudgetBurn", "RedactorStalled", "RedactorRecordsUnaccounted")

	// More than the recipient takes, and from then on without an end.
	long := `{"battery":1,"note":"` + strings.Repeat("-", 400) + `"}`
	l.send(40_000, long)
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan struct{})
	go func() {
		defer close(written)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				for range 20 {
					l.writer.Produce(ctx, &kgo.Record{Topic: "source", Value: []byte(long)}, nil)
				}
			}
		}
	}()
	defer func() {
		stop()
		<-written
	}()
	p.fires("RedactorLagGrowing")
	p.fires("RedactorFreshnessBudgetBurn", `window="1h"`)
	p.fires("RedactorFreshnessBudgetBurn", `window="6h"`)
	p.quiet("RedactorRecordsUnaccounted", "RedactorPartitionsStopped")

	fault := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "output", Err: kerr.NotEnoughReplicas, Count: -1})
	p.fires("RedactorStalled")
	p.quiet("RedactorRecordsUnaccounted") // they are in flight, and it is known why
	fault.Remove()
	eventually(t, patience, "reading again", func(ctx context.Context) bool { return !p.firing(ctx, "RedactorStalled") })
}

// TestAlertsFireOnLostRecords: what a proxy that loses two records between its stages would show is shown by its own
// metrics, kept badly: no proxy is known that does.
func TestAlertsFireOnLostRecords(t *testing.T) {
	t.Parallel()
	tool(t, "prometheus")
	m := metrics.New(metrics.Config{Profiles: []metrics.Profile{{Name: "outside"}}})
	m.SetReady(true)
	source, outside := m.ForTopic("source"), m.ForProfile("outside")
	source.Assigned(0)
	server := httptest.NewServer(m.Handler())
	defer server.Close()
	p := startPrometheus(t, scaled(t, "1s"), 500*time.Millisecond, []string{strings.TrimPrefix(server.URL, "http://")}, false)
	records := func(n, arrive int) {
		source.Consumed(n, 100)
		outside.Routed(n)
		outside.Output("output").Produced(arrive, 100)
	}
	records(20, 20)
	eventually(t, patience, "evaluations without traffic", func(ctx context.Context) bool {
		out, err := p.query(ctx, `count_over_time(instance_profile:redactor_records_unaccounted[1m]) > 40`)
		return err == nil && len(out) == 1
	})
	p.quiet("RedactorRecordsUnaccounted")
	records(20, 18)
	p.fires("RedactorRecordsUnaccounted")
	outside.Filtered(2) // found
	eventually(t, patience, "silence", func(ctx context.Context) bool { return !p.firing(ctx, "RedactorRecordsUnaccounted") })
	records(20, 22) // counted twice
	p.fires("RedactorRecordsUnaccounted")
}
