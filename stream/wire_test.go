package stream

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// answerFetches makes the brokers answer fetches of "in" at offset 0 with the
// bytes that answer returns; nil leaves the fetch to the broker.
func (l *lab) answerFetches(end int64, answer func() []byte) {
	l.cluster.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		r := req.(*kmsg.FetchRequest)
		if len(r.Topics) != 1 || r.Topics[0].Topic != "in" || r.Topics[0].Partitions[0].FetchOffset != 0 {
			return nil, nil, false
		}
		records := answer()
		if records == nil {
			return nil, nil, false
		}
		res := r.ResponseKind().(*kmsg.FetchResponse)
		p := kmsg.NewFetchResponseTopicPartition()
		p.HighWatermark, p.LastStableOffset, p.RecordBatches = end, end, records
		topic := kmsg.NewFetchResponseTopic()
		topic.Topic, topic.Partitions = "in", []kmsg.FetchResponseTopicPartition{p}
		res.Topics = append(res.Topics, topic)
		return res, nil, true
	})
}

// A log from before Kafka 0.11, message sets and all, arrives as records.
func TestOldFormats(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 5) // what the offsets stand for
	var b builder
	b.reset(0)
	b.append(1000, nil, []byte("4"), nil)
	current := bytes.Clone(b.finish(compressNone, -1, -1, -1, 0))
	binary.BigEndian.PutUint64(current, 4)
	old := bytes.Join([][]byte{
		oldMessage(0, 0, 0, 0, []byte("k"), []byte("0")),
		oldMessage(1, 1, 0, 1234, nil, []byte("1")),
		oldMessage(2, 1, 0, 1234, []byte("k"), nil),
		oldMessage(3, 1, 0, 1234, nil, []byte("3")),
		current,
	}, nil)
	l.answerFetches(5, func() []byte { return old })
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	want := []string{"0", "1", "", "3", "4"}
	for i, r := range l.consume("out.a", len(want)) {
		if string(r.Value) != want[i] || (r.Value == nil) != (i == 2) {
			t.Errorf("record %d: %q", i, r.Value)
		}
		if ms := r.Timestamp.UnixMilli(); (i == 1 || i == 3) && ms != 1234 {
			t.Errorf("record %d: timestamp %d", i, ms)
		}
	}
	proxy.end()
	proxy.books()
}

// Bytes that break on the way are fetched again; a batch that stays broken
// holds its partition, says so, and nothing of it or behind it is skipped.
func TestDamagedBatch(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 5)
	var b builder
	b.reset(0)
	b.append(1000, nil, []byte(`{"imei":"358142035282084"}`), nil)
	damaged := bytes.Clone(b.finish(compressNone, -1, -1, -1, 0))
	damaged[len(damaged)-5] ^= 1
	var mended atomic.Bool
	l.answerFetches(5, func() []byte {
		if mended.Load() {
			return nil
		}
		return damaged
	})
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.DeliveryTimeout = 20 * time.Millisecond
	proxy := l.start(cfg)
	proxy.until("the stall", func(s *Snapshot) bool {
		return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStalled && strings.Contains(s.Partitions[0].Why, "damaged")
	})
	if b := proxy.Snapshot().Recipients[0]; b.Routed != 0 {
		t.Errorf("books: %+v", b)
	}
	mended.Store(true)
	l.expect(1, 5)
	proxy.until("the end of the stall", func(s *Snapshot) bool { return s.Partitions[0].State == PartitionRunning })
	proxy.end()
	proxy.books()
}

// Records that make no sense in a batch whose checksum is right: the batch is
// given up from there on, the next one goes on.
func TestMalformedRecords(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 5)
	var b builder
	b.reset(0)
	for _, v := range []string{"0", "1", "2", "3"} {
		b.append(1000, nil, []byte(v), nil)
	}
	b.buf[len(b.buf)-2*8] = 0x7f // the length of the third record
	first := bytes.Clone(b.finish(compressNone, -1, -1, -1, 0))
	b.reset(0)
	b.append(1000, nil, []byte("4"), nil)
	second := bytes.Clone(b.finish(compressNone, -1, -1, -1, 0))
	binary.BigEndian.PutUint64(second, 4)
	l.answerFetches(5, func() []byte { return append(bytes.Clone(first), second...) })
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	want := []string{"0", "1", "4"}
	for i, r := range l.consume("out.a", len(want)) {
		if string(r.Value) != want[i] {
			t.Errorf("record %d: %q, want %q", i, r.Value, want[i])
		}
	}
	q := quarantined(t, l.consume("quarantine", 1))[0]
	if q.Offset != 2 || q.LastOffset != 3 || q.Reason != reasonParse {
		t.Errorf("quarantine: %+v", q)
	}
	proxy.end()
	proxy.books()
}

// What compaction leaves of a batch: holes, and a batch of nothing.
func TestCompacted(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 20)
	// Offsets 3 and 7 of a batch from 0 to 9, and a batch from 10 to 19 with no
	// record left in it.
	var b builder
	b.reset(0)
	for range 8 {
		b.append(1000, nil, []byte("1"), nil)
	}
	var src batch
	src.next(bytes.Clone(b.finish(compressNone, -1, -1, -1, 0)))
	raw, rest := src.Raw[:batchHead:batchHead], src.Records
	for i := range 8 {
		var r record
		before := rest
		rest, _ = r.next(rest)
		if i == 3 || i == 7 {
			raw = append(raw, before[:len(before)-len(rest)]...)
		}
	}
	first := moved(raw, 0, 9, 2)
	second := moved(bytes.Clone(src.Raw[:batchHead]), 10, 9, 0)
	l.answerFetches(20, func() []byte { return append(bytes.Clone(first), second...) })
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	proxy.until("the end", func(s *Snapshot) bool { return len(s.Partitions) == 1 && s.Partitions[0].Acked == 20 })
	l.consume("out.a", 2)
	proxy.end()
	proxy.books()
}

// moved gives a batch another place, span and count.
func moved(p []byte, base int64, lastDelta, count int32) []byte {
	be.PutUint64(p, uint64(base))
	be.PutUint32(p[8:], uint32(len(p)-batchFrame))
	be.PutUint32(p[23:], uint32(lastDelta))
	be.PutUint32(p[57:], uint32(count))
	be.PutUint32(p[crcAt:], crc32.Checksum(p[crcFrom:], castagnoli))
	return p
}

// A response is whatever somebody on that port wrote: it never panics, and
// nothing is allocated for what it only claims.
func FuzzResponses(f *testing.F) {
	var valid []byte
	valid = be.AppendUint32(valid, 0)
	valid = be.AppendUint32(valid, 1)
	valid = appendString(valid, "in")
	valid = be.AppendUint32(valid, 1)
	valid = be.AppendUint32(valid, 0)
	valid = be.AppendUint16(valid, 0)
	valid = append(valid, make([]byte, 16)...)
	valid = be.AppendUint32(valid, math.MaxUint32)
	valid = be.AppendUint32(valid, 4)
	valid = append(valid, "data"...)
	f.Add(valid, uint8(0))
	f.Add(append(be.AppendUint32(nil, 0), make([]byte, 40)...), uint8(7))
	f.Fuzz(func(t *testing.T, p []byte, version uint8) {
		fetch := &fetchRequest{topic: "in", body: p, version: 4 + int16(version%8)}
		if err := fetch.decode(); err != nil && !errors.Is(err, errProtocol) {
			t.Errorf("fetch: %v", err)
		}
		if len(fetch.records) > len(p) || len(fetch.aborted)*16 > len(p) {
			t.Errorf("fetch: %d bytes gave %d bytes of records and %d aborted transactions", len(p), len(fetch.records), len(fetch.aborted))
		}
		produce := &produceRequest{topic: "in", in: p, version: 3 + int16(version%6), parts: []*producePart{{partition: 0}}}
		if err := produce.decode(); err != nil && !errors.Is(err, errProtocol) {
			t.Errorf("produce: %v", err)
		}
	})
}

func TestReadHeader(t *testing.T) {
	frame := func(size, id uint32) []byte { return be.AppendUint32(be.AppendUint32(nil, size), id) }
	var h [responseHeader]byte
	for _, c := range []struct {
		p  []byte
		n  int
		ok bool
	}{
		{frame(4, correlationID), 0, true}, {frame(104, correlationID), 100, true},
		{frame(4, correlationID+1), 0, false}, {frame(3, correlationID), 0, false},
		{frame(math.MaxUint32, correlationID), 0, false}, {frame(maxFrame+5, correlationID), 0, false}, {[]byte("HTTP/1.1"), 0, false}, {[]byte("HTT"), 0, false},
	} {
		n, err := readHeader(bytes.NewReader(c.p), h[:])
		if (err == nil) != c.ok || (c.ok && n != c.n) {
			t.Errorf("%x: %d %v", c.p, n, err)
		}
	}
}

// Records of one poll with many partitions, by a proxy with several batches
// for each: the parts of one request, and their order.
func TestProduceParts(t *testing.T) {
	l := newLab(t, kfake.NumBrokers(1), kfake.SeedTopics(7, "out.a"))
	transport, _ := newConnection(&Config{ClientID: "a client"})
	cl := newCluster(transport.transport, &Config{Brokers: l.cluster.ListenAddrs(), ClientID: "a client", RequestTimeout: time.Second, Metrics: newMetrics(nil)})
	ctx := context.Background()
	if _, err := cl.describe(ctx, []string{"out.a"}); err != nil {
		t.Fatal(err)
	}
	m := &produceRequest{clientID: "a client", leader: cl.leader("out.a", 0), topic: "out.a", timeout: 1000}
	room := produceHeadroom(m.clientID, "", m.topic)
	for p := range int32(7) {
		var b builder
		b.reset(room)
		for i := range int(p) + 1 {
			b.append(1, nil, jsonValue(int(p), i), nil)
		}
		m.parts = append(m.parts, &producePart{partition: p, buf: bytes.Clone(b.finish(compressNone, -1, -1, -1, 0))})
	}
	if err := exchange(ctx, cl.transport, cl.brokers, m, labDeadline); err != nil {
		t.Fatal(err)
	}
	for p, got := range byPartition(l.consume("out.a", 1+2+3+4+5+6+7)) {
		for i, r := range got {
			if !bytes.Equal(r.Value, jsonValue(int(p), i)) {
				t.Errorf("partition %d, record %d: %s", p, i, r.Value)
			}
		}
		if len(got) != int(p)+1 || m.parts[p].code != 0 {
			t.Errorf("partition %d: %d records, code %d", p, len(got), m.parts[p].code)
		}
	}
}
