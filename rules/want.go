package rules

import (
	"bytes"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// want is an expected JSON value of a test. Numbers keep their spelling and
// are compared by what they are worth.
type want struct {
	kind    wantKind
	text    string // of a number, string, like, same_as
	items   []want
	members []namedWant
	pos     Pos
}

type namedWant struct {
	name string
	want want
}

type wantKind uint8

const (
	wantNull wantKind = iota
	wantFalse
	wantTrue
	wantNumber
	wantString
	wantArray
	wantObject
	wantLike   // text is a pattern with ? and *
	wantSameAs // text is record_key or a path in the same output
)

// wantMode says whether {like: …} and {same_as: …} are matchers.
type wantMode bool

const (
	plainJSON wantMode = false
	matchers  wantMode = true
)

// want reads an expected value from YAML; it reports and returns nil what JSON
// cannot say.
func (p *parser) want(n *yaml.Node, mode wantMode) *want {
	w := &want{pos: posOf(n)}
	switch n.Kind {
	case yaml.ScalarNode:
		return p.wantScalar(n, w)
	case yaml.SequenceNode:
		w.kind = wantArray
		for _, c := range n.Content {
			item := p.want(c, mode)
			if item == nil {
				return nil
			}
			w.items = append(w.items, *item)
		}
		return w
	}
	if mode == matchers && len(n.Content) == 2 {
		if m := p.matcher(n, w); m {
			return w
		}
	}
	w.kind = wantObject
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := p.want(n.Content[i+1], mode)
		if v == nil {
			return nil
		}
		w.members = append(w.members, namedWant{n.Content[i].Value, *v})
	}
	return w
}

func (p *parser) matcher(n *yaml.Node, w *want) bool {
	name, arg := n.Content[0].Value, n.Content[1]
	if arg.Kind != yaml.ScalarNode || arg.ShortTag() == "!!null" {
		return false
	}
	switch name {
	case "like":
		w.kind, w.text = wantLike, arg.Value
	case "same_as":
		w.kind, w.text = wantSameAs, arg.Value
		if arg.Value != recordKey && !strings.HasPrefix(arg.Value, "$") {
			w.text = "$." + arg.Value
		}
	default:
		return false
	}
	return true
}

// recordKey is what same_as calls the key of the record.
const recordKey = "record_key"

func (p *parser) wantScalar(n *yaml.Node, w *want) *want {
	w.text = n.Value
	switch n.ShortTag() {
	case "!!null":
		w.kind = wantNull
	case "!!bool":
		w.kind = wantFalse
		if strings.EqualFold(n.Value, "true") {
			w.kind = wantTrue
		}
	case "!!int", "!!float":
		w.kind = wantNumber
		if !jsonNumber(n.Value) {
			p.report(idTest, w.pos, "YAML takes %s for a number that JSON cannot spell", clip(n.Value)).hint("quote it: %q", n.Value)
			return nil
		}
	default:
		w.kind = wantString
	}
	return w
}

// appendJSON appends the value as compact JSON.
func (w *want) appendJSON(dst []byte) []byte {
	switch w.kind {
	case wantNull:
		return append(dst, "null"...)
	case wantFalse:
		return append(dst, "false"...)
	case wantTrue:
		return append(dst, "true"...)
	case wantNumber:
		return append(dst, w.text...)
	case wantArray:
		dst = append(dst, '[')
		for i := range w.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = w.items[i].appendJSON(dst)
		}
		return append(dst, ']')
	case wantObject:
		dst = append(dst, '{')
		for i := range w.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, w.members[i].name), ':')
			dst = w.members[i].want.appendJSON(dst)
		}
		return append(dst, '}')
	}
	return appendString(dst, w.text)
}

// appendString appends s as a JSON string, escaping what RFC 8259 section 7
// says must be.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, "0123456789abcdef"[r>>4], "0123456789abcdef"[r&15])
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, '"')
}

// String spells the expectation for a person.
func (w *want) String() string {
	switch w.kind {
	case wantLike:
		return "like " + strconv.Quote(w.text)
	case wantSameAs:
		return "the same as " + w.text
	}
	return string(bytes.TrimSpace(w.appendJSON(nil)))
}
