package redact

import (
	"encoding/binary"
	"math/bits"

	"redactor/internal/jsonscan"
)

// This file is the scanner: one pass over a record that checks it as a whole
// and writes the tape for all profiles.
//
// It is one function with labels, because what it keeps between two bytes must
// stay in registers:
//
//	value    at the first byte of a value: dispatch on it
//	leaf     after a string, number, literal or empty container: write its node
//	after    after any value: comma or closing bracket
//	element  before an element of an array: what the state and the array say it is
//	name     before a member: find its name in the memo, else resolve it
//	pop      at a closing bracket
//	done     after the root: only white space may follow
//
// Between labels start, what, next and ends describe the value that comes:
// where its member begins, its rule and flags, the state inside it, and the
// paths that end at it (looked at only if what has the filtered flag).

// Scan reads a record: one JSON text (RFC 8259) in well-formed UTF-8. The
// verdict is Passed, or Quarantined with ReasonParse, ReasonDepth or
// ReasonSize, and then Render repeats it for every profile.
//
// The record stays aliased and must not change until the next Scan.
func (m *Machine) Scan(record []byte) Verdict {
	m.begin(record)
	m.verdict = Verdict{}
	if len(record) > m.prog.spec.MaxRecord {
		m.verdict = Verdict{Quarantined, ReasonSize}
	} else if r := m.scan(record); r != ReasonNone {
		m.verdict = Verdict{Quarantined, r}
	} else if len(m.findings) > 0 {
		m.judgeFilters()
	}
	return m.verdict
}

// ScanTombstone takes the place of Scan for a record whose value is null:
// every filter lets it pass, and Render appends nothing.
func (m *Machine) ScanTombstone() {
	m.begin(nil)
	m.verdict = Verdict{}
	for i := range m.findings {
		m.findings[i] = 0
	}
	m.tombstone = true
}

func (m *Machine) scan(rec []byte) Reason {
	const lo8, hi8 = 0x0101010101010101, 0x8080808080808080

	var (
		p      = m.prog
		tape   = m.tape[:cap(m.tape)]
		used   = 0
		depth  = 0
		cur    frame
		unkept meta // what is to be written down although no entry matches
		start  int
		at     int
		kind   nodeKind
		extra  meta
	)
	if p.recordAll {
		unkept = 1
	}
	i := jsonscan.Space(rec, 0)
	start = i
	what, next, ends := p.rootMeta, p.paths.root.next, p.paths.root.ends

value:
	if i >= len(rec) {
		return ReasonParse
	}
	at = i
	switch c := rec[i]; c {
	case '"':
		end, flags := jsonscan.String(rec, i+1)
		if end < 0 {
			return ReasonParse
		}
		kind, extra = kindString, 0
		if flags&jsonscan.Escaped != 0 {
			extra = escaped
		}
		i = end + 1
	case '{', '[':
		if depth == p.spec.MaxDepth {
			return ReasonDepth
		}
		i = jsonscan.Space(rec, i+1)
		if i >= len(rec) {
			return ReasonParse
		}
		if rec[i] == c+2 && (depth > 0 || what&ruleMask != 0) {
			kind, extra = kindEmpty, 0
			i++
			break
		}
		m.frames[depth] = cur
		depth++
		cur = m.enter(what, next, c == '[')
		if p.recordContainers || what&^enterable != 0 || unkept != 0 {
			if used == len(tape) {
				tape = m.growTape(tape)
			}
			tape[used] = node{uint32(start), uint32(at), 0, what | meta(kindOpen)<<kindShift}
			if what&filtered != 0 {
				m.hits = append(m.hits, findingsHit{int32(used), ends})
			}
			cur.node = int32(used)
			used++
		}
		if rec[i] == c+2 { // an empty root: it stays, whatever becomes of unknown values
			goto pop
		}
		if c == '[' {
			goto element
		}
		goto name
	case 't', 'f', 'n':
		if i = jsonscan.Literal(rec, i); i < 0 {
			return ReasonParse
		}
		kind, extra = kindBool, 0
		if c == 'n' {
			kind = kindNull
		}
	default:
		if i = jsonscan.Number(rec, i); i < 0 {
			return ReasonParse
		}
		kind, extra = kindNumber, 0
	}

	// leaf:
	if (what|unkept)&^enterable != 0 {
		if used == len(tape) {
			tape = m.growTape(tape)
		}
		tape[used] = node{uint32(start), uint32(at), uint32(i), what | extra | meta(kind)<<kindShift}
		if what&filtered != 0 {
			m.hits = append(m.hits, findingsHit{int32(used), ends})
		}
		used++
	}

after:
	if depth == 0 {
		goto done
	}
	i = jsonscan.Space(rec, i)
	if i >= len(rec) {
		return ReasonParse
	}
	switch c := rec[i]; {
	case c == ',':
		i = jsonscan.Space(rec, i+1)
		if cur.array {
			goto element
		}
		goto name
	case c == ']' && cur.array, c == '}' && !cur.array:
		goto pop
	}
	return ReasonParse

element:
	start = i
	what, next, ends = cur.inner, p.paths.states[cur.state].element.next, p.paths.states[cur.state].element.ends
	if cur.indexed {
		what, next, ends = m.elementAt(&cur)
	}
	goto value

name:
	if i >= len(rec) || rec[i] != '"' {
		return ReasonParse
	}
	start = i
	i++
	if i+16 <= len(rec) {
		k0 := binary.LittleEndian.Uint64(rec[i:])
		k1 := uint64(0)
		q := k0 ^ lo8*'"'
		var n int
		if t := (q - lo8) &^ q & hi8; t != 0 {
			z := bits.TrailingZeros64(t) &^ 7
			n = z >> 3
			k0 &= 1<<z - 1
		} else {
			k1 = binary.LittleEndian.Uint64(rec[i+8:])
			q = k1 ^ lo8*'"'
			t = (q - lo8) &^ q & hi8
			if t == 0 {
				goto slow
			}
			z := bits.TrailingZeros64(t) &^ 7
			n = 8 + z>>3
			k1 &= 1<<z - 1
		}
		tag := memoTag(cur.state, n)
		e := &m.memo.short[memoHash(k0, k1, tag)>>(64-11)*2]
		if e.k0 != k0 || e.k1 != k1 || e.tag != tag {
			goto slow
		}
		what, next, ends = e.meta, e.next, e.ends
		i += n
		goto colon
	}
slow:
	if i = m.name(i, cur.state); i < 0 {
		return ReasonParse
	}
	what, next, ends = m.member.meta, m.member.next, m.member.ends

colon:
	if cur.inner != 0 && what&ruleMask == 0 {
		what |= cur.inner
	}
	i = jsonscan.Space(rec, i+1)
	if i >= len(rec) || rec[i] != ':' {
		return ReasonParse
	}
	i = jsonscan.Space(rec, i+1)
	goto value

pop:
	if cur.node >= 0 {
		if used == len(tape) {
			tape = m.growTape(tape)
		}
		tape[used] = node{uint32(cur.node), uint32(i), uint32(i + 1), meta(kindClose) << kindShift}
		tape[cur.node].end = uint32(used)
		used++
	}
	i++
	depth--
	cur = m.frames[depth]
	goto after

done:
	if jsonscan.Space(rec, i) != len(rec) {
		return ReasonParse
	}
	m.tape = tape[:used]
	return ReasonNone
}

// enter returns the frame of the object or array that is described by what
// and next.
func (m *Machine) enter(what meta, next stateID, array bool) frame {
	f := frame{state: next, node: -1, array: array}
	st := &m.prog.paths.states[next]
	if array {
		f.inner = m.elementMeta(what, st.element.ends)
		f.indexed = len(st.indexed) > 0
		f.outer = what
		return f
	}
	if m.prog.guardAll && what&ruleMask != 0 {
		f.inner = meta(m.rules.guard(what.rule())) | inherited
	}
	return f
}

// elementMeta returns what an element at the end of some paths is, in an array
// that is what.
func (m *Machine) elementMeta(what meta, e endsID) meta {
	own := m.prog.endsMeta[e]
	switch {
	case what&ruleMask == 0, what&inherited != 0 && own&ruleMask != 0:
	case own&ruleMask == 0:
		own |= what & (ruleMask | inherited)
	default:
		own = own&^ruleMask | meta(m.rules.join(what.rule(), own.rule()))
	}
	if own&ruleMask == 0 || own&inherited != 0 {
		own |= enterable
	}
	return own
}

// elementAt returns what the next element of an array is whose state tells
// elements apart.
func (m *Machine) elementAt(f *frame) (what meta, next stateID, ends endsID) {
	t := m.prog.paths.elementAt(f.state, f.index)
	f.index++
	return m.elementMeta(f.outer, t.ends), t.next, t.ends
}
