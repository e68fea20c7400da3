package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"
)

// checker holds one recipient's output topic to the oracle while it streams by, with no memory of the
// records themselves: per partition it knows the number that must come next.
type checker struct {
	recipient  int
	count      int // records that the source holds in each partition, numbered from 0
	prf        *oraclePRF
	next       []int // the number that must follow, by partition
	fresh      []int // the first number not seen yet, by partition
	records    int
	duplicates int
	wrong      int
	problems   []string // the first few of them
	want       []byte
}

func newChecker(recipient, partitions, count int) *checker {
	c := &checker{recipient: recipient, count: count, prf: newOraclePRF(testKeys()), next: make([]int, partitions), fresh: make([]int, partitions)}
	for p := range partitions {
		c.next[p] = c.sent(0)
		c.fresh[p] = c.next[p]
	}
	return c
}

// sent is n, or the first number after it whose record must reach the recipient.
func (c *checker) sent(n int) int {
	for n < c.count && spoiled(n) {
		n++
	}
	return n
}

func (c *checker) problem(format string, args ...any) {
	if c.wrong++; c.wrong <= 10 {
		c.problems = append(c.problems, recipients[c.recipient]+": "+fmt.Sprintf(format, args...))
	}
}

// check takes one record. At least once allows that a reader sees numbers again, from any earlier one on
// and in order; it never allows that one is passed over.
func (c *checker) check(s seen) {
	c.records++
	seq, ok := seqOf(s.value)
	if !ok {
		c.problem("partition %d offset %d: no seq in %q", s.partition, s.offset, s.value)
		return
	}
	r := record{p: seq / seqStride, n: seq % seqStride}
	if r.p != s.partition {
		c.problem("a record of partition %d came out in %d", r.p, s.partition)
		return
	}
	switch {
	case r.n < c.fresh[r.p]:
		c.duplicates++
	case r.n != c.next[r.p]:
		c.problem("partition %d: %d follows where %d must: records are lost or out of order", r.p, r.n, c.next[r.p])
	}
	c.next[r.p] = c.sent(r.n + 1)
	c.fresh[r.p] = max(c.fresh[r.p], c.next[r.p])
	c.content(r, s)
}

// content compares what the record holds: nothing but the wanted value may be in it.
func (c *checker) content(r record, s seen) {
	if c.want = r.wanted(c.want[:0], c.recipient, c.prf); !bytes.Equal(s.value, c.want) {
		c.problem("partition %d number %d:\n got %s\nwant %s", r.p, r.n, s.value, c.want)
	}
	if s.key != nil || s.headers != "" {
		c.problem("partition %d number %d: key %q and headers %q came through", r.p, r.n, s.key, s.headers)
	}
	if s.timestamp != r.time() { // the policy coarsens no time, so that none need be coarsened here
		c.problem("partition %d number %d: timestamp %d, want %d", r.p, r.n, s.timestamp, r.time())
	}
	if i, held := canaryIn(s.value); held {
		c.problem("partition %d number %d holds canary %d", r.p, r.n, i)
	}
}

// done closes the books: it is a problem when a record never came.
func (c *checker) done() {
	for p, n := range c.fresh {
		if n != c.count {
			c.problem("partition %d ends at %d of %d: records are lost", p, n, c.count)
		}
	}
}

// report fails the test with what was found.
func (c *checker) report(t *testing.T) {
	t.Helper()
	c.done()
	t.Logf("%s: %d records, %d of them again, %d problems", recipients[c.recipient], c.records, c.duplicates, c.wrong)
	for _, p := range c.problems {
		t.Error(p)
	}
}

// seqOf finds the kept member that every shape has, spelled seq or s\u0065q.
func seqOf(value []byte) (int, bool) {
	_, rest, found := bytes.Cut(value, []byte(`q":`))
	end := slices.IndexFunc(rest, func(b byte) bool { return b < '0' || b > '9' })
	if !found || end <= 0 {
		return 0, false
	}
	n, err := strconv.Atoi(string(rest[:end]))
	return n, err == nil
}

// TestCheckerSees: a checker that finds nothing proves nothing. Partition 0 is whole and comes first.
func TestCheckerSees(t *testing.T) {
	prf := newOraclePRF(testKeys())
	whole := func(r record, i int) seen {
		return seen{partition: r.p, timestamp: r.time(), value: r.wanted(nil, i, prf)}
	}
	one := func(n int) seen { return whole(record{1, n}, 0) }
	but := func(change func(s *seen)) seen { s := one(1); change(&s); return s }
	for _, c := range []struct {
		name              string
		partition1        []seen
		wrong, duplicates int
	}{
		{"all in order", []seen{one(0), one(1), one(2)}, 0, 0},
		{"again from an earlier one", []seen{one(0), one(1), one(0), one(1), one(2)}, 0, 2},
		{"one lost", []seen{one(0), one(2)}, 1, 0},
		{"the last lost", []seen{one(0), one(1)}, 1, 0},
		{"all lost", nil, 1, 0},
		{"two swapped", []seen{one(1), one(0), one(2)}, 2, 1},
		{"in another partition", []seen{one(0), one(1), one(2), but(func(s *seen) { s.partition = 0 })}, 1, 0},
		{"for another recipient", []seen{one(0), whole(record{1, 1}, 1), one(2)}, 1, 0},
		{"raw", []seen{one(0), but(func(s *seen) { s.value = record{1, 1}.source(nil) }), one(2)}, 2, 0},
		{"a key", []seen{one(0), but(func(s *seen) { s.key = []byte{} }), one(2)}, 1, 0},
		{"a header", []seen{one(0), but(func(s *seen) { s.headers = "a=b" }), one(2)}, 1, 0},
		{"another time", []seen{one(0), but(func(s *seen) { s.timestamp++ }), one(2)}, 1, 0},
		{"a tombstone", []seen{one(0), but(func(s *seen) { s.value = nil }), one(1), one(2)}, 1, 0},
	} {
		k := newChecker(0, 2, 3)
		for n := range 3 {
			k.check(whole(record{0, n}, 0))
		}
		for _, s := range c.partition1 {
			k.check(s)
		}
		k.done()
		if k.wrong != c.wrong || k.duplicates != c.duplicates {
			t.Errorf("%s: %d problems and %d duplicates, want %d and %d: %q", c.name, k.wrong, k.duplicates, c.wrong, c.duplicates, k.problems)
		}
	}
}
