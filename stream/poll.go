package stream

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"redactor/metrics"
)

// This file asks for many quiet partitions in one request. A partition that
// has much to read asks for itself, without waiting at the broker; one that
// has not joins those of the same leader that wait too:
//
//	fetcher ──poll──▶ queue of the leader ──▶ poller: Fetch of all of them ──▶ what came, each to its fetcher
//	                        ▲───────────────────────┘ those for which nothing came
//
// So a thousand partitions hold a few connections to each broker, not a
// thousand. Where there are only a few, each waits for itself: that is one
// request less for every record that comes.

const (
	// crowd is how many partitions make a crowd.
	crowd = 16

	// pollers is the number of requests that wait at one leader. A partition
	// that turns quiet while all of them wait is asked for with the next.
	pollers = 4

	// pollBytes is what is read of one partition with the others. It is read
	// again by itself when there is more, or no memory for it just now.
	pollBytes = 16 << 10

	// pollMost bounds the partitions of a request, and so what it may bring.
	pollMost = 256
)

// poller waits for the quiet partitions of all leaders.
type poller struct {
	shared *shared

	mu      sync.Mutex // guards the rest, and the state of entries
	queue   map[int32][]*pollEntry
	running map[int32]int
}

// pollEntry is a partition that waits.
type pollEntry struct {
	p      *pipeline
	chunk  *chunk // filled by the poller; the fetcher's again with the answer
	offset int64
	gone   bool // nobody waits for the answer
	answer chan pollAnswer
}

// pollAnswer says that something came: records, in the chunk, or an error, or
// that it is worth asking alone.
type pollAnswer struct {
	records bool
	err     error
}

func newPoller(s *shared) *poller {
	return &poller{shared: s, queue: make(map[int32][]*pollEntry), running: make(map[int32]int)}
}

// poll waits until something comes for the partition of f. It reports whether
// c has records; without, and without an error, f is to fetch alone.
func (x *poller) poll(ctx context.Context, f *fetcher, c *chunk) (bool, error) {
	e := &pollEntry{p: f.p, chunk: c, offset: f.offset, answer: make(chan pollAnswer, 1)}
	leader := f.p.cluster.leader(f.p.plan.source, f.p.partition)
	if leader < 0 {
		return false, kafka.LeaderNotAvailable
	}
	x.add(leader, e)
	select {
	case a := <-e.answer:
		return a.records, a.err
	case <-ctx.Done():
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	e.gone = true // c is not written from now on
	return false, context.Cause(ctx)
}

func (x *poller) add(leader int32, entries ...*pollEntry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.queue[leader] = append(x.queue[leader], entries...)
	if x.running[leader] < pollers {
		x.running[leader]++
		go x.run(leader)
	}
}

// take returns those that wait at a leader; none ends the caller.
func (x *poller) take(leader int32) (entries []*pollEntry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	queue := x.queue[leader]
	for len(queue) > 0 && len(entries) < pollMost {
		if !queue[0].gone {
			entries = append(entries, queue[0])
		}
		queue = queue[1:]
	}
	if x.queue[leader] = queue; len(queue) == 0 {
		delete(x.queue, leader)
	}
	if len(entries) == 0 {
		x.running[leader]--
	}
	return entries
}

// run polls a leader for as long as somebody waits there. Between two requests
// is Batch.Wait at least: that is when partitions come together.
func (x *poller) run(leader int32) {
	cfg := x.shared.cfg
	for {
		entries := x.take(leader)
		if len(entries) == 0 {
			return
		}
		begun := time.Now()
		left := x.once(leader, entries)
		wait(context.Background(), cfg.Batch.Wait-time.Since(begun))
		x.mu.Lock()
		x.queue[leader] = append(x.queue[leader], left...)
		x.mu.Unlock()
	}
}

// once does one request and answers those for whom something came.
func (x *poller) once(leader int32, entries []*pollEntry) (left []*pollEntry) {
	s := x.shared
	r := &pollRequest{clientID: s.cfg.ClientID, entries: entries, maxWait: s.cfg.Fetch.MaxWait}
	r.fetch = fetchRequest{leader: leader, timeout: s.cfg.Fetch.MaxWait + s.cfg.RequestTimeout, ctx: context.Background(), memory: s.memory, slabs: s.slabs}
	defer r.fetch.free()
	err := s.cluster.do(context.Background(), metrics.APIFetch, r, r.fetch.timeout)
	if err == nil {
		err = errorOf(r.fetch.code)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, e := range entries {
		switch {
		case e.gone:
		case err != nil:
			e.answer <- pollAnswer{err: err}
		case !x.settle(e, &r.answers[i]):
			left = append(left, e)
		}
	}
	return left
}

// settle answers e, if there is something to say. The caller has the lock.
func (x *poller) settle(e *pollEntry, a *partAnswer) bool {
	switch {
	case !a.there:
		e.answer <- pollAnswer{err: errProtocol}
	case a.code != 0:
		x.shared.cluster.failed(metrics.APIFetch, a.code)
		e.answer <- pollAnswer{err: kafka.Error(a.code)}
	case len(a.records) > 0 && e.chunk.copy(e.p, a):
		e.answer <- pollAnswer{records: true}
	case len(a.records) > 0 || a.stable > e.offset:
		e.answer <- pollAnswer{}
	default:
		e.p.progress(e.offset, a.highWater)
		return false
	}
	return true
}

// copy makes the records of a its own, as a fetch would have brought them. It
// reports false when there is no whole batch, or no memory: a poller waits for
// neither.
func (c *chunk) copy(p *pipeline, a *partAnswer) bool {
	if _, _, st := wholeBatch(a.records); st != batchOK {
		return false
	}
	need := int64(len(a.records)) + p.overset
	if !p.memory.tryAcquire(need) {
		return false
	}
	r := &c.req
	r.memory, r.slabs, r.held = p.memory, p.slabs, need
	r.body = append(p.slabs.get(len(a.records))[:0], a.records...)
	r.records, r.code, r.highWater = r.body, 0, a.highWater
	r.aborted = append(r.aborted[:0], a.aborted...)
	return true
}

// pollRequest is a fetch of many partitions of one leader.
type pollRequest struct {
	clientID string
	entries  []*pollEntry
	maxWait  time.Duration
	answers  []partAnswer // by entry; they alias the body
	fetch    fetchRequest // its leader, version, buffers and memory
}

// partAnswer is what came for one partition.
type partAnswer struct {
	there     bool
	code      int16
	highWater int64
	stable    int64 // the last stable offset: readers of committed data see what is before it
	aborted   []abortedTxn
	records   []byte
}

func (r *pollRequest) ApiKey() protocol.ApiKey { return protocol.Fetch }

func (r *pollRequest) Broker(c protocol.Cluster) (protocol.Broker, error) { return r.fetch.Broker(c) }

func (r *pollRequest) Required(versions map[protocol.ApiKey]int16) bool {
	return r.fetch.Required(versions)
}

func (r *pollRequest) exchange(rw io.ReadWriter) error {
	if r.fetch.version < 4 {
		return errVersion
	}
	if _, err := rw.Write(r.encode()); err != nil {
		return err
	}
	n, err := readHeader(rw, r.fetch.head[:])
	if err != nil {
		return err
	}
	if err := r.fetch.reserve(rw, n); err != nil {
		return err
	}
	if _, err := io.ReadFull(rw, r.fetch.body); err != nil {
		return err
	}
	return r.decode()
}

func (r *pollRequest) encode() []byte {
	p := r.fetch.appendHead(nil, r.clientID, r.maxWait, 1)
	topics := make(map[string][]*pollEntry)
	for _, e := range r.entries {
		topics[e.p.plan.source] = append(topics[e.p.plan.source], e)
	}
	p = be.AppendUint32(p, uint32(len(topics)))
	for topic, entries := range topics {
		p = appendString(p, topic)
		p = be.AppendUint32(p, uint32(len(entries)))
		for _, e := range entries {
			p = r.fetch.appendPart(p, e.p.partition, e.offset, pollBytes)
		}
	}
	return r.fetch.appendTail(p)
}

func (r *pollRequest) decode() error {
	at := make(map[outPartition]int, len(r.entries))
	for i, e := range r.entries {
		at[outPartition{e.p.plan.source, e.p.partition}] = i
	}
	r.answers = make([]partAnswer, len(r.entries))
	in := reader{p: r.fetch.body}
	if r.fetch.code = r.fetch.decodeHead(&in); r.fetch.code != 0 {
		return nil
	}
	for topics := in.array(); topics > 0 && !in.bad; topics-- {
		topic := string(in.str())
		for parts := in.array(); parts > 0 && !in.bad; parts-- {
			partition := in.int32()
			a := r.fetch.decodePart(&in)
			if i, asked := at[outPartition{topic, partition}]; asked && !in.bad {
				a.there = true
				r.answers[i] = a
			}
		}
	}
	if in.bad {
		return errProtocol
	}
	return nil
}
