package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/internal/seal"
)

// sealPair makes a key pair: what the proxy gets, and what only the privacy
// office has.
func sealPair(t *testing.T) (*seal.Sealer, *seal.Identities) {
	t.Helper()
	file, public, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	ids, err := seal.LoadIdentities(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.New(public)
	if err != nil {
		t.Fatal(err)
	}
	return s, ids
}

// coordinates reads what everybody may read of a quarantine record.
func coordinates(t *testing.T, r *kgo.Record) (q Quarantined) {
	t.Helper()
	text := r.Value
	for _, h := range r.Headers {
		if h.Key == QuarantineHeader {
			text = h.Value
		}
	}
	if err := json.Unmarshal(text, &q); err != nil {
		t.Fatalf("quarantine record %s: %v", text, err)
	}
	if q.Key() != string(r.Key) {
		t.Errorf("key %s of %s", r.Key, text)
	}
	return q
}

// With a key the quarantine holds the records themselves, as they were, for
// whoever has the identity; nothing of them can be read without it.
func TestSealedQuarantine(t *testing.T) {
	const canary = "358142035282084"
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "out.b", "quarantine"))
	poison := []kgo.Record{
		{Key: []byte(canary), Value: []byte(`{"imei":"` + canary), Headers: []kgo.RecordHeader{{Key: canary, Value: []byte(canary)}, {Key: "null"}, {Key: "empty", Value: []byte{}}}},
		{Value: []byte(canary + "\xff\x00")},
		{Key: []byte{}, Value: []byte{}},
		{Key: []byte("k"), Value: []byte("{" + strings.Repeat(canary, 20_000))}, // several chunks of age
	}
	for i := range poison {
		poison[i].Topic, poison[i].Partition = "in", 1
		l.produce(&poison[i])
	}
	sealer, ids := sealPair(t)
	var log bytes.Buffer
	cfg := l.config(keepRoute(t, "in", "a", "b"))
	cfg.Logger, cfg.Seal = logTo(&log), sealer
	proxy := l.start(cfg)
	for i, r := range l.consume("quarantine", len(poison)) {
		q := coordinates(t, r)
		if q.Topic != "in" || q.Partition != 1 || q.Offset != int64(i) || q.Reason != "parse" || q.Policy != "digest" ||
			q.Payload != PayloadSealed || !slices.Equal(q.Recipients, []string{"a", "b"}) {
			t.Errorf("record %d: %+v", i, q)
		}
		for _, raw := range [][]byte{r.Key, r.Value, fmt.Append(nil, r.Headers)} {
			if bytes.Contains(raw, []byte(canary)) {
				t.Errorf("record %d can be read: %s", i, raw)
			}
		}
		plain, err := ids.Open(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		o, err := ReadOriginal(plain)
		if err != nil {
			t.Fatal(err)
		}
		want := &poison[i]
		if o.Topic != "in" || o.Partition != 1 || o.Offset != int64(i) || o.Timestamp != want.Timestamp.UnixMilli() {
			t.Errorf("record %d: %+v", i, o)
		}
		same := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
		if !same(o.Key, want.Key) || !same(o.Value, want.Value) || len(o.Headers) != len(want.Headers) {
			t.Errorf("record %d is not as it was: %q %q", i, o.Key, o.Value)
		}
		for j, h := range o.Headers {
			if string(h.Name) != want.Headers[j].Key || !same(h.Value, want.Headers[j].Value) {
				t.Errorf("record %d, header %d: %q %q", i, j, h.Name, h.Value)
			}
		}
	}
	proxy.end()
	proxy.books()
	if bytes.Contains(log.Bytes(), []byte(canary)) {
		t.Error("the log holds a value")
	}
}

// A record that is larger than what the quarantine takes leaves its
// coordinates there: by our own limit, or because the broker says so. It does
// not block its partition.
func TestSealedTooLarge(t *testing.T) { eachDelivery(t, sealedTooLarge) }

func sealedTooLarge(t *testing.T, delivery Delivery) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a"), kfake.NumBrokers(1))
	if err := l.cluster.CreateTopic("quarantine", 1, map[string]string{"max.message.bytes": "6000"}); err != nil {
		t.Fatal(err)
	}
	large := func(n int) []byte { return []byte("{" + strings.Repeat("x", n)) }
	for _, n := range []int{100, 5_000, 40_000, 200} {
		l.produce(&kgo.Record{Topic: "in", Value: large(n)})
	}
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":1}`)})
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Seal, _ = sealPair(t)
	cfg.Batch.Bytes, cfg.Delivery = 30_000, delivery
	proxy := l.start(cfg)
	l.consume("out.a", 1)
	want := []Payload{PayloadSealed, PayloadTooLarge, PayloadTooLarge, PayloadSealed}
	for i, r := range l.consume("quarantine", len(want)) {
		if q := coordinates(t, r); q.Offset != int64(i) || q.Payload != want[i] {
			t.Errorf("record %d: %+v", i, q)
		}
	}
	proxy.end()
	proxy.books()
}

// A storm: nothing but poison. It is all sealed, in batches that the memory
// was taken for, and the partition comes to its end.
func TestSealedStorm(t *testing.T) { eachDelivery(t, sealedStorm) }

func sealedStorm(t *testing.T, delivery Delivery) {
	const records = 20_000
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	var all []*kgo.Record
	for i := range records {
		all = append(all, &kgo.Record{Topic: "in", Value: fmt.Appendf(nil, `{"n":%d,"pad":"%s"`, i, strings.Repeat("x", 300))})
	}
	l.produce(all...)
	cfg := l.config(keepRoute(t, "in", "a"))
	sealer, ids := sealPair(t)
	cfg.Seal, cfg.Batch.Bytes, cfg.Memory, cfg.Delivery = sealer, 200<<10, 4<<20, delivery
	proxy := l.start(cfg)
	for i, r := range l.consume("quarantine", records) {
		if q := coordinates(t, r); q.Offset != int64(i) || q.Payload != PayloadSealed {
			t.Fatalf("record %d: %+v", i, q)
		}
		if i%1000 == 0 {
			if plain, err := ids.Open(r.Value); err != nil || !bytes.Contains(plain, []byte(`"offset":`+fmt.Sprint(i)+`,`)) {
				t.Errorf("record %d: %.80s, %v", i, plain, err)
			}
		}
	}
	proxy.end()
	proxy.books()
	if used, _ := proxy.shared.memory.inUse(); used != 0 {
		t.Errorf("%d bytes were not given back", used)
	}
}

// The coordinates are what encoding/json would write, and the key is theirs.
func TestCoordinatesAsJSON(t *testing.T) {
	p := &plan{source: "in.logs", outputs: []output{{profile: "a"}, {profile: `odd "name" & ünder`}, {profile: "c"}}}
	for _, r := range []refusal{
		{offset: 7, last: 7, timestamp: -1, reason: "parse", recipients: []int{0}},
		{offset: 7, last: 9, timestamp: 1 << 40, reason: "size", recipients: []int{0, 1, 2}, payload: PayloadBatch},
		{offset: 7, last: 7, reason: "parse", recipients: []int{0}, part: partOfRecord},
	} {
		q := Quarantined{Topic: p.source, Partition: 3, Offset: r.offset, Timestamp: r.timestamp, Reason: r.reason, Policy: "ab12", Payload: r.payload, Partial: bool(r.part)}
		if r.last != r.offset {
			q.LastOffset = r.last
		}
		for _, i := range r.recipients {
			q.Recipients = append(q.Recipients, p.outputs[i].profile)
		}
		want, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.appendCoordinates(nil, p, 3, "ab12"); !bytes.Equal(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
		if got := r.appendKey(nil, p, 3); string(got) != q.Key() {
			t.Errorf("key %s, want %s", got, q.Key())
		}
	}
}
