package redact

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
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
	m := &mask{first: min(o.KeepFirst, maxKept), last: min(o.KeepLast, maxKept), plain: o.Char < utf8.RuneSelf && plainBytes[byte(o.Char)]}
	m.char = utf8.AppendRune(nil, o.Char)
	for len(m.fill) < 64 {
		m.fill = append(m.fill, m.char...)
	}
	return Transform{OpApply, RankMask, name, m}, nil
}

// maxKept keeps the sum of two counts in range; it is more than any value has.
const maxKept = 1 << 40

type mask struct {
	first, last int
	char        []byte
	fill        []byte // char, many times
	plain       bool   // char is a plain byte
}

// separators are what a mask keeps. They give a value its layout and are the
// same for everybody who writes that kind of value.
var separators = func() (t [256]bool) {
	for _, c := range []byte("-.:/_@+ ()") {
		t[c] = true
	}
	return t
}()

func (m *mask) apply(_ *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if k != KindString && k != KindNumber {
		return dst, ShapeUnfit
	}
	shape := ShapePlain
	if !m.plain {
		shape = ShapeText
	}
	marks := 0 // separators
	for _, c := range v {
		if c >= utf8.RuneSelf {
			return m.wide(dst, v), ShapeText
		}
		if separators[c] {
			marks++
		}
		if !plainBytes[c] {
			shape = ShapeText
		}
	}
	n := len(v) - marks
	first, last := m.first, m.last
	if first+last > n/2 {
		first, last = 0, 0
	}
	if marks == 0 || marks > n {
		if marks > n {
			first, last = 0, 0
		}
		return m.unbroken(dst, v, first, last), shape
	}
	seen := 0 // characters that are not separators
	for _, c := range v {
		switch {
		case separators[c]:
			dst = append(dst, c)
			continue
		case seen < first || seen >= n-last:
			dst = append(dst, c)
		default:
			dst = append(dst, m.char...)
		}
		seen++
	}
	return dst, shape
}

// unbroken masks ASCII without a separator that stays.
func (m *mask) unbroken(dst, v []byte, first, last int) []byte {
	dst = append(dst, v[:first]...)
	hidden := (len(v) - first - last) * len(m.char)
	for hidden > 0 {
		n := min(hidden, len(m.fill))
		dst = append(dst, m.fill[:n]...)
		hidden -= n
	}
	return append(dst, v[len(v)-last:]...)
}

// wide masks text that is not ASCII, character by character.
func (m *mask) wide(dst, v []byte) []byte {
	n, marks := 0, 0
	for rest := v; len(rest) > 0; {
		size := character(rest)
		if size == 1 && separators[rest[0]] {
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
		if size == 1 && separators[rest[0]] && marks <= n {
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
	r, n := utf8.DecodeRune(v)
	if n == 1 && (len(v) == 1 || v[1] < utf8.RuneSelf) {
		return 1
	}
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
		case unicode.IsMark(next) || 0x1f3fb <= next && next <= 0x1f3ff: // marks and skin tones
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

func regional(r rune) bool { return 0x1f1e6 <= r && r <= 0x1f1ff }
