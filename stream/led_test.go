package stream

import (
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// leaderless has a topic without a leader, as far as it is asked whether it is one.
func (l *lab) leaderless(topic string) *kfake.FaultHandle {
	return l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Topic: topic, Err: kerr.NotLeaderForPartition, Count: -1})
}

// count counts requests of the proxy's transactions.
func (l *lab) count(key kmsg.Key) *kfake.FaultHandle {
	return l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, TxnID: "redactor-g-in-0", Observe: true, Count: -1})
}

// owner begins a transaction as the owner of in/0 does, with a record that
// nobody shall see.
func (l *lab) owner(topics ...string) *kgo.Client {
	l.t.Helper()
	k := l.newClient(kgo.TransactionalID("redactor-g-in-0"), kgo.MaxVersions(kversion.V3_6_0()))
	if err := k.BeginTransaction(); err != nil {
		l.t.Fatal(err)
	}
	for _, topic := range topics {
		if err := k.ProduceSync(l.context(), &kgo.Record{Topic: topic, Value: ofTheDead}).FirstErr(); err != nil {
			l.t.Fatal(err)
		}
	}
	return k
}

// To take a transactional id ends what its last owner had open: not while one of
// the partitions that this has is without a leader. That is asked before each try.
func TestTakesNoIDWithoutLeaders(t *testing.T) {
	t.Parallel()
	for _, topic := range []string{"out.a", "quarantine"} {
		t.Run(topic, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			l.owner("out.a", "quarantine")
			l.feed(1, 0, 100)
			gone, taken := l.leaderless(topic), l.count(kmsg.InitProducerID)
			proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
			proxy.until("questions", func(*Snapshot) bool { return gone.Hits() > 3 })
			if taken.Hits() != 0 {
				t.Error("the transactional id was taken")
			}
			loading := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.InitProducerID}, TxnID: "redactor-g-in-0", Err: kerr.CoordinatorLoadInProgress, Count: -1})
			gone.Remove()
			proxy.until("tries", func(*Snapshot) bool { return loading.Hits() > 1 })
			gone = l.leaderless(topic)
			proxy.until("questions", func(*Snapshot) bool { return gone.Hits() > 1 })
			tries := loading.Hits()
			proxy.until("questions", func(*Snapshot) bool { return gone.Hits() > 3 })
			if loading.Hits() != tries {
				t.Error("another try was made without a leader")
			}
			loading.Remove()
			gone.Remove()
			proxy.arrives(100)
			proxy.end()
			proxy.books()
			l.expect(1, 100)
		})
	}
}

// A transaction that was open for so long that a leader may be gone is committed
// when it is back.
func TestCommitsNothingWithoutLeaders(t *testing.T) {
	t.Parallel()
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Transaction.Interval = 2 * ledWithin
	produced, ended := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Observe: true, Count: -1}), l.count(kmsg.EndTxn)
	proxy := l.start(cfg)
	proxy.until("the beginning", func(*Snapshot) bool { return ended.Hits() == 1 }) // of the offset alone
	l.feed(1, 0, 100)
	proxy.until("records", func(*Snapshot) bool { return produced.Hits() > 0 })
	gone := l.leaderless("out.a")
	proxy.until("questions", func(*Snapshot) bool { return gone.Hits() > 3 })
	if ended.Hits() != 1 {
		t.Error("the transaction was ended")
	}
	gone.Remove()
	proxy.arrives(100)
	proxy.end()
	proxy.books()
	l.expect(1, 100)
}

// Nor while the coordinator of the group, which has a marker to write, does not
// know us.
func TestCommitsNothingWithoutTheGroup(t *testing.T) {
	t.Parallel()
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Transaction.Interval = 2 * ledWithin
	produced, ended := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Observe: true, Count: -1}), l.count(kmsg.EndTxn)
	proxy := l.start(cfg)
	proxy.until("the beginning", func(*Snapshot) bool { return ended.Hits() == 1 })
	offsets := l.count(kmsg.TxnOffsetCommit)
	l.feed(1, 0, 100)
	proxy.until("records", func(*Snapshot) bool { return produced.Hits() > 0 })
	away := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: "g", Err: kerr.CoordinatorLoadInProgress, Count: -1})
	proxy.until("the offset", func(*Snapshot) bool { return offsets.Hits() > 0 })
	asked := away.Hits()
	proxy.until("questions", func(*Snapshot) bool { return away.Hits() > asked+5 })
	if ended.Hits() != 1 {
		t.Error("the transaction was ended")
	}
	away.Remove()
	proxy.arrives(100)
	proxy.end()
	proxy.books()
	l.expect(1, 100)
}

// What is left open when the drain is over is left to the next owner then.
func TestAbortsNothingWithoutLeaders(t *testing.T) {
	t.Parallel()
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Transaction.Interval, cfg.Drain = 2*ledWithin, 50*time.Millisecond
	produced, taken := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Observe: true, Count: -1}), l.count(kmsg.InitProducerID)
	proxy := l.start(cfg)
	l.feed(1, 0, 100)
	proxy.until("records", func(*Snapshot) bool { return produced.Hits() > 0 })
	gone := l.leaderless("out.a")
	proxy.until("questions", func(*Snapshot) bool { return gone.Hits() > 0 })
	before := taken.Hits()
	proxy.stop()
	<-proxy.done
	if taken.Hits() != before {
		t.Error("the transaction was ended")
	}
	proxy.books()
	gone.Remove()
	again := l.start(l.exactly(keepRoute(t, "in", "a")))
	again.arrives(100)
	again.end()
	l.expect(1, 100)
}

// A transaction that was aborted by others may lack markers: it is aborted once
// more before anything is committed, though somebody takes the id meanwhile.
func TestAbortsAgain(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.cluster.ControlKey(int16(kmsg.DescribeTransactions), func(r kmsg.Request) (kmsg.Response, error, bool) { // once
		resp := r.ResponseKind().(*kmsg.DescribeTransactionsResponse)
		state := kmsg.NewDescribeTransactionsResponseTransactionState()
		state.TransactionalID, state.State = r.(*kmsg.DescribeTransactionsRequest).TransactionalIDs[0], completeAbort
		resp.TransactionStates = append(resp.TransactionStates, state)
		return resp, nil, true
	})
	whole := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.AddPartitionsToTxn}, TxnID: "redactor-g-in-0", Topic: "quarantine", Observe: true, Count: -1})
	thief := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.AddPartitionsToTxn}, TxnID: "redactor-g-in-0", Topic: "quarantine", Err: kerr.InvalidProducerEpoch})
	taken := l.count(kmsg.InitProducerID)
	l.feed(1, 0, 100)
	proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
	proxy.arrives(100)
	proxy.end()
	proxy.books()
	if thief.Hits() != 1 || whole.Hits() != 2 || taken.Hits() < 3 {
		t.Errorf("%d times all partitions, %d times the id", whole.Hits(), taken.Hits())
	}
	l.expect(1, 100)
}

// Brokers that keep their markers are not asked.
func TestAsksNoRightBroker(t *testing.T) {
	for _, v := range []*kversion.Versions{kversion.V2_1_0(), kversion.V3_9_0(), kversion.V4_2_0()} {
		l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"), kfake.MaxVersions(v))
		l.owner("out.a")
		asked := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeTransactions}, Observe: true, Count: -1})
		l.feed(1, 0, 100)
		proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
		proxy.arrives(100)
		proxy.end()
		if asked.Hits() != 0 {
			t.Errorf("%s was asked", v.VersionGuess())
		}
		l.expect(1, 100)
	}
}

// Another implementation writes what is read here, and no part of it passes for
// the whole.
func TestReadTransaction(t *testing.T) {
	in := kmsg.NewPtrDescribeTransactionsResponse()
	state := kmsg.NewDescribeTransactionsResponseTransactionState()
	state.TransactionalID, state.State, state.ErrorCode, state.StartTimestamp = "redactor-g-in-0", "Ongoing", 16, 12
	var want []outPartition
	for _, name := range []string{"one", "two"} {
		topic := kmsg.NewDescribeTransactionsResponseTransactionStateTopic()
		topic.Topic, topic.Partitions = name, []int32{3, 0, 7}
		topic.UnknownTags.Set(5, []byte("later"))
		state.Topics = append(state.Topics, topic)
		for _, n := range topic.Partitions {
			want = append(want, outPartition{name, n})
		}
	}
	in.TransactionStates = append(in.TransactionStates, state)
	whole := in.AppendTo([]byte{0})
	var q transactionQuery
	if err := q.read(whole); err != nil || q.code != 16 || q.state != "Ongoing" || !slices.Equal(q.parts, want) {
		t.Errorf("%+v, %v", q, err)
	}
	for n := range whole {
		if q.read(whole[:n]) == nil {
			t.Errorf("%d bytes of %d pass for %+v", n, len(whole), q)
		}
	}
}
