package stream

import (
	"sync/atomic"
	"time"

	"redactor/internal/chaospoint"
	"redactor/metrics"
	"redactor/redact"
)

// transformer turns chunks of source records into cuts. It belongs to one
// pipeline and runs on one goroutine.
//
// For every record: one Scan for all recipients; then, for each, the key, the
// value rendered straight into the batch that will be sent, and the headers. A
// record becomes part of a batch with its last step (builder.close); until
// then any verdict can still keep it out.
type transformer struct {
	shared    *shared
	plan      *plan
	rules     *ruleset // of the chunk at hand
	route     *Route   // in it
	partition int32
	limits    *Batch
	maxBatch  int // bytes that a batch may inflate to
	pool      *batches
	headroom  []int // by recipient
	machine   *redact.Machine
	timed     bool  // the machine wants the time of records
	now       int64 // when work on the chunk began, in milliseconds since 1970
	inflate   inflater
	sealing   sealing
	aborted   abortedFilter
	metrics   *metrics.Metrics
	topic     *metrics.Topic
	fields    []*metrics.FieldMetrics // of the program, by recipient
	traces    bool                    // note the trace of records

	cut     *cut
	cutSize int           // bytes of a full cut
	at      int64         // the offset after the last record judged
	stopAt  int64         // no record from here on
	begun   *atomic.Int64 // for Proxy.Live

	key     []byte
	scratch []byte
	headers headerBlock
	stamp   []byte
	bad     []refusal // of the record at hand, by reason
	hand    hand      // see contain.go
}

// chunkEnd says why the work on a chunk paused.
type chunkEnd uint8

const (
	chunkDone chunkEnd = iota // all of it is in the cut
	chunkFull                 // the cut is full: go on with the next one
	chunkStop                 // on_error: stop
)

func newTransformer(p *pipeline) *transformer {
	t := &transformer{
		plan: p.plan, partition: p.partition, limits: &p.cfg.Batch, maxBatch: p.cfg.Fetch.MaxBatch, pool: p.batches,
		shared: p.shared, metrics: p.cfg.Metrics, topic: p.topic, begun: &p.status.begun, traces: p.cfg.Exemplars,
		cutSize: len(p.plan.outputs) * p.cfg.Batch.Bytes, stopAt: p.stopAt, sealing: sealing{sealer: p.cfg.Seal},
	}
	for i := range p.plan.outputs {
		o := &p.plan.outputs[i]
		t.headroom = append(t.headroom, produceHeadroom(p.cfg.ClientID, p.txn.id, o.topic))
	}
	t.fields = make([]*metrics.FieldMetrics, len(p.plan.outputs))
	return t
}

// follow takes the ruleset in force for the chunks that come. It reports false
// when the plan does not fit it.
func (t *transformer) follow() bool {
	rules, route, ok := t.shared.following(t.plan)
	if !ok || rules == t.rules {
		return ok
	}
	t.rules, t.route = rules, route
	t.renew()
	for i := range t.plan.outputs {
		t.fields[i] = t.metrics.ForProfile(t.plan.outputs[i].profile).Fields() // counted by number
	}
	return true
}

// take makes cuts of a chunk, and gives its bytes back; the memory that it
// holds goes with the last cut.
func (t *transformer) take(c *chunk, free <-chan *cut, cuts chan<- *cut) chunkEnd {
	t.aborted.reset(c.req.aborted)
	t.at = c.offset
	t.now = time.Now().UnixMilli()
	for {
		t.cut = <-free
		begun := time.Now()
		t.cut.reset(t.at)
		t.cut.onError, t.cut.policy = t.route.OnError, t.rules.policy
		t.begun.Store(begun.UnixNano())
		end := t.contained(c)
		t.begun.Store(0)
		t.metrics.Stage(metrics.StageRedact, time.Since(begun))
		t.at = t.cut.next
		if end != chunkFull {
			t.cut.held, c.req.held = c.req.held, 0
			c.req.free()
			t.count()
		}
		chaospoint.At(chaospoint.Redacted)
		cuts <- t.cut
		if end != chunkFull {
			return end
		}
	}
}

// walk goes on with the chunk, appending to the cut until one of both ends.
func (t *transformer) walk(c *chunk) chunkEnd {
	if t.hand.again && !t.resume() {
		return chunkStop
	}
	for {
		for len(c.plain) > 0 && c.left > 0 {
			if !t.step(c) {
				return chunkStop
			}
			if t.cut.bytes >= t.cutSize {
				return chunkFull
			}
		}
		if c.left > 0 && !t.malformed(c, t.cut.next, reasonParse) {
			return chunkStop
		}
		t.cut.next = max(t.cut.next, c.batchEnd)
		if len(c.rest) == 0 {
			return chunkDone
		}
		if !t.open(c) {
			return chunkStop
		}
	}
}

// open takes the next batch of the chunk. Its checksum has been verified when
// it was fetched.
func (t *transformer) open(c *chunk) bool {
	st := t.advance(c)
	if st == batchOK && t.aborted.skip(&c.batch) {
		return true
	}
	var plain []byte
	if st == batchOK {
		plain, st = t.inflate.records(&c.batch, t.maxBatch)
	}
	switch st {
	case batchOK:
		c.plain, c.left = plain, int(c.batch.Count)
		t.topic.Consumed(c.left, len(plain))
		return true
	case batchOversize:
		return t.malformed(c, t.cut.next, reasonSize)
	}
	return t.malformed(c, t.cut.next, reasonParse)
}

// advance makes the next batch of the chunk the one at hand.
func (t *transformer) advance(c *chunk) (st batchStatus) {
	c.plain, c.left = nil, 0
	if c.rest[16] == batchMagicV {
		n := batchFrame + int(be.Uint32(c.rest[8:]))
		c.batch.view(c.rest[:n:n])
		c.rest = c.rest[n:]
	} else {
		c.rest, st = t.inflate.messages(&c.batch, c.rest, t.maxBatch)
	}
	c.batchEnd = c.batch.nextOffset()
	return st
}

// malformed gives up the batch from offset on: where its records end cannot be
// known. It reports whether the partition goes on.
func (t *transformer) malformed(c *chunk, offset int64, reason string) bool {
	c.left, c.plain = 0, nil
	offset = max(offset, c.offset)
	n := int(c.batchEnd - offset)
	if t.route.OnError == OnErrorStop {
		t.cut.next, t.cut.stop = offset, true
		return false
	}
	recipients := make([]int, len(t.cut.ships))
	for i := range t.cut.ships {
		recipients[i] = i
		t.cut.ships[i].routed += n
		t.cut.ships[i].fail(reason, n)
	}
	t.cut.records += n
	if t.route.OnError == OnErrorQuarantine && n > 0 {
		t.cut.refused = append(t.cut.refused, refusal{offset: offset, last: c.batchEnd - 1, timestamp: c.batch.MaxTimestamp, reason: reason, recipients: recipients, payload: t.sealing.unsealed(PayloadBatch)})
	}
	return true
}

// step judges the next record of the batch and reports whether the partition
// goes on.
func (t *transformer) step(c *chunk) bool {
	r := &t.hand.record
	rest, ok := r.next(c.plain)
	if !ok {
		return t.malformed(c, t.cut.next, reasonParse)
	}
	c.plain = rest
	c.left--
	offset := c.batch.BaseOffset + r.OffsetDelta
	if offset < c.offset { // a fetch returns whole batches, from before the offset too
		return true
	}
	if offset >= t.stopAt {
		t.cut.next, t.cut.stop = offset, true
		return false
	}
	return t.judge(r, offset, c.batch.timestamp(r))
}

func (t *transformer) judge(r *record, offset, timestamp int64) bool {
	t.bad = t.bad[:0]
	return t.judgeFrom(0, r, offset, timestamp)
}

// judgeFrom judges a record for the recipients from this one on.
func (t *transformer) judgeFrom(first int, r *record, offset, timestamp int64) bool {
	v := redact.Verdict{}
	t.hand.offset, t.hand.timestamp, t.hand.first, t.hand.recipient, t.hand.engine = offset, timestamp, first, scanning, true
	if t.timed {
		t.machine.SetTime(timestamp, t.now)
	}
	if r.Value == nil {
		t.machine.ScanTombstone()
	} else {
		v = t.machine.Scan(r.Value)
	}
	if t.route.OnError == OnErrorStop && first == 0 {
		t.remember()
	}
	for i := first; i < len(t.cut.ships); i++ {
		s := &t.cut.ships[i]
		u := v
		if u.Outcome == redact.Passed {
			t.hand.recipient, t.hand.engine = i, true
			u = t.render(s, r, i, offset, timestamp)
		}
		t.hand.engine = false
		switch u.Outcome {
		case redact.Filtered:
			s.filtered++
		case redact.Quarantined:
			t.refuse(i, u.Reason.String(), wholeRecord, offset, timestamp)
		default:
			if u.Reason != redact.ReasonNone {
				t.refuse(i, u.Reason.String(), partOfRecord, offset, timestamp)
			}
		}
	}
	return t.finish(r, offset, timestamp, true)
}

// finish counts the record at hand, and reports whether the partition goes on.
// Where it stops, what recipients got of the record is taken back; remembered
// says that there is something to go back to.
func (t *transformer) finish(r *record, offset, timestamp int64, remembered bool) bool {
	if len(t.bad) > 0 && t.route.OnError == OnErrorStop {
		if remembered {
			t.forget()
		}
		t.cut.next, t.cut.stop = offset, true
		return false
	}
	for i := range t.cut.ships {
		t.cut.ships[i].routed++
	}
	t.settle(r)
	t.cut.records++
	t.cut.next, t.cut.timestamp = offset+1, timestamp
	if t.traces {
		t.cut.trace.note(r.Headers, timestamp)
	}
	return true
}

// render makes the record that recipient i gets and adds it to its batch. The
// verdict is Passed with a reason when elements of the record were left out.
func (t *transformer) render(s *shipment, r *record, i int, offset, timestamp int64) redact.Verdict {
	m := t.machine
	var key []byte
	if r.Key != nil {
		out, null, v := m.RenderKey(t.key[:0], r.Key, i)
		t.key = out
		switch {
		case v.Outcome != redact.Passed:
			return t.unlessFiltered(r, i, v)
		case !null:
			key = out
		}
	}
	out := &t.plan.outputs[i]
	at, partition := 0, t.partition
	if out.how != redact.PartitionSame {
		partition = choosePartition(out.how, t.partition, key, out.partitions)
		at = int(partition)
	}
	b := s.batch(t.pool, t.limits, at, partition, t.headroom[i])
	size := b.len()
	ts := timestamp
	if ts >= 0 { // -1 is "none", of before Kafka 0.10
		ts = m.RecordTime(ts, i)
	}
	reason := redact.ReasonNone
	if r.Value == nil {
		headers, v := t.renderHeaders(r.Headers, i)
		if v.Outcome != redact.Passed {
			return v
		}
		t.hand.engine = false
		b.append(ts, key, nil, headers)
	} else {
		p, v := m.Render(b.open(ts, key), i)
		if v.Outcome != redact.Passed {
			return v
		}
		reason = v.Reason
		headers, v := t.renderHeaders(r.Headers, i)
		if v.Outcome != redact.Passed {
			return v
		}
		t.hand.engine = false
		b.close(p, headers)
	}
	b.offsets = append(b.offsets, offset)
	b.times = append(b.times, timestamp)
	t.cut.bytes += b.len() - size
	return redact.Verdict{Outcome: redact.Passed, Reason: reason}
}

// unlessFiltered is the verdict of a record whose key cannot be judged: what a
// filter withholds needs no judgement.
func (t *transformer) unlessFiltered(r *record, i int, v redact.Verdict) redact.Verdict {
	if r.Value == nil {
		return v
	}
	out, u := t.machine.Render(t.scratch[:0], i)
	t.scratch = out
	if u.Outcome == redact.Filtered {
		return u
	}
	return v
}

var stampName = []byte(StampHeader)

// renderHeaders returns the header block that recipient i gets, valid until
// the next call.
func (t *transformer) renderHeaders(block []byte, i int) ([]byte, redact.Verdict) {
	stamp := t.route.To[i].Stamp
	if len(block) == 1 && stamp == "" { // no headers: a count of 0
		return nil, redact.Verdict{}
	}
	t.headers.reset()
	for h := headersOf(block); h.next(); {
		out, keep, v := t.machine.RenderHeader(t.scratch[:0], h.Name, h.Value, i)
		t.scratch = out
		switch {
		case v.Outcome != redact.Passed:
			return nil, v
		case !keep:
		case h.Value == nil, len(out) == 0 && len(h.Value) > 0:
			t.headers.add(h.Name, nil)
		case out == nil:
			t.headers.add(h.Name, []byte{}) // empty, which is not null
		default:
			t.headers.add(h.Name, out)
		}
	}
	if stamp != "" {
		t.stamp = append(t.stamp[:0], stamp...)
		t.headers.add(stampName, t.stamp)
	}
	return t.headers.bytes(), redact.Verdict{}
}

// part is how much of a record a recipient does not get.
type part bool

const (
	wholeRecord  part = false
	partOfRecord part = true // the elements that could not be judged
)

// refuse notes that recipient i does not get the record at hand, or a part of it.
func (t *transformer) refuse(i int, reason string, what part, offset, timestamp int64) {
	for j := range t.bad {
		if t.bad[j].reason == reason && t.bad[j].part == what {
			t.bad[j].recipients = append(t.bad[j].recipients, i)
			return
		}
	}
	t.bad = append(t.bad, refusal{offset: offset, last: offset, timestamp: timestamp, reason: reason, part: what, recipients: []int{i}})
}

// settle counts the refusals of the record at hand and hands them to the
// quarantine.
func (t *transformer) settle(r *record) {
	var sealed []byte
	var payload Payload
	if len(t.bad) > 0 && t.route.OnError == OnErrorQuarantine {
		sealed, payload = t.seal(r, t.bad[0].offset, t.bad[0].timestamp)
	}
	for _, b := range t.bad {
		for _, i := range b.recipients {
			if b.part == partOfRecord {
				t.cut.ships[i].elements += t.machine.Elements(i).Quarantined
			} else {
				t.cut.ships[i].fail(b.reason, 1)
			}
			t.leaked(i, b.reason, b.offset)
		}
		if t.route.OnError == OnErrorQuarantine {
			b.sealed, b.payload = sealed, payload
			t.cut.refused = append(t.cut.refused, b)
		}
	}
}

// remember and forget take a record back that one recipient got before
// another could not: a partition that stops stops before it, for all. Only
// open batches grow.
func (t *transformer) remember() {
	for i := range t.cut.ships {
		for _, b := range t.cut.ships[i].open {
			if b != nil {
				b.remember()
			}
		}
	}
}

func (t *transformer) forget() {
	for i := range t.cut.ships {
		for _, b := range t.cut.ships[i].open {
			if b != nil && b.undo.records < len(b.offsets) {
				b.forget()
			}
		}
	}
}

// count hands over what the machine has counted since the last chunk.
func (t *transformer) count() {
	counts := t.machine.Counts()
	fields, unknown := t.route.Program.Fields(), uint64(0)
	for i := range counts.Profiles {
		c := &counts.Profiles[i]
		unknown = max(unknown, c.Unknown())
		c.Detectors(func(d string, found, leaks int) {
			p := t.metrics.ForProfile(t.plan.outputs[i].profile)
			p.Detected(d, found)
			p.Leaked(d, leaks)
		})
		for f := range fields {
			if n := c.Hits(f); n > 0 {
				t.fields[i].Hit(f, int(n))
			}
			if n := c.Unfit(f); n > 0 {
				t.fields[i].Unfit(f, int(n))
			}
		}
	}
	t.topic.Unknown(int(unknown))
	counts.Reset()
}
