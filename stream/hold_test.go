package stream

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A recipient that is held back gets nothing, loses nothing, and its routes
// alone wait: the books of the others go on.
func TestHold(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "other", "out.a", "out.b", "free.a", "quarantine"))
	held, free := keepRoute(t, "in", "a", "b"), keepRoute(t, "other", "a")
	held.To[0].Profile, held.To[1].Profile = "a", "b"
	free.To[0].Topic = "free.a"
	cfg := l.config(held, free)
	cfg.Holds = NewHolds(cfg.Metrics)
	if !cfg.Holds.Set("b", HoldPaused) || cfg.Holds.Set("b", HoldPaused) {
		t.Fatal("a reason is new once")
	}
	proxy := l.start(cfg)
	for range 10 {
		l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":1}`)}, &kgo.Record{Topic: "other", Value: []byte(`{"id":1}`)})
	}
	l.consume("free.a", 10)
	for _, r := range proxy.Snapshot().Recipients {
		if want := map[string]Hold{"b": HoldPaused}[r.Profile]; r.Held != want {
			t.Errorf("%s is held by %d, want %d", r.Profile, r.Held, want)
		}
		if r.Profile == "b" && r.Produced != 0 {
			t.Errorf("%d records reached a recipient that is held back", r.Produced)
		}
	}
	m := scrape(t, cfg.Metrics.Registry())
	if m.sum("paused", "profile", "b") != 1 || m.sum("paused", "profile", "a") != 0 || m.sum("breaker_open", "profile", "b") != 0 {
		t.Error("the metrics do not say who is paused")
	}

	cfg.Holds.Set("b", HoldBreaker)
	cfg.Holds.Clear("b", HoldPaused) // the breaker still holds
	if cfg.Holds.Of("b") != HoldBreaker {
		t.Error("one reason took the other with it")
	}
	cfg.Holds.Clear("b", HoldBreaker)
	l.consume("out.b", 10)
	l.consume("out.a", 10)
	proxy.end()
	proxy.books()
}

// Lag grows while nothing is read: an operator who has paused a recipient sees what waits behind it, and
// an alert on lag sees a partition that stands.
func TestHoldShowsLag(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Holds = NewHolds(cfg.Metrics)
	cfg.Holds.Set("a", HoldPaused)
	proxy := l.start(cfg)
	n := 0
	produce := func(count int) {
		for range count {
			l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":1}`)})
		}
		n += count
	}
	lag := func(s *Snapshot) int {
		if len(s.Partitions) != 1 {
			return 0
		}
		return int(s.Partitions[0].Lag)
	}
	proxy.until("reading stops", func(s *Snapshot) bool {
		produce(1)
		return lag(s) > 0
	})
	const more = 300
	produce(more)
	proxy.until("the lag is seen", func(s *Snapshot) bool { return lag(s) >= more })
	if got := scrape(t, cfg.Metrics.Registry()).sum("consumer_lag_records", "topic", "in"); got < more {
		t.Errorf("the metric shows a lag of %d", got)
	}
	cfg.Holds.Clear("a", HoldPaused)
	l.consume("out.a", n)
	proxy.until("the lag is gone", func(s *Snapshot) bool { return lag(s) == 0 })
	proxy.end()
	proxy.books()
}

// A proxy that is told to end does not wait for whoever holds a recipient; the
// records are there for the next one.
func TestHoldAndEnd(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Holds = NewHolds(cfg.Metrics)
	cfg.Holds.Set("a", HoldPaused)
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	first := l.run(p)
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":1}`)})
	first.until("the record is routed", func(s *Snapshot) bool { return s.Recipients[0].Routed == 1 })
	first.stop()
	<-first.done
	if first.err != ErrDrain {
		t.Errorf("the end of a proxy that holds records back: %v, want ErrDrain", first.err)
	}
	if got := scrape(t, cfg.Metrics.Registry()).sum("records_failed_total", "reason", "revoked"); got != 1 {
		t.Errorf("%d records are left to the next owner, want 1", got)
	}
	cfg.Holds.Clear("a", HoldPaused)
	second := l.start(cfg)
	l.consume("out.a", 1)
	second.end()
}
