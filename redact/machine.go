package redact

// A Machine scans and renders records with one Program. It owns all scratch,
// so that nothing is allocated once it is warm, and is to be used by one
// goroutine at a time.
type Machine struct {
	prog    *Program
	rules   *rules   // the Program's, and those that names of records made
	res     resolver // of member names
	headers resolver // of header names
	memo    memo
	verdict Verdict // of the last Scan
	// tombstone: there is no value, ScanTombstone was called.
	tombstone bool

	rec    []byte
	tape   []tapeNode // of rec; its length is what is in use
	frames []frame
	arrays []indexedArray // by depth
	ends   endsID         // of the value that is scanned, when it is filtered
	hits   []findingsHit
	// member is what the last name resolved to, for Scan's slow paths.
	member spelled

	findings []findings // by condition
	open     []opened   // Render's: the containers that are entered
	w        worker
	escape   []byte // what a transform made, while it is being escaped
	counts   Counts
}

// Retained scratch: what a Machine keeps from one record to the next. More
// than these is given back, so that one huge record does not stay in memory.
const (
	keepTape = 1 << 16 // nodes: 1 MiB
	keepText = 1 << 18 // bytes of each text buffer
)

// NewMachine returns a Machine for the Program.
func (p *Program) NewMachine() *Machine {
	m := &Machine{
		prog:     p,
		rules:    p.rules.clone(),
		res:      newResolver(p.keys),
		headers:  newResolver(p.headers),
		frames:   make([]frame, p.spec.MaxDepth+1),
		arrays:   make([]indexedArray, p.spec.MaxDepth+1),
		open:     make([]opened, p.spec.MaxDepth+1),
		tape:     make([]tapeNode, 0, 256),
		findings: make([]findings, len(p.filters)),
		counts:   newCounts(p),
	}
	m.memo.init()
	return m
}

// Program returns the Program that the Machine runs.
func (m *Machine) Program() *Program { return m.prog }

// begin makes the Machine ready for a record.
func (m *Machine) begin(rec []byte) {
	m.rec, m.tombstone = rec, false
	m.hits = m.hits[:0]
	if cap(m.tape) > keepTape {
		m.tape = make([]tapeNode, 0, 256)
	}
	m.tape = m.tape[:0]
	for _, b := range []*[]byte{&m.escape, &m.w.text, &m.w.canon, &m.res.folded} {
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
// tables and the longest record it is given, of which it keeps only so much
// once the record is done.
func (m *Machine) Memory() int {
	n := 16*cap(m.tape) + 16*cap(m.frames) + 8*cap(m.arrays) + 24*cap(m.open) + 8*cap(m.hits)
	n += cap(m.escape) + cap(m.w.text) + cap(m.w.canon) + cap(m.res.folded)
	n += 4*(len(m.res.trial[0].tried)+len(m.res.trial[1].tried)) + m.memo.memory() + m.rules.memory()
	return n
}
