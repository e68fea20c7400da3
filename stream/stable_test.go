package stream

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// An offset that a transaction is about to change is no place to begin at. What
// has come late of our own is thrown out meanwhile.
func TestOffsetsAreStable(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 100)
	other := l.stranger()
	other.offset(50)
	asked := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Observe: true, Count: -1})
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.DeliveryTimeout = 20 * time.Millisecond
	proxy := l.start(cfg)
	joined := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.AddOffsetsToTxn}, TxnID: "redactor-g-in-0", Observe: true, Count: -1})
	proxy.until("questions", func(*Snapshot) bool { return asked.Hits() > 2 && joined.Hits() > 1 })
	proxy.until("the stall", func(s *Snapshot) bool { return s.Partitions[0].State == PartitionStalled })
	other.commit()
	proxy.until("the end of it", func(s *Snapshot) bool { return s.Partitions[0].State == PartitionRunning })
	proxy.arrives(50)
	proxy.end()
	if first := l.consume("out.a", 50)[0]; !bytes.Equal(first.Value, jsonValue(0, 50)) {
		t.Errorf("the first is %s", first.Value)
	}
}

// A coordinator that has been one, and has not noticed, knows offsets of before.
// It does not know the generation.
func TestOffsetOfACoordinatorOfBefore(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Heartbeat = time.Second // the first comes when the offset is known
	l.feed(1, 0, 100)
	proxy := l.start(cfg)
	proxy.arrives(100)
	proxy.end()
	l.feed(1, 100, 100)

	var asked atomic.Int32 // of the one of before: for the offset, then whether it knows us
	l.cluster.ControlKey(int16(kmsg.OffsetFetch), func(r kmsg.Request) (kmsg.Response, error, bool) {
		asked.Store(1)
		resp := r.ResponseKind().(*kmsg.OffsetFetchResponse)
		topic, part := kmsg.NewOffsetFetchResponseTopic(), kmsg.NewOffsetFetchResponseTopicPartition()
		topic.Topic, topic.Partitions = "in", append(topic.Partitions, part)
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	})
	l.cluster.ControlKey(int16(kmsg.Heartbeat), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		if !asked.CompareAndSwap(1, 2) {
			return nil, nil, false
		}
		resp := r.ResponseKind().(*kmsg.HeartbeatResponse)
		resp.ErrorCode = kerr.IllegalGeneration.Code
		return resp, nil, true
	})
	proxy = l.start(cfg)
	proxy.arrives(100)
	if asked.Load() != 2 {
		t.Error("nobody asked whether it knows the generation")
	}
	proxy.end()
	l.expect(1, 200)
}

// Another implementation writes what is read here, and no part of it passes
// for the whole.
func TestReadStable(t *testing.T) {
	in := kmsg.NewPtrOffsetFetchResponse()
	in.Version, in.ErrorCode = stableOffsets, 14
	for _, name := range []string{"one", "two"} {
		topic := kmsg.NewOffsetFetchResponseTopic()
		topic.Topic = name
		for id := range int32(3) {
			part := kmsg.NewOffsetFetchResponseTopicPartition()
			part.Partition, part.Offset, part.LeaderEpoch, part.ErrorCode = id, int64(id)*100-1, 7, int16(id)
			part.UnknownTags.Set(5, []byte("later"))
			if id > 0 {
				part.Metadata = &name
			}
			topic.Partitions = append(topic.Partitions, part)
		}
		in.Topics = append(in.Topics, topic)
	}
	whole := in.AppendTo([]byte{0})
	got, err := readStable(whole)
	if err != nil || got.ErrorCode != in.ErrorCode || len(got.Topics) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, topic := range in.Topics {
		if got.Topics[i].Name != topic.Topic || len(got.Topics[i].Partitions) != 3 {
			t.Fatalf("%+v", got.Topics[i])
		}
		for j, want := range topic.Partitions {
			p := got.Topics[i].Partitions[j]
			if p.PartitionIndex != want.Partition || p.CommittedOffset != want.Offset || p.ErrorCode != want.ErrorCode {
				t.Errorf("%+v, want %+v", p, want)
			}
		}
	}
	for n := range whole {
		if got, err := readStable(whole[:n]); err == nil {
			t.Errorf("%d bytes of %d pass for %+v", n, len(whole), got)
		}
	}
}
