package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redactor/bench"
	"redactor/redact"
	"redactor/rules"
)

const benchHelp = `Measure the engine on this machine: one core, no Kafka.

Cases are measured in turns with a copy of the same bytes. Times are processor time
of the quiet quarter of 11 rounds. Compare the ratio to memcpy, not nanoseconds of
two machines, nor of two days.

With -p or --sample a policy is measured too: the records of a file, one per line,
or made-up logs, go through one of its streams for all recipients. Keys are test
keys, and what comes out is thrown away.`

// benchRounds is odd, so that there is a median, and enough that a quarter of
// them is quiet on a busy machine.
const benchRounds = 11

// maxSample bounds what is held of a sample file: a larger one measures the
// memory.
const maxSample = 64 << 20

type benchOptions struct {
	policy, sample, topic, output string
	time                          time.Duration
}

func newBench() *cobra.Command {
	var o benchOptions
	long := benchHelp + "\n\nCases:"
	var names []string
	for _, c := range bench.BuiltIn {
		long += fmt.Sprintf("\n  %-13s %s", c.Name, c.What)
		names = append(names, c.Name)
	}
	cmd := &cobra.Command{
		Use:       "bench [CASE...]",
		Short:     "Measure the engine on this machine",
		Long:      long,
		Example:   "  redactor bench\n  redactor bench flat nested -o json\n  redactor bench -p policy.yaml --sample logs.ndjson",
		GroupID:   groupOther,
		ValidArgs: names,
		RunE:      func(cmd *cobra.Command, names []string) error { return o.run(cmd, names) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.policy, "policy", "p", "", "measure this policy too (with --sample: "+defaultPolicy+")")
	f.StringVar(&o.sample, "sample", "", "records for the policy, one per line (default: made-up logs)")
	f.StringVar(&o.topic, "topic", "", "source topic of the sample; picks the stream when the policy has several")
	f.DurationVar(&o.time, "time", time.Second, "processor time for each case")
	f.StringVarP(&o.output, "output", "o", "text", "text or json")
	return cmd
}

func (o *benchOptions) run(cmd *cobra.Command, names []string) error {
	if err := oneOf("output", o.output, "text", "json"); err != nil {
		return err
	}
	if o.time < benchRounds*time.Millisecond || o.time > time.Hour {
		return usagef("--time is %v; it may be %v to %v", o.time, benchRounds*time.Millisecond, time.Hour)
	}
	cases, err := pickCases(names)
	if err != nil {
		return err
	}
	if o.policy != "" || o.sample != "" {
		own, err := o.ownCase(cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		cases = append(cases, own)
	}
	bar := newBenchBar(cmd.ErrOrStderr())
	report, err := measureCases(cases, o.time, bar.show)
	bar.done()
	if err != nil {
		return err
	}
	if o.output == "json" {
		return report.writeJSON(cmd.OutOrStdout())
	}
	return report.writeText(cmd.OutOrStdout())
}

// pickCases returns the built-in cases of these names, all without names.
func pickCases(names []string) ([]bench.Case, error) {
	if len(names) == 0 {
		return slices.Clone(bench.BuiltIn), nil
	}
	var known []string
	for _, c := range bench.BuiltIn {
		known = append(known, c.Name)
	}
	var picked []bench.Case
	for i, name := range names {
		at := slices.Index(known, name)
		if at < 0 {
			return nil, usagef("there is no case %q; %s", name, nearest(name, known))
		}
		if slices.Index(names, name) == i {
			picked = append(picked, bench.BuiltIn[at])
		}
	}
	return picked, nil
}

// ownCase is the user's policy with the sample, or with made-up logs.
func (o *benchOptions) ownCase(stderr io.Writer) (bench.Case, error) {
	file := o.policy
	if file == "" {
		file = defaultPolicy
	}
	policy, err := loadPolicy(file)
	if err != nil {
		return bench.Case{}, err
	}
	streams, problems := policy.Compile(rules.TestKeys)
	if problems.HasErrors() {
		return bench.Case{}, &failure{code: exitConfig, problems: problems}
	}
	s, err := pickStream(streams, o.topic)
	if err != nil {
		return bench.Case{}, err
	}
	set, name := bench.Mixed(), "policy"
	if o.sample != "" {
		name = "sample"
		if set, err = readSample(o.sample); err != nil {
			return bench.Case{}, err
		}
	}
	warnUnjudged(stderr, s.Program.NewMachine(), set)
	return bench.Case{Name: name, Set: func() *bench.Set { return set }, Program: func() *redact.Program { return s.Program }}, nil
}

// pickStream returns the stream that a topic goes through, or the first.
func pickStream(streams []rules.Stream, topic string) (rules.Stream, error) {
	var patterns []string
	for _, s := range streams {
		if topic == "" || rules.MatchTopic(s.From, topic) {
			return s, nil
		}
		patterns = append(patterns, s.From)
	}
	if len(streams) == 0 {
		return rules.Stream{}, configf("the policy has no streams")
	}
	return rules.Stream{}, usagef("no stream of the policy matches the topic %q; there are %s", topic, strings.Join(patterns, ", "))
}

// readSample reads the records of a file, up to maxSample bytes of them.
func readSample(file string) (*bench.Set, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var records [][]byte
	in := newLineReader(f, readBlock, redact.DefaultMaxRecord)
	for held := 0; held < maxSample; {
		line, err := in.next()
		switch {
		case err == io.EOF && len(records) == 0:
			return nil, usagef("%s holds no records", file)
		case err == io.EOF:
			return bench.NewSet("sample", records), nil
		case errors.Is(err, errLong):
			return nil, usagef("%s: line %d is longer than a record may be, %s", file, in.line, formatSize(redact.DefaultMaxRecord))
		case err != nil:
			return nil, fmt.Errorf("%s: reading line %d: %w", file, in.line+1, err)
		}
		if !blank(line) {
			records = append(records, slices.Clone(line))
			held += len(line)
		}
	}
	return bench.NewSet("sample", records), nil
}

// warnUnjudged says how many records are not what is to be measured: the
// quarantine is fast.
func warnUnjudged(stderr io.Writer, m *redact.Machine, set *bench.Set) {
	unjudged := 0
	for _, r := range set.Records {
		if m.Scan(r).Outcome == redact.Quarantined {
			unjudged++
		}
	}
	if unjudged > 0 {
		fmt.Fprintf(stderr, "redactor: %s of %s records cannot be judged; what is measured for them is how fast that is seen\n",
			groupDigits(int64(unjudged)), groupDigits(int64(len(set.Records))))
	}
}
