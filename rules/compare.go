package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// decodeJSON reads a JSON text into the form that expectations have, equal names
// included. What is no JSON is a text, so that a broken output shows as what it
// is.
func decodeJSON(out []byte) *want {
	if out == nil {
		return &want{kind: wantNull}
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.UseNumber()
	w, ok := decodeValue(dec)
	if !ok || dec.More() {
		return &want{kind: wantString, text: string(out)}
	}
	return w
}

func decodeValue(dec *json.Decoder) (*want, bool) {
	tok, err := dec.Token()
	if err != nil {
		return nil, false
	}
	switch v := tok.(type) {
	case nil:
		return &want{kind: wantNull}, true
	case bool:
		if v {
			return &want{kind: wantTrue}, true
		}
		return &want{kind: wantFalse}, true
	case json.Number:
		return &want{kind: wantNumber, text: v.String()}, true
	case string:
		return &want{kind: wantString, text: v}, true
	}
	if tok == json.Delim('[') {
		return decodeArray(dec)
	}
	return decodeObject(dec)
}

func decodeArray(dec *json.Decoder) (*want, bool) {
	w := &want{kind: wantArray}
	for dec.More() {
		item, ok := decodeValue(dec)
		if !ok {
			return nil, false
		}
		w.items = append(w.items, *item)
	}
	_, err := dec.Token()
	return w, err == nil
}

func decodeObject(dec *json.Decoder) (*want, bool) {
	w := &want{kind: wantObject}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, false
		}
		value, ok := decodeValue(dec)
		if !ok {
			return nil, false
		}
		w.members = append(w.members, namedWant{name.(string), *value})
	}
	_, err := dec.Token()
	return w, err == nil
}

// maxDiff bounds the lines of one difference: past it one reads the output.
const maxDiff = 20

// differ compares an output with an expectation and writes down each place
// where they differ.
type differ struct {
	key   []byte // the output's key, for same_as: record_key
	root  *want  // the output's value, for same_as: a path
	lines []string
}

func (d *differ) say(at, format string) {
	if len(d.lines) < maxDiff {
		d.lines = append(d.lines, at+": "+format)
	}
}

// compare adds the differences between w and got at a place.
func (d *differ) compare(at string, w, got *want) {
	switch w.kind {
	case wantLike:
		if text, ok := scalarText(got); !ok || !like(w.text, text) {
			d.say(at, "got "+brief(got)+", which is not "+w.String())
		}
		return
	case wantSameAs:
		d.compareSame(at, w, got)
		return
	}
	switch {
	case w.kind == wantNumber && got.kind == wantNumber:
		if !sameNumber(w.text, got.text) {
			d.say(at, "got "+got.text+", want "+w.text)
		}
	case w.kind != got.kind:
		d.say(at, "got "+brief(got)+", want "+brief(w))
	case w.kind == wantString && w.text != got.text:
		d.say(at, "got "+brief(got)+", want "+brief(w))
	case w.kind == wantArray:
		d.compareArray(at, w, got)
	case w.kind == wantObject:
		d.compareObject(at, w, got)
	}
}

func (d *differ) compareSame(at string, w, got *want) {
	other := textValue(d.key)
	if w.text != recordKey {
		if other = lookup(d.root, w.text); other == nil {
			d.say(at, "should be the same as "+w.text+", which the output does not have")
			return
		}
	}
	a, ok1 := scalarText(got)
	b, ok2 := scalarText(other)
	if !ok1 || !ok2 || a != b {
		d.say(at, "got "+brief(got)+", and "+w.text+" is "+brief(other))
	}
}

func (d *differ) compareArray(at string, w, got *want) {
	for i := 0; i < len(w.items) || i < len(got.items); i++ {
		place := at + "[" + strconv.Itoa(i) + "]"
		switch {
		case i >= len(got.items):
			d.say(place, "missing, want "+brief(&w.items[i]))
		case i >= len(w.items):
			d.say(place, "not expected: "+brief(&got.items[i]))
		default:
			d.compare(place, &w.items[i], &got.items[i])
		}
	}
}

// compareObject pairs members by name; of equal names the first with the
// first, the second with the second.
func (d *differ) compareObject(at string, w, got *want) {
	used := make([]bool, len(got.members))
	for i := range w.members {
		m := &w.members[i]
		place := at + memberPath(m.name)
		found := false
		for j := range got.members {
			if !used[j] && got.members[j].name == m.name {
				used[j], found = true, true
				d.compare(place, &m.want, &got.members[j].want)
				break
			}
		}
		if !found {
			d.say(place, "missing, want "+brief(&m.want))
		}
	}
	for j := range got.members {
		if !used[j] {
			d.say(at+memberPath(got.members[j].name), "not expected: "+brief(&got.members[j].want))
		}
	}
}

// memberPath spells a step to a member as the engine's leaves do, in the
// normal form of RFC 9535 section 2.7 or the shorthand where there is one.
func memberPath(name string) string {
	if name != "" && !digits(name[:1]) && strings.IndexFunc(name, func(r rune) bool {
		return !(r == '_' || r >= 0x80 || r != '-' && r != '.' && r != ':' && isWordRune(r))
	}) < 0 {
		return "." + name
	}
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return "['" + b.String() + "']"
}

// lookup returns the value at a path of names and indexes, or nil.
func lookup(root *want, path string) *want {
	var found *want
	walk(root, "$", func(at string, w *want) {
		if at == path && found == nil {
			found = w
		}
	})
	return found
}

// walk visits every value with its path.
func walk(w *want, at string, visit func(at string, w *want)) {
	visit(at, w)
	for i := range w.items {
		walk(&w.items[i], at+"["+strconv.Itoa(i)+"]", visit)
	}
	for i := range w.members {
		walk(&w.members[i].want, at+memberPath(w.members[i].name), visit)
	}
}

// scalarText returns the decoded text of a value that is no container.
func scalarText(w *want) (string, bool) {
	switch w.kind {
	case wantString, wantNumber:
		return w.text, true
	case wantTrue:
		return "true", true
	case wantFalse:
		return "false", true
	}
	return "", false
}

// brief spells a value on one line of a difference.
func brief(w *want) string {
	if w.kind == wantString && len(w.text) > 80 {
		return strconv.Quote(w.text[:80]) + "…"
	}
	if s := w.String(); len(s) <= 120 {
		return s
	}
	return string([]rune(w.String())[:100]) + "…"
}

// like reports whether text matches a pattern in which ? stands for one
// character and * for any number.
func like(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	i, j, star, mark := 0, 0, -1, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0: // the last star takes one more
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// sameNumber reports whether two JSON numbers are worth the same: 48.90 is
// 48.9, 1e2 is 100. It compares digits and exponents and never computes the
// number, whose exponent an input chooses.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	da, ea, ok1 := normalNumber(a)
	db, eb, ok2 := normalNumber(b)
	return ok1 && ok2 && da == db && (ea == eb || da == "0")
}

// normalNumber returns the significant digits of a JSON number, with the sign,
// and the exponent of the last of them.
func normalNumber(s string) (digits string, exp int64, ok bool) {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		var err error
		if exp, err = strconv.ParseInt(s[i+1:], 10, 48); err != nil {
			return "", 0, false
		}
		s = s[:i]
	}
	if whole, frac, point := strings.Cut(s, "."); point {
		s, exp = whole+frac, exp-int64(len(frac))
	}
	s = strings.TrimLeft(s, "0")
	short := strings.TrimRight(s, "0")
	exp += int64(len(s) - len(short))
	if short == "" {
		return "0", 0, true
	}
	return sign + short, exp, true
}
