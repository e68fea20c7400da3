package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"redactor/detect"
	"redactor/redact"
	"redactor/stream"
)

const verifyHelp = `Look for identifiers in what was already written: a topic, a file of lines, all
files in a directory, or stdin for -. It shows where each stands and what it looks
like, never the value, and exits with 1 when there is one.

Of a directory the regular files are read, those of its directories too, in the order
of their names; links are not followed, and what is compressed is not unpacked.

Without a policy everything that looks like an identifier is a find. With -p and
--profile it is what the guard of that profile would stop: pseudonyms and other values
that the policy makes, and fields that it keeps by name, are none.

--canaries FILE looks for planted values, one a line, in every encoding: as they are,
escaped, percent-encoded, in hex, in base64, backwards.

A topic is read from its first record to the end that it has now, by the brokers of
redactor.yaml (-c) or --brokers. No group is joined and nothing is committed.`

const verifyExample = `  redactor verify shared.ndjson
  redactor verify -p policy.yaml --profile academic --canaries canaries.txt research.device
  kcat -C -t research.device -e -q | redactor verify --detectors imei,mac,ip -`

type verifyOptions struct {
	view                redactOptions // of the policy
	canaries, detectors string
	output              string
	cluster             cluster
	show                int
}

func newVerify() *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:     "verify TOPIC | FILE | DIRECTORY | -",
		Short:   "Look for identifiers in what was written; exit 1 if there is one",
		Long:    verifyHelp,
		Example: verifyExample,
		GroupID: groupRun,
		Args:    exactly(1, "a topic, a file, a directory, or - for stdin"),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.view.policy, "policy", "p", "", "policy whose recipient wrote it")
	f.StringVar(&o.view.profile, "profile", "", "the recipient; needed with -p")
	f.StringVar(&o.view.topic, "source", "", "source topic; picks the stream when the profile takes part in several")
	f.StringVar(&o.canaries, "canaries", "", "file of planted values, one a line")
	f.StringVar(&o.detectors, "detectors", "all", "what to look for without a policy: "+strings.Join(detect.DetectorNames(), ", ")+", ip; none for canaries alone")
	o.cluster.flags(cmd)
	f.StringVarP(&o.output, "output", "o", "text", "text or json: one find a line")
	f.IntVar(&o.show, "show", 100, "how many finds to list; all are counted")
	completeProfile(cmd, func([]string) string { return o.view.policy })
	return cmd
}

func (o *verifyOptions) run(cmd *cobra.Command, from string) error {
	if err := oneOf("output", o.output, "text", "json"); err != nil {
		return err
	}
	if (o.view.policy == "") != (o.view.profile == "") {
		return usagef("-p and --profile go together: a policy does not say by itself who wrote what")
	}
	v, err := o.verifier(cmd)
	if err != nil {
		return err
	}
	in, err := o.open(cmd, from)
	switch {
	case err != nil:
		return err
	case isDirectory(in):
		in.Close()
		err = v.directory(cmd, from)
	case in != nil:
		defer in.Close()
		bar := newProgress(in, cmd.OutOrStdout(), cmd.ErrOrStderr())
		err = v.lines(bar, from)
		bar.done()
	default:
		err = o.topic(cmd, v, from)
	}
	if found := v.finish(cmd.ErrOrStderr()); err == nil {
		return found
	}
	return err
}

// open returns the file, or nil for a topic.
func (o *verifyOptions) open(cmd *cobra.Command, from string) (io.ReadCloser, error) {
	if from == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	f, err := os.Open(from)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(from, "/\\"):
		return nil, nil
	}
	return nil, usagef("%w", err)
}

func isDirectory(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.IsDir()
}

// directory looks at every regular file below root. One that cannot be read to
// its end does not keep it from the others: the first such failure is returned
// when all have been looked at.
func (v *verifier) directory(cmd *cobra.Command, root string) error {
	var paths []string
	total := int64(0)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			paths, total = append(paths, path), total+info.Size()
		}
		return err
	})
	if err != nil {
		return usagef("%w", err)
	}
	bar := newProgress(strings.NewReader(""), cmd.OutOrStdout(), cmd.ErrOrStderr())
	defer bar.done()
	bar.total = total
	var failed error
	for _, path := range paths {
		f, err := os.Open(path)
		if err == nil {
			bar.r = f
			err = v.lines(bar, path)
			f.Close()
		}
		if v.err != nil {
			return v.err
		}
		if failed == nil {
			failed = err
		}
	}
	return failed
}

func (o *verifyOptions) verifier(cmd *cobra.Command) (*verifier, error) {
	v := &verifier{out: cmd.OutOrStdout(), json: o.output == "json", show: o.show, counts: make(map[string]int64)}
	set := detect.Set(0)
	if o.detectors != "none" {
		var err error
		if set, err = detect.ParseSet(o.detectors); err != nil {
			return nil, usagef("--detectors: %w", err)
		}
	}
	var err error
	if v.scanner, err = detect.NewScanner(detect.Config{Set: set, JSON: true}); err != nil {
		return nil, usagef("--detectors: %w", err)
	}
	if o.canaries != "" {
		if v.canaries, err = readCanaries(o.canaries); err != nil {
			return nil, err
		}
	}
	if o.view.policy == "" {
		if set == 0 && v.canaries == nil {
			return nil, usagef("--detectors none looks for nothing without --canaries")
		}
		return v, nil
	}
	o.view.testKeys = true // nothing is made with them
	of, err := o.view.view(io.Discard)
	if err != nil {
		return nil, err
	}
	p, err := of.program.Verifier(of.index)
	if err != nil {
		return nil, configf("%s: %w", o.view.policy, err)
	}
	v.machine = p.NewMachine()
	return v, nil
}

// readCanaries reads a file of planted values. Errors name the file and a line
// and never hold a value.
func readCanaries(path string) (*detect.Canaries, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, configf("%w", err)
	}
	defer f.Close()
	c, err := detect.ReadCanaries(f)
	if err != nil {
		return nil, configf("%s: %w", path, err)
	}
	return c, nil
}

// topic reads a topic, to its end or to a signal.
func (o *verifyOptions) topic(cmd *cobra.Command, v *verifier, name string) error {
	return o.cluster.read(cmd, name, func(ctx context.Context, client *stream.Client) error {
		bar := newProgress(strings.NewReader(""), cmd.OutOrStdout(), cmd.ErrOrStderr())
		defer bar.done()
		return v.topic(ctx, client, name, bar)
	})
}

// topic looks at all records of a topic.
func (v *verifier) topic(ctx context.Context, client *stream.Client, name string, bar *progress) error {
	n, err := client.Partitions(ctx, name)
	if err != nil {
		return err
	}
	firsts, ends := make([]int64, n), make([]int64, n)
	for p := range n {
		if firsts[p], ends[p], err = client.Bounds(ctx, name, int32(p)); err != nil {
			return err
		}
		bar.total += ends[p] - firsts[p]
	}
	behind := int64(0)
	for p := range n {
		err := client.ReadPartition(ctx, name, int32(p), firsts[p], ends[p], func(r *stream.Record) error {
			bar.offsets(behind + r.Offset - firsts[p])
			v.record(r)
			return v.err
		})
		if err != nil {
			return err
		}
		behind += ends[p] - firsts[p]
	}
	return nil
}

// record looks at a record and its envelope.
func (v *verifier) record(r *stream.Record) {
	place := fmt.Sprintf("%s/%d@%d", r.Topic, r.Partition, r.Offset)
	v.records++
	v.text(r.Key, place, "key", v.keyLeaks)
	for _, h := range r.Headers {
		v.text(h.Value, place, "header", func(text []byte) []detect.Span { return v.headerLeaks(h.Name, text) })
	}
	v.text(r.Value, place, "", v.leaks)
}

// A verifier looks at records and says what is in them.
type verifier struct {
	out  io.Writer
	json bool
	show int

	machine  *redact.Machine // of the policy; nil without
	scanner  *detect.Scanner // of what is no record of the policy's format
	canaries *detect.Canaries
	spans    []detect.Span

	records int64
	found   int64 // records and parts of envelopes with a find
	shown   int
	counts  map[string]int64 // by detector
	err     error            // of writing
}

// lines takes every line as a record.
func (v *verifier) lines(r io.Reader, name string) error {
	if name == "-" {
		name = "stdin"
	}
	in := newLineReader(r, readBlock, redact.DefaultMaxRecord)
	for v.err == nil {
		line, err := in.next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, errLong):
			return &failure{code: exitFindings, err: fmt.Errorf("%s:%d is longer than any record may be: it was not looked at", name, in.line)}
		case err != nil:
			return fmt.Errorf("reading line %d: %w", in.line+1, err)
		}
		v.records++
		v.text(line, fmt.Sprintf("%s:%d", name, in.line), "", v.leaks)
	}
	return v.err
}

// text looks at one text and reports what is in it.
func (v *verifier) text(text []byte, place, part string, leaks func([]byte) []detect.Span) {
	if len(text) == 0 {
		return
	}
	spans := leaks(text)
	for _, s := range spans {
		v.report(find{Place: place, Part: part, Byte: int(s.Start) + 1, Is: s.Detector.String()})
	}
	hit := len(spans) > 0
	if v.canaries != nil {
		if n, how, ok := v.canaries.Find(text); ok {
			v.report(find{Place: place, Part: part, Is: detect.DetectCanary.String(), Canary: n + 1, How: how})
			hit = true
		}
	}
	if hit {
		v.found++
	}
}

// leaks returns what is in a record. What is none by the policy's format is
// looked at as the text that it is.
func (v *verifier) leaks(text []byte) []detect.Span {
	if v.machine != nil {
		if got := v.machine.Scan(text); got.Outcome == redact.Passed {
			_, got = v.machine.Render(nil, 0)
			return v.judged(text, got)
		}
	}
	return v.plain(text)
}

// judged returns what the machine's guard has found in text. What could not be
// judged, all of it or an element, the guard has not seen.
func (v *verifier) judged(text []byte, got redact.Verdict) []detect.Span {
	switch got.Reason {
	case redact.ReasonNone:
		return nil
	case redact.ReasonLeak:
		return v.machine.Leaks(0)
	}
	return v.plain(text)
}

func (v *verifier) plain(text []byte) []detect.Span {
	v.spans = v.scanner.Find(v.spans[:0], text)
	return v.spans
}

func (v *verifier) keyLeaks(text []byte) []detect.Span {
	if v.machine == nil {
		return v.plain(text)
	}
	v.machine.ScanTombstone()
	_, null, got := v.machine.RenderKey(nil, text, 0)
	if null && got.Outcome == redact.Passed { // no entry is for keys
		return v.plain(text)
	}
	return v.judged(text, got)
}

func (v *verifier) headerLeaks(name, text []byte) []detect.Span {
	if v.machine == nil {
		return v.plain(text)
	}
	v.machine.ScanTombstone()
	_, keep, got := v.machine.RenderHeader(nil, name, text, 0)
	if !keep && got.Outcome == redact.Passed { // no entry is for it
		return v.plain(text)
	}
	return v.judged(text, got)
}

// A find is where something stands and what it looks like.
type find struct {
	Place  string `json:"place"`            // file:line or topic/partition@offset
	Part   string `json:"part,omitempty"`   // key or header; "" is the value
	Byte   int    `json:"byte,omitempty"`   // from 1
	Is     string `json:"is"`               // the detector
	Canary int    `json:"canary,omitempty"` // which of the file, from 1
	How    string `json:"how,omitempty"`    // it stands there: "in hex"
}

func (f *find) String() string {
	s := f.Place
	if f.Part != "" {
		s += " " + f.Part
	}
	if f.Canary > 0 {
		return fmt.Sprintf("%s: canary %d, %s", s, f.Canary, f.How)
	}
	return fmt.Sprintf("%s:%d: %s", s, f.Byte, f.Is)
}

func (v *verifier) report(f find) {
	v.counts[f.Is]++
	if v.shown++; v.shown > v.show || v.err != nil {
		return
	}
	if !v.json {
		_, v.err = fmt.Fprintln(v.out, f.String())
		return
	}
	line, err := json.Marshal(f)
	if err == nil {
		_, err = v.out.Write(append(line, '\n'))
	}
	v.err = err
}

// finish says nothing when there was nothing.
func (v *verifier) finish(stderr io.Writer) error {
	if v.err != nil {
		return fmt.Errorf("writing stdout: %w", v.err)
	}
	if v.found == 0 {
		return nil
	}
	fmt.Fprintf(stderr, "redactor: %s finds in %s records looked at:", groupDigits(int64(v.shown)), groupDigits(v.records))
	for d := range detect.NumDetectors {
		name := detect.Detector(d).String()
		if n := v.counts[name]; n > 0 {
			fmt.Fprintf(stderr, " %s %s", name, groupDigits(n))
			delete(v.counts, name) // custom patterns share a name
		}
	}
	fmt.Fprintln(stderr)
	return findings()
}
