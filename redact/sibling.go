package redact

import (
	"errors"
	"fmt"

	"redactor/internal/jsonscan"
)

// A Sibling is a member that a transform adds beside the value that it is made
// of: the model group beside an IMEI, or in its place.
type Sibling struct {
	Name      string // of the member, as it is written
	Transform Transform
}

// maxSiblings is how many different names of siblings a profile may have: what
// one bit each is kept for.
const maxSiblings = 64

// WithSiblings makes base add members beside the value: each is what its own
// transform makes of the same value. They stand behind the member, or in its
// place when base drops it. What a sibling's transform makes null, or cannot
// take, is not added; the latter counts as unfit.
//
// An object gets a sibling of one name once, from the first value that has one.
// Elements of arrays, objects, keys and headers have no place beside them and
// get none.
//
// The result is as strict as the weakest of its parts: a drop that adds
// something loses to one that does not.
func WithSiblings(base Transform, add ...Sibling) (Transform, error) {
	if base.siblings() != nil || len(add) == 0 {
		return Transform{}, errors.New("siblings: there is nothing to add to")
	}
	of := &siblings{base: base}
	out := base
	out.fn = of
	for _, s := range add {
		t := s.Transform
		if t.op != OpApply || t.rank >= RankReplace || t.siblings() != nil {
			return Transform{}, fmt.Errorf("siblings: %s is made of no value", s.Name)
		}
		name := append(jsonscan.AppendEscaped([]byte{'"'}, []byte(s.Name)), '"', ':')
		of.list = append(of.list, sibling{name: s.Name, head: string(name), fn: t.fn})
		out.rank = min(out.rank, t.rank)
		out.name += " + " + s.Name + ": " + t.name
	}
	return out, nil
}

// siblings is what WithSiblings makes: of the value itself it does what base
// does.
type siblings struct {
	base   Transform
	list   []sibling
	copies bool // one of list shows parts of the value: the guard is to look at them
}

func (s *siblings) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	return s.base.fn.apply(w, dst, v, k)
}

// siblings returns what a transform adds beside the value, nil for nothing.
func (t Transform) siblings() *siblings {
	s, _ := t.fn.(*siblings)
	return s
}

// alone returns an action without what it adds beside the value: a key and a
// header have no place for it.
func (p *Program) alone(i int, a action) action {
	if o := a.op(); o == opDerive || o == opDeriveWhole {
		return newAction(opOf(p.spec.Profiles[i].Transforms[a.field()].siblings().base), a.field())
	}
	return a
}

type sibling struct {
	name string
	head string // the name as JSON, and the colon
	fn   applier
	bit  int // of the name, in siblingMark
}

// siblingMark tells which siblings an open object has got.
type siblingMark struct {
	render uint64 // of Machine.renders, and
	node   int32  // the node of the object: else the mark is of another one
	has    uint64
}

// compileSiblings gives each name of a profile's siblings its bit. It changes
// nothing that the caller of Compile holds.
func (p *Program) compileSiblings(i int) error {
	pr := &p.spec.Profiles[i]
	var names nameSet
	copied := false
	for n, t := range pr.Transforms {
		of := t.siblings()
		if of == nil {
			continue
		}
		if !copied {
			pr.Transforms, copied = append([]Transform(nil), pr.Transforms...), true
		}
		s := &siblings{base: of.base, list: append([]sibling(nil), of.list...)}
		for k := range s.list {
			s.copies = s.copies || copies(s.list[k].fn)
			s.list[k].bit = names.add(s.list[k].name)
		}
		pr.Transforms[n].fn = s
		p.profiles[i].drops = true // so that Render knows which object it is in
	}
	if len(names.names) > maxSiblings {
		return fmt.Errorf("profile %q: %d names of siblings are more than %d", pr.Name, len(names.names), maxSiblings)
	}
	return nil
}

// derive does what a transform with siblings does with the value of nd, which is
// tape[n] unless it is an object or array that is taken as a whole.
func (r *renderer) derive(nd *tapeNode, n int, end uint32, pr *profile, a action) bool {
	m := r.m
	s := m.prog.spec.Profiles[r.profile].Transforms[a.field()].fn.(*siblings)
	m.added = m.added[:0]
	switch nd.kind() {
	case kindString, kindNumber, kindBool:
		if nd.start != nd.at && !r.addSiblings(nd, n, pr, a, s) {
			return false
		}
	}
	switch base := opOf(s.base); {
	case base == opDrop && len(m.added) == 0:
		r.drop(nd, end)
		return true
	case base == opDrop:
		r.copyTo(nd.start)
		r.putSiblings(s)
		r.last = end
		return true
	case base == opNull:
		r.put(nd.at, end, "null")
	case base == opKeep || nd.kind() == kindNull:
		if r.guard != nil {
			at := len(r.dst) - r.base + int(nd.at-r.last)
			r.guard.note(at, at+int(end-nd.at), a.field(), nd.kind() == kindNumber)
		}
		r.copyTo(end)
	case base == opReplace:
		t := &m.prog.literals[r.profile][a.field()]
		r.put(nd.at, end, t.json)
		if at := len(r.dst) - r.base; t.loud && r.guard != nil {
			r.guard.note(at-len(t.json), at, a.field(), false)
		}
	case base == opSurvey:
		s.base.fn.(surveyor).survey(m, n, r.profile)
		ok := r.apply(n, pr, a)
		m.w.beside, m.w.subject = besideValue{}, nil
		if !ok {
			return false
		}
	default:
		if !r.apply(n, pr, a) {
			return false
		}
	}
	if len(m.added) > 0 {
		r.dst = append(r.dst, ',')
		r.putSiblings(s)
	}
	return true
}

// putSiblings appends the siblings of a value, and tells the guard that they are
// the policy's doing.
func (r *renderer) putSiblings(s *siblings) {
	at := len(r.dst) - r.base
	r.dst = append(r.dst, r.m.added...)
	if r.guard != nil && !s.copies {
		r.guard.note(at, len(r.dst)-r.base, madeField, false)
	}
}

// addSiblings writes the siblings of a value to m.added, with commas between.
func (r *renderer) addSiblings(nd *tapeNode, n int, pr *profile, a action, s *siblings) bool {
	m := r.m
	has := r.siblingsHere()
	for k := range s.list {
		sib := &s.list[k]
		if has.has&(1<<sib.bit) != 0 {
			continue
		}
		if by, ok := sib.fn.(surveyor); ok {
			by.survey(m, n, r.profile)
		}
		from := len(m.added)
		out := m.added
		if from > 0 {
			out = append(out, ',')
		}
		out = append(out, sib.head...)
		at := len(out)
		out = append(out, '"')
		out, shape := sib.fn.apply(&m.w, out, m.text(nd), nd.kind())
		m.w.beside, m.w.subject = besideValue{}, nil
		switch shape {
		case ShapeText:
			out = append(m.escapeFrom(out, at+1), '"')
		case ShapePlain:
			out = append(out, '"')
		case ShapeNumber, ShapeRaw:
			copy(out[at:], out[at+1:])
			out = out[:len(out)-1]
		default:
			m.added = out[:from]
			if shape >= ShapeUnfit {
				m.counts.Profiles[r.profile].unfit[a.slot()]++
				if shape == ShapeRefused || pr.unfitQuarantine {
					return false
				}
			}
			continue
		}
		m.added = out
		has.has |= 1 << sib.bit
	}
	return true
}

// siblingsHere returns the mark of the object that Render is in.
func (r *renderer) siblingsHere() *siblingMark {
	m := r.m
	for len(m.siblingMarks) < r.depth {
		m.siblingMarks = append(m.siblingMarks, siblingMark{})
	}
	mark, node := &m.siblingMarks[r.depth-1], m.opened[r.depth-1].node
	if mark.render != m.renders || mark.node != node {
		*mark = siblingMark{render: m.renders, node: node}
	}
	return mark
}
