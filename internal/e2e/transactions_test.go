package e2e

import (
	"context"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// deployed is a small deployment whose one instance runs.
func deployed(t *testing.T, b *broker) (*route, *proxy) {
	t.Helper()
	r := deploy(t, b, 1)
	return r, r.start(t, b, "only")
}

// values reads an output topic: what kcat shows, null as "null".
func (r *route) values(t *testing.T, b *broker, recipient int) []string {
	t.Helper()
	var all []string
	readWithKcat(t, b, r.outputs[recipient], func(s seen) {
		if s.value == nil {
			all = append(all, "null")
			return
		}
		all = append(all, string(s.value))
	})
	return all
}

// wantEverywhere compares every recipient's output with the records the oracle names, in order.
func (r *route) wantEverywhere(t *testing.T, b *broker, numbers ...int) {
	t.Helper()
	prf := newOraclePRF(testKeys())
	for i, name := range recipients {
		var want []string
		for _, n := range numbers {
			want = append(want, string(record{0, n}.wanted(nil, i, prf)))
		}
		if got := r.values(t, b, i); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
}

func (r *route) record(n int) *kgo.Record { return r.sourceRecord(record{0, n}) }

// What a producer took back must not be published, and what it has not committed yet must wait: the naive
// loop fails the first half (TestNaiveReaderPublishesAborted).
func TestAbortedRecordsStayHome(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		r, _ := deployed(t, b)
		w := b.writer(t, kgo.TransactionalID(r.source))
		other := b.writer(t, kgo.TransactionalID(r.source+".other"))
		inTransaction(t, w, true, r.record(0), r.record(1))
		inTransaction(t, w, false, r.record(2), r.record(3))
		// Two producers interleave in one partition, one of them takes its records back.
		if err := other.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		write(t, other, r.record(4))
		inTransaction(t, w, true, r.record(5))
		write(t, other, r.record(6))
		inTransaction(t, w, false, r.record(7))
		if err := other.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		inTransaction(t, other, false, r.record(8))
		write(t, b.writer(t), r.record(9)) // and one writes without transactions

		// 10 records and 6 markers: the group must step over what it does not publish.
		eventually(t, patience, "the last marker", func(ctx context.Context) bool { return slices.Equal(b.ends(ctx, r.source, 1), []int64{16}) })
		r.awaitDrained(t, b)
		r.wantEverywhere(t, b, 0, 1, 4, 5, 6, 9)
	})
}

// A source that ends in a marker leaves no lag for ever: the committed offset passes it.
func TestLagEndsAfterAMarker(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		r, p := deployed(t, b)
		inTransaction(t, b.writer(t, kgo.TransactionalID(r.source)), false, r.record(0))
		r.awaitDrained(t, b)
		eventually(t, patience, "no lag", func(ctx context.Context) bool {
			lag, ok := p.metric(ctx, "redactor_consumer_lag_records", `topic="`+r.source+`"`)
			return ok && lag == 0
		})
		r.wantEverywhere(t, b)
	})
}

// Null deletes a key downstream and must stay null; empty is not JSON and must not turn into null: the naive
// loop fails the second half (TestNaiveLoopWritesTombstones).
func TestTombstonesPassAndEmptyIsNoTombstone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		r, _ := deployed(t, b)
		null, empty := r.record(0), r.record(0)
		null.Value, empty.Value = nil, []byte{}
		write(t, b.writer(t), r.record(0), null, empty, r.record(5))
		r.awaitDrained(t, b)
		prf := newOraclePRF(testKeys())
		for i, name := range recipients {
			want := []string{string(record{0, 0}.wanted(nil, i, prf)), "null", string(record{0, 5}.wanted(nil, i, prf))}
			if got := r.values(t, b, i); !slices.Equal(got, want) {
				t.Errorf("%s:\n got %q\nwant %q", name, got, want)
			}
		}
		if q := r.readQuarantine(t, b); len(q) != 1 || q[0].Offset != 2 {
			t.Errorf("quarantine: %+v, want the empty value at 2", q)
		}
	})
}
