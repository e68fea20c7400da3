package stream

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/redact"
)

// versioned is a route whose program writes the version of the policy into
// every record, and whose stamp says the same.
func versioned(t *testing.T, version int, names ...string) Route {
	t.Helper()
	text := fmt.Sprint(version)
	spec := redact.Spec{Fields: []redact.Field{{Name: "key", Level: 1, RecordKey: true}, {Name: "id", Level: 1, Keys: []string{"id"}}, {Name: "v", Level: 1, Keys: []string{"v"}}}}
	r := Route{From: "in"}
	for _, n := range names {
		spec.Profiles = append(spec.Profiles, redact.Profile{Name: n, Unknown: redact.UnknownQuarantine,
			Transforms: []redact.Transform{redact.Keep(), redact.Keep(), redact.Replace(text)}})
		r.To = append(r.To, Target{Profile: n, Topic: "out." + n, Stamp: text})
	}
	prog, err := redact.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	r.Program = prog
	return r
}

// reloadTimes is how often TestReload replaces the policy: thousands by hand, in
// a minute.
var reloadTimes = flag.Int("reloads", 60, "policies that TestReload takes")

func adopted() error { return nil }

// eachDelivery runs a test as at_least_once and as exactly_once.
func eachDelivery(t *testing.T, test func(*testing.T, Delivery)) {
	for name, d := range map[string]Delivery{"at_least_once": AtLeastOnce, "exactly_once": ExactlyOnce} {
		t.Run(name, func(t *testing.T) { test(t, d) })
	}
}

// A record follows one policy, whole: what was done to it, its stamp and its
// quarantine record agree, and what is fetched after Reload has returned
// follows the new one. Nothing is lost or repeated for it.
func TestReload(t *testing.T) { eachDelivery(t, reloads) }

func reloads(t *testing.T, delivery Delivery) {
	const each = 20
	times := *reloadTimes
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "out.b", "quarantine"))
	cfg := l.config(versioned(t, 0, "a", "b"))
	cfg.Delivery = delivery
	proxy := l.start(cfg)
	for v := 1; v <= times; v++ {
		var records []*kgo.Record
		for i := range each {
			value := fmt.Sprintf(`{"id":%d,"v":"x"}`, v-1)
			if i == 0 {
				value = `{"poison":1}`
			}
			records = append(records, &kgo.Record{Topic: "in", Partition: int32(i % 2), Value: []byte(value)})
		}
		l.produce(records...)
		if err := proxy.Reload(context.Background(), []Route{versioned(t, v, "a", "b")}, fmt.Sprint(v), adopted); err != nil {
			t.Fatal(err)
		}
	}
	for _, out := range []string{"out.a", "out.b"} {
		for _, r := range l.consume(out, times*(each-1)) {
			var id, v int
			if _, err := fmt.Sscanf(string(r.Value), `{"id":%d,"v":"%d"}`, &id, &v); err != nil {
				t.Fatalf("%s: %s", out, r.Value)
			}
			stamp := ""
			for _, h := range r.Headers {
				stamp = string(h.Value)
			}
			if stamp != fmt.Sprint(v) {
				t.Errorf("%s: a record made by %d says that it was made by %s", out, v, stamp)
			}
			if v < id {
				t.Errorf("%s: a record produced after policy %d was in force followed %d", out, id, v)
			}
		}
	}
	for _, r := range l.consume("quarantine", times) {
		if q := coordinates(t, r); q.Policy == "digest" && q.Offset > each {
			t.Errorf("a late quarantine record names the first policy: %+v", q)
		}
	}
	if proxy.Policy() != fmt.Sprint(times) {
		t.Errorf("policy %s is followed", proxy.Policy())
	}
	proxy.end()
	proxy.books()
	for _, b := range proxy.Snapshot().Recipients {
		if b.Routed != int64(times*each) {
			t.Errorf("%+v", b)
		}
	}
}

// A policy with another recipient and another source is followed without a
// restart: the proxy joins its group again.
func TestReloadOtherShape(t *testing.T) { eachDelivery(t, otherShape) }

func otherShape(t *testing.T, delivery Delivery) {
	l := newLab(t, kfake.SeedTopics(2, "in", "more", "out.a", "out.c", "quarantine"))
	cfg := l.config(versioned(t, 0, "a"))
	cfg.Delivery = delivery
	proxy := l.start(cfg)
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":1,"v":"x"}`)})
	l.consume("out.a", 1)
	more := versioned(t, 1, "c")
	more.From = "more"
	if err := proxy.Reload(context.Background(), []Route{versioned(t, 1, "a"), more}, "1", adopted); err != nil {
		t.Fatal(err)
	}
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":2,"v":"x"}`)}, &kgo.Record{Topic: "more", Value: []byte(`{"id":3,"v":"x"}`)})
	if got := l.consume("out.c", 1)[0]; string(got.Value) != `{"id":3,"v":"1"}` {
		t.Errorf("out.c: %s", got.Value)
	}
	if got := l.consume("out.a", 2)[1]; string(got.Value) != `{"id":2,"v":"1"}` {
		t.Errorf("out.a: %s", got.Value)
	}
	proxy.end()
	proxy.books()
}

// What cannot be followed is refused, and the policy of before stays.
func TestReloadRefuses(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	proxy := l.start(l.config(versioned(t, 0, "a")))
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":1,"v":"x"}`)})
	l.consume("out.a", 1)
	missing, loop := new(TopicError), versioned(t, 1, "a")
	loop.To[0].Topic = "in"
	if err := proxy.Reload(context.Background(), []Route{versioned(t, 1, "nobody")}, "1", adopted); !errors.As(err, &missing) || !strings.Contains(err.Error(), "out.nobody") {
		t.Errorf("a missing output topic: %v", err)
	}
	if err := proxy.Reload(context.Background(), []Route{loop}, "1", adopted); err == nil || !strings.Contains(err.Error(), "loop") {
		t.Errorf("a loop: %v", err)
	}
	no := errors.New("the audit log cannot be written")
	if err := proxy.Reload(context.Background(), []Route{versioned(t, 1, "a")}, "1", func() error { return no }); !errors.Is(err, no) {
		t.Errorf("a policy that was not adopted: %v", err)
	}
	if err := proxy.Reload(context.Background(), nil, "1", adopted); err == nil {
		t.Error("no routes are followed")
	}
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":2,"v":"x"}`)})
	if got := l.consume("out.a", 2)[1]; string(got.Value) != `{"id":2,"v":"0"}` || proxy.Policy() != "digest" {
		t.Errorf("out.a: %s, policy %s", got.Value, proxy.Policy())
	}
	proxy.end()
	proxy.books()
}
