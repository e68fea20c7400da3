package main

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// book holds what was issued against what arrived. A record is number n of its
// partition; what each recipient must get of it is known by a hash before it is
// sent, so that the record itself need not be kept.
type book struct {
	recipients []string
	exactly    bool // nothing may come twice
	window     time.Duration

	mu         sync.Mutex // guards what follows
	parts      []*part
	quarantine map[place]int // how often, by source partition and offset
	committed  []mark        // by time
	probes     []*probe
	open       []*probe // those under way

	issued                                        int
	lost, duplicated, disordered, aborted, leaked int
	repeated                                      int // at least once: duplicates inside the window
	damaged                                       int // not what the recipient must get: its record counts as lost
	again                                         int // quarantine records, at least once
	problems                                      []string
	lastArrival                                   time.Time
}

// part is one partition of the source and of all outputs.
type part struct {
	sent    []sent
	offsets map[int64]int      // of spoiled records in the source: their number
	times   map[int64]struct{} // of spoiled records: their timestamps, which are coordinates
	arrived [][]bool           // by recipient, by number
	highest []int              // by recipient: the highest number that has arrived; -1 at first
	spoiled int
	count   []int // by recipient
}

type sent struct {
	at      int64 // Unix nanoseconds
	offset  int64 // in the source; -1 until it is known
	spoiled bool
	time    int64 // of a spoiled one: its timestamp
	want    [maxRecipients]uint64
}

const maxRecipients = 3

type place struct {
	partition int
	offset    int64
}

// mark is what the group had committed at a time.
type mark struct {
	at      time.Time
	offsets []int64
}

// probe measures how soon records flow again after a fault: it ends when every
// partition has delivered one that was issued after it.
type probe struct {
	kind string
	at   time.Time
	left map[int]bool
	took time.Duration // 0 while it is under way
}

func newBook(recipients []string, partitions int, exactly bool, window time.Duration) *book {
	b := &book{recipients: recipients, exactly: exactly, window: window, quarantine: make(map[place]int), lastArrival: time.Now()}
	for range partitions {
		p := &part{offsets: make(map[int64]int), times: make(map[int64]struct{}), arrived: make([][]bool, len(recipients)), highest: make([]int, len(recipients)), count: make([]int, len(recipients))}
		for i := range p.highest {
			p.highest[i] = -1
		}
		b.parts = append(b.parts, p)
	}
	return b
}

// issue notes a record before it is sent and returns its number.
func (b *book) issue(partition int, s sent) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.parts[partition]
	s.at, s.offset = time.Now().UnixNano(), -1
	p.sent = append(p.sent, s)
	b.issued++
	if s.spoiled {
		p.spoiled++
		p.times[s.time] = struct{}{}
	}
	return len(p.sent) - 1
}

// acknowledged notes where the broker put a record.
func (b *book) acknowledged(partition, n int, offset int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.parts[partition]
	p.sent[n].offset = offset
	if p.sent[n].spoiled {
		p.offsets[offset] = n
	}
}

// arrive takes number n of a partition as recipient i got it. It reports false
// for what is not that record.
func (b *book) arrive(i, partition, n int, hash uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.parts[partition]
	if n < 0 || n >= len(p.sent) || p.sent[n].spoiled || p.sent[n].want[i] != hash {
		return false
	}
	for len(p.arrived[i]) <= n {
		p.arrived[i] = append(p.arrived[i], false)
	}
	if p.arrived[i][n] {
		b.twice(i, partition, n)
		return true
	}
	p.arrived[i][n] = true
	p.count[i]++
	b.lastArrival = time.Now()
	if n < p.highest[i] {
		b.disordered++
		b.problem("%s: partition %d number %d arrives after %d", b.recipients[i], partition, n, p.highest[i])
	}
	p.highest[i] = max(p.highest[i], n)
	b.fresh(partition, p.sent[n].at)
	return true
}

// damage notes a record that is not what the oracle knows.
func (b *book) damage(topic string, partition, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.damaged++
	b.problem("%s: partition %d: a record that calls itself %d and is not", topic, partition, n)
}

// twice judges a record that came before. At least once allows it if its offset
// was not committed yet, or only since: a zombie that sends what it had in hand
// may be late by as long as it was frozen.
func (b *book) twice(i, partition, n int) {
	offset := b.parts[partition].sent[n].offset
	if !b.exactly && (offset < 0 || offset >= b.committedBefore(partition, time.Now().Add(-b.window))) {
		b.repeated++
		return
	}
	b.duplicated++
	b.problem("%s: partition %d number %d came twice", b.recipients[i], partition, n)
}

// commit notes what the group has committed.
func (b *book) commit(offsets []int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.committed = append(b.committed, mark{time.Now(), offsets})
}

func (b *book) committedBefore(partition int, at time.Time) int64 {
	for i := len(b.committed) - 1; i >= 0; i-- {
		if m := &b.committed[i]; m.at.Before(at) {
			return m.offsets[partition]
		}
	}
	return math.MinInt64
}

// quarantined takes the coordinates of a quarantine record.
func (b *book) quarantined(partition int, offset int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastArrival = time.Now()
	b.quarantine[place{partition, offset}]++
}

// spoiledAt reports whether a partition has a spoiled record of that timestamp.
func (b *book) spoiledAt(partition int, ms int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.parts[partition].times[ms]
	return ok
}

// neverCommitted notes a record of a transaction that was aborted.
func (b *book) neverCommitted(where string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.aborted++
	b.problem("%s: a record of an aborted transaction", where)
}

// leak notes planted values where none may be.
func (b *book) leak(n int, where string) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leaked += n
	b.problem("%s: %d planted values", where, n)
}

// problem keeps the first few; values never stand in one.
func (b *book) problem(format string, args ...any) {
	if len(b.problems) < 20 {
		b.problems = append(b.problems, fmt.Sprintf(format, args...))
	}
}

// missing counts what has not arrived yet, for all recipients together, and
// what is missing in the quarantine.
func (b *book) missing() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, p := range b.parts {
		good := len(p.sent) - p.spoiled
		for i := range b.recipients {
			n += good - p.count[i]
		}
		for offset := range p.offsets {
			if b.quarantine[place{k, offset}] == 0 {
				n++
			}
		}
	}
	return n
}

// close settles what can only be known when nothing comes any more.
func (b *book) close() {
	b.lost = b.missing()
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, p := range b.parts {
		for i, name := range b.recipients {
			first, n := -1, 0
			for at := range p.sent {
				if !p.sent[at].spoiled && (at >= len(p.arrived[i]) || !p.arrived[i][at]) {
					if n++; first < 0 {
						first = at
					}
				}
			}
			if n > 0 {
				b.problem("%s: partition %d lacks %d, the first is number %d", name, k, n, first)
			}
		}
	}
	for at, n := range b.quarantine {
		if _, ok := b.parts[at.partition].offsets[at.offset]; !ok {
			b.damaged += n
			b.problem("quarantine: partition %d offset %d was good", at.partition, at.offset)
			continue
		}
		if b.exactly {
			b.duplicated += n - 1
		} else {
			b.again += n - 1
		}
	}
}

// line is what the program ends with.
func (b *book) line(kills int) string {
	return fmt.Sprintf("records %d kills %d lost %d duplicated %d disordered %d aborted %d leaked %d",
		b.issued, kills, b.lost+b.damaged, b.duplicated, b.disordered, b.aborted, b.leaked)
}

// clean reports whether the line holds zeros only.
func (b *book) clean() bool {
	return b.lost+b.damaged+b.duplicated+b.disordered+b.aborted+b.leaked == 0
}

// await begins a probe.
func (b *book) await(kind string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pr := &probe{kind: kind, at: at, left: make(map[int]bool)}
	for i := range b.parts {
		pr.left[i] = true
	}
	b.probes, b.open = append(b.probes, pr), append(b.open, pr)
}

// fresh shows the probes a delivered record.
func (b *book) fresh(partition int, issued int64) {
	b.open = slices.DeleteFunc(b.open, func(pr *probe) bool {
		if issued >= pr.at.UnixNano() {
			delete(pr.left, partition)
			if len(pr.left) == 0 {
				pr.took = time.Since(pr.at)
			}
		}
		return pr.took != 0
	})
}

// kinds lists what probes were for.
func (b *book) kinds() (all []string) {
	for _, pr := range b.probes {
		if !slices.Contains(all, pr.kind) {
			all = append(all, pr.kind)
		}
	}
	slices.Sort(all)
	return all
}

// recovery says how soon every partition had delivered a record issued after a
// fault of the kind.
func (b *book) recovery(kind string) string {
	var took []time.Duration
	open := 0
	for _, pr := range b.probes {
		switch {
		case pr.kind != kind:
		case pr.took == 0:
			open++
		default:
			took = append(took, pr.took)
		}
	}
	if len(took) == 0 {
		return fmt.Sprintf("fresh records after %s: not measured", kind)
	}
	slices.Sort(took)
	return fmt.Sprintf("fresh records from every partition after %s: %d times, p50 %s p99 %s max %s", kind, len(took), at(took, 0.5), at(took, 0.99), at(took, 1))
}

func (b *book) total() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.issued
}

func (b *book) touch() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastArrival = time.Now()
}

// idle is how long nothing new has arrived.
func (b *book) idle() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Since(b.lastArrival)
}
