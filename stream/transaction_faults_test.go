package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Every error that a broker may answer the requests of a transaction with,
// some of them after it did the work. Whatever the class asks for, every
// record comes once, in order; leaves says which of them cost the membership,
// for the generation is not ours any more.
func TestTransactionErrors(t *testing.T) {
	const (
		stays  = false
		leaves = true
	)
	for _, c := range []struct {
		key    kmsg.Key
		err    *kerr.Error
		leaves bool
	}{
		// The transaction before is being finished; the coordinator is on its way.
		{kmsg.InitProducerID, kerr.ConcurrentTransactions, stays},
		{kmsg.AddPartitionsToTxn, kerr.ConcurrentTransactions, stays},
		{kmsg.AddOffsetsToTxn, kerr.ConcurrentTransactions, stays},
		{kmsg.EndTxn, kerr.ConcurrentTransactions, stays},
		{kmsg.InitProducerID, kerr.CoordinatorNotAvailable, stays},
		{kmsg.InitProducerID, kerr.CoordinatorLoadInProgress, stays},
		{kmsg.AddPartitionsToTxn, kerr.NotCoordinator, stays},
		{kmsg.AddOffsetsToTxn, kerr.CoordinatorNotAvailable, stays},
		{kmsg.TxnOffsetCommit, kerr.NotCoordinator, stays},
		{kmsg.TxnOffsetCommit, kerr.CoordinatorLoadInProgress, stays},
		{kmsg.EndTxn, kerr.NotCoordinator, stays},
		{kmsg.FindCoordinator, kerr.CoordinatorNotAvailable, stays},
		// After the append, the registration, the decision.
		{kmsg.Produce, kerr.RequestTimedOut, stays},
		{kmsg.Produce, kerr.NotEnoughReplicasAfterAppend, stays},
		{kmsg.TxnOffsetCommit, kerr.RequestTimedOut, stays},
		{kmsg.EndTxn, kerr.RequestTimedOut, stays},
		{kmsg.Produce, kerr.NotLeaderForPartition, stays},
		// The producer is not known any more, or not this one: taken anew, as
		// the group says that the partition is ours.
		{kmsg.Produce, kerr.UnknownProducerID, stays},
		{kmsg.Produce, kerr.OutOfOrderSequenceNumber, stays},
		{kmsg.Produce, kerr.InvalidProducerEpoch, stays},
		{kmsg.Produce, kerr.InvalidTxnState, stays},
		{kmsg.Produce, kerr.TransactionAbortable, stays},
		{kmsg.AddPartitionsToTxn, kerr.InvalidProducerIDMapping, stays},
		{kmsg.AddPartitionsToTxn, kerr.InvalidTxnState, stays},
		{kmsg.AddPartitionsToTxn, kerr.ProducerFenced, stays},
		{kmsg.AddOffsetsToTxn, kerr.InvalidProducerEpoch, stays},
		{kmsg.TxnOffsetCommit, kerr.ProducerFenced, stays},
		{kmsg.EndTxn, kerr.InvalidTxnState, stays},
		{kmsg.EndTxn, kerr.ProducerFenced, stays},
		// The generation has passed, it says; the group says that it has not.
		{kmsg.TxnOffsetCommit, kerr.IllegalGeneration, stays},
		{kmsg.TxnOffsetCommit, kerr.UnknownMemberID, stays},
		{kmsg.TxnOffsetCommit, kerr.RebalanceInProgress, stays},
		// The group itself says so.
		{kmsg.Heartbeat, kerr.UnknownMemberID, leaves},
		{kmsg.Heartbeat, kerr.IllegalGeneration, leaves},
	} {
		t.Run(c.key.Name()+" "+c.err.Message, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
			proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
			l.feed(2, 0, 100)
			if c.key == kmsg.InitProducerID || c.key == kmsg.FindCoordinator {
				proxy.end() // asked again only at the next start
			} else {
				proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 100 })
			}
			h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{c.key}, Err: c.err, Count: 2,
				When: func(r kmsg.Request) bool { return ours("out.a")(r) }})
			if c.key == kmsg.InitProducerID || c.key == kmsg.FindCoordinator {
				proxy = l.start(l.exactly(keepRoute(t, "in", "a")))
			}
			for i := range 4 {
				l.feed(2, 100+i*50, 50)
			}
			l.expect(2, 300)
			proxy.until("the end", func(s *Snapshot) bool {
				if c.leaves && s.Generation < 2 {
					return false
				}
				for _, p := range s.Partitions {
					if p.Acked < 150 {
						return false
					}
				}
				return len(s.Partitions) == 2
			})
			if h.Hits() == 0 {
				t.Error("the fault was never hit")
			}
			if g := proxy.Snapshot().Generation; (g > 1 && !c.leaves && c.key != kmsg.InitProducerID && c.key != kmsg.FindCoordinator) || (g == 1 && c.leaves) {
				t.Errorf("generation %d", g)
			}
			proxy.end()
			proxy.books()
			l.expect(2, 300)
		})
	}
}

// network is one proxy's way to the brokers. It can be frozen, as a process
// is by SIGSTOP, and cut, as one is by kill -9.
type network struct {
	mu     sync.Mutex
	thaw   chan struct{} // closed: not frozen
	cut    bool
	conns  map[net.Conn]bool
	frozen bool
}

func newNetwork() *network {
	n := &network{thaw: make(chan struct{}), conns: make(map[net.Conn]bool)}
	close(n.thaw)
	return n
}

func (n *network) wait() {
	n.mu.Lock()
	thaw := n.thaw
	n.mu.Unlock()
	<-thaw
}

func (n *network) freeze() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.frozen {
		n.thaw, n.frozen = make(chan struct{}), true
	}
}

func (n *network) unfreeze() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.frozen {
		close(n.thaw)
		n.frozen = false
	}
}

func (n *network) kill() {
	n.mu.Lock()
	n.cut = true
	n.mu.Unlock()
	n.drop()
}

// drop closes the connections that there are.
func (n *network) drop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		c.Close()
	}
}

func (n *network) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	n.wait()
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut {
		c.Close()
		return nil, errors.New("cut")
	}
	n.conns[c] = true
	return &frozenConn{c, n}, nil
}

type frozenConn struct {
	net.Conn
	n *network
}

func (c *frozenConn) Write(p []byte) (int, error) { c.n.wait(); return c.Conn.Write(p) }

func (c *frozenConn) Read(p []byte) (int, error) {
	c.n.wait()
	k, err := c.Conn.Read(p)
	c.n.wait()
	return k, err
}

func (c *frozenConn) Close() error {
	c.n.mu.Lock()
	delete(c.n.conns, c.Conn)
	c.n.mu.Unlock()
	return c.Conn.Close()
}

// startOn starts a proxy on a network of its own.
func (l *lab) startOn(n *network, cfg Config) *running {
	l.t.Helper()
	p, err := New(cfg)
	if err != nil {
		l.t.Fatal(err)
	}
	p.conn.transport.Dial = n.dial
	l.t.Cleanup(n.unfreeze)
	return l.run(p)
}

// A proxy is stopped in the middle of a transaction, loses its partitions, and
// comes back: what it had open is aborted, what it still sends is refused, and
// it works on as a new member.
func TestZombie(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Session, cfg.Heartbeat = 300*time.Millisecond, 50*time.Millisecond
	cfg.RequestTimeout = 20 * time.Second // the zombie's requests do not time out meanwhile
	zombieCfg := cfg
	zombieCfg.Metrics = newMetrics(cfg.Routes)
	zombieCfg.Transaction.Interval = 3 * time.Second // it stays open
	n := newNetwork()
	zombie := l.startOn(n, zombieCfg)
	l.feed(2, 0, 100)
	zombie.until("an open transaction", func(s *Snapshot) bool {
		return s.Recipients[0].Routed == 100 && l.open("out.a", 0) && l.open("out.a", 1)
	})
	n.freeze()
	heir := l.start(cfg)
	l.feed(2, 100, 100)
	heir.until("the partitions", func(s *Snapshot) bool { return s.Recipients[0].Produced == 200 })
	n.unfreeze()
	l.feed(2, 200, 100)
	zombie.until("its share", func(s *Snapshot) bool { return s.Generation > 1 && len(s.Partitions) == 1 })
	l.feed(2, 300, 100)
	l.expect(2, 400)
	zombie.end()
	heir.end()
	l.expect(2, 400)
	zombie.books()
	heir.books()
}

// open reports whether a partition has records of an open transaction.
func (l *lab) open(topic string, partition int32) bool {
	info := l.cluster.PartitionInfo(topic, partition)
	return info.HighWatermark > info.LastStableOffset
}

// progress waits until readers of a topic see more than they do, or for most.
func (l *lab) progress(topic string, most time.Duration) {
	seen := func() (n int64) {
		for _, p := range l.cluster.PartitionInfos(topic) {
			n += p.LastStableOffset
		}
		return n
	}
	late := time.After(most)
	for from := seen(); seen() < from+100; {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-late:
			return
		}
	}
}

// Members are killed, frozen, join and leave, leaders and coordinators move,
// and brokers answer with errors before and after the work: every record
// reaches every recipient once, and in order.
func TestExactlyOnceChaos(t *testing.T) {
	const partitions, perPartition, steps = 4, 3000, 24
	names := []string{"a", "b"}
	l := newLab(t, kfake.SeedTopics(partitions, "in", "out.a", "out.b", "quarantine"))
	chance := rand.New(rand.NewPCG(l.rng.Uint64(), 1)) // of the cluster's goroutine
	sometimes := func(r kmsg.Request) bool {
		if p, ok := r.(*kmsg.ProduceRequest); ok && p.TransactionID == nil {
			return false // the test's own
		}
		return chance.IntN(100) < 3
	}
	for _, f := range []struct {
		key kmsg.Key
		err *kerr.Error
	}{
		{kmsg.Produce, kerr.RequestTimedOut}, {kmsg.Produce, kerr.NotEnoughReplicasAfterAppend}, {kmsg.Produce, kerr.NotLeaderForPartition}, {kmsg.Produce, kerr.UnknownProducerID},
		{kmsg.AddPartitionsToTxn, kerr.ConcurrentTransactions}, {kmsg.AddPartitionsToTxn, kerr.NotCoordinator}, {kmsg.AddOffsetsToTxn, kerr.CoordinatorLoadInProgress},
		{kmsg.TxnOffsetCommit, kerr.RequestTimedOut}, {kmsg.TxnOffsetCommit, kerr.NotCoordinator}, {kmsg.TxnOffsetCommit, kerr.RebalanceInProgress},
		{kmsg.EndTxn, kerr.RequestTimedOut}, {kmsg.EndTxn, kerr.ConcurrentTransactions}, {kmsg.EndTxn, kerr.InvalidTxnState},
		{kmsg.InitProducerID, kerr.ConcurrentTransactions}, {kmsg.Fetch, kerr.NotLeaderForPartition}, {kmsg.OffsetFetch, kerr.CoordinatorLoadInProgress},
	} {
		l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{f.key}, Err: f.err, Count: -1, When: sometimes})
	}
	l.cluster.Control(func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		switch r := r.(type) {
		case *kmsg.ProduceRequest:
			if r.TransactionID == nil {
				return nil, nil, false
			}
		case *kmsg.EndTxnRequest, *kmsg.TxnOffsetCommitRequest, *kmsg.AddPartitionsToTxnRequest:
		default:
			return nil, nil, false
		}
		if chance.IntN(60) == 0 {
			return nil, errors.New("hang up"), true
		}
		return nil, nil, false
	})

	type instance struct {
		*running
		net *network
	}
	var all []instance
	start := func() instance {
		cfg := l.exactly(keepRoute(t, "in", names...))
		cfg.Fetch.Bytes = 8 << 10
		cfg.Session, cfg.Heartbeat = 500*time.Millisecond, 50*time.Millisecond
		cfg.RequestTimeout, cfg.Rebalance = 3*time.Second, time.Second
		cfg.Logger = cfg.Logger.With("instance", len(all))
		n := newNetwork()
		i := instance{l.startOn(n, cfg), n}
		all = append(all, i)
		return i
	}
	members := []instance{start(), start()}
	for step := range steps {
		var records []*kgo.Record
		for id := step * perPartition / steps; id < (step+1)*perPartition/steps; id++ {
			for p := range partitions {
				records = append(records, &kgo.Record{Topic: "in", Partition: int32(p), Value: fmt.Appendf(nil, "%d", id)})
			}
		}
		l.produce(records...)
		l.progress("out.a", 500*time.Millisecond)
		switch l.rng.IntN(7) {
		case 0:
			members = append(members, start())
		case 1:
			members[0].stop()
			members = append(members[1:], start())
		case 2, 3:
			members[0].net.kill()
			members[0].stop()
			members = append(members[1:], start())
		case 4:
			m := members[l.rng.IntN(len(members))]
			m.net.freeze()
			time.AfterFunc(time.Second, m.net.unfreeze)
		case 5:
			l.cluster.RehashCoordinators()
		default:
			topic := []string{"in", "out.a", "out.b"}[l.rng.IntN(3)]
			if err := l.cluster.MoveTopicPartition(topic, int32(l.rng.IntN(partitions)), int32(l.rng.IntN(3))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range names {
		for p, got := range byPartition(l.consume("out."+name, partitions*perPartition)) {
			for i, r := range got {
				if want := fmt.Appendf(nil, "%d", i); !bytes.Equal(r.Value, want) {
					t.Fatalf("out.%s/%d: record %d is %s", name, p, i, r.Value)
				}
			}
		}
	}
}
