package stream

import "sync"

// cut is a run of source records and all that was made of it: what is produced,
// acknowledged and committed as one. Every recipient's batches of a cut hold
// records of the same run, so that one offset stands for all of them, and a
// transaction could enclose it.
type cut struct {
	first, next int64 // source offsets: of the run, and after it
	ships       []shipment
	onError     OnError   // of the policy that the run was judged by
	policy      string    // digest of it
	refused     []refusal // by on_error: quarantine
	stop        bool      // on_error: stop: the record at next is the reason
	records     int       // source records in the run
	bytes       int       // appended to batches, all recipients together
	sealed      []byte    // what the refused records are sealed in
	held        int64     // memory to release when all is acknowledged
	timestamp   int64     // of the last record
	trace       traceID   // of the last record that has one
}

// shipment is one recipient's part of a cut.
type shipment struct {
	batches []*outBatch // in order, several for a partition when one was full
	open    []*outBatch // by partition, the last of each; by 0 when partitions are kept

	routed, filtered int
	failed           map[string]int // by reason
	elements         int            // that were left out of records which it gets
}

// outBatch is a batch under construction or under way.
type outBatch struct {
	builder
	partition int32
	offsets   []int64     // of the source, by record: for the coordinates of one that is refused
	times     []int64     // of the source, by record
	refused   []*refusal  // of the quarantine, by record
	policy    string      // of the quarantine: the digest that its records name
	scratch   []byte      // of the quarantine
	headers   headerBlock // of the quarantine
	undo      undo
}

// undo is what a batch was before a record, for one that must not stand.
type undo struct {
	builder builder
	records int
}

func (b *outBatch) remember() { b.undo = undo{b.builder, len(b.offsets)} }

func (b *outBatch) forget() {
	b.builder = b.undo.builder
	b.offsets, b.times = b.offsets[:b.undo.records], b.times[:b.undo.records]
}

// batches keeps batches between their uses, for all partitions together.
type batches struct{ pool sync.Pool }

func (p *batches) get(partition int32, headroom int) *outBatch {
	b, _ := p.pool.Get().(*outBatch)
	if b == nil {
		b = new(outBatch)
	}
	b.partition = partition
	b.offsets, b.times, b.refused = b.offsets[:0], b.times[:0], b.refused[:0]
	b.reset(headroom)
	return b
}

func (p *batches) put(b *outBatch) {
	b.undo = undo{}
	clear(b.refused)
	b.deflate = nil
	p.pool.Put(b)
}

// full reports whether b takes no more records under the limits.
func (b *outBatch) full(limit *Batch) bool {
	return b.count() > 0 && (b.len() >= limit.Bytes || b.count() >= limit.Records)
}

// batch returns the batch that takes the next record for a partition; at is
// the index in open.
func (s *shipment) batch(pool *batches, limit *Batch, at int, partition int32, headroom int) *outBatch {
	if b := s.open[at]; b != nil && !b.full(limit) {
		return b
	}
	b := pool.get(partition, headroom)
	s.batches = append(s.batches, b)
	s.open[at] = b
	return b
}

// fail counts n records that the recipient does not get.
func (s *shipment) fail(reason string, n int) {
	if s.failed == nil {
		s.failed = make(map[string]int)
	}
	s.failed[reason] += n
}

// reset makes c ready for the run that begins at offset. Its batches are gone.
func (c *cut) reset(offset int64) {
	for i := range c.ships {
		s := &c.ships[i]
		clear(s.batches)
		clear(s.open)
		s.batches, s.routed, s.filtered, s.elements = s.batches[:0], 0, 0, 0
		clear(s.failed)
	}
	clear(c.refused)
	if c.sealed = c.sealed[:0]; cap(c.sealed) > builderKeep {
		c.sealed = nil
	}
	c.first, c.next = offset, offset
	c.trace.reset()
	c.refused, c.stop, c.records, c.bytes, c.held = c.refused[:0], false, 0, 0, 0
}

// deflaters keeps compressors between their uses: their tables are larger than
// a batch, and no more are at work than there are cores.
type deflaters struct{ pool sync.Pool }

func (p *deflaters) get() *deflater {
	z, _ := p.pool.Get().(*deflater)
	if z == nil {
		z = new(deflater)
	}
	return z
}

func (p *deflaters) put(z *deflater) { p.pool.Put(z) }
