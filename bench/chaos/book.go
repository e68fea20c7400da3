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
	quarantine map[place]sealed // by source partition and offset
	committed  []mark           // by time
	probes     []*probe
	open       []*probe // those under way

	issued                                        int
	lost, duplicated, disordered, aborted, leaked int
	repeated                                      int // at least once: duplicates inside the window
	reread                                        int // records that the reader has read again, at the offset that they have
	damaged                                       int // not what the recipient must get: its record counts as lost
	again                                         int // quarantine records, at least once
	problems, setbacks                            []string
	doubles                                       []double // the first of a partition of an output each
	lastArrival                                   time.Time
}

// part is one partition of the source and of all outputs.
type part struct {
	sent    []sent
	offsets map[int64]int      // of spoiled records in the source: their number
	times   map[int64]struct{} // of spoiled records: their timestamps, which are coordinates
	arrived [][]int64          // by recipient, by number: at which offset of the output; notArrived before
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

const (
	maxRecipients = 3
	notArrived    = -1
)

type place struct {
	partition int
	offset    int64
}

// sealed is a record in the quarantine: at which offset of that it came first,
// and how often.
type sealed struct {
	first int64
	times int
}

// mark is what the group had committed at a time.
type mark struct {
	at      time.Time
	offsets []int64
}

// probe measures how soon records flow again after a fault: it ends when every
// partition has delivered one that was issued after it. Beside that it measures
// when the source itself had one to read: before, no proxy could deliver any.
type probe struct {
	kind      string
	at        time.Time
	readable  map[int]time.Duration // by partition of the source: to another consumer
	delivered map[int]time.Duration // by partition
	whole     bool                  // every partition has delivered
}

func newBook(recipients []string, partitions int, exactly bool, window time.Duration) *book {
	b := &book{recipients: recipients, exactly: exactly, window: window, quarantine: make(map[place]sealed), lastArrival: time.Now()}
	for range partitions {
		p := &part{offsets: make(map[int64]int), times: make(map[int64]struct{}), arrived: make([][]int64, len(recipients)), highest: make([]int, len(recipients)), count: make([]int, len(recipients))}
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

// arrive takes number n of a partition as recipient i got it, at an offset of the
// output. It reports false for what is not that record. One that comes again at
// the same offset is in the output once: the reader went back.
func (b *book) arrive(i, partition, n int, at int64, hash uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.parts[partition]
	if n < 0 || n >= len(p.sent) || p.sent[n].spoiled || p.sent[n].want[i] != hash {
		return false
	}
	for len(p.arrived[i]) <= n {
		p.arrived[i] = append(p.arrived[i], notArrived)
	}
	switch first := p.arrived[i][n]; first {
	case notArrived:
		p.arrived[i][n] = at
	case at:
		b.reread++
		return true
	default:
		b.twice(i, partition, n, first, at)
		return true
	}
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
func (b *book) twice(i, partition, n int, first, at int64) {
	offset := b.parts[partition].sent[n].offset
	if !b.exactly && (offset < 0 || offset >= b.committedBefore(partition, time.Now().Add(-b.window))) {
		b.repeated++
		return
	}
	b.duplicated++
	b.double(double{outputs[i], partition, partition, [2]int64{first, at}})
	b.problem("%s: partition %d number %d came twice, at offset %d and again at %d", b.recipients[i], partition, n, first, at)
}

// suspects are the partitions of the source with doubles.
func (b *book) suspects() (all []int) {
	for _, d := range b.doubles {
		if !slices.Contains(all, d.source) {
			all = append(all, d.source)
		}
	}
	return all
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

// quarantined takes the coordinates of a quarantine record, and where it is in
// the quarantine.
func (b *book) quarantined(partition int, offset, at int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastArrival = time.Now()
	q, known := b.quarantine[place{partition, offset}]
	switch {
	case !known:
		q.first = at
	case q.first == at:
		b.reread++
		return
	}
	q.times++
	b.quarantine[place{partition, offset}] = q
	if b.exactly && q.times > 1 {
		b.double(double{topicQuarantine, 0, partition, [2]int64{q.first, at}})
		b.problem("quarantine: partition %d offset %d came twice, at offset %d and again at %d", partition, offset, q.first, at)
	}
}

// double keeps the first double of a partition in each topic.
func (b *book) double(d double) {
	known := func(o double) bool { return o.topic == d.topic && o.source == d.source }
	if len(b.doubles) < mostExcerpts && !slices.ContainsFunc(b.doubles, known) {
		slices.Sort(d.at[:])
		b.doubles = append(b.doubles, d)
	}
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

// setBack notes that a new leader's log had the reader go back: what comes again
// from there on need not be the proxies' doing.
func (b *book) setBack(topic string, partition int32, from, to int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setbacks = append(b.setbacks, fmt.Sprintf("%s: partition %d: a new leader set the reader back from offset %d to %d", topic, partition, from, to))
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
			if b.quarantine[place{k, offset}].times == 0 {
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
				if !p.sent[at].spoiled && (at >= len(p.arrived[i]) || p.arrived[i][at] == notArrived) {
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
	for at, q := range b.quarantine {
		if _, ok := b.parts[at.partition].offsets[at.offset]; !ok {
			b.damaged += q.times
			b.problem("quarantine: partition %d offset %d was good", at.partition, at.offset)
			continue
		}
		if b.exactly {
			b.duplicated += q.times - 1
		} else {
			b.again += q.times - 1
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
	pr := &probe{kind: kind, at: at, readable: make(map[int]time.Duration), delivered: make(map[int]time.Duration)}
	b.probes, b.open = append(b.probes, pr), append(b.open, pr)
}

// readable shows the probes that another consumer has read number n in the
// source.
func (b *book) readable(partition, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n < 0 || n >= len(b.parts[partition].sent) {
		return
	}
	for _, pr := range b.open {
		pr.note(pr.readable, partition, b.parts[partition].sent[n].at)
	}
}

// fresh shows the probes a delivered record.
func (b *book) fresh(partition int, issued int64) {
	b.open = slices.DeleteFunc(b.open, func(pr *probe) bool {
		pr.note(pr.delivered, partition, issued)
		pr.whole = len(pr.delivered) == len(b.parts)
		return pr.whole
	})
}

// note takes down the first record of a partition that was issued after the
// fault.
func (pr *probe) note(first map[int]time.Duration, partition int, issued int64) {
	if _, ok := first[partition]; !ok && issued >= pr.at.UnixNano() {
		first[partition] = time.Since(pr.at)
	}
}

// times are the three figures of a probe: until every partition of the source
// had a fresh record to read, until every one had delivered one, and the
// longest that any took from the one to the other.
func (pr *probe) times() (source, all, between time.Duration) {
	for p, took := range pr.delivered {
		readable := min(took, pr.readable[p]) // 0 when the other consumer was the later one: all of it is the proxy's then
		source, all, between = max(source, readable), max(all, took), max(between, took-readable)
	}
	return source, all, between
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
// fault of the kind, and how much of that was the source's own.
func (b *book) recovery(kind string) string {
	var sources, alls, betweens []time.Duration
	for _, pr := range b.probes {
		if pr.kind == kind && pr.whole {
			source, all, between := pr.times()
			sources, alls, betweens = append(sources, source), append(alls, all), append(betweens, between)
		}
	}
	if len(alls) == 0 {
		return fmt.Sprintf("fresh records after %s: not measured", kind)
	}
	quantiles := func(took []time.Duration) string {
		slices.Sort(took)
		return fmt.Sprintf("p50 %s p99 %s max %s", at(took, 0.5), at(took, 0.99), at(took, 1))
	}
	return fmt.Sprintf("fresh records from every partition after %s: %d times, %s; to be read in the source after %s; delivered from there in %s",
		kind, len(alls), quantiles(alls), quantiles(sources), quantiles(betweens))
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
