package e2e

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

// These tests say why stream does not stand on kafka-go's Reader and Writer. Each does what a plain loop
// over them would do, and shows the harm. A test here that fails after an upgrade of kafka-go is good news:
// the finding is gone, and the test with it.

// naiveRead is the plain loop: ReadMessage until the log's last offset, or until nothing comes.
func naiveRead(t *testing.T, b *broker, topic string) []kafka.Message {
	t.Helper()
	end := b.ends(t.Context(), topic, 1)[0]
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: b.addrs, Topic: topic, Partition: 0,
		MaxWait: 100 * time.Millisecond, MaxBytes: 1 << 20,
		IsolationLevel: kafka.ReadCommitted,
	})
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	var all []kafka.Message
	for {
		m, err := r.ReadMessage(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
		if m.Offset == end-1 {
			return all
		}
	}
}

// naiveForward is the rest of that loop.
func naiveForward(t *testing.T, b *broker, topic string, in []kafka.Message) {
	t.Helper()
	w := &kafka.Writer{Addr: b.client.Addr, Transport: b.client.Transport, Topic: topic, RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond}
	defer w.Close()
	for _, m := range in {
		if err := w.WriteMessages(t.Context(), kafka.Message{Key: m.Key, Value: m.Value, Headers: m.Headers, Time: m.Time}); err != nil {
			t.Fatal(err)
		}
	}
}

// A producer took two records back by aborting. Whoever reads with ReadCommitted must not see them, nor the
// markers that end transactions.
func TestNaiveReaderPublishesAborted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		in, out := b.named(t, "in"), b.named(t, "out")
		b.createTopic(t, in, 1)
		b.createTopic(t, out, 1)
		w := b.writer(t, kgo.TransactionalID(in))
		record := func(v string) *kgo.Record { return &kgo.Record{Topic: in, Value: []byte(v)} }
		inTransaction(t, w, true, record("committed 1"))
		inTransaction(t, w, false, record("taken back 1"), record("taken back 2"))
		inTransaction(t, w, true, record("committed 2"))
		// A real Kafka writes the marker after it has answered that the transaction ended.
		eventually(t, patience, "the last marker", func(ctx context.Context) bool { return slices.Equal(b.ends(ctx, in, 1), []int64{7}) })

		naiveForward(t, b, out, naiveRead(t, b, in))
		var takenBack, junk int
		for _, r := range b.readAll(t, out, 1) {
			switch v := string(r.Value); {
			case strings.HasPrefix(v, "taken back"):
				takenBack++
			case !strings.HasPrefix(v, "committed"):
				junk++
			}
		}
		if takenBack != 2 || junk != 3 {
			t.Errorf("Reader and Writer published %d aborted records and %d markers, known are 2 and 3", takenBack, junk)
		}
	})
}

// An empty value is data. A null value is a tombstone: on a compacted topic it deletes the key.
func TestNaiveLoopWritesTombstones(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		in, out := b.named(t, "in"), b.named(t, "out")
		b.createTopic(t, in, 1)
		b.createTopic(t, out, 1)
		write(t, b.writer(t),
			&kgo.Record{Topic: in, Key: []byte("k"), Value: []byte{}},
			&kgo.Record{Topic: in, Key: []byte("k"), Value: []byte("last")})

		naiveForward(t, b, out, naiveRead(t, b, in))
		got := b.readAll(t, out, 1)
		if len(got) != 2 {
			t.Fatalf("%d records", len(got))
		}
		if got[0].Value != nil {
			t.Errorf("the empty value came out as %q, known is that it becomes a tombstone", got[0].Value)
		}
	})
}

// r1 reads a record and is slow. Meanwhile the group gives its partition to r2, which reads on and commits.
// Then r1 commits the record it still held, and the group's offset goes back: Reader commits whatever it is
// given, with the member id of the generation it is in by now.
func TestNaiveReaderRewindsTheGroup(t *testing.T) {
	t.Parallel()
	const perPartition = 100
	onEach(t, func(t *testing.T, b *broker) {
		in, group := b.named(t, "in"), b.named(t, "group")
		b.createTopic(t, in, 2)
		var records []*kgo.Record
		for i := range 2 * perPartition {
			records = append(records, &kgo.Record{Topic: in, Partition: int32(i % 2), Value: text("%d", i)})
		}
		write(t, b.writer(t), records...)
		reader := func() *kafka.Reader {
			r := kafka.NewReader(kafka.ReaderConfig{
				Brokers: b.addrs, Topic: in, GroupID: group,
				HeartbeatInterval: 100 * time.Millisecond, MaxWait: 100 * time.Millisecond, JoinGroupBackoff: 100 * time.Millisecond,
				ReadBackoffMin: time.Millisecond, ReadBackoffMax: 10 * time.Millisecond,
			})
			t.Cleanup(func() { r.Close() })
			return r
		}
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		fetch := func(r *kafka.Reader) kafka.Message {
			m, err := r.FetchMessage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}

		r1 := reader()
		held := map[int]kafka.Message{} // the first record of each partition, uncommitted
		for len(held) < 2 {
			if m := fetch(r1); m.Offset == 0 {
				held[m.Partition] = m
			}
		}
		r2 := reader()
		var last kafka.Message
		for last = fetch(r2); last.Offset < perPartition-1; last = fetch(r2) {
		}
		if err := r2.CommitMessages(ctx, last); err != nil {
			t.Fatal(err)
		}
		if at := b.committed(ctx, group, in, 2); at[last.Partition] != perPartition {
			t.Fatalf("r2 committed %d, the group stands at %v", perPartition, at)
		}

		if err := r1.CommitMessages(ctx, held[last.Partition]); err != nil {
			t.Fatalf("the commit of the former owner was refused (%v): known is that it is taken", err)
		}
		if at := b.committed(ctx, group, in, 2); at[last.Partition] != 1 {
			t.Errorf("the group stands at %v, known is that partition %d goes back to 1", at, last.Partition)
		}
	})
}

// A Writer that is not told otherwise asks for no acks: it calls a record written that the broker refused.
func TestNaiveWriterLosesSilently(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, b *broker) {
		topic := b.named(t, "small")
		b.createTopic(t, topic, 1, kafka.ConfigEntry{ConfigName: "max.message.bytes", ConfigValue: "1000"})
		large := kafka.Message{Value: []byte(strings.Repeat("x", 5000))}

		byDefault := &kafka.Writer{Addr: b.client.Addr, Transport: b.client.Transport, Topic: topic, BatchTimeout: time.Millisecond}
		defer byDefault.Close()
		if err := byDefault.WriteMessages(t.Context(), large); err != nil {
			t.Errorf("the Writer noticed: %v", err)
		}
		asked := &kafka.Writer{Addr: b.client.Addr, Transport: b.client.Transport, Topic: topic, BatchTimeout: time.Millisecond, RequiredAcks: kafka.RequireAll}
		defer asked.Close()
		if err := asked.WriteMessages(t.Context(), large); err == nil {
			t.Error("with acks from all the broker took a record past its limit: this test shows nothing")
		}
		if end := b.ends(t.Context(), topic, 1); end[0] != 0 {
			t.Errorf("the topic ends at %d: the record was stored", end[0])
		}
	})
}
