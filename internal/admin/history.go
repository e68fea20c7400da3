package admin

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"redactor/metrics"
)

const (
	sampleEvery = 5 * time.Second // a look costs a millisecond or two
	samples     = 360             // half an hour
	maxSeries   = 15              // lines in a panel; a person can tell no more apart
)

// history keeps what the panels show: one number for each line and moment.
type history struct {
	m *metrics.Metrics

	mu    sync.Mutex // guards the rest
	last  *snapshot
	prior *snapshot // the one before it
	times []time.Time
	lines []map[string][]float64 // by panel and legend, as long as times; NaN: nothing then
}

func newHistory(m *metrics.Metrics) *history {
	h := &history{m: m, lines: make([]map[string][]float64, len(panels))}
	for i := range h.lines {
		h.lines[i] = make(map[string][]float64)
	}
	return h
}

// run looks at the metrics until ctx ends.
func (h *history) run(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		if s, err := takeSnapshot(h.m.Registry(), time.Now()); err == nil {
			h.add(s)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// add notes what every panel says of a snapshot.
func (h *history) add(s *snapshot) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.last
	h.prior, h.last = was, s
	if len(h.times) == samples {
		h.times = append(h.times[:0], h.times[1:]...)
		for _, lines := range h.lines {
			for legend, line := range lines {
				lines[legend] = append(line[:0], line[1:]...)
			}
		}
	}
	h.times = append(h.times, s.at)
	for i := range panels {
		h.note(h.lines[i], panels[i].eval(was, s))
	}
}

func (h *history) note(lines map[string][]float64, points map[string]float64) {
	for legend := range points {
		if lines[legend] == nil && len(lines) < 4*maxSeries {
			line := make([]float64, len(h.times)-1, samples)
			for i := range line {
				line[i] = math.NaN()
			}
			lines[legend] = line
		}
	}
	for legend, line := range lines {
		v, ok := points[legend]
		if !ok {
			v = math.NaN()
		}
		if line = append(line, v); !slices.ContainsFunc(line, func(v float64) bool { return !math.IsNaN(v) }) {
			delete(lines, legend) // half an hour without a word
			continue
		}
		lines[legend] = line
	}
}

// line is one line of a panel, with its newest value.
type line struct {
	legend string
	points []float64
	last   float64 // NaN: nothing now
}

// panel returns the lines of panel i, the largest first.
func (h *history) panel(i int) (times []time.Time, lines []line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for legend, points := range h.lines[i] {
		if len(points) != len(h.times) {
			continue
		}
		lines = append(lines, line{legend, slices.Clone(points), points[len(points)-1]})
	}
	slices.SortFunc(lines, func(a, b line) int {
		switch x, y := orZero(a.last), orZero(b.last); {
		case x > y:
			return -1
		case x < y:
			return 1
		case a.legend < b.legend:
			return -1
		}
		return 1
	})
	if len(lines) > maxSeries {
		lines = lines[:maxSeries]
	}
	return slices.Clone(h.times), lines
}

// rate is how much the series of a counter that have the labels grew a second,
// at the last look.
func (h *history) rate(metric string, labels ...string) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.prior == nil {
		return 0
	}
	grew := h.last.sum(metric, labels...) - h.prior.sum(metric, labels...)
	return max(grew, 0) / h.last.at.Sub(h.prior.at).Seconds()
}

func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
