package rules

import (
	"fmt"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

var maskKind = kind{
	name:    "mask",
	doc:     "Hides the characters of a value but the first or last few; separators stay, and at least half is hidden.",
	usage:   "{mask: {keep_last: 4}}",
	bare:    maskAction{char: '*'},
	suits:   identifiers,
	parse:   parseMask,
	compare: compareMasks,
	rank:    redact.RankMask,
	schema:  maskSchema,
}

type maskAction struct {
	first, last int
	char        rune
}

func (maskAction) kind() *kind { return &maskKind }

func (a maskAction) String() string {
	s := "mask"
	if a.first > 0 {
		s += fmt.Sprintf(" keep first %d", a.first)
	}
	if a.last > 0 {
		s += fmt.Sprintf(" keep last %d", a.last)
	}
	if a.char != '*' {
		s += fmt.Sprintf(" with %q", a.char)
	}
	return s
}

func (a maskAction) build(*binding) (redact.Transform, error) {
	return redact.Mask(redact.MaskOptions{KeepFirst: a.first, KeepLast: a.last, Char: a.char})
}

var maskProps = []prop{
	{name: "keep_first", doc: "How many characters at the beginning stay.", schema: func() schema { return schemaInt(0, maxMaskKeep) }},
	{name: "keep_last", doc: "How many characters at the end stay.", schema: func() schema { return schemaInt(0, maxMaskKeep) }},
	{name: "char", doc: "The character that stands for a hidden one; * when not given.", schema: schemaText},
}

// maxMaskKeep bounds what a mask keeps: the first six and last four digits of
// a card are the most that any rule (PCI DSS 3.4) lets anybody see.
const maxMaskKeep = 10

func maskSchema() schema { return schemaObject(maskProps) }

func parseMask(p *parser, args *yaml.Node) (action, bool) {
	o := p.mapping(args, "mask", maskProps)
	if !o.ok {
		return nil, false
	}
	a := maskAction{char: '*'}
	ok1 := p.optInt(o, "keep_first", 0, maxMaskKeep, &a.first)
	ok2 := p.optInt(o, "keep_last", 0, maxMaskKeep, &a.last)
	if !ok1 || !ok2 {
		return nil, false
	}
	if n := o.get("char"); n != nil {
		text, ok := p.text(n, "char")
		r, size := utf8.DecodeRuneInString(text)
		if !ok || size == 0 || size != len(text) {
			p.report(idTransformArgs, posOf(n), "char is one character").hint(`char: "#"`)
			return nil, false
		}
		a.char = r
	}
	return a, p.buildable(a, args)
}

func (a maskAction) form() string {
	return fmt.Sprintf("hidden by %q but for the first %d and last %d characters; separators stay", a.char, a.first, a.last)
}

func compareMasks(a, b action) release {
	x, y := a.(maskAction), b.(maskAction)
	return both(comparing(x.first, y.first), comparing(x.last, y.last))
}
