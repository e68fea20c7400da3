package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// franz-go writes the sources and is a witness beside kcat: it shares no code with redactor's Kafka path.

// writer is a franz-go producer that keeps the partition each record names.
func (b *broker) writer(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(b.addrs...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(5 * time.Millisecond),
		kgo.MaxBufferedRecords(50_000),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// write produces and waits for the acks.
func write(t *testing.T, c *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := c.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// inTransaction writes the records in one transaction and ends it.
func inTransaction(t *testing.T, c *kgo.Client, commit bool, records ...*kgo.Record) {
	t.Helper()
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	write(t, c, records...)
	if err := c.EndTransaction(t.Context(), kgo.TransactionEndTry(commit)); err != nil {
		t.Fatal(err)
	}
}

// readAll is everything that a read_committed consumer sees of a topic, per partition in order. It knows
// where to stop by reading past the last stable offset: kgo keeps control records when asked to.
func (b *broker) readAll(t *testing.T, topic string, partitions int) []*kgo.Record {
	t.Helper()
	ends := b.ends(t.Context(), topic, partitions)
	if ends == nil {
		t.Fatalf("no end offsets of %s", topic)
	}
	c, err := kgo.NewClient(
		kgo.SeedBrokers(b.addrs...),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.FetchMaxWait(100*time.Millisecond),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	left := 0
	for _, e := range ends {
		if e > 0 {
			left++
		}
	}
	var all []*kgo.Record
	for left > 0 {
		f := c.PollFetches(ctx)
		if err := f.Err0(); err != nil {
			t.Fatalf("reading %s: %v (%d partitions short of their end)", topic, err, left)
		}
		f.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				all = append(all, r)
			}
			if r.Offset == ends[r.Partition]-1 {
				left--
			}
		})
	}
	return all
}

func text(format string, args ...any) []byte { return fmt.Appendf(nil, format, args...) }
