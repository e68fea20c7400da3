package stream

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"redactor/metrics"
	"redactor/redact"
)

var errDamaged = errors.New("the next batch is damaged")

// pipeline carries the records of one assigned partition for one generation:
//
//	fetcher ──(2 chunks)──▶ transformer ──(2 cuts)──▶ shipper ──▶ committer
//
// Each is a goroutine; chunks and cuts go round between them, and their number
// is all the buffering there is. The shipper sends a cut to all recipients at
// the same time and takes the next one when all of them, and the quarantine,
// have acknowledged it: order needs no bookkeeping, and the offset after the
// cut may be committed.
type pipeline struct {
	*shared
	plan      *plan
	partition int32
	commits   *committer
	log       *slog.Logger
	topic     *metrics.Topic
	overset   int64      // memory that the outputs of a chunk need
	producer  producerID // of at-least-once
	txn       txn        // of exactly-once; its id is "" without
	doubt     *shipper   // whose last transaction may have been committed, or not
	stopAt    int64      // on_error: stop: the first record that an output has refused; math.MaxInt64 for none
	status    status
	patience  *patience
	stop      context.CancelFunc // ends the flow's fetching
	quit      <-chan struct{}    // closed when the generation ends
}

// shared is what all pipelines of a proxy have in common.
type shared struct {
	cfg         *Config
	cluster     *cluster
	memory      *budget
	slabs       *slabs
	batches     *batches
	deflaters   *deflaters
	compression compression
	outOfRange  atomic.Int64
	books       *books
	breakers    breakers
	rules       atomic.Pointer[ruleset]
	live        *live
	poller      *poller
	throttles   map[string]*throttle // by profile
	stopping    <-chan struct{}      // closed when the proxy is to end
	undrained   atomic.Bool          // something was under way when the drain was over
}

// inFlight is the number of chunks and of cuts that go round: one is worked
// on while the next is fetched, or the one before is on its way out.
const inFlight = 2

func newPipeline(s *shared, p *plan, partition int32, commits *committer) *pipeline {
	pl := &pipeline{
		shared: s, plan: p, partition: partition, commits: commits, stopAt: math.MaxInt64,
		log:      s.cfg.Logger.With(slog.String("topic", p.source), slog.Int("partition", int(partition))),
		topic:    s.cfg.Metrics.ForTopic(p.source),
		patience: newPatience(len(p.outputs)),
		overset:  int64(len(p.outputs)+1) * int64(s.cfg.Batch.Bytes),
	}
	if s.cfg.Delivery == ExactlyOnce && !s.cfg.DryRun {
		pl.txn.id = transactionalID(s.cfg, p.source, partition)
	}
	return pl
}

func (p *pipeline) transactional() bool { return p.txn.id != "" }

// run works until the generation ends, and then for as long as the drain
// allows on what is under way. It is a function of the generation, which ends
// when any of them returns: a partition that has to stop waits in here, and one
// that is not ours any more ends it, to join anew.
func (p *pipeline) run(gen context.Context, offset int64) {
	defer p.commits.working.Done()
	soft, stop := context.WithCancel(context.Background())
	hard, abort := context.WithCancel(context.Background())
	defer abort()
	defer stop()
	p.quit = soft.Done()
	go func() {
		select {
		case <-gen.Done():
		case <-hard.Done():
			return
		}
		stop()
		drain := time.NewTimer(p.drain())
		defer drain.Stop()
		select {
		case <-drain.C:
			abort()
		case <-hard.Done():
		}
	}()

	p.topic.Assigned(int(p.partition))
	defer p.topic.Revoked(int(p.partition))
	p.live.add(p)
	defer p.live.remove(p)
	defer p.finished()
	if p.work(soft, hard, offset) {
		<-gen.Done()
	}
}

// work lets the records flow until soft ends, from the beginning again each
// time that a transaction was lost. It reports false when the partition is not
// ours any more.
func (p *pipeline) work(soft, hard context.Context, offset int64) bool {
	defer func() {
		if p.doubt != nil {
			p.abandon()
		}
		p.resolveDoubt(0, false)
	}()
	for n := 1; ; n++ {
		start, ok := p.begin(soft, offset)
		if !ok {
			return soft.Err() != nil
		}
		p.resolveDoubt(start, true)
		p.started()
		begun := time.Now()
		if end := p.flow(soft, hard, start); end != shipLost || soft.Err() != nil {
			return true
		}
		if !p.belongs(soft) {
			return soft.Err() != nil
		}
		if time.Since(begun) > p.cfg.Transaction.Timeout {
			n = 1
		}
		wait(soft, backoff(classRetry, n))
	}
}

// resolveDoubt closes the books of a transaction that was lost, with what the
// group has committed, if that is known.
func (p *pipeline) resolveDoubt(committed int64, known bool) {
	if p.doubt != nil {
		p.doubt.resolve(committed, known)
		p.doubt = nil
	}
}

// drain is how long what is under way may take when the generation ends. When
// the partition goes to another member, the whole group waits for that.
func (p *pipeline) drain() time.Duration {
	if p.ending() {
		return p.cfg.Drain
	}
	return min(p.cfg.Drain, p.cfg.Rebalance/3)
}

// ending reports whether the proxy stops, and not only the generation.
func (s *shared) ending() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

// begin finds the first offset and takes a producer id.
func (p *pipeline) begin(ctx context.Context, offset int64) (_ int64, ok bool) {
	switch {
	case p.transactional():
		if offset, ok = p.beginTransactional(ctx); !ok {
			return 0, false
		}
	case offset < 0:
		if offset, ok = p.resolve(ctx, offset); !ok {
			return 0, false
		}
		// From now on the group knows where it began: a restart before the
		// first record must not move the end of the log forward.
		p.commits.mark(p.plan.source, p.partition, offset)
	}
	p.status.next.Store(offset)
	p.status.acked.Store(offset)
	if p.transactional() || p.cfg.DryRun {
		return offset, true
	}
	p.producer, ok = p.newProducer(ctx)
	return offset, ok
}

// flow runs the three stages until the last of them is done, and returns how
// that ended.
func (p *pipeline) flow(soft, hard context.Context, start int64) shipEnd {
	soft, p.stop = context.WithCancel(soft)
	defer p.stop()
	freeChunks, chunks := make(chan *chunk, inFlight), make(chan *chunk, inFlight)
	freeCuts, cuts := make(chan *cut, inFlight), make(chan *cut, inFlight)
	for range inFlight {
		freeChunks <- new(chunk)
		freeCuts <- &cut{ships: newShips(p.plan)}
	}
	var stages sync.WaitGroup
	stages.Go(func() {
		f := fetcher{p: p, offset: start, want: int32(p.cfg.Fetch.Bytes)}
		f.run(soft, freeChunks, chunks)
	})
	s := newShipper(p)
	stages.Go(func() { s.run(hard, cuts, freeCuts) })
	p.transform(soft, chunks, freeChunks, freeCuts, cuts)
	close(cuts)
	for c := range chunks { // those that nobody will work on
		c.req.free()
	}
	stages.Wait()
	return s.end
}

func newShips(p *plan) []shipment {
	ships := make([]shipment, len(p.outputs))
	for i := range ships {
		n := 1
		if p.outputs[i].how != redact.PartitionSame {
			n = p.outputs[i].partitions
		}
		ships[i].open = make([]*outBatch, n)
	}
	return ships
}

// transform is the stage in the middle. It ends when the fetcher has, or when
// the partition stops.
func (p *pipeline) transform(soft context.Context, chunks <-chan *chunk, freeChunks chan<- *chunk, freeCuts <-chan *cut, cuts chan<- *cut) {
	t := newTransformer(p)
	for c := range chunks {
		if !t.follow() {
			c.req.free()
			return // the plan is of a policy that is not followed any more
		}
		end := t.take(c, freeCuts, cuts)
		switch {
		case end != chunkStop:
		case t.at >= p.stopAt:
			p.halt(outputRefuses, slog.Int64("offset", t.at))
			return
		default:
			p.halt("a record could not be judged, and on_error is stop", slog.Int64("offset", t.at))
			return
		}
		if soft.Err() != nil {
			return
		}
		freeChunks <- c
	}
}
