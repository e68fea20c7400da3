package stream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"redactor/internal/chaospoint"
	"redactor/metrics"
)

// shipper is the last stage of a pipeline: it sees a cut through to the
// acknowledgement of every recipient and of the quarantine, one cut at a time.
// Then it marks the offset for the commit, or leaves it to the transaction.
type shipper struct {
	p          *pipeline
	senders    []*sender // by recipient
	results    []sendResult
	quarantine *sender
	profiles   []*metrics.ProfileMetrics
	books      []*book
	txn        *transaction     // nil for at-least-once
	due        <-chan time.Time // of txn
	end        shipEnd
}

// shipEnd says why a shipper ships no more.
type shipEnd uint8

const (
	shipGoing  shipEnd = iota // it does
	shipOver                  // what is left belongs to the next owner of the partition
	shipHalted                // on_error: stop
	shipLost                  // the transaction is lost: all of it is to be done again
)

func newShipper(p *pipeline) *shipper {
	s := &shipper{p: p, results: make([]sendResult, len(p.plan.outputs))}
	for i := range p.plan.outputs {
		o := &p.plan.outputs[i]
		profile := p.cfg.Metrics.ForProfile(o.profile)
		s.profiles = append(s.profiles, profile)
		s.books = append(s.books, p.books.of(o.profile))
		s.senders = append(s.senders, &sender{p: p, topic: o.topic, output: profile.Output(o.topic), stage: stageProduce + stage(i), outlets: make(map[int32]*outlet)})
	}
	if p.cfg.Quarantine != "" {
		s.quarantine = &sender{p: p, topic: p.cfg.Quarantine, stage: stageProduce + stage(len(p.plan.outputs)), outlets: make(map[int32]*outlet)}
	}
	if p.transactional() {
		s.txn = newTransaction(p)
		s.due = s.txn.due.C
	}
	return s
}

// run ships cuts until there are no more. When ctx ends, what has not arrived
// is left to the next owner of the partition: its offset is not committed.
func (s *shipper) run(ctx context.Context, cuts <-chan *cut, free chan<- *cut) {
	for {
		select {
		case c, more := <-cuts:
			if !more {
				s.conclude(ctx)
				return
			}
			s.take(ctx, c)
			free <- c
		case <-s.due:
			s.conclude(ctx)
		}
	}
}

// take ships a cut and closes its books.
func (s *shipper) take(ctx context.Context, c *cut) {
	begun := time.Now()
	s.decided(c)
	if s.end == shipGoing {
		s.end = s.ship(ctx, c)
	}
	s.settle(c)
	if c.held > 0 {
		s.p.memory.release(c.held)
	}
	s.p.cfg.Metrics.Stage(metrics.StageProduce, time.Since(begun))
	if s.txn != nil && (s.end != shipGoing || s.txn.full()) {
		s.conclude(ctx)
	}
}

// decided counts what the transformer has decided.
func (s *shipper) decided(c *cut) {
	if c.records > 0 {
		s.p.cfg.Metrics.Batch(c.records)
		s.p.topic.LastRecord(c.timestamp)
	}
	for i := range c.ships {
		ship, profile, book := &c.ships[i], s.profiles[i], s.books[i]
		profile.Routed(ship.routed)
		profile.Filtered(ship.filtered)
		if ship.elements > 0 {
			profile.ElementsFailed(ship.elements)
		}
		book.routed.Add(int64(ship.routed))
		book.filtered.Add(int64(ship.filtered))
		for reason, n := range ship.failed {
			profile.Failed(reason, n)
			book.failed.Add(int64(n))
		}
		s.results[i] = sendResult{refused: s.results[i].refused[:0]}
	}
}

// hold waits while an operator or the breaker holds a recipient back. What is
// complete goes out before, and no transaction stays open meanwhile. What is
// held cannot be drained: it waits no longer than the generation, and the next
// owner finds it at the committed offset.
func (s *shipper) hold(ctx context.Context) shipEnd {
	holds := s.p.cfg.Holds
	if !holds.any.Load() {
		return shipGoing
	}
	if _, held := holds.look(s.p.plan); held {
		s.conclude(ctx)
	}
	if s.end == shipGoing && !holds.pass(ctx, s.p.quit, s.p.plan) {
		return shipOver
	}
	return s.end
}

// ship sends a cut, and marks its offset unless a transaction does.
func (s *shipper) ship(ctx context.Context, c *cut) shipEnd {
	if s.p.cfg.DryRun {
		s.pretend(c)
		return shipGoing
	}
	if d := s.throttled(c); d > 0 {
		// A transaction does not wait: nobody would see its records meanwhile,
		// and brokers abort one that takes too long.
		if s.conclude(ctx); s.end != shipGoing {
			return s.end
		}
		if !wait(ctx, d) {
			return shipOver
		}
	}
	if s.end = s.hold(ctx); s.end != shipGoing {
		return s.end
	}
	if s.txn != nil {
		if err := s.renew(ctx); err != nil {
			return s.failed(err)
		}
		for i := range c.ships {
			s.txn.join(s.senders[i].topic, c.ships[i].batches)
		}
		if err := s.txn.begin(ctx); err != nil {
			return s.failed(err)
		}
	}
	if !s.sendAll(ctx, c) {
		return s.failed(s.lost())
	}
	next, halted := s.refusals(c)
	if halted && s.txn != nil {
		// Recipients have records of after the one that is refused: the
		// transaction is done again, and ends before it.
		s.p.stopAt = next
		return s.failed(&lostError{errRefused})
	}
	if len(c.refused) > 0 {
		if err := s.sendQuarantine(ctx, c); err != nil {
			return s.failed(err)
		}
	}
	chaospoint.At(chaospoint.Acked)
	if s.txn != nil {
		s.txn.cuts.next = next
		return shipGoing
	}
	s.p.commits.mark(s.p.plan.source, s.p.partition, next)
	s.p.status.acked.Store(next)
	if halted {
		s.p.stop()
		s.p.halt(outputRefuses, slog.Int64("offset", next))
		return shipHalted
	}
	return shipGoing
}

const outputRefuses = "an output topic refuses a record, and on_error is stop"

var errRefused = errors.New(outputRefuses)

// lost returns what a sender has lost; nil when none has.
func (s *shipper) lost() error {
	for _, x := range s.senders {
		if x.lost != nil {
			return &lostError{x.lost}
		}
	}
	if s.quarantine != nil && s.quarantine.lost != nil {
		return &lostError{s.quarantine.lost}
	}
	return nil
}

// failed says how it ends after err. What was lost is to be had again; without
// that, ctx has ended.
func (s *shipper) failed(err error) shipEnd {
	if !isLost(err) {
		return shipOver
	}
	s.p.log.Warn("a transaction is lost; reading again from the committed offset", slog.Any("error", err))
	s.p.stop()
	return shipLost
}

// conclude ends the transaction: by a commit, or, when that cannot be, by
// giving it up.
func (s *shipper) conclude(ctx context.Context) {
	if s.txn == nil || !s.txn.open {
		return
	}
	if s.end == shipGoing {
		if err := s.txn.commit(ctx, s.txn.cuts.next); err == nil {
			s.book(true)
			return
		} else {
			s.end = s.failed(err)
		}
	}
	if s.end == shipLost { // to take the transactional id again aborts it
		s.txn.due.Stop()
		s.txn.open = false
		s.p.doubt = s
		return
	}
	s.p.abort()
	s.txn.ended()
	s.book(false)
}

// renew takes the transactional id again before a transaction begins, so that
// none of its requests can have a part in it that the last ones sent. What has
// been read goes on from where they ended, unless somebody else has committed.
func (s *shipper) renew(ctx context.Context) error {
	if s.txn.open || !s.txn.astray {
		return nil
	}
	s.p.log.Debug("an answer did not come while a transaction ended; taking the transactional id again")
	offset, ok := s.p.beginTransactional(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !ok || offset != s.p.status.acked.Load():
		return &lostError{errMoved}
	}
	for _, x := range s.senders {
		clear(x.outlets)
	}
	if s.quarantine != nil {
		clear(s.quarantine.outlets)
	}
	s.txn.astray = false
	return nil
}

var errMoved = errors.New("the committed offset is another one")

// resolve books the last transaction, which may have been committed, now that
// the group's offset is known, or will not be.
func (s *shipper) resolve(committed int64, known bool) {
	s.book(known && s.txn.wanted >= 0 && committed >= s.txn.wanted)
}

// sendAll sends to all recipients at the same time: the slowest of them is the
// pace of all.
func (s *shipper) sendAll(ctx context.Context, c *cut) bool {
	var all sync.WaitGroup
	arrived := make([]bool, len(c.ships))
	for i := 1; i < len(c.ships); i++ {
		all.Go(func() { arrived[i] = s.senders[i].send(ctx, c.ships[i].batches, &s.results[i]) })
	}
	arrived[0] = s.senders[0].send(ctx, c.ships[0].batches, &s.results[0])
	all.Wait()
	for _, ok := range arrived {
		if !ok {
			return false
		}
	}
	return true
}

// refusals does by on_error what became of records that output topics do not
// take. It returns the offset that may be committed, and whether the partition
// stops there.
func (s *shipper) refusals(c *cut) (next int64, halted bool) {
	next = c.next
	for i := range s.results {
		for _, r := range s.results[i].refused {
			s.results[i].failed++
			s.profiles[i].Failed(r.reason, 1)
			s.books[i].failed.Add(1)
			switch c.onError {
			case OnErrorStop:
				next, halted = min(next, r.offset), true
			case OnErrorQuarantine:
				c.addRefusal(r, i, s.p.cfg.Seal != nil)
			}
		}
	}
	return next, halted
}

// addRefusal adds recipient i to the refusals, in one record with others that
// did not get the same for the same reason.
func (c *cut) addRefusal(r refusal, i int, sealing bool) {
	for j := range c.refused {
		if q := &c.refused[j]; q.offset == r.offset && q.reason == r.reason {
			q.recipients = append(q.recipients, i)
			return
		}
	}
	r.recipients = []int{i}
	if sealing {
		r.payload = PayloadGone
	}
	c.refused = append(c.refused, r)
}

// sendQuarantine writes the quarantine records of a cut.
func (s *shipper) sendQuarantine(ctx context.Context, c *cut) error {
	q := s.quarantine
	partition := s.p.quarantinePartition().partition
	room := produceHeadroom(s.p.cfg.ClientID, s.p.txn.id, q.topic)
	var batches []*outBatch
	var b *outBatch
	now := time.Now().UnixMilli()
	for i := range c.refused {
		if b == nil || b.full(&s.p.cfg.Batch) {
			b = s.p.batches.get(partition, room)
			b.policy = c.policy
			batches = append(batches, b)
		}
		c.refused[i].appendTo(b, s.p.plan, s.p.partition, c.policy, now)
	}
	if s.txn != nil {
		s.txn.join(q.topic, batches)
		if err := s.txn.begin(ctx); err != nil {
			return err
		}
	}
	var res sendResult
	if !q.send(ctx, batches, &res) {
		if err := s.lost(); err != nil {
			return err
		}
		return context.Cause(ctx)
	}
	for i := range c.refused {
		r := &c.refused[i]
		if s.txn != nil {
			s.txn.cuts.quarantined[r.reason] += r.records()
			continue
		}
		s.p.cfg.Metrics.Quarantined(r.reason, r.records())
	}
	return nil
}

// settle closes the books of a cut: what was routed and is neither decided nor
// acknowledged is for the next owner of the partition to process again. What a
// transaction holds is booked when that has ended.
func (s *shipper) settle(c *cut) {
	for i := range c.ships {
		ship, res := &c.ships[i], &s.results[i]
		left := ship.routed - ship.filtered - res.records - res.failed
		for _, n := range ship.failed {
			left -= n
		}
		s.revoked(i, left)
		switch {
		case res.records == 0:
		case s.txn != nil:
			a := &s.txn.cuts.arrived[i]
			a.records += res.records
			a.bytes += res.bytes
			a.newest = append(a.newest, sample{res.newest, c.traceOf(res.newest)})
			s.txn.cuts.bytes += res.bytes
		default:
			s.produced(i, res.records, res.bytes)
			s.profiles[i].EndToEnd(time.Since(time.UnixMilli(res.newest)), c.traceOf(res.newest))
		}
	}
	if s.txn != nil {
		s.txn.cuts.records += c.records
	}
}

// revoked books n records of recipient i that are to be processed again.
func (s *shipper) revoked(i, n int) {
	if n <= 0 {
		return
	}
	if s.p.ending() {
		s.p.undrained.Store(true)
	}
	s.profiles[i].Failed(reasonRevoked, n)
	s.books[i].revoked.Add(int64(n))
}

// produced books n records of recipient i that have arrived.
func (s *shipper) produced(i, n, bytes int) {
	s.senders[i].output.Produced(n, bytes)
	s.books[i].produced.Add(int64(n))
}

// book closes the books of a transaction.
func (s *shipper) book(committed bool) {
	t := &s.txn.cuts
	for i := range t.arrived {
		a := &t.arrived[i]
		if !committed {
			s.revoked(i, a.records)
			continue
		}
		s.produced(i, a.records, a.bytes)
		for _, newest := range a.newest {
			s.profiles[i].EndToEnd(time.Since(time.UnixMilli(newest.timestamp)), newest.trace)
		}
	}
	if committed {
		for reason, n := range t.quarantined {
			s.p.cfg.Metrics.Quarantined(reason, n)
		}
	}
	t.reset()
}

// pretend stands for sending in a dry run.
func (s *shipper) pretend(c *cut) {
	for i := range c.ships {
		for _, b := range c.ships[i].batches {
			if n := b.count(); n > 0 {
				s.results[i].records += n
				s.results[i].bytes += b.len() - batchHead
				s.results[i].newest = b.times[n-1]
			}
			s.p.batches.put(b)
		}
	}
}
