package e2e

import (
	"context"
	"strings"
	"testing"
)

// TestExactlyOnceRelay: two instances deliver exactly once, one of them is killed without a word in the
// middle of a transaction, and one that takes its place too. A reader of committed records sees each once.
func TestExactlyOnceRelay(t *testing.T) {
	t.Parallel()
	const partitions = 4
	onEach(t, func(t *testing.T, b *broker) {
		const count = 2 * faultSize / partitions
		r := deploy(t, b, partitions)
		r.delivery = "exactly_once"
		session := "6s" // the least that brokers allow by default
		if strings.HasSuffix(t.Name(), "kfake") {
			session = "1s"
		}
		r.more = "  session: " + session + "\npipeline: {transaction: {interval: 100ms}}\n"
		first := r.start(t, b, "first")
		victim := r.start(t, b, "victim")
		kill := func(p *proxy, least float64) {
			eventually(t, patience, "records through "+p.name, func(ctx context.Context) bool {
				n, ok := p.metric(ctx, "redactor_records_produced_total")
				return ok && n > least
			})
			p.cmd.Process.Kill()
			<-p.ended
		}
		r.fill(t, b, count, func(round int) {
			switch round {
			case rounds / 4:
				kill(victim, 0)
			case rounds / 2:
				second := r.start(t, b, "second")
				kill(first, 0)
				first = second
			}
		})
		r.awaitDrained(t, b)
		first.leave(t)
		for i, topic := range r.outputs {
			c := newChecker(i, partitions, count)
			readWithKcat(t, b, topic, c.check)
			c.report(t)
			if c.duplicates > 0 {
				t.Errorf("%s: %d records came twice", recipients[i], c.duplicates)
			}
		}
		if again := r.checkQuarantine(t, b, count); again > 0 {
			t.Errorf("%d records are in the quarantine twice", again)
		}
	})
}
