package redact

import (
	"errors"

	"redactor/internal/jsonscan"
)

// This file is member names that are data: {"358142035282084":{…}}. A field's
// Names are paths of objects whose member names are its values.
//
// Scan finds such members as it finds the values of conditions. A record that
// has some is rendered in two steps: for a profile, its names are made what the
// profile may see of them, and what that comes to is scanned again, and
// rendered. So names cost nothing where there are none.

// A namedMember is a member whose name is a value of a field.
type namedMember struct {
	node  int32 // of its value
	field uint32
}

// renamed marks the Machine that scans records with new names.
var renamed = &format{}

// compileMemberNames appends the paths of the members of the objects that
// fields' Names lead to.
func (p *Program) compileMemberNames(paths *[]ownedPath, inPath *nameSet) error {
	for n, f := range p.spec.Fields {
		for _, src := range f.Names {
			steps, err := parsePath(src)
			if err != nil {
				return err
			}
			if len(steps) > 0 && steps[len(steps)-1].kind == stepDeepAll {
				return &PathError{src, len(src), "..* is a subtree, not an object", "name the object"}
			}
			for _, s := range steps {
				if s.kind == stepName || s.kind == stepDeepName {
					inPath.add(s.name)
				}
			}
			*paths = append(*paths, ownedPath{append(steps, step{kind: stepMember}), uint32(len(p.filters)), true})
			p.filters = append(p.filters, condition{names: true, field: uint32(n)})
			p.memberNames = true
		}
	}
	if len(p.filters) > maxFields {
		return errors.New("more conditions and names than anyone can review")
	}
	return nil
}

// namesAt reports whether the names of the members at the end of some paths are
// values of a field.
func (p *Program) namesAt(e endsID) bool {
	if !p.memberNames {
		return false
	}
	for _, n := range p.paths.ends[e].conditions {
		if p.filters[n].names {
			return true
		}
	}
	return false
}

// noteName takes a member whose name is a value of a field.
func (m *Machine) noteName(node int32, field uint32) {
	if m.tape[node].start != m.tape[node].at {
		m.named = append(m.named, namedMember{node, field})
	}
}

// NameFields returns the fields that the names of members in the scanned record
// are values of, in order of the members. It is for explanations.
func (m *Machine) NameFields() []int {
	var out []int
	for _, n := range m.named {
		out = append(out, int(n.field))
	}
	return out
}

// renderNamed is renderJSON for a record with such members.
func (m *Machine) renderNamed(dst []byte, i int) ([]byte, Verdict) {
	n := m.within(renamed)
	n.nest.level, n.split = m.nest.level, false
	if r := m.rename(n, i); r != ReasonNone {
		return dst, Verdict{Quarantined, r}
	}
	n.rec = n.nest.value
	n.hits, n.tape, n.named = n.hits[:0], n.tape[:0], n.named[:0]
	for k := range n.whose {
		n.whose[k].asked = false
	}
	if n.read(n.rec) != ReasonNone || !n.dropNamed() {
		return dst, Verdict{Quarantined, ReasonTransform}
	}
	n.w.profile, n.w.epoch = m.w.profile, m.w.epoch
	n.guards[i].looks = m.guards[i].looks
	dst, v := n.renderJSON(dst, i)
	if v.Reason == ReasonLeak {
		m.guards[i].spans = append(m.guards[i].spans[:0], n.guards[i].spans...)
	}
	return dst, v
}

// rename writes the record with the names that profile i may see to n.nest.value,
// and to n.nest.drops which members go.
func (m *Machine) rename(n *Machine, i int) Reason {
	out, drops, last := n.nest.value[:0], n.nest.drops[:0], 0
	for k := 0; k < len(m.named); {
		node, w := m.named[k].node, noMatch
		for ; k < len(m.named) && m.named[k].node == node; k++ {
			w = m.prog.stricter(i, w, newMatch(m.named[k].field, byPath))
		}
		at := int(m.tape[node].start) + 1
		end, flags := jsonscan.String(m.rec, at)
		if at < last || end < 0 {
			return ReasonTransform
		}
		name := m.rec[at:end]
		if flags&jsonscan.Escaped != 0 {
			m.w.text = jsonscan.AppendUnescaped(m.w.text[:0], name)
			name = m.w.text
		}
		text, what := m.nameFor(n, name, i, m.prog.alone(i, m.prog.action(i, w)))
		switch what {
		case nameRefused:
			return ReasonUnfit
		case nameChanged:
			out = jsonscan.AppendEscaped(append(out, m.rec[last:at]...), text)
			last = end
		}
		drops = append(drops, what == nameDropped)
	}
	n.nest.value, n.nest.drops = append(out, m.rec[last:]...), drops
	return ReasonNone
}

// nameOutcome is what becomes of a name.
type nameOutcome uint8

const (
	nameDropped nameOutcome = iota // a name cannot be null: the member goes
	nameKept
	nameChanged
	nameRefused
)

// nameFor returns what an action makes of a name.
func (m *Machine) nameFor(n *Machine, name []byte, i int, a action) ([]byte, nameOutcome) {
	c := &m.counts.Profiles[i]
	c.hits[a.slot()]++
	switch a.op() {
	case opKeep, opKeepNoted:
		return nil, nameKept
	case opReplace:
		n.nest.out = append(n.nest.out[:0], m.prog.literals[i][a.field()].text...)
		return n.nest.out, nameChanged
	case opApply, opSurvey:
		t := m.prog.spec.Profiles[i].Transforms[a.field()]
		if s := t.siblings(); s != nil {
			t = s.base
		}
		out, shape := t.fn.apply(&m.w, n.nest.out[:0], name, KindString)
		n.nest.out = out
		switch shape {
		case ShapeText, ShapePlain, ShapeNumber, ShapeRaw:
			return out, nameChanged
		case ShapeSame:
			return nil, nameKept
		case ShapeUnfit, ShapeRefused:
			c.unfit[a.slot()]++
			if shape == ShapeRefused || m.prog.profiles[i].unfitQuarantine {
				return nil, nameRefused
			}
		}
	}
	return nil, nameDropped
}

// dropNamed makes the members that go such that every profile drops them. It
// reports false when they are not those that were renamed.
func (m *Machine) dropNamed() bool {
	k := 0
	for _, h := range m.hits {
		nd := &m.tape[h.node]
		if !m.prog.namesAt(h.ends) || nd.start == nd.at {
			continue
		}
		if k == len(m.nest.drops) {
			return false
		}
		if m.nest.drops[k] {
			nd.meta = nd.meta&^(ruleMask|enterable|inherited) | meta(ruleDenied)
		}
		k++
	}
	return k == len(m.nest.drops)
}
