package stream

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"redactor/internal/chaospoint"
	"redactor/metrics"
)

// Delivery says how often a record may reach a recipient.
type Delivery uint8

const (
	AtLeastOnce Delivery = iota // offsets are committed after the acknowledgements: a crash repeats what came since
	ExactlyOnce                 // records and offsets in one transaction: for readers with isolation.level=read_committed
)

// Transaction bounds the transactions of ExactlyOnce: each ends with the first
// of its bounds. A record is to be seen when its transaction has ended.
type Transaction struct {
	Interval time.Duration // default 200 ms
	Records  int           // of the source; default 100,000
	Bytes    int           // produced, before compression; default 64 MiB

	// Timeout is when brokers abort a transaction that nobody ends; default
	// TransactionTimeout. It must be
	// within their transaction.max.timeout.ms. Until then readers of the
	// outputs wait, when a proxy dies and none takes its place. Default 1 min.
	Timeout time.Duration
}

// transactionalID names the producer of a source partition, whichever
// instance reads it: to take the name over is what fences the instance before.
// One name per partition, though KIP-447 allows one per instance, makes
// partitions independent, and has the next owner abort at once what the last
// one left open.
func transactionalID(cfg *Config, topic string, partition int32) string {
	return cfg.TransactionalID + "-" + cfg.Group + "-" + topic + "-" + strconv.Itoa(int(partition))
}

// transaction is what a shipper has open: cuts that are acknowledged and not
// yet to be seen. All of their records, and the offset after them, come to be
// seen at once, or never.
//
//	begin:  AddPartitionsToTxn           before the first batch of a partition
//	        Produce …
//	commit: AddOffsetsToTxn, TxnOffsetCommit, EndTxn
//
// When the broker takes one of these no more, there is no telling from here
// what it has done: the pipeline takes its transactional id again, which aborts
// what is open, and reads on from the offset that is committed then.
//
// The shipper takes it again between two transactions when one of these had no
// answer and was sent again: what the connection swallowed may be on its way
// yet. An EndTxn that comes when the next transaction is half done would end it,
// a TxnOffsetCommit would take its offset back; the epoch of a new owner refuses
// both. (KIP-890 has a new epoch for each transaction instead, from EndTxn v5 on.)
type transaction struct {
	p      *pipeline
	open   bool
	begun  time.Time
	due    *time.Timer // ends the transaction
	joined map[outPartition]bool
	fresh  []outPartition // about to join
	wanted int64          // the offset that it was to commit; -1 before that
	cuts   tally
	astray bool // a request of the producer's may be on its way yet
}

// tally is what the cuts of a transaction come to. It is booked when the
// transaction has ended.
type tally struct {
	next        int64 // source offset after the last cut
	records     int   // of the source
	bytes       int
	arrived     []arrival // by recipient
	quarantined map[string]int
}

// arrival is what one recipient gets.
type arrival struct {
	records, bytes int
	newest         []sample // one for each cut
}

// sample is a record whose age is observed: its source timestamp, and its trace
// id, or "".
type sample struct {
	timestamp int64
	trace     string
}

func newTransaction(p *pipeline) *transaction {
	t := &transaction{p: p, wanted: -1, joined: make(map[outPartition]bool), due: time.NewTimer(time.Hour)}
	t.due.Stop()
	t.cuts = tally{arrived: make([]arrival, len(p.plan.outputs)), quarantined: make(map[string]int)}
	return t
}

func (t *tally) reset() {
	t.next, t.records, t.bytes = 0, 0, 0
	for i := range t.arrived {
		t.arrived[i] = arrival{newest: t.arrived[i].newest[:0]}
	}
	clear(t.quarantined)
}

// join makes the partitions of the batches part of the transaction.
func (t *transaction) join(topic string, batches []*outBatch) {
	for _, b := range batches {
		part := outPartition{topic, b.partition}
		if b.count() > 0 && !t.joined[part] {
			t.joined[part] = true
			t.fresh = append(t.fresh, part)
		}
	}
}

// begin tells the coordinator who has joined. The transaction lasts from here.
func (t *transaction) begin(ctx context.Context) error {
	if !t.open {
		t.open, t.begun = true, time.Now()
		t.due.Reset(t.p.cfg.Transaction.Interval)
	}
	if len(t.fresh) == 0 {
		return nil
	}
	err := t.ask(ctx, func() (int16, error) {
		return t.sent(t.p.cluster.addPartitions(ctx, t.p.txn, t.fresh))
	})
	t.fresh = t.fresh[:0]
	return err
}

// ask sends one of the transaction's requests until there is an answer to it.
func (t *transaction) ask(ctx context.Context, request func() (int16, error)) error {
	return t.p.insist(ctx, stageCommit, true, request)
}

// sent notes a request that had no answer.
func (t *transaction) sent(code int16, err error) (int16, error) {
	t.astray = t.astray || err != nil
	return code, err
}

// full reports whether the transaction takes no more cuts.
func (t *transaction) full() bool {
	limits := &t.p.cfg.Transaction
	return t.cuts.records >= limits.Records || t.cuts.bytes >= limits.Bytes
}

// commit ends the transaction with the offset next. An error leaves open
// whether it has been committed.
func (t *transaction) commit(ctx context.Context, next int64) error {
	p := t.p
	begun := time.Now()
	who := p.commits.who
	t.wanted = next
	for _, step := range []func() (int16, error){
		func() (int16, error) { return t.sent(p.cluster.addOffsets(ctx, p.txn, who.group)) },
		func() (int16, error) {
			return t.sent(p.cluster.commitOffset(ctx, p.txn, who, p.plan.source, p.partition, next))
		},
		func() (int16, error) {
			if code, err := t.endable(ctx); code != 0 || err != nil {
				return code, err
			}
			chaospoint.At(chaospoint.Ending)
			return t.sent(p.cluster.endTransaction(ctx, p.txn))
		},
	} {
		if err := t.ask(ctx, step); err != nil {
			p.cfg.Metrics.Committed(metrics.Failure)
			return err
		}
	}
	chaospoint.At(chaospoint.Ended)
	t.ended()
	p.status.acked.Store(next)
	p.cfg.Metrics.Stage(metrics.StageCommit, time.Since(begun))
	p.cfg.Metrics.Committed(metrics.Success)
	return nil
}

// ended makes t ready for the next transaction.
func (t *transaction) ended() {
	t.open, t.wanted = false, -1
	t.due.Stop()
	clear(t.joined)
	t.fresh = t.fresh[:0]
}

// abortTime is what giving a transaction up may take. Without it readers of
// the outputs wait until the next owner has the partition.
const abortTime = time.Second

// abort gives the transaction up, if that can be said to anybody. It asks for
// the next epoch, which ends what is open: after an EndTxn, brokers of before
// 3.6 would append a batch that comes late, for the next transaction to commit.
func (p *pipeline) abort() {
	ctx, cancel := context.WithTimeout(context.Background(), abortTime)
	defer cancel()
	_, code, err := p.cluster.endable(ctx, p.txn)
	if code == 0 && err == nil {
		_, code, err = p.cluster.initTransactions(ctx, p.txn, p.cfg.Transaction.Timeout)
	}
	p.log.Debug("a transaction is given up", slog.Int("code", int(code)), slog.Any("error", err))
}

// abandon is abort for a transaction that was lost, when nobody takes the
// transactional id again because of it. Somebody may have, who has the
// partition.
func (p *pipeline) abandon() {
	ctx, cancel := context.WithTimeout(context.Background(), abortTime)
	defer cancel()
	if p.belongs(ctx) {
		p.abort()
	}
}

// lostError says that the broker takes no more of a producer, a transaction or
// a member: what it has of us is not what we believe.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }

func (e *lostError) Unwrap() error { return e.err }

// lost reports whether an answer of class cl is a lostError's.
func lost(cl class) bool { return cl == classRenew || cl == classFenced || cl == classRange }

func isLost(err error) bool {
	var l *lostError
	return errors.As(err, &l)
}

// beginTransactional takes the transactional id over and finds the first
// offset. Only in this order is the offset true: until the id is ours, somebody
// else may commit, and the answer may be of before a transaction that has been
// decided.
func (p *pipeline) beginTransactional(ctx context.Context) (int64, bool) {
	unsettled, again, looked := false, false, false
	for n := 1; ; n++ {
		ok := p.persist(ctx, func() (code int16, err error) {
			state, code, err := p.cluster.endable(ctx, p.txn)
			if code != 0 || err != nil {
				return code, err
			}
			if !looked { // later it is we who have aborted
				again, looked = state == completeAbort, true
			}
			p.txn.producerID, code, err = p.cluster.initTransactions(ctx, txn{p.txn.id, anyProducer}, p.cfg.Transaction.Timeout)
			return code, err
		})
		if !ok {
			return 0, false
		}
		offset, unstable, foreign := int64(0), false, false
		ok = p.persist(ctx, func() (code int16, err error) {
			offsets, code, err := p.cluster.settled(ctx, p.commits.who, map[string][]int32{p.plan.source: {p.partition}})
			offset = offsets[outPartition{p.plan.source, p.partition}]
			cl, _ := classify(code)
			switch {
			case code == codeUnstable:
				unstable = true
				return 0, nil
			case cl == classFenced && p.leaving():
				foreign = true
				return 0, nil
			case cl == classFenced: // said by one of before, or the generation is about to end
				return codeNotCoordinator, nil
			}
			return code, err
		})
		switch {
		case !ok, foreign:
			return 0, false
		case unstable:
			if unsettled = true; !p.unsettle(ctx, n) {
				return 0, false
			}
			continue
		case again:
			// It is aborted once more, now that its partitions are led.
			err := p.insist(ctx, stageStart, true, func() (int16, error) { return p.cluster.addPartitions(ctx, p.txn, p.reach()) })
			if again = err != nil; again && (!isLost(err) || !p.belongs(ctx) || !wait(ctx, backoff(classRetry, n))) {
				return 0, false
			}
			continue
		case offset >= 0:
			if unsettled {
				p.recovered(stageCommit)
			}
			return offset, true
		}
		if offset, ok = p.resolve(ctx, p.cfg.Start.offset()); !ok {
			return 0, false
		}
		// From now on the group knows where it began.
		t := newTransaction(p)
		err := t.begin(ctx)
		if err == nil {
			err = t.commit(ctx, offset)
		}
		switch {
		case err == nil && !t.astray:
			return offset, true
		case err == nil:
		case !isLost(err) || !p.belongs(ctx) || !wait(ctx, backoff(classRetry, n)):
			return 0, false
		}
	}
}

// unsettle makes the group's offsets part of a transaction, which ends when the
// transactional id is taken again, and pauses. An offset that is about to change
// is so for a moment. But brokers of before 3.6 take a TxnOffsetCommit that comes
// late, outside of any transaction, and hold it until one of the producer's ends:
// without this one, that would be the next, which waits for the offset.
func (p *pipeline) unsettle(ctx context.Context, n int) bool {
	p.struggle(stageCommit, classRetry, errorOf(codeUnstable), n) // not stageStart: that succeeds in between
	if _, err := p.cluster.addOffsets(ctx, p.txn, p.commits.who.group); err != nil {
		p.log.Debug("the offsets of the group could not be joined", slog.Any("error", err))
	}
	return wait(ctx, backoff(classRetry, n))
}

// belongs reports whether the partition is still ours: whether the group has
// us as a member of the generation. When it does, what we have lost was lost
// to a timeout, or to somebody who uses our transactional id and is not of the
// group, and is to be taken again; when it does not, we are the zombie.
func (p *pipeline) belongs(ctx context.Context) bool {
	err := p.insist(ctx, stageStart, true, func() (int16, error) {
		return p.cluster.heartbeat(ctx, p.commits.who)
	})
	return err == nil
}
