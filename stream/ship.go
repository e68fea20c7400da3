package stream

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"redactor/metrics"
)

// shipper is the last stage of a pipeline: it sees a cut through to the
// acknowledgement of every recipient and of the quarantine, one cut at a time,
// and marks its offset for the commit.
type shipper struct {
	p          *pipeline
	senders    []*sender // by recipient
	results    []sendResult
	quarantine *sender
	profiles   []*metrics.ProfileMetrics
	books      []*book
	over       bool // nothing is shipped any more: the rest belongs to the next owner
}

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
	return s
}

// run ships cuts until there are no more. When ctx ends, what has not arrived
// is left to the next owner of the partition: its offset is not marked.
func (s *shipper) run(ctx context.Context, cuts <-chan *cut, free chan<- *cut) {
	for c := range cuts {
		begun := time.Now()
		s.decided(c)
		if !s.over {
			s.over = !s.ship(ctx, c)
		}
		s.settle(c)
		if c.held > 0 {
			s.p.memory.release(c.held)
		}
		s.p.cfg.Metrics.Stage(metrics.StageProduce, time.Since(begun))
		free <- c
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
		book.routed.Add(int64(ship.routed))
		book.filtered.Add(int64(ship.filtered))
		for reason, n := range ship.failed {
			profile.Failed(reason, n)
			book.failed.Add(int64(n))
		}
		s.results[i] = sendResult{refused: s.results[i].refused[:0]}
	}
}

// ship sends a cut and marks its offset. It returns false when it could not be
// seen through.
func (s *shipper) ship(ctx context.Context, c *cut) bool {
	if s.p.cfg.DryRun {
		s.pretend(c)
		return true
	}
	// What an operator holds back cannot be drained: it waits no longer than
	// the generation, and the next owner finds it at the committed offset.
	if !s.p.cfg.Holds.pass(ctx, s.p.quit, s.p.plan) {
		return false
	}
	if !s.sendAll(ctx, c) {
		return false
	}
	next, halted := s.refusals(c)
	if len(c.refused) > 0 && !s.sendQuarantine(ctx, c) {
		return false
	}
	s.p.commits.mark(s.p.plan.source, s.p.partition, next)
	s.p.status.acked.Store(next)
	if halted {
		s.p.stop()
		s.p.halt("an output topic refuses a record, and on_error is stop", slog.Int64("offset", next))
	}
	return !halted
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

// sendQuarantine writes the quarantine records of a cut. All of a source
// partition are in one partition of the quarantine, in order.
func (s *shipper) sendQuarantine(ctx context.Context, c *cut) bool {
	q := s.quarantine
	partitions := s.p.cluster.partitions(q.topic)
	partition := s.p.partition % int32(max(partitions, 1))
	room := produceHeadroom(s.p.cfg.ClientID, "", q.topic)
	var batches []*outBatch
	var b *outBatch
	for i := range c.refused {
		if b == nil || b.full(&s.p.cfg.Batch) {
			b = s.p.batches.get(partition, room)
			b.policy = c.policy
			batches = append(batches, b)
		}
		c.refused[i].appendTo(b, s.p.plan, s.p.partition, c.policy)
	}
	var res sendResult
	if !q.send(ctx, batches, &res) {
		return false
	}
	for i := range c.refused {
		s.p.cfg.Metrics.Quarantined(c.refused[i].reason, c.refused[i].records())
	}
	return true
}

// settle closes the books of a cut: what was routed and is neither decided nor
// acknowledged is for the next owner of the partition to process again.
func (s *shipper) settle(c *cut) {
	now := time.Now()
	for i := range c.ships {
		ship, res := &c.ships[i], &s.results[i]
		left := ship.routed - ship.filtered - res.records - res.failed
		for _, n := range ship.failed {
			left -= n
		}
		if left > 0 {
			if s.p.ending() {
				s.p.undrained.Store(true)
			}
			s.profiles[i].Failed(reasonRevoked, left)
			s.books[i].revoked.Add(int64(left))
		}
		if res.records > 0 {
			s.senders[i].output.Produced(res.records, res.bytes)
			s.profiles[i].EndToEnd(now.Sub(time.UnixMilli(res.newest)), c.traceOf(res.newest))
			s.books[i].produced.Add(int64(res.records))
		}
	}
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
