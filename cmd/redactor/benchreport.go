package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"redactor/bench"
)

// benchReport is what was measured. Its JSON form is read by programs: names
// and units stay.
type benchReport struct {
	Version int         `json:"version"`
	Cases   []benchLine `json:"cases"`
}

type benchLine struct {
	Name            string  `json:"name"`
	MBPerSecond     float64 `json:"mb_per_s"`      // 10^6 bytes of input
	NsPerRecord     float64 `json:"ns_per_record"` // for all recipients
	RatioMemcpy     float64 `json:"ratio_memcpy"`  // times the time of a copy of the same records
	AllocsPerRecord float64 `json:"allocs_per_record"`

	bytes float64 // a record
}

// measureCases measures the cases, and one copy of each set that they use.
func measureCases(cases []bench.Case, each time.Duration, progress func(float64)) (*benchReport, error) {
	var jobs []bench.Job
	copied := make(map[string]int) // by set, the index of its copy
	for _, c := range cases {
		j := c.Job(bench.Paths[len(bench.Paths)-1].New)
		if _, done := copied[j.Set.Name]; !done {
			copied[j.Set.Name] = len(jobs)
			jobs = append(jobs, bench.Copy(j.Set))
		}
		jobs = append(jobs, j)
	}
	results, err := bench.Measure(jobs, bench.Options{Rounds: benchRounds, Slice: each / benchRounds, Progress: progress})
	if err != nil {
		return nil, err
	}
	report := &benchReport{Version: 1}
	for i, r := range results {
		yardstick := copied[r.Set]
		if i == yardstick {
			continue
		}
		report.Cases = append(report.Cases, benchLine{
			Name: r.Job, MBPerSecond: rounded(r.MBPerSecond()), NsPerRecord: rounded(r.P25),
			RatioMemcpy: rounded(r.P25 / results[yardstick].P25), AllocsPerRecord: rounded(r.Allocs), bytes: r.Bytes,
		})
	}
	return report, nil
}

// rounded leaves what the measurement can tell: two decimals.
func rounded(f float64) float64 { return math.Round(f*100) / 100 }

func (r *benchReport) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *benchReport) writeText(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%-13s %9s %9s %10s %9s %8s\n", "case", "B/record", "MB/s", "ns/record", "x memcpy", "allocs"); err != nil {
		return err
	}
	for _, c := range r.Cases {
		_, err := fmt.Fprintf(w, "%-13s %9.0f %9.0f %10.0f %9.1f %8.4g\n", c.Name, c.bytes, c.MBPerSecond, c.NsPerRecord, c.RatioMemcpy, c.AllocsPerRecord)
		if err != nil {
			return err
		}
	}
	return nil
}

// benchBar shows on a terminal how far the measuring is.
type benchBar struct {
	w     io.Writer // nil: shows nothing
	next  time.Time
	shown bool
}

func newBenchBar(stderr io.Writer) *benchBar {
	b := &benchBar{next: time.Now().Add(progressAfter)}
	if isTerminal(stderr) {
		b.w = stderr
	}
	return b
}

func (b *benchBar) show(part float64) {
	if now := time.Now(); b.w != nil && now.After(b.next) {
		const width = 30
		full := int(part * width)
		b.next, b.shown = now.Add(progressEvery), true
		fmt.Fprintf(b.w, "\r\x1b[K[%s%s] %3.0f %%", strings.Repeat("=", full), strings.Repeat(" ", width-full), part*100)
	}
}

// done clears the bar.
func (b *benchBar) done() {
	if b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
