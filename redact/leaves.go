package redact

import (
	"slices"
	"strconv"
	"strings"

	"redactor/internal/jsonscan"
)

// A Leaf is a value of a record that is no object or array with something in
// it: what the commands that explain a policy show.
type Leaf struct {
	Path       string // from $, with the numbers of elements
	Start, End int    // the value is record[Start:End]
	Kind       Kind
	Depth      int   // objects and arrays around it
	Fields     []int // all entries that match it, in the order of the catalog

	Element int    // which of the record's elements it is in, from 0; places are of its image
	JSON    []byte // the value as the image has it

	places []place // the containers around it that are not the root, then the leaf itself
}

// A place is what the policy makes of a value on the way to a leaf.
type place struct {
	// groups are the entries that match the value, and those that the arrays
	// around it pass on to their elements: a group for each value that they
	// match themselves, since entries yield to one another only there.
	groups    [][]match
	inherited bool // no entry matches; the groups are of a container around it
	enterable bool
}

func newPlace(own []match, enterable bool) place {
	if len(own) == 0 {
		return place{enterable: enterable}
	}
	return place{groups: [][]match{own}}
}

// below returns what members that no entry matches are below a container.
func (pl place) below(enterable bool) place {
	out := place{inherited: len(pl.groups) > 0, enterable: enterable}
	for _, g := range pl.groups {
		g = slices.Clone(g)
		for i := range g {
			g[i] |= guardBit
		}
		out.groups = append(out.groups, g)
	}
	return out
}

// element returns what an element is that some entries match themselves.
func (pl place) element(own []match) place {
	switch {
	case len(own) == 0:
		return place{pl.groups, pl.inherited, pl.inherited || len(pl.groups) == 0}
	case pl.inherited:
		return newPlace(own, false)
	}
	return place{groups: append([][]match{own}, pl.groups...)}
}

// Leaves calls yield for each leaf of the scanned record, in order, until it
// returns false. It is slow and allocates; it is for explanations, not for the
// path of records. It does nothing when the verdict of Scan is not Passed.
func (m *Machine) Leaves(yield func(Leaf) bool) {
	if m.verdict.Outcome != Passed || m.tombstone {
		return
	}
	w := leafWalk{m: m, res: newResolver(m.prog.keys), yield: yield}
	if !m.split {
		w.root(0)
		return
	}
	for k := range m.elements.list {
		if m.elements.list[k].verdict.Outcome == Passed && !w.done {
			m.openElement(k)
			w.root(k)
		}
	}
	m.openFirst()
}

// root walks the JSON text that is open, which is an element of the record.
func (w *leafWalk) root(element int) {
	root := w.m.prog.paths.root
	w.rec, w.element = w.m.rec, element
	w.value(jsonscan.Space(w.rec, 0), root.next, newPlace(w.m.prog.entriesOf(root.ends), true), "$")
}

type leafWalk struct {
	m     *Machine
	rec   []byte
	res   resolver
	yield func(Leaf) bool

	element int
	places  []place
	depth   int
	done    bool
}

// value walks the value at rec[at] and returns the index after it.
func (w *leafWalk) value(at int, s stateID, pl place, path string) int {
	w.places = append(w.places, pl)
	defer func() { w.places = w.places[:len(w.places)-1] }()
	var end int
	var kind Kind
	switch c := w.rec[at]; c {
	case '{', '[':
		inner := jsonscan.Space(w.rec, at+1)
		if w.rec[inner] != c+2 {
			w.depth++
			defer func() { w.depth-- }()
			if c == '{' {
				return w.object(inner, s, pl, path)
			}
			return w.array(inner, s, pl, path)
		}
		end, kind = inner+1, KindEmpty
	case '"':
		end, _ = jsonscan.String(w.rec, at+1)
		end, kind = end+1, KindString
	case 't', 'f':
		end, kind = jsonscan.Literal(w.rec, at), KindBool
	case 'n':
		end, kind = at+4, KindNull
	default:
		end, kind = jsonscan.Number(w.rec, at), KindNumber
	}
	if !w.done {
		w.done = !w.yield(w.leaf(at, end, kind, pl, path))
	}
	return end
}

func (w *leafWalk) leaf(at, end int, kind Kind, pl place, path string) Leaf {
	l := Leaf{Element: w.element, JSON: w.rec[at:end], Path: path, Start: at, End: end, Kind: kind, Depth: w.depth, places: slices.Clone(w.places)}
	if !pl.inherited {
		for _, m := range slices.Concat(pl.groups...) {
			l.Fields = append(l.Fields, m.entry())
		}
	}
	slices.Sort(l.Fields)
	l.Fields = slices.Compact(l.Fields)
	return l
}

func (w *leafWalk) object(i int, s stateID, outer place, path string) int {
	for {
		nameEnd, flags := jsonscan.String(w.rec, i+1)
		name := w.rec[i+1 : nameEnd]
		if flags&jsonscan.Escaped != 0 {
			name = jsonscan.AppendUnescaped(nil, name)
		}
		res := w.m.prog.resolve(&w.res, s, name)
		pl := newPlace(slices.Clone(res.matches), false)
		if len(res.matches) == 0 {
			pl = outer.below(res.open)
		}
		at := jsonscan.Space(w.rec, jsonscan.Space(w.rec, nameEnd+1)+1)
		var b strings.Builder
		appendPathName(&b, string(name), ".")
		i = jsonscan.Space(w.rec, w.value(at, res.next, pl, path+b.String()))
		if w.rec[i] == '}' {
			return i + 1
		}
		i = jsonscan.Space(w.rec, i+1)
	}
}

func (w *leafWalk) array(i int, s stateID, outer place, path string) int {
	for n := 0; ; n++ {
		t := w.m.prog.paths.elementAt(s, uint32(n))
		pl := outer.element(w.m.prog.entriesOf(t.ends))
		i = jsonscan.Space(w.rec, w.value(i, t.next, pl, path+"["+strconv.Itoa(n)+"]"))
		if w.rec[i] == ']' {
			return i + 1
		}
		i = jsonscan.Space(w.rec, i+1)
	}
}

// quarantine is the outcome of a value that a profile wants no record with.
var quarantine = Transform{op: OpDrop, rank: unknownRanks[UnknownQuarantine], name: "quarantine"}

// Outcome returns what profile i does with a leaf, and the field whose entry
// says so; -1 when no entry does. An object or array around the leaf that the
// profile takes as a whole decides for it.
func (p *Program) Outcome(leaf Leaf, i int) (Transform, int) {
	if leaf.Kind == KindEmpty && leaf.Depth == 0 && len(leaf.Fields) == 0 {
		return Keep(), -1 // an empty root stays
	}
	var a action
	for n, pl := range leaf.places {
		w := noMatch
		for _, g := range pl.groups {
			w = p.stricter(i, w, p.strictest(i, g))
		}
		a = p.action(i, w)
		if n < len(leaf.places)-1 && !pl.enterable && a.op() >= opReplace {
			break
		}
	}
	if a.field() >= 0 {
		return p.spec.Profiles[i].Transforms[a.field()], a.field()
	}
	switch a.op() {
	case opQuarantine:
		return quarantine, -1
	case opNull:
		return Null(), -1
	case opKeep, opKeepNoted:
		return Keep(), -1
	}
	return Drop(), -1
}
