// Command text compares ways to find ten kinds of identifiers in lines of logs:
// the scanner of package detect, package regexp, Redpanda Connect's mapping, and
// (built with -tags hyperscan, which needs libhs and cgo) Hyperscan. All are
// given the same lines in one run; variants take turns, so that a machine that
// slows down slows all of them.
//
//	go run . -rounds 11
//	go run -tags hyperscan . -rounds 11
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"redactor/bench"
	"redactor/detect"
)

// ten is the ten detectors, patterns what they are as regular expressions: less
// than the detectors do, there are neither check digits nor labels.
var ten = bench.TenDetectors

var patterns = []string{
	`\b\d{15}\b`,
	`\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b`,
	`\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b`,
	`(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,6}:(?:[0-9a-fA-F]{1,4}:){0,5}[0-9a-fA-F]{1,4}`,
	`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
	`\b(?:86)?1[3-9]\d{9}\b`,
	`-?\b\d{1,3}\.\d{4,}\b`,
	`\b\d{17}[0-9Xx]\b`,
	`\b\d{16,19}\b`,
	`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`,
}

// text is a corpus: its lines, and all of them with line ends.
type text struct {
	name  string
	lines [][]byte
	whole []byte
}

// variant is one way. run goes over the text once, or over one of share lines
// where it is slow, and returns how many finds there were.
type variant struct {
	name  string
	share int
	run   func(t *text, from, step int) int
}

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 11, "how often each variant runs")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()

	variants := []variant{scanner("redactor", detect.Config{Set: ten}), scanner("redactor portable", detect.Config{Set: ten, Portable: true}),
		oneCall("redactor, one call", detect.Config{Set: ten}), oneCall("redactor portable, one call", detect.Config{Set: ten, Portable: true}),
		scanner("redactor, all 23 detectors", detect.Config{Set: detect.AllDetectors}), regexps(), alternation(), mapping()}
	variants = append(variants, hyperscan()...)
	fmt.Printf("%s, %s, one core, time of the thread, p25 of %d interleaved rounds\n", runtime.Version(), processor(), *rounds)
	for _, t := range []*text{newText("few", false), newText("many", true)} {
		compare(t, variants, *rounds)
	}
}

func newText(name string, many bool) *text {
	t := &text{name: name, lines: bench.Lines(1, 1<<20, many)}
	t.whole = bytes.Join(t.lines, []byte("\n"))
	return t
}

// atLeast is how long a variant runs each time, in nanoseconds: long enough that
// what ran before it is out of the caches.
const atLeast = 30_000_000

func compare(t *text, variants []variant, rounds int) {
	times, finds := make([][]float64, len(variants)), make([]int, len(variants))
	for round := range rounds {
		for i, v := range variants {
			n, from := 0, threadTime()
			for n == 0 || threadTime()-from < atLeast {
				finds[i] = v.run(t, round%v.share, v.share)
				n += (len(t.lines) - round%v.share + v.share - 1) / v.share
			}
			times[i] = append(times[i], float64(threadTime()-from)/float64(n))
		}
	}
	size := float64(len(t.whole)) / float64(len(t.lines))
	fmt.Printf("\n%s: %d lines of %.0f bytes\n%-34s %12s %12s %10s %8s\n", t.name, len(t.lines), size, "", "ns a line", "MB/s", "finds", "ours is")
	ours := p25(times[0])
	for i, v := range variants {
		ns := p25(times[i])
		fmt.Printf("%-34s %12.1f %12.1f %10d %7.1fx\n", v.name, ns, size/ns*1000, finds[i], ns/ours)
	}
}

func p25(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/4]
}

// threadTime is the processor time of this thread in nanoseconds: other work on
// the machine does not count.
func threadTime() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		log.Fatal(err)
	}
	return int64(time.Duration(ts.Nano()))
}

func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.Trim(name, " \t:\n")
		}
	}
	return runtime.GOARCH
}

func scanner(name string, cfg detect.Config) variant {
	s, err := detect.NewScanner(cfg)
	if err != nil {
		log.Fatal(err)
	}
	var spans []detect.Span
	return variant{name, 1, func(t *text, _, _ int) int {
		n := 0
		for _, line := range t.lines {
			spans = s.Find(spans[:0], line)
			n += len(spans)
		}
		return n
	}}
}

// oneCall is scanner with all lines in one text.
func oneCall(name string, cfg detect.Config) variant {
	s, err := detect.NewScanner(cfg)
	if err != nil {
		log.Fatal(err)
	}
	var spans []detect.Span
	return variant{name, 1, func(t *text, _, _ int) int {
		spans = s.Find(spans[:0], t.whole)
		return len(spans)
	}}
}

func regexps() variant {
	var all []*regexp.Regexp
	for _, p := range patterns {
		all = append(all, regexp.MustCompile(p))
	}
	return variant{"Go regexp, ten patterns", 20, func(t *text, from, step int) int {
		n := 0
		for i := from; i < len(t.lines); i += step {
			for _, re := range all {
				n += len(re.FindAllIndex(t.lines[i], -1))
			}
		}
		return n
	}}
}

func alternation() variant {
	re := regexp.MustCompile("(?:" + strings.Join(patterns, ")|(?:") + ")")
	return variant{"Go regexp, one alternation", 20, func(t *text, from, step int) int {
		n := 0
		for i := from; i < len(t.lines); i += step {
			n += len(re.FindAllIndex(t.lines[i], -1))
		}
		return n
	}}
}
