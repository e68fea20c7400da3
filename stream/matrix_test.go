package stream

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"redactor/redact"
)

// Rows of the leak matrix about the envelope (C) and delivery (D) that no other
// test of this package is about; DESIGN.md has all of them.

// canary is an IMEI that may be in no output.
const canary = "358142035282084"

// imeiRoute sends what comes in to out.a with the IMEI replaced, in headers of
// the name x-imei too, and the key masked.
func imeiRoute(t *testing.T) Route {
	t.Helper()
	mask, err := redact.Mask(redact.MaskOptions{KeepLast: 4})
	if err != nil {
		t.Fatal(err)
	}
	prog, err := redact.Compile(redact.Spec{
		Fields:   []redact.Field{{Name: "imei", Level: 4, Keys: []string{"imei"}, Headers: []string{"x-imei"}}, {Name: "key", Level: 4, RecordKey: true}},
		Profiles: []redact.Profile{{Name: "a", Transforms: []redact.Transform{redact.Replace("p_1"), mask}, Partition: redact.PartitionByKey, PassHeaders: []string{"trace"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return Route{From: "in", Program: prog, To: []Target{{Profile: "a", Topic: "out.a"}}}
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Row 38: a key is data. The same key becomes the same one, and so goes to the
// same partition; one that is an IMEI and more is treated as a whole. That
// every spelling of an IMEI has one pseudonym is tested where pseudonyms are.
func TestMatrix38Keys(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "quarantine"), kfake.SeedTopics(8, "out.a"))
	same := []string{canary, canary, canary}
	other := []string{`{"imei":"` + canary + `"}`, "imei=" + canary, `["` + canary + `"]`}
	for _, k := range append(slices.Clone(same), other...) {
		l.produce(&kgo.Record{Topic: "in", Key: []byte(k), Value: []byte(`{"imei":` + canary + `}`)})
	}
	proxy := l.start(l.config(imeiRoute(t)))
	keys, partitions := map[string]int{}, map[string]int32{}
	for _, r := range l.consume("out.a", len(same)+len(other)) {
		if bytes.Contains(r.Key, []byte("3581420")) || bytes.Contains(r.Value, []byte("3581420")) {
			t.Errorf("raw: %q %q", r.Key, r.Value)
		}
		if p, ok := partitions[string(r.Key)]; ok && p != r.Partition || len(r.Key) == 0 {
			t.Errorf("the key %q is in partition %d, and %d", r.Key, r.Partition, p)
		}
		keys[string(r.Key)]++
		partitions[string(r.Key)] = r.Partition
	}
	if len(keys) != 1+len(other) || !slices.Contains(slices.Collect(maps.Values(keys)), len(same)) {
		t.Errorf("keys %v, want one for %d records and %d others", keys, len(same), len(other))
	}
	proxy.end()
	proxy.books()
}

// Row 39: a thousand headers, with identifiers in names and in values, as bytes
// that are no text, twice: what an entry names is treated each time, what the
// profile lets through stays in its order, nothing else leaves.
func TestMatrix39Headers(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	var headers []kgo.RecordHeader
	for i := range 250 {
		headers = append(headers, kgo.RecordHeader{Key: "trace", Value: fmt.Appendf(nil, "%d", i)}, kgo.RecordHeader{Key: "X-IMEI", Value: []byte(canary)},
			kgo.RecordHeader{Key: canary, Value: []byte("1")}, kgo.RecordHeader{Key: "\xff\x00" + canary, Value: append([]byte{0, 0xfe}, canary...)})
	}
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{}`), Headers: headers}, &kgo.Record{Topic: "in", Value: nil, Key: []byte(canary), Headers: headers})
	proxy := l.start(l.config(imeiRoute(t)))
	for n, r := range l.consume("out.a", 2) {
		traces, pseudonyms := 0, map[string]int{}
		for _, h := range r.Headers {
			switch {
			case strings.Contains(h.Key, canary) || bytes.Contains(h.Value, []byte("3581420")):
				t.Errorf("record %d: raw: %q %q", n, h.Key, h.Value)
			case h.Key == "trace":
				if string(h.Value) != fmt.Sprint(traces) {
					t.Errorf("record %d: header %q stands where %d was", n, h.Value, traces)
				}
				traces++
			case strings.EqualFold(h.Key, "x-imei"):
				pseudonyms[string(h.Value)]++
			default:
				t.Errorf("record %d: header %q", n, h.Key)
			}
		}
		if traces != 250 || len(pseudonyms) != 1 || total(pseudonyms) != 250 {
			t.Errorf("record %d: %d traces, pseudonyms %v", n, traces, pseudonyms)
		}
	}
	proxy.end()
	proxy.books()
}

// Row 42: times of the producer and of the broker go through every
// compression; so do order and repeats of headers.
func TestMatrix42Times(t *testing.T) {
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		for _, broker := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/LogAppendTime=%v", codec, broker), func(t *testing.T) {
				l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
				l.feed(1, 0, 3)
				c, _ := parseCompression(codec)
				const created, appended = 1_700_000_000_123, 1_700_000_099_999
				want := []kgo.RecordHeader{{Key: "twice", Value: []byte("1")}, {Key: "h", Value: []byte("x")}, {Key: "twice", Value: []byte("2")}}
				var b builder
				var headers headerBlock
				for _, h := range want {
					headers.add([]byte(h.Key), h.Value)
				}
				b.reset(0)
				for i := range int64(3) {
					b.append(created+1000*i, nil, []byte(`{}`), headers.bytes())
				}
				batch := bytes.Clone(b.finish(c, -1, -1, -1, 0))
				if broker {
					batch[22] |= attrLogAppendTime
					binary.BigEndian.PutUint64(batch[35:], appended) // the largest timestamp is then that of all
					binary.BigEndian.PutUint32(batch[crcAt:], crc32.Checksum(batch[crcFrom:], castagnoli))
				}
				l.answerFetches(3, func() []byte { return batch })
				cfg := l.config(keepRoute(t, "in", "a"))
				cfg.Batch.Compression = codec
				proxy := l.start(cfg)
				for i, r := range l.consume("out.a", 3) {
					at := int64(created + 1000*i)
					if broker {
						at = appended
					}
					if r.Timestamp.UnixMilli() != at || fmt.Sprint(r.Headers) != fmt.Sprint(want) {
						t.Errorf("record %d: %d %v, want %d %v", i, r.Timestamp.UnixMilli(), r.Headers, at, want)
					}
				}
				proxy.end()
				proxy.books()
			})
		}
	}
}

// Row 44: names that a person's number stands in (of the group, the client, the
// transactional id) are no labels. Topics are: they are what an operator asks
// for, and a policy's pattern has let them in.
func TestMatrix44Names(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 3)
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.Group, cfg.ClientID, cfg.TransactionalID = "group-"+canary, "client-"+canary, "tx-"+canary
	proxy := l.start(cfg)
	proxy.until("the end", func(s *Snapshot) bool { return s.Recipients[0].Produced == 3 })
	page := httptest.NewRecorder()
	cfg.Metrics.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	if body := page.Body.String(); strings.Contains(body, canary) || !strings.Contains(body, `topic="in"`) {
		t.Error("a name that is no topic is a label, or no topic is")
	}
	proxy.end()
}

// Row 48: what is no JSON on a JSON topic goes to the quarantine, as
// coordinates, and blocks nobody; that a part of it reads as JSON helps nothing.
func TestMatrix48ForeignFormats(t *testing.T) {
	zip := func(p string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(p))
		_ = z.Close()
		return b.String()
	}
	wide := func(p string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(p)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return string(b)
	}
	object := `{"imei":"` + canary + `"}`
	foreign := map[string]string{
		"registry frame, Avro":      "\x00\x00\x00\x00\x07" + "\x1e" + canary,
		"registry frame, JSON":      "\x00\x00\x00\x00\x07" + object,
		"registry frame, Protobuf":  "\x00\x00\x00\x00\x07\x00" + "\x0a\x0f" + canary,
		"Protobuf":                  "\x0a\x0f" + canary,
		"Avro object container":     "Obj\x01\x04\x16avro.schema\x04{}\x00" + canary,
		"MessagePack":               "\x81\xa4imei\xaf" + canary,
		"CBOR":                      "\xa1\x64imei\x6f" + canary,
		"gzip":                      zip(object),
		"UTF-16":                    wide(object),
		"UTF-8 with a mark":         "\xef\xbb\xbf" + object,
		"XML":                       "<imei>" + canary + "</imei>",
		"two documents":             object + object,
		"JSON and a byte behind it": object + "\x00",
	}
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	var names []string
	for name, value := range foreign {
		names = append(names, name)
		l.produce(&kgo.Record{Topic: "in", Value: []byte(value)}, &kgo.Record{Topic: "in", Value: []byte(object)})
	}
	proxy := l.start(l.exactly(imeiRoute(t)))
	for i, r := range l.consume("out.a", len(foreign)) { // the good ones behind each
		if string(r.Value) != `{"imei":"p_1"}` {
			t.Errorf("behind %s: %q", names[i], r.Value)
		}
	}
	records := l.consume("quarantine", len(foreign))
	for i, q := range quarantined(t, records) {
		if q.Offset != int64(2*i) || q.Reason != redact.ReasonParse.String() {
			t.Errorf("%s: %+v", names[i], q)
		}
		if bytes.Contains(records[i].Value, []byte(canary)) || bytes.Contains(records[i].Key, []byte(canary)) {
			t.Errorf("%s: its quarantine record holds it", names[i])
		}
	}
	proxy.end()
	proxy.books()
}

// joinTimes is how often an instance joins and leaves in TestMatrix53Storm.
var joinTimes = flag.Int("joins", 6, "instances that join and leave in TestMatrix53Storm")

// Row 53: instances come and go one after the other while records flow. Nothing
// is lost and, as they give their partitions back in order, nothing comes
// twice. How long no record came is logged, over all partitions.
//
//	go test ./stream -run TestMatrix53 -joins 200 -timeout 30m -v
func TestMatrix53Storm(t *testing.T) { eachDelivery(t, storm) }

func storm(t *testing.T, delivery Delivery) {
	const partitions = 8
	l := newLab(t, kfake.SeedTopics(partitions, "in", "out.a", "quarantine"))
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Delivery = delivery
	ctx, stop := context.WithCancel(context.Background())
	var feeding sync.WaitGroup
	defer feeding.Wait()
	defer stop()
	fed := 0
	feeding.Go(func() {
		for ; ctx.Err() == nil; fed += partitions {
			l.feed(partitions, fed, partitions)
		}
	})
	stays := l.start(cfg)
	stays.until("all partitions", func(s *Snapshot) bool { return allRunning(s, partitions) })
	stalls := watchStalls(ctx, l, partitions)
	for range *joinTimes {
		comes := l.start(cfg)
		comes.until("a part of the partitions", func(s *Snapshot) bool { return len(s.Partitions) > 0 })
		comes.end()
		comes.books()
		stays.until("all partitions", func(s *Snapshot) bool { return allRunning(s, partitions) })
	}
	stop()
	feeding.Wait()
	l.expect(partitions, fed)
	stays.end()
	stays.books()
	all := <-stalls
	slices.Sort(all)
	t.Logf("%d joins and leaves, %d records, none lost, none twice; without a record of a partition: p50 %v p99 %v max %v of %d pauses over 10 ms",
		*joinTimes, fed, all[len(all)/2], all[len(all)*99/100], all[len(all)-1], len(all))
	if p99 := all[len(all)*99/100]; p99 > 5*time.Second {
		t.Errorf("p99 of the stalls is %v", p99)
	}
}

// watchStalls reads out.a until ctx ends and returns how long each partition
// had nothing new, each time that was longer than 10 ms.
func watchStalls(ctx context.Context, l *lab, partitions int) <-chan []time.Duration {
	k := l.newClient(kgo.ConsumeTopics("out.a"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(10*time.Millisecond))
	done := make(chan []time.Duration, 1)
	go func() {
		last := make([]time.Time, partitions)
		all := []time.Duration{0}
		for ctx.Err() == nil {
			k.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
				now := time.Now()
				if p := &last[r.Partition]; !p.IsZero() && now.Sub(*p) > 10*time.Millisecond {
					all = append(all, now.Sub(*p).Round(time.Millisecond))
				}
				last[r.Partition] = now
			})
		}
		done <- all
	}()
	return done
}

// Row 58: one partition of a produce request is refused and the others are
// not: only that one is sent again, and the offset waits for it.
func TestMatrix58PartOfARequest(t *testing.T) {
	l := newLab(t, kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "quarantine"), kfake.SeedTopics(4, "out.a"))
	route := keepRoute(t, "in", "a")
	route.Program = keepProgram(t, redact.Profile{Name: "a", Unknown: redact.UnknownKeep, Partition: redact.PartitionByKey})
	const n, refused = 200, int32(2)
	for i := range n {
		l.produce(&kgo.Record{Topic: "in", Key: fmt.Appendf(nil, "key-%d", i), Value: jsonValue(0, i)})
	}
	// Until it is told to, the broker refuses one partition. Requests that carry it with others are the first ones;
	// those that carry others without it after that would be their second time.
	var alone, mixed, committed atomic.Int64
	l.cluster.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		for _, topic := range r.(*kmsg.ProduceRequest).Topics {
			switch i := slices.IndexFunc(topic.Partitions, func(p kmsg.ProduceRequestTopicPartition) bool { return p.Partition == refused }); {
			case topic.Topic != "out.a":
			case i >= 0 && len(topic.Partitions) > 1:
				mixed.Add(1)
			case i >= 0:
				alone.Add(1)
			}
		}
		return nil, nil, false
	})
	l.cluster.ControlKey(int16(kmsg.OffsetCommit), func(kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		committed.Add(1)
		return nil, nil, false
	})
	h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Partitions: []int32{refused}, Err: kerr.NotEnoughReplicas, Count: -1})
	proxy := l.start(l.config(route))
	proxy.until("a second time", func(*Snapshot) bool { return alone.Load() >= 3 })
	if s := proxy.Snapshot(); s.Partitions[0].Acked != 0 || committed.Load() > 0 {
		t.Errorf("everything before %d counts as arrived, %d commits, and a part of the first batch has not", s.Partitions[0].Acked, committed.Load())
	}
	if mixed.Load() != 1 {
		t.Errorf("%d requests carried the refused partition with others, want the first alone", mixed.Load())
	}
	h.Remove()
	seen := map[string]int{}
	for _, r := range l.consume("out.a", n) {
		seen[string(r.Key)]++
	}
	if len(seen) != n {
		t.Errorf("%d different records of %d", len(seen), n)
	}
	proxy.end()
	proxy.books()
}
