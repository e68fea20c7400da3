package stream

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// exactly is config with transactions.
func (l *lab) exactly(routes ...Route) Config {
	cfg := l.config(routes...)
	cfg.Delivery = ExactlyOnce
	return cfg
}

// What goes in comes out once, in order, and the offsets with it.
func TestExactlyOnce(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(4, "in", "out.a", "out.b", "quarantine"))
	proxy := l.start(l.exactly(keepRoute(t, "in", "a", "b")))
	for i := range 10 {
		l.feed(4, i*400, 400)
	}
	l.expect(4, 4000)
	proxy.until("the end", func(s *Snapshot) bool { return s.Recipients[0].Produced == 4000 && s.Recipients[1].Produced == 4000 })
	proxy.end()
	proxy.books()
	l.feed(4, 4000, 4)
	again := l.start(l.exactly(keepRoute(t, "in", "a", "b")))
	again.until("the rest", func(s *Snapshot) bool { return s.Recipients[0].Produced == 4 })
	l.expect(4, 4004)
	again.end()
	again.books()
}
