package stream

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// A worker that is at one cut for too long hangs; one that has nothing to do
// does not, however long ago it worked.
func TestLive(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	later := func() time.Time { return time.Now().Add(2 * longestWork) }
	fed := 0
	proxy.until("a worker at work", func(*Snapshot) bool {
		if ok, why := proxy.liveAt(later()); !ok {
			if !strings.Contains(why, "in/0") {
				t.Errorf("why: %s", why)
			}
			return true
		}
		l.feed(1, fed, 500)
		fed += 500
		return false
	})
	if ok, why := proxy.Live(); !ok {
		t.Errorf("a worker at work counts as hung: %s", why)
	}
	proxy.until("the end", func(s *Snapshot) bool { return s.Recipients[0].Produced == int64(fed) })
	if ok, why := proxy.liveAt(later()); !ok {
		t.Errorf("a worker without work counts as hung: %s", why)
	}
	proxy.end()
}
