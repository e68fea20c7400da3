package rules

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"redactor/detect"
)

// Shapes stand for values wherever something about a record is shown and not
// the record: "<15 digits>" says what a reviewer needs and not who it was.

// shape describes a value without telling it.
func shape(w *want) string {
	switch w.kind {
	case wantNull:
		return "null"
	case wantTrue, wantFalse:
		return "<true or false>"
	case wantNumber:
		return shapeOfNumber(w.text)
	case wantArray:
		return fmt.Sprintf("<list of %d>", len(w.items))
	case wantObject:
		return fmt.Sprintf("<object of %d>", len(w.members))
	}
	return shapeOfText(w.text)
}

func shapeOfNumber(s string) string {
	if digits(strings.TrimPrefix(s, "-")) {
		return fmt.Sprintf("<number, %s>", plural(len(strings.TrimPrefix(s, "-")), "digit"))
	}
	return "<number>"
}

func shapeOfText(s string) string {
	n := utf8.RuneCountInString(s)
	switch {
	case s == "":
		return `""`
	case digits(s):
		return "<" + plural(n, "digit") + ">"
	case only(s, "0123456789abcdefABCDEF"):
		return "<" + plural(n, "hex digit") + ">"
	case only(s, "0123456789abcdefABCDEF:-.") && n >= 7:
		return fmt.Sprintf("<hex digits and separators, %s>", plural(n, "character"))
	case strings.IndexFunc(s, func(r rune) bool { return (r|0x20 < 'a' || r|0x20 > 'z') && r < 0x80 }) < 0:
		return "<" + plural(n, "letter") + ">"
	}
	return "<text, " + plural(n, "character") + ">"
}

func only(s, set string) bool { return strings.Trim(s, set) == "" }

// shapeOfRecord describes a test's record, names included: they are the
// policy author's own.
func shapeOfRecord(t *Test) string {
	if t.Value == nil {
		return "a tombstone"
	}
	var b strings.Builder
	for i, line := range images(t.Format, t.Value) {
		if i > 0 {
			b.WriteByte('\n')
		}
		w := decodeJSON(line)
		if line == nil {
			b.WriteString("not " + t.Format.Kind.String())
			continue
		}
		if w.kind == wantString && len(line) > 0 && line[0] != '"' {
			b.WriteString("not JSON: ")
		}
		writeShape(&b, w)
	}
	return b.String()
}

func writeShape(b *strings.Builder, w *want) {
	switch w.kind {
	case wantArray:
		b.WriteByte('[')
		for i := range w.items {
			if i > 0 {
				b.WriteString(", ")
			}
			writeShape(b, &w.items[i])
		}
		b.WriteByte(']')
	case wantObject:
		b.WriteByte('{')
		for i := range w.members {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(showName(w.members[i].name) + ": ")
			writeShape(b, &w.members[i].want)
		}
		b.WriteByte('}')
	default:
		b.WriteString(shape(w))
	}
}

// maxShownName is the length up to which a member name is taken for a name.
const maxShownName = 48

// showName returns a member name as it may be shown. Names are data too: one
// that is unlike any name, or in which a detector finds something, shows as its
// shape.
func showName(name string) string {
	if !likeName(name) || len(nameScanner().Clone().Find(nil, []byte(name))) > 0 {
		return shapeOfText(name)
	}
	return name
}

// nameScanner is never used itself: a Scanner is for one goroutine.
var nameScanner = sync.OnceValue(func() *detect.Scanner {
	s, err := detect.NewScanner(detect.Config{Set: detect.AllDetectors})
	if err != nil {
		panic("rules: internal error: " + err.Error())
	}
	return s
})

// likeName reports whether a member name looks like one: it is short and has few
// digits, of whatever script.
func likeName(name string) bool {
	return name != "" && len(name) <= maxShownName && countDigits(name) <= 4 && !strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' || r == '@' || r == utf8.RuneError
	})
}

func countDigits(s string) (n int) {
	for _, r := range s {
		if unicode.IsNumber(r) {
			n++
		}
	}
	return n
}
