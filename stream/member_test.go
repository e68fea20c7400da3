package stream

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

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
