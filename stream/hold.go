package stream

import (
	"context"
	"sync"
	"sync/atomic"

	"redactor/metrics"
)

// Hold is a reason why a recipient's records are held back.
type Hold uint8

const (
	HoldPaused  Hold = 1 << iota // by an operator
	HoldBreaker                  // by the guard, which found too many leaks
)

// Holds says whose records are held back. What is held is not lost and not
// skipped: the routes of that recipient stop before they send the next cut, and
// reading stops behind them when the buffers are full. The other recipients of
// the same routes wait with it, since one offset stands for all of them.
//
// Holds belong to the process and not to a Proxy, of which there is a new one
// for every attempt to reach Kafka.
type Holds struct {
	any atomic.Bool // what the good path looks at

	mu        sync.Mutex // guards the rest
	byProfile map[string]Hold
	changed   chan struct{} // closed, and replaced, at every change
	onChange  func(map[string]Hold)
	metrics   *metrics.Metrics
}

// NewHolds holds nobody back.
func NewHolds(m *metrics.Metrics) *Holds {
	return &Holds{byProfile: make(map[string]Hold), changed: make(chan struct{}), metrics: m}
}

// Set holds the profile's records back for one more reason. It reports whether
// that reason is new.
func (h *Holds) Set(profile string, why Hold) bool { return h.change(profile, why, true) }

// Clear takes a reason away; records go on when it was the last. It reports
// whether it was one.
func (h *Holds) Clear(profile string, why Hold) bool { return h.change(profile, why, false) }

// Of returns why the profile's records are held back; 0: they are not.
func (h *Holds) Of(profile string) Hold {
	if !h.any.Load() {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.byProfile[profile]
}

// OnChange makes f known, which is told of every change from then on, one after
// the other: all profiles that are held back, and why. It may not call h.
func (h *Holds) OnChange(f func(map[string]Hold)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.onChange = f
}

func (h *Holds) change(profile string, why Hold, on bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.byProfile[profile]
	now := before &^ why
	if on {
		now = before | why
	}
	if now == before {
		return false
	}
	h.byProfile[profile] = now
	if now == 0 {
		delete(h.byProfile, profile)
	}
	h.any.Store(len(h.byProfile) > 0)
	p := h.metrics.ForProfile(profile)
	p.Paused(now&HoldPaused != 0)
	p.Breaker(now&HoldBreaker != 0)
	if h.onChange != nil {
		h.onChange(h.byProfile)
	}
	close(h.changed)
	h.changed = make(chan struct{})
	return true
}

// pass waits until nobody holds any of the plan's recipients back. It returns
// false when ctx or quit ended first.
func (h *Holds) pass(ctx context.Context, quit <-chan struct{}, plan *plan) bool {
	for h.any.Load() {
		changed, held := h.look(plan)
		if !held {
			return true
		}
		select {
		case <-changed:
		case <-quit:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// look reports whether a recipient of the plan is held back, and what closes
// when that may have changed.
func (h *Holds) look(plan *plan) (changed <-chan struct{}, held bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range plan.outputs {
		held = held || h.byProfile[plan.outputs[i].profile] != 0
	}
	return h.changed, held
}
