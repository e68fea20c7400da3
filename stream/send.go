package stream

import (
	"context"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"redactor/metrics"
)

// sender produces one recipient's batches of one pipeline: in order within an
// output partition, one batch in flight there, all of them idempotent. It
// belongs to the pipeline's shipper and works on one cut at a time.
type sender struct {
	p       *pipeline
	topic   string
	output  *metrics.Output // nil for the quarantine
	stage   stage
	outlets map[int32]*outlet
	inflate inflater // to split batches of ours

	lost     error             // the broker takes no more of this producer; nil as long as it does
	requests []*produceRequest // kept for their buffers
	flights  []*flight
}

// outlet is what the broker and we know of one output partition: which batch
// it expects next. It outlives cuts.
type outlet struct {
	pid producerID
	seq int32 // of the next batch
}

// flight is a batch under way.
type flight struct {
	producePart
	batch  *outBatch
	outlet *outlet
	acked  bool
	astray bool // it may be in the log, or come there, though nobody said so
}

// sendResult is what became of the batches of one recipient in one cut.
type sendResult struct {
	records int       // acknowledged
	bytes   int       // of them
	newest  int64     // source timestamp
	refused []refusal // records that the topic does not take
	failed  int       // of those, counted
}

// send produces all batches of s, in rounds of one per partition, and puts
// them back into the pool. It returns false when ctx ended first, or the
// producer was lost; what was acknowledged until then is in res.
func (s *sender) send(ctx context.Context, batches []*outBatch, res *sendResult) bool {
	queue := batches
	for len(queue) > 0 {
		queue = s.round(queue)
		if len(s.flights) > 0 && !s.fly(ctx, res, &queue) {
			return false
		}
	}
	return true
}

// round takes the first batch of every partition out of the queue.
func (s *sender) round(queue []*outBatch) (rest []*outBatch) {
	s.flights = s.flights[:0]
	rest = queue[:0]
	for _, b := range queue {
		switch {
		case b.count() == 0:
			s.p.batches.put(b)
		case s.flying(b.partition):
			rest = append(rest, b)
		default:
			s.flights = append(s.flights, &flight{batch: b, outlet: s.outlet(b.partition)})
		}
	}
	return rest
}

func (s *sender) flying(partition int32) bool {
	for _, f := range s.flights {
		if f.batch.partition == partition {
			return true
		}
	}
	return false
}

func (s *sender) outlet(partition int32) *outlet {
	o := s.outlets[partition]
	if o == nil {
		o = &outlet{pid: s.p.producer}
		if s.p.transactional() {
			o.pid = s.p.txn.producerID
		}
		s.outlets[partition] = o
	}
	return o
}

// fly sends the flights until each is acknowledged, split, or refused.
func (s *sender) fly(ctx context.Context, res *sendResult, queue *[]*outBatch) bool {
	for _, f := range s.flights {
		s.seal(f)
	}
	for try := 1; ; try++ {
		s.exchange(ctx)
		worst, err, early := classOK, error(nil), true
		for _, f := range s.flights {
			cl, e := s.settle(ctx, f, res, queue, try)
			early = early && (e == nil || s.early(f, try))
			if cl > worst {
				worst, err = cl, e
			}
		}
		s.flights = s.pending()
		if len(s.flights) == 0 {
			s.p.recovered(s.stage)
			return true
		}
		if ctx.Err() != nil || s.lost != nil {
			return false
		}
		if s.output != nil && !early {
			s.output.Retried()
		}
		s.p.struggle(s.stage, worst, err, try)
		s.p.cluster.recover(ctx, worst, err)
		if !wait(ctx, backoff(worst, try)) {
			return false
		}
	}
}

// earlyTries is how often a broker may put a batch off before that counts: for 150 ms or so.
const earlyTries = 5

// early reports whether a broker has only put a batch off. Since Kafka 3.6 it
// asks the coordinator whether a transaction has the partition, with one
// question under way for each transactional id; recipients are sent to at the
// same time, and to all but one of them it says NOT_ENOUGH_REPLICAS, which
// clients of before KIP-890 repeat. That is no error that anybody should see.
func (s *sender) early(f *flight, try int) bool {
	return s.p.transactional() && try <= earlyTries && f.err == nil && f.code == int16(kafka.NotEnoughReplicas)
}

// seal encodes the batch of a flight. The bytes stay the same over all
// retries: the sequence in them is how the broker knows one again.
func (s *sender) seal(f *flight) {
	begun := time.Now()
	b := f.batch
	b.deflate = s.p.deflaters.get()
	f.partition = b.partition
	attrs := int16(0)
	if s.p.transactional() {
		attrs = attrTransactional
	}
	f.buf = b.finish(s.p.compression, f.outlet.pid.id, f.outlet.pid.epoch, f.outlet.seq, attrs)
	s.p.deflaters.put(b.deflate)
	b.deflate = nil
	s.p.cfg.Metrics.Stage(metrics.StageEncode, time.Since(begun))
}

// pending returns the flights that are not done.
func (s *sender) pending() []*flight {
	n := 0
	for _, f := range s.flights {
		if !f.acked {
			s.flights[n] = f
			n++
		}
	}
	clear(s.flights[n:])
	return s.flights[:n]
}

// exchange sends one request to each leader, all at once, and waits for all.
// Each flight has a code then; noAnswer stands for an error.
func (s *sender) exchange(ctx context.Context) {
	n := 0
	for _, f := range s.flights {
		f.code, f.answered, f.err = 0, false, nil
		leader := s.p.cluster.leader(s.topic, f.partition)
		i := 0
		for i < n && s.requests[i].leader != leader {
			i++
		}
		if i == n {
			if n++; n > len(s.requests) {
				s.requests = append(s.requests, &produceRequest{clientID: s.p.cfg.ClientID, txnID: s.p.txn.id, topic: s.topic})
			}
			s.requests[i].leader, s.requests[i].parts = leader, s.requests[i].parts[:0]
		}
		s.requests[i].parts = append(s.requests[i].parts, &f.producePart)
	}
	var others sync.WaitGroup
	for _, m := range s.requests[1:n] {
		others.Go(func() { s.one(ctx, m) })
	}
	s.one(ctx, s.requests[0])
	others.Wait()
}

// one does one exchange.
func (s *sender) one(ctx context.Context, m *produceRequest) {
	timeout := s.p.cfg.RequestTimeout
	m.timeout = int32(timeout.Milliseconds())
	// The broker gives up first, and says so; only a lost answer runs into
	// the longer of the two.
	err := s.p.cluster.do(ctx, metrics.APIProduce, m, timeout+timeout/2)
	for _, p := range m.parts {
		p.err = err
	}
}

// settle does what the answer for a flight asks for.
func (s *sender) settle(ctx context.Context, f *flight, res *sendResult, queue *[]*outBatch, try int) (class, error) {
	err := f.err
	cl, _ := classifyError(err)
	if err == nil {
		cl, _ = classify(f.code)
		if err = errorOf(f.code); err != nil && !s.early(f, try) {
			s.p.cluster.failed(metrics.APIProduce, f.code)
		}
	}
	// NOT_ENOUGH_REPLICAS comes before the append; NOT_LEADER_OR_FOLLOWER also
	// from a broker that ceased to lead while it waited for its replicas.
	if err != nil && (cl == classRetry || cl == classRefresh) && f.code != int16(kafka.NotEnoughReplicas) {
		f.astray = true
	}
	switch cl {
	case classOK:
		s.arrived(f, res)
		return classOK, nil
	case classSplit:
		if f.astray {
			return s.reclaim(ctx, f, err)
		}
		if s.split(f, queue) {
			return classOK, nil
		}
		if s.output == nil { // there is no quarantine for the quarantine
			if s.bare(f, queue) {
				return classOK, nil
			}
			return classStalled, err
		}
		s.refuse(f, res)
		return classOK, nil
	case classRenew, classFenced, classRange:
		return s.reclaim(ctx, f, err)
	}
	return cl, err
}

// reclaim gives up the sequence of a flight: the broker expects another one, or
// may have given this one to what it refuses now, and would take the next batch
// for that one and never append it.
func (s *sender) reclaim(ctx context.Context, f *flight, err error) (class, error) {
	if s.p.transactional() {
		s.lost = err
		return classRenew, err
	}
	// Without a transaction nobody can fence us: the broker has forgotten
	// the id, or never saw the batch before this one. A batch that it had
	// appended all the same is a duplicate, which at least once allows.
	if s.p.renew(ctx, f.outlet) {
		f.astray = false
		s.seal(f)
	}
	return classRetry, err
}

// arrived counts an acknowledged batch.
func (s *sender) arrived(f *flight, res *sendResult) {
	b := f.batch
	f.acked = true
	f.outlet.seq = nextSequence(f.outlet.seq, b.count())
	res.records += b.count()
	res.bytes += b.len() - batchHead
	res.newest = max(res.newest, b.times[len(b.times)-1])
	s.p.batches.put(b)
}

// split replaces a batch that the topic does not take by two halves, at the
// head of the queue. It reports false for a single record. The batch was not
// appended, so its sequence is free.
func (s *sender) split(f *flight, queue *[]*outBatch) bool {
	b := f.batch
	if b.count() < 2 {
		return false
	}
	room := produceHeadroom(s.p.cfg.ClientID, s.p.txn.id, s.topic)
	first, second := s.p.batches.get(b.partition, room), s.p.batches.get(b.partition, room)
	split(f.buf[room:], &s.inflate, &first.builder, &second.builder)
	n := first.count()
	first.offsets, second.offsets = append(first.offsets, b.offsets[:n]...), append(second.offsets, b.offsets[n:]...)
	first.times, second.times = append(first.times, b.times[:n]...), append(second.times, b.times[n:]...)
	if len(b.refused) > 0 {
		first.refused, second.refused = append(first.refused, b.refused[:n]...), append(second.refused, b.refused[n:]...)
		first.policy, second.policy = b.policy, b.policy
	}
	*queue = append([]*outBatch{first, second}, *queue...)
	f.acked = true
	s.p.batches.put(b)
	return true
}

// refuse gives up the only record of a batch: the topic does not take it.
func (s *sender) refuse(f *flight, res *sendResult) {
	b := f.batch
	reason := reasonProduce
	if f.code == int16(kafka.MessageSizeTooLarge) || f.code == int16(kafka.RecordListTooLarge) {
		reason = reasonOversize
	}
	res.refused = append(res.refused, refusal{offset: b.offsets[0], last: b.offsets[0], timestamp: b.times[0], reason: reason})
	f.acked = true
	s.p.batches.put(b)
}
