package redact

import "redactor/internal/jsonscan"

// This file is the renderer: it walks the tape once for a profile and appends
// the record as that profile may see it.
//
// What no edit touches is copied from last, the first byte of the record that
// is neither copied nor cut yet. Cutting a member takes the comma before it, or
// the one after it when nothing before it in the object was kept. An element
// of an array that is dropped becomes null, so that the others keep their
// numbers. An object or array of which every member or element was dropped is
// taken back and dropped itself: then nothing in it was kept, which shows by
// position alone: cut runs from the opening bracket to the end of the last
// child that was dropped in an unbroken row.

// A container is an object or array that Render has entered.
type container struct {
	node int32
	cut  uint32 // end of the last of the children that were dropped from the first on; 0 when the first was kept
	last uint32 // what rendering was at before the container, to take it back:
	dst  int    // renderer.last and the length of the output
}

// renderer is the state of one Render.
type renderer struct {
	m     *Machine
	rec   []byte
	dst   []byte
	last  uint32
	depth int       // containers in m.opened
	base  int       // length of dst before the record
	guard *guarding // nil unless the guard has to know what is written

	profile int
}

// Render appends to dst the record as profile i may see it. When the verdict
// is not Passed, dst is returned as it came. It allocates nothing once the
// Machine is warm and dst has room.
//
// Render may be called for each profile in any order, and again.
func (m *Machine) Render(dst []byte, i int) ([]byte, Verdict) {
	pr := &m.prog.profiles[i]
	if m.verdict.Outcome != Passed {
		return dst, m.verdict
	}
	if m.split && !m.tombstone {
		return m.renderFormat(dst, i)
	}
	if !m.tombstone {
		if v := m.filter(pr); v.Outcome != Passed {
			return dst, v
		}
	}
	if !m.enterProfile(i) {
		return dst, Verdict{Quarantined, ReasonTime}
	}
	if m.tombstone {
		return dst, Verdict{}
	}
	return m.renderJSON(dst, i)
}

// renderJSON appends the JSON text that was scanned as profile i, which has
// been entered, may see it.
func (m *Machine) renderJSON(dst []byte, i int) ([]byte, Verdict) {
	if len(m.named) > 0 {
		return m.renderNamed(dst, i)
	}
	g := m.guardOf(i)
	out, v := m.renderTape(dst, i, g.ifNeeded())
	if v.Outcome == Passed && g != nil {
		out, v = m.lookAt(out, dst, i)
	}
	if v.Outcome != Passed {
		return dst, v
	}
	if m.prog.profiles[i].compact {
		var ok bool
		if out, ok = compactFrom(out, len(dst)); !ok {
			return dst, Verdict{Quarantined, ReasonTransform}
		}
	}
	return out, Verdict{}
}

// renderTape renders what is on the tape, and notes for a guard, if there is
// one, what it has to know.
func (m *Machine) renderTape(dst []byte, i int, notes *guarding) ([]byte, Verdict) {
	pr := &m.prog.profiles[i]
	m.renders++
	r := renderer{m: m, rec: m.rec, dst: dst, profile: i, base: len(dst), guard: notes}
	m.w.ahead.node = 0
	var v Verdict
	if m.marks != nil && notes == nil {
		v = r.splice(pr)
	} else {
		v = r.walk(pr)
	}
	if v.Outcome != Passed {
		return dst, m.because(v)
	}
	r.copyTo(uint32(len(r.rec)))
	return r.dst, Verdict{}
}

// walk renders all nodes. What it does for nearly every node is done with
// local variables; the rest works on r.
func (r *renderer) walk(pr *profile) Verdict {
	const open = meta(kindOpen) << kindShift
	var (
		rec      = r.rec
		tape     = r.m.tape
		actions  = r.m.rules.actions[r.profile]
		hits     = r.m.counts.Profiles[r.profile].hits
		literals = r.m.prog.literals[r.profile]
		opened   = r.m.opened
		dst      = r.dst
		last     uint32
	)
	for n := 0; n < len(tape); n++ {
		nd := &tape[n]
		a := actions[nd.meta&ruleMask]
		end, at := nd.end, n
		if nd.meta >= open {
			if nd.kind() == kindClose {
				if !pr.drops {
					continue
				}
				if r.depth--; opened[r.depth].cut != 0 {
					r.dst, r.last = dst, last
					r.leave(nd, &opened[r.depth])
					dst, last = r.dst, r.last
				}
				continue
			}
			if nd.meta&enterable != 0 || a.op() < opReplace {
				if pr.drops {
					opened[r.depth] = container{node: int32(n), last: last, dst: len(dst)}
					r.depth++
				}
				continue
			}
			n = int(end)
			end = tape[n].end
		}
		hits[a.slot()]++
		switch a.op() {
		case opKeep:
			continue
		case opKeepNoted:
			if r.guard != nil {
				at := len(dst) - r.base + int(nd.at-last)
				r.guard.note(at, at+int(end-nd.at), a.field(), nd.kind() == kindNumber)
			}
			continue
		case opReplace:
			if nd.kind() != kindNull {
				dst = append(dst, rec[last:nd.at]...)
				t := &literals[a.field()]
				if t.loud && r.guard != nil {
					r.guard.note(len(dst)-r.base, len(dst)-r.base+len(t.json), a.field(), false)
				}
				dst = t.appendJSON(dst)
				last = end
			}
			continue
		}
		r.dst, r.last = dst, last
		if v := r.edit(at, end, pr, a); v.Outcome != Passed {
			return v
		}
		dst, last = r.dst, r.last
	}
	r.dst, r.last = dst, last
	return Verdict{}
}

// edit does what an action says with the value of node n, which ends at end.
func (r *renderer) edit(n int, end uint32, pr *profile, a action) Verdict {
	nd := &r.m.tape[n]
	switch a.op() {
	case opReplace:
		if nd.kind() != kindNull {
			r.copyTo(nd.at)
			r.dst = r.m.prog.literals[r.profile][a.field()].appendJSON(r.dst)
			r.last = end
		}
	case opNull:
		r.put(nd.at, end, "null")
	case opApply:
		if nd.kind() != kindNull && !r.apply(n, pr, a) {
			return Verdict{Quarantined, ReasonUnfit}
		}
	case opSurvey:
		if nd.kind() != kindNull && !r.survey(n, pr, a) {
			return Verdict{Quarantined, ReasonUnfit}
		}
	case opDrop:
		r.drop(nd, end)
	case opDerive, opDeriveWhole:
		if !r.derive(nd, n, end, pr, a) {
			return Verdict{Quarantined, ReasonUnfit}
		}
	case opQuarantine:
		return Verdict{Quarantined, ReasonUnknown}
	}
	return Verdict{}
}

// appendJSON appends the text of a replacement as a JSON value. It may write
// zeros between the new length and the capacity of dst.
func (t *replacement) appendJSON(dst []byte) []byte {
	d := len(dst)
	if len(t.json) > 16 || d+16 > cap(dst) {
		return append(dst, t.json...)
	}
	dst = dst[:d+16]
	jsonscan.Store64(dst, d, t.head)
	jsonscan.Store64(dst, d+8, t.tail)
	return dst[:d+len(t.json)]
}

// copyTo copies the record up to at.
func (r *renderer) copyTo(at uint32) {
	r.dst = append(r.dst, r.rec[r.last:at]...)
	r.last = at
}

// put puts text in the place of rec[at:end].
func (r *renderer) put(at, end uint32, text string) {
	r.dst = append(append(r.dst, r.rec[r.last:at]...), text...)
	r.last = end
}

// drop removes a member, or makes null of an element or of a scalar root. A
// root object or array keeps its brackets.
func (r *renderer) drop(nd *tapeNode, end uint32) {
	if nd.start == nd.at && r.depth == 0 {
		r.dropRoot(nd, end)
		return
	}
	f := &r.m.opened[r.depth-1]
	sep := spaceBefore(r.rec, nd.start) - 1 // the comma or opening bracket before
	prev := sep + 1
	row := r.rec[sep] != ','
	if !row {
		prev = spaceBefore(r.rec, sep)
		row = prev == f.cut
	}
	if row {
		f.cut = end
	}
	switch {
	case nd.start == nd.at:
		r.put(nd.at, end, "null")
	case row:
		if r.last < prev {
			r.copyTo(prev)
		}
		if next := jsonscan.Space(r.rec, int(end)); r.rec[next] == ',' {
			end = uint32(next) + 1
		}
		r.last = end
	default:
		r.copyTo(prev)
		r.last = end
	}
}

func (r *renderer) dropRoot(nd *tapeNode, end uint32) {
	switch r.rec[nd.at] {
	case '{':
		r.put(nd.at, end, "{}")
	case '[':
		r.put(nd.at, end, "[]")
	default:
		r.put(nd.at, end, "null")
	}
}

// leave is at the closing bracket of a container that starts with a row of
// dropped children: if there are no others, it is dropped itself.
func (r *renderer) leave(nd *tapeNode, f *container) {
	if spaceBefore(r.rec, nd.at) != f.cut {
		return
	}
	r.dst, r.last = r.dst[:f.dst], f.last
	if r.guard != nil {
		r.guard.forget(f.dst - r.base + int(r.m.tape[f.node].start-f.last))
	}
	r.drop(&r.m.tape[f.node], nd.end)
}

func spaceBefore(rec []byte, i uint32) uint32 {
	return uint32(jsonscan.SpaceBefore(rec, int(i)))
}

// text returns the decoded text of a leaf.
func (m *Machine) text(nd *tapeNode) []byte {
	if nd.kind() != kindString {
		return m.rec[nd.at:nd.end]
	}
	raw := m.rec[nd.at+1 : nd.end-1]
	if nd.meta&escaped == 0 {
		return raw
	}
	m.w.text = jsonscan.AppendUnescaped(m.w.text[:0], raw)
	return m.w.text
}

// apply puts what a transform makes of a value in its place. It reports false
// when the value is unfit and the profile quarantines such records.
func (r *renderer) apply(n int, pr *profile, a action) bool {
	m, nd := r.m, &r.m.tape[n]
	kind := nd.kind()
	t := &m.prog.spec.Profiles[r.profile].Transforms[a.field()]
	v := m.text(nd)
	r.copyTo(nd.at)
	r.last = nd.end
	at := len(r.dst)
	if kind == kindString {
		r.dst = append(r.dst, '"') // most strings become strings
	}
	from := len(r.dst)
	var out []byte
	var shape Shape
	if p, ok := t.fn.(*pseudonymizer); ok {
		out, shape = r.applyPseudonym(n, p, v, kind)
	} else {
		out, shape = t.fn.apply(&m.w, r.dst, v, kind)
	}
	switch shape {
	case ShapeText, ShapePlain:
		if shape == ShapeText {
			out = m.escapeFrom(out, from)
		}
		if kind != kindString {
			out = append(out, 0)
			copy(out[from+1:], out[from:])
			out[from] = '"'
		}
		r.dst = append(out, '"')
	case ShapeNumber, ShapeRaw:
		if kind == kindString { // take the quote back
			copy(out[from-1:], out[from:])
			out = out[:len(out)-1]
		}
		r.dst = out
	default:
		if kind == kindString {
			from--
		}
		if shape == ShapeSame {
			r.dst = append(r.dst[:from], r.rec[nd.at:nd.end]...)
			break
		}
		r.dst = append(r.dst[:from], "null"...)
		if shape >= ShapeUnfit {
			m.counts.Profiles[r.profile].unfit[a.slot()]++
			return shape == ShapeUnfit && !pr.unfitQuarantine
		}
	}
	if r.guard != nil {
		r.guard.note(at-r.base, len(r.dst)-r.base, a.field(), false)
	}
	return true
}

// survey is apply for a surveyor.
func (r *renderer) survey(n int, pr *profile, a action) bool {
	r.m.prog.spec.Profiles[r.profile].Transforms[a.field()].fn.(surveyor).survey(r.m, n, r.profile)
	ok := r.apply(n, pr, a)
	r.m.w.beside, r.m.w.subject = besideValue{}, nil
	return ok
}

// escapeFrom escapes the text out[from:] for a JSON string, in its place.
func (m *Machine) escapeFrom(out []byte, from int) []byte {
	n := from + jsonscan.FirstSpecial(out[from:])
	if n == len(out) {
		return out
	}
	m.escape = append(m.escape[:0], out[n:]...)
	return jsonscan.AppendEscaped(out[:n], m.escape)
}
