package redact

import (
	"bytes"
	"unsafe"

	"redactor/internal/jsonscan"
)

// This file is the scanner for processors with wide vectors: what scan.go does,
// on positions that jsonscan.Marks found. It writes the same tape.
//
// A member is two positions here, its colon and the comma or bracket behind its
// value, and where name and value begin and end is arithmetic. Marks has checked
// the bytes between; see there for what is left to check. What records are full
// of is done in assembly, walkRecord, which keeps what it knows in registers.
// At everything else it returns with an event, and what follows is done here.
//
// Whatever is not as it should be is left to scan, which reads the record again
// and says what is wrong: so verdicts are the same. So are records whose root is
// no object or array.

// walk is the state of walkRecord between two events.
type walk struct {
	rec      *byte
	size     int // of the record
	lastName int // where the last name begins that words can be loaded of
	lastText int // where the last one begins that 64 bytes can be loaded of
	tape     *tapeNode
	used     int // nodes of the tape
	at       *uint32
	n, k     int // positions at at, and how many of them are taken
	memo     *memo
	spread   uint64 // memoHash's factor
	keep     *[memoShort + 1][2]uint64
	first    *[256]uint32
	states   *walkState
	frames   *frame
	back     *uint64 // Marks.Back
	from     int     // where the chunk begins that is in Marks

	depth, maxDepth int
	start, v        int // of the value that comes next: its member, itself
	resume          int // where to go on
	event           int // why walkRecord returned

	state   stateID
	inner   meta
	next    stateID // inside the value that comes next
	what    meta    // that value
	node    int32
	history guess // of the last names
	// unkept: see scan. containers: objects and arrays get nodes whether or not
	// an entry matches them.
	unkept     meta
	containers bool
	closing    byte
	odd        bool // numbers are to be checked
	backs      bool // there are backslashes
}

// Where walkRecord goes on.
const (
	atValue     = iota // start, v, what and next are set, and m.ends when it is filtered
	atName             // start is; white space may come first
	atElement          // likewise
	behindValue        // at the next position
)

// Why walkRecord returned.
const (
	eventBad     = iota // the record is not as it should be
	eventDone           // at the end of the root
	eventMore           // out of positions
	eventName           // a name that was not expected and is long or not in the memory, or filtered
	eventElement        // an element of an array that tells elements apart, or filtered
	eventValue          // a value that walkRecord does not know what to do with
)

// walkState is what walkRecord needs to know of a state of the automaton.
type walkState struct {
	element stateID // inside an element
	slow    uint32  // not 0: elements differ
	inner   meta    // an element, in an array that no entry matches
	_       uint32
}

// firstBytes has, by the first byte of a value, its kind as meta has it. Bit 31
// is set for literals and where no value begins, bit 30 for white space too.
var firstBytes = func() (t [256]uint32) {
	for c := range t {
		t[c] = 1 << 31
	}
	for c := range ' ' + 1 {
		t[c] |= 1 << 30
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = uint32(kindNumber) << kindShift
	}
	t['-'] = uint32(kindNumber) << kindShift
	t['t'] |= uint32(kindBool) << kindShift
	t['f'] |= uint32(kindBool) << kindShift
	t['n'] |= uint32(kindNull) << kindShift
	t['"'] = uint32(kindString) << kindShift
	t['{'], t['['] = uint32(kindOpen)<<kindShift, uint32(kindOpen)<<kindShift
	return t
}()

// carefulBytes are firstBytes where there is more to look at: bit 31 is set for
// numbers and strings too.
var carefulBytes = func() (t [256]uint32) {
	t = firstBytes
	for c, kind := range t {
		if kind == uint32(kindNumber)<<kindShift || kind == uint32(kindString)<<kindShift {
			t[c] |= 1 << 31
		}
	}
	return t
}()

// keepBytes masks the two words of a short name by its length.
var keepBytes = func() (t [memoShort + 1][2]uint64) {
	for n := range t {
		t[n] = [2]uint64{1<<(8*min(n, 8)) - 1, 1<<(8*max(n-8, 0)) - 1}
	}
	return t
}()

// makeWalkStates makes the Program's table.
func (p *Program) makeWalkStates() {
	m := &Machine{prog: p}
	for i := range p.paths.states {
		st := &p.paths.states[i]
		w := walkState{element: st.element.next, inner: m.elementMeta(0, st.element.ends)}
		if len(st.indexed) > 0 {
			w.slow = 1
		}
		p.walkStates = append(p.walkStates, w)
	}
}

// prepareVectors makes the Machine ready for scanMarked.
func (m *Machine) prepareVectors() {
	p := m.prog
	m.marks = new(jsonscan.Marks)
	m.walk = walk{
		memo: m.memo, spread: memoSpread, keep: &keepBytes, first: &firstBytes, states: unsafe.SliceData(p.walkStates),
		frames: &m.frames[0], back: &m.marks.Back[0], maxDepth: p.spec.MaxDepth, containers: p.recordContainers || p.recordAll,
	}
	if p.recordAll {
		m.walk.unkept = 1
	}
}

// page is the size of the smallest pages there are: memory is there, or is not,
// by the page.
const page = 4096

// scanMarked is scan. It reports false when scan is to be asked.
func (m *Machine) scanMarked(rec []byte) bool {
	w, p := &m.walk, m.prog
	w.v = jsonscan.Space(rec, 0)
	if w.v == len(rec) || rec[w.v]|0x20 != '{' {
		return false
	}
	m.marks.Start()
	w.rec, w.size, w.lastName, w.lastText = &rec[0], len(rec), len(rec)-memoShort-1, len(rec)-64
	if last := uintptr(unsafe.Pointer(&rec[len(rec)-1])); last&(page-1) <= page-64 {
		w.lastText = len(rec) // what is read behind the record is of its page, and masked
	}
	w.from, w.n, w.k, w.used, w.depth = -jsonscan.Chunk, 0, 0, 0, 0
	w.start, w.what, w.next = w.v, p.rootMeta, p.paths.root.next
	w.state, w.inner, w.node, w.closing, w.resume, w.history = 0, 0, 0, 0, atValue, 0
	m.ends = p.paths.root.ends
	if !m.moreMarks() {
		return false
	}
	for {
		walkRecord(w)
		ok := false
		switch w.event {
		case eventDone:
			m.tape = m.tape[:w.used]
			return w.k == w.n && !m.moreMarks() && w.from+jsonscan.Chunk >= len(rec)
		case eventMore:
			ok = m.moreMarks()
		case eventName:
			ok = m.walkName()
		case eventElement:
			ok = m.walkElement()
		case eventValue:
			ok = m.walkValue()
		}
		if !ok {
			return false
		}
	}
}

// moreMarks adds the positions of the next chunk that has any to those that are
// not taken, and makes room on the tape: a node takes a position at least. It
// reports false when the record has no more or is no JSON.
func (m *Machine) moreMarks() bool {
	w := &m.walk
	left := w.n - w.k
	for i := range left {
		m.marks.At[jsonscan.Spare-left+i] = uint32(m.position(w.k + i))
	}
	for from := w.from + jsonscan.Chunk; from < len(m.rec); from += jsonscan.Chunk {
		if !m.marks.Next(m.rec, from) {
			return false
		}
		w.from = from
		if m.marks.N == 0 {
			continue
		}
		w.odd, w.backs = m.marks.Odd(), m.marks.Backslashes != 0
		w.first = &firstBytes
		if w.odd || w.backs || m.marks.Spaces != 0 {
			w.first = &carefulBytes
		}
		w.at, w.k, w.n = &m.marks.At[jsonscan.Spare-left], 0, left+m.marks.N
		for cap(m.tape) < w.used+w.n+2 {
			m.growTape(m.tape[:cap(m.tape)])
		}
		w.tape = unsafe.SliceData(m.tape)
		return true
	}
	return false
}

// position returns position i of those at w.at.
func (m *Machine) position(i int) int {
	return int(*(*uint32)(unsafe.Add(unsafe.Pointer(m.walk.at), 4*i)))
}

// walkName resolves the name that comes next. What a condition looks at is
// taken at once.
func (m *Machine) walkName() bool {
	w := &m.walk
	w.start = jsonscan.Space(m.rec, w.start)
	colon := m.position(w.k)
	if m.rec[w.start] != '"' || m.rec[colon] != ':' {
		return false
	}
	if !m.nameAt(w.start+1, jsonscan.SpaceBefore(m.rec, colon)-1, w.state) {
		return false
	}
	w.what, w.next, m.ends = m.member.meta, m.member.next, m.member.ends
	if w.inner != 0 && w.what&ruleMask == 0 {
		w.what |= w.inner
	}
	w.k++
	w.v, w.resume = colon+1, atValue
	return w.what&filtered == 0 || m.walkValue()
}

// nameAt resolves the name rec[i:end], in a container of state s. It sets
// m.member.
func (m *Machine) nameAt(i, end int, s stateID) bool {
	if n := end - i; n <= memoLong {
		if e := m.memo.find(m.rec[i:end], memoTag(s, n)); e != nil {
			m.member = e.spelled
			if e.meta&filtered == 0 { // those are no business of walkRecord's
				m.walk.history = m.memo.expect(e, m.walk.history)
			}
			return true
		}
	}
	return m.name(i, s) == end
}

// walkElement says what the element is that comes next. What a condition looks
// at is taken at once.
func (m *Machine) walkElement() bool {
	w, st := &m.walk, &m.prog.paths.states[m.walk.state]
	w.start = jsonscan.Space(m.rec, w.start)
	w.v, w.resume = w.start, atValue
	w.what, w.next, m.ends = w.inner, st.element.next, st.element.ends
	if len(st.indexed) > 0 {
		w.what, w.next, m.ends = m.elementAt(w.state, w.depth)
	}
	return w.what&filtered == 0 || m.walkValue()
}

// walkValue takes the value that comes next, of an object or array only the
// opening bracket.
func (m *Machine) walkValue() bool {
	w := &m.walk
	w.v = jsonscan.Space(m.rec, w.v)
	kind := firstBytes[m.rec[w.v]]
	if kind == uint32(kindOpen)<<kindShift {
		return m.walkOpen()
	}
	end := jsonscan.SpaceBefore(m.rec, m.position(w.k))
	switch meta(kind) {
	case meta(kindString) << kindShift:
		if w.backs && m.hasBackslash(w.v, end) {
			kind |= uint32(escaped)
		}
	case meta(kindNumber) << kindShift:
		if w.odd && jsonscan.Number(m.rec, w.v) != end {
			return false
		}
	default:
		if jsonscan.Literal(m.rec, w.v) != end {
			return false
		}
		kind &^= 1 << 31
	}
	m.walkLeaf(end, meta(kind))
	return true
}

// walkLeaf writes the node of the value that comes next.
func (m *Machine) walkLeaf(end int, kind meta) {
	w := &m.walk
	m.tape[:cap(m.tape)][w.used] = tapeNode{uint32(w.start), uint32(w.v), uint32(end), w.what | kind}
	if w.what&filtered != 0 {
		m.hits = append(m.hits, findingsHit{int32(w.used), m.ends})
	}
	if (w.what|w.unkept)&^enterable != 0 {
		w.used++
	}
	w.resume = behindValue
}

// walkOpen enters the object or array that comes next. An empty one is a leaf,
// but for the root, which stays, whatever becomes of unknown values.
func (m *Machine) walkOpen() bool {
	w := &m.walk
	c, inside := m.rec[w.v], jsonscan.Space(m.rec, w.v+1)
	if inside == len(m.rec) || w.depth == w.maxDepth {
		return false
	}
	empty := m.rec[inside] == c+2
	if empty && w.depth == 0 && w.what&ruleMask != 0 {
		return false // a root that is a leaf
	}
	w.k++
	if empty && w.depth > 0 {
		if w.k == w.n && !m.moreMarks() {
			return false
		}
		w.k++
		m.walkLeaf(inside+1, meta(kindEmpty)<<kindShift)
		return true
	}
	m.frames[w.depth] = frame{w.state, w.inner, w.node, w.closing}
	w.depth++
	w.state, w.closing, w.node = w.next, c+2, -1
	w.inner = m.enter(w.what, w.next, w.depth, c == '[')
	if w.containers || w.what&^enterable != 0 {
		m.tape[:cap(m.tape)][w.used] = tapeNode{uint32(w.start), uint32(w.v), 0, w.what | meta(kindOpen)<<kindShift}
		if w.what&filtered != 0 {
			m.hits = append(m.hits, findingsHit{int32(w.used), m.ends})
		}
		w.node = int32(w.used)
		w.used++
	}
	w.start = inside
	switch {
	case empty:
		w.resume = behindValue
	case c == '[':
		w.resume = atElement
	default:
		w.resume = atName
	}
	return true
}

// hasBackslash reports whether there is one in rec[i:j].
func (m *Machine) hasBackslash(i, j int) bool {
	if i < m.walk.from {
		return bytes.IndexByte(m.rec[i:j], '\\') >= 0
	}
	return m.marks.HasBackslash(i, j, m.walk.from)
}
