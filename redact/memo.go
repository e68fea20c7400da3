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
	memoShort    = 16 // bytes of a name that is short
	memoLong     = 64 // bytes of the longest name that is remembered
	memoBits     = 11 // sets of short names: 128 KiB
	memoLongBits = 8  // sets of long names: 40 KiB
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
	short *[2 << memoBits]spelled
	long  *[2 << memoLongBits]longSpelled
}

func newMemo() memo {
	return memo{new([2 << memoBits]spelled), new([2 << memoLongBits]longSpelled)}
}

func (m *memo) memory() int { return 32*len(m.short) + 80*len(m.long) }

func memoTag(s stateID, n int) uint32 { return uint32(s)<<8 | uint32(n+1) }

const memoSpread = 0x9E3779B97F4A7C15

// memoHash spreads names over sets. The top bits are the good ones.
func memoHash(k0, k1 uint64, tag uint32) uint64 {
	return (k0 ^ bits.RotateLeft64(k1, 29) ^ uint64(tag)<<40) * memoSpread
}

// memoWay returns the first way of the set of a hash in the memory of short
// names.
func memoWay(hash uint64) uint64 { return hash >> (64 - memoBits) * 2 }

// find returns the memory of a name of at most memoLong bytes, or nil.
func (m *memo) find(raw []byte, tag uint32) *spelled {
	k0, k1 := memoKeys(raw)
	h := memoHash(k0, k1, tag)
	if len(raw) > memoShort {
		return m.findLong(raw, k0, k1, tag, h)
	}
	way := memoWay(h)
	for w := way; w < way+2; w++ {
		if e := &m.short[w]; e.k0 == k0 && e.k1 == k1 && e.tag == tag {
			if w != way {
				m.short[way], m.short[w] = m.short[w], m.short[way]
			}
			return &m.short[way]
		}
	}
	return nil
}

func (m *memo) findLong(raw []byte, k0, k1 uint64, tag uint32, h uint64) *spelled {
	way := h >> (64 - memoLongBits) * 2
	for w := way; w < way+2; w++ {
		e := &m.long[w]
		if e.k0 == k0 && e.k1 == k1 && e.tag == tag && string(e.middle[:len(raw)-16]) == string(raw[8:len(raw)-8]) {
			if w != way {
				m.long[way], m.long[w] = m.long[w], m.long[way]
			}
			return &m.long[way].spelled
		}
	}
	return nil
}

// add remembers a name that find does not find.
func (m *memo) add(raw []byte, e spelled) {
	e.k0, e.k1 = memoKeys(raw)
	h := memoHash(e.k0, e.k1, e.tag)
	if len(raw) > memoShort {
		way := h >> (64 - memoLongBits) * 2
		if m.long[way].tag != 0 {
			way++
		}
		m.long[way].spelled = e
		copy(m.long[way].middle[:], raw[8:len(raw)-8])
		return
	}
	way := memoWay(h)
	if m.short[way].tag != 0 {
		way++
	}
	m.short[way] = e
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
	if n := quoteAt(m.rec[i:min(i+memoLong+1, len(m.rec))]); n >= 0 {
		if e := m.memo.find(m.rec[i:i+n], memoTag(s, n)); e != nil {
			m.member = *e
			return i + n
		}
	}
	end, flags := jsonscan.String(m.rec, i)
	if end < 0 {
		return -1
	}
	raw := m.rec[i:end]
	m.member = m.resolveRaw(raw, flags, s)
	if len(raw) <= memoLong && (flags&jsonscan.Escaped == 0 || quoteAt(raw) < 0) {
		m.member.tag = memoTag(s, len(raw))
		m.memo.add(raw, m.member)
	}
	return end
}

// quoteAt returns the index of the first quote, or -1.
func quoteAt(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if t := jsonscan.Quote(jsonscan.Load64(b, i)); t != 0 {
			return i + bits.TrailingZeros64(t)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' {
			return i
		}
	}
	return -1
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
