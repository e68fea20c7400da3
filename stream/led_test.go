package stream

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// leaderless has a topic without a leader, as far as it is asked for one.
func (l *lab) leaderless(topic string) *kfake.FaultHandle {
	return l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Topic: topic, Err: kerr.LeaderNotAvailable, Count: -1})
}

// count counts the requests of the proxy's transactions.
func (l *lab) count(key kmsg.Key) *kfake.FaultHandle {
	return l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, TxnID: "redactor-g-in-0", Observe: true, Count: -1})
}

// To take a transactional id ends what its last owner had open: not while one of
// the partitions that this may have could miss its marker.
func TestTakesNoIDWithoutLeaders(t *testing.T) {
	for _, topic := range []string{"out.a", "quarantine"} {
		t.Run(topic, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			l.feed(1, 0, 100)
			gone, taken := l.leaderless(topic), l.count(kmsg.InitProducerID)
			proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
			proxy.until("questions", func(*Snapshot) bool { return gone.Hits() > 3 })
			if taken.Hits() != 0 {
				t.Error("the transactional id was taken")
			}
			gone.Remove()
			proxy.arrives(100)
			proxy.end()
			proxy.books()
			l.expect(1, 100)
		})
	}
}

// A transaction that was open for so long that a leader may be gone is committed
// when it is back, and the group's coordinator, which is heard meanwhile, is asked
// again.
func TestCommitsNothingWithoutLeaders(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Transaction.Interval = ledWithin + 50*time.Millisecond
	produced, offsets, ended := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Observe: true, Count: -1}), l.count(kmsg.TxnOffsetCommit), l.count(kmsg.EndTxn)
	proxy := l.start(cfg)
	proxy.until("the beginning", func(s *Snapshot) bool { return ended.Hits() == 1 }) // of the offset alone
	first := offsets.Hits()
	l.feed(1, 0, 100)
	proxy.until("records", func(*Snapshot) bool { return produced.Hits() > 0 })
	gone := l.leaderless("out.a")
	proxy.until("questions", func(*Snapshot) bool { return gone.Hits() > 3 })
	long := time.Now().Add(ledWithin)
	proxy.until("the offset to be of before", func(*Snapshot) bool { return time.Now().After(long) })
	if ended.Hits() != 1 || offsets.Hits() != first+1 {
		t.Errorf("%d times the end, %d times the offset", ended.Hits(), offsets.Hits())
	}
	gone.Remove()
	proxy.arrives(100)
	if ended.Hits() != 2 || offsets.Hits() != first+2 {
		t.Errorf("%d times the end, %d times the offset", ended.Hits(), offsets.Hits())
	}
	proxy.end()
	proxy.books()
	l.expect(1, 100)
}

// What is left open when the drain is over is left to the next owner then.
func TestAbortsNothingWithoutLeaders(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Transaction.Interval, cfg.Drain = ledWithin+50*time.Millisecond, 50*time.Millisecond
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
