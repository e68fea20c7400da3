package redact

import (
	"bytes"

	"redactor/internal/jsonscan"
)

// This file is the scanner for processors with wide vectors: what scan.go does,
// on positions that jsonscan.Marks found. It writes the same tape.
//
// A member is two positions here, its colon and the comma or bracket behind its
// value, and where name and value begin and end is arithmetic. Marks has checked
// the bytes between; see there for what is left to check. Whatever is not as it
// should be, a root that is no object or array included, is left to the portable
// scanner, which reads the record again and says what it is: so verdicts are the
// same.
//
//	value    at the first byte of a value
//	after    at the structural character behind a value
//	element, name, pop, done  as in scan.go
//
// q is the structural character that was taken last.

// firstBytes has, by the first byte of a value, its nodeKind plus 1; 0 where no
// value begins so.
var firstBytes = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = uint8(kindNumber) + 1
	}
	t['-'] = uint8(kindNumber) + 1
	t['t'], t['f'], t['n'] = uint8(kindBool)+1, uint8(kindBool)+1, uint8(kindNull)+1
	t['"'] = uint8(kindString) + 1
	t['{'], t['['] = uint8(kindOpen)+1, uint8(kindOpen)+1
	return t
}()

// keepBytes masks the first two words of a name by its length.
var keepBytes = func() (t [memoShort + 1][2]uint64) {
	for n := range t {
		t[n] = [2]uint64{1<<(8*min(n, 8)) - 1, 1<<(8*max(n-8, 0)) - 1}
	}
	return t
}()

// scanMarked is scan. It reports false when scan is to be asked.
func (m *Machine) scanMarked(rec []byte) bool {
	var (
		p     = m.prog
		marks = m.marks
		tape  = m.tape[:cap(m.tape)]
		short = m.memo.short
		used  = 0
		depth = 0

		state   stateID
		inner   meta
		node    int32
		closing byte

		at    []uint32 // positions of the chunk
		k     int      // of them, how many are taken
		odd   bool     // numbers are to be checked here
		backs bool     // the record has backslashes

		unkept meta
		start  int
		v      int // the first byte of a value
		end    int
		q      int
		n      int
		c      byte
		kk     uint8
		kind   meta
		k0, k1 uint64
		tag    uint32
		e      *spelled
	)
	if p.recordAll {
		unkept = 1
	}
	v = jsonscan.Space(rec, 0)
	if v == len(rec) || firstBytes[rec[v]] != uint8(kindOpen)+1 {
		return false
	}
	marks.Start()
	m.marked = 0
	start = v
	what, next := p.rootMeta, p.paths.root.next
	m.ends = p.paths.root.ends

value:
	if uint(v) >= uint(len(rec)) {
		return false
	}
	c = rec[v]
	kk = firstBytes[c]
	if k == len(at) {
		if at = m.moreMarks(); at == nil {
			return false
		}
		k, odd, backs = 0, marks.Odd(), marks.Backslashes != 0
	}
	q = int(at[k])
	k++
	if kk > uint8(kindOpen) {
		goto open
	}
	end = q
	if jsonscan.Load8(rec, end-1) <= ' ' {
		end = jsonscan.SpaceBefore(rec, end)
	}
	if kk <= uint8(kindBool)+1 && jsonscan.Literal(rec, v) != end {
		return false
	}
	if odd && kk == uint8(kindNumber)+1 && jsonscan.Number(rec, v) != end {
		return false
	}
	kind = meta(kk-1) << kindShift
	if backs && kk == uint8(kindString)+1 && m.hasBackslash(v, end) {
		kind |= escaped
	}

	if used == len(tape) {
		tape = m.growTape(tape)
	}
	tape[used] = tapeNode{uint32(start), uint32(v), uint32(end), what | kind}
	if what&filtered != 0 {
		m.hits = append(m.hits, findingsHit{int32(used), m.ends})
	}
	used += int(-((what | unkept) &^ enterable) >> 31)

after:
	c = jsonscan.Load8(rec, q)
	start = q + 1
	if c == ',' {
		if uint(start) >= uint(len(rec)) {
			return false
		}
		if rec[start] <= ' ' {
			start = jsonscan.Space(rec, start)
		}
		if closing == '}' {
			goto name
		}
		goto element
	}
	if c != closing {
		return false
	}

pop:
	if node >= 0 {
		if used == len(tape) {
			tape = m.growTape(tape)
		}
		tape[used] = tapeNode{uint32(node), uint32(q), uint32(q + 1), meta(kindClose) << kindShift}
		tape[node].end = uint32(used)
		used++
	}
	depth--
	state, inner, node, closing = m.frames[depth].state, m.frames[depth].inner, m.frames[depth].node, m.frames[depth].closing

behind:
	if depth == 0 {
		goto done
	}
	if k == len(at) {
		if at = m.moreMarks(); at == nil {
			return false
		}
		k, odd, backs = 0, marks.Odd(), marks.Backslashes != 0
	}
	q = int(at[k])
	k++
	goto after

element:
	v = start
	what, next, m.ends = inner, p.paths.states[state].element.next, p.paths.states[state].element.ends
	if len(p.paths.states[state].indexed) > 0 {
		what, next, m.ends = m.elementAt(state, depth)
	}
	goto value

name:
	if uint(start) >= uint(len(rec)) || rec[start] != '"' {
		return false
	}
	if k == len(at) {
		if at = m.moreMarks(); at == nil {
			return false
		}
		k, odd, backs = 0, marks.Odd(), marks.Backslashes != 0
	}
	q = int(at[k])
	k++
	if jsonscan.Load8(rec, q) != ':' {
		return false
	}
	end = q - 1 // the closing quote
	if jsonscan.Load8(rec, end) <= ' ' {
		end = jsonscan.SpaceBefore(rec, end) - 1
	}
	n = end - start - 1
	if uint(n) > memoShort || uint(start+1+memoShort) > uint(len(rec)) {
		goto slow
	}
	k0 = jsonscan.Load64(rec, start+1) & keepBytes[n][0]
	k1 = jsonscan.Load64(rec, start+9) & keepBytes[n][1]
	tag = memoTag(state, n)
	e = &short[memoWay(memoHash(k0, k1, tag))]
	if e.k0^k0|e.k1^k1|uint64(e.tag^tag) != 0 {
		goto slow
	}
	what, next = e.meta, e.next
	if what&filtered != 0 {
		m.ends = e.ends
	}
	goto colon
slow:
	if !m.nameAt(start+1, end, state) {
		return false
	}
	what, next, m.ends = m.member.meta, m.member.next, m.member.ends

colon:
	if inner != 0 && what&ruleMask == 0 {
		what |= inner
	}
	v = q + 1
	if uint(v) < uint(len(rec)) && rec[v] <= ' ' {
		v = jsonscan.Space(rec, v)
	}
	goto value

open:
	if depth == p.spec.MaxDepth {
		return false
	}
	end = v + 1
	if uint(end) < uint(len(rec)) && rec[end] <= ' ' {
		end = jsonscan.Space(rec, end)
	}
	if uint(end) >= uint(len(rec)) {
		return false
	}
	if rec[end] == c+2 {
		if k == len(at) {
			if at = m.moreMarks(); at == nil {
				return false
			}
			k, odd, backs = 0, marks.Odd(), marks.Backslashes != 0
		}
		q = int(at[k])
		k++
		if depth > 0 || what&ruleMask != 0 {
			goto empty
		}
	}
	m.frames[depth] = frame{state, inner, node, closing}
	depth++
	state, closing = next, c+2
	inner = m.enter(what, next, depth, c == '[')
	node = -1
	if p.recordContainers || what&^enterable != 0 || unkept != 0 {
		if used == len(tape) {
			tape = m.growTape(tape)
		}
		tape[used] = tapeNode{uint32(start), uint32(v), 0, what | meta(kindOpen)<<kindShift}
		if what&filtered != 0 {
			m.hits = append(m.hits, findingsHit{int32(used), m.ends})
		}
		node = int32(used)
		used++
	}
	if rec[end] == c+2 { // an empty root
		goto pop
	}
	start = end
	if c == '[' {
		goto element
	}
	goto name

empty:
	if used == len(tape) {
		tape = m.growTape(tape)
	}
	tape[used] = tapeNode{uint32(start), uint32(v), uint32(end + 1), what | meta(kindEmpty)<<kindShift}
	if what&filtered != 0 {
		m.hits = append(m.hits, findingsHit{int32(used), m.ends})
	}
	used += int(-((what | unkept) &^ enterable) >> 31)
	goto behind

done:
	if k != len(at) || m.moreMarks() != nil || m.marked < len(rec) {
		return false
	}
	m.tape = tape[:used]
	return true
}

// moreMarks returns the positions of the next chunk that has any, nil when the
// record has no more or is no JSON.
func (m *Machine) moreMarks() []uint32 {
	for m.marked < len(m.rec) {
		from := m.marked
		if !m.marks.Next(m.rec, from) {
			return nil
		}
		m.marked += jsonscan.Chunk
		if m.marks.N > 0 {
			return m.marks.At[:m.marks.N]
		}
	}
	return nil
}

// hasBackslash reports whether there is one in rec[i:j].
func (m *Machine) hasBackslash(i, j int) bool {
	from := m.marked - jsonscan.Chunk
	if i < from {
		return bytes.IndexByte(m.rec[i:j], '\\') >= 0
	}
	return m.marks.HasBackslash(i, j, from)
}

// nameAt resolves the name m.rec[i:end], in a container of state s: the way for
// names that scanMarked did not find at a glance. It sets m.member.
func (m *Machine) nameAt(i, end int, s stateID) bool {
	if n := end - i; n <= memoLong {
		if e := m.memo.find(m.rec[i:end], memoTag(s, n)); e != nil {
			m.member = *e
			return true
		}
	}
	return m.name(i, s) == end
}
