package stream

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// straggler is a request that the proxy gave up and sent again, as its
// connection broke, and that is on its way all the same.
type straggler struct {
	mu   sync.Mutex
	kept kmsg.Request
}

func (s *straggler) request() kmsg.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept
}

// delay has the connection break under the next request of a kind.
func (l *lab) delay(key kmsg.Key) *straggler {
	s := new(straggler)
	l.cluster.ControlKey(int16(key), func(r kmsg.Request) (kmsg.Response, error, bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.kept = r
		return nil, errors.New("the way is long"), true
	})
	return s
}

// arrive is the straggler at the end of its way. It returns what it is told
// there, which nobody hears.
func (l *lab) arrive(s *straggler) error {
	l.t.Helper()
	// TV1, as the proxy speaks: later versions of the requests mean something else (KIP-890).
	k := l.newClient(kgo.MaxVersions(kversion.V2_8_0()))
	defer k.Close()
	res, err := k.Request(l.context(), s.request())
	if err != nil {
		l.t.Fatal(err)
	}
	switch res := res.(type) {
	case *kmsg.EndTxnResponse:
		return kerr.ErrorForCode(res.ErrorCode)
	case *kmsg.TxnOffsetCommitResponse:
		return kerr.ErrorForCode(res.Topics[0].Partitions[0].ErrorCode)
	case *kmsg.InitProducerIDResponse:
		return kerr.ErrorForCode(res.ErrorCode)
	case *kmsg.AddPartitionsToTxnResponse:
		return kerr.ErrorForCode(res.Topics[0].Partitions[0].ErrorCode)
	}
	l.t.Fatalf("a %T came back", res)
	return nil
}

// lateLab has a transaction of 100 records behind it, and the next of them ends
// with its 100th too, not by time.
func lateLab(t *testing.T) (*lab, *running) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Transaction = Transaction{Interval: time.Hour, Timeout: 2 * time.Hour, Records: 100}
	l.brokerTimeout(cfg.Transaction.Timeout)
	proxy := l.start(cfg)
	l.feed(1, 0, 100)
	proxy.arrives(100)
	return l, proxy
}

func (r *running) arrives(n int64) {
	r.t.Helper()
	r.until("a transaction's end", func(s *Snapshot) bool { return s.Recipients[0].Produced == n })
}

// An EndTxn that was sent again and comes late must not end the transaction
// after its own: half of that would be seen, and come again.
func TestLateEnd(t *testing.T) {
	l, proxy := lateLab(t)
	late := l.delay(kmsg.EndTxn)
	l.feed(1, 100, 100)
	proxy.arrives(200)
	seen := l.visible("out.a")
	l.feed(1, 200, 50)
	proxy.until("half of the next", func(*Snapshot) bool { return l.open("out.a", 0) })
	if err := l.arrive(late); err == nil {
		t.Error("the broker took a request of the transaction before")
	}
	if n := l.visible("out.a"); n != seen {
		t.Errorf("%d of an open transaction can be seen", n-seen)
	}
	l.feed(1, 250, 50)
	proxy.arrives(300)
	proxy.end()
	proxy.books()
	l.expect(1, 300)
}

// A TxnOffsetCommit that was sent again and comes late must not take the place
// of the one after it: what lies between would come again.
func TestLateOffset(t *testing.T) {
	l, proxy := lateLab(t)
	late := l.delay(kmsg.TxnOffsetCommit)
	l.feed(1, 100, 100)
	proxy.arrives(200)
	undecided := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.ConcurrentTransactions, Count: -1})
	l.feed(1, 200, 100)
	proxy.until("the end to be asked for", func(*Snapshot) bool { return undecided.Hits() > 0 })
	if err := l.arrive(late); err == nil {
		t.Error("the broker took a request of the transaction before")
	}
	undecided.Remove()
	proxy.arrives(300)
	proxy.end()
	proxy.books()
	again := l.start(l.exactly(keepRoute(t, "in", "a")))
	l.feed(1, 300, 1)
	again.arrives(1)
	again.end()
	l.expect(1, 301)
}

// A proxy that is to stop while its epoch is due for renewal ships what it has
// all the same: nothing is left for the next start, and nobody is told so.
func TestDrainAfterLateAnswer(t *testing.T) {
	l, proxy := lateLab(t)
	l.delay(kmsg.AddOffsetsToTxn)
	undecided := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.ConcurrentTransactions, Count: -1})
	l.feed(1, 100, 100)
	proxy.until("the end to be asked for", func(*Snapshot) bool { return undecided.Hits() > 0 })
	l.feed(1, 200, 50)
	proxy.until("records on their way", func(s *Snapshot) bool { return s.Partitions[0].Next == 250 })
	proxy.stop()
	undecided.Remove()
	<-proxy.done
	if proxy.err != nil {
		t.Errorf("Run ended with %v", proxy.err)
	}
	proxy.books()
	b := proxy.Snapshot().Recipients[0] // of the last 50 there may be none: they were fetched, and perhaps not yet judged
	if b.Produced < 200 || b.Revoked != 0 {
		t.Errorf("%+v", b)
	}
	l.expect(1, int(b.Produced))
}

// stranger commits offsets of the group in transactions of its own, as somebody
// who has the partition does.
type stranger struct {
	l  *lab
	k  *kgo.Client
	id string
	*kmsg.InitProducerIDResponse
}

func (l *lab) stranger() *stranger {
	l.t.Helper()
	s := &stranger{l: l, k: l.newClient(kgo.MaxVersions(kversion.V2_8_0())), id: "stranger"}
	init := kmsg.NewPtrInitProducerIDRequest()
	init.TransactionalID, init.TransactionTimeoutMillis = &s.id, 60_000
	res, err := init.RequestWith(l.context(), s.k)
	if err == nil {
		err = kerr.ErrorForCode(res.ErrorCode)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	s.InitProducerIDResponse = res
	return s
}

// offset puts the offset of in/0 into a transaction.
func (s *stranger) offset(to int64) {
	s.l.t.Helper()
	add := kmsg.NewPtrAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = s.id, s.ProducerID, s.ProducerEpoch, "g"
	if res, err := add.RequestWith(s.l.context(), s.k); err != nil || res.ErrorCode != 0 {
		s.l.t.Fatal(err, res)
	}
	part := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	part.Offset = to
	topic := kmsg.NewTxnOffsetCommitRequestTopic()
	topic.Topic, topic.Partitions = "in", append(topic.Partitions, part)
	put := kmsg.NewPtrTxnOffsetCommitRequest()
	put.TransactionalID, put.ProducerID, put.ProducerEpoch, put.Group = s.id, s.ProducerID, s.ProducerEpoch, "g"
	put.Topics = append(put.Topics, topic)
	if res, err := put.RequestWith(s.l.context(), s.k); err != nil || res.Topics[0].Partitions[0].ErrorCode != 0 {
		s.l.t.Fatal(err, res)
	}
}

// commit ends the transaction.
func (s *stranger) commit() {
	s.l.t.Helper()
	end := kmsg.NewPtrEndTxnRequest()
	end.TransactionalID, end.ProducerID, end.ProducerEpoch, end.Commit = s.id, s.ProducerID, s.ProducerEpoch, true
	if res, err := end.RequestWith(s.l.context(), s.k); err != nil || res.ErrorCode != 0 {
		s.l.t.Fatal(err, res)
	}
}

// When the group's offset is another one than ours as the epoch is renewed,
// somebody else has had the partition: that offset counts.
func TestRenewFindsAnotherOffset(t *testing.T) {
	l, proxy := lateLab(t)
	l.delay(kmsg.EndTxn)
	l.feed(1, 100, 100)
	proxy.arrives(200)
	other := l.stranger()
	other.offset(150)
	other.commit()
	l.feed(1, 200, 150)
	proxy.until("a transaction from there on", func(s *Snapshot) bool { return s.Partitions[0].Acked >= 250 })
	proxy.end()
	proxy.books()
	again := l.start(l.exactly(keepRoute(t, "in", "a"))) // for what was not read yet
	got := l.consume("out.a", 400)
	again.end()
	if want := jsonValue(0, 150); !bytes.Equal(got[200].Value, want) {
		t.Errorf("after what was committed: %s, want %s", got[200].Value, want)
	}
}

// A batch that a broker has appended, as nobody was told, is refused when it
// comes again: the topic takes less since. Its sequence is not free then; the
// next batch would pass for it, and be lost.
func TestRefusedAfterAppend(t *testing.T) {
	for delivery, n := range map[Delivery]int{AtLeastOnce: 13, ExactlyOnce: 12} { // once more under another producer id
		t.Run(fmt.Sprint(delivery), func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			cfg := l.config(keepRoute(t, "in", "a"))
			cfg.Delivery = delivery
			proxy := l.start(cfg)
			l.feed(1, 0, 10)
			proxy.arrives(10)
			l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Err: kerr.RequestTimedOut},
				kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Err: kerr.MessageTooLarge})
			l.feed(1, 10, 1)
			proxy.until("an end", func(s *Snapshot) bool { return s.Partitions[0].Acked == 11 })
			l.feed(1, 11, 1)
			proxy.until("the next", func(s *Snapshot) bool { return s.Partitions[0].Acked == 12 })
			proxy.end()
			proxy.books()
			got := l.consume("out.a", n)
			if last, want := got[n-1].Value, jsonValue(0, 11); !bytes.Equal(last, want) {
				t.Errorf("the last is %s, want %s", last, want)
			}
			if b := proxy.Snapshot().Recipients[0]; b.Failed != 0 {
				t.Errorf("delivered, and counted as failed: %+v", b)
			}
		})
	}
}

// What comes late of a transaction that was given up must not begin another,
// which nobody would end, nor have its records come to stand in one.
func TestLateAfterGivingUp(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Drain = 50 * time.Millisecond
	proxy := l.start(cfg)
	proxy.until("the beginning", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionRunning })
	late := l.delay(kmsg.AddPartitionsToTxn)
	refused := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Err: kerr.NotEnoughReplicas, Count: -1})
	l.feed(1, 0, 10)
	proxy.until("records on their way", func(*Snapshot) bool { return refused.Hits() > 0 })
	proxy.stop()
	<-proxy.done
	if proxy.err != ErrDrain {
		t.Errorf("Run ended with %v", proxy.err)
	}
	if err := l.arrive(late); err == nil {
		t.Error("the broker took a request of a transaction that was given up")
	}
	refused.Remove()
	next := l.start(l.exactly(keepRoute(t, "in", "a")))
	next.arrives(10)
	next.end()
	l.expect(1, 10)
}

// A transaction that is lost while the proxy drains is ended too: nobody takes
// the transactional id again, and readers would wait for its timeout.
func TestLostWhileDraining(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	refuses := kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.b", Err: kerr.NotEnoughReplicas, Count: -1}
	waits := l.cluster.Fault(refuses)
	l.feed(1, 0, 10)
	proxy := l.start(l.exactly(keepRoute(t, "in", "a", "b")))
	proxy.until("half of it", func(*Snapshot) bool { return l.cluster.PartitionInfo("out.a", 0).HighWatermark == 10 })
	proxy.stop()
	refuses.Err = kerr.OutOfOrderSequenceNumber
	l.cluster.Fault(refuses)
	waits.Remove()
	<-proxy.done
	if proxy.err != ErrDrain {
		t.Errorf("Run ended with %v", proxy.err)
	}
	proxy.books()
	if l.open("out.a", 0) {
		t.Error("a transaction is open")
	}
}

// An InitProducerId that comes late takes the transactional id, for nobody. It
// is taken back, and what it has aborted is done again.
func TestLateInit(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	late := l.delay(kmsg.InitProducerID)
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Transaction = Transaction{Interval: time.Hour, Timeout: 2 * time.Hour, Records: 100}
	l.brokerTimeout(cfg.Transaction.Timeout)
	proxy := l.start(cfg)
	l.feed(1, 0, 50)
	proxy.until("half of a transaction", func(*Snapshot) bool { return l.open("out.a", 0) })
	if err := l.arrive(late); err != nil {
		t.Fatal(err)
	}
	l.feed(1, 50, 100)
	proxy.until("the end", func(s *Snapshot) bool { return s.Partitions[0].Acked >= 100 })
	proxy.end()
	proxy.books()
	again := l.start(l.exactly(keepRoute(t, "in", "a"))) // for what was not read yet
	l.expect(1, 150)
	again.end()
}

// Whoever takes its transactional id again and is no member any more leaves the
// partition, and does not ask until the drain is over.
func TestRenewOfNoMember(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Drain, cfg.Rebalance = 2*labDeadline, 6*labDeadline
	proxy := l.start(cfg)
	l.feed(1, 0, 100)
	proxy.arrives(100)
	l.delay(kmsg.EndTxn)
	l.feed(1, 100, 100)
	proxy.arrives(200)

	// The group knows it no more from then on, until it joins anew.
	const in, out, again = 0, 1, 2
	var member atomic.Int32
	control := func(key kmsg.Key, f func(r kmsg.Request) (kmsg.Response, error, bool)) {
		l.cluster.ControlKey(int16(key), func(r kmsg.Request) (kmsg.Response, error, bool) {
			l.cluster.KeepControl()
			return f(r)
		})
	}
	control(kmsg.InitProducerID, func(kmsg.Request) (kmsg.Response, error, bool) {
		member.CompareAndSwap(in, out)
		return nil, nil, false
	})
	control(kmsg.JoinGroup, func(kmsg.Request) (kmsg.Response, error, bool) {
		member.Store(again)
		return nil, nil, false
	})
	control(kmsg.Heartbeat, func(r kmsg.Request) (kmsg.Response, error, bool) {
		resp := r.ResponseKind().(*kmsg.HeartbeatResponse)
		resp.ErrorCode = kerr.UnknownMemberID.Code
		return resp, nil, member.Load() == out
	})
	l.feed(1, 200, 100)
	proxy.arrives(300)
	proxy.end()
	proxy.books()
	l.expect(1, 300)
}
