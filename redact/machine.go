package redact

import (
	"unsafe"

	"redactor/internal/jsonscan"
)

// A Machine scans and renders records with one Program. It owns all scratch,
// so that nothing is allocated once it is warm, and is to be used by one
// goroutine at a time.
type Machine struct {
	prog    *Program
	rules   *rules   // the Program's, and those that names of records made
	res     resolver // of member names
	headers resolver // of header names
	memo    *memo
	verdict Verdict // of the last Scan
	// tombstone: there is no value, ScanTombstone was called.
	tombstone bool

	format   *format // nil: one JSON text
	spelled  Format
	split    bool      // the record at hand is of the format
	elements *elements // of a record of another format
	record   []byte    // as it was given; rec is the image of one of its elements
	nest     nesting
	marks    *jsonscan.Marks // nil where records are scanned byte by byte
	walk     walk
	splice   splice
	rec      []byte
	short    int        // records in a row that were no large ones
	tape     []tapeNode // of rec; its length is what is in use
	frames   []frame
	arrays   []indexedArray // by depth
	ends     endsID         // of the value that is scanned, when it is filtered
	hits     []findingsHit
	// member is what the last name resolved to, for Scan's slow paths.
	member spelled

	whose    []subject     // by profile: of rec, as far as a transform asked
	findings []findings    // by condition
	named    []namedMember // of rec
	opened   []container   // Render's: the containers that are entered
	w        worker
	clock    clock
	guards   []guarding // by profile
	escape   []byte     // what a transform made, while it is being escaped
	added    []byte     // the siblings of a value
	renders  uint64     // so that a siblingMark shows which Render it is of

	siblingMarks []siblingMark // by the depth of the object, from 1
	counts       Counts
}

// Scratch grows with the longest record. So that one huge record does not stay
// in memory, what is longer than it needs to be for records of largeRecord is
// given back after patience shorter ones. Not at once, since a stream of large
// records would then allocate for each.
const (
	largeRecord = 128 << 10
	patience    = 64
	keepTape    = largeRecord / 2 // nodes: a value and a comma take two bytes
	keepText    = largeRecord
)

// NewMachine returns a Machine for the Program. It uses the widest vectors that
// the processor has and the engine knows.
func (p *Program) NewMachine() *Machine {
	m := p.NewPortableMachine()
	if useVectors {
		m.prepareVectors()
	}
	return m
}

// useVectors is a variable only so that tests can do without.
var useVectors = jsonscan.Vector

// Vector reports whether NewMachine's Machines use vectors here.
func Vector() bool { return useVectors }

// NewPortableMachine returns a Machine that uses no vectors: what every
// processor can do, for tests and measurements. It does the same.
func (p *Program) NewPortableMachine() *Machine {
	m := &Machine{
		prog:     p,
		memo:     newMemo(),
		rules:    p.rules.clone(),
		res:      newResolver(p.keys),
		headers:  newResolver(p.headers),
		frames:   make([]frame, p.spec.MaxDepth+1),
		arrays:   make([]indexedArray, p.spec.MaxDepth+1),
		opened:   make([]container, p.spec.MaxDepth+1),
		tape:     make([]tapeNode, 0, 256),
		whose:    make([]subject, len(p.profiles)),
		findings: make([]findings, len(p.filters)),
		counts:   newCounts(p),
		guards:   newGuards(p),
		clock:    clock{chosen: make([]chosenEpoch, p.Profiles())},
	}
	m.w.m = m
	m.setFormat(p.format)
	m.spelled = p.spec.Format
	return m
}

// Program returns the Program that the Machine runs.
func (m *Machine) Program() *Program { return m.prog }

// begin makes the Machine ready for a record.
func (m *Machine) begin(rec []byte) {
	m.rec, m.tombstone = rec, false
	m.hits, m.named = m.hits[:0], m.named[:0]
	m.tape = m.tape[:0]
	m.chooseGuards()
	for i := range m.whose {
		m.whose[i].asked = false
	}
	if len(rec) > largeRecord {
		m.short = 0
	} else if m.short++; m.short == patience {
		m.release()
	}
}

// release gives back what large records made the Machine hold.
func (m *Machine) release() {
	if cap(m.tape) > keepTape {
		m.tape = make([]tapeNode, 0, 256)
	}
	if cap(m.hits) > keepTape {
		m.hits = nil
	}
	if m.elements != nil {
		m.elements.release()
	}
	m.nest.release()
	if cap(m.named) > keepTape {
		m.named = nil
	}
	for i := range m.whose {
		if cap(m.whose[i].canon) > keepText {
			m.whose[i].canon = nil
		}
	}
	for i := range m.guards {
		m.guards[i].release()
	}
	for _, b := range []*[]byte{&m.escape, &m.w.cache.found, &m.added, &m.w.text, &m.w.canon, &m.w.ahead.canon, &m.w.name, &m.w.other, &m.res.folded, &m.headers.folded} {
		if cap(*b) > keepText {
			*b = nil
		}
	}
}

// growTape returns a longer tape with the same nodes.
func (m *Machine) growTape(tape []tapeNode) []tapeNode {
	bigger := make([]tapeNode, 2*len(tape))
	copy(bigger, tape)
	m.tape = bigger[:0]
	return bigger
}

// Memory returns the bytes of scratch that the Machine holds: bounded by its
// tables, and by the longest of the last records it was given: at most eight
// times Spec.MaxRecord, for a record of nothing but one-digit numbers.
func (m *Machine) Memory() int {
	n := 16*cap(m.tape) + 16*cap(m.frames) + 8*cap(m.arrays) + 24*cap(m.opened) + 8*cap(m.hits)
	n += cap(m.w.cache.found) + cap(m.escape) + cap(m.added) + 24*cap(m.siblingMarks) + cap(m.w.text) + cap(m.w.canon) + cap(m.w.ahead.canon) + cap(m.w.name) + cap(m.w.other) + cap(m.res.folded)
	n += m.elements.memory() + m.nest.memory() + 8*cap(m.named)
	for i := range m.guards {
		n += 16*(cap(m.guards[i].notes)+cap(m.guards[i].spans)) + cap(m.guards[i].text)
	}
	for i := range m.whose {
		n += cap(m.whose[i].canon)
	}
	n += 4*(len(m.res.trial[0].tried)+len(m.res.trial[1].tried)) + m.memo.memory() + m.rules.memory()
	if m.marks != nil {
		n += int(unsafe.Sizeof(*m.marks))
	}
	if m.w.results != nil {
		n += int(unsafe.Sizeof(*m.w.results))
	}
	return n
}
