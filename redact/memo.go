package redact

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

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
	memoShort = 16 // bytes of a name that is short: it is looked up by two words
	memoLong  = 61 // bytes of the longest name that is remembered
	memoBits  = 10 // sets: 256 KiB
)

// spelled is one name in one state and what it resolves to.
type spelled struct {
	k0, k1 uint64 // the first and the last eight bytes; of a short name the next eight; zero-padded
	tag    uint32 // state<<8 | length+1; 0 is empty
	next   stateID
	meta   meta
	ends   endsID
}

// remembered is a name in the memory, and what walkRecord needs to know it at a
// glance where it is the one that it expects.
type remembered struct {
	spelled
	mask uint64             // a bit for each byte of text
	text [memoLong + 3]byte // the name in quotes, and a colon
	in   uint32             // state<<8 | 1; 0 where a condition looks at the value: walkRecord does not expect it
	_    [20]byte           // two lines of the cache
}

type memo struct {
	names [2 << memoBits]remembered // two ways for each set

	// guesses has what name came last behind some others: see expect. What is
	// between them makes their addresses those of histories.
	guesses [1 << guessBits]struct {
		name guess
		_    [3]uint32
	}
}

// A guess is sixteen times the index of a name in the memory.
type guess uint32

const (
	guessBits  = 10
	guessScale = 16
	guessMask  = (1<<guessBits - 1) * guessScale // of a history, which is that index in memo.guesses
)

// behind returns the history of a name behind those of h: what is left of them,
// and itself.
func (g guess) behind(h guess) guess { return (h*8 + g) & guessMask }

// expect remembers that a name came behind those of h, and returns its history.
func (m *memo) expect(e *remembered, h guess) guess {
	at := uintptr(unsafe.Pointer(e)) - uintptr(unsafe.Pointer(&m.names[0]))
	g := guess(at / unsafe.Sizeof(*e) * guessScale)
	m.guesses[h/guessScale].name = g
	return g.behind(h)
}

func newMemo() *memo { return new(memo) }

func (m *memo) memory() int { return int(unsafe.Sizeof(*m)) }

func memoTag(s stateID, n int) uint32 { return uint32(s)<<8 | uint32(n+1) }

const memoSpread = 0x9E3779B97F4A7C15

// memoHash spreads names over sets. The top bits are the good ones.
func memoHash(k0, k1 uint64, tag uint32) uint64 {
	return (k0 ^ bits.RotateLeft64(k1, 29) ^ uint64(tag)<<40) * memoSpread
}

// memoWay returns the first way of the set of a hash.
func memoWay(hash uint64) uint64 { return hash >> (64 - memoBits) * 2 }

// find returns the memory of a name of at most memoLong bytes, or nil.
func (m *memo) find(raw []byte, tag uint32) *remembered {
	k0, k1 := memoKeys(raw)
	way := memoWay(memoHash(k0, k1, tag))
	for w := way; w < way+2; w++ {
		e := &m.names[w]
		if e.k0 != k0 || e.k1 != k1 || e.tag != tag || len(raw) > memoShort && string(e.text[1:1+len(raw)]) != string(raw) {
			continue
		}
		if w != way {
			m.names[way], m.names[w] = m.names[w], m.names[way]
		}
		return &m.names[way]
	}
	return nil
}

// add remembers a name that find does not find.
func (m *memo) add(raw []byte, s spelled) {
	s.k0, s.k1 = memoKeys(raw)
	way := memoWay(memoHash(s.k0, s.k1, s.tag))
	if m.names[way].tag != 0 {
		way++
	}
	e := &m.names[way]
	*e = remembered{spelled: s, mask: 1<<(len(raw)+3) - 1}
	if s.meta&filtered == 0 {
		e.in = s.tag&^0xFF | 1
	}
	n := 1 + copy(e.text[1:], raw)
	e.text[0], e.text[n], e.text[n+1] = '"', '"', ':'
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
			m.member = e.spelled
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
