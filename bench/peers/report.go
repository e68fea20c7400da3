package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"redactor/bench"
)

// head says what a reader needs to judge the figures.
func head(w io.Writer, rounds int, slice time.Duration, note string) {
	fmt.Fprintf(w, "# Eight values of a record replaced, the rest kept: redactor and others, in turns.\n")
	fmt.Fprintf(w, "# bench/peers: go run . -rounds %d -slice %v\n", rounds, slice)
	fmt.Fprintf(w, "# %s %s/%s GOMAXPROCS=1; %s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, processor())
	fmt.Fprintf(w, "# ns: processor time of the whole process a record, garbage collection included. Ratios use p25 of this run.\n")
	if note != "" {
		fmt.Fprintf(w, "# %s\n", note)
	}
}

// processor is the name of the processor, where the system tells it.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "processor not known"
	}
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "processor not known"
}

// report writes the table of one set, the ratios that the targets are about,
// and every round.
func report(w io.Writer, entries []*entry, results []bench.Result) {
	copied, best := byName(results, memcpy), ours(entries, results)
	fmt.Fprintf(w, "\n## %s: %d records of %.0f bytes\n\n", results[0].Set, len(entries[0].Set.Records), results[0].Bytes)
	fmt.Fprintf(w, "%-32s %9s %9s %8s %8s %9s %9s %s\n", "", "p25 ns", "median", "MB/s", "allocs", "x memcpy", "x ours", "")
	order := make([]int, len(results))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(results[a].P25, results[b].P25) })
	for _, i := range order {
		r, e := results[i], entries[i]
		fmt.Fprintf(w, "%-32s %9.0f %9.0f %8.0f %8.4g %9.1f %9.2f %s\n", r.Job, r.P25, r.Median, r.MBPerSecond(), r.Allocs, r.P25/copied.P25, r.P25/best.P25, e.remarks())
	}
	summary(w, entries, results)
	fmt.Fprintf(w, "\nRounds, ns a record:\n")
	for _, r := range results {
		fmt.Fprintf(w, "%-32s", r.Job)
		for _, ns := range r.Rounds {
			fmt.Fprintf(w, " %.0f", ns)
		}
		fmt.Fprintln(w)
	}
}

func (e *entry) remarks() string {
	var s []string
	if e.trusts {
		s = append(s, "takes what is no JSON")
	}
	if e.odd > 0 {
		s = append(s, fmt.Sprintf("%d of %d odd spellings wrong", e.odd, len(e.Set.Records)))
	}
	return strings.Join(s, "; ")
}

// ours is the quickest path of the engine for the work of the contest.
func ours(entries []*entry, results []bench.Result) bench.Result {
	best := -1
	for i, e := range entries {
		if e.ours && strings.HasPrefix(e.Name, "redactor paths ") && (best < 0 || results[i].P25 < results[best].P25) {
			best = i
		}
	}
	return results[best]
}

func byName(results []bench.Result, name string) bench.Result {
	return results[slices.IndexFunc(results, func(r bench.Result) bool { return r.Job == name })]
}

// summary writes the ratios that the targets are about, for each path through
// the engine.
func summary(w io.Writer, entries []*entry, results []bench.Result) {
	library := -1
	for i, e := range entries {
		if !e.ours && !e.trusts && e.Name != memcpy && (library < 0 || results[i].P25 < results[library].P25) {
			library = i
		}
	}
	quicker := func(a, b string) bench.Result {
		x, y := byName(results, a), byName(results, b)
		if y.P25 < x.P25 {
			return y
		}
		return x
	}
	for _, path := range bench.Paths {
		ns := func(name string) float64 { return byName(results, "redactor "+name+" "+path.Name).P25 }
		fmt.Fprintf(w, "\n%s path:\n", path.Name)
		for _, l := range []struct {
			what  string
			ratio float64
		}{
			{"times memcpy", ns("paths") / byName(results, memcpy).P25},
			{"quicker than the best library that validates, " + results[library].Job, results[library].P25 / ns("paths")},
			{"quicker than bloblang's mapping", byName(results, bloblangMapping).P25 / ns("paths")},
			{"quicker than the better of mapping and mutation", quicker(bloblangMapping, bloblangMutation).P25 / ns("paths")},
			{"hmac: quicker than bloblang's mapping", byName(results, bloblangHMAC).P25 / ns("hmac")},
			{"hmac: quicker than the better of mapping and mutation", quicker(bloblangHMAC, bloblangHMACMut).P25 / ns("hmac")},
			{"hmac of the text in hex, which is what mapping does: quicker than it", byName(results, bloblangHMAC).P25 / ns("hmac hex")},
			{"hmac: times masking", ns("hmac") / ns("paths")},
			{"any depth: times eight paths", ns("any depth") / ns("paths")},
			{"deny: times eight paths", ns("deny") / ns("paths")},
			{"three recipients: times one", ns("recipients-3") / ns("deny")},
		} {
			fmt.Fprintf(w, "  %8.2f  %s\n", l.ratio, l.what)
		}
	}
}
