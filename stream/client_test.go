package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A tool reads what is committed, in order, whatever its batches are like, and
// writes what others read.
func TestClient(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(3, "in", "out"))
	want := make(map[string]bool)
	for i := range 300 {
		r := &kgo.Record{Topic: "in", Partition: int32(i % 3), Key: fmt.Appendf(nil, "k%d", i), Value: bytes.Repeat([]byte{byte('a' + i%26)}, i*7)}
		switch i % 10 {
		case 0:
			r.Value = nil
		case 1:
			r.Key = []byte{}
		case 2:
			r.Headers = []kgo.RecordHeader{{Key: "h", Value: []byte("v")}, {Key: "null"}}
		}
		l.produce(r)
		want[fmt.Sprintf("%d/%d", r.Partition, i/3)] = true
	}
	c, err := NewClient(Config{Brokers: l.cluster.ListenAddrs(), Fetch: Fetch{Bytes: 2000}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := l.context()
	var copies []*Record
	last := map[int32]int64{0: -1, 1: -1, 2: -1}
	if err := c.Read(ctx, "in", func(r *Record) error {
		if r.Offset != last[r.Partition]+1 {
			t.Errorf("partition %d: %d after %d", r.Partition, r.Offset, last[r.Partition])
		}
		last[r.Partition] = r.Offset
		delete(want, fmt.Sprintf("%d/%d", r.Partition, r.Offset))
		copies = append(copies, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(want) > 0 {
		t.Errorf("%d records were not read", len(want))
	}
	if h := copies[4].Headers; copies[4].Offset != 4 || len(h) != 2 || string(h[0].Value) != "v" || h[1].Value != nil || string(copies[4].Header("h")) != "v" {
		t.Errorf("headers %q", h)
	}
	if err := c.Write(ctx, "out", 2, copies...); err != nil {
		t.Fatal(err)
	}
	for i, r := range l.consume("out", len(copies)) {
		if w := copies[i]; r.Partition != 2 || !bytes.Equal(r.Key, w.Key) || !bytes.Equal(r.Value, w.Value) || (r.Value == nil) != (w.Value == nil) || len(r.Headers) != len(w.Headers) || r.Timestamp.UnixMilli() != w.Timestamp {
			t.Fatalf("record %d is %+v, want %+v", i, r, w)
		}
	}
	stop := errors.New("enough")
	if err := c.Read(ctx, "in", func(*Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error is %v", err)
	}
	missing := new(TopicError)
	if _, err := c.Partitions(ctx, "nowhere"); !errors.As(err, &missing) {
		t.Errorf("a missing topic: %v", err)
	}
}

// What a transaction took back is not read.
func TestClientReadsCommitted(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in"))
	k := l.newClient(kgo.TransactionalID("t"))
	for i, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit} {
		if err := k.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := k.ProduceSync(l.context(), &kgo.Record{Topic: "in", Value: []byte{byte('0' + i)}}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := k.EndTransaction(l.context(), end); err != nil {
			t.Fatal(err)
		}
	}
	c, err := NewClient(Config{Brokers: l.cluster.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := ""
	if err := c.Read(context.Background(), "in", func(r *Record) error { got += string(r.Value); return nil }); err != nil || got != "02" {
		t.Errorf("read %q: %v", got, err)
	}
}

// What is purged is gone for everybody; what stands behind it stays.
func TestPurge(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in"))
	for i := range 10 {
		l.produce(&kgo.Record{Topic: "in", Value: []byte{byte('0' + i)}})
	}
	c, err := NewClient(Config{Brokers: l.cluster.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Purge(l.context(), "in", 0, 7); err != nil {
		t.Fatal(err)
	}
	got := ""
	if err := c.Read(l.context(), "in", func(r *Record) error { got += string(r.Value); return nil }); err != nil || got != "789" {
		t.Errorf("read %q: %v", got, err)
	}
	if err := c.Purge(l.context(), "in", 0, 99); err == nil {
		t.Error("offsets that are not there were purged")
	}
}
