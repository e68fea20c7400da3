package redact

import (
	"math/bits"

	"redactor/internal/jsonscan"
)

// This file is the portable scanner, and the one that says what is wrong with a
// record; vector.go is the quicker one for good records. It is one pass that
// checks a record as a whole and writes the tape for all profiles.
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
// Between labels start, what and next describe the value that comes: where its
// member begins, its rule and flags, and the state inside it; m.ends are the
// paths that end at it, looked at only if what has the filtered flag.

// Scan reads a record: one JSON text (RFC 8259) in well-formed UTF-8. The
// verdict is Passed, or Quarantined with ReasonParse, ReasonDepth or
// ReasonSize, and then Render repeats it for every profile.
//
// The record stays aliased and must not change until the next Scan.
func (m *Machine) Scan(record []byte) Verdict {
	if m.format != nil {
		if m.split = m.format.of(record); m.split {
			return m.scanFormat(record)
		}
		m.tape = m.elements.scratch // it was that of an element of the last array
	}
	m.begin(record)
	m.verdict = Verdict{}
	if len(record) > m.prog.spec.MaxRecord {
		m.verdict = Verdict{Quarantined, ReasonSize}
	} else if r := m.read(record); r != ReasonNone {
		m.verdict = Verdict{Quarantined, r}
	} else if len(m.findings) > 0 {
		m.judgeFilters()
	}
	if m.format != nil {
		m.elements.scratch = m.tape
	}
	if len(m.prog.timed) > 0 {
		m.chooseEpochs()
	}
	return m.verdict
}

// read scans by vectors where that can be done, else byte by byte.
func (m *Machine) read(rec []byte) Reason {
	if m.marks != nil {
		if m.scanMarked(rec) {
			return ReasonNone
		}
		m.tape, m.hits = m.tape[:0], m.hits[:0]
	}
	return m.scan(rec)
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
	if len(m.prog.timed) > 0 {
		m.chooseEpochs()
	}
}

func (m *Machine) scan(rec []byte) Reason {
	var (
		p     = m.prog
		tape  = m.tape[:cap(m.tape)]
		names = &m.memo.names
		used  = 0
		depth = 0

		// The container that the scan is in: see frame.
		state   stateID
		inner   meta
		node    int32
		closing byte // its closing bracket; 0 around the root

		unkept meta // not 0: values that no entry matches are written down too
		start  int
		at     int
		kind   meta
	)
	if p.recordAll {
		unkept = 1
	}
	i := jsonscan.Space(rec, 0)
	start = i
	what, next := p.rootMeta, p.paths.root.next
	m.ends = p.paths.root.ends

value:
	if uint(i) >= uint(len(rec)) {
		return ReasonParse
	}
	at = i
	switch c := rec[i]; c {
	case '"':
		var high uint64
		j := i + 1
		for ; uint(j+8) <= uint(len(rec)); j += 8 {
			x := jsonscan.Load64(rec, j)
			t := jsonscan.Special(x)
			if t == 0 {
				high |= x
				continue
			}
			n := bits.TrailingZeros64(t) &^ 7
			j += n >> 3
			high |= x & (1<<(n&63) - 1)
			break
		}
		if uint(j) < uint(len(rec)) && rec[j] == '"' && high&jsonscan.High == 0 {
			kind = meta(kindString) << kindShift
			i = j + 1
			break
		}
		end, flags := jsonscan.StringFrom(rec, i+1, j, high)
		if end < 0 {
			return ReasonParse
		}
		kind = meta(kindString) << kindShift
		if flags&jsonscan.Escaped != 0 {
			kind |= escaped
		}
		i = end + 1
	case '{', '[':
		i++
		if uint(i) < uint(len(rec)) && rec[i] <= ' ' {
			i = jsonscan.Space(rec, i)
		}
		if depth == p.spec.MaxDepth {
			return ReasonDepth
		}
		if uint(i) >= uint(len(rec)) {
			return ReasonParse
		}
		if rec[i] == c+2 && (depth > 0 || what&ruleMask != 0) {
			kind = meta(kindEmpty) << kindShift
			i++
			break
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
			tape[used] = tapeNode{uint32(start), uint32(at), 0, what | meta(kindOpen)<<kindShift}
			if what&filtered != 0 {
				m.hits = append(m.hits, findingsHit{int32(used), m.ends})
			}
			node = int32(used)
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
		kind = meta(kindBool) << kindShift
		if c == 'n' {
			kind = meta(kindNull) << kindShift
		}
	default:
		if i = jsonscan.Number(rec, i); i < 0 {
			return ReasonParse
		}
		kind = meta(kindNumber) << kindShift
	}

	// leaf: the node is always written and only counted if it is wanted, since
	// that is hard to predict.
	if used == len(tape) {
		tape = m.growTape(tape)
	}
	tape[used] = tapeNode{uint32(start), uint32(at), uint32(i), what | kind}
	if what&filtered != 0 {
		m.hits = append(m.hits, findingsHit{int32(used), m.ends})
	}
	used += int(-((what | unkept) &^ enterable) >> 31)

after:
	if uint(i) >= uint(len(rec)) {
		goto done
	}
	if c := rec[i]; c == ',' {
		i++
		if uint(i) < uint(len(rec)) && rec[i] <= ' ' {
			i = jsonscan.Space(rec, i)
		}
		if closing == '}' {
			goto name
		}
		if closing == ']' {
			goto element
		}
		return ReasonParse
	} else if c == closing {
		goto pop
	} else if c <= ' ' {
		if j := jsonscan.Space(rec, i); j > i {
			i = j
			goto after
		}
	}
	return ReasonParse

element:
	start = i
	what, next, m.ends = inner, p.paths.states[state].element.next, p.paths.states[state].element.ends
	if len(p.paths.states[state].indexed) > 0 {
		what, next, m.ends = m.elementAt(state, depth)
	}
	goto value

name:
	if uint(i) >= uint(len(rec)) || rec[i] != '"' {
		return ReasonParse
	}
	start = i
	i++
	if uint(i+16) <= uint(len(rec)) {
		k0 := jsonscan.Load64(rec, i)
		k1 := uint64(0)
		var n int
		if t := jsonscan.Quote(k0); t != 0 {
			z := bits.TrailingZeros64(t) &^ 7
			n = z >> 3
			k0 &= 1<<(z&63) - 1
		} else {
			k1 = jsonscan.Load64(rec, i+8)
			t = jsonscan.Quote(k1)
			if t == 0 {
				goto slow
			}
			z := bits.TrailingZeros64(t) &^ 7
			n = 8 + z>>3
			k1 &= 1<<(z&63) - 1
		}
		tag := memoTag(state, n)
		e := &names[memoWay(memoHash(k0, k1, tag))]
		if e.k0^k0|e.k1^k1|uint64(e.tag^tag) != 0 {
			goto slow
		}
		what, next = e.meta, e.next
		if what&filtered != 0 {
			m.ends = e.ends
		}
		i += n
		goto colon
	}
slow:
	if i = m.name(i, state); i < 0 {
		return ReasonParse
	}
	what, next, m.ends = m.member.meta, m.member.next, m.member.ends

colon:
	if inner != 0 && what&ruleMask == 0 {
		what |= inner
	}
	i++
	if uint(i) < uint(len(rec)) && rec[i] <= ' ' {
		i = jsonscan.Space(rec, i)
	}
	if uint(i) >= uint(len(rec)) || rec[i] != ':' {
		return ReasonParse
	}
	i++
	if uint(i) < uint(len(rec)) && rec[i] <= ' ' {
		i = jsonscan.Space(rec, i)
	}
	goto value

pop:
	if depth == 0 { // a NUL after the root
		return ReasonParse
	}
	if node >= 0 {
		if used == len(tape) {
			tape = m.growTape(tape)
		}
		tape[used] = tapeNode{uint32(node), uint32(i), uint32(i + 1), meta(kindClose) << kindShift}
		tape[node].end = uint32(used)
		used++
	}
	i++
	depth--
	state, inner, node, closing = m.frames[depth].state, m.frames[depth].inner, m.frames[depth].node, m.frames[depth].closing
	goto after

done:
	if closing != 0 || i == 0 {
		return ReasonParse
	}
	m.tape = tape[:used]
	return ReasonNone
}

// enter returns what is in an object or array, given what it is itself: see
// frame.inner. depth counts it in.
func (m *Machine) enter(what meta, next stateID, depth int, array bool) meta {
	st := &m.prog.paths.states[next]
	if array {
		if len(st.indexed) > 0 {
			m.arrays[depth] = indexedArray{what, 0}
		}
		return m.elementMeta(what, st.element.ends)
	}
	if m.prog.guardAll && what&ruleMask != 0 {
		return meta(m.rules.guard(what.rule())) | inherited
	}
	return 0
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
func (m *Machine) elementAt(s stateID, depth int) (what meta, next stateID, ends endsID) {
	a := &m.arrays[depth]
	t := m.prog.paths.elementAt(s, a.index)
	a.index++
	return m.elementMeta(a.what, t.ends), t.next, t.ends
}
