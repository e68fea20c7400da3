package rules

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

// keep, drop and null take no arguments and are the engine's own operations.

var keepKind = kind{
	name:  "keep",
	doc:   "Leaves the bytes of the value as they are.",
	usage: "keep",
	bare:  keepAction,
	rank:  redact.RankKeep,
	suits: notSecret,
	parse: noArguments,
}

var dropKind = kind{
	name:  "drop",
	doc:   "Removes the value and its name.",
	usage: "drop",
	bare:  dropAction,
	rank:  redact.RankDrop,
	suits: anyClass,
	takes: anyClass,
	parse: noArguments,
}

var nullKind = kind{
	name:  "null",
	doc:   "Keeps the name and puts null in the place of the value.",
	usage: "'null'",
	bare:  nullAction,
	rank:  redact.RankNull,
	suits: notSecret,
	parse: noArguments,
}

// plainAction is keep, drop or null.
type plainAction uint8

const (
	dropAction plainAction = iota
	nullAction
	keepAction
)

func (a plainAction) kind() *kind {
	return [...]*kind{&dropKind, &nullKind, &keepKind}[a]
}

func (a plainAction) String() string { return [...]string{"drop", "null", "keep"}[a] }

func (a plainAction) build(*binding) (redact.Transform, error) {
	switch a {
	case keepAction:
		return redact.Keep(), nil
	case nullAction:
		return redact.Null(), nil
	}
	return redact.Drop(), nil
}

func noArguments(p *parser, args *yaml.Node) (action, bool) {
	p.report(idTransformArgs, posOf(args), "keep, drop and null take no arguments").hint("remove them; a reason goes into why:")
	return nil, false
}

// keepWithWhy reads {keep: {why: …}}, which says the same as {keep: {}, why: …}.
func (p *parser) keepWithWhy(args *yaml.Node, r *Rule) *Rule {
	o := p.mapping(args, "keep", []prop{{name: "why", doc: docWhy, schema: schemaText}})
	if w := o.get("why"); w != nil {
		r.Why = p.reason(w)
	}
	r.action = keepAction
	return r
}

// replace puts one text in the place of every value.

var replaceKind = kind{
	name:  "replace",
	doc:   "Puts a constant text in the place of the value; [redacted] when none is given. {field} in it stands for the name of the field.",
	usage: `{replace: "[redacted]"}`,
	bare:  replaceAction{"[redacted]"},
	rank:  redact.RankReplace,
	suits: anyClass,
	takes: anyClass,
	parse: parseReplace,
	schema: func() schema {
		return schemaText()
	},
}

type replaceAction struct{ text string }

func (replaceAction) kind() *kind { return &replaceKind }

func (a replaceAction) String() string { return "replace " + strconv.Quote(a.text) }

func (a replaceAction) build(b *binding) (redact.Transform, error) {
	return redact.Replace(withField(a.text, b.entry)), nil
}

// fieldMark stands for the name of the field in the text of replace.
const fieldMark = "{field}"

func withField(text string, e *Entry) string { return strings.ReplaceAll(text, fieldMark, e.Name) }

// saysField reports whether what an action puts out has the field's name in it.
func saysField(a action) bool {
	r, ok := alone(a).(replaceAction)
	return ok && strings.Contains(r.text, fieldMark)
}

// maxReplace bounds the text: it is written once for each value.
const maxReplace = 256

func parseReplace(p *parser, args *yaml.Node) (action, bool) {
	text, ok := p.text(args, "replace")
	if !ok {
		return nil, false
	}
	if len(text) > maxReplace {
		p.report(idTransformArgs, posOf(args), "the text of replace has %d bytes; it may have %d", len(text), maxReplace)
		return nil, false
	}
	return replaceAction{text}, true
}

func (a plainAction) form() string {
	return [...]string{"not there", "always null", "as it was sent"}[a]
}

func (a replaceAction) form() string { return "always " + strconv.Quote(a.text) }
