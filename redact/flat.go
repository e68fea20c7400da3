package redact

import "redactor/internal/jsonscan"

// This file renders elements that have an image: it walks the tape of the image
// and edits the record, whose members the spans tell where they are.
//
//	record   battery=81 imei="358142035282084" ip=10.0.0.1
//	spans    ^--------- ^--------------------- ^----------
//	image    {"battery":"81","imei":"358142035282084","ip":"10.0.0.1"}
//	tape     open · string imei · string ip · close
//
// A span without a node is kept. Where members have a place and no name, as in
// an access log, the lack of one is spelled, as - is there; where they stand in
// a list, a member goes with what separates it from the one before, or from the
// one after when none before it was kept.

// A span is a member of an element: where it stands in the record.
type span struct {
	start, end uint32 // all of it, its name included
	at, atEnd  uint32 // its value, with quotes
	image      uint32 // where it begins in the element's image
	style      style
}

// style is how the value of a span is spelled.
type style uint8

const (
	styleText     style = iota // as it is; all of the element
	styleLogfmt                // bare, or in quotes with JSON's escapes
	styleCell                  // of RFC 4180
	styleForm                  // percent-encoded, '+' is a space
	styleCookie                // percent-encoded
	styleToken                 // without white space, in its place: - when there is none
	styleInQuotes              // in quotes that are not part of it, in its place, escaped as nginx does
	stylePriority              // of syslog: <13> when there is none
	styleMessage               // as it is, the rest of the element
	styleParam                 // of an element of structured data, in quotes
	styleElement               // an element of structured data: its params follow
)

// inList reports whether the member goes when it is dropped, as members of an
// object do; else it has its place.
func (s style) inList() bool {
	return s == styleLogfmt || s == styleCell || s == styleForm || s == styleCookie
}

// note begins a member in the image and the list of spans.
func (es *elements) note(e *element, s span) {
	at := len(es.images) - int(e.image)
	if at > 1 {
		es.images = append(es.images, ',')
		at++
	}
	s.image = uint32(at)
	es.spans = append(es.spans, s)
}

// value ends a member of the image with a text.
func (es *elements) value(text []byte) {
	es.images = append(es.images, '"')
	es.images = append(jsonscan.AppendEscaped(es.images, text), '"')
}

// name writes the name of a member of the image.
func (es *elements) name(name []byte) {
	es.value(name)
	es.images = append(es.images, ':')
}

func (es *elements) null() { es.images = append(es.images, "null"...) }

// open and close are around the notes of an element that is an object.
func (es *elements) open(e *element) {
	e.image, e.span = uint32(len(es.images)), uint32(len(es.spans))
	es.images = append(es.images, '{')
}

func (es *elements) close(e *element) {
	es.images = append(es.images, '}')
	e.imEnd, e.spaEnd = uint32(len(es.images)), uint32(len(es.spans))
}

// flatPart is what of an element is rendered.
type flatPart uint8

const (
	wholeElement flatPart = iota
	headOnly              // the names of columns: what is dropped goes, the others stay
)

// flat is the state of one renderFlat.
type flat struct {
	m     *Machine
	rec   []byte // the record
	dst   []byte
	last  uint32 // first byte of rec that is neither copied nor cut yet
	spans []span
	kept  bool // a member of the list was kept
	part  flatPart

	profile int
	actions []action
	hits    []uint64
	base    int       // length of dst before the element
	guard   *guarding // nil unless the guard looks at this record
	covered uint32    // the image up to here is in an object that is dropped as a whole

	group     *span // the element of structured data that the params are of
	groupDst  int   // length of dst before it
	groupKept bool
	anyGroup  *span // the last of the elements
	keptGroup bool  // one of them was kept
}

// renderFlat appends the open element, or the head, as profile i may see it.
func (m *Machine) renderFlat(dst []byte, e *element, i int, part flatPart) ([]byte, Verdict) {
	f := flat{
		m: m, rec: m.record, dst: dst, last: e.lo, spans: m.elements.spans[e.span:e.spaEnd], part: part,
		profile: i, actions: m.rules.actions[i], hits: m.counts.Profiles[i].hits, base: len(dst), guard: m.guardOf(i),
	}
	n := 0
	for k := range f.spans {
		leaf := -1
		for ; n < len(m.tape) && leaf < 0; n++ {
			nd := &m.tape[n]
			if nd.kind() == kindClose {
				continue
			}
			if nd.start > f.spans[k].image {
				break
			}
			if nd.kind() == kindOpen {
				if !f.enter(nd) {
					return dst, Verdict{Quarantined, ReasonUnknown}
				}
			} else {
				leaf = n
			}
		}
		if r := f.member(k, leaf); r != ReasonNone {
			return dst, m.because(Verdict{Quarantined, r})
		}
	}
	f.endGroups()
	f.copyTo(e.hi)
	if f.kept && len(f.dst) == len(dst) && f.spans[0].style == styleCell {
		f.dst = append(f.dst, `""`...) // a row of one empty cell would be no row
	}
	if f.guard != nil && m.leaks(f.dst[len(dst):], i) {
		return dst, Verdict{Quarantined, ReasonLeak}
	}
	return f.dst, Verdict{}
}

// enter is at an object of the image: what is in it may go as a whole. It
// reports false when the profile wants no such record.
func (f *flat) enter(nd *tapeNode) bool {
	a := f.actions[nd.meta&ruleMask]
	if nd.meta&enterable != 0 || a.op() < opReplace || nd.at < f.covered {
		return true
	}
	f.count(a)
	f.covered = f.m.tape[nd.end].end
	return a.op() != opQuarantine
}

func (f *flat) count(a action) {
	if f.part == wholeElement {
		f.hits[a.slot()]++
	}
}

// member renders one member, whose node is leaf, -1 for none.
func (f *flat) member(k, leaf int) Reason {
	s := &f.spans[k]
	f.place(s)
	if s.image < f.covered {
		f.drop(k)
		return ReasonNone
	}
	if leaf < 0 {
		f.keep(s)
		return ReasonNone
	}
	nd := &f.m.tape[leaf]
	a := f.m.prog.alone(f.profile, f.actions[nd.meta&ruleMask]) // siblings have a place in JSON only
	f.count(a)
	switch a.op() {
	case opDrop:
		switch {
		case s.style != styleCell || a.field() < 0 || !f.m.prog.profiles[f.profile].keepColumns:
			f.drop(k)
		case f.part == headOnly:
			f.keep(s)
		default:
			f.missing(s)
		}
		return ReasonNone
	case opQuarantine:
		return ReasonUnknown
	}
	switch {
	case a.op() == opKeep || f.part == headOnly || nd.kind() == kindEmpty:
		f.keep(s)
	case a.op() == opKeepNoted:
		f.keep(s)
		f.copyTo(s.at)
		f.note(a, int(s.atEnd-s.at), allDigits(f.rec[s.at:s.atEnd]))
	case a.op() == opNull:
		f.missing(s)
	case nd.kind() == kindNull:
		f.keep(s)
	case a.op() == opReplace:
		f.put(s, a, []byte(f.m.prog.literals[f.profile][a.field()].text))
	default:
		return f.apply(s, leaf, a)
	}
	return ReasonNone
}

// apply puts what a transform makes of a member in the place of its value.
func (f *flat) apply(s *span, leaf int, a action) Reason {
	m, nd := f.m, &f.m.tape[leaf]
	t := m.prog.spec.Profiles[f.profile].Transforms[a.field()]
	if s := t.siblings(); s != nil {
		t = s.base
	}
	fn := t.fn
	if a.op() == opSurvey {
		fn.(surveyor).survey(m, leaf, f.profile)
	}
	out, shape := fn.apply(&m.w, m.elements.made[:0], m.text(nd), nd.kind())
	m.w.beside, m.w.subject = besideValue{}, nil
	m.elements.made = out
	switch shape {
	case ShapeText, ShapePlain, ShapeNumber, ShapeRaw:
		f.put(s, a, out)
		return ReasonNone
	case ShapeSame:
		f.keep(s)
		f.copyTo(s.at)
		f.note(a, int(s.atEnd-s.at), false)
		return ReasonNone
	case ShapeUnfit, ShapeRefused:
		m.counts.Profiles[f.profile].unfit[a.slot()]++
		if shape == ShapeRefused || m.prog.profiles[f.profile].unfitQuarantine {
			return ReasonUnfit
		}
	}
	f.missing(s)
	return ReasonNone
}

// note tells the guard of the n bytes that come, or of the last -n.
func (f *flat) note(a action, n int, number bool) {
	if f.guard == nil {
		return
	}
	at := len(f.dst) - f.base
	f.guard.note(min(at, at+n), max(at, at+n), a.field(), number)
}

func (f *flat) copyTo(at uint32) {
	if f.last < at {
		f.dst = append(f.dst, f.rec[f.last:at]...)
		f.last = at
	}
}

// keep leaves a member as it is.
func (f *flat) keep(s *span) {
	f.kept = true
	if s.style == styleParam || s.style == styleElement && s.at == s.atEnd {
		f.groupKept = true
	}
}

// put puts a text in the place of a value.
func (f *flat) put(s *span, a action, text []byte) {
	f.keep(s)
	f.copyTo(s.at)
	at := len(f.dst)
	f.dst = appendFlat(f.dst, text, s.style, f.m.format)
	f.note(a, at-len(f.dst), false)
	f.last = s.atEnd
}

// missing leaves the name, if there is one, and no value.
func (f *flat) missing(s *span) {
	f.keep(s)
	f.copyTo(s.at)
	switch s.style {
	case styleToken, styleInQuotes:
		f.dst = append(f.dst, '-')
	case stylePriority:
		f.dst = append(f.dst, "13"...) // RFC 3164, 4.3.3: of a message without one
	case styleParam:
		f.dst = append(f.dst, `""`...)
	}
	f.last = s.atEnd
}

// drop removes a member with its name. One that has a place leaves it empty.
func (f *flat) drop(k int) {
	s := &f.spans[k]
	switch {
	case s.style == styleElement: // it goes when no param of it was kept
	case s.style == styleParam:
		f.copyTo(s.start)
		f.last = s.end
	case !s.style.inList():
		kept := f.kept
		f.missing(s)
		f.kept = kept
	case f.kept:
		f.copyTo(f.spans[k-1].end)
		f.last = s.end
	default:
		f.copyTo(f.spans[0].start)
		f.last = s.end
		if k+1 < len(f.spans) {
			f.last = f.spans[k+1].start
		}
	}
}

// place notes which element of structured data a member is in.
func (f *flat) place(s *span) {
	if s.style == styleParam {
		return
	}
	f.endGroup()
	if s.style != styleElement {
		f.endGroups()
		return
	}
	f.copyTo(s.start)
	f.group, f.anyGroup, f.groupDst, f.groupKept = s, s, len(f.dst), false
}

// endGroup is after the params of an element: without any it goes.
func (f *flat) endGroup() {
	switch {
	case f.group == nil:
		return
	case f.groupKept:
		f.keptGroup = true
	default:
		f.dst, f.last = f.dst[:f.groupDst], f.group.end
		if f.guard != nil {
			f.guard.forget(f.groupDst - f.base)
		}
	}
	f.group = nil
}

// endGroups is after the structured data: without any element it is -.
func (f *flat) endGroups() {
	f.endGroup()
	if f.anyGroup != nil && !f.keptGroup {
		f.dst = append(f.dst, '-')
	}
	f.anyGroup = nil
}

// appendFlat appends a text as the value of a member.
func appendFlat(dst, text []byte, s style, f *format) []byte {
	switch s {
	case styleLogfmt:
		return appendLogfmt(dst, text)
	case styleCell:
		return appendCell(dst, text, f.separator)
	case styleForm, styleCookie:
		return appendPercent(dst, text, s == styleForm)
	case styleToken, styleInQuotes:
		if len(text) == 0 {
			return append(dst, '-')
		}
		if f.kind == FormatSyslog {
			return appendToken(dst, text)
		}
		return appendHexEscaped(dst, text, s == styleInQuotes)
	case stylePriority:
		if n := len(text); n == 0 || n > 3 || jsonscan.Number(text, 0) != n || number3(text) > maxPriority {
			return append(dst, "13"...)
		}
	case styleParam:
		dst = append(dst, '"')
		for _, c := range text {
			if c == '"' || c == '\\' || c == ']' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		}
		return append(dst, '"')
	}
	return append(dst, text...)
}
