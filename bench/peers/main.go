// Command peers measures the engine beside what others would use for the same
// work: eight values of a record replaced, the rest kept.
//
// Every entry is written as its own documentation has it, or better where its
// authors leave room, and its output is compared with a reference for every
// record before it is measured. Entries run in turns on one processor.
//
//	go run . -rounds 11 -out ../results/peers-portable.txt
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"redactor/bench"
)

func main() {
	rounds := flag.Int("rounds", 11, "rounds; every entry runs once in each")
	slice := flag.Duration("slice", 20*time.Millisecond, "processor time of an entry in a round")
	out := flag.String("out", "", "also write to this file")
	note := flag.String("note", "", "a line for the head of the output")
	flag.Parse()
	if err := run(*rounds, *slice, *out, *note); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(rounds int, slice time.Duration, file, note string) error {
	if rounds < 1 || slice < time.Millisecond {
		return fmt.Errorf("at least one round, of at least a millisecond")
	}
	var kept bytes.Buffer
	w := io.MultiWriter(os.Stdout, &kept)
	head(w, rounds, slice, note)
	for _, c := range []func() ([]*entry, error){
		func() ([]*entry, error) {
			return contest(newWork(bench.Flat(), flatPaths), bench.FlatMasked(), bench.FlatKeyed(), bench.FlatHashed(), nil)
		},
		func() ([]*entry, error) {
			return contest(newWork(bench.Nested(), nestedPaths), bench.NestedMasked(), bench.NestedKeyed(), bench.NestedHashed(), bench.Spelled())
		},
	} {
		entries, err := c()
		if err != nil {
			return err
		}
		var jobs []bench.Job
		for _, e := range entries {
			jobs = append(jobs, e.Job)
		}
		results, err := bench.Measure(jobs, bench.Options{Rounds: rounds, Slice: slice})
		if err != nil {
			return err
		}
		report(w, entries, results)
	}
	if file == "" {
		return nil
	}
	return os.WriteFile(file, kept.Bytes(), 0o644)
}
