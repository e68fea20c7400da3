package stream

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Members come and go, leaders move, brokers answer with errors before and
// after they did the work, and hang up: every record reaches every recipient,
// in order; what comes again comes as a run from where a member had committed.
func TestChaos(t *testing.T) {
	const partitions, perPartition, steps = 4, 4000, 20
	names := []string{"a", "b"}
	l := newLab(t, kfake.SeedTopics(partitions, "in", "out.a", "out.b", "quarantine"))
	chance := rand.New(rand.NewPCG(l.rng.Uint64(), 1)) // of the cluster's goroutine
	sometimes := func(r kmsg.Request) bool {
		if p, ok := r.(*kmsg.ProduceRequest); ok && p.Topics[0].Topic == "in" {
			return false // the test's own
		}
		return chance.IntN(100) < 4
	}
	for _, f := range []struct {
		key kmsg.Key
		err *kerr.Error
	}{
		{kmsg.Produce, kerr.RequestTimedOut}, {kmsg.Produce, kerr.NotEnoughReplicasAfterAppend}, {kmsg.Produce, kerr.NotLeaderForPartition}, {kmsg.Produce, kerr.NotEnoughReplicas},
		{kmsg.Fetch, kerr.NotLeaderForPartition}, {kmsg.Fetch, kerr.UnknownServerError}, {kmsg.OffsetCommit, kerr.CoordinatorLoadInProgress},
		{kmsg.InitProducerID, kerr.CoordinatorLoadInProgress}, {kmsg.ListOffsets, kerr.LeaderNotAvailable}, {kmsg.Metadata, kerr.LeaderNotAvailable},
	} {
		l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{f.key}, Err: f.err, Count: -1, When: sometimes})
	}
	l.cluster.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		if r.(*kmsg.ProduceRequest).Topics[0].Topic != "in" && chance.IntN(50) == 0 {
			return nil, errors.New("hang up"), true
		}
		return nil, nil, false
	})

	cfg := func() Config {
		c := l.config(keepRoute(t, "in", names...))
		c.Fetch.Bytes = 8 << 10
		return c
	}
	var all []*running
	members := []*running{l.start(cfg()), l.start(cfg())}
	all = append(all, members...)
	for step := range steps {
		var records []*kgo.Record
		for id := step * perPartition / steps; id < (step+1)*perPartition/steps; id++ {
			for p := range partitions {
				records = append(records, &kgo.Record{Topic: "in", Partition: int32(p), Value: fmt.Appendf(nil, "%d", id)})
			}
		}
		l.produce(records...)
		switch l.rng.IntN(4) {
		case 0:
			m := l.start(cfg())
			members, all = append(members, m), append(all, m)
		case 1:
			if len(members) > 1 {
				members[0].end()
				members = members[1:]
			}
		default:
			topic := []string{"in", "out.a", "out.b"}[l.rng.IntN(3)]
			if err := l.cluster.MoveTopicPartition(topic, int32(l.rng.IntN(partitions)), int32(l.rng.IntN(3))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range names {
		duplicates := l.runs("out."+name, partitions, perPartition)
		t.Logf("out.%s: %d duplicates of %d records", name, duplicates, partitions*perPartition)
	}
	for _, m := range members {
		m.end()
	}
	for _, m := range all {
		m.books()
	}
}

// runs reads a topic whose partitions hold the numbers from 0 to n-1 until all
// have come, and returns how many came again. A number follows the one before
// it, or begins a run anew; none may be left out.
func (l *lab) runs(topic string, partitions, n int) (duplicates int) {
	l.t.Helper()
	k := l.newClient(kgo.ConsumeTopics(topic), kgo.FetchMaxWait(20*time.Millisecond))
	defer k.Close()
	ctx := l.context()
	last := make(map[int32]int)
	most := make(map[int32]int) // all before it have come
	for p := range int32(partitions) {
		last[p] = -1
	}
	for done := 0; done < partitions; {
		f := k.PollFetches(ctx)
		if ctx.Err() != nil {
			l.t.Fatalf("topic %s: came as far as %v of %d", topic, most, n)
		}
		f.EachRecord(func(r *kgo.Record) {
			var id int
			fmt.Sscan(string(r.Value), &id)
			p := r.Partition
			if id > most[p] {
				l.t.Fatalf("%s/%d: %d comes after %d, and those in between have not come", topic, p, id, last[p])
			}
			if id < most[p] {
				duplicates++
			} else if most[p]++; most[p] == n {
				done++
			}
			if id > last[p]+1 {
				l.t.Fatalf("%s/%d: %d comes after %d: a run has a hole", topic, p, id, last[p])
			}
			last[p] = id
		})
	}
	return duplicates
}
