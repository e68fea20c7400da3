package rules

import (
	"fmt"
	"slices"
	"strings"

	"redactor/detect"
	"redactor/redact"
)

// TestReport is what came of the tests inside a policy.
type TestReport struct {
	File     string
	Results  []TestResult
	Coverage Coverage
}

// Failed returns how many tests failed.
func (r *TestReport) Failed() (n int) {
	for i := range r.Results {
		if len(r.Results[i].Failures) > 0 {
			n++
		}
	}
	return n
}

// TestResult is what came of one test. Given shows the record's shape: the
// values of records are shown in outputs only.
type TestResult struct {
	Name     string
	Place    Place
	Given    string
	Failures []Failure
}

// Failure is one assertion that does not hold.
type Failure struct {
	Place   Place
	Profile string
	Message string
	Diff    []string // the output against the expectation, place by place
}

// RunTests runs the tests with test keys, through the engine that run uses.
func (p *Policy) RunTests() *TestReport {
	streams, problems := p.Compile(TestKeys)
	if problems.HasErrors() {
		panic("rules: internal error: a policy that Parse compiled does not compile: " + problems.Err().Error())
	}
	rep := &TestReport{File: p.File, Coverage: newCoverage(p)}
	for i := range p.Tests {
		t := &p.Tests[i]
		s := &streams[t.route]
		run := runRecord(s, t.Format, &Record{Key: t.Key, Headers: t.Headers, Value: t.Value})
		c := testRun{policy: p, test: t, stream: s, outputs: run}
		c.assert()
		rep.Results = append(rep.Results, TestResult{Name: t.Name, Place: c.place(t.Pos), Given: shapeOfRecord(t), Failures: c.failures})
		rep.Coverage.add(p, s, t)
	}
	return rep
}

// Record is a record as Kafka has it. Key and Value are nil for null.
type Record struct {
	Key     []byte
	Headers []Header
	Value   []byte
}

// output is what one recipient gets of a record.
type output struct {
	verdict redact.Verdict
	key     []byte // nil: null
	headers []Header
	value   []byte // nil: a tombstone
	format  redact.Format
}

// machineFor returns a Machine of a program for records of a format, which the
// parser has checked.
func machineFor(prog *redact.Program, f redact.Format) *redact.Machine {
	m, err := prog.NewMachineFor(f)
	if err != nil {
		panic("rules: internal error: a format that was parsed does not compile: " + err.Error())
	}
	return m
}

// runRecord sends a record through a stream's program and returns what each
// recipient gets, in the stream's order.
func runRecord(s *Stream, f redact.Format, r *Record) []output {
	m := machineFor(s.Program, f)
	out := make([]output, len(s.To))
	if r.Value == nil {
		m.ScanTombstone()
		for i := range out {
			renderEnvelope(m, r, i, &out[i])
		}
		return out
	}
	v := m.Scan(r.Value)
	for i := range out {
		o := &out[i]
		if o.verdict = v; v.Outcome == redact.Passed {
			o.value, o.verdict = m.Render([]byte{}, i)
		}
		if o.verdict.Outcome != redact.Passed {
			*o = output{verdict: o.verdict}
			continue
		}
		o.format = m.OutputFormat(i)
		renderEnvelope(m, r, i, o)
	}
	return out
}

// renderEnvelope renders the key and the headers for recipient i.
func renderEnvelope(m *redact.Machine, r *Record, i int, o *output) {
	if r.Key != nil {
		key, null, v := m.RenderKey([]byte{}, r.Key, i)
		if v.Outcome != redact.Passed {
			*o = output{verdict: v}
			return
		}
		if !null {
			o.key = key
		}
	}
	for _, h := range r.Headers {
		value, keep, v := m.RenderHeader([]byte{}, []byte(h.Name), h.Value, i)
		if v.Outcome != redact.Passed {
			*o = output{verdict: v}
			return
		}
		if !keep {
			continue
		}
		if h.Value == nil {
			value = nil
		}
		o.headers = append(o.headers, Header{h.Name, value})
	}
}

// testRun checks the assertions of one test.
type testRun struct {
	policy   *Policy
	test     *Test
	stream   *Stream
	outputs  []output
	failures []Failure
}

func (c *testRun) place(at Pos) Place { return c.policy.reporter().place(at) }

func (c *testRun) fail(at Pos, profile string, diff []string, format string, args ...any) {
	c.failures = append(c.failures, Failure{c.place(at), profile, fmt.Sprintf(format, args...), diff})
}

func (c *testRun) assert() {
	for i := range c.test.Expect {
		e := &c.test.Expect[i]
		j := slices.IndexFunc(c.stream.To, func(t Target) bool { return t.Profile == e.profile.Text })
		c.expect(e, &c.outputs[j])
	}
	for i := range c.outputs {
		if o := &c.outputs[i]; o.verdict.Outcome == redact.Passed {
			c.never(c.stream.To[i].Profile, o)
		}
	}
}

// expect compares what one recipient got with what it should get.
func (c *testRun) expect(e *expectation, o *output) {
	name := e.profile.Text
	if got := outcomeOf(o); got != e.outcome {
		c.fail(e.pos, name, nil, "%s: want %s, got %s", name, saying(e.outcome, nil), saying(got, o))
		return
	}
	if e.outcome != wantSent {
		return
	}
	d := differ{key: o.key, root: decodeOutput(o.format, o.value)}
	if e.key != nil {
		d.compare(recordKey, e.key, textValue(o.key))
	}
	for _, h := range e.headers {
		d.compare("headers."+h.name, &h.want, headerValue(o.headers, h.name))
	}
	if e.value != nil {
		d.compare("$", e.value, d.root)
	}
	if len(d.lines) > 0 {
		c.fail(e.pos, name, d.lines, "%s gets something else", name)
	}
}

func outcomeOf(o *output) wantOutcome {
	switch o.verdict.Outcome {
	case redact.Passed:
		return wantSent
	case redact.Filtered:
		return wantNotSent
	}
	return wantQuarantined
}

// saying spells an outcome in a sentence.
func saying(w wantOutcome, o *output) string {
	switch w {
	case wantNotSent:
		return "not sent"
	case wantQuarantined:
		if o != nil {
			return "quarantined (" + o.verdict.Reason.String() + ")"
		}
		return "quarantined"
	}
	return "sent"
}

// textValue is a key or a header as a value to compare with.
func textValue(b []byte) *want {
	if b == nil {
		return &want{kind: wantNull}
	}
	return &want{kind: wantString, text: string(b)}
}

// headerValue returns the value of the first header of a name, null when there
// is none.
func headerValue(hs []Header, name string) *want {
	for _, h := range hs {
		if strings.EqualFold(h.Name, name) {
			return textValue(h.Value)
		}
	}
	return &want{kind: wantNull}
}

// never looks for the texts that may stand in no output.
func (c *testRun) never(profile string, o *output) {
	for _, w := range c.test.Never {
		places := []struct {
			name string
			text []byte
		}{{"value", o.value}, {recordKey, o.key}}
		for _, h := range o.headers {
			places = append(places, struct {
				name string
				text []byte
			}{"header " + h.Name, append([]byte(h.Name+"\n"), h.Value...)})
		}
		for _, at := range places {
			if how := detect.FindHidden(at.text, w.Text); how != "" {
				c.fail(w.Pos, profile, nil, "%s: the %s holds %q%s", profile, at.name, clip(w.Text), how)
				break
			}
		}
	}
}
