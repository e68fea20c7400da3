package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/redact"
)

// What a record is besides its value arrives as it was: null is not empty,
// headers keep their order and repeats, the timestamp stays.
func TestEnvelope(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	at := time.UnixMilli(1_600_000_000_123)
	in := []*kgo.Record{
		{Key: []byte("k1"), Value: []byte(`{"id":1}`), Timestamp: at},
		{Key: nil, Value: []byte(`{"id":2}`), Timestamp: at.Add(time.Millisecond)},
		{Key: []byte{}, Value: []byte(`{"id":3}`), Timestamp: at},
		{Key: []byte("k4"), Value: nil, Timestamp: at.Add(-time.Hour)},
		{Key: []byte("k5"), Value: []byte(`5`), Timestamp: at, Headers: []kgo.RecordHeader{
			{Key: "twice", Value: []byte("1")}, {Key: "h", Value: []byte{0, 0xff}}, {Key: "twice", Value: []byte("2")},
			{Key: "secret", Value: []byte("goes")}, {Key: "null", Value: nil}, {Key: "empty", Value: []byte{}}}},
		{Key: []byte("k6"), Value: nil, Timestamp: at, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("of a tombstone")}}},
	}
	for _, r := range in {
		r.Topic = "in"
	}
	l.produce(in...)
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	in[4].Headers = append(in[4].Headers[:3:3], in[4].Headers[4:]...)
	for i, got := range l.consume("out.a", len(in)) {
		want := in[i]
		if !sameBytes(got.Key, want.Key) || !sameBytes(got.Value, want.Value) || !got.Timestamp.Equal(want.Timestamp) {
			t.Errorf("record %d: %q %q at %s, want %q %q at %s", i, got.Key, got.Value, got.Timestamp, want.Key, want.Value, want.Timestamp)
		}
		if len(got.Headers) != len(want.Headers) {
			t.Errorf("record %d: headers %q, want %q", i, got.Headers, want.Headers)
			continue
		}
		for j, h := range got.Headers {
			if h.Key != want.Headers[j].Key || !sameBytes(h.Value, want.Headers[j].Value) {
				t.Errorf("record %d: header %d is %q, want %q", i, j, h, want.Headers[j])
			}
		}
	}
	proxy.end()
	proxy.books()
}

// A recipient that wants the stamp gets it on every record, a tombstone too, in
// place of any header of that name; the others never see it. An empty header
// stays empty when it is the first thing that is rendered.
func TestStamp(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	l.produce(
		&kgo.Record{Topic: "in", Value: []byte(`1`), Headers: []kgo.RecordHeader{{Key: "empty", Value: []byte{}}, {Key: StampHeader, Value: []byte("forged")}}},
		&kgo.Record{Topic: "in", Value: nil})
	route := keepRoute(t, "in", "a", "b")
	route.To[0].Stamp = "logs 93ab"
	proxy := l.start(l.config(route))
	for i, r := range l.consume("out.a", 2) {
		want := []kgo.RecordHeader{{Key: "empty", Value: []byte{}}, {Key: StampHeader, Value: []byte("logs 93ab")}}[i:]
		if len(r.Headers) != len(want) {
			t.Fatalf("record %d has headers %q, want %q", i, r.Headers, want)
		}
		for j, h := range r.Headers {
			if h.Key != want[j].Key || !sameBytes(h.Value, want[j].Value) {
				t.Errorf("record %d: header %q, want %q", i, h, want[j])
			}
		}
	}
	for _, r := range l.consume("out.b", 2) {
		for _, h := range r.Headers {
			if h.Key == StampHeader {
				t.Errorf("b got the header %q", h)
			}
		}
	}
	proxy.end()
}

// sameBytes tells null from empty.
func sameBytes(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// Zero bytes are malformed JSON and must not become a tombstone, which would
// delete the key in a compacted output.
func TestEmptyValueIsNoTombstone(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.produce(
		&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte{}},
		&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(`1`)})
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	if got := l.consume("out.a", 1)[0]; string(got.Value) != "1" {
		t.Errorf("the empty value came as %q", got.Value)
	}
	if q := quarantined(t, l.consume("quarantine", 1)); q[0].Reason != "parse" || q[0].Offset != 0 {
		t.Errorf("quarantine: %+v", q[0])
	}
	proxy.end()
	proxy.books()
}

func TestRecordTime(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	at := time.Date(2026, 11, 21, 13, 37, 42, 0, time.UTC)
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`1`), Timestamp: at})
	r := keepRoute(t, "in", "a")
	r.Program = keepProgram(t, redact.Profile{Name: "a", Unknown: redact.UnknownKeep, Time: redact.TimeHour})
	l.start(l.config(r))
	if got := l.consume("out.a", 1)[0]; !got.Timestamp.Equal(at.Truncate(time.Hour)) {
		t.Errorf("timestamp %s, want the hour of %s", got.Timestamp, at)
	}
}

// produceTxn writes records in a transaction and ends it.
func produceTxn(t *testing.T, l *lab, id string, commit kgo.TransactionEndTry, records ...*kgo.Record) {
	t.Helper()
	k := l.newClient(kgo.TransactionalID(id))
	if err := k.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := k.ProduceSync(l.context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := k.EndTransaction(l.context(), commit); err != nil {
		t.Fatal(err)
	}
}

// transactions writes what TestAbortedAndControl and its companion read: an
// aborted transaction between two that are committed, and a plain record.
func transactions(t *testing.T, l *lab) (committed []string) {
	t.Helper()
	value := func(s string) *kgo.Record { return &kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(s)} }
	produceTxn(t, l, "t1", kgo.TryCommit, value(`"first"`), value(`"second"`))
	produceTxn(t, l, "t2", kgo.TryAbort, value(`"withdrawn 1"`), value(`"withdrawn 2"`))
	produceTxn(t, l, "t1", kgo.TryCommit, value(`"third"`))
	l.produce(value(`"last"`))
	if in := l.cluster.PartitionInfo("in", 0); in.LastStableOffset != in.HighWatermark {
		t.Fatalf("kfake takes a transaction for open that has ended: stable up to %d of %d", in.LastStableOffset, in.HighWatermark)
	}
	return []string{`"first"`, `"second"`, `"third"`, `"last"`}
}

// A backlog comes in answers that a limit cuts. What was withdrawn stays so.
func TestAbortedInBacklog(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	const n = 20
	for i := range n {
		pad := strings.Repeat("x", 1000)
		produceTxn(t, l, "t", kgo.TryAbort, &kgo.Record{Topic: "in", Value: fmt.Appendf(nil, `"withdrawn %s"`, pad)})
		l.produce(&kgo.Record{Topic: "in", Value: fmt.Appendf(nil, `"%d %s"`, i, pad)})
	}
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Fetch.Bytes = 8 << 10
	proxy := l.start(cfg)
	for i, got := range l.consume("out.a", n) {
		if !strings.HasPrefix(string(got.Value), fmt.Sprintf(`"%d `, i)) {
			t.Errorf("record %d: %.12s", i, got.Value)
		}
	}
	proxy.end()
	proxy.books()
}

func TestAbortedAndControl(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	want := transactions(t, l)
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	for i, got := range l.consume("out.a", len(want)) {
		if string(got.Value) != want[i] || string(got.Key) != "k" {
			t.Errorf("record %d: %q %q, want %q", i, got.Key, got.Value, want[i])
		}
	}
	// Markers move the offset too: else the group would never be at the end.
	end := l.cluster.PartitionInfo("in", 0).HighWatermark
	proxy.until("the end", func(s *Snapshot) bool { return s.Partitions[0].Acked == end })
	proxy.end()
	proxy.books()
}

// The naive path: kafka-go's Reader, asked for committed data, delivers what
// was withdrawn, and markers as records without a value, which a compacted
// output takes for deletions. When this fails, kafka-go has learned it.
func TestReaderDeliversAbortedAndControl(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in"))
	want := transactions(t, l)
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: l.cluster.ListenAddrs(), Topic: "in", IsolationLevel: kafka.ReadCommitted, MaxWait: 50 * time.Millisecond})
	defer r.Close()
	withdrawn, markers := 0, 0
	ctx, cancel := context.WithTimeout(context.Background(), labDeadline)
	defer cancel()
	for range int(l.cluster.PartitionInfo("in", 0).HighWatermark) {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case m.Value == nil || !bytes.HasPrefix(m.Value, []byte(`"`)):
			markers++
		case bytes.Contains(m.Value, []byte("withdrawn")):
			withdrawn++
		case len(want) > 0 && string(m.Value) == want[0]:
			want = want[1:]
		}
	}
	if withdrawn == 0 || markers == 0 || len(want) != 0 {
		t.Errorf("Reader delivered %d withdrawn records, %d markers, and %d committed ones not: %v", withdrawn, markers, len(want), errors.ErrUnsupported)
	}
}

func TestCodecs(t *testing.T) {
	for _, c := range []struct {
		name  string
		codec kgo.CompressionCodec
	}{{"none", kgo.NoCompression()}, {"gzip", kgo.GzipCompression()}, {"snappy", kgo.SnappyCompression()}, {"lz4", kgo.Lz4Compression()}, {"zstd", kgo.ZstdCompression()}} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			const n = 500
			k := l.newClient(kgo.ProducerBatchCompression(c.codec))
			for id := range n {
				k.Produce(context.Background(), &kgo.Record{Topic: "in", Value: jsonValue(0, id)}, nil)
			}
			if err := k.Flush(l.context()); err != nil {
				t.Fatal(err)
			}
			cfg := l.config(keepRoute(t, "in", "a"))
			cfg.Batch.Compression = c.name
			proxy := l.start(cfg)
			for id, r := range l.consume("out.a", n) {
				if !bytes.Equal(r.Value, jsonValue(0, id)) {
					t.Fatalf("record %d is %s", id, r.Value)
				}
				if want, _ := parseCompression(c.name); compression(r.Attrs.CompressionType()) != want {
					t.Fatalf("record %d came in a batch of codec %d", id, r.Attrs.CompressionType())
				}
			}
			proxy.end()
			proxy.books()
		})
	}
}
