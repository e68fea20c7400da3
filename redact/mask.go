package redact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"redactor/internal/jsonscan"
)

// MaskOptions say what a mask leaves.
type MaskOptions struct {
	KeepFirst, KeepLast int  // characters that stay, separators not counted
	Char                rune // stands for a hidden character; 0 is '*'
}

// Mask replaces the characters of a value by a mask character and keeps the
// separators between them: space and - . : / _ @ + ( ). Of what is not a
// separator it may keep some characters at the start and the end; when that
// would leave less than half of them hidden, all are hidden. A value that is
// mostly separators is masked whole. Letters are masked as they are read: a
// letter with its combining marks, or an emoji with its parts, is one
// character. A number becomes the string of its mask; a boolean cannot be
// masked.
//
// What stays: the length, the layout, and what is kept. The last four digits
// of a phone number leave 10,000 candidates, so a mask is for people who
// look at a value, not for recipients who may want to know whose it is.
func Mask(o MaskOptions) (Transform, error) {
	if o.Char == 0 {
		o.Char = '*'
	}
	if o.KeepFirst < 0 || o.KeepLast < 0 {
		return Transform{}, errors.New("mask: the number of characters to keep is negative")
	}
	if o.Char >= utf8.RuneSelf && !unicode.IsPrint(o.Char) || o.Char <= ' ' || o.Char == 0x7f || unicode.IsDigit(o.Char) || unicode.IsMark(o.Char) {
		return Transform{}, errors.New("mask: the mask character must be one that shows, and no digit")
	}
	name := "mask"
	switch {
	case o.KeepFirst > 0 && o.KeepLast > 0:
		name += fmt.Sprintf(" keep first %d last %d", o.KeepFirst, o.KeepLast)
	case o.KeepFirst > 0:
		name += fmt.Sprintf(" keep first %d", o.KeepFirst)
	case o.KeepLast > 0:
		name += fmt.Sprintf(" keep last %d", o.KeepLast)
	}
	if o.Char != '*' {
		name += fmt.Sprintf(" with %c", o.Char)
	}
	m := &mask{first: min(o.KeepFirst, maxKept), last: min(o.KeepLast, maxKept), shape: ShapeText}
	m.char = utf8.AppendRune(nil, o.Char)
	if isPlain(string(m.char)) {
		m.shape = ShapePlain
	}
	m.eight = uint64(m.char[0]) * 0x0101010101010101
	for c, b := range maskBytes {
		m.become[c] = b | uint32(m.char[0])
		if b&maskSeparator != 0 {
			m.become[c] = b | uint32(c)
		}
	}
	return Transform{OpApply, RankMask, name, m}, nil
}

// maxKept keeps the sum of two counts in range; it is more than any value has.
const maxKept = 1 << 30

type mask struct {
	first, last int
	char        []byte
	shape       Shape       // of a result in which nothing but the mask character might need an escape
	eight       uint64      // the mask character, eight times
	become      [256]uint32 // by byte: what becomes of it where none is kept, and what there is to know of it
}

// What a mask has to know of a byte, above what becomes of it.
const (
	maskEscape    = 1 << (8 + iota) // is no plain byte
	maskWide                        // is no ASCII
	maskSeparator = 1 << 31         // stays: it gives a value its layout, the same for everybody who writes that kind of value
)

var maskBytes = func() (t [256]uint32) {
	for _, c := range []byte("-.:/_@+ ()") {
		t[c] = maskSeparator
	}
	for c := range t {
		if !plainBytes[c] {
			t[c] |= maskEscape
		}
		if c >= utf8.RuneSelf {
			t[c] |= maskWide
		}
	}
	return t
}()

func (m *mask) apply(_ *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if k != KindString && k != KindNumber {
		return dst, ShapeUnfit
	}
	if len(m.char) > 1 {
		return m.wide(dst, v), ShapeText
	}
	start := len(dst)
	dst = slices.Grow(dst, len(v))[:start+len(v)]
	out := dst[start:]
	if alphanumeric(v) {
		m.unbroken(out, v)
		return dst, m.shape
	}
	marks, seen := m.hide(out, v)
	if seen&maskWide != 0 {
		return m.wide(dst[:start], v), ShapeText
	}
	if n := len(v) - marks; marks > n {
		for i := range out {
			out[i] = m.char[0]
		}
	} else if m.first+m.last > 0 && m.first+m.last <= n/2 {
		m.keep(out, v)
	}
	if seen&maskEscape != 0 {
		return dst, ShapeText
	}
	return dst, m.shape
}

// unbroken masks letters and digits, of which there are 8 or more.
func (m *mask) unbroken(out, v []byte) {
	jsonscan.Store64(out, len(out)-8, m.eight)
	for i := 0; i+8 <= len(out); i += 8 {
		jsonscan.Store64(out, i, m.eight)
	}
	if m.first+m.last <= len(v)/2 {
		copy(out[:m.first], v)
		copy(out[len(out)-m.last:], v[len(v)-m.last:])
	}
}

// hide fills out, which is as long as v, with the separators of v and mask
// characters for the rest. It returns how many separators there are and what is
// known of all bytes together.
func (m *mask) hide(out, v []byte) (marks int, seen uint32) {
	out = out[:len(v)]
	for i, c := range v {
		b := m.become[c]
		out[i] = byte(b)
		seen |= b
		marks += int(b >> 31)
	}
	return marks, seen
}

// keep puts the characters of v back that stay at both ends. There are enough.
func (m *mask) keep(out, v []byte) {
	out = out[:len(v)]
	for i, left := 0, m.first; left > 0; i++ {
		out[i] = v[i]
		left -= 1 - int(m.become[v[i]]>>31)
	}
	for i, left := len(v)-1, m.last; left > 0; i-- {
		out[i] = v[i]
		left -= 1 - int(m.become[v[i]]>>31)
	}
}

// A splicedMask is a mask as spliceRecord knows it: of values of up to 64 bytes.
type splicedMask struct {
	first, last uint64 // a bit for each character that stays at that end
	behind      uint32 // how many bits last has
	least       uint32 // of fewer characters none stays
	char        uint32 // the mask character, four times; 0 when spliceRecord is to leave the value
	_           uint32
}

func (m *mask) spliced() splicedMask {
	c := m.char[0]
	if len(m.char) > 1 || c == '"' || c == '\\' {
		return splicedMask{}
	}
	s := splicedMask{char: uint32(c) * 0x01010101}
	if m.first+m.last <= 32 { // of more characters than 64, half
		s.first, s.last, s.behind, s.least = 1<<m.first-1, 1<<m.last-1, uint32(m.last), uint32(2*(m.first+m.last))
	}
	return s
}

// alphanumeric reports whether a value of 8 bytes or more is ASCII letters and
// digits, as most identifiers are: eight bytes at a time, the last eight
// overlapping those before.
func alphanumeric(v []byte) bool {
	if len(v) < 8 {
		return false
	}
	bad := uint64(0)
	for i := 0; i+8 <= len(v); i += 8 {
		bad |= notAlphanumeric(binary.LittleEndian.Uint64(v[i:]))
	}
	return bad|notAlphanumeric(binary.LittleEndian.Uint64(v[len(v)-8:])) == 0
}

// notAlphanumeric sets the high bit of every byte that is no letter or digit.
// A byte below 128 is at least lo when adding 128-lo sets its high bit; bytes
// from 128 on are cut to seven bits, so that no sum carries, and set at the end.
func notAlphanumeric(x uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	low := x &^ high
	lower := low | 0x20*ones
	digit := (low + (128-'0')*ones) &^ (low + (127-'9')*ones)
	letter := (lower + (128-'a')*ones) &^ (lower + (127-'z')*ones)
	return (x | ^(digit | letter)) & high
}

// wide masks text that is not ASCII, character by character.
func (m *mask) wide(dst, v []byte) []byte {
	n, marks := 0, 0
	for rest := v; len(rest) > 0; {
		size := character(rest)
		if size == 1 && maskBytes[rest[0]]&maskSeparator != 0 {
			marks++
		} else {
			n++
		}
		rest = rest[size:]
	}
	first, last := m.first, m.last
	if first+last > n/2 {
		first, last = 0, 0
	}
	seen := 0
	for rest := v; len(rest) > 0; {
		size := character(rest)
		if size == 1 && maskBytes[rest[0]]&maskSeparator != 0 && marks <= n {
			dst = append(dst, rest[0])
			rest = rest[1:]
			continue
		}
		if marks <= n && (seen < first || seen >= n-last) {
			dst = append(dst, rest[:size]...)
		} else {
			dst = append(dst, m.char...)
		}
		seen++
		rest = rest[size:]
	}
	return dst
}

// character returns the length of the first character of v as people count: a
// rune with the marks, joiners and modifiers that follow it, two regional
// indicators, or a byte that is no UTF-8. It is close to the grapheme clusters
// of UAX #29 without its tables; what it takes for two where they have one
// is hidden or kept a part more, never cut within a rune.
func character(v []byte) int {
	n := 1
	if v[0] >= utf8.RuneSelf {
		_, n = utf8.DecodeRune(v)
	}
	if n == len(v) || begins(v[n]) {
		return n
	}
	return composed(v)
}

// begins reports whether a rune with this first byte is a character of its own,
// whatever is before it: ASCII, Latin, and the Han characters from U+4000 to
// U+9FFF. So does what begins no rune.
func begins(c byte) bool { return c < 0xcc || c-0xe4 <= 0xe9-0xe4 }

// composed is character where the second rune may belong to the first.
func composed(v []byte) int {
	r, n := utf8.DecodeRune(v)
	flag := regional(r)
	for n < len(v) {
		next, size := utf8.DecodeRune(v[n:])
		switch {
		case next == joiner:
			n += size
			if n < len(v) {
				_, size = utf8.DecodeRune(v[n:])
				n += size
			}
		case extends(next):
			n += size
		case flag && regional(next):
			n += size
			flag = false
		default:
			return n
		}
	}
	return n
}

const joiner = 0x200d

// extends reports whether a rune belongs to the character before it: a mark or
// a skin tone. Han characters, which names are full of, need no look at tables.
func extends(r rune) bool {
	if r < 0x300 || 0x3400 <= r && r < 0xa000 {
		return false
	}
	return unicode.IsMark(r) || 0x1f3fb <= r && r <= 0x1f3ff
}

func regional(r rune) bool { return 0x1f1e6 <= r && r <= 0x1f1ff }
