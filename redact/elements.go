package redact

import (
	"bytes"
	"math/bits"

	"redactor/detect"
	"redactor/internal/jsonscan"
)

// This file is records of several elements: NDJSON, arrays, lines. An element
// is scanned as a record is, and what Scan notes of it is put away until Render
// takes it out again, for each profile: one scan for all of them.
//
// An element that a profile's filters withhold, or that cannot be judged, is
// left out, with what separates it from the one before; the others pass. Of
// what is between elements nothing is data: white space, commas, line ends.

// An element is one of the records that a record is made of.
type element struct {
	lo, hi       uint32 // record[lo:hi] is what it is written as
	image, imEnd uint32 // of elements.images; of JSON, lo and hi
	tape, tapEnd uint32 // of elements.tapes
	name, namEnd uint32 // of elements.named
	span, spaEnd uint32 // of elements.spans; none of JSON
	verdict      Verdict
}

// elements is what a Machine notes of the elements of a record.
type elements struct {
	list    []element
	tapes   []tapeNode // of all elements, one behind the other
	scratch []tapeNode // what Scan writes on
	images  []byte
	spans   []span
	found   []findings // by element, by condition
	named   []namedMember
	noted   []namedMember // what is noted of one element
	chosen  []chosenEpoch // by element, by profile
	head    element       // of CSV: the line that names the columns, as an element of empty cells
	columns []quotedName  // of CSV: what head names
	access  *accessPattern
	leaked  []detect.Span // what the guard found, in all elements
	decoded []byte        // one value or name
	made    []byte        // what a transform made
	tally   []ElementCounts
}

// ElementCounts is what became of the elements of a record for one profile.
type ElementCounts struct {
	Passed, Filtered, Quarantined int
}

// maxElements bounds what is noted of one record: sixteen times what a batch
// of logs holds. A record of more is one that nobody wrote.
const maxElements = 1 << 16

// Elements returns what became of the elements of the last record for profile
// i, once it is rendered. Where the verdict of Render is Passed with a reason,
// some of them are missing. A record of one JSON text has no elements.
func (m *Machine) Elements(i int) ElementCounts {
	if !m.split || m.tombstone || i >= len(m.elements.tally) {
		return ElementCounts{}
	}
	return m.elements.tally[i]
}

func newElements() *elements { return &elements{scratch: make([]tapeNode, 0, 256)} }

func (es *elements) reset(profiles int) {
	es.list, es.tapes, es.images, es.spans = es.list[:0], es.tapes[:0], es.images[:0], es.spans[:0]
	es.named = es.named[:0]
	es.found, es.chosen, es.columns, es.head = es.found[:0], es.chosen[:0], es.columns[:0], element{}
	if len(es.tally) < profiles {
		es.tally = make([]ElementCounts, profiles)
	}
	clear(es.tally)
}

// scanFormat is Scan for formats other than one JSON text.
func (m *Machine) scanFormat(record []byte) Verdict {
	m.begin(record)
	es := m.elements
	es.reset(m.prog.Profiles())
	m.record, m.verdict = record, Verdict{}
	switch {
	case len(record) > m.prog.spec.MaxRecord:
		m.verdict = Verdict{Quarantined, ReasonSize}
	case !m.format.split(es, record):
		m.verdict = Verdict{Quarantined, ReasonParse}
	case len(es.list) > maxElements:
		m.verdict = Verdict{Quarantined, ReasonSize}
	case es.head.hi > 0 && !m.scanHead():
		m.verdict = Verdict{Quarantined, ReasonParse}
	default:
		m.scanElements()
	}
	if m.verdict.Outcome != Passed {
		es.list = es.list[:0]
	}
	m.openFirst()
	return m.verdict
}

// openFirst opens the element whose time is that of the record's key and
// headers: the first that can be judged.
func (m *Machine) openFirst() {
	for k := range m.elements.list {
		if m.elements.list[k].verdict.Outcome == Passed {
			m.openElement(k)
			return
		}
	}
}

// scanHead scans the line that names the columns.
func (m *Machine) scanHead() bool {
	es := m.elements
	m.tape = es.scratch[:0]
	m.rec = es.imageOf(m.record, &es.head)
	ok := m.read(m.rec) == ReasonNone
	es.scratch = m.tape
	es.tapes = append(es.tapes, m.tape...)
	es.head.tapEnd = uint32(len(es.tapes))
	return ok
}

// scanElements scans each element. The record passes when one of them does.
func (m *Machine) scanElements() {
	es := m.elements
	timed := m.clock.set
	first, passed := Verdict{}, len(es.list) == 0
	for k := range es.list {
		e := &es.list[k]
		m.clock.set = timed
		m.scanElement(e, k)
		if e.verdict.Outcome == Passed {
			passed = true
		} else if first.Reason == ReasonNone {
			first = e.verdict
		}
	}
	m.clock.set = false
	if !passed {
		m.verdict = first
	}
}

func (m *Machine) scanElement(e *element, k int) {
	es := m.elements
	if n := len(m.prog.filters); n > 0 {
		es.found = append(es.found, make([]findings, n)...)
		m.findings = es.found[k*n:]
	}
	if len(m.prog.timed) > 0 {
		n := m.prog.Profiles()
		es.chosen = append(es.chosen, make([]chosenEpoch, n)...)
		m.clock.chosen = es.chosen[k*n:]
	}
	if e.verdict.Outcome != Passed {
		return
	}
	m.rec = es.imageOf(m.record, e)
	m.hits, m.tape, m.named = m.hits[:0], es.scratch[:0], es.noted[:0]
	if r := m.read(m.rec); r != ReasonNone {
		e.verdict = Verdict{Quarantined, r}
	} else if len(m.findings) > 0 {
		m.judgeFilters()
	}
	es.scratch, es.noted = m.tape, m.named
	e.tape, e.name = uint32(len(es.tapes)), uint32(len(es.named))
	if e.verdict.Outcome == Passed {
		es.tapes, es.named = append(es.tapes, m.tape...), append(es.named, m.named...)
	}
	e.tapEnd, e.namEnd = uint32(len(es.tapes)), uint32(len(es.named))
	if len(m.prog.timed) > 0 {
		m.chooseEpochs()
	}
}

// imageOf returns the JSON text of an element.
func (es *elements) imageOf(record []byte, e *element) []byte {
	if e.spaEnd == 0 && e.imEnd == 0 {
		return record[e.lo:e.hi]
	}
	return es.images[e.image:e.imEnd]
}

// openElement makes an element the one that the rest of the Machine looks at.
func (m *Machine) openElement(k int) {
	es := m.elements
	e := &es.list[k]
	m.rec = es.imageOf(m.record, e)
	m.tape, m.named = es.tapes[e.tape:e.tapEnd], es.named[e.name:e.namEnd:e.namEnd]
	if n := len(m.prog.filters); n > 0 {
		m.findings = es.found[k*n : (k+1)*n]
	}
	if len(m.prog.timed) > 0 {
		n := m.prog.Profiles()
		m.clock.chosen = es.chosen[k*n : (k+1)*n]
	}
	for i := range m.whose {
		m.whose[i].asked = false
	}
}

// renderFormat is Render for formats other than one JSON text.
//
// It passes when some element does. Its reason is then that of the first
// element that could not be judged, but for a leak, which goes before: such
// elements are not in the output, and whoever asked for the record is to be told.
func (m *Machine) renderFormat(dst []byte, i int) ([]byte, Verdict) {
	es := m.elements
	tally := &es.tally[i]
	*tally = ElementCounts{}
	from := len(dst)
	dst, v := m.renderBefore(dst, i)
	if v.Outcome != Passed {
		return dst[:from], v
	}
	end := es.head.hi
	var bad Verdict
	for k := range es.list {
		e := &es.list[k]
		before := len(dst)
		if tally.Passed > 0 || es.head.hi > 0 {
			dst = m.appendBetween(dst, end, e.lo, i)
		}
		end = e.hi
		if v = e.verdict; v.Outcome == Passed {
			dst, v = m.renderElement(dst, k, i)
		}
		switch v.Outcome {
		case Passed:
			tally.Passed++
			continue
		case Filtered:
			tally.Filtered++
		default:
			tally.Quarantined++
			if bad.Outcome == Passed {
				bad = v
			}
			if v.Reason == ReasonLeak {
				bad = v // of several reasons the one that somebody must hear of
				for _, s := range m.Leaks(i) {
					s.Start, s.End = s.Start+int32(before-from), s.End+int32(before-from)
					es.leaked = append(es.leaked, s)
				}
			}
		}
		dst = dst[:before]
	}
	if len(es.leaked) > 0 {
		m.guards[i].spans = append(m.guards[i].spans[:0], es.leaked...)
		es.leaked = es.leaked[:0]
	}
	m.openFirst()
	switch {
	case tally.Passed > 0 || len(es.list) == 0:
		return m.appendBetween(dst, end, uint32(len(m.record)), i), Verdict{Passed, bad.Reason}
	case bad.Outcome != Passed:
		return dst[:from], bad
	}
	return dst[:from], Verdict{Outcome: Filtered}
}

// renderBefore appends what stands before the first element.
func (m *Machine) renderBefore(dst []byte, i int) ([]byte, Verdict) {
	es := m.elements
	if es.head.hi > 0 {
		m.rec, m.tape = es.imageOf(m.record, &es.head), es.tapes[es.head.tape:es.head.tapEnd]
		dst = append(dst, m.record[:es.head.lo]...)
		return m.renderFlat(dst, &es.head, i, headOnly)
	}
	if len(es.list) > 0 {
		return m.appendBetween(dst, 0, es.list[0].lo, i), Verdict{}
	}
	return dst, Verdict{}
}

// appendBetween appends record[at:end], which is around elements. Of JSON a
// profile that wants no white space gets the brackets and commas, and one end of
// line where lines are the elements.
func (m *Machine) appendBetween(dst []byte, at, end uint32, i int) []byte {
	text, kind := m.record[at:end], m.format.kind
	if !m.prog.profiles[i].compact || kind != FormatArray && kind != FormatNDJSON {
		return append(dst, text...)
	}
	for _, c := range text {
		if c > ' ' {
			dst = append(dst, c)
		}
	}
	if kind == FormatNDJSON && at > 0 && bytes.IndexByte(text, '\n') >= 0 {
		dst = append(dst, '\n')
	}
	return dst
}

// renderElement appends one element.
func (m *Machine) renderElement(dst []byte, k, i int) ([]byte, Verdict) {
	m.openElement(k)
	if m.nest.level == 0 {
		if v := m.filter(&m.prog.profiles[i]); v.Outcome != Passed {
			return dst, v
		}
		if !m.enterProfile(i) {
			return dst, Verdict{Quarantined, ReasonTime}
		}
	}
	if e := &m.elements.list[k]; e.imEnd > 0 {
		return m.renderFlat(dst, e, i, wholeElement)
	}
	return m.renderJSON(dst, i)
}

// splitLines takes the record's lines, blank ones aside, as elements; note
// writes the image of one, nil where it is JSON already. A record without any
// is refused.
func (es *elements) splitLines(rec []byte, note func(es *elements, rec []byte, e *element) bool) bool {
	for at := 0; at < len(rec) && len(es.list) <= maxElements; {
		end := len(rec)
		if n := bytes.IndexByte(rec[at:], '\n'); n >= 0 {
			end = at + n
		}
		lo := jsonscan.Space(rec[:end], at)
		if hi := jsonscan.SpaceBefore(rec, end); lo < hi {
			es.list = append(es.list, element{lo: uint32(lo), hi: uint32(hi)})
			if e := &es.list[len(es.list)-1]; note != nil && !note(es, rec, e) {
				e.verdict = Verdict{Quarantined, ReasonParse}
			}
		}
		at = end + 1
	}
	return len(es.list) > 0
}

// splitArray takes the elements of an array. Only brackets and strings are
// looked at here: whether an element is JSON shows when it is scanned, and what
// is not one is left out.
func (es *elements) splitArray(rec []byte) bool {
	at := jsonscan.Space(rec, 0)
	if at >= len(rec) || rec[at] != '[' {
		return false
	}
	at = jsonscan.Space(rec, at+1)
	if at < len(rec) && rec[at] == ']' {
		return jsonscan.Space(rec, at+1) == len(rec)
	}
	for len(es.list) <= maxElements {
		end := elementEnd(rec, at)
		if end < 0 {
			return false
		}
		hi := jsonscan.SpaceBefore(rec, end)
		if hi <= at {
			return false // a comma too many
		}
		es.list = append(es.list, element{lo: uint32(at), hi: uint32(hi)})
		if rec[end] == ']' {
			return jsonscan.Space(rec, end+1) == len(rec)
		}
		at = jsonscan.Space(rec, end+1)
	}
	return true
}

// elementEnd returns the index of the comma or bracket after the element at
// rec[at:], or -1.
func elementEnd(rec []byte, at int) int {
	depth := 0
	for i := at; i < len(rec); i++ {
		switch rec[i] {
		case '"':
			if i = stringEnd(rec, i+1); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				if rec[i] == '}' {
					return -1
				}
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// stringEnd returns the index of the quote that ends the string at rec[i:], or
// -1. What is in it is not looked at.
func stringEnd(rec []byte, i int) int {
	for {
		for ; i+8 <= len(rec); i += 8 {
			if t := jsonscan.Special(jsonscan.Load64(rec, i)); t != 0 {
				i += bits.TrailingZeros64(t) >> 3
				break
			}
		}
		for i < len(rec) && rec[i] != '"' && rec[i] != '\\' && i+8 > len(rec) {
			i++
		}
		switch {
		case i >= len(rec):
			return -1
		case rec[i] == '"':
			return i
		case rec[i] == '\\':
			i++
		}
		i++
	}
}

// memory returns the bytes that are held.
func (es *elements) memory() int {
	if es == nil {
		return 0
	}
	return 44*cap(es.list) + 8*(cap(es.named)+cap(es.noted)) + 16*(cap(es.tapes)+cap(es.scratch)) + cap(es.images) + 24*cap(es.spans) + cap(es.found) + 8*cap(es.chosen) +
		16*cap(es.columns) + cap(es.decoded) + cap(es.made)
}

// release gives back what large records made it hold.
func (es *elements) release() {
	if es.memory() > 4*keepText {
		*es = *newElements()
	}
}
