package rules

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A prop is one property of a mapping of the language. The tables of props are
// the only place that knows the words: the parser refuses all others, the
// schema prints these, and a test holds the two together.
type prop struct {
	name     string
	doc      string
	schema   func() schema
	required bool
}

func propNames(props []prop) []string {
	names := make([]string, len(props))
	for i := range props {
		names[i] = props[i].name
	}
	return names
}

// An object is a mapping whose keys were checked against a table of props.
type object struct {
	node  *yaml.Node
	props []prop
	ok    bool // it is a mapping, and nothing required is missing

	// strange: it has a property that the table does not know, perhaps one that
	// is missed, misspelled. One complaint is enough.
	strange bool

	at [maxProps]*yaml.Node // the values, by index in props
}

// maxProps is the size of the largest table of props.
const maxProps = 16

// get returns the value of a property, nil when it is not there.
func (o *object) get(name string) *yaml.Node { return o.at[o.index(name)] }

func (o *object) index(name string) int {
	for i := range o.props {
		if o.props[i].name == name {
			return i
		}
	}
	panic("rules: internal error: no property " + name)
}

// pos returns where a property's value is, else where the object is.
func (o *object) pos(name string) Pos {
	if n := o.get(name); n != nil {
		return posOf(n)
	}
	return posOf(o.node)
}

// mapping checks that n is a mapping of props and nothing else. what names it
// in messages.
func (p *parser) mapping(n *yaml.Node, what string, props []prop) *object {
	o := &object{node: n, props: props}
	if n.Kind != yaml.MappingNode {
		p.report(idType, posOf(n), "%s is a mapping of %s, not %s", what, list(propNames(props), 6), describe(n))
		return o
	}
	o.ok = true
	var misspelled []string
	for i := 0; i+1 < len(n.Content) && !p.full(); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		j := slices.IndexFunc(props, func(pr prop) bool { return pr.name == k.Value })
		if j < 0 {
			meant := p.unknownKey(k, what, props)
			misspelled = append(misspelled, meant)
			o.strange = true
			continue
		}
		o.at[j] = v
	}
	for i := range props {
		if props[i].required && o.at[i] == nil {
			if !slices.Contains(misspelled, props[i].name) {
				p.report(idMissing, posOf(n), "%s needs %s:", what, props[i].name).hintText(props[i].doc)
			}
			o.ok = false
		}
	}
	return o
}

// unknownKey reports a key and returns the property that was probably meant.
func (p *parser) unknownKey(k *yaml.Node, what string, props []prop) string {
	names := propNames(props)
	s := suggest(k.Value, names)
	if s != "" {
		p.report(idUnknownKey, posOf(k), "unknown property %q in %s; did you mean %q?", clip(k.Value), what, s)
	} else {
		p.report(idUnknownKey, posOf(k), "unknown property %q in %s", clip(k.Value), what).hint("%s has %s", what, strings.Join(names, ", "))
	}
	return s
}

// describe says what a node is, for a person.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	}
	return "a text"
}

// text reads any scalar but null as it was spelled: a name that YAML takes for
// a number or a date (`fw: 9`, `date: 2026-11-20`) is still a name.
func (p *parser) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		p.report(idType, posOf(n), "%s is a text, not %s", what, describe(n))
		return "", false
	}
	return n.Value, true
}

// reason reads a why:. White space is no reason.
func (p *parser) reason(n *yaml.Node) string {
	s, _ := p.text(n, "why")
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return s
}

func (p *parser) word(n *yaml.Node, what string) (Word, bool) {
	s, ok := p.text(n, what)
	return Word{s, posOf(n)}, ok
}

// maxName bounds names: they become metric labels and topic parts.
const maxName = 64

// name reads a name of the policy: letters, digits, '-', '_', '.', beginning
// with a letter or a digit.
func (p *parser) name(n *yaml.Node, what string) (string, bool) {
	s, ok := p.text(n, what)
	if !ok {
		return "", false
	}
	if !validName(s) {
		p.report(idName, posOf(n), "%s %q is no name: letters, digits, '-', '_' and '.', at most %d, beginning with a letter or digit", what, clip(s), maxName)
		return "", false
	}
	return s, true
}

func validName(s string) bool {
	if s == "" || len(s) > maxName || strings.IndexByte("-_.", s[0]) >= 0 {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r == ':' || !isWordRune(r) }) < 0
}

// clip shortens what a message quotes from the policy.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// oneOf reads one word of a closed set.
func (p *parser) oneOf(n *yaml.Node, what string, words []string) (string, bool) {
	s, ok := p.text(n, what)
	if !ok {
		return "", false
	}
	if !slices.Contains(words, s) {
		p.report(idNotOneOf, posOf(n), "%s must be one of %s", what, strings.Join(words, ", ")).hintText(didYouMean(s, words))
		return "", false
	}
	return s, true
}

func (p *parser) boolean(n *yaml.Node, what string) bool {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		return n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
	}
	pr := p.report(idType, posOf(n), "%s is true or false, not %s", what, describe(n))
	if n.Kind == yaml.ScalarNode {
		switch strings.ToLower(n.Value) {
		case "yes", "on", "y", "1":
			pr.hint("write true")
		case "no", "off", "n", "0":
			pr.hint("write false")
		}
	}
	return false
}

// integer reads a whole number between lo and hi, in decimal: YAML 1.1 would
// take 010 for eight.
func (p *parser) integer(n *yaml.Node, what string, lo, hi int) (int, bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if v, err := strconv.Atoi(n.Value); err == nil && v >= lo && v <= hi && strconv.Itoa(v) == n.Value {
			return v, true
		}
	}
	got := describe(n)
	if n.Kind == yaml.ScalarNode && n.Value != "" {
		got = clip(n.Value)
	}
	p.report(idTransformArgs, posOf(n), "%s is a whole number from %d to %d, not %s", what, lo, hi, got)
	return 0, false
}

func (p *parser) optInt(o *object, name string, lo, hi int, v *int) bool {
	n := o.get(name)
	if n == nil {
		return true
	}
	got, ok := p.integer(n, name, lo, hi)
	if ok {
		*v = got
	}
	return ok
}

// maxExact is the largest magnitude up to which every whole number is exact in
// a float64.
const maxExact = 1 << 53

func (p *parser) number(n *yaml.Node, what string) (float64, bool) {
	if n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!int" || n.ShortTag() == "!!float") && jsonNumber(n.Value) {
		if v, err := strconv.ParseFloat(n.Value, 64); err == nil && math.Abs(v) <= maxExact {
			return v, true
		}
	}
	got := describe(n)
	if n.Kind == yaml.ScalarNode && n.Value != "" {
		got = clip(n.Value)
	}
	p.report(idType, posOf(n), "%s is a decimal number, not %s", what, got)
	return 0, false
}

// jsonNumber reports whether s is a number as JSON spells it (RFC 8259
// section 6): no leading zeros, no underscores, no hex.
func jsonNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, rest, exp := s, "", ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		whole, exp = s[:i], s[i+1:]
		if exp != "" && (exp[0] == '+' || exp[0] == '-') {
			exp = exp[1:]
		}
		if !digits(exp) {
			return false
		}
	}
	if i := strings.IndexByte(whole, '.'); i >= 0 {
		whole, rest = whole[:i], whole[i+1:]
		if !digits(rest) {
			return false
		}
	}
	return digits(whole) && (whole == "0" || whole[0] != '0')
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// words reads a list of texts; a single text is a list of one.
func (p *parser) words(n *yaml.Node, what string) []Word {
	if n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" {
		return []Word{{n.Value, posOf(n)}}
	}
	if n.Kind != yaml.SequenceNode {
		p.report(idType, posOf(n), "%s is a list of texts, not %s", what, describe(n)).hint("%s: [one, two]", what)
		return nil
	}
	if len(n.Content) == 0 {
		p.report(idEmpty, posOf(n), "%s is empty", what).hint("remove the line, or say which")
	}
	out := make([]Word, 0, len(n.Content))
	for _, c := range n.Content {
		if w, ok := p.word(c, "each of "+what); ok {
			out = append(out, w)
		}
	}
	return out
}

// pairs calls do for each key and value of a mapping of the policy's own names.
func (p *parser) pairs(n *yaml.Node, what string, do func(k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.report(idType, posOf(n), "%s is a mapping, not %s", what, describe(n))
		return
	}
	for i := 0; i+1 < len(n.Content) && !p.full(); i += 2 {
		do(n.Content[i], n.Content[i+1])
	}
}

// items calls do for each element of a list.
func (p *parser) items(n *yaml.Node, what string, do func(n *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		p.report(idType, posOf(n), "%s is a list, not %s", what, describe(n)).hint("begin each with a dash")
		return
	}
	for _, c := range n.Content {
		if p.full() {
			return
		}
		do(c)
	}
}
