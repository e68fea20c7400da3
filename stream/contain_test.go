package stream

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/redact"
)

// zero is a value of a type that this package does not know by name.
func zero[T any](*T) *T { return new(T) }

// failingRoute has recipients a, b and c; on the engine of b every record with
// an id panics, since its key was never made.
func failingRoute(t *testing.T) Route {
	t.Helper()
	var o redact.PseudonymOptions
	o.Subkey = zero(o.Subkey)
	broken, err := redact.Pseudonym(o)
	if err != nil {
		t.Fatal(err)
	}
	transforms := func(id redact.Transform) []redact.Transform { return []redact.Transform{redact.Keep(), id} }
	r := Route{From: "in", Program: keepProgram(t,
		redact.Profile{Name: "a", Unknown: redact.UnknownKeep}, redact.Profile{Name: "b", Unknown: redact.UnknownKeep, Transforms: transforms(broken)},
		redact.Profile{Name: "c", Unknown: redact.UnknownKeep})}
	for _, name := range []string{"a", "b", "c"} {
		r.To = append(r.To, Target{Profile: name, Topic: "out." + name})
	}
	return r
}

// Row 47 of the matrix: a record on which the engine panics is refused, for the
// recipient that it happens for; the others get it, it blocks nobody, and what
// is said of it holds nothing of it.
func TestMatrix47Panic(t *testing.T) { eachDelivery(t, panics) }

func panics(t *testing.T, delivery Delivery) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "out.c", "quarantine"))
	const n = 30
	for i := range n {
		name := "x"
		if i%3 == 1 {
			name = "id"
		}
		l.produce(&kgo.Record{Topic: "in", Value: fmt.Appendf(nil, `{"%s":%s,"n":%d}`, name, canary, i)})
	}
	var said bytes.Buffer
	cfg := l.config(failingRoute(t))
	cfg.Delivery, cfg.Logger = delivery, logTo(&said)
	proxy := l.start(cfg)
	for _, name := range []string{"a", "b", "c"} {
		want := n
		if name == "b" {
			want = n - n/3
		}
		at := 0
		for _, r := range l.consume("out."+name, want) {
			if name == "b" && at%3 == 1 {
				at++
			}
			if !bytes.HasSuffix(r.Value, fmt.Appendf(nil, `,"n":%d}`, at)) {
				t.Fatalf("out.%s: %s stands where %d was", name, r.Value, at)
			}
			at++
		}
	}
	records := l.consume("quarantine", n/3)
	for i, q := range quarantined(t, records) {
		if q.Offset != int64(3*i+1) || q.Reason != redact.ReasonTransform.String() || !slices.Equal(q.Recipients, []string{"b"}) {
			t.Errorf("quarantine: %+v", q)
		}
	}
	proxy.end()
	proxy.books()
	for _, b := range proxy.Snapshot().Recipients {
		failed := int64(0)
		if b.Profile == "b" {
			failed = n / 3
		}
		if b.Routed != n || b.Failed != failed || b.Produced != n-failed {
			t.Errorf("%+v", b)
		}
	}
	log := said.String()
	if c := strings.Count(log, "the engine failed on a record"); c != n/3 || !strings.Contains(log, "offset=1 ") || !strings.Contains(log, `at="pseudonym.`) {
		t.Errorf("%d lines for %d records:\n%s", c, n/3, log)
	}
	if strings.Contains(log, canary) {
		t.Error("the log holds a value")
	}
}

// With on_error: stop the partition stops before the record, and nobody has it.
func TestPanicStops(t *testing.T) { eachDelivery(t, panicStops) }

func panicStops(t *testing.T, delivery Delivery) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "out.b", "out.c", "quarantine"))
	for _, v := range []string{`{"x":0}`, `{"x":1}`, `{"id":2}`, `{"x":3}`} {
		l.produce(&kgo.Record{Topic: "in", Value: []byte(v)})
	}
	route := failingRoute(t)
	route.OnError = OnErrorStop
	cfg := l.config(route)
	cfg.Delivery = delivery
	proxy := l.start(cfg)
	proxy.until("the stop", func(s *Snapshot) bool {
		return len(s.Partitions) == 1 && s.Partitions[0].State == PartitionStopped && s.Partitions[0].Acked == 2
	})
	for _, name := range []string{"a", "b", "c"} {
		for i, r := range l.consume("out."+name, 2) {
			if want := fmt.Sprintf(`{"x":%d}`, i); string(r.Value) != want {
				t.Errorf("out.%s: %s, want %s", name, r.Value, want)
			}
		}
	}
	proxy.end()
	proxy.books()
}

// What is not the engine's is nobody's to contain.
func TestOtherPanicsEnd(t *testing.T) {
	tr := &transformer{}
	defer func() {
		if recover() == nil {
			t.Error("a panic of the pipeline was contained")
		}
	}()
	tr.caught(nil)
}
