package stream

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/segmentio/kafka-go"

	"redactor/internal/chaospoint"
	"redactor/metrics"
)

// chunk is what one fetch brought: whole batches whose checksums are right.
type chunk struct {
	req    fetchRequest // owns the bytes
	offset int64        // where reading begins: the first batch may begin before

	// Where the transformer is.
	rest     []byte // batches not yet opened
	batch    batch
	batchEnd int64  // the offset after batch
	plain    []byte // records of batch not yet judged
	left     int    // their number
}

// begin makes c ready for the transformer, with the n bytes of whole batches.
func (c *chunk) begin(n int) {
	c.rest, c.plain, c.left = c.req.records[:n], nil, 0
	c.batchEnd = c.offset
}

// fetcher reads one partition ahead of its transformer: a chunk is on its way
// while another is worked on.
type fetcher struct {
	p      *pipeline
	offset int64
	want   int32     // bytes of the next request: grows for a batch that does not fit
	pause  time.Time // no request before: the last answer was small
	busy   bool      // there is more to read: no reason to wait with others
	seen   time.Time // when the end of the partition was last heard of
}

// smallChunk is what is worth a batch of its own. Below it the fetcher waits
// for Batch.Wait before it asks again, so that a trickle of records does not
// become a trickle of requests.
const smallChunk = 64 << 10

// run sends chunks until ctx ends. It never gives up: an error is retried for
// as long as the partition is ours.
func (f *fetcher) run(ctx context.Context, free <-chan *chunk, out chan<- *chunk) {
	defer close(out)
	look := time.NewTicker(f.p.cfg.Refresh)
	defer look.Stop()
	for {
		var c *chunk
		for c == nil {
			select {
			case c = <-free:
			case <-look.C:
				f.look(ctx)
			case <-ctx.Done():
				return
			}
		}
		if !f.fill(ctx, c) {
			c.req.free()
			return
		}
		for taken := false; !taken; {
			select {
			case out <- c:
				taken = true
			case <-look.C:
				f.look(ctx)
			case <-ctx.Done():
				c.req.free()
				return
			}
		}
	}
}

// look asks where the partition ends, when no fetch has said so for a while: its
// transformer waits for somebody, or the broker refuses what is asked. A lag
// that is not looked at stands still, and looks like none.
func (f *fetcher) look(ctx context.Context) {
	p := f.p
	if time.Since(f.seen) < p.cfg.Refresh/2 {
		return
	}
	f.seen = time.Now() // of the attempt too: an answer that does not come must not hold the fetches up
	end, code, err := p.cluster.offsetAt(ctx, p.plan.source, p.partition, kafka.LastOffset, readUncommitted)
	if err == nil && code == 0 {
		p.progress(f.offset, end)
	}
}

// fill fetches until there is something to work on. It reports false when ctx
// ends first.
func (f *fetcher) fill(ctx context.Context, c *chunk) bool {
	if d := time.Until(f.pause); d > 0 && !wait(ctx, d) {
		return false
	}
	for retry := 0; ; {
		begun := time.Now()
		cl, err := f.ask(ctx, c)
		if cl == classOK {
			n, st := f.accept(c)
			if n > 0 {
				if n < smallChunk {
					f.pause = begun.Add(f.p.cfg.Batch.Wait)
				}
				f.p.recovered(stageFetch)
				chaospoint.At(chaospoint.Fetched)
				return true
			}
			if st == batchOK {
				f.p.recovered(stageFetch)
				retry = 0
			} else {
				cl, err = classRetry, errDamaged
				f.p.cfg.Metrics.KafkaError(metrics.APIFetch, metrics.CodeCorrupt)
			}
		}
		c.req.free()
		switch {
		case ctx.Err() != nil:
			return false
		case cl == classOK:
			continue
		case cl == classRange:
			if !f.outOfRange(ctx) {
				return false
			}
			continue
		}
		retry++
		if _, answered := err.(kafka.Error); answered {
			f.look(ctx)
		}
		f.p.struggle(stageFetch, cl, err, retry)
		f.p.cluster.recover(ctx, cl, err)
		if !wait(ctx, backoff(cl, retry)) {
			return false
		}
	}
}

// ask waits for records: in a crowd together with others, until there is much
// to read.
func (f *fetcher) ask(ctx context.Context, c *chunk) (class, error) {
	crowded := f.p.live.crowded()
	if !crowded || f.busy {
		f.busy = false
		maxWait := f.p.cfg.Fetch.MaxWait
		if crowded {
			maxWait = 0
		}
		return f.fetch(ctx, c, maxWait)
	}
	records, err := f.p.poller.poll(ctx, f, c)
	if err != nil {
		cl, _ := classifyError(err)
		return cl, err
	}
	if !records {
		f.busy = true
		return f.ask(ctx, c)
	}
	return classOK, nil
}

// fetch does one exchange. The broker holds it for maxWait when there is
// nothing.
func (f *fetcher) fetch(ctx context.Context, c *chunk, maxWait time.Duration) (class, error) {
	p, r := f.p, &c.req
	r.clientID, r.topic, r.partition = p.cfg.ClientID, p.plan.source, p.partition
	r.leader = p.cluster.leader(r.topic, r.partition)
	r.offset, r.minBytes, r.maxBytes = f.offset, 1, f.want
	r.maxWait, r.timeout = maxWait, maxWait+p.cfg.RequestTimeout
	r.ctx, r.memory, r.slabs, r.overset = ctx, p.memory, p.slabs, p.overset
	if err := p.cluster.do(ctx, metrics.APIFetch, r, r.timeout); err != nil {
		cl, _ := classifyError(err)
		return cl, err
	}
	if r.code != 0 {
		p.cluster.failed(metrics.APIFetch, r.code)
		cl, _ := classify(r.code)
		return cl, kafka.Error(r.code)
	}
	return classOK, nil
}

// accept finds the whole batches of the answer and moves the offset behind
// them. It returns their bytes; for none, the status says whether there was
// nothing, or a batch at the head that is damaged.
//
// One that is damaged may be so by the wire: it is fetched again. When it stays
// so, the partition stands before it: what it says of its own length and
// offsets cannot be trusted, so that there is no way around it.
func (f *fetcher) accept(c *chunk) (int, batchStatus) {
	p, r := f.p, &c.req
	begun := time.Now()
	c.offset = f.offset
	n, st := 0, batchOK
	for rest := r.records; len(rest) > 0; {
		var next int64
		if rest, next, st = wholeBatch(rest); st != batchOK {
			break
		}
		n = len(r.records) - len(rest)
		f.offset = max(f.offset, next)
	}
	f.seen = begun
	p.progress(f.offset, r.highWater)
	p.cfg.Metrics.Stage(metrics.StageDecode, time.Since(begun))
	switch {
	case n > 0:
		f.want = int32(p.cfg.Fetch.Bytes)
		f.busy = n >= smallChunk
		c.begin(n)
	case st == batchShort && f.want < maxFrame/2:
		f.want *= 2 // a broker of before KIP-74 cuts the first batch too
		f.busy = true
		st = batchOK
	case st != batchOK:
		p.log.Debug("the next batch is damaged", slog.String("status", st.String()), slog.Int64("offset", f.offset))
	}
	return n, st
}

// wholeBatch verifies the batch at the head of p, of whichever format, and
// returns the offset after it.
func wholeBatch(p []byte) (rest []byte, next int64, st batchStatus) {
	var b batch
	if rest, st = b.next(p); st != batchMagic {
		return rest, b.nextOffset(), st
	}
	var m setMessage
	rest, st = m.next(p)
	if st == batchOK && (m.offset < 0 || m.offset == math.MaxInt64) {
		st = batchMalformed
	}
	return rest, m.offset + 1, st
}

// outOfRange finds the offset to go on from when the one we had is not in the
// log. It reports false when ctx ends first.
func (f *fetcher) outOfRange(ctx context.Context) bool {
	p := f.p
	if p.cfg.OutOfRange == OutOfRangeFail {
		p.halt("the next offset is not in the log any more, and out_of_range is fail: reset the offset of the group", slog.Int64("offset", f.offset))
		<-ctx.Done()
		return false
	}
	at := int64(kafka.FirstOffset)
	if p.cfg.OutOfRange == OutOfRangeLatest {
		at = kafka.LastOffset
	}
	offset, ok := p.resolve(ctx, at)
	if !ok {
		return false
	}
	p.log.Error("the next offset is not in the log any more", slog.Int64("offset", f.offset), slog.Int64("going_on_at", offset))
	p.outOfRange.Add(1)
	f.offset = offset
	return true
}
