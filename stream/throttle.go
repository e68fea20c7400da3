package stream

import (
	"sync"
	"time"
)

// throttle bounds the bytes per second that a recipient gets, all partitions
// together. What is over the rate is paid for by the next: a cut is never
// split for it.
type throttle struct {
	rate int64 // bytes per second

	mu   sync.Mutex
	free time.Time // when what was sent has been paid for
}

// reserve takes n bytes and returns how long to wait before they are sent.
func (t *throttle) reserve(n int, now time.Time) time.Duration {
	if t == nil || n == 0 {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.free
	if at.Before(now) {
		at = now
	}
	t.free = at.Add(time.Duration(float64(n) / float64(t.rate) * float64(time.Second)))
	return at.Sub(now)
}

// newThrottles makes those that are configured, by profile.
func newThrottles(rates map[string]int64) map[string]*throttle {
	all := make(map[string]*throttle, len(rates))
	for profile, rate := range rates {
		all[profile] = &throttle{rate: rate}
	}
	return all
}

// throttled returns how long to wait before c may be sent: as long as the
// slowest of its recipients asks for.
func (s *shipper) throttled(c *cut) (d time.Duration) {
	if len(s.p.throttles) == 0 {
		return 0
	}
	now := time.Now()
	for i := range c.ships {
		n := 0
		for _, b := range c.ships[i].batches {
			n += b.len() - batchHead
		}
		d = max(d, s.p.throttles[s.p.plan.outputs[i].profile].reserve(n, now))
	}
	return d
}
