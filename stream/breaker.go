package stream

import (
	"log/slog"
	"sync"
	"time"

	"redactor/redact"
)

// Breaker says when leaks stop a recipient's output: at so many records with
// one within a time, over all partitions of this process. The records in which
// they were found are quarantined either way; the breaker holds back what
// follows, since a policy that leaks that often leaks what no detector sees
// too. The zero Breaker never trips: one odd device must not stop a stream.
type Breaker struct {
	Leaks  int
	Within time.Duration
}

// breakers counts leaks by profile. What has tripped shows in Holds, and stays
// there until a person takes it away.
type breakers struct {
	mu        sync.Mutex
	byProfile map[string]*leakTimes
}

// leakTimes are the times of the last leaks, as many as trip the breaker.
type leakTimes struct {
	ring []int64 // milliseconds since 1970
	n    int     // leaks since the last trip
}

// leaked notes a record with a leak, and trips the profile's breaker if it is
// one too many. It reports whether it did.
func (b *breakers) leaked(profile string, limit Breaker, ms int64) bool {
	if limit.Leaks <= 0 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.byProfile[profile]
	if l == nil || len(l.ring) != limit.Leaks {
		l = &leakTimes{ring: make([]int64, limit.Leaks)}
		if b.byProfile == nil {
			b.byProfile = make(map[string]*leakTimes)
		}
		b.byProfile[profile] = l
	}
	l.ring[l.n%len(l.ring)] = ms
	l.n++
	if l.n < len(l.ring) || ms-l.ring[l.n%len(l.ring)] > limit.Within.Milliseconds() {
		return false
	}
	l.n = 0 // after the reset it counts anew
	return true
}

// leaked tells the breaker of recipient i that it does not get the record at
// offset because of a leak. The log says where that was: the coordinates in the
// quarantine wait behind the breaker with the rest.
func (t *transformer) leaked(i int, reason string, offset int64) {
	if reason != redact.ReasonLeak.String() {
		return
	}
	to := &t.route.To[i]
	if t.shared.breakers.leaked(to.Profile, to.Breaker, t.now) && t.shared.cfg.Holds.Set(to.Profile, HoldBreaker) {
		t.shared.cfg.Logger.Error("too many leaks: the output is held back until a person resets the breaker",
			slog.String("profile", to.Profile), slog.Int("leaks", to.Breaker.Leaks), slog.Duration("within", to.Breaker.Within),
			slog.String("topic", t.plan.source), slog.Int("partition", int(t.partition)), slog.Int64("offset", offset))
	}
}
