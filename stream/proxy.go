package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy reads, redacts and writes for as long as Run runs.
type Proxy struct {
	cfg    *Config
	conn   *connection
	shared *shared
	log    *slog.Logger

	reshaped chan struct{} // a ruleset of another shape is in force

	started atomic.Bool // the topics have been seen

	mu         sync.Mutex // guards what follows
	generation int32      // 0: not in the group
	problems   []string   // topics that cannot be read or written
	joinError  string     // of the last attempt, when it failed
	joinTries  int        // since the last success
	joinSaid   time.Time  // when that was logged last
	joinLevel  slog.Level // and how
}

// New checks the configuration and reads the files that it names. It does not
// speak to Kafka.
func New(cfg Config) (*Proxy, error) {
	cfg.setDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if cfg.Holds == nil {
		cfg.Holds = NewHolds(cfg.Metrics)
	}
	codec, _ := parseCompression(cfg.Batch.Compression)
	conn, err := newConnection(&cfg)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		reshaped: make(chan struct{}, 1),
		cfg:      &cfg, conn: conn, log: cfg.Logger,
		shared: &shared{
			cfg: &cfg, cluster: newCluster(conn.transport, &cfg), memory: newBudget(cfg.Memory),
			slabs: new(slabs), batches: new(batches), deflaters: new(deflaters),
			compression: codec, books: newBooks(cfg.Routes), live: newLive(), throttles: newThrottles(cfg.Throttle),
		},
	}
	p.shared.poller = newPoller(p.shared)
	p.shared.rules.Store(&ruleset{routes: cfg.Routes, policy: cfg.Policy})
	return p, nil
}

// ErrDrain says that something was still under way when the time to drain was
// over. It is not lost: its offsets were not committed, and whoever gets the
// partitions processes it again.
var ErrDrain = errors.New("the time to drain was over before everything had arrived; the rest will be processed again")

// Run works until ctx ends. It then stops fetching, sees through what is under
// way for as long as Config.Drain allows, commits, leaves the group, and
// returns nil, or ErrDrain. The error is a *ConnectError when Kafka cannot be
// spoken to and a *TopicError when topics are not as configured, both at the
// start only: later on, trouble is waited out.
//
// A Proxy runs once.
func (p *Proxy) Run(ctx context.Context) error {
	defer p.conn.transport.CloseIdleConnections()
	p.shared.stopping = ctx.Done()
	if err := p.shared.cluster.probe(ctx, p.cfg); err != nil {
		return ignoreEnd(ctx, err)
	}
	sub, err := p.firstLook(ctx)
	if err != nil {
		return ignoreEnd(ctx, err)
	}
	p.started.Store(true)
	for ctx.Err() == nil {
		if sub, err = p.serve(ctx, sub); err != nil {
			return err
		}
	}
	if p.shared.undrained.Load() {
		return ErrDrain
	}
	return nil
}

// firstLook subscribes at the start, where a problem with topics is a mistake
// that is best told at once. What the cluster cannot tell yet is waited for, as
// long as for any request; topics that no broker knows for TopicWait: a new one
// is known to its controller first and to the other brokers a moment later.
func (p *Proxy) firstLook(ctx context.Context) (*subscription, error) {
	begun := time.Now()
	deadline, appear := begun.Add(p.cfg.RequestTimeout), begun.Add(p.cfg.TopicWait)
	said := false
	for n := 1; ; n++ {
		sub, err := p.look(ctx)
		switch {
		case err == nil && sub.mayAppear() && time.Now().Before(appear):
			if !said {
				said = true
				p.log.Warn("topics are not known to the brokers; waiting for them, as they may be new",
					slog.String("problem", sub.problem().Error()), slog.Duration("at_most", p.cfg.TopicWait))
			}
			if !wait(ctx, min(backoff(classRetry, n), time.Until(appear))) {
				return nil, ctx.Err()
			}
		case err == nil:
			return sub, sub.problem()
		case time.Now().After(deadline) || !wait(ctx, backoff(classRetry, n)):
			// The probe was answered and this is not: a broker that has just
			// started, or has too much to do. Whoever runs us may try again.
			return nil, unreachable(err, p.cfg)
		}
	}
}

// ignoreEnd makes an error nil that only says that ctx has ended.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// serve is a member of the group for one list of topics. It returns the next
// list.
func (p *Proxy) serve(ctx context.Context, sub *subscription) (*subscription, error) {
	if len(sub.plans) == 0 {
		p.log.Warn("no topic matches a route yet")
		next, _ := p.watch(ctx, sub, nil)
		return next, nil
	}
	m := p.join(sub)
	member, leave := context.WithCancel(ctx)
	defer leave()
	renewed, left := make(chan *subscription), make(chan struct{})
	go func() {
		m.run(member, renewed)
		close(left)
	}()
	next, err := p.watch(ctx, sub, renewed)
	leave()
	if ctx.Err() == nil || p.drains(m) {
		<-left
	}
	p.left()
	return next, err
}

// drains waits until the pipelines have ended and their offsets are committed.
// It reports false when they do not: what hangs ends with the process.
func (p *Proxy) drains(m *membership) bool {
	late := time.NewTimer(p.cfg.Drain + lastCommit)
	defer late.Stop()
	select {
	case <-m.drained:
		return true
	case <-late.C:
		p.shared.undrained.Store(true)
		return false
	}
}

// secondLook is when to look again at a topic that is not to be seen any more.
// Leaving the group stops every partition for a while; a broker that has just
// come up may know less than there is.
const secondLook = time.Second

// watch looks at the topics from time to time. It tells the membership when
// other topics are to be read than those of sub, or more of them. It returns
// the new subscription when another membership must begin: there is nothing to
// read any more, or there was nothing, or another policy is in force.
func (p *Proxy) watch(ctx context.Context, sub *subscription, renewed chan<- *subscription) (*subscription, error) {
	pause, looks := p.cfg.Refresh, 0
	for p.pause(ctx, pause) {
		pause = p.cfg.Refresh
		next, err := p.look(ctx)
		if err != nil {
			p.log.Warn("topics could not be listed; trying again", slog.Any("error", err))
			continue
		}
		if next.shape != sub.shape {
			p.show(next.problems)
			return next, nil
		}
		if looks++; !sub.lost(next) {
			looks = 0
		} else if looks == 1 {
			pause = min(pause, secondLook)
			continue
		}
		p.show(next.problems)
		switch {
		case next.sameShape(sub):
			continue
		case next.sameTopics(sub):
			p.log.Info("topics have grown; joining the group again")
		default:
			p.log.Info("the list of source topics has changed", slog.Any("topics", next.topics()))
		}
		if renewed == nil || len(next.plans) == 0 {
			return next, nil
		}
		select {
		case renewed <- next:
			sub = next
		case <-ctx.Done():
		}
	}
	return sub, nil
}

// show keeps the problems with topics for the status page, and logs new ones.
func (p *Proxy) show(problems []string) {
	p.mu.Lock()
	known := p.problems
	p.problems = problems
	p.mu.Unlock()
	for _, s := range problems {
		if !slices.Contains(known, s) {
			p.log.Error("a topic is not read", slog.String("problem", s))
		}
	}
}

func (p *Proxy) joined(generation int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation, p.joinError = generation, ""
	p.joinSaid, p.joinTries, p.joinLevel = time.Time{}, 0, slog.LevelDebug
}

func (p *Proxy) left() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation = 0
}

// joinFailed notes that the group could not be joined; it is tried again.
func (p *Proxy) joinFailed(err error) {
	cl, _ := classifyError(err)
	level := slog.LevelWarn
	switch cl {
	case classStalled:
		level = slog.LevelError
	case classFenced: // somebody else joins as well: part of every rebalance
		level = slog.LevelDebug
	}
	now := time.Now()
	p.mu.Lock()
	p.generation, p.joinError = 0, err.Error()
	p.joinTries++
	tries, say := p.joinTries, level > p.joinLevel || now.Sub(p.joinSaid) > joinSilence
	if say {
		p.joinSaid, p.joinLevel = now, level
	}
	p.mu.Unlock()
	if say {
		p.log.Log(context.Background(), level, "the group cannot be joined; trying again", slog.Any("error", err), slog.Int("attempts", tries))
	}
}

// joinSilence is how long a group that cannot be joined is not worth another
// line: it is tried once a second or so. What is worse than before is said at once.
const joinSilence = 30 * time.Second

// PartitionStatus is one assigned partition.
type PartitionStatus struct {
	Topic     string
	Partition int
	State     PartitionState
	Why       string // when it is stalled or stopped
	Next      int64  // offset to be fetched
	Acked     int64  // everything before it has arrived at all recipients
	Lag       int64  // records between Next and the end
}

// RecipientStatus is the book of one recipient since the start:
// Routed = Produced + Filtered + Failed + Revoked, and what is in flight.
type RecipientStatus struct {
	Profile  string
	Routed   int64
	Produced int64 // acknowledged
	Filtered int64
	Failed   int64 // quarantined, dropped, or the reason that a partition stopped
	Held     Hold  // why its records are held back; 0: they are not
	Revoked  int64 // not acknowledged when the partition went to another member, which processes them again
}

// Snapshot is what a proxy does at one moment.
type Snapshot struct {
	At          time.Time
	Generation  int // of the group; 0 when not in it
	Partitions  []PartitionStatus
	Recipients  []RecipientStatus
	MemoryUsed  int64    // of Config.Memory
	MemoryWaits int      // fetches that wait for memory
	OutOfRange  int64    // times that the next offset was not in the log any more
	Problems    []string // topics that are not read, and why
}

// Snapshot returns what the proxy does now.
func (p *Proxy) Snapshot() Snapshot {
	s := Snapshot{At: time.Now(), OutOfRange: p.shared.outOfRange.Load()}
	s.MemoryUsed, s.MemoryWaits = p.shared.memory.inUse()
	p.mu.Lock()
	s.Generation, s.Problems = int(p.generation), p.problems
	p.mu.Unlock()
	for _, pl := range p.shared.live.all() {
		st := PartitionStatus{
			Topic: pl.plan.source, Partition: int(pl.partition), State: pl.status.get(),
			Next: pl.status.next.Load(), Acked: pl.status.acked.Load(),
		}
		st.Lag = max(pl.status.highWater.Load()-st.Next, 0)
		if why := pl.status.why.Load(); why != nil {
			st.Why = *why
		}
		s.Partitions = append(s.Partitions, st)
	}
	s.Recipients = p.shared.books.snapshot()
	for i := range s.Recipients {
		s.Recipients[i].Held = p.cfg.Holds.Of(s.Recipients[i].Profile)
	}
	return s
}

// Started reports whether Kafka has been spoken to and the topics were found in
// order: from then on Live and Ready say how it goes.
func (p *Proxy) Started() bool { return p.started.Load() }

// Ready reports whether the proxy does its work: it is in the group, knows the
// output topics, and none of its partitions is stalled or stopped. why is for
// the probe's answer.
func (p *Proxy) Ready() (ok bool, why string) {
	s := p.Snapshot()
	p.mu.Lock()
	joinError := p.joinError
	p.mu.Unlock()
	switch {
	case len(s.Problems) > 0:
		return false, s.Problems[0]
	case joinError != "":
		return false, "the group cannot be joined: " + joinError
	case s.Generation == 0:
		return false, "not in the group yet"
	}
	for i := range s.Partitions {
		st := &s.Partitions[i]
		switch st.State {
		case PartitionStarting:
			return false, "a partition is starting"
		case PartitionStalled, PartitionStopped:
			return false, "a partition is " + st.State.String() + ": " + st.Why
		}
	}
	return true, ""
}

// longestWork is how long a worker may be at one cut before it counts as hung:
// a cut is a megabyte or so for each recipient, and takes milliseconds. The
// work waits for nobody, so that Kafka being away is not taken for it.
const longestWork = time.Minute

// Live reports whether the proxy makes progress. When it does not, only a
// restart helps.
func (p *Proxy) Live() (ok bool, why string) { return p.liveAt(time.Now()) }

func (p *Proxy) liveAt(now time.Time) (ok bool, why string) {
	for _, pl := range p.shared.live.all() {
		if begun := pl.status.begun.Load(); begun != 0 && now.UnixNano()-begun > int64(longestWork) {
			return false, fmt.Sprintf("the worker of %s/%d hangs", pl.plan.source, pl.partition)
		}
	}
	return true, ""
}
