package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"redactor/redact"
)

// Explanation says what happens to one record, field by field, and why. It
// shows shapes and never values.
type Explanation struct {
	Topic      string                 `json:"topic"`
	Stream     string                 `json:"stream"` // the pattern that reads the topic
	Line       int                    `json:"line"`   // of the stream
	Recipients []RecipientExplanation `json:"recipients"`
	Fields     []FieldExplanation     `json:"fields"`
}

// RecipientExplanation says what becomes of the record as a whole.
type RecipientExplanation struct {
	Profile string `json:"profile"`
	Topic   string `json:"topic"`
	Outcome string `json:"outcome"` // passed, filtered, quarantined
	Reason  string `json:"reason,omitempty"`
}

// FieldExplanation says what becomes of one value.
type FieldExplanation struct {
	Path     string               `json:"path"`   // record key, header NAME, or a path from $; PATH ▸ PATH in a record within a value
	Before   string               `json:"before"` // its shape: "<15 digits>"
	Entries  []string             `json:"entries"`
	Unknown  bool                 `json:"unknown"`
	YAML     string               `json:"yaml,omitempty"` // the line that would name it
	Outcomes []OutcomeExplanation `json:"outcomes"`       // one for each recipient, in their order; within a value, for each that looks into it
}

// OutcomeExplanation says what one recipient gets of a value, and which rule
// decided.
type OutcomeExplanation struct {
	Profile string `json:"profile"`
	Field   string `json:"field,omitempty"` // the entry that decided; "" for an unknown value
	Action  string `json:"action"`
	Rule    Place  `json:"rule"` // of the rule; of the entry where there is none
	Why     string `json:"why"`
	After   string `json:"after"` // its shape; "absent", "null", or "same"

	// Cache says where results of the transform are kept: "shared", in the cache
	// of redactor.yaml where it has one; "worker", in a table of each worker.
	Cache string `json:"cache,omitempty"`
}

// Explain sends a record of a topic through the stream that reads it, with test
// keys, and says what happens and why. The error says that no stream reads the
// topic, or that there are several streams and topic is "".
func (p *Policy) Explain(topic string, r *Record) (*Explanation, error) {
	i, err := p.routeOf(topic)
	if err != nil {
		return nil, err
	}
	streams, problems := p.Compile(TestKeys)
	if problems.HasErrors() {
		return nil, problems.Err()
	}
	x := explainer{policy: p, stream: &streams[i], places: p.reporter()}
	route := &p.Streams[i]
	x.out = &Explanation{Topic: topic, Stream: route.From.Text, Line: route.Pos.Line}
	x.outputs = runRecord(x.stream, route.Format, r)
	for j, to := range x.stream.To {
		x.out.Recipients = append(x.out.Recipients, recipientOf(to, topic, &x.outputs[j]))
	}
	x.envelope(r)
	lines := images(route.Format, r.Value)
	for n, line := range lines {
		prefix := ""
		if len(lines) > 1 {
			prefix = fmt.Sprintf("%s %d ", elementWord(route.Format), n+1)
		}
		x.leaves(line, prefix)
	}
	return x.out, nil
}

// routeOf returns the stream that reads a topic.
func (p *Policy) routeOf(topic string) (int, error) {
	if topic == "" && len(p.Streams) == 1 {
		return 0, nil
	}
	var froms []string
	for i := range p.Streams {
		if globMatch(p.Streams[i].From.Text, topic) {
			return i, nil
		}
		froms = append(froms, p.Streams[i].From.Text)
	}
	if topic == "" {
		return 0, fmt.Errorf("the policy has several streams: say which topic the record comes from; they read %s", list(froms, 5))
	}
	return 0, fmt.Errorf("no stream reads the topic %s; they read %s", clip(topic), list(froms, 5))
}

func recipientOf(to Target, topic string, o *output) RecipientExplanation {
	r := RecipientExplanation{Profile: to.Profile, Topic: to.Topic, Outcome: o.verdict.Outcome.String()}
	if topic != "" {
		r.Topic = to.Output(topic)
	}
	if o.verdict.Outcome == redact.Quarantined {
		r.Reason = o.verdict.Reason.String()
	}
	return r
}

// explainer is the state of one Explain.
type explainer struct {
	policy  *Policy
	stream  *Stream
	places  *parser
	outputs []output
	out     *Explanation
}

// leaves explains each value of one JSON text.
func (x *explainer) leaves(text []byte, prefix string) {
	m := machineFor(x.stream.Program, redact.Format{})
	if m.Scan(text).Outcome != redact.Passed {
		return
	}
	got := make([]*values, len(x.stream.To))
	for i := range x.stream.To {
		got[i] = &values{}
		if out, v := m.Render(nil, i); v.Outcome == redact.Passed {
			got[i].at = valuesByPath(out)
		}
	}
	x.values(m, text, prefix, got, 0)
}

// values are what a recipient gets at each path; nil when the record does not pass.
type values struct {
	at map[string]*want
}

// values explains the values of what m has scanned, which is within so many
// others, to the recipients that look at it: those that got has something for.
func (x *explainer) values(m *redact.Machine, text []byte, prefix string, got []*values, level int) {
	for leaf := range m.Leaves {
		value := decodeJSON(text[leaf.Start:leaf.End])
		f := FieldExplanation{Path: prefix + showPath(leaf.Path), Before: shape(value), Unknown: len(leaf.Fields) == 0, Entries: []string{}}
		for _, e := range leaf.Fields {
			f.Entries = append(f.Entries, x.policy.Catalog[e].Name)
		}
		if f.Unknown {
			f.YAML = yamlFor(leaf.Path)
		}
		for i := range x.stream.To {
			if got[i] == nil {
				continue
			}
			t, field := x.stream.Program.Outcome(leaf, i)
			o := x.outcome(i, t, field)
			o.After = x.shapeAfter(i, got[i].at, leaf.Path, t) + x.added(o, got[i].at, leaf.Path)
			f.Outcomes = append(f.Outcomes, o)
		}
		x.out.Fields = append(x.out.Fields, f)
		if value.kind == wantString && level < maxWithin {
			x.within(leaf, value.text, f.Path+" ▸ ", got, level+1)
		}
	}
}

// maxWithin is how deep the engine looks for records in records.
const maxWithin = 3

// within explains the records within a value, to each recipient that takes it
// for some; those with one way of doing so together.
func (x *explainer) within(leaf redact.Leaf, text, prefix string, got []*values, level int) {
	prog := x.stream.Program
	done := map[string]bool{}
	for i := range got {
		if got[i] == nil {
			continue
		}
		t, _ := prog.Outcome(leaf, i)
		records, ok := prog.Within(t, []byte(text))
		if !ok || done[t.String()] {
			continue
		}
		done[t.String()] = true
		for n, record := range records {
			inner := make([]*values, len(got))
			for j := range got {
				if same, _ := prog.Outcome(leaf, j); got[j] != nil && same.String() == t.String() {
					inner[j] = innerValues(prog, t, got[j], leaf.Path, n)
				}
			}
			if m := machineFor(prog, redact.Format{}); m.Scan(record).Outcome == redact.Passed {
				x.values(m, record, prefix, inner, level)
			}
		}
	}
}

// innerValues are what a recipient gets of the n-th record within the value at a path.
func innerValues(prog *redact.Program, t redact.Transform, outer *values, path string, n int) *values {
	if outer.at == nil {
		return outer
	}
	if w := outer.at[path]; w != nil && w.kind == wantString {
		if records, ok := prog.Within(t, []byte(w.text)); ok && n < len(records) {
			return &values{valuesByPath(records[n])}
		}
	}
	return &values{map[string]*want{}}
}

// shapeAfter returns the shape of what a recipient gets at a path.
func (x *explainer) shapeAfter(i int, got map[string]*want, path string, t redact.Transform) string {
	switch {
	case got == nil:
		return x.outputs[i].verdict.Outcome.String()
	case t.Op() == redact.OpKeep:
		return "same"
	}
	if w, ok := got[path]; ok {
		return shape(w)
	}
	return "absent"
}

// added says which members the value has got beside it, with their shapes.
func (x *explainer) added(o OutcomeExplanation, got map[string]*want, path string) string {
	if o.Field == "" {
		return ""
	}
	with, ok := x.policy.profile(o.Profile).decide(x.policy.entry(o.Field)).action().(addingAction)
	if !ok {
		return ""
	}
	object := "$"
	steps := pathSteps(path)
	for _, s := range steps[:max(0, len(steps)-1)] {
		if s.member {
			object += memberPath(s.name)
		} else {
			object += "[" + strconv.Itoa(s.index) + "]"
		}
	}
	text := ""
	for _, s := range with.siblings() {
		if w, there := got[object+memberPath(s.name)]; there {
			text += ", and " + s.name + " " + shape(w)
		}
	}
	return text
}

// valuesByPath returns each value of an output by its path.
func valuesByPath(out []byte) map[string]*want {
	at := map[string]*want{}
	walk(decodeJSON(out), "$", func(path string, w *want) { at[path] = w })
	return at
}

// outcome says which rule decides for recipient i.
func (x *explainer) outcome(i int, t redact.Transform, field int) OutcomeExplanation {
	pr := x.policy.profile(x.stream.To[i].Profile)
	o := OutcomeExplanation{Profile: pr.Name, Action: t.String(), Cache: cacheNames[t.Cost()]}
	if field < 0 {
		o.Rule, o.Why = x.places.place(pr.Pos), "no entry names it; unknown: "+unknownNames[pr.Unknown]
		if pr.unknownAt.Line > 0 {
			o.Rule = x.places.place(pr.unknownAt)
		}
		return o
	}
	e := &x.policy.Catalog[field]
	d := pr.decide(e)
	o.Field, o.Action = e.Name, d.action().String()
	switch d.how {
	case byField:
		o.Rule, o.Why = x.places.place(d.rule.Pos), "fields: "+e.Name+": "+d.rule.String()
	case byLevel:
		o.Rule, o.Why = x.places.place(d.rule.Pos), "levels: "+levelNames[e.Level-1]+": "+d.rule.String()
	case unsuited:
		o.Rule, o.Why = x.places.place(d.said.Pos), "levels: "+levelNames[e.Level-1]+": "+d.said.String()+" is not for this: it "+className(e.Class)
	default:
		o.Rule, o.Why = x.places.place(e.Pos), pr.Name+" has no rule for "+e.Name+" nor for "+levelNames[e.Level-1]
	}
	if d.rule != nil && d.rule.From != "" {
		o.Why += ", from " + d.rule.From
	}
	return o
}

// cacheNames say which cache stands before transforms of a cost.
var cacheNames = [...]string{redact.CostLow: "", redact.CostTable: "worker", redact.CostHigh: "shared"}

// envelope explains the key and the headers.
func (x *explainer) envelope(r *Record) {
	if r.Key != nil {
		x.out.Fields = append(x.out.Fields, x.outside("record key", r.Key, func(e *Entry) bool { return e.RecordKey }, func(o *output) ([]byte, bool) {
			return o.key, o.key != nil
		}, "{name: NAME, level: L4, is: CLASS, record_key: true}"))
	}
	for _, h := range r.Headers {
		name := showName(h.Name)
		x.out.Fields = append(x.out.Fields, x.outside("header "+name, h.Value, func(e *Entry) bool { return hasHeader(e, []Header{h}) }, func(o *output) ([]byte, bool) {
			i := slices.IndexFunc(o.headers, func(g Header) bool { return g.Name == h.Name })
			if i < 0 {
				return nil, false
			}
			return o.headers[i].Value, true
		}, "{name: "+yamlName(name)+", level: L3, headers: ["+name+"]}"))
	}
}

// outside explains one value that is not in the record's value.
func (x *explainer) outside(path string, value []byte, is func(*Entry) bool, got func(*output) ([]byte, bool), yaml string) FieldExplanation {
	f := FieldExplanation{Path: path, Before: shape(textValue(value)), Entries: []string{}}
	var entries []int
	for i := range x.policy.Catalog {
		if is(&x.policy.Catalog[i]) {
			entries = append(entries, i)
			f.Entries = append(f.Entries, x.policy.Catalog[i].Name)
		}
	}
	if f.Unknown = len(entries) == 0; f.Unknown {
		f.YAML = yaml
	}
	for i := range x.stream.To {
		o := x.envelopeOutcome(i, entries, path)
		out, there := got(&x.outputs[i])
		switch {
		case x.outputs[i].verdict.Outcome != redact.Passed:
			o.After = x.outputs[i].verdict.Outcome.String()
		case !there:
			o.After = "absent"
		case o.Action == keepAction.String():
			o.After = "same"
		default:
			o.After = shape(textValue(out))
		}
		f.Outcomes = append(f.Outcomes, o)
	}
	return f
}

// envelopeOutcome says which rule decides about a key or header: the strictest
// of the entries', as in the value.
func (x *explainer) envelopeOutcome(i int, entries []int, path string) OutcomeExplanation {
	prog := x.stream.Program
	pr := x.policy.profile(x.stream.To[i].Profile)
	if len(entries) == 0 {
		name, header := strings.CutPrefix(path, "header ")
		if header && slices.ContainsFunc(pr.Record.Headers, func(w Word) bool { return foldName(w.Text) == foldName(name) }) {
			return OutcomeExplanation{Profile: pr.Name, Action: keepAction.String(), Rule: x.places.place(pr.Pos), Why: "record: headers: lets it through"}
		}
		if header {
			return OutcomeExplanation{Profile: pr.Name, Action: dropAction.String(), Rule: x.places.place(pr.Pos), Why: "no entry names the header, nor does record: headers:"}
		}
		return x.outcome(i, unknownTransformOf(pr), -1)
	}
	best := strictestOf(prog, i, entries)
	return x.outcome(i, prog.Profile(i).Transforms[best], best)
}

func unknownTransformOf(pr *Profile) redact.Transform {
	switch pr.Unknown {
	case redact.UnknownKeep:
		return redact.Keep()
	case redact.UnknownNull:
		return redact.Null()
	}
	return redact.Drop()
}
