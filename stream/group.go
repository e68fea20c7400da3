package stream

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/segmentio/kafka-go"
)

// joinBackoff is the pause after a failed attempt to join.
const joinBackoff = 500 * time.Millisecond

// membership is one membership in the consumer group, for a fixed list of
// topics: kafka.ConsumerGroup cannot change its subscription. A new list takes
// a new membership, which costs the group two rebalances (one for the leaving,
// one for the joining); a topic that only grew costs one.
type membership struct {
	p   *Proxy
	sub *subscription
	cg  *kafka.ConsumerGroup
}

func (p *Proxy) join(sub *subscription) (*membership, error) {
	cg, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: p.cfg.Group, Brokers: p.cfg.Brokers, Dialer: p.conn.dialer, Topics: sub.topics(),
		GroupBalancers:    []kafka.GroupBalancer{balancer{}, kafka.RangeGroupBalancer{}},
		HeartbeatInterval: p.cfg.Heartbeat, SessionTimeout: p.cfg.Session, RebalanceTimeout: p.cfg.Rebalance,
		JoinGroupBackoff: joinBackoff, StartOffset: p.cfg.Start.offset(), Timeout: p.cfg.RequestTimeout,
	})
	if err != nil {
		return nil, err
	}
	return &membership{p, sub, cg}, nil
}

// run starts the pipelines of one generation after the other until ctx ends.
// regrown is signaled when partitions were added.
func (m *membership) run(ctx context.Context, regrown <-chan *subscription) {
	for {
		gen, err := m.cg.Next(ctx)
		switch {
		case err == nil:
			m.start(gen, regrown)
		case ctx.Err() != nil, errors.Is(err, kafka.ErrGroupClosed):
			return
		default:
			m.p.joinFailed(err)
		}
	}
}

// start runs the pipelines of a generation. All are functions of it: the
// group waits for them before it gives the partitions to somebody else.
func (m *membership) start(gen *kafka.Generation, regrown <-chan *subscription) {
	p := m.p
	p.cfg.Metrics.Rebalanced()
	c := &committer{cluster: p.shared.cluster, gen: gen, metrics: p.cfg.Metrics, dry: p.cfg.DryRun}
	n := 0
	for topic, partitions := range gen.Assignments {
		plan := m.sub.plans[topic]
		for _, a := range partitions {
			pl := newPipeline(p.shared, plan, int32(a.ID), c)
			c.working.Add(1)
			gen.Start(func(ctx context.Context) { pl.run(ctx, a.Offset) })
			n++
		}
	}
	p.drained.Add(1)
	gen.Start(func(ctx context.Context) {
		defer p.drained.Done()
		c.run(ctx)
	})
	gen.Start(func(ctx context.Context) {
		select {
		case sub := <-regrown:
			m.sub = sub // read again only after the generation has ended
		case <-ctx.Done():
		}
	})
	p.joined(gen.ID, n)
	p.log.Info("joined the group", slog.Int("generation", int(gen.ID)), slog.Int("partitions", n))
}

// close leaves the group, after the pipelines have drained and their offsets
// are committed.
func (m *membership) close() { _ = m.cg.Close() }
