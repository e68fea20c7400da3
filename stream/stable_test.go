package stream

import (
	"bytes"
	"testing"
	"time"

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
