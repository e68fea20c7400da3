// Command growth shows how the cost of a record grows with its size, with the
// fields that are replaced, with recipients and with the catalog, what records
// cost that are as bad as JSON gets, and what it costs to write the same records
// otherwise.
//
//	go run ./bench/growth -path portable -out bench/results/growth-portable.txt
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"redactor/bench"
	"redactor/redact"
)

func main() {
	rounds := flag.Int("rounds", 11, "rounds; every size runs once in each")
	slice := flag.Duration("slice", 5*time.Millisecond, "processor time of a size in a round")
	path := flag.String("path", "", "portable or vector: only this way through the engine")
	out := flag.String("out", "", "also write to this file")
	flag.Parse()
	if err := run(bench.Options{Rounds: *rounds, Slice: *slice}, *path, *out); err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

const (
	mostBytes  = 4 << 20
	mostFields = 10_000
)

func run(o bench.Options, only, file string) error {
	var kept bytes.Buffer
	w := io.MultiWriter(os.Stdout, &kept)
	fmt.Fprintf(w, "# How the cost of a record grows: scan and render, 8 or 11 fields replaced unless said otherwise.\n")
	fmt.Fprintf(w, "# go run ./bench/growth -rounds %d -slice %v -path %q\n", o.Rounds, o.Slice, only)
	fmt.Fprintf(w, "# %s %s/%s GOMAXPROCS=1; p25, processor time. A share: of a byte, a field or a recipient; for catalogs, the record.\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, path := range bench.Paths {
		if only != "" && only != path.Name {
			continue
		}
		for _, s := range bench.Growth(mostBytes, mostFields) {
			if err := table(w, path.Name, path.New, s, o); err != nil {
				return err
			}
		}
		for _, s := range []*bench.Set{bench.Flat(), bench.Nested()} {
			if err := spellings(w, path, s, o); err != nil {
				return err
			}
		}
	}
	if file == "" {
		return nil
	}
	return os.WriteFile(file, kept.Bytes(), 0o644)
}

// table measures a series and writes a line for each size.
func table(w io.Writer, path string, newMachine func(*redact.Program) *redact.Machine, s bench.Series, o bench.Options) error {
	var jobs []bench.Job
	var machines []*redact.Machine
	for _, p := range s.Points {
		m := newMachine(p.Program)
		machines = append(machines, m)
		jobs = append(jobs, bench.Engine(s.Name, bench.NewSet(s.Name, [][]byte{p.Record}), m))
	}
	results, err := bench.Measure(jobs, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n## %s (%s)\n\n%12s %12s %14s %12s %10s %14s\n", s.Name, path, s.Unit, "bytes", "ns/record", "ns/share", "MB/s", "scratch bytes")
	for i, p := range s.Points {
		r := results[i]
		fmt.Fprintf(w, "%12d %12d %14.0f %12.3f %10.0f %14d\n", p.N, len(p.Record), r.P25, r.P25/p.Share, r.MBPerSecond(), machines[i].Memory())
	}
	return nil
}

// spellings measures a set as it is and as others would write it.
func spellings(w io.Writer, path bench.Path, s *bench.Set, o bench.Options) error {
	results, err := bench.Measure(bench.SpellingJobs(s, path), o)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n## spelled otherwise: %s (%s)\n\n%-24s %12s %14s %10s %10s\n", s.Name, path.Name, "", "bytes", "ns/record", "MB/s", "of as it is")
	for _, r := range results {
		fmt.Fprintf(w, "%-24s %12.0f %14.0f %10.0f %10.2f\n", r.Job, r.Bytes, r.P25, r.MBPerSecond(), r.MBPerSecond()/results[0].MBPerSecond())
	}
	return nil
}
