package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// chaos draws faults from the seed, one after the other.
type chaos struct {
	crew   *crew
	broker broker
	rng    *rand.Rand
	every  time.Duration

	mu     sync.Mutex // guards counts
	counts map[string]int
	whole  sync.Mutex // held by a fault of which there is one at a time: of the cluster
}

// run lets something go wrong at intervals until ctx ends, and returns when
// everything that went wrong is right again.
func (c *chaos) run(ctx context.Context) {
	faults := append(c.onMembers(), c.onNetwork()...)
	for _, f := range c.broker.faults() {
		faults = append(faults, fault{f.name, f.weight, func(ctx context.Context, rng *rand.Rand) error {
			c.whole.Lock()
			defer c.whole.Unlock()
			if ctx.Err() != nil {
				return nil // the chaos is over since it waited
			}
			c.crew.diary.note("%s, after it waited for others", f.name)
			err := f.do(ctx, rng)
			c.crew.book.await(f.name, time.Now())
			return err
		}})
	}
	if only := c.crew.o.only; only != "" {
		names := strings.Split(only, ",")
		faults = slices.DeleteFunc(faults, func(f fault) bool { return !slices.Contains(names, f.name) })
	}
	total := 0
	for _, f := range faults {
		total += f.weight
	}
	var under sync.WaitGroup
	defer under.Wait()
	for total > 0 {
		pause(ctx, time.Duration(float64(c.every)*(0.5+c.rng.Float64())))
		if ctx.Err() != nil {
			return
		}
		draw := c.rng.IntN(total)
		i := 0
		for ; draw >= faults[i].weight; i++ {
			draw -= faults[i].weight
		}
		f, rng := faults[i], rand.New(rand.NewPCG(c.rng.Uint64(), 'f'))
		c.count(f.name)
		under.Go(func() {
			c.crew.diary.note("%s", f.name)
			if err := f.do(ctx, rng); err != nil {
				fmt.Fprintf(os.Stderr, "chaos: %s: %v\n", f.name, err)
			}
			c.crew.diary.note("%s is over", f.name)
		})
	}
}

func (c *chaos) count(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[name]++
}

// victim draws one of the slots that faults may hit; nil for none. On kfake it
// is a member of the group: one that dies while it joins stays a member there
// until the rebalance times out, however short its session (Apache Kafka lets
// it go with the session), and a group that always waits for the dead does
// nothing that could go wrong.
func (c *chaos) victim(rng *rand.Rand) *member {
	c.crew.mu.Lock()
	defer c.crew.mu.Unlock()
	var all []*member
	for _, m := range c.crew.slots {
		m.mu.Lock()
		if !m.spared && (m.joined || c.crew.o.broker != "kfake") {
			all = append(all, m)
		}
		m.mu.Unlock()
	}
	if len(all) == 0 {
		return nil
	}
	return all[rng.IntN(len(all))]
}

func (c *chaos) onMembers() []fault {
	faults := []fault{
		{"kill -9", 3, func(_ context.Context, rng *rand.Rand) error {
			if m := c.victim(rng); m != nil {
				m.signal("kill", syscall.SIGKILL)
			}
			return nil
		}},
		{"SIGTERM", 3, func(_ context.Context, rng *rand.Rand) error {
			if m := c.victim(rng); m != nil {
				m.signal("term", syscall.SIGTERM)
			}
			return nil
		}},
		{"zombie", 1, func(_ context.Context, rng *rand.Rand) error {
			m := c.victim(rng)
			if m == nil {
				return nil
			}
			m.mu.Lock()
			cmd := m.cmd
			m.mu.Unlock()
			if cmd == nil || !m.signal("", syscall.SIGSTOP) {
				return nil
			}
			c.crew.mu.Lock()
			c.crew.frozen++
			c.crew.mu.Unlock()
			c.crew.book.await("zombie", time.Now())
			time.Sleep(c.crew.o.freeze())
			_ = cmd.Process.Signal(syscall.SIGCONT)
			return nil
		}},
		{"guest", 1, func(ctx context.Context, rng *rand.Rand) error {
			m := c.crew.hire(rng)
			go func() { _ = m.run(ctx) }()
			pause(ctx, time.Duration(1+rng.IntN(4))*time.Second)
			m.halt(30 * time.Second)
			c.crew.dismiss(m)
			return nil
		}},
	}
	if c.crew.book.exactly {
		faults = append(faults, fault{"hijack", 1, c.hijack})
	}
	return faults
}

// hire opens another slot.
func (c *crew) hire(rng *rand.Rand) *member {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := &member{crew: c, slot: len(c.slots), rng: rng}
	for slices.ContainsFunc(c.slots, func(o *member) bool { return o.slot == m.slot }) {
		m.slot++
	}
	c.slots = append(c.slots, m)
	return m
}

func (c *crew) dismiss(m *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slots = slices.DeleteFunc(c.slots, func(o *member) bool { return o == m })
}

func (c *chaos) onNetwork() []fault {
	some := func(rng *rand.Rand) []*relay {
		all := c.broker.relays()
		if rng.IntN(3) == 0 {
			return all
		}
		i := rng.IntN(len(all))
		return all[i : i+1]
	}
	// during breaks the network of some brokers for a while.
	during := func(most time.Duration, how func(r *relay, rng *rand.Rand)) func(context.Context, *rand.Rand) error {
		return func(ctx context.Context, rng *rand.Rand) error {
			hit := some(rng)
			for _, r := range hit {
				how(r, rng)
			}
			pause(ctx, time.Duration(rng.Int64N(int64(most))))
			for _, r := range hit {
				r.heal()
			}
			c.crew.book.await("network", time.Now())
			return nil
		}
	}
	return []fault{
		{"hang-up", 2, during(time.Millisecond, func(r *relay, _ *rand.Rand) { r.hangUp() })},
		{"slow", 1, during(3*time.Second, func(r *relay, rng *rand.Rand) { r.delay.Store(int64(50+rng.IntN(450)) * int64(time.Millisecond)) })},
		{"deaf", 1, during(4*time.Second, func(r *relay, rng *rand.Rand) { r.hole[rng.IntN(2)].Store(true) })},
		{"partition", 1, during(3*time.Second, func(r *relay, _ *rand.Rand) {
			r.gone.Store(true)
			r.hangUp()
		})},
		{"straggler", 2, c.straggle},
	}
}

// hijack takes the transactional id of a partition from its owner, writes into
// an output under it, and leaves the transaction open: the owner must notice,
// and nobody may ever read what was written.
func (c *chaos) hijack(ctx context.Context, rng *rand.Rand) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	partition := rng.IntN(len(c.crew.book.parts))
	id := c.crew.o.transactionalID(partition)
	k, err := kgo.NewClient(append(c.broker.client(), kgo.TransactionalID(id), kgo.TransactionTimeout(5*time.Second), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		return err
	}
	defer k.Close()
	if err := k.BeginTransaction(); err != nil {
		return err
	}
	_ = k.ProduceSync(ctx, &kgo.Record{Topic: outputs[rng.IntN(len(outputs))], Partition: int32(partition), Value: never(rng.IntN(1000))})
	c.crew.book.await("hijack", time.Now())
	return nil // the client goes away, its transaction stays
}

// watchCommits asks for the group's offsets until ctx ends: what comes again is
// held against what was committed long before.
func watchCommits(ctx context.Context, k *kgo.Client, b *book) {
	for ctx.Err() == nil {
		if offsets := committed(ctx, k, len(b.parts)); offsets != nil {
			b.commit(offsets)
		}
		pause(ctx, 500*time.Millisecond)
	}
}

// committed are the group's offsets, -1 where it has none; nil while nobody can
// say.
func committed(ctx context.Context, k *kgo.Client, partitions int) []int64 {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Group = groupName
	topic := kmsg.NewOffsetFetchRequestTopic()
	topic.Topic = topicSource
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = groupName
	grouped := kmsg.NewOffsetFetchRequestGroupTopic()
	grouped.Topic = topicSource
	for p := range int32(partitions) {
		topic.Partitions, grouped.Partitions = append(topic.Partitions, p), append(grouped.Partitions, p)
	}
	req.Topics, group.Topics = append(req.Topics, topic), append(group.Topics, grouped)
	req.Groups = append(req.Groups, group)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	resp, err := req.RequestWith(ctx, k)
	if err != nil || resp.ErrorCode != 0 {
		return nil
	}
	offsets := make([]int64, partitions)
	found := 0
	note := func(partition int32, offset int64, code int16) {
		if code == 0 && int(partition) < partitions {
			offsets[partition] = offset
			found++
		}
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			note(p.Partition, p.Offset, p.ErrorCode)
		}
	}
	for _, g := range resp.Groups {
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				note(p.Partition, p.Offset, p.ErrorCode)
			}
		}
	}
	if found != partitions {
		return nil
	}
	return offsets
}
