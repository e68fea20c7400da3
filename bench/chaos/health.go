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
	at     time.Time
	values [len(watched)]float64
}

// watched are the figures of a soak, by the series that they are read from.
// What the collector aims at is about twice what the last collection found in
// use: a leak shows there first, and bursts, which the resident set keeps for
// a while, do not.
var watched = [...]struct {
	name, column, series string
	unit                 float64
}{
	{"RSS in MB", "rss_bytes", "process_resident_memory_bytes", 1e6},
	{"heap that the collector aims at in MB", "next_gc_bytes", "go_memstats_next_gc_bytes", 1e6},
	{"heap in use in MB", "heap_inuse_bytes", "go_memstats_heap_inuse_bytes", 1e6},
	{"heap kept from the system in MB", "heap_idle_bytes", "go_memstats_heap_idle_bytes", 1e6},
	{"heap given back in MB", "heap_released_bytes", "go_memstats_heap_released_bytes", 1e6},
	{"stacks in MB", "stack_inuse_bytes", "go_memstats_stack_inuse_bytes", 1e6},
	{"descriptors", "descriptors", "process_open_fds", 1},
	{"goroutines", "goroutines", "go_goroutines", 1},
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
			s := sample{at: time.Now()}
			for i, f := range watched {
				s.values[i] = metric(page, f.series)
			}
			h.samples = append(h.samples, s)
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

// warmUps are left out of the slopes one after the other: buffers grow to their
// sizes in two minutes, and the heap to its pace when partitions have come and
// gone some dozen times.
var warmUps = []time.Duration{0, 2 * time.Minute, 20 * time.Minute}

// report prints first, last, highest and the slope of each figure, over all
// samples and over those after each warm-up.
func (h *health) report(file string) {
	if len(h.samples) == 0 {
		return
	}
	begun := h.samples[0].at
	if file != "" {
		var out bytes.Buffer
		fmt.Fprint(&out, "seconds")
		for _, f := range watched {
			fmt.Fprint(&out, "\t", f.column)
		}
		for _, s := range h.samples {
			fmt.Fprintf(&out, "\n%.0f", s.at.Sub(begun).Seconds())
			for _, v := range s.values {
				fmt.Fprintf(&out, "\t%.0f", v)
			}
		}
		fmt.Fprintln(&out)
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
		}
	}
	for _, warmUp := range warmUps {
		if warm := slices.IndexFunc(h.samples, func(s sample) bool { return s.at.Sub(begun) >= warmUp }); warm >= 0 {
			figures(h.samples[warm:], h.samples[warm].at.Sub(begun))
		}
	}
}

// figures prints what becomes of the samples, the first of which was taken so
// long after the start.
func figures(rest []sample, after time.Duration) {
	for i, f := range watched {
		first, last, most := rest[0].values[i]/f.unit, rest[len(rest)-1].values[i]/f.unit, 0.0
		for _, s := range rest {
			most = max(most, s.values[i]/f.unit)
		}
		fmt.Printf("spared instance, %s after %s: first %.1f last %.1f highest %.1f, slope %+.2f an hour (%d samples)\n",
			f.name, after.Round(time.Second), first, last, most, slope(rest, i)/f.unit, len(rest))
	}
}

// slope is the least-squares line through one of the figures, per hour.
func slope(s []sample, figure int) float64 {
	var n, sx, sy, sxx, sxy float64
	for _, p := range s {
		x, y := p.at.Sub(s[0].at).Hours(), p.values[figure]
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if d := n*sxx - sx*sx; d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}
