package main

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"redactor/internal/freeport"
)

// fakeBrokers is how many nodes the cluster has: leaders and coordinators have
// somewhere to move to.
const fakeBrokers = 3

// fakeCluster is kfake, on disk so that it can go away and come back.
type fakeCluster struct {
	dir       string
	addresses []string // where the nodes really listen
	net       []*relay
	errors    atomic.Int64 // in a thousand requests of the proxies, while there is chaos
	chance    *rand.Rand   // of the cluster's goroutine
	restarts  int
	session   time.Duration
	topics    []string

	// mu guards c. Whoever calls into the cluster holds it: one that is closed
	// does not answer.
	mu sync.RWMutex
	c  *kfake.Cluster
}

func newFakeCluster(o *options) (*fakeCluster, error) {
	f := &fakeCluster{dir: o.dir + "/kfake", chance: rand.New(rand.NewPCG(o.seed, 'e')), session: o.session}
	f.errors.Store(int64(o.errors))
	for range fakeBrokers {
		address, err := freeport.Address() // the node comes back to it when it is restarted
		if err != nil {
			return nil, err
		}
		f.addresses = append(f.addresses, address)
		r, err := newRelay("127.0.0.1:0", address)
		if err != nil {
			return nil, err
		}
		f.net = append(f.net, r)
	}
	return f, f.up()
}

// relayedListener is a node's socket that calls itself by its relay's address:
// that is where clients are told to go.
type relayedListener struct {
	net.Listener
	relay net.Addr
}

func (l relayedListener) Addr() net.Addr { return l.relay }

func (f *fakeCluster) up() error {
	node := -1
	c, err := kfake.NewCluster(kfake.NumBrokers(fakeBrokers), kfake.GroupMinSessionTimeout(100*time.Millisecond), kfake.DataDir(f.dir),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) {
			node++
			ln, err := net.Listen(network, f.addresses[node])
			return relayedListener{ln, f.net[node].ln.Addr()}, err
		}))
	if err != nil {
		return err
	}
	f.c = c
	f.inject()
	return nil
}

// inject makes the cluster answer a part of the proxies' requests with errors
// that a real one gives: before it did the work, after it, or while it moves.
func (f *fakeCluster) inject() {
	sometimes := func(r kmsg.Request) bool { return ofProxy(r) && f.chance.Int64N(1000) < f.errors.Load() }
	for _, e := range []struct {
		key kmsg.Key
		err *kerr.Error
	}{
		{kmsg.Produce, kerr.RequestTimedOut}, {kmsg.Produce, kerr.NotEnoughReplicasAfterAppend}, {kmsg.Produce, kerr.NotLeaderForPartition}, {kmsg.Produce, kerr.NotEnoughReplicas},
		{kmsg.Fetch, kerr.NotLeaderForPartition}, {kmsg.Fetch, kerr.UnknownServerError},
		{kmsg.OffsetCommit, kerr.CoordinatorLoadInProgress}, {kmsg.OffsetFetch, kerr.CoordinatorLoadInProgress},
		{kmsg.InitProducerID, kerr.CoordinatorLoadInProgress}, {kmsg.InitProducerID, kerr.ConcurrentTransactions},
		{kmsg.AddPartitionsToTxn, kerr.ConcurrentTransactions}, {kmsg.AddPartitionsToTxn, kerr.NotCoordinator},
		{kmsg.AddOffsetsToTxn, kerr.ConcurrentTransactions}, {kmsg.AddOffsetsToTxn, kerr.CoordinatorNotAvailable},
		{kmsg.TxnOffsetCommit, kerr.CoordinatorLoadInProgress}, {kmsg.TxnOffsetCommit, kerr.RequestTimedOut},
		{kmsg.EndTxn, kerr.ConcurrentTransactions}, {kmsg.EndTxn, kerr.NotCoordinator}, {kmsg.EndTxn, kerr.CoordinatorNotAvailable},
		{kmsg.ListOffsets, kerr.LeaderNotAvailable}, {kmsg.Metadata, kerr.LeaderNotAvailable},
	} {
		f.c.Fault(kfake.Fault{Keys: []kmsg.Key{e.key}, Err: e.err, Count: -1, When: sometimes})
	}
}

// ofProxy leaves the harness's own requests alone, as far as they can be told.
func ofProxy(r kmsg.Request) bool {
	own := func(id *string) bool { return id != nil && strings.HasPrefix(*id, "chaos-") }
	switch r := r.(type) {
	case *kmsg.ProduceRequest:
		return len(r.Topics) > 0 && r.Topics[0].Topic != topicSource
	case *kmsg.InitProducerIDRequest:
		return !own(r.TransactionalID)
	case *kmsg.AddPartitionsToTxnRequest:
		return !own(&r.TransactionalID)
	case *kmsg.EndTxnRequest:
		return !own(&r.TransactionalID)
	}
	return true
}

// use calls into the cluster while it is up.
func (f *fakeCluster) use(call func(c *kfake.Cluster)) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	call(f.c)
}

func (f *fakeCluster) client() []kgo.Opt { return direct(f.net) }

func (f *fakeCluster) bootstrap() (all []string) {
	for _, r := range f.net {
		all = append(all, r.address())
	}
	return all
}

func (f *fakeCluster) relays() []*relay { return f.net }

func (f *fakeCluster) create(_ context.Context, topic string, partitions int) (err error) {
	f.topics = append(f.topics, topic)
	f.use(func(c *kfake.Cluster) { err = c.CreateTopic(topic, int32(partitions), nil) })
	return err
}

func (f *fakeCluster) faults() []fault {
	return []fault{
		{"leader-moves", 3, func(_ context.Context, rng *rand.Rand) (err error) {
			for range 1 + rng.IntN(4) {
				topic := f.topics[rng.IntN(len(f.topics))]
				f.use(func(c *kfake.Cluster) {
					partitions := len(c.PartitionInfos(topic))
					err = c.MoveTopicPartition(topic, int32(rng.IntN(partitions)), int32(rng.IntN(fakeBrokers)))
				})
			}
			return err
		}},
		{"coordinator-moves", 2, func(context.Context, *rand.Rand) error {
			f.use((*kfake.Cluster).RehashCoordinators)
			return nil
		}},
		{"broker-restart", 1, f.restart},
	}
}

// restart takes all nodes away at once, and brings them back with their disks.
func (f *fakeCluster) restart(ctx context.Context, rng *rand.Rand) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.c.Close()
	f.restarts++
	pause(ctx, time.Duration(100+rng.IntN(1500))*time.Millisecond)
	for try := 0; ; try++ {
		err := f.up()
		if err == nil || try == 50 {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (f *fakeCluster) tend(ctx context.Context) { f.bury(ctx, f.session) }

func (f *fakeCluster) calm()       { f.errors.Store(0) }
func (f *fakeCluster) killed() int { return f.restarts }

func (f *fakeCluster) forget(topic string, partition int32, before int64) {
	if before > 0 {
		f.use(func(c *kfake.Cluster) { _ = c.DeleteRecords(topic, partition, before) })
	}
}

func (f *fakeCluster) close() {
	f.use((*kfake.Cluster).Close)
	for _, r := range f.net {
		r.close()
	}
}
