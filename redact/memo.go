package redact

import (
	"encoding/binary"
	"math/bits"

	"redactor/internal/jsonscan"
)

// This file remembers what names resolve to. Resolving folds a name and looks
// it up in several tables; a stream repeats its names, so nearly every name is
// found here instead, by its raw bytes and the state it stands in.
//
// The memory has a fixed size. A stream of names that never repeat pays for
// resolving each and evicts what it can: sets have two ways, a new spelling
// takes the second, and one that is met again moves to the first, where
// spellings met once cannot evict it.
//
// What is remembered is valid JSON in UTF-8 without a raw quote, since it was
// checked when it was resolved. Whoever finds equal bytes here need not check
// them again.

const (
	memoSets     = 1 << 11 // of names up to 16 bytes: 128 KiB
	memoLongSets = 1 << 8  // of names of 17 to 64 bytes: 48 KiB
	memoShort    = 16
	memoLong     = 64
)

// spelled is one name in one state and what it resolves to.
type spelled struct {
	k0, k1 uint64 // the first and the last eight bytes; zero-padded when the name is shorter
	tag    uint32 // state<<8 | length+1; 0 is empty
	next   stateID
	meta   meta
	ends   endsID
}

type longSpelled struct {
	spelled
	middle [memoLong - 16]byte
}

type memo struct {
	short []spelled // 2*memoSets
	long  []longSpelled
}

func (m *memo) init() {
	m.short = make([]spelled, 2*memoSets)
	m.long = make([]longSpelled, 2*memoLongSets)
}

func (m *memo) memory() int { return 32*len(m.short) + 80*len(m.long) }

func memoTag(s stateID, n int) uint32 { return uint32(s)<<8 | uint32(n+1) }

// memoHash spreads names over sets. The top bits are the good ones.
func memoHash(k0, k1 uint64, tag uint32) uint64 {
	return (k0 ^ bits.RotateLeft64(k1, 29) ^ uint64(tag)<<40) * 0x9E3779B97F4A7C15
}

// find returns the memory of a name, or nil.
func (m *memo) find(raw []byte, tag uint32) *spelled {
	k0, k1 := memoKeys(raw)
	h := memoHash(k0, k1, tag)
	if len(raw) > memoShort {
		set := h >> (64 - 8) * 2
		for w := set; w < set+2; w++ {
			e := &m.long[w]
			if e.k0 == k0 && e.k1 == k1 && e.tag == tag && string(e.middle[:len(raw)-16]) == string(raw[8:len(raw)-8]) {
				if w != set {
					m.long[set], m.long[w] = m.long[w], m.long[set]
				}
				return &m.long[set].spelled
			}
		}
		return nil
	}
	set := h >> (64 - 11) * 2
	for w := set; w < set+2; w++ {
		if e := &m.short[w]; e.k0 == k0 && e.k1 == k1 && e.tag == tag {
			if w != set {
				m.short[set], m.short[w] = m.short[w], m.short[set]
			}
			return &m.short[set]
		}
	}
	return nil
}

// add remembers a name that find does not find.
func (m *memo) add(raw []byte, e spelled) {
	e.k0, e.k1 = memoKeys(raw)
	h := memoHash(e.k0, e.k1, e.tag)
	if len(raw) > memoShort {
		set := m.long[h>>(64-8)*2:][:2]
		way := 1
		if set[0].tag == 0 {
			way = 0
		}
		set[way].spelled = e
		copy(set[way].middle[:], raw[8:len(raw)-8])
		return
	}
	set := m.short[h>>(64-11)*2:][:2]
	if set[0].tag == 0 {
		set[0] = e
		return
	}
	set[1] = e
}

// memoKeys returns the first and the last eight bytes of a name of more than
// eight, and of a shorter one all bytes and 0.
func memoKeys(raw []byte) (k0, k1 uint64) {
	switch n := len(raw); {
	case n > memoShort:
		return binary.LittleEndian.Uint64(raw), binary.LittleEndian.Uint64(raw[n-8:])
	case n > 8:
		return binary.LittleEndian.Uint64(raw), partial(raw[8:])
	default:
		return partial(raw), 0
	}
}

// partial loads up to eight bytes.
func partial(b []byte) uint64 {
	var x uint64
	for i, c := range b {
		x |= uint64(c) << (8 * i)
	}
	return x
}

// name reads and resolves the name whose opening quote is m.rec[i-1], in a
// container of state s: the way for names that Scan did not find at a glance.
// It sets m.member and returns the index of the closing quote, or -1.
func (m *Machine) name(i int, s stateID) int {
	end, flags := jsonscan.String(m.rec, i)
	if end < 0 {
		return -1
	}
	raw := m.rec[i:end]
	if len(raw) > memoLong || flags&jsonscan.Escaped != 0 && hasQuote(raw) {
		m.member = m.resolveRaw(raw, flags, s)
		return end
	}
	tag := memoTag(s, len(raw))
	if e := m.memo.find(raw, tag); e != nil {
		m.member = *e
		return end
	}
	m.member = m.resolveRaw(raw, flags, s)
	m.member.tag = tag
	m.memo.add(raw, m.member)
	return end
}

func hasQuote(raw []byte) bool {
	for _, c := range raw {
		if c == '"' {
			return true
		}
	}
	return false
}

// resolveRaw resolves a name as it is spelled in the record.
func (m *Machine) resolveRaw(raw []byte, flags jsonscan.Flags, s stateID) spelled {
	name := raw
	if flags&jsonscan.Escaped != 0 {
		m.w.text = jsonscan.AppendUnescaped(m.w.text[:0], raw)
		name = m.w.text
	}
	res := m.prog.resolve(&m.res, s, name)
	out := spelled{next: res.next, ends: res.ends}
	if len(res.matches) > 0 {
		out.meta = meta(m.rules.of(res.matches))
	} else if res.open {
		out.meta = enterable
	}
	if len(m.prog.paths.ends[res.ends].conditions) > 0 {
		out.meta |= filtered
	}
	return out
}
