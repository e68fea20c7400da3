package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

// Test is one entry of tests: a record, and what each recipient must get.
type Test struct {
	Name    string
	Pos     Pos
	Topic   Word
	Format  redact.Format
	Key     []byte // nil: the record has no key
	Headers []Header
	Value   []byte // nil: a tombstone
	Never   []Word // may stand in no output, in any encoding
	Expect  []expectation

	route int // in Policy.Streams
}

// Header is one header of a record; a nil Value is Kafka's null.
type Header struct {
	Name  string
	Value []byte
}

// expectation is what one profile must get. What is nil is not asserted.
type expectation struct {
	profile Word
	outcome wantOutcome
	key     *want
	headers []namedWant
	value   *want
	pos     Pos
}

type wantOutcome uint8

const (
	wantSent wantOutcome = iota
	wantNotSent
	wantQuarantined
)

var outcomeNames = []string{"sent", "not_sent", "quarantined"}

// testProps are the properties of a test.
var testProps = []prop{
	{name: "name", doc: "What the test shows, one line.", schema: schemaText, required: true},
	{name: "topic", doc: "The topic that the record comes from; may be left out when there is one stream without wildcards.", schema: schemaText},
	{name: "format", doc: "The record's format; the stream's when not given.", schema: schemaFormat},
	{name: "key", doc: "The record's key; none when not given.", schema: func() schema { return schema{"type": []string{"string", "number", "boolean", "null"}} }},
	{name: "headers", doc: "The record's headers.", schema: func() schema {
		return schema{"type": "object", "additionalProperties": schema{"type": []string{"string", "number", "boolean", "null"}}}
	}},
	{name: "given", doc: "The record's value: a text is taken byte for byte, a mapping or a list is written as JSON, null is a tombstone.", schema: func() schema { return schema{} }, required: true},
	{name: "never", doc: "Texts that may stand in no output of any recipient: value, key or headers, in any encoding.", schema: func() schema { return schemaList(schemaText()) }},
	{name: "expect", doc: "What each profile gets; a profile that is not named is not asserted.", schema: func() schema {
		return schema{"type": "object", "additionalProperties": schema{"oneOf": []schema{schemaEnum(outcomeNames[1:]...), schemaObject(expectProps)}}}
	}},
}

var expectProps = []prop{
	{name: "record_key", doc: "The key, exactly; null for none.", schema: func() schema { return schema{} }},
	{name: "headers", doc: "Single headers, exactly; null for a header that must not be there.", schema: func() schema { return schema{"type": "object"} }},
	{name: "value", doc: "The whole value, exactly, as JSON compares; {like: \"test_*\"} and {same_as: record_key} stand for what cannot be written out; null is a tombstone.", schema: func() schema { return schema{} }},
}

func (p *parser) tests(pol *Policy, n *yaml.Node) {
	p.items(n, "tests", func(n *yaml.Node) {
		o := p.mapping(n, "a test", testProps)
		if n.Kind != yaml.MappingNode {
			return
		}
		t := Test{Pos: posOf(n), route: -1}
		if v := o.get("name"); v != nil {
			t.Name, _ = p.text(v, "name")
		}
		p.given(&t, o)
		p.testRoute(pol, &t, o)
		if v := o.get("never"); v != nil {
			t.Never = p.words(v, "never")
			for _, w := range t.Never {
				if w.Text == "" {
					p.report(idTest, w.Pos, "an empty text stands in every output")
				}
			}
		}
		if v := o.get("expect"); v != nil {
			p.pairs(v, "expect", func(k, v *yaml.Node) { p.expect(pol, &t, k, v) })
		}
		if o.ok && o.get("expect") == nil && o.get("never") == nil {
			p.report(idTest, t.Pos, "the test asserts nothing").hint("add expect:, never:, or both")
		}
		pol.Tests = append(pol.Tests, t)
	})
}

// given reads the record of a test.
func (p *parser) given(t *Test, o *object) {
	if v := o.get("key"); v != nil && !isNull(v) {
		if s, ok := p.text(v, "key"); ok {
			t.Key = []byte(s)
		}
	}
	if v := o.get("headers"); v != nil {
		p.pairs(v, "headers", func(k, v *yaml.Node) {
			h := Header{Name: k.Value}
			if !isNull(v) {
				if s, ok := p.text(v, "a header's value"); ok {
					h.Value = []byte(s)
				}
			}
			t.Headers = append(t.Headers, h)
		})
	}
	v := o.get("given")
	switch {
	case v == nil || isNull(v):
	case v.Kind == yaml.ScalarNode && v.ShortTag() == "!!str":
		t.Value = []byte(v.Value)
	default:
		if w := p.want(v, plainJSON); w != nil {
			t.Value = w.appendJSON([]byte{})
		}
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// testRoute finds the stream that a test's record comes through.
func (p *parser) testRoute(pol *Policy, t *Test, o *object) {
	if v := o.get("topic"); v != nil {
		t.Topic, _ = p.word(v, "topic")
	} else if len(pol.Streams) == 1 && !strings.Contains(pol.Streams[0].From.Text, "*") {
		t.Topic = Word{pol.Streams[0].From.Text, t.Pos}
	} else if len(pol.Streams) > 0 {
		p.report(idTest, t.Pos, "the test does not say which topic its record comes from").hint("topic: %s", exampleTopic(pol.Streams[0].From.Text))
		return
	}
	t.route = slices.IndexFunc(pol.Streams, func(r Route) bool { return globMatch(r.From.Text, t.Topic.Text) })
	if t.route < 0 {
		if t.Topic.Text != "" && len(pol.Streams) > 0 {
			var froms []string
			for i := range pol.Streams {
				froms = append(froms, pol.Streams[i].From.Text)
			}
			p.report(idTest, t.Topic.Pos, "no stream reads the topic %q", clip(t.Topic.Text)).hint("streams read %s", list(froms, 5))
		}
		return
	}
	t.Format = pol.Streams[t.route].Format
	if v := o.get("format"); v != nil {
		t.Format = p.format(v)
		t.Format.Arrays = t.Format.Kind == redact.FormatJSON && !pol.namesElements(pol.Streams[t.route].EventTime.Text)
	}
}

func exampleTopic(pattern string) string { return strings.ReplaceAll(pattern, "*", "x") }

// expect reads what one profile must get.
func (p *parser) expect(pol *Policy, t *Test, k, n *yaml.Node) {
	e := expectation{profile: Word{k.Value, posOf(k)}, pos: posOf(n)}
	if !p.recipient(pol, t, e.profile) {
		return
	}
	if n.Kind == yaml.ScalarNode {
		word, ok := p.oneOf(n, "what a profile gets", outcomeNames[1:])
		if !ok {
			return
		}
		e.outcome = wantOutcome(indexOf(outcomeNames, word))
		t.Expect = append(t.Expect, e)
		return
	}
	o := p.mapping(n, "what a profile gets", expectProps)
	if !o.ok {
		return
	}
	if v := o.get("record_key"); v != nil {
		e.key = p.want(v, matchers)
	}
	if v := o.get("headers"); v != nil {
		p.pairs(v, "headers", func(k, v *yaml.Node) {
			if w := p.want(v, matchers); w != nil {
				e.headers = append(e.headers, namedWant{k.Value, *w})
			}
		})
	}
	if v := o.get("value"); v != nil {
		e.value = p.want(v, matchers)
	}
	t.Expect = append(t.Expect, e)
}

// recipient checks that a test asserts about a profile that gets the stream.
func (p *parser) recipient(pol *Policy, t *Test, w Word) bool {
	if pol.profile(w.Text) == nil {
		p.report(idNoSuch, w.Pos, "there is no profile %q", clip(w.Text)).
			hintText(orList(didYouMean(w.Text, profileNames(pol)), "the profiles are ", profileNames(pol)))
		return false
	}
	if t.route < 0 {
		return true
	}
	r := &pol.Streams[t.route]
	if !slices.ContainsFunc(r.To, func(d Destination) bool { return d.Profile.Text == w.Text }) {
		p.report(idTest, w.Pos, "%s gets nothing from the stream %s", w.Text, r.From.Text).
			hint("a record of that topic can only be tested for the profiles in its to:")
		return false
	}
	return true
}
