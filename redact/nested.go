package redact

import (
	"errors"
	"slices"

	"redactor/internal/jsonscan"
)

// This file is records within records: JSON in a string, a form, cookies. The
// text of a value is scanned and rendered as a record of its own, by the same
// Program and for the same profile: $ is its root, and its fields are those of
// the catalog.
//
// A machine of its own does it, one for each format and level, made when the
// first such value is met. Conditions are about the record, and were judged on
// it; its time decides the epoch of what is within it too, and its subject is
// the subject where the inner one has none.

// maxNesting is how deep records are looked for in records. Deeper is text that
// nobody has looked at: it is unfit.
const maxNesting = 3

// NestedOptions say how a record within a value is written.
type NestedOptions struct {
	// In is what the text is wrapped in, the outermost first: base64, gzip is
	// base64 of a gzip file. The output is wrapped the same way.
	In []Encoding

	// Format is how the text is written. For JSON it may have been escaped once
	// more than it needed to be, as {\"imei\":…}, which logging does to it.
	Format Format
}

// Nested takes the text of a value as a record within the record. A text that is
// no such record cannot be taken, nor can one that is in three others.
func Nested(o NestedOptions) (Transform, error) {
	if len(o.In) > maxEncodings {
		return Transform{}, errors.New("more encodings than anybody uses")
	}
	if len(o.In) > 0 && o.In[0] == EncodingGzip {
		return Transform{}, errors.New("gzip alone is no text: [base64, gzip]")
	}
	f, err := compileFormat(o.Format)
	if err != nil {
		return Transform{}, err
	}
	name := o.Format.Kind.String()
	for _, e := range o.In {
		if e >= numEncodings {
			return Transform{}, errors.New("no such encoding")
		}
		name += " in " + e.String()
	}
	n := &nested{format: f, in: append([]Encoding(nil), o.In...)}
	return Transform{OpApply, RankMask, name, n}, nil
}

type nested struct {
	format *format
	in     []Encoding
}

// nesting is how a Machine is within another one.
type nesting struct {
	outer  *Machine // nil for the outermost
	level  int
	inner  []*Machine
	value  []byte // the text of the value: what it was given may be the outer's scratch
	out    []byte
	coder  coder
	unwrap [2][]byte
	drops  []bool // see membernames.go

	canaries *Canaries // what Watch was given, for machines that are made later
}

// within returns the Machine for records of a format within those of m.
func (m *Machine) within(f *format) *Machine {
	for _, n := range m.nest.inner {
		if n.format == f {
			return n
		}
	}
	n := m.prog.NewPortableMachine()
	if m.marks != nil {
		n.prepareVectors()
	}
	n.setFormat(f)
	if f == renamed {
		n.elements = nil
	}
	n.counts = m.counts
	n.nest.outer, n.nest.level = m, m.nest.level+1
	n.Watch(m.nest.canaries)
	m.nest.inner = append(m.nest.inner, n)
	return n
}

func (t *nested) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if w.m == nil || k != KindString || w.m.nest.level == maxNesting {
		return dst, ShapeUnfit
	}
	n := w.m.within(t.format)
	text, variants, ok := n.unwrap(t.in, v)
	if !ok {
		return dst, ShapeUnfit
	}
	verdict := n.Scan(text)
	escaped := 0
	for ; verdict.Outcome != Passed && t.format == nil && escaped < maxNesting; escaped++ {
		if text, ok = n.unescape(text); !ok {
			break
		}
		verdict = n.Scan(text)
	}
	if verdict.Outcome != Passed {
		return dst, ShapeUnfit
	}
	out, verdict := n.renderWithin(w)
	switch {
	case verdict.Outcome == Quarantined:
		w.m.refuse(n, verdict)
		return dst, ShapeRefused
	case verdict.Outcome != Passed:
		return dst, ShapeNull
	case string(out) == string(text) && !slices.Contains(t.in, EncodingGzip): // a gzip file has a name and a comment too
		return dst, ShapeSame
	}
	for ; escaped > 0; escaped-- {
		n.nest.value = jsonscan.AppendEscaped(n.nest.value[:0], out)
		n.nest.value, n.nest.out = out, n.nest.value
		out = n.nest.out
	}
	if len(t.in) == 0 {
		return append(dst, out...), ShapeText
	}
	return n.wrap(dst, t.in, variants, out), ShapeText
}

// Within returns the records that t takes the text of a value for, each as the
// JSON text that says the same; false when it takes it for none. It is slow and
// allocates: it is for explanations, not for the path of records.
func (p *Program) Within(t Transform, text []byte) (images [][]byte, ok bool) {
	if s := t.siblings(); s != nil {
		t = s.base
	}
	of, ok := t.fn.(*nested)
	if _, query := t.fn.(urlQuery); query {
		if text, ok = queryOf(trimSpace(text)); ok {
			of = &nested{format: urlQueryFormat}
		}
	}
	if !ok {
		return nil, false
	}
	m := p.NewMachine()
	if of.format != nil {
		m.setFormat(of.format)
	}
	text, _, ok = m.unwrap(of.in, text)
	for n := 0; ok && m.Scan(text).Outcome != Passed; n++ {
		if of.format != nil || n == maxNesting {
			return nil, false
		}
		text, ok = m.unescape(text)
	}
	switch {
	case !ok:
		return nil, false
	case !m.split:
		return [][]byte{append([]byte(nil), text...)}, true
	}
	for k := range m.elements.list {
		if e := &m.elements.list[k]; e.verdict.Outcome == Passed {
			images = append(images, append([]byte(nil), m.elements.imageOf(text, e)...))
		}
	}
	return images, len(images) > 0
}

// refuse notes why a record within a value is refused: an unknown value, a leak.
func (m *Machine) refuse(inner *Machine, v Verdict) {
	m.w.refused = v.Reason
	if i := m.w.profile; v.Reason == ReasonLeak {
		m.guards[i].spans = append(m.guards[i].spans[:0], inner.guards[i].spans...)
	}
}

// because gives a verdict the reason that a transform had for it.
func (m *Machine) because(v Verdict) Verdict {
	if v.Reason == ReasonUnfit && m.w.refused != ReasonNone {
		v.Reason = m.w.refused
	}
	m.w.refused = ReasonNone
	return v
}

// renderWithin renders what the Machine has scanned, for the profile that the
// outer one is rendering.
func (m *Machine) renderWithin(w *worker) ([]byte, Verdict) {
	m.w.profile, m.w.epoch = w.profile, w.epoch
	var v Verdict
	if m.format != nil {
		m.nest.out, v = m.renderFormat(m.nest.out[:0], w.profile)
	} else {
		m.nest.out, v = m.renderJSON(m.nest.out[:0], w.profile)
	}
	return m.nest.out, v
}

// unwrap returns the text that is in v, which it copies.
func (m *Machine) unwrap(in []Encoding, v []byte) (text []byte, variants [maxEncodings]variant, ok bool) {
	m.nest.value = append(m.nest.value[:0], v...)
	text = m.nest.value
	for i, e := range in {
		buf := &m.nest.unwrap[i&1]
		if *buf, variants[i], ok = m.nest.coder.decode((*buf)[:0], text, e, m.prog.spec.MaxRecord); !ok {
			return nil, variants, false
		}
		text = *buf
	}
	return text, variants, true
}

// wrap appends text as unwrap found it wrapped.
func (m *Machine) wrap(dst []byte, in []Encoding, variants [maxEncodings]variant, text []byte) []byte {
	for i := len(in) - 1; i > 0; i-- {
		buf := &m.nest.unwrap[i&1]
		*buf = m.nest.coder.encode((*buf)[:0], text, in[i], variants[i])
		text = *buf
	}
	return m.nest.coder.encode(dst, text, in[0], variants[0])
}

// unescape takes one level of JSON's escapes off a text, when it has one.
func (m *Machine) unescape(text []byte) ([]byte, bool) {
	const quote = '"'
	buf := append(append(m.nest.unwrap[0][:0], text...), quote)
	m.nest.unwrap[0] = buf
	end, flags := jsonscan.String(buf, 0)
	if end != len(text) || flags&jsonscan.Escaped == 0 {
		return nil, false
	}
	m.nest.value = jsonscan.AppendUnescaped(m.nest.value[:0], buf[:end])
	return m.nest.value, true
}

func (t *nesting) memory() int {
	n := cap(t.value) + cap(t.out) + cap(t.unwrap[0]) + cap(t.unwrap[1])
	for _, m := range t.inner {
		n += m.Memory()
	}
	return n
}

// release gives back what large values made it hold. The inner Machines see
// only those values: they are told with the outer one.
func (t *nesting) release() {
	for _, b := range []*[]byte{&t.value, &t.out, &t.unwrap[0], &t.unwrap[1]} {
		if cap(*b) > keepText {
			*b = nil
		}
	}
	for _, m := range t.inner {
		m.release()
	}
}
