package stream

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// PartitionState says what an assigned partition does.
type PartitionState uint8

const (
	PartitionStarting PartitionState = iota // looks for its offset
	PartitionRunning
	PartitionStalled // an output or the source has refused for longer than Config.DeliveryTimeout; it goes on trying
	PartitionStopped // waits for an operator
)

// String returns the state as the status page shows it.
func (s PartitionState) String() string {
	return [...]string{"starting", "running", "stalled", "stopped"}[s]
}

// status is what others may see of a pipeline while it runs.
type status struct {
	state     atomic.Uint32
	next      atomic.Int64 // to be fetched
	highWater atomic.Int64 // end of the partition when it was last fetched
	acked     atomic.Int64 // everything before it has arrived
	begun     atomic.Int64 // when the work on a cut began, in nanoseconds since 1970; 0 while there is none
	why       atomic.Pointer[string]
}

func (s *status) set(state PartitionState) { s.state.Store(uint32(state)) }

func (s *status) get() PartitionState { return PartitionState(s.state.Load()) }

// stage is a part of a pipeline that waits for a broker.
type stage int

const (
	stageStart stage = iota
	stageFetch
	stageCommit  // transactions; plain commits are the committer's
	stageProduce // to the first recipient; the others and the quarantine follow
)

// stageName says what a stage does, for people.
func (p *pipeline) stageName(s stage) string {
	switch i := int(s - stageProduce); {
	case s == stageStart:
		return "start"
	case s == stageFetch:
		return "fetch from " + p.plan.source
	case s == stageCommit:
		return "transaction"
	case i < len(p.plan.outputs):
		return "produce to " + p.plan.outputs[i].topic
	}
	return "produce to " + p.cfg.Quarantine
}

// patience remembers since when the stages of a pipeline have had no success.
type patience struct {
	failing atomic.Bool // any of them: what the good path looks at
	mu      sync.Mutex  // guards the rest, and changes of the state that is shown
	since   []time.Time
	stalled []bool
}

func newPatience(outputs int) *patience {
	n := int(stageProduce) + outputs + 1
	return &patience{since: make([]time.Time, n), stalled: make([]bool, n)}
}

// struggle notes that a stage failed for the n-th time in a row. The first
// failure is not worth more than a debug message: leaders move. When it goes
// on, or when only an operator can help, the partition is stalled, and that is
// said once.
func (p *pipeline) struggle(s stage, cl class, err error, n int) {
	pa := p.patience
	pa.mu.Lock()
	defer pa.mu.Unlock()
	pa.failing.Store(true)
	now := time.Now()
	if pa.since[s].IsZero() {
		pa.since[s] = now
		p.log.Debug("retrying", slog.String("stage", p.stageName(s)), slog.Any("error", err))
	}
	if pa.stalled[s] || (cl != classStalled && now.Sub(pa.since[s]) < p.cfg.DeliveryTimeout) {
		return
	}
	pa.stalled[s] = true
	p.log.Error("the partition is stalled; nothing is skipped", slog.String("stage", p.stageName(s)), slog.Any("error", err), slog.Int("attempts", n))
	p.hold(PartitionStalled, p.stageName(s)+": "+err.Error())
}

// recovered notes that a stage has succeeded.
func (p *pipeline) recovered(s stage) {
	pa := p.patience
	if !pa.failing.Load() {
		return
	}
	pa.mu.Lock()
	defer pa.mu.Unlock()
	if pa.since[s].IsZero() {
		return
	}
	after := time.Since(pa.since[s])
	pa.since[s] = time.Time{}
	if pa.stalled[s] {
		pa.stalled[s] = false
		p.log.Info("the partition goes on", slog.String("stage", p.stageName(s)), slog.Duration("after", after))
	}
	failing, stalled := false, false
	for i := range pa.since {
		failing = failing || !pa.since[i].IsZero()
		stalled = stalled || pa.stalled[i]
	}
	pa.failing.Store(failing)
	if !stalled && p.status.get() == PartitionStalled {
		p.resume()
	}
}

// halt says that the partition waits for an operator.
func (p *pipeline) halt(why string, where slog.Attr) {
	p.log.LogAttrs(context.Background(), slog.LevelError, "the partition stops: "+why, where)
	p.patience.mu.Lock()
	defer p.patience.mu.Unlock()
	p.hold(PartitionStopped, why)
}

// started shows the partition as running. One that was stalled when it lost
// its transaction is so until the stage in question succeeds.
func (p *pipeline) started() {
	p.patience.mu.Lock()
	defer p.patience.mu.Unlock()
	if p.status.get() != PartitionStalled {
		p.resume()
	}
}

// finished ends what the partition shows.
func (p *pipeline) finished() {
	p.patience.mu.Lock()
	defer p.patience.mu.Unlock()
	p.resume()
}

// hold shows the partition as halted, and why. The caller has the lock.
func (p *pipeline) hold(state PartitionState, why string) {
	if s := p.status.get(); s != PartitionStalled && s != PartitionStopped {
		p.topic.Stopped(true)
	}
	p.status.why.Store(&why)
	p.status.set(state)
}

// resume shows the partition as running again. The caller has the lock.
func (p *pipeline) resume() {
	if s := p.status.get(); s == PartitionStalled || s == PartitionStopped {
		p.topic.Stopped(false)
	}
	p.status.why.Store(nil)
	p.status.set(PartitionRunning)
}

// progress shows how far the partition has been read.
func (p *pipeline) progress(next, highWater int64) {
	p.status.next.Store(next)
	p.status.highWater.Store(highWater)
	p.topic.Lag(int(p.partition), highWater-next)
}

// resolve asks where a partition begins or ends, until there is an answer.
func (p *pipeline) resolve(ctx context.Context, at int64) (offset int64, ok bool) {
	ok = p.persist(ctx, func() (code int16, err error) {
		offset, code, err = p.cluster.offsetAt(ctx, p.plan.source, p.partition, at, readCommitted)
		return code, err
	})
	return offset, ok
}

// newProducer takes a producer id.
func (p *pipeline) newProducer(ctx context.Context) (pid producerID, ok bool) {
	ok = p.persist(ctx, func() (code int16, err error) {
		pid, code, err = p.cluster.newProducerID(ctx)
		return code, err
	})
	return pid, ok
}

// renew gives an outlet a new producer id, and with it a new sequence.
func (p *pipeline) renew(ctx context.Context, o *outlet) bool {
	pid, ok := p.newProducer(ctx)
	if ok {
		*o = outlet{pid: pid}
	}
	return ok
}

// leaving reports whether the generation has ended.
func (p *pipeline) leaving() bool {
	select {
	case <-p.quit:
		return true
	default:
		return false
	}
}

// persist calls f until it succeeds or ctx ends.
func (p *pipeline) persist(ctx context.Context, f func() (int16, error)) bool {
	return p.insist(ctx, stageStart, false, f) == nil
}

// insist calls f until it succeeds, which is nil, or ctx ends. With mayLose it
// also ends when we have lost what the request needs: the producer id, the
// transaction, or the membership.
func (p *pipeline) insist(ctx context.Context, s stage, mayLose bool, f func() (int16, error)) error {
	for n := 1; ; n++ {
		code, err := f()
		if err == nil {
			err = errorOf(code)
		}
		cl, _ := classifyError(err)
		if cl == classOK {
			p.recovered(s)
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if mayLose && lost(cl) {
			return &lostError{err}
		}
		p.struggle(s, cl, err, n)
		p.cluster.recover(ctx, cl, err)
		if !wait(ctx, backoff(cl, n)) {
			return context.Cause(ctx)
		}
	}
}

// live is the set of running pipelines.
type live struct {
	mu  sync.Mutex
	set map[*pipeline]struct{}
}

func newLive() *live { return &live{set: make(map[*pipeline]struct{})} }

func (l *live) add(p *pipeline) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set[p] = struct{}{}
}

// crowded reports whether there are too many for a request of each.
func (l *live) crowded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.set) >= crowd
}

func (l *live) remove(p *pipeline) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.set, p)
}

// all returns the pipelines by topic and partition.
func (l *live) all() []*pipeline {
	l.mu.Lock()
	defer l.mu.Unlock()
	ps := make([]*pipeline, 0, len(l.set))
	for p := range l.set {
		ps = append(ps, p)
	}
	slices.SortFunc(ps, func(a, b *pipeline) int {
		return cmp.Or(cmp.Compare(a.plan.source, b.plan.source), cmp.Compare(a.partition, b.partition))
	})
	return ps
}

// book is what one recipient has got, over all partitions and generations:
// routed = produced + filtered + failed + revoked, and what is in flight.
type book struct {
	routed, produced, filtered, failed, revoked atomic.Int64
}

// books holds the book of every profile, of all policies that were followed
// since the start.
type books struct {
	mu        sync.Mutex
	byProfile map[string]*book
}

func newBooks(routes []Route) *books {
	b := &books{byProfile: make(map[string]*book)}
	b.add(routes)
	return b
}

// add opens the books of profiles that have none.
func (b *books) add(routes []Route) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range routes {
		for _, t := range routes[i].To {
			if b.byProfile[t.Profile] == nil {
				b.byProfile[t.Profile] = new(book)
			}
		}
	}
}

// snapshot returns all books by the name of their profile.
func (b *books) snapshot() []RecipientStatus {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]RecipientStatus, 0, len(b.byProfile))
	for name, k := range b.byProfile {
		all = append(all, RecipientStatus{
			Profile: name, Routed: k.routed.Load(), Produced: k.produced.Load(), Filtered: k.filtered.Load(),
			Failed: k.failed.Load(), Revoked: k.revoked.Load(),
		})
	}
	slices.SortFunc(all, func(a, b RecipientStatus) int { return cmp.Compare(a.Profile, b.Profile) })
	return all
}

func (b *books) of(profile string) *book {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.byProfile[profile]
}
