package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// This file is the engine's twin: the same meaning, written to be read. It
// decodes a record with encoding/json into a tree, finds the entries of each
// value by comparing its place with every path and key, and puts the text of
// a record together from the leaves up. Nothing of it is fast. Where the
// engine and the twin differ, one of them is wrong.

// twinValue is a value of the tree, with its place in the record.
type twinValue struct {
	kind       nodeKind // kindOpen for objects and arrays with something in them
	object     bool     // '{' rather than '[', empty or not
	start, end int
	text       string // decoded, of a leaf
	children   []twinChild
}

type twinChild struct {
	nameStart int // start of the value in arrays
	name      string
	value     *twinValue
}

// twinStep is one step of the way to a value.
type twinStep struct {
	element bool
	name    string
	index   uint32
}

type twin struct {
	spec  Spec
	paths [][]path // of each field
}

func newTwin(spec Spec) *twin {
	t := &twin{spec: spec}
	for _, f := range spec.Fields {
		var ps []path
		for _, src := range f.Paths {
			p, err := parsePath(src)
			if err != nil {
				panic(err)
			}
			ps = append(ps, p)
		}
		t.paths = append(t.paths, ps)
	}
	return t
}

// twinParse returns the tree of a record, or why it is refused.
func (t *twin) parse(rec []byte) (*twinValue, Reason) {
	depth := t.spec.MaxDepth
	if depth == 0 {
		depth = DefaultMaxDepth
	}
	if !json.Valid(rec) || !utf8.Valid(rec) {
		// What is both too deep and malformed may be refused for either.
		return nil, ReasonParse
	}
	p := twinParser{rec: rec, dec: json.NewDecoder(bytes.NewReader(rec))}
	p.dec.UseNumber()
	v := p.value()
	if p.deepest > depth {
		return nil, ReasonDepth
	}
	return v, ReasonNone
}

type twinParser struct {
	rec            []byte
	dec            *json.Decoder
	depth, deepest int
}

// token returns the next token and its start.
func (p *twinParser) token() (json.Token, int) {
	start := int(p.dec.InputOffset())
	for strings.IndexByte(" \t\r\n,:", p.rec[start]) >= 0 {
		start++
	}
	tok, err := p.dec.Token()
	if err != nil {
		panic(err)
	}
	return tok, start
}

func (p *twinParser) value() *twinValue {
	tok, start := p.token()
	v := &twinValue{start: start}
	switch tok := tok.(type) {
	case json.Delim:
		p.container(v, tok == '{')
	case string:
		v.kind, v.text = kindString, tok
	case json.Number:
		v.kind = kindNumber
	case bool:
		v.kind = kindBool
	case nil:
		v.kind = kindNull
	}
	v.end = int(p.dec.InputOffset())
	if v.kind != kindString {
		v.text = string(p.rec[v.start:v.end])
	}
	return v
}

func (p *twinParser) container(v *twinValue, object bool) {
	v.object = object
	p.depth++
	p.deepest = max(p.deepest, p.depth)
	for p.dec.More() {
		var c twinChild
		if object {
			tok, start := p.token()
			c.name, c.nameStart = tok.(string), start
		}
		c.value = p.value()
		if !object {
			c.nameStart = c.value.start
		}
		v.children = append(v.children, c)
	}
	p.token()
	p.depth--
	v.kind = kindEmpty
	if len(v.children) > 0 {
		v.kind = kindOpen
	}
}

// twinMatch is one way in which an entry matches a value.
type twinMatch struct {
	field    int
	strength int // 2 path, 1 name, 0 wildcard
	guarded  bool
	group    int // which value it matches: an element has those of its arrays too
}

// matchPath reports whether a path leads to a place.
func matchPath(p path, place []twinStep) bool {
	if len(p) == 0 {
		return len(place) == 0
	}
	if len(place) == 0 {
		return false
	}
	rest := place[1:]
	switch s := p[0]; s.kind {
	case stepName:
		return !place[0].element && place[0].name == s.name && matchPath(p[1:], rest)
	case stepElem:
		return place[0].element && matchPath(p[1:], rest)
	case stepIndex:
		return place[0].element && place[0].index == s.index && matchPath(p[1:], rest)
	case stepDeepName:
		return !place[0].element && place[0].name == s.name && matchPath(p[1:], rest) || matchPath(p, rest)
	}
	return true // ..*: anything below
}

// glob reports whether a pattern with stars matches the whole of s.
func glob(pattern, s string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	for i := len(head); i <= len(s); i++ {
		if glob(tail, s[i:]) {
			return true
		}
	}
	return false
}

func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r == '_' || r == '-':
			return -1
		}
		return r
	}, s)
}

func wideFold(s string) string { return string(appendWideFold(nil, []byte(s))) }

// pathMatches returns the entries with a path to the place.
func (t *twin) pathMatches(place []twinStep) []twinMatch {
	var out []twinMatch
	for n := range t.spec.Fields {
		if slices.ContainsFunc(t.paths[n], func(p path) bool { return matchPath(p, place) }) {
			out = append(out, twinMatch{n, 2, false, len(place)})
		}
	}
	return out
}

// keyMatches returns the entries with a key that matches under a folding.
func (t *twin) keyMatches(name string, folding func(string) string, guarded bool, group int) (exact, wild []twinMatch) {
	for n, f := range t.spec.Fields {
		byName, byWild := false, false
		for _, k := range f.Keys {
			hit := glob(folding(k), folding(name))
			byName = byName || hit && !strings.Contains(k, "*")
			byWild = byWild || hit && strings.Contains(k, "*")
		}
		if byName {
			exact = append(exact, twinMatch{n, 1, guarded, group})
		}
		if byWild {
			wild = append(wild, twinMatch{n, 0, guarded, group})
		}
	}
	return exact, wild
}

// memberMatches returns the entries that match a member.
func (t *twin) memberMatches(place []twinStep) []twinMatch {
	name := place[len(place)-1].name
	exact, wild := t.keyMatches(name, fold, false, len(place))
	exact = append(exact, t.pathMatches(place)...)
	out := append(exact, wild...)
	if len(exact) > 0 {
		return out
	}
	// Nothing but wildcards: look for what only wide folding finds.
	wideExact, wideWild := t.keyMatches(name, wideFold, true, len(place))
	for _, m := range append(wideExact, wideWild...) {
		if !slices.ContainsFunc(wild, func(w twinMatch) bool { return w.field == m.field }) {
			out = append(out, m)
		}
	}
	return out
}

// inPolicy reports whether objects and arrays of this name may be entered
// without an entry.
func (t *twin) inPolicy(name string) bool {
	for n := range t.spec.Fields {
		for _, p := range t.paths[n] {
			for _, s := range p {
				if (s.kind == stepName || s.kind == stepDeepName) && s.name == name {
					return true
				}
			}
		}
	}
	return slices.ContainsFunc(t.spec.Containers, func(c string) bool { return fold(c) == fold(name) })
}

// twinOutcome is what a profile does with a value.
type twinOutcome struct {
	op    op
	field int // -1: unknown
}

// outcome returns what profile i does with a value that some entries match.
func (t *twin) outcome(i int, matches []twinMatch) twinOutcome {
	pr := &t.spec.Profiles[i]
	unknown := twinOutcome{unknownOps[pr.Unknown], -1}
	if len(matches) == 0 {
		return unknown
	}
	rank := func(m twinMatch) int {
		r := int(pr.Transforms[m.field].rank)
		if m.guarded {
			r = max(r, int(unknownRanks[pr.Unknown]))
		}
		return r
	}
	var heard []twinMatch
	for _, m := range matches {
		if !t.yields(i, m, matches) {
			heard = append(heard, m)
		}
	}
	best := slices.MaxFunc(heard, func(a, b twinMatch) int {
		for _, d := range []int{
			rank(a) - rank(b),
			int(t.spec.Fields[a.field].Level) - int(t.spec.Fields[b.field].Level),
			a.strength - b.strength,
			b.field - a.field,
		} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	tr := pr.Transforms[best.field]
	if best.guarded && unknownRanks[pr.Unknown] > tr.rank {
		return unknown
	}
	return twinOutcome{opOf(tr), best.field}
}

// yields reports that a built-in entry has no say about a value, since the
// profile decided by name about an entry of the policy's own that has a path
// to it.
func (t *twin) yields(i int, m twinMatch, matches []twinMatch) bool {
	pr, f := &t.spec.Profiles[i], &t.spec.Fields[m.field]
	named := func(field int) bool { return pr.Named != nil && pr.Named[field] }
	if pr.Named == nil || !f.BuiltIn || named(m.field) {
		return false
	}
	return slices.ContainsFunc(matches, func(o twinMatch) bool {
		own := &t.spec.Fields[o.field]
		return o.group == m.group && o.strength == 2 && !own.BuiltIn && named(o.field) &&
			own.Class == f.Class && own.Level >= f.Level && pr.Transforms[o.field].rank >= RankGeneralize
	})
}

// twinRender renders a record for one profile.
type twinRender struct {
	*twin
	i       int
	rec     []byte
	verdict Verdict
	leaves  map[int]twinOutcome // by start of the leaf
}

// take notes what becomes of all leaves of a value that is taken as a whole.
func (r *twinRender) take(v *twinValue, o twinOutcome) {
	if v.kind != kindOpen {
		r.leaves[v.start] = o
	}
	for _, c := range v.children {
		r.take(c.value, o)
	}
}

func (t *twin) render(rec []byte, root *twinValue, i int) (string, Verdict, map[int]twinOutcome) {
	r := twinRender{twin: t, i: i, rec: rec, leaves: map[int]twinOutcome{}}
	text, dropped := r.value(root, nil, t.pathMatches(nil), false, true)
	if dropped {
		text = "null"
		if root.kind >= kindEmpty {
			text = "[]"
			if root.object {
				text = "{}"
			}
		}
	}
	if v := t.filter(root, i); v.Outcome != Passed {
		r.verdict = v
	}
	if r.verdict.Outcome != Passed {
		return "", r.verdict, r.leaves
	}
	out := string(rec[:root.start]) + text + string(rec[root.end:])
	if t.spec.Profiles[i].Compact {
		var b bytes.Buffer
		if err := json.Compact(&b, []byte(out)); err != nil {
			panic(err)
		}
		out = b.String()
	}
	return out, Verdict{}, r.leaves
}

// value returns what becomes of a value, or that it is dropped. inherited says
// that the matches are those of a container around it, guarded.
func (r *twinRender) value(v *twinValue, place []twinStep, matches []twinMatch, inherited, enterable bool) (text string, dropped bool) {
	o := r.outcome(r.i, matches)
	raw := string(r.rec[v.start:v.end])
	unmatched := len(matches) == 0 || inherited
	if v.kind == kindEmpty && len(place) == 0 && unmatched {
		r.take(v, twinOutcome{opKeep, -1})
		return raw, false
	}
	if v.kind == kindOpen && (o.op < opReplace || unmatched && enterable) {
		if v.object {
			return r.object(v, place, matches)
		}
		return r.array(v, place, matches, inherited)
	}
	r.take(v, o)
	if o.field >= 0 {
		if s := r.spec.Profiles[r.i].Transforms[o.field].siblings(); s != nil {
			o.op = opOf(s.base)
		}
	}
	switch o.op {
	case opDrop:
		return "", true
	case opNull:
		return "null", false
	case opQuarantine:
		if r.verdict.Outcome == Passed {
			r.verdict = Verdict{Quarantined, ReasonUnknown}
		}
		return "", true
	}
	if v.kind == kindNull || o.op == opKeep {
		return raw, false
	}
	return r.apply(v, r.spec.Profiles[r.i].Transforms[o.field]), false
}

func (r *twinRender) apply(v *twinValue, t Transform) string {
	kind := v.kind
	if kind == kindOpen {
		kind = kindEmpty
	}
	out, shape := t.fn.apply(&worker{}, nil, []byte(v.text), kind)
	switch shape {
	case ShapeText, ShapePlain:
		return twinQuote(string(out))
	case ShapeNumber, ShapeRaw:
		return string(out)
	case ShapeUnfit:
		if r.spec.Profiles[r.i].UnfitQuarantine && r.verdict.Outcome == Passed {
			r.verdict = Verdict{Quarantined, ReasonUnfit}
		}
	}
	return "null"
}

func twinQuote(s string) string {
	out := `"`
	for _, r := range s {
		switch short, found := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}[r]; {
		case found:
			out += short
		case r < ' ':
			out += fmt.Sprintf(`\u%04x`, r)
		default:
			out += string(r)
		}
	}
	return out + `"`
}

func guarded(matches []twinMatch) []twinMatch {
	out := slices.Clone(matches)
	for i := range out {
		out[i].guarded = true
	}
	return out
}

func (r *twinRender) object(v *twinValue, place []twinStep, around []twinMatch) (string, bool) {
	out, kept := "{", 0
	end := v.start + 1
	added := map[string]bool{}
	for _, c := range v.children {
		at := append(slices.Clone(place), twinStep{name: c.name})
		own, inherited := r.memberMatches(at), false
		if len(own) == 0 && len(around) > 0 {
			own, inherited = guarded(around), true
		}
		text, dropped := r.value(c.value, at, own, inherited, r.inPolicy(c.name))
		gap := string(r.rec[end:c.nameStart])
		end = c.value.end
		beside := r.siblings(c.value, added)
		if dropped && beside == "" {
			continue
		}
		if _, after, ok := strings.Cut(gap, ","); ok && kept == 0 {
			gap = after
		}
		out += gap
		if !dropped {
			out += string(r.rec[c.nameStart:c.value.start]) + text
			if beside != "" {
				out += ","
			}
		}
		out += beside
		kept++
	}
	return out + string(r.rec[end:v.end]), kept == 0
}

func (r *twinRender) array(v *twinValue, place []twinStep, around []twinMatch, aroundInherited bool) (string, bool) {
	out, kept := "[", 0
	end := v.start + 1
	for n, c := range v.children {
		at := append(slices.Clone(place), twinStep{element: true, index: uint32(n)})
		own, inherited := r.pathMatches(at), false
		if len(own) == 0 {
			own, inherited = around, aroundInherited
		} else if !aroundInherited {
			own = append(own, around...)
		}
		text, dropped := r.value(c.value, at, own, inherited, true)
		if dropped {
			text = "null"
		} else {
			kept++
		}
		out += string(r.rec[end:c.nameStart]) + text
		end = c.value.end
	}
	return out + string(r.rec[end:v.end]), kept == 0
}

// filter applies a profile's conditions.
func (t *twin) filter(root *twinValue, i int) Verdict {
	pr := &t.spec.Profiles[i]
	withheld, unfit := false, false
	for _, c := range pr.Except {
		match, _, bad := t.judge(c, root)
		withheld, unfit = withheld || match > 0, unfit || bad
	}
	for _, c := range pr.Only {
		match, differ, bad := t.judge(c, root)
		withheld, unfit = withheld || match == 0 && !bad || differ > 0, unfit || bad
	}
	switch {
	case withheld:
		return Verdict{Outcome: Filtered}
	case unfit:
		return Verdict{Quarantined, ReasonFilter}
	}
	return Verdict{}
}

// judge counts the values at a condition's path.
func (t *twin) judge(c Condition, root *twinValue) (match, differ int, unfit bool) {
	p, err := parsePath(c.Path)
	if err != nil {
		panic(err)
	}
	var walk func(v *twinValue, place []twinStep)
	walk = func(v *twinValue, place []twinStep) {
		if matchPath(p, place) {
			switch ok, bad := c.holds(v); {
			case bad:
				unfit = true
			case ok:
				match++
			default:
				differ++
			}
		}
		for n, ch := range v.children {
			walk(ch.value, append(slices.Clone(place), twinStep{!v.object, ch.name, uint32(n)}))
		}
	}
	walk(root, nil)
	return match, differ, unfit
}

// holds reports whether one value matches a condition, or cannot be judged.
func (c Condition) holds(v *twinValue) (ok, bad bool) {
	ok = len(c.In) == 0 || v.kind < kindEmpty && slices.Contains(c.In, v.text)
	if c.Below == nil && c.AtLeast == nil {
		return ok, false
	}
	isNumber := v.kind == kindNumber || v.kind == kindString && jsonNumber.MatchString(v.text)
	if !isNumber {
		return false, true
	}
	x, _ := strconv.ParseFloat(v.text, 64) // ±Inf when out of range
	return ok && (c.Below == nil || x < *c.Below) && (c.AtLeast == nil || x >= *c.AtLeast), false
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
