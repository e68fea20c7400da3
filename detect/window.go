package detect

import "encoding/binary"

// A window is which of 64 bytes of text are of which class, a bit for each
// byte, the first byte lowest. Windows start every windowStep bytes: every
// pattern that a candidate is recognized by is at most 64-windowStep bytes long,
// so that it lies whole in the window that its first byte is in.
type window [numBits]uint64

const windowStep = 48

const (
	bitDigit = iota // 0-9
	bitHex          // a-f A-F
	bitWord         // the other letters
	bitColon        // :
	bitDash         // -
	bitDot          // .
	bitSep          // space ( ) /
	bitRare         // what is looked at one by one: @ + what an escape starts with
	numBits
)

// Three signs would be classes of their own, if a byte had bits for them: they are
// two classes at once, which nothing else is, and of neither.
const (
	quoteBits      = 1<<bitWord | 1<<bitSep  // " around names of members
	underscoreBits = 1<<bitWord | 1<<bitRare // _ between pairs of a MAC
	equalsBits     = 1<<bitSep | 1<<bitRare  // = behind a label
)

// classTable is the classes of every byte, in two forms: a bit for each class,
// and spread, where class c is bit 8c. Shifting the spread form by the place of a
// byte in a group of eight and or-ing the eight gives eight bitmaps of eight bits.
type classTable struct {
	bits   [256]uint8
	spread [256]uint64
}

// escapeStarts is the bytes that an escaped or unusually wide character begins
// with: percent and backslash escapes, no-break space, dashes and marks of
// U+2000, full-width forms of U+FF00.
const escapeStarts = "%\\\xc2\xe2\xef"

// newClassTable makes a table. Of signs, ", _ and =, only those count that are given.
func newClassTable(rare, signs string) *classTable {
	t := new(classTable)
	set := func(c byte, bit int) {
		t.bits[c] |= 1 << bit
		t.spread[c] |= 1 << (8 * bit)
	}
	for i := range 256 {
		switch c := byte(i); {
		case isDigit(c):
			set(c, bitDigit)
		case hexValue[c] != noHex:
			set(c, bitHex)
		case isLetter(c):
			set(c, bitWord)
		}
	}
	set(':', bitColon)
	set('-', bitDash)
	set('.', bitDot)
	for _, c := range []byte(" ()/") {
		set(c, bitSep)
	}
	for _, c := range []byte(rare) {
		set(c, bitRare)
	}
	for _, c := range []byte(signs) {
		for bit := range numBits {
			if signBits(c)>>bit&1 != 0 {
				set(c, bit)
			}
		}
	}
	return t
}

func signBits(c byte) int {
	switch c {
	case '"':
		return quoteBits
	case '_':
		return underscoreBits
	}
	return equalsBits
}

// windows is how many are made at a time: what they cover and they themselves
// stay in the first-level cache.
const windows = 32

// windowsOf returns how many windows cover n bytes of text.
func windowsOf(n int) int { return (max(n, 64)-64+windowStep-1)/windowStep + min(n, 1) }

// classify fills w with the windows of t, up to the whole of w, and
// returns how many.
func classify(tab *classTable, w *[windows]window, t []byte) int {
	n := min(windowsOf(len(t)), windows)
	full := 0
	if len(t) >= 64 {
		full = min((len(t)-64)/windowStep+1, n)
		classifyFull(tab, w[:full], t)
	}
	var tail [64]byte
	for i := full; i < n; i++ {
		clear(tail[:])
		copy(tail[:], t[i*windowStep:])
		classifyFull(tab, w[i:i+1], tail[:])
	}
	return n
}

// classifyFull fills w; t has 64 bytes from the start of every window.
func classifyFull(tab *classTable, w []window, t []byte) {
	for i := range w {
		v := t[i*windowStep:][:64]
		var m [8]uint64 // m[j] byte c is class c of bytes 8j to 8j+7
		j := 0
		if i > 0 { // the first 16 bytes are the last of the window before
			j = (64 - windowStep) / 8
		}
		for ; j < 8; j++ {
			x := binary.LittleEndian.Uint64(v[8*j:])
			m[j] = tab.spread[byte(x)] | tab.spread[byte(x>>8)]<<1 | tab.spread[byte(x>>16)]<<2 | tab.spread[byte(x>>24)]<<3 |
				tab.spread[byte(x>>32)]<<4 | tab.spread[byte(x>>40)]<<5 | tab.spread[byte(x>>48)]<<6 | tab.spread[x>>56]<<7
		}
		transpose(&m)
		if i > 0 {
			for c := range m {
				m[c] |= w[i-1][c] >> windowStep
			}
		}
		w[i] = m
	}
}

// transpose turns eight rows of eight bytes into columns (Warren, Hacker's
// Delight, 7-3, a level up: bytes for bits).
func transpose(m *[8]uint64) {
	for i := range 4 {
		a, b := m[i], m[i+4]
		m[i] = a&0x00000000ffffffff | b<<32
		m[i+4] = a>>32 | b&0xffffffff00000000
	}
	for _, i := range [4]int{0, 1, 4, 5} {
		a, b := m[i], m[i+2]
		m[i] = a&0x0000ffff0000ffff | b<<16&0xffff0000ffff0000
		m[i+2] = a>>16&0x0000ffff0000ffff | b&0xffff0000ffff0000
	}
	for i := 0; i < 8; i += 2 {
		a, b := m[i], m[i+1]
		m[i] = a&0x00ff00ff00ff00ff | b<<8&0xff00ff00ff00ff00
		m[i+1] = a>>8&0x00ff00ff00ff00ff | b&0xff00ff00ff00ff00
	}
}
