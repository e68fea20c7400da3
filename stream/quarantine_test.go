package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/redact"
)

// quarantined decodes quarantine records, strictly.
func quarantined(t *testing.T, records []*kgo.Record) (all []Quarantined) {
	t.Helper()
	for _, r := range records {
		var q Quarantined
		d := json.NewDecoder(bytes.NewReader(r.Value))
		d.DisallowUnknownFields()
		if err := d.Decode(&q); err != nil {
			t.Fatalf("quarantine record %s: %v", r.Value, err)
		}
		if string(r.Key) != q.Key() || len(r.Headers) > 0 {
			t.Errorf("a quarantine record has another key than its place, or headers: %q %v", r.Key, r.Headers)
		}
		all = append(all, q)
	}
	return all
}

// Poison never blocks its partition, and nothing of it shows anywhere: not in
// an output, not in the quarantine, not in a log.
func TestPoison(t *testing.T) {
	const canary = "358142035282084"
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "out.b", "quarantine"))
	poison := []string{
		`{"imei":"` + canary, `{"imei":` + canary + `x}`, canary + "\xff", "\x00\x00\x00\x00\x07" + canary,
		`{"id":1}{"imei":` + canary + `}`, strings.Repeat("[", 600) + canary + strings.Repeat("]", 600), "",
	}
	want := make(map[string]int64) // good values, by the poison before
	for i, p := range poison {
		good := fmt.Sprintf(`{"id":%d}`, i)
		l.produce(&kgo.Record{Topic: "in", Partition: 1, Key: []byte(canary), Value: []byte(p), Headers: []kgo.RecordHeader{{Key: canary, Value: []byte(canary)}}},
			&kgo.Record{Topic: "in", Partition: 1, Value: []byte(good)})
		want[good] = int64(2 * i)
	}
	var log bytes.Buffer
	cfg := l.config(keepRoute(t, "in", "a", "b"))
	cfg.Logger = logTo(&log)
	proxy := l.start(cfg)

	for _, name := range []string{"a", "b"} {
		for _, r := range l.consume("out."+name, len(poison)) {
			if _, ok := want[string(r.Value)]; !ok {
				t.Errorf("out.%s: %q", name, r.Value)
			}
		}
	}
	records := l.consume("quarantine", len(poison))
	for i, q := range quarantined(t, records) {
		if q.Topic != "in" || q.Partition != 1 || q.Offset != int64(2*i) || q.Policy != "digest" || !slices.Equal(q.Recipients, []string{"a", "b"}) {
			t.Errorf("quarantine record %d: %+v", i, q)
		}
		if bytes.Contains(records[i].Value, []byte(canary)) {
			t.Errorf("quarantine record %d holds what it is about: %s", i, records[i].Value)
		}
	}
	proxy.end()
	proxy.books()
	for _, b := range proxy.Snapshot().Recipients {
		if b.Failed != int64(len(poison)) || b.Produced != int64(len(poison)) {
			t.Errorf("%s: %+v", b.Profile, b)
		}
	}
	if bytes.Contains(log.Bytes(), []byte(canary)) {
		t.Errorf("the log holds a value:\n%s", log.Bytes())
	}
}

// A record that one recipient cannot get goes to the others.
func TestQuarantineOneRecipient(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "quarantine"))
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"unknown":1}`)}, &kgo.Record{Topic: "in", Value: []byte(`{"id":1}`)})
	r := keepRoute(t, "in", "a", "b")
	r.Program = keepProgram(t, redact.Profile{Name: "a", Unknown: redact.UnknownKeep}, redact.Profile{Name: "b", Unknown: redact.UnknownQuarantine})
	proxy := l.start(l.config(r))
	l.consume("out.a", 2)
	if got := l.consume("out.b", 1)[0]; string(got.Value) != `{"id":1}` {
		t.Errorf("out.b: %q", got.Value)
	}
	q := quarantined(t, l.consume("quarantine", 1))[0]
	if q.Reason != "unknown" || q.Offset != 0 || !slices.Equal(q.Recipients, []string{"b"}) {
		t.Errorf("quarantine: %+v", q)
	}
	proxy.end()
	proxy.books()
}

// A key that nobody names keeps a record from a recipient that quarantines the
// unknown, but not one that the recipient does not want anyway.
func TestQuarantineKey(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.produce(
		&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(`{"id":"wanted"}`)},
		&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(`{"id":"unwanted"}`)},
		&kgo.Record{Topic: "in", Key: []byte("k"), Value: nil},
		&kgo.Record{Topic: "in", Value: []byte(`{"id":"without a key"}`)})
	prog, err := redact.Compile(redact.Spec{Fields: []redact.Field{{Name: "id", Level: 1, Keys: []string{"id"}}}, Profiles: []redact.Profile{{
		Name: "a", Transforms: []redact.Transform{redact.Keep()}, Unknown: redact.UnknownQuarantine,
		Except: []redact.Condition{{Path: "$.id", In: []string{"unwanted"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	proxy := l.start(l.config(Route{From: "in", Program: prog, To: []Target{{Profile: "a", Topic: "out.a"}}}))
	if got := l.consume("out.a", 1)[0]; string(got.Value) != `{"id":"without a key"}` {
		t.Errorf("out.a: %s", got.Value)
	}
	for i, q := range quarantined(t, l.consume("quarantine", 2)) {
		if q.Reason != "key" || q.Offset != int64(2*i) {
			t.Errorf("quarantine: %+v", q)
		}
	}
	proxy.end()
	proxy.books()
	if b := proxy.Snapshot().Recipients[0]; b.Filtered != 1 || b.Failed != 2 {
		t.Errorf("books: %+v", b)
	}
}

func TestOnErrorDrop(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a"))
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{`)}, &kgo.Record{Topic: "in", Value: []byte(`1`)})
	r := keepRoute(t, "in", "a")
	r.OnError = OnErrorDrop
	cfg := l.config(r)
	cfg.Quarantine = ""
	proxy := l.start(cfg)
	l.consume("out.a", 1)
	proxy.end()
	proxy.books()
	if b := proxy.Snapshot().Recipients[0]; b.Failed != 1 || b.Produced != 1 {
		t.Errorf("books: %+v", b)
	}
}

// A partition that stops has delivered everything before the record, nothing
// of the record or after it, to any recipient; the others go on; and it stops
// there again after a restart.
func TestOnErrorStop(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "out.b", "quarantine"))
	l.produce(
		&kgo.Record{Topic: "in", Value: []byte(`{"id":0}`)},
		&kgo.Record{Topic: "in", Value: []byte(`{"unknown":1}`)}, // passes for a, not for b
		&kgo.Record{Topic: "in", Value: []byte(`{"id":2}`)},
		&kgo.Record{Topic: "in", Partition: 1, Value: []byte(`{"id":3}`)},
	)
	r := keepRoute(t, "in", "a", "b")
	r.Program = keepProgram(t, redact.Profile{Name: "a", Unknown: redact.UnknownKeep}, redact.Profile{Name: "b", Unknown: redact.UnknownQuarantine})
	r.OnError = OnErrorStop
	for range 2 {
		proxy := l.start(l.config(r))
		proxy.until("the stop", func(s *Snapshot) bool {
			return len(s.Partitions) == 2 && s.Partitions[0].State == PartitionStopped && s.Partitions[1].Acked == 1
		})
		if ok, why := proxy.Ready(); ok || !strings.Contains(why, "on_error is stop") {
			t.Errorf("ready %v: %q", ok, why)
		}
		proxy.end()
		proxy.books()
	}
	for _, name := range []string{"a", "b"} {
		for p, records := range byPartition(l.consume("out."+name, 2)) {
			if want := []string{`{"id":0}`, `{"id":3}`}[p]; string(records[0].Value) != want {
				t.Errorf("out.%s/%d: %s", name, p, records[0].Value)
			}
		}
	}
}
