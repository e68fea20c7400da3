package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// This file runs the matrix of ways in which sanitizers are known to leak: what
// is planted under a name of the policy must be gone from every recipient's
// output, however the record is written, or the record leaves for nobody. The
// rows are in matrixrows_test.go and matrixvalues_test.go.
//
//	go test ./redact -run TestMatrixA -v
//
// prints every clause of rows 1 to 25 twice, with vectors and without.

// matrixOutcome is what is to become of a record of a row.
type matrixOutcome string

const (
	redacted    matrixOutcome = "REDACT"
	quarantined matrixOutcome = "QUARANTINE" // and with on_error: stop, STOP: stream's TestOnErrorStop
)

// A matrixRow is one clause of a row.
type matrixRow struct {
	row     int
	what    string
	outcome matrixOutcome
	check   func(x *matrixRun)
}

func (r matrixRow) String() string { return fmt.Sprintf("row %d: %s: %s", r.row, r.what, r.outcome) }

func matrixRows() []matrixRow {
	return append(append(append([]matrixRow{}, suiteRows...), syntaxRows...), valueRows...)
}

// judged is what one recipient gets of a record.
type judged struct {
	out []byte
	v   Verdict
}

// A matrixEngine is what is tested: it gives each recipient of a policy its own.
type matrixEngine func(p *Program, record []byte) []judged

// A matrixPath is a way to run a Program.
type matrixPath struct {
	name   string
	engine matrixEngine
}

// matrixPaths are the two ways to run a Program. Each keeps a Machine for a
// policy, so that a name is resolved once and remembered the next time.
func matrixPaths() []matrixPath {
	engine := func(newMachine func(*Program) *Machine) matrixEngine {
		machines := map[*Program]*Machine{}
		return func(p *Program, record []byte) (out []judged) {
			m := machines[p]
			if m == nil {
				m = newMachine(p)
				machines[p] = m
			}
			v := m.Scan(record)
			for i := range p.Profiles() {
				dst, rv := m.Render([]byte("before"), i)
				rest, ok := bytes.CutPrefix(dst, []byte("before"))
				if !ok || v.Outcome != Passed && rv != v {
					rest, rv = dst, Verdict{Outcome: numOutcomes}
				}
				out = append(out, judged{rest, rv})
			}
			return out
		}
	}
	all := []matrixPath{{"portable", engine((*Program).NewPortableMachine)}}
	if useVectors {
		all = append(all, matrixPath{"vector", engine((*Program).NewMachine)})
	}
	return all
}

// numOutcomes is no outcome: of a Render that spoiled what was there before, or
// that did not abide by Scan.
const numOutcomes Outcome = Quarantined + 1

// matrixRun checks the records of one clause.
type matrixRun struct {
	engine  matrixEngine
	specs   map[string]*matrixSpec
	spec    *matrixSpec
	records int
	short   bool // large records are smaller
	errorf  func(format string, args ...any)
}

// A matrixSpec is a policy and its twin.
type matrixSpec struct {
	spec Spec
	prog *Program
	twin *twin // nil where a transform needs more than the twin has
}

// TestMatrixA is rows 1 to 25.
func TestMatrixA(t *testing.T) {
	specs, paths := matrixSpecs(t), matrixPaths()
	for _, row := range matrixRows() {
		for _, path := range paths {
			t.Run(row.String()+"/"+path.name, func(t *testing.T) {
				x := &matrixRun{engine: path.engine, specs: specs, spec: specs["device logs"], short: testing.Short(), errorf: t.Errorf}
				row.check(x)
				if x.records == 0 {
					t.Error("no records")
				}
			})
		}
	}
}

// TestMatrixACanFail runs every clause on engines that are no good: one lets
// everything through, the others nothing. A clause that one of them passes tests
// too little.
func TestMatrixACanFail(t *testing.T) {
	specs := matrixSpecs(t)
	every := func(out []byte, v Verdict) matrixEngine {
		return func(p *Program, record []byte) (all []judged) {
			for range p.Profiles() {
				if out == nil && v.Outcome == Passed {
					all = append(all, judged{bytes.Clone(record), v})
				} else {
					all = append(all, judged{out, v})
				}
			}
			return all
		}
	}
	for name, engine := range map[string]matrixEngine{
		"lets everything through":     every(nil, Verdict{}),
		"makes everything empty":      every([]byte("{}"), Verdict{}),
		"quarantines without a cause": every(nil, Verdict{Quarantined, ReasonTime}),
		"filters everything":          every(nil, Verdict{Outcome: Filtered}),
	} {
		for _, row := range matrixRows() {
			if x := (&matrixRun{engine: engine, specs: specs, spec: specs["device logs"], short: true}); !x.fails(row) {
				t.Errorf("%v: passes with an engine that %s", row, name)
			}
		}
	}
}

// fails reports whether a clause fails. It ends there.
func (x *matrixRun) fails(row matrixRow) (failed bool) {
	type failure struct{}
	x.errorf = func(string, ...any) { panic(failure{}) }
	defer func() {
		switch p := recover(); p.(type) {
		case nil:
		case failure:
			failed = true
		default:
			panic(p)
		}
	}()
	row.check(x)
	return false
}

// shifts are how far records are moved against the blocks and chunks that they
// are read in: white space before a record says nothing.
var shifts = []int{0, 0, 1, 63, 500, 4090}

// under chooses the policy.
func (x *matrixRun) under(name string) *matrixRun {
	x.spec = x.specs[name]
	return x
}

// judge asks for a record, and for the number of recipients.
func (x *matrixRun) judge(record string) []judged {
	x.records++
	all := x.engine(x.spec.prog, []byte(record))
	if len(all) != len(x.spec.spec.Profiles) {
		x.errorf("%.200q: %d recipients of %d", record, len(all), len(x.spec.spec.Profiles))
	}
	return all
}

// redacts checks that every recipient gets the record as JSON, as the twin would
// have it, without what is planted, in whatever encoding: but for those who keep
// by name what is planted in names. want has, in the order of profiles, what is
// to come out byte for byte; "" is not asserted but by the twin.
func (x *matrixRun) redacts(record string, want ...string) { x.redactsTo(nil, record, want...) }

// redactsTo is redacts where the recipients that may know are named.
func (x *matrixRun) redactsTo(mayKnow []string, record string, want ...string) {
	for k, n := range shifts {
		if (n > 0 || k > 0) && len(record) > 1<<16 {
			continue
		}
		before := strings.Repeat(" ", n)
		for i, j := range x.judge(before + record) {
			profile := x.spec.spec.Profiles[i].Name
			if j.v.Outcome != Passed {
				x.errorf("%.300q for %s: %v", record, profile, j.v)
				continue
			}
			if i < len(want) && want[i] != "" && string(j.out) != before+want[i] {
				x.errorf("%.300q for %s:\n got %.300q\nwant %.300q", record, profile, j.out[min(n, len(j.out)):], want[i])
			}
			if !slices.Contains(mayKnow, profile) {
				x.closed(record, profile, j.out)
			}
		}
		x.asTheTwin(before + record)
	}
}

// closed checks that an output is JSON and holds nothing that is planted.
func (x *matrixRun) closed(record, profile string, out []byte) {
	lines := [][]byte{out}
	if x.spec.spec.Format.Kind == FormatNDJSON {
		lines = bytes.Split(out, []byte("\n"))
	}
	for _, line := range lines {
		if !json.Valid(line) && (len(lines) == 1 || len(bytes.TrimSpace(line)) > 0) {
			x.errorf("%.300q for %s: malformed output %.300q", record, profile, line)
		}
	}
	if len(out) > 1<<16 {
		if bytes.Contains(out, []byte(planted)) {
			x.errorf("LEAK of %s\nrecord %.300q\nfor %s %.300q", planted, record, profile, out)
		}
		return
	}
	for _, text := range append(unwrapped(string(out), 6), string(out)) {
		for _, secret := range plantedSpellings {
			if strings.Contains(strings.ToLower(text), secret) {
				x.errorf("LEAK of %s\nrecord %.300q\nfor %s %.300q", secret, record, profile, out)
				return
			}
		}
	}
}

// plantedSpellings are what may be in no output: the number as it is and in
// exponents, a MAC address, an IP address, a place.
var plantedSpellings = []string{planted, "3.58142035282084", "c4:66:99:ab:01:7e", "203.0.113.77", "39.904211", "39904211", "116.407395", "3954.2527"}

// asTheTwin checks outputs against the slow way to make them.
func (x *matrixRun) asTheTwin(record string) {
	if x.spec.twin == nil || len(record) > 1<<16 {
		return
	}
	root, reason := x.spec.twin.parse([]byte(record))
	if reason != ReasonNone {
		x.errorf("%.300q: the twin says %v", record, reason)
		return
	}
	for i, j := range x.judge(record) {
		if want, v, _ := x.spec.twin.render([]byte(record), root, i); j.v != v || v.Outcome == Passed && string(j.out) != want {
			x.errorf("%.300q for %s:\n got %.300q %v\ntwin %.300q %v", record, x.spec.spec.Profiles[i].Name, j.out, j.v, want, v)
		}
	}
}

// quarantines checks that no recipient gets anything, and why.
func (x *matrixRun) quarantines(record string, why ...Reason) {
	for _, n := range shifts {
		if n > 0 && len(record) > 1<<16 {
			continue
		}
		for i, j := range x.judge(strings.Repeat(" ", n) + record) {
			if j.v.Outcome != Quarantined || !slices.Contains(why, j.v.Reason) || len(j.out) > 0 {
				x.errorf("%.300q for %s: %v, rendered %.300q", record, x.spec.spec.Profiles[i].Name, j.v, j.out)
			}
		}
	}
}

// quarantinesFor checks that one recipient gets nothing: the others are as in
// redacts.
func (x *matrixRun) quarantinesFor(name, record string, why Reason) {
	for i, j := range x.judge(record) {
		switch profile := x.spec.spec.Profiles[i].Name; {
		case profile == name && (j.v != (Verdict{Quarantined, why}) || len(j.out) > 0):
			x.errorf("%.300q for %s: %v, rendered %.300q", record, profile, j.v, j.out)
		case profile != name && j.v.Outcome != Passed:
			x.errorf("%.300q for %s: %v", record, profile, j.v)
		case profile != name:
			x.closed(record, profile, j.out)
		}
	}
}

// unwrapped returns all texts that are in an output, by whoever takes it apart:
// strings and names of JSON, and what is in them by any encoding.
func unwrapped(text string, depth int) (all []string) {
	if depth == 0 {
		return nil
	}
	add := func(s string) {
		if s != text {
			all = append(append(all, s), unwrapped(s, depth-1)...)
		}
	}
	var decoded any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&decoded) == nil {
		eachText(decoded, add)
	}
	var c coder
	for e := range numEncodings {
		if out, _, ok := c.decode(nil, []byte(text), e, 1<<20); ok && len(text) > 0 {
			add(string(out))
		}
	}
	if s, err := url.QueryUnescape(text); err == nil {
		add(s)
	}
	if s, err := unescapedOnce(text); err == nil {
		add(s)
	}
	return all
}

// unescapedOnce takes away one level of JSON's escapes from a text without quotes
// around it.
func unescapedOnce(text string) (s string, err error) {
	err = json.Unmarshal([]byte(`"`+text+`"`), &s)
	return s, err
}

func eachText(v any, yield func(string)) {
	switch v := v.(type) {
	case string:
		yield(v)
	case json.Number:
		yield(string(v))
	case []any:
		for _, e := range v {
			eachText(e, yield)
		}
	case map[string]any:
		for name, e := range v {
			yield(name)
			eachText(e, yield)
		}
	}
}

// says checks that a document of the repository owns up to something.
func (x *matrixRun) says(file, sentence string) {
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(strings.Join(strings.Fields(string(text)), " "), sentence) {
		x.errorf("%s does not say %q: %v", file, sentence, err)
	}
}
