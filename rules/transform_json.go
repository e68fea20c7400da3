package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

// json, form and cookie are records within the value of a field: one action,
// under the word for what is in it.

var jsonKind = kind{
	name:   "json",
	doc:    "Treats JSON in a string as a record of its own: $ is its root, its fields are those of the catalog. Three levels deep, escaped once more or not; in: says what it is wrapped in.",
	usage:  "{json: {in: [base64, gzip]}}",
	bare:   nestedAction{format: redact.FormatJSON},
	suits:  noClass,
	takes:  nestedTakes,
	parse:  parseJSON,
	rank:   redact.RankMask,
	schema: func() schema { return schemaObject(jsonProps) },
}

var formKind = kind{
	name:   "form",
	doc:    "Treats the body of a form, name=value&name=value, as a record of its own.",
	usage:  "form",
	bare:   nestedAction{format: redact.FormatForm},
	suits:  noClass,
	takes:  nestedTakes,
	parse:  func(p *parser, args *yaml.Node) (action, bool) { return parseNested(p, args, redact.FormatForm) },
	rank:   redact.RankMask,
	schema: func() schema { return schemaObject(nestedProps) },
}

var cookieKind = kind{
	name:   "cookie",
	doc:    "Treats cookies, name=value; name=value, as a record of its own.",
	usage:  "cookie",
	bare:   nestedAction{format: redact.FormatCookie},
	suits:  noClass,
	takes:  nestedTakes,
	parse:  func(p *parser, args *yaml.Node) (action, bool) { return parseNested(p, args, redact.FormatCookie) },
	rank:   redact.RankMask,
	schema: func() schema { return schemaObject(nestedProps) },
}

// nestedTakes are texts: what is an identifier as a whole is no record.
var nestedTakes = classes(detect.None, detect.Text, detect.URL, detect.Category)

type nestedAction struct {
	format redact.FormatKind
	in     string // encodings, separated by a space: actions compare as values
}

// within are the formats of JSON records: as: names them.
var within = []string{"json", "ndjson", "array", "logfmt"}

var encodings = []string{"base64", "base64url", "hex", "percent", "gzip"}

var nestedProps = []prop{
	{name: "in", doc: "What the record is wrapped in, the outermost first: [base64, gzip] is base64 of a gzip file. The output is wrapped the same way.", schema: func() schema { return schemaList(schemaEnum(encodings...)) }},
}

var jsonProps = append([]prop{
	{name: "as", doc: "json (the default); ndjson, array or logfmt for several records in one value.", schema: func() schema { return schemaEnum(within...) }},
}, nestedProps...)

func (a nestedAction) kind() *kind {
	switch a.format {
	case redact.FormatForm:
		return &formKind
	case redact.FormatCookie:
		return &cookieKind
	}
	return &jsonKind
}

func (a nestedAction) String() string {
	s := a.kind().name
	if a.kind() == &jsonKind && a.format != redact.FormatJSON {
		s += " as " + a.format.String()
	}
	if a.in != "" {
		s += " in " + a.in
	}
	return s
}

func (a nestedAction) form() string {
	s := "a record of its own, field by field"
	if a.in != "" {
		s += ", in " + strings.ReplaceAll(a.in, " ", " of ")
	}
	return s
}

func (a nestedAction) build(*binding) (redact.Transform, error) {
	o := redact.NestedOptions{Format: redact.Format{Kind: a.format}}
	for word := range strings.FieldsSeq(a.in) {
		e, _ := redact.ParseEncoding(word)
		o.In = append(o.In, e)
	}
	return redact.Nested(o)
}

func parseJSON(p *parser, args *yaml.Node) (action, bool) {
	o := p.mapping(args, "json", jsonProps)
	a := nestedAction{format: redact.FormatJSON}
	ok := o.ok && !o.strange
	if v := o.get("as"); v != nil {
		word, good := p.oneOf(v, "as", within)
		a.format, _ = redact.ParseFormatKind(word)
		ok = ok && good
	}
	if v := o.get("in"); v != nil {
		ok = p.encodings(&a, v) && ok
	}
	return a, ok
}

func parseNested(p *parser, args *yaml.Node, f redact.FormatKind) (action, bool) {
	o := p.mapping(args, f.String(), nestedProps)
	a := nestedAction{format: f}
	ok := o.ok && !o.strange
	if v := o.get("in"); v != nil {
		ok = p.encodings(&a, v) && ok
	}
	return a, ok
}

// maxEncodings is what the engine unwraps.
const maxEncodings = 4

func (p *parser) encodings(a *nestedAction, n *yaml.Node) bool {
	var in []string
	for _, w := range p.words(n, "in") {
		if !slices.Contains(encodings, w.Text) {
			p.report(idNotOneOf, w.Pos, "in: %q is no encoding", clip(w.Text)).hintText(orList(didYouMean(w.Text, encodings), "there are ", encodings))
			return false
		}
		in = append(in, w.Text)
	}
	switch {
	case len(in) > maxEncodings:
		p.report(idTransformArgs, posOf(n), "%d encodings, one in the other; there may be %d", len(in), maxEncodings)
		return false
	case len(in) > 0 && in[0] == "gzip":
		p.report(idTransformArgs, posOf(n), "a gzip file is no text: something is around it").hint("in: [base64, gzip]")
		return false
	}
	a.in = strings.Join(in, " ")
	return true
}
