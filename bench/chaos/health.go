package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// health asks instances how they are: for the search, and in a soak for the
// figures of the one that is spared.
type health struct {
	crew     *crew
	pages    [][]byte // one of each path and slot, the latest
	searched int64
	samples  []sample
}

// sample is the spared instance at one moment.
type sample struct {
	at                          time.Time
	rss, descriptors, goroutine float64
}

func (h *health) run(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, 5*time.Second)
		if ctx.Err() == nil {
			h.sample()
		}
	}
}

// sample reads the metrics of the spared instance.
func (h *health) sample() {
	for _, m := range h.members() {
		if !m.spared {
			continue
		}
		if page := m.get("/metrics"); page != nil {
			h.samples = append(h.samples, sample{time.Now(), metric(page, "process_resident_memory_bytes"), metric(page, "process_open_fds"), metric(page, "go_goroutines")})
		}
	}
}

func (h *health) members() []*member {
	h.crew.mu.Lock()
	defer h.crew.mu.Unlock()
	return slices.Clone(h.crew.slots)
}

// scrape keeps what the admin servers show, for the search.
func (h *health) scrape() {
	for _, m := range h.members() {
		for _, path := range []string{"/metrics", "/readyz", "/livez", "/"} {
			if page := m.get(path); page != nil {
				h.pages = append(h.pages, page)
			}
		}
	}
}

// metric finds the value of a series without labels.
func metric(page []byte, name string) float64 {
	lines := bufio.NewScanner(bytes.NewReader(page))
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			v, _ := strconv.ParseFloat(text, 64)
			return v
		}
	}
	return 0
}

// warmUp is left out of the second of two slopes: buffers grow to their sizes,
// the heap to its pace.
const warmUp = 2 * time.Minute

// report prints first, last, highest and the slope of each figure, over all
// samples and over those after the warm-up.
func (h *health) report(file string) {
	if len(h.samples) == 0 {
		return
	}
	begun := h.samples[0].at
	if file != "" {
		var out bytes.Buffer
		fmt.Fprintln(&out, "seconds\trss_bytes\tdescriptors\tgoroutines")
		for _, s := range h.samples {
			fmt.Fprintf(&out, "%.0f\t%.0f\t%.0f\t%.0f\n", s.at.Sub(begun).Seconds(), s.rss, s.descriptors, s.goroutine)
		}
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
		}
	}
	all := [][]sample{h.samples}
	if warm := slices.IndexFunc(h.samples, func(s sample) bool { return s.at.Sub(begun) >= warmUp }); warm > 0 {
		all = append(all, h.samples[warm:])
	}
	for _, rest := range all {
		figures(rest, rest[0].at.Sub(begun))
	}
}

// figures prints what becomes of the samples, the first of which was taken so
// long after the start.
func figures(rest []sample, after time.Duration) {
	for _, f := range []struct {
		name string
		unit float64
		of   func(sample) float64
	}{
		{"RSS in MB", 1e6, func(s sample) float64 { return s.rss }},
		{"descriptors", 1, func(s sample) float64 { return s.descriptors }},
		{"goroutines", 1, func(s sample) float64 { return s.goroutine }},
	} {
		first, last, most := f.of(rest[0])/f.unit, f.of(rest[len(rest)-1])/f.unit, 0.0
		for _, s := range rest {
			most = max(most, f.of(s)/f.unit)
		}
		fmt.Printf("spared instance, %s after %s: first %.1f last %.1f highest %.1f, slope %+.2f an hour (%d samples)\n",
			f.name, after.Round(time.Second), first, last, most, slope(rest, f.of)/f.unit, len(rest))
	}
}

// slope is the least-squares line through the samples, per hour.
func slope(s []sample, of func(sample) float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for _, p := range s {
		x, y := p.at.Sub(s[0].at).Hours(), of(p)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if d := n*sxx - sx*sx; d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}
