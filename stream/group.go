package stream

import (
	"context"
	"log/slog"
	"sync"

	"github.com/segmentio/kafka-go"
)

// balancers are the ways to share partitions out that we know, the best first:
// the group takes one that all members know.
var balancers = []kafka.GroupBalancer{balancer{}, kafka.RangeGroupBalancer{}}

// membership is one membership in the consumer group. What it subscribes to may
// change, which costs the group one rebalance: it joins again under its id.
type membership struct {
	p       *Proxy
	sub     *subscription
	id      string        // "": the group does not know us
	drained chan struct{} // closed when the last pipelines have ended and their offsets are committed
}

func (p *Proxy) join(sub *subscription) *membership {
	return &membership{p: p, sub: sub, drained: make(chan struct{})}
}

// run works through one generation after the other until ctx ends; then it
// leaves the group. renewed has what is to be read from now on.
func (m *membership) run(ctx context.Context, renewed <-chan *subscription) {
	for n := 1; ctx.Err() == nil; n++ {
		select {
		case m.sub = <-renewed: // while there was no generation: perhaps because of what is not to be read any more
		default:
		}
		g, err := m.next(ctx)
		if err == nil {
			err = m.work(ctx, g, renewed)
		}
		switch {
		case err == nil:
			n = 0
		case ctx.Err() == nil:
			m.p.joinFailed(err)
			cl, _ := classifyError(err)
			m.p.shared.cluster.recover(ctx, cl, err)
			wait(ctx, backoff(cl, n))
		}
	}
	close(m.drained)
	m.leave()
}

// work runs the pipelines of a generation until it ends: when the group says
// so, when ctx ends, or when a part of it does, which has lost its partition.
// The error is that nobody could say where to begin.
func (m *membership) work(ctx context.Context, g *generation, renewed <-chan *subscription) error {
	p := m.p
	p.cfg.Metrics.Rebalanced()
	life, end := context.WithCancel(ctx)
	beating, still := context.WithCancel(context.WithoutCancel(ctx))
	var heart, parts sync.WaitGroup
	defer heart.Wait()
	defer still()
	defer parts.Wait()
	defer end()
	heart.Go(func() { m.beat(beating, g, end) })
	start := func(f func(context.Context)) {
		parts.Go(func() {
			defer end()
			f(life)
		})
	}
	plans := m.sub.plans
	start(func(ctx context.Context) {
		select {
		case sub := <-renewed:
			m.sub = sub // read again only after the generation has ended
		case <-ctx.Done():
		}
	})

	offsets, err := m.offsets(life, g)
	switch {
	case life.Err() != nil:
		return nil // the generation has ended, and with it the question
	case err != nil:
		return err
	}
	c := &committer{cluster: p.shared.cluster, who: g.member, metrics: p.cfg.Metrics, dry: p.cfg.DryRun}
	var pipelines []*pipeline
	for topic, partitions := range g.partitions {
		plan := plans[topic]
		if plan == nil {
			continue // of a leader that knows of more topics
		}
		for _, id := range partitions {
			pipelines = append(pipelines, newPipeline(p.shared, plan, id, c))
		}
	}
	p.joined(g.generation)
	p.log.Info("joined the group", slog.Int("generation", int(g.generation)), slog.Int("partitions", len(pipelines)))
	for _, pl := range pipelines {
		c.working.Add(1)
		start(func(ctx context.Context) { pl.run(ctx, offsets[outPartition{pl.plan.source, pl.partition}]) })
	}
	start(c.run)
	parts.Wait()
	return nil
}

// offsets finds where the partitions of a generation begin. In transactions
// each pipeline asks for itself, when its transactional id is its own.
func (m *membership) offsets(ctx context.Context, g *generation) (map[outPartition]int64, error) {
	cfg := m.p.cfg
	if cfg.Delivery == ExactlyOnce && !cfg.DryRun {
		return nil, nil
	}
	c := m.p.shared.cluster
	for n := 1; ; n++ {
		offsets, code, err := c.committed(ctx, g.member, g.partitions)
		if err == nil {
			err = errorOf(code)
		}
		cl, _ := classifyError(err)
		if cl == classOK {
			for at, offset := range offsets {
				if offset < 0 {
					offsets[at] = cfg.Start.offset()
				}
			}
			return offsets, nil
		}
		if ctx.Err() == nil {
			m.p.joinFailed(err)
		}
		c.recover(ctx, cl, err)
		if cl == classFenced || !wait(ctx, backoff(cl, n)) {
			return nil, err
		}
	}
}
