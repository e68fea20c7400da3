package stream

import (
	"bytes"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Whoever stops while it waits with the group knows the coordinator still, and
// need not ask a broker that hangs to whom it is to say goodbye.
func TestLeaveDespiteAHangingBroker(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Session = 30 * time.Second
	release, waits := make(chan struct{}), make(chan struct{}, 10)
	defer close(release)
	hang := func(kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		waits <- struct{}{}
		l.cluster.SleepControl(func() { <-release })
		return nil, nil, false
	}
	l.cluster.ControlKey(int16(kmsg.SyncGroup), hang)
	proxy := l.start(cfg)
	<-waits
	l.cluster.ControlKey(int16(kmsg.FindCoordinator), hang)
	proxy.end()
	if g := l.cluster.GroupInfo("g"); g != nil && len(g.Members) > 0 {
		t.Errorf("a ghost stays: %+v", g)
	}
}

// A topic has grown, and the broker that the leader asks has not heard of it:
// the leader gives out what it has seen. Nobody would ever look again.
func TestLeaderKnowsMoreThanTheBroker(t *testing.T) {
	const before, after = 2, 4
	l := newLab(t, kfake.SeedTopics(before, "in"), kfake.SeedTopics(after, "out.a", "quarantine"))
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	proxy.until("the partitions", func(s *Snapshot) bool { return len(s.Partitions) == before })
	leaders := make([]int32, before)
	for i := range leaders {
		leaders[i] = l.cluster.LeaderFor("in", int32(i))
	}
	var assigning, stale atomic.Bool // between a join and a sync the leader asks for partitions
	l.cluster.Control(func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		switch r := r.(type) {
		case *kmsg.JoinGroupRequest:
			assigning.Store(true)
		case *kmsg.SyncGroupRequest:
			assigning.Store(false)
		case *kmsg.MetadataRequest:
			if !assigning.Load() || len(r.Topics) != 1 || *r.Topics[0].Topic != "in" {
				break
			}
			stale.Store(true)
			res := r.ResponseKind().(*kmsg.MetadataResponse)
			topic := kmsg.NewMetadataResponseTopic()
			topic.Topic = r.Topics[0].Topic
			for i, leader := range leaders {
				p := kmsg.NewMetadataResponseTopicPartition()
				p.Partition, p.Leader = int32(i), leader
				topic.Partitions = append(topic.Partitions, p)
			}
			res.Topics = append(res.Topics, topic)
			return res, nil, true
		}
		return nil, nil, false
	})
	grow(t, l, "in", after)
	l.feed(after, 0, 100)
	proxy.until("all records", func(s *Snapshot) bool { return s.Recipients[0].Produced == 100 })
	if !stale.Load() {
		t.Error("the leader was never told less")
	}
	var got []int
	for _, p := range proxy.Snapshot().Partitions {
		got = append(got, p.Partition)
	}
	if slices.Sort(got); !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("reads the partitions %v", got)
	}
}

// The coordinator has moved and some other broker hangs: what is asked of that
// one does not keep the heartbeats from the coordinator.
func TestHeartbeatsDespiteAHangingBroker(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.RequestTimeout, cfg.Session = labDeadline, 6*time.Second
	proxy := l.start(cfg)
	proxy.until("work", func(s *Snapshot) bool {
		return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionRunning
	})
	release := make(chan struct{})
	defer close(release)
	var found atomic.Bool
	hangs := func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		hang := true
		switch r := r.(type) {
		case *kmsg.MetadataRequest:
			hang = len(r.Topics) > 0 // kafka-go's own are about brokers alone
		case *kmsg.FindCoordinatorRequest:
			hang = !found.Swap(true) // the next goes to another broker
		}
		if hang {
			l.cluster.SleepControl(func() { <-release })
		}
		return nil, nil, false
	}
	l.cluster.ControlKey(int16(kmsg.Metadata), hangs)
	l.cluster.ControlKey(int16(kmsg.FindCoordinator), hangs)
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: "g", Err: kerr.NotCoordinator})
	beats := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: "g", Count: -1, Observe: true})
	proxy.until("more heartbeats", func(*Snapshot) bool { return beats.Hits() > 5 })
	if s := proxy.Snapshot(); h.Hits() != 1 || s.Generation != 1 {
		t.Errorf("generation %d after %d refusals", s.Generation, h.Hits())
	}
	if scrape(t, cfg.Metrics.Registry()).sum("kafka_errors_total", "code", "timeout") == 0 {
		t.Error("the broker that hangs is not counted")
	}
}

// The group rebalances while a member still asks where its partitions begin:
// that generation is over, as any other is, and nothing has failed. What the
// end of a context cuts short says nothing of the brokers either.
func TestRebalanceBeforeTheOffsets(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	release := make(chan struct{})
	defer close(release)
	var asked atomic.Bool
	l.cluster.ControlKey(int16(kmsg.OffsetFetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		if !asked.Swap(true) {
			l.cluster.SleepControl(func() { <-release })
		}
		return nil, nil, false
	})
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: "g", Err: kerr.RebalanceInProgress})
	var said bytes.Buffer
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.RequestTimeout, cfg.Logger = labDeadline, logTo(&said)
	proxy := l.start(cfg)
	proxy.until("work", func(s *Snapshot) bool {
		return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionRunning
	})
	c := proxy.shared.cluster
	c.mu.Lock()
	dropped := c.dropped
	c.mu.Unlock()
	proxy.end()
	if h.Hits() != 1 || strings.Count(said.String(), "joined the group") != 1 {
		t.Errorf("the group did not rebalance before the offsets were known:\n%s", said.String())
	}
	if strings.Contains(said.String(), "cannot be joined") {
		t.Errorf("a rebalance is taken for a failure:\n%s", said.String())
	}
	if !dropped.IsZero() {
		t.Error("all connections were given up for a request that we ended")
	}
}

// A coordinator that wants an id and gives none is not asked for one forever.
func TestNoMemberID(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	var asked atomic.Int64
	l.cluster.ControlKey(int16(kmsg.JoinGroup), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		asked.Add(1)
		res := r.ResponseKind().(*kmsg.JoinGroupResponse)
		res.ErrorCode = codeMemberIDRequired
		return res, nil, asked.Load() <= 3
	})
	p, err := New(l.config(keepRoute(t, "in", "a")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = joining(p.shared.cluster).joinGroup(l.context())
	if code, _ := codeOf(err); code != codeMemberIDRequired || asked.Load() != 1 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}

// A right is revoked and the group rebalances before the next look: the leader
// cannot say who reads that topic, nor a member where it begins. The look that
// finds out is heard by a member that gets no further, and the other topics go
// on.
func TestRevokedInARebalance(t *testing.T) {
	for _, c := range []struct {
		name string
		key  kmsg.Key // besides Metadata, as watch has to see it
	}{{"assignment", kmsg.Metadata}, {"offsets", kmsg.OffsetFetch}} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "lost", "out.a", "quarantine"))
			cfg := l.config(keepRoute(t, "in", "a"), keepRoute(t, "lost", "a"))
			cfg.Refresh = time.Second
			proxy := l.start(cfg)
			proxy.until("work", func(s *Snapshot) bool {
				return len(s.Partitions) == 2 && s.Partitions[0].State == PartitionRunning && s.Partitions[1].State == PartitionRunning
			})
			fault := kfake.Fault{Topic: "lost", Err: kerr.TopicAuthorizationFailed, Count: -1}
			fault.Keys = []kmsg.Key{c.key}
			h := l.cluster.Fault(fault)
			rebalance := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: "g", Err: kerr.RebalanceInProgress})
			proxy.until("the refusal", func(*Snapshot) bool { return h.Hits() > 0 && rebalance.Hits() > 0 })
			fault.Keys = []kmsg.Key{kmsg.Metadata}
			l.cluster.Fault(fault)
			l.feed(1, 0, 10)
			proxy.until("the other topic", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 && len(s.Partitions) == 1 })
		})
	}
}

// What other software says to its group is read in every version there is, and
// what we say is read by it.
func TestMembersOfOtherSoftware(t *testing.T) {
	topics, rack := []string{"in", "other"}, "r1"
	for version := range int16(4) {
		said := kmsg.ConsumerMemberMetadata{Version: version, Topics: topics, UserData: []byte("sticky"), Generation: 7, Rack: &rack,
			OwnedPartitions: []kmsg.ConsumerMemberMetadataOwnedPartition{{Topic: "in", Partitions: []int32{1}}}}
		if got, ok := readSubscription(said.AppendTo(nil)); !ok || !slices.Equal(got, topics) {
			t.Errorf("subscription, version %d: %v %v", version, got, ok)
		}
		given := kmsg.ConsumerMemberAssignment{Version: version, UserData: []byte("sticky"),
			Topics: []kmsg.ConsumerMemberAssignmentTopic{{Topic: "in", Partitions: []int32{0, 2}}, {Topic: "other"}}}
		if got, ok := readAssignment(given.AppendTo(nil)); !ok || !slices.Equal(got["in"], []int32{0, 2}) || len(got["other"]) != 0 {
			t.Errorf("assignment, version %d: %v %v", version, got, ok)
		}
	}
	var said kmsg.ConsumerMemberMetadata
	if err := said.ReadFrom(appendSubscription(nil, topics)); err != nil || !slices.Equal(said.Topics, topics) {
		t.Errorf("our subscription: %+v %v", said, err)
	}
	var given kmsg.ConsumerMemberAssignment
	if err := given.ReadFrom(appendAssignment(nil, map[string][]int{"in": {0, 2}})); err != nil || len(given.Topics) != 1 ||
		given.Topics[0].Topic != "in" || !slices.Equal(given.Topics[0].Partitions, []int32{0, 2}) {
		t.Errorf("our assignment: %+v %v", given, err)
	}
	for n, whole := 0, appendSubscription(nil, topics); n < len(whole)-4; n++ { // but for the user data, which nobody reads
		if _, ok := readSubscription(whole[:n]); ok {
			t.Errorf("a subscription of %d of %d bytes is taken", n, len(whole))
		}
	}
}
