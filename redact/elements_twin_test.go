package redact

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// This file is the twin of the formats whose elements are JSON: NDJSON and
// arrays, and of text, which is one JSON string. A record is cut into elements
// one byte at a time, and each element goes through the twin of the engine.

// part is the element rec[lo:hi].
type part struct{ lo, hi int }

const twinBlank = " \t\r\n"

func trimmed(rec string, lo, hi int) part {
	text := strings.TrimLeft(rec[lo:hi], twinBlank)
	lo = hi - len(text)
	return part{lo, lo + len(strings.TrimRight(text, twinBlank))}
}

// twinElements cuts a record; ok is false when it cannot be.
func twinElements(f Format, rec string) (parts []part, ok bool) {
	switch {
	case f.Kind == FormatNDJSON:
		at := 0
		for _, line := range strings.SplitAfter(rec, "\n") {
			if p := trimmed(rec, at, at+len(line)); p.lo < p.hi {
				parts = append(parts, p)
			}
			at += len(line)
		}
		return parts, len(parts) > 0
	case f.Kind == FormatArray, strings.HasPrefix(strings.TrimLeft(rec, twinBlank), "["):
		return twinArray(rec)
	}
	return []part{{0, len(rec)}}, true
}

func twinArray(rec string) (parts []part, ok bool) {
	all := trimmed(rec, 0, len(rec))
	if all.lo == all.hi || rec[all.lo] != '[' {
		return nil, false
	}
	from, depth, quoted := all.lo+1, 0, false
	if rest := trimmed(rec, from, all.hi); rec[rest.lo:rest.hi] == "]" {
		return nil, true
	}
	for i := from; i < all.hi; i++ {
		switch c := rec[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case c == '}':
			return nil, false
		case depth == 0 && (c == ',' || c == ']'):
			p := trimmed(rec, from, i)
			if p.lo == p.hi {
				return nil, false
			}
			parts, from = append(parts, p), i+1
			if c == ']' {
				return parts, i == all.hi-1
			}
		}
	}
	return nil, false
}

// between is what of the text around elements a recipient gets.
func (t *twin) between(rec string, lo, hi, i int) string {
	text := rec[lo:hi]
	if !t.spec.Profiles[i].Compact {
		return text
	}
	out := ""
	for _, c := range []byte(text) {
		if strings.IndexByte(twinBlank, c) < 0 {
			out += string(c)
		}
	}
	if t.spec.Format.Kind == FormatNDJSON && lo > 0 && strings.Contains(text, "\n") {
		out += "\n"
	}
	return out
}

// elements returns what profile i gets of a record of elements.
func (t *twin) elements(rec string, i int) (string, Verdict) {
	parts, ok := twinElements(t.spec.Format, rec)
	if !ok {
		return "", Verdict{Quarantined, ReasonParse}
	}
	if len(parts) == 0 {
		return t.between(rec, 0, len(rec), i), Verdict{}
	}
	out, passed, bad, end := t.between(rec, 0, parts[0].lo, i), 0, Verdict{}, 0
	for _, p := range parts {
		element := []byte(rec[p.lo:p.hi])
		text, v := "", Verdict{Quarantined, ReasonParse}
		if root, reason := t.parse(element); reason == ReasonNone {
			text, v, _ = t.render(element, root, i)
		} else {
			v.Reason = reason
		}
		switch {
		case v.Outcome == Passed && passed > 0:
			out += t.between(rec, end, p.lo, i)
			fallthrough
		case v.Outcome == Passed:
			out += text
			passed++
		case v.Outcome == Quarantined && bad.Outcome == Passed:
			bad = v
		}
		end = p.hi
	}
	switch {
	case passed > 0:
		return out + t.between(rec, end, len(rec), i), Verdict{Passed, bad.Reason}
	case bad.Outcome != Passed:
		return "", bad
	}
	return "", Verdict{Outcome: Filtered}
}

// text returns what profile i gets of a record that is text: of a JSON string
// what is in it, of null nothing.
func (t *twin) text(rec string, i int) (string, Verdict) {
	image := []byte(twinQuote(rec))
	root, reason := t.parse(image)
	if reason != ReasonNone {
		return "", Verdict{Quarantined, reason}
	}
	out, v, _ := t.render(image, root, i)
	if out == "null" {
		out = ""
	} else if strings.HasPrefix(out, `"`) {
		out = twinUnquote(out)
	}
	return out, v
}

// elementRun compares one policy with its twin.
type elementRun struct {
	twin *twin
	m    *Machine
}

func newElementRun(t testing.TB, spec Spec) *elementRun {
	t.Helper()
	p, err := Compile(spec)
	if err != nil {
		return nil // a tie
	}
	return &elementRun{newTwin(spec), p.NewMachine()}
}

func (x *elementRun) compare(t testing.TB, rec string) {
	t.Helper()
	scanned := x.m.Scan([]byte(rec))
	for i := range x.twin.spec.Profiles {
		want, wv := "", Verdict{Quarantined, ReasonParse}
		switch {
		case !utf8.ValidString(rec) && x.twin.spec.Format.Kind == FormatText:
		case x.twin.spec.Format.Kind == FormatText:
			want, wv = x.twin.text(rec, i)
		default:
			want, wv = x.twin.elements(rec, i)
		}
		got, v := x.m.Render([]byte("<"), i)
		if v.Reason == ReasonDepth && wv.Reason == ReasonParse { // malformed and too deep: either
			v.Reason = ReasonParse
		}
		if string(got) != "<"+want || v != wv || scanned.Outcome != Passed && v.Outcome == Passed {
			t.Fatalf("%v %q for %d\n got %q %v\nwant %q %v\n%+v", x.twin.spec.Format, rec, i, got, v, want, wv, x.twin.spec)
		}
	}
}

var elementFormats = []Format{{Kind: FormatNDJSON}, {Kind: FormatArray}, {Arrays: true}, {Kind: FormatText}}

// randomElements is a record of a format, well-formed but for what mutate does.
func randomElements(r *rand.Rand, f Format) string {
	if f.Kind == FormatText {
		return pick(r, []string{"", "86", "boot \"ok\"\n", "a\\b\x01", "客厅", "true", "null", "{\"imei\":86}", " ", strconv.Itoa(r.IntN(1e9))})
	}
	var b bytes.Buffer
	for n := r.IntN(4); n >= 0; n-- {
		var doc bytes.Buffer
		randomDoc(r, &doc, 1+r.IntN(4))
		element := doc.Bytes()
		if f.Kind == FormatNDJSON && r.IntN(8) > 0 {
			element = bytes.ReplaceAll(element, []byte("\n"), []byte(" "))
		}
		if b.Len() > 0 {
			b.WriteString(map[bool]string{true: pick(r, []string{"\n", "\r\n", "\n \n"}), false: pick(r, []string{",", " , ", ",\n"})}[f.Kind == FormatNDJSON])
		}
		b.Write(element)
	}
	if f.Kind == FormatNDJSON {
		return pick(r, []string{"", "\n", " "}) + b.String() + pick(r, []string{"", "\n"})
	}
	if f.Arrays && r.IntN(5) == 0 {
		return b.String()
	}
	return pick(r, []string{"[", " [ ", "[\n"}) + b.String() + pick(r, []string{"]", " ] \n"})
}

func elementPolicy(r *rand.Rand, f Format) Spec {
	spec := randomSpec(r)
	spec.Format = f
	if f.Kind != FormatText {
		return spec
	}
	for i := range spec.Profiles {
		for n, tr := range spec.Profiles[i].Transforms {
			if s := tr.siblings(); s != nil {
				spec.Profiles[i].Transforms[n] = s.base
			}
		}
	}
	if n := r.IntN(len(spec.Fields) + 1); n < len(spec.Fields) {
		spec.Fields[n].Paths = append(spec.Fields[n].Paths, "$")
	}
	return spec
}

func TestElementTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 13))
	policies := 120
	if testing.Short() {
		policies = 30
	}
	for _, f := range elementFormats {
		for range policies {
			x := newElementRun(t, elementPolicy(r, f))
			if x == nil {
				continue
			}
			for range 20 {
				rec := randomElements(r, f)
				x.compare(t, rec)
				x.compare(t, string(mutate(r, []byte(rec))))
			}
		}
	}
}

// FuzzElements lets the fuzzer choose the policy, the format and the record.
func FuzzElements(f *testing.F) {
	r := rand.New(rand.NewPCG(14, 15))
	for n := range uint64(40) {
		f.Add(n, []byte(randomElements(r, elementFormats[n%uint64(len(elementFormats))])))
	}
	runs := map[uint64]*elementRun{}
	f.Fuzz(func(t *testing.T, seed uint64, rec []byte) {
		seed %= 256
		x, known := runs[seed]
		if !known {
			x = newElementRun(t, elementPolicy(rand.New(rand.NewPCG(seed, 16)), elementFormats[seed%uint64(len(elementFormats))]))
			runs[seed] = x
		}
		if x != nil && len(rec) < 1<<13 {
			x.compare(t, string(rec))
		}
	})
}

func twinUnquote(s string) string {
	var out string
	if err := json.Unmarshal([]byte(s), &out); err != nil {
		panic(err)
	}
	return out
}
