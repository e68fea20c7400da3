package stream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// seen reads a topic until every id from 0 to n-1 has come, whatever comes
// more than once, and returns how many did. Within a partition an id may only
// come again as part of a run that begins again.
func (l *lab) seen(topic string, n int) (duplicates int) {
	l.t.Helper()
	k := l.newClient(kgo.ConsumeTopics(topic), kgo.FetchMaxWait(20*time.Millisecond))
	defer k.Close()
	ctx := l.context()
	ids := make(map[string]bool)
	for len(ids) < n {
		f := k.PollFetches(ctx)
		if ctx.Err() != nil {
			l.t.Fatalf("topic %s: %d of %d records came", topic, len(ids), n)
		}
		f.EachRecord(func(r *kgo.Record) {
			if ids[string(r.Value)] {
				duplicates++
			}
			ids[string(r.Value)] = true
		})
	}
	return duplicates
}

// Instances join and leave while records flow: nothing is lost, and as the
// partitions are given back in order, nothing comes twice either.
func TestRebalance(t *testing.T) {
	const partitions = 8
	l := newLab(t, kfake.SeedTopics(partitions, "in", "out.a", "quarantine"))
	ctx, stop := context.WithCancel(context.Background())
	fed := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n += 80 {
			records := make([]*kgo.Record, 80)
			for i := range records {
				p := (n + i) % partitions
				records[i] = &kgo.Record{Topic: "in", Partition: int32(p), Value: jsonValue(p, n+i)}
			}
			if err := l.client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
				t.Error(err)
			}
		}
		fed <- n
	}()
	route := keepRoute(t, "in", "a")
	assigned := func(n int) func(*Snapshot) bool {
		return func(s *Snapshot) bool {
			for _, p := range s.Partitions {
				if p.State != PartitionRunning {
					return false
				}
			}
			return len(s.Partitions) == n
		}
	}
	one := l.start(l.config(route))
	one.until("all partitions", assigned(partitions))
	two := l.start(l.config(route))
	two.until("half of the partitions", assigned(partitions/2))
	one.until("half of the partitions", assigned(partitions/2))
	three := l.start(l.config(route))
	three.until("a part of the partitions", func(s *Snapshot) bool { return len(s.Partitions) > 0 })
	two.end()
	three.until("more", assigned(partitions/2))
	one.end()
	three.until("all partitions", assigned(partitions))
	stop()
	n := <-fed
	l.expect(partitions, n)
	for _, p := range []*running{one, two, three} {
		p.end()
		p.books()
	}
	t.Logf("%d records", n)
}

// A member that dies without a word: its partitions go to the other after the
// session, and what it had not committed comes again.
func TestMemberDies(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
	route := keepRoute(t, "in", "a")
	cfg := l.config(route)
	cfg.Session = 300 * time.Millisecond
	cfg.Heartbeat = 50 * time.Millisecond
	one := l.start(cfg)
	l.feed(2, 0, 100)
	one.until("the first", func(s *Snapshot) bool { return len(s.Recipients) == 1 && s.Recipients[0].Produced == 100 })
	// From now on nothing of its group reaches the broker, not even a goodbye.
	member := l.groupMember("g")
	l.cutOff(member)
	two := l.start(cfg)
	two.until("the partitions", func(s *Snapshot) bool { return len(s.Partitions) == 2 })
	l.feed(2, 100, 100)
	if d := l.seen("out.a", 200); d > 100 {
		t.Errorf("%d duplicates of 100 records", d)
	}
	two.end()
	two.books()
}

// groupMember returns the id of the only member of a group.
func (l *lab) groupMember(group string) string {
	l.t.Helper()
	g, err := l.cluster.WaitGroupStable(l.context(), group, 1)
	if err != nil {
		l.t.Fatal(err)
	}
	return g.Members[0].MemberID
}

// cutOff drops every group request of a member.
func (l *lab) cutOff(member string) {
	l.cluster.Control(func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		id := ""
		switch r := r.(type) {
		case *kmsg.HeartbeatRequest:
			id = r.MemberID
		case *kmsg.OffsetCommitRequest:
			id = r.MemberID
		case *kmsg.LeaveGroupRequest:
			id = r.MemberID
		case *kmsg.JoinGroupRequest:
			id = r.MemberID
		}
		if id == member {
			return nil, errors.New("cut off"), true
		}
		return nil, nil, false
	})
}

// A group that waits for a member which will never come. Whoever is stopped
// while it waits with the group, the first time or again, leaves it at once: a
// ghost would keep the others from their partitions for a session.
func TestLeaveWhileJoining(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Session = 30 * time.Second
	one := l.start(cfg)
	one.until("all partitions", func(s *Snapshot) bool { return len(s.Partitions) == 2 })
	deaf := l.joinDeaf("g")
	two := l.start(cfg)
	l.group("g", "two that wait", func(g *kfake.GroupInfo) bool { return g.State == "PreparingRebalance" && len(g.Members) == 3 })
	one.until("given back", func(s *Snapshot) bool { return len(s.Partitions) == 0 })
	for _, p := range []*running{one, two} {
		begun := time.Now()
		p.end()
		if d := time.Since(begun); d > leaveTime {
			t.Errorf("left after %v", d)
		}
	}
	l.group("g", "the deaf one alone", func(g *kfake.GroupInfo) bool { return len(g.Members) == 1 && g.Members[0].MemberID == deaf })
}

// joinDeaf joins a group as a member that hears nothing of what comes then, and
// returns its id.
func (l *lab) joinDeaf(group string) string {
	l.t.Helper()
	req := kmsg.NewPtrJoinGroupRequest()
	req.Group, req.ProtocolType, req.SessionTimeoutMillis, req.RebalanceTimeoutMillis = group, consumerProtocol, 60_000, 60_000
	req.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: balancer{}.ProtocolName(), Metadata: appendSubscription(nil, []string{"in"})}}
	for {
		res, err := req.RequestWith(l.context(), l.client)
		switch {
		case err != nil:
			l.t.Fatal(err)
		case res.ErrorCode == 0:
			return res.MemberID
		case res.ErrorCode != codeMemberIDRequired:
			l.t.Fatal(kerr.ErrorForCode(res.ErrorCode))
		}
		req.MemberID = res.MemberID
	}
}

// group waits for a condition on a group.
func (l *lab) group(name, what string, cond func(*kfake.GroupInfo) bool) {
	l.t.Helper()
	for deadline := time.Now().Add(labDeadline); ; <-time.After(time.Millisecond) {
		g := l.cluster.GroupInfo(name)
		if g != nil && cond(g) {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("never came: %s: %+v", what, g)
		}
	}
}

// The coordinator is away for less than a session: nobody gives a partition
// back, and the same generation goes on.
func TestCoordinatorPauses(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "quarantine"))
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: "g", Err: kerr.NotCoordinator, Count: 5})
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	l.feed(2, 0, 100)
	proxy.until("all records", func(s *Snapshot) bool { return len(s.Recipients) == 1 && s.Recipients[0].Produced == 100 })
	proxy.until("heartbeats", func(*Snapshot) bool { return h.Hits() == 5 })
	l.feed(2, 100, 100)
	proxy.until("more", func(s *Snapshot) bool { return s.Recipients[0].Produced == 200 && s.Generation == 1 })
	proxy.end()
	proxy.books()
}

// A commit that fails is made again, where the coordinator is then.
func TestCommitErrors(t *testing.T) {
	for _, e := range []*kerr.Error{kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.CoordinatorNotAvailable} {
		t.Run(e.Message, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: "g", Err: e, Count: 3})
			l.feed(1, 0, 10)
			proxy := l.start(l.config(keepRoute(t, "in", "a")))
			proxy.until("the end", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 })
			proxy.end()
			if h.Hits() == 0 {
				t.Error("the fault was never hit")
			}
			l.feed(1, 10, 1)
			l.start(l.config(keepRoute(t, "in", "a")))
			l.expect(1, 11) // the first ten were committed
		})
	}
}

// Where a new group begins, and what it remembers of that.
func TestStartLatest(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 5)
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Start = StartLatest
	proxy := l.start(cfg)
	proxy.until("the end", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].Next == 5 })
	proxy.end()
	// What comes while nobody reads is read later: the end is not looked for again.
	l.feed(1, 5, 5)
	l.start(cfg)
	for i, r := range l.consume("out.a", 5) {
		if string(r.Value) != string(jsonValue(0, 5+i)) {
			t.Errorf("record %d is %s", i, r.Value)
		}
	}
}

func TestOutOfRange(t *testing.T) {
	// setup leaves a committed offset of 10 and a log that begins at 15.
	setup := func(t *testing.T, how OutOfRange) (*lab, Config) {
		l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
		cfg := l.config(keepRoute(t, "in", "a"))
		cfg.OutOfRange = how
		l.feed(1, 0, 10)
		proxy := l.start(cfg)
		proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 })
		proxy.end()
		l.feed(1, 10, 10)
		if err := l.cluster.DeleteRecords("in", 0, 15); err != nil {
			t.Fatal(err)
		}
		return l, cfg
	}
	t.Run("earliest", func(t *testing.T) {
		l, cfg := setup(t, OutOfRangeEarliest)
		proxy := l.start(cfg)
		if got := l.consume("out.a", 15)[10]; string(got.Value) != string(jsonValue(0, 15)) {
			t.Errorf("goes on with %s", got.Value)
		}
		if n := proxy.Snapshot().OutOfRange; n != 1 {
			t.Errorf("counted %d times", n)
		}
	})
	t.Run("latest", func(t *testing.T) {
		l, cfg := setup(t, OutOfRangeLatest)
		proxy := l.start(cfg)
		proxy.until("the end", func(s *Snapshot) bool { return s.OutOfRange == 1 && s.Partitions[0].Next == 20 })
		l.feed(1, 20, 1)
		if got := l.consume("out.a", 11)[10]; string(got.Value) != string(jsonValue(0, 20)) {
			t.Errorf("goes on with %s", got.Value)
		}
	})
	t.Run("fail", func(t *testing.T) {
		l, cfg := setup(t, OutOfRangeFail)
		proxy := l.start(cfg)
		proxy.until("the stop", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStopped })
		proxy.end()
		l.consume("out.a", 10)
	})
}

func TestDryRun(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 10)
	l.produce(&kgo.Record{Topic: "in", Value: []byte("poison")})
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.DryRun = true
	for range 2 { // twice: nothing is committed
		proxy := l.start(cfg)
		proxy.until("the end", func(s *Snapshot) bool { return s.Recipients[0].Routed == 11 && s.Recipients[0].Produced == 10 })
		proxy.end()
		proxy.books()
	}
	for _, topic := range []string{"out.a", "quarantine"} {
		if n := l.cluster.PartitionInfo(topic, 0).HighWatermark; n != 0 {
			t.Errorf("a dry run wrote %d records to %s", n, topic)
		}
	}
	if g := l.cluster.GroupInfo("g"); g != nil {
		t.Errorf("a dry run was in the group of the live proxy: %+v", g)
	}
}

// Brokers are away, and the group is tried every second: that is one line in
// the log, until it gets worse, or it is over and begins again.
func TestJoinFailuresAreSaidOnce(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	var log bytes.Buffer
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Logger = logTo(&log)
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	fail := func(err error, want int) {
		t.Helper()
		for range 50 {
			p.joinFailed(err)
		}
		if n := strings.Count(log.String(), "cannot be joined"); n != want {
			t.Errorf("%d lines, want %d:\n%s", n, want, log.String())
		}
	}
	fail(io.EOF, 1)
	fail(kafka.GroupAuthorizationFailed, 2)
	fail(io.EOF, 2)
	p.joined(1)
	fail(io.EOF, 3)
	if ok, why := p.Ready(); ok || !strings.Contains(why, "EOF") {
		t.Errorf("ready %v: %s", ok, why)
	}
}
