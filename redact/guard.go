package redact

import (
	"bytes"

	"redactor/detect"
)

// This file is the guard: the second opinion on what leaves. Before a record is
// produced, what was rendered is read once more, as bytes and as a stranger
// would, by detectors that know nothing of the catalog. An identifier that the
// profile does not allow makes the record unjudgeable: Quarantined, ReasonLeak.
//
// What the policy put there on purpose is none: a pseudonym that looks like a
// phone number, a truncated address, a value kept by name. Render notes where in
// the output such values stand, and a find counts if a letter or digit of it
// stands elsewhere. Everything copied counts: names, values that no entry
// names, kept texts, what a scrub or a url left over.
//
// The usual record has no find, and pays for one pass over its bytes: notes are
// taken only behind records that had one. Where the first appears, the record is
// rendered once more with notes.

// Canaries are planted values: see Machine.Watch.
type Canaries = detect.Canaries

// NewCanaries returns a Canaries of values.
func NewCanaries(values []string) (*Canaries, error) { return detect.NewCanaries(values) }

// GuardAll makes a profile's guard look at every record; a larger Profile.Guard
// at one of so many, 0 at none.
const GuardAll = 1

// guard is what a profile's guard looks for.
type guard struct {
	every   int
	scanner *detect.Scanner // never used itself: each Machine has a clone; nil when off
	allowed []detect.Set    // by field: what its value may look like when it is kept
	numbers []detect.Set    // the same for JSON numbers
}

// guarding is a Machine's part of a guard.
type guarding struct {
	scanner   *detect.Scanner
	records   int  // since the last that was looked at
	looks     bool // at the record at hand
	canaries  *detect.Canaries
	finds     bool // there was something in the last record to judge by notes
	notes     []note
	spans     []detect.Span
	text      []byte
	uncounted ProfileCounts // where a record counts that is rendered once more
}

// madeField is the field of a note about what no value of the record shows in.
const madeField = -1

// A note says that out[start:end] of what is rendered is the policy's doing.
type note struct {
	start, end int32
	field      int32
	number     bool // a kept JSON number
}

// weak are the detectors whose finds have no check digit or sign of their own,
// so that a number that is no identifier often looks like one: 16 GiB are
// 17179869184 bytes.
var weak = detect.SetOf(detect.DetectPhone, detect.DetectCoordinates, detect.DetectSSN, detect.DetectIMSI, detect.DetectIMEISV)

// compileGuards works out what the guard of each profile looks for: all that
// there are detectors of, but for the classes that the profile keeps by their
// level, wherever they stand.
func (p *Program) compileGuards() error {
	for i := range p.spec.Profiles {
		pr := &p.spec.Profiles[i]
		if pr.Guard <= 0 {
			continue
		}
		g := guard{every: pr.Guard, allowed: make([]detect.Set, len(p.spec.Fields)), numbers: make([]detect.Set, len(p.spec.Fields))}
		set, transforms := detect.AllDetectors, pr.Transforms
		if pr.written != nil {
			transforms = pr.written
		}
		var allow []string
		for n := range p.spec.Fields {
			class, t := p.spec.Fields[n].Class, transforms[n]
			if t.fn != nil {
				allow = append(allow, spared(t.fn)...)
			}
			switch {
			case t.op == OpApply && t.fn != nil && !copies(t.fn):
				g.allowed[n] = detect.AllDetectors
			case t.op != OpKeep:
				// Dropped, or a copier: nothing of it is the policy's doing.
			case class.Identifies():
				g.allowed[n] = detect.AllDetectors
				if pr.Named == nil || !pr.Named[n] {
					set &^= detect.OfClass(class)
				}
			case class == detect.Time || class == detect.Date || class == detect.Number:
				g.allowed[n] = weak
			case class == detect.Category:
				g.numbers[n] = weak
			}
			g.numbers[n] |= g.allowed[n]
		}
		var err error
		if g.scanner, err = detect.NewScanner(detect.Config{Set: set, JSON: true, Allow: allow}); err != nil {
			return err
		}
		p.profiles[i].guard = g
		s := g.scanner.Clone()
		for n := range p.literals[i] {
			if t := &p.literals[i][n]; len(s.Find(nil, []byte(t.json))) > 0 {
				t.loud = true
			}
		}
	}
	return nil
}

// Verifier returns a Program that looks at what profile i was given: its one
// profile keeps everything, and its guard looks at every record as that of the
// profile would, which knows the catalog and not what stood in the source.
func (p *Program) Verifier(i int) (*Program, error) {
	s, of := p.spec, p.spec.Profiles[i]
	keep := make([]Transform, len(s.Fields))
	for n := range keep {
		keep[n] = Keep()
	}
	s.EventTime = ""
	s.Profiles = []Profile{{Name: of.Name, Transforms: keep, Named: of.Named, Unknown: UnknownKeep, Guard: GuardAll, written: of.Transforms}}
	return Compile(s)
}

// A copier is an applier whose result may hold parts of the value as they were.
// A record within the record is guarded by itself: see nested.go.
type copier interface{ copies() bool }

func (s *scrubber) copies() bool  { return true }
func (keep URLPart) copies() bool { return keep != URLQuery }

// spared returns what a scrub of the profile lets through by its value.
func spared(fn applier) []string {
	if by, ok := fn.(*byEpoch); ok {
		fn = by.any()
	}
	if s, ok := fn.(*scrubber); ok {
		return s.allow
	}
	return nil
}

func copies(fn applier) bool {
	switch by := fn.(type) {
	case *byEpoch:
		return copies(by.any())
	case surveyorByEpoch:
		return copies(by.any())
	case *siblings:
		return copies(by.base.fn)
	}
	c, ok := fn.(copier)
	return ok && c.copies()
}

// Watch makes the guards look for planted values too: in whatever encoding one
// is found, the record is quarantined. They are looked for in records within
// values as well, where gzip hides them from who reads the record around it.
func (m *Machine) Watch(c *Canaries) {
	m.nest.canaries = c
	for i := range m.guards {
		m.guards[i].canaries = c.Clone()
	}
	for _, n := range m.nest.inner {
		n.Watch(c)
	}
}

func newGuards(p *Program) []guarding {
	out := make([]guarding, p.Profiles())
	for i := range out {
		if s := p.profiles[i].guard.scanner; s != nil {
			out[i].scanner = s.Clone()
			out[i].uncounted = newProfileCounts(p)
		}
	}
	return out
}

// chooseGuards decides whose output of the record at hand is looked at. What is
// sampled is records: those within a value are looked at with the one around.
func (m *Machine) chooseGuards() {
	outer := m.nest.outer
	for i := range m.guards {
		g := &m.guards[i]
		if g.scanner == nil {
			continue
		}
		if outer != nil {
			g.looks = outer.guards[i].looks
			continue
		}
		g.records++
		if g.looks = g.records >= m.prog.profiles[i].guard.every; g.looks {
			g.records = 0
		}
	}
}

// guardOf returns the guard of profile i when it looks at the record at hand.
func (m *Machine) guardOf(i int) *guarding {
	g := &m.guards[i]
	if !g.looks {
		return nil
	}
	g.notes = g.notes[:0]
	return g
}

// ifNeeded returns the guard when it wants notes of the next record.
func (g *guarding) ifNeeded() *guarding {
	if g == nil || !g.finds {
		return nil
	}
	return g
}

// lookAt judges out, which was rendered to dst for profile i.
func (m *Machine) lookAt(out, dst []byte, i int) ([]byte, Verdict) {
	g := &m.guards[i]
	g.find(out[len(dst):])
	if len(g.spans) > 0 && !g.finds {
		counts := m.counts.Profiles[i]
		m.counts.Profiles[i] = g.uncounted
		var v Verdict
		out, v = m.renderTape(dst, i, g)
		m.counts.Profiles[i] = counts
		if v.Outcome != Passed {
			return dst, v
		}
		g.find(out[len(dst):])
	}
	g.finds = len(g.spans) > 0
	if m.judge(out[len(dst):], i) {
		return dst, Verdict{Quarantined, ReasonLeak}
	}
	return out, Verdict{}
}

// leaks reports whether out, what profile i is to get or a part of it, holds
// what the profile does not allow, beside what the notes excuse.
func (m *Machine) leaks(out []byte, i int) bool {
	m.guards[i].find(out)
	return m.judge(out, i)
}

// find looks for what may be a leak in out.
func (g *guarding) find(out []byte) {
	g.spans = g.scanner.Find(g.spans[:0], g.unescape(out))
}

// judge reports whether one of the spans of out is a leak.
func (m *Machine) judge(out []byte, i int) bool {
	g := &m.guards[i]
	found := 0
	if len(g.spans) > 0 {
		from := 0
		for _, s := range g.spans {
			for from < len(g.notes) && g.notes[from].end <= s.Start {
				from++
			}
			if m.excused(i, out, s, g.notes[from:]) {
				continue
			}
			m.counts.Profiles[i].leaks[s.Detector]++
			g.spans[found] = s
			found++
		}
	}
	g.spans = g.spans[:found]
	if g.canaries != nil && g.canaries.In(out) {
		m.counts.Profiles[i].leaks[detect.DetectCanary]++
		return true
	}
	return found > 0
}

// Leaks returns what the guard of profile i found in the last record, key or
// header of which it said ReasonLeak, in places of what would have been written.
// It is valid until the next call. Canaries are not among it.
func (m *Machine) Leaks(i int) []detect.Span { return m.guards[i].spans }

// excused reports whether every letter and digit of a find is the policy's doing.
func (m *Machine) excused(i int, out []byte, s detect.Span, notes []note) bool {
	at := s.Start
	for _, n := range notes {
		if n.start >= s.End {
			break
		}
		if n.start > at && anyWord(out[at:n.start]) {
			return false
		}
		allowed := detect.AllDetectors
		switch {
		case n.field == madeField:
		case n.number:
			allowed = m.prog.profiles[i].guard.numbers[n.field]
		default:
			allowed = m.prog.profiles[i].guard.allowed[n.field]
		}
		if !allowed.Has(s.Detector) && anyWord(out[max(at, n.start):min(n.end, s.End)]) {
			return false
		}
		at = max(at, n.end)
	}
	return at >= s.End || !anyWord(out[at:s.End])
}

func allDigits(v []byte) bool {
	for _, c := range v {
		if !isDigit(c) {
			return false
		}
	}
	return len(v) > 0
}

func anyWord(v []byte) bool {
	for _, c := range v {
		if isDigit(c) || plainLetter(c) || c >= 0x80 {
			return true
		}
	}
	return false
}

// unescape returns the text with the commonest escapes of JSON taken out where
// they stand, so that what follows \n is no part of a word with an n; the text
// keeps its length, and places their meaning. What it leaves, a Scanner decodes,
// at a price that these are not worth.
func (g *guarding) unescape(out []byte) []byte {
	i := bytes.IndexByte(out, '\\')
	if i < 0 {
		return out
	}
	t := append(g.text[:0], out...)
	g.text = t
	for i+1 < len(t) {
		switch t[i+1] {
		case 'n', 'r', 't', 'b', 'f':
			t[i], t[i+1] = '\n', '\n'
		case '"':
			t[i] = '"'
		case '/':
			if i == 0 || i+2 >= len(t) || !isDigit(t[i-1]) || !isDigit(t[i+2]) {
				t[i] = '/'
			}
		}
		i += 2
		n := bytes.IndexByte(t[i:], '\\')
		if n < 0 {
			break
		}
		i += n
	}
	return t
}

// note notes a value that the policy wrote, or keeps.
func (g *guarding) note(start, end, field int, number bool) {
	g.notes = append(g.notes, note{int32(start), int32(end), int32(field), number})
}

// release gives back what large records made it hold.
func (g *guarding) release() {
	if cap(g.text) > keepText {
		g.text = nil
	}
	if cap(g.notes) > keepTape {
		g.notes = nil
	}
	if cap(g.spans) > keepTape {
		g.spans = nil
	}
	if g.scanner != nil {
		g.scanner.Release(keepText)
	}
}

// forget forgets the notes behind an output of length n.
func (g *guarding) forget(n int) {
	for len(g.notes) > 0 && int(g.notes[len(g.notes)-1].end) > n {
		g.notes = g.notes[:len(g.notes)-1]
	}
}

// leaksText is leaks for text outside of JSON, as an action left it.
func (m *Machine) leaksText(text []byte, i int, a action) bool {
	g := m.guardOf(i)
	if g == nil || len(text) == 0 {
		return false
	}
	if a.field() >= 0 {
		g.note(0, len(text), a.field(), false)
	}
	return m.leaks(text, i)
}
