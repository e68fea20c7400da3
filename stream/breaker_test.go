package stream

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/redact"
)

// guardedRoute keeps all for profiles whose guard looks at everything.
func guardedRoute(t *testing.T, from string, limit Breaker, names ...string) Route {
	t.Helper()
	r := keepRoute(t, from, names...)
	var profiles []redact.Profile
	for i, n := range names {
		profiles = append(profiles, redact.Profile{Name: n, Unknown: redact.UnknownKeep, Guard: redact.GuardAll})
		r.To[i].Breaker = limit
	}
	r.Program = keepProgram(t, profiles...)
	return r
}

// A record with a leak goes to nobody whose guard finds it: it is quarantined
// as coordinates, counted by detector, and the rest goes on.
func TestLeaksAreQuarantined(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.config(guardedRoute(t, "in", Breaker{}, "a"))
	canaries, err := redact.NewCanaries([]string{"planted-0001"})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Canaries = canaries
	proxy := l.start(cfg)
	for _, v := range []string{"{}", `{"m":"354178036859789"}`, `{"m":"x"}`, `{"m":"mail li@example.com"}`, `{"m":"cGxhbnRlZC0wMDAx"}`, `{"m":"y"}`} {
		l.produce(&kgo.Record{Topic: "in", Value: []byte(v)})
	}
	for i, r := range l.consume("out.a", 3) {
		if want := []string{"{}", `{"m":"x"}`, `{"m":"y"}`}[i]; string(r.Value) != want {
			t.Errorf("record %d is %s, want %s", i, r.Value, want)
		}
	}
	l.consume("quarantine", 3)
	proxy.end()
	proxy.books()
	m := scrape(t, cfg.Metrics.Registry())
	if m.sum("records_quarantined_total", "reason", "leak") != 3 || m.sum("records_failed_total", "reason", "leak") != 3 {
		t.Error("the leaks are not counted as such")
	}
	if m.sum("breaker_open", "profile", "a") != 0 {
		t.Error("the breaker is open without being asked for")
	}
}

// Past its rate the breaker holds the profile's output back. What comes after is
// neither lost nor produced until a person resets it.
func TestBreaker(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.config(guardedRoute(t, "in", Breaker{Leaks: 3, Within: time.Hour}, "a"))
	cfg.Holds = NewHolds(cfg.Metrics)
	proxy := l.start(cfg)
	leak := &kgo.Record{Topic: "in", Value: []byte(`{"m":"354178036859789"}`)}
	l.produce(leak, leak, &kgo.Record{Topic: "in", Value: []byte(`{"id":0}`)})
	l.consume("out.a", 1)
	if cfg.Holds.Of("a") != 0 {
		t.Fatal("two leaks are not three")
	}
	l.produce(leak)
	for i := range 5 {
		l.produce(&kgo.Record{Topic: "in", Value: fmt.Appendf(nil, `{"id":%d}`, i+1)})
	}
	proxy.until("the breaker is open and the rest is fetched", func(s *Snapshot) bool {
		return s.Recipients[0].Held == HoldBreaker && s.Partitions[0].Next == 9
	})
	if got := proxy.Snapshot().Recipients[0].Produced; got != 1 {
		t.Errorf("%d records are produced behind an open breaker, want 1", got)
	}
	if scrape(t, cfg.Metrics.Registry()).sum("breaker_open", "profile", "a") != 1 {
		t.Error("the metric does not say that the breaker is open")
	}
	if !cfg.Holds.Clear("a", HoldBreaker) {
		t.Error("there was nothing to reset")
	}
	for i, r := range l.consume("out.a", 6) {
		if want := fmt.Sprintf(`{"id":%d}`, i); string(r.Value) != want {
			t.Errorf("record %d is %s, want %s", i, r.Value, want)
		}
	}
	proxy.end()
	proxy.books()
}

func TestBreakerRate(t *testing.T) {
	var b breakers
	limit := Breaker{Leaks: 3, Within: time.Second}
	for _, c := range []struct {
		ms   int64
		want bool
	}{{0, false}, {900, false}, {1800, false}, {1850, true}, {1851, false}, {1852, false}, {1853, true}, {5000, false}, {6000, false}, {6001, false}, {7000, true}} {
		if got := b.leaked("a", limit, c.ms); got != c.want {
			t.Errorf("at %d ms: %v", c.ms, got)
		}
	}
	if b.leaked("b", Breaker{}, 1) {
		t.Error("a breaker without a limit trips")
	}
}
