package jsonscan

import (
	"math/bits"
	"unicode/utf8"
)

// Flags say what a string holds besides plain ASCII.
type Flags uint8

const (
	Escaped  Flags = 1 << iota // at least one backslash
	NonASCII                   // at least one byte of 0x80 or more
)

const (
	lo8 = 0x0101010101010101
	hi8 = 0x8080808080808080
)

// Special returns a word with the high bit set in the lowest byte of x that is
// a quote, a backslash or a control character; 0 when there is none. Higher
// bits may be set in bytes above that one: a borrow runs upwards only.
func Special(x uint64) uint64 {
	q := x ^ lo8*'"'
	b := x ^ lo8*'\\'
	return ((q-lo8)&^q | (b-lo8)&^b | (x-lo8*' ')&^x) & hi8
}

// Quote returns a word with the high bit set in the lowest byte of x that is a
// quote; 0 when there is none. Higher bits are as in Special.
func Quote(x uint64) uint64 {
	q := x ^ lo8*'"'
	return (q - lo8) &^ q & hi8
}

// High has the high bit of every byte: a word ANDed with it is 0 when all its
// bytes are ASCII.
const High = hi8

// String reads the string whose opening quote is src[i-1]. It returns the
// index of the closing quote and what the string holds, or -1 when src does
// not hold a string of RFC 8259 there in well-formed UTF-8.
//
// An escape of a lone surrogate is accepted, as RFC 8259 (8.2) and
// encoding/json do; AppendUnescaped decodes it to U+FFFD.
func String(src []byte, i int) (end int, flags Flags) {
	return StringFrom(src, i, i, 0)
}

// StringFrom is String for a caller that has read src[start:i] and found no
// special byte in it. high has a high bit set when those bytes are not ASCII.
func StringFrom(src []byte, start, i int, high uint64) (end int, flags Flags) {
	for i+8 <= len(src) {
		x := Load64(src, i)
		t := Special(x)
		if t == 0 {
			high |= x
			i += 8
			continue
		}
		n := bits.TrailingZeros64(t) &^ 7
		high |= x & (1<<n - 1)
		i += n >> 3
		switch src[i] {
		case '"':
			return stringEnd(src, start, i, high, flags)
		case '\\':
			flags |= Escaped
			if i = escape(src, i); i < 0 {
				return -1, 0
			}
		default:
			return -1, 0
		}
	}
	return stringTail(src, start, i, high, flags)
}

// stringTail is String for the last bytes of src, where a word would reach
// beyond its end.
func stringTail(src []byte, start, i int, high uint64, flags Flags) (int, Flags) {
	for i < len(src) {
		c := src[i]
		switch {
		case c == '"':
			return stringEnd(src, start, i, high, flags)
		case c == '\\':
			flags |= Escaped
			if i = escape(src, i); i < 0 {
				return -1, 0
			}
		case c < ' ':
			return -1, 0
		default:
			high |= uint64(c)
			i++
		}
	}
	return -1, 0
}

func stringEnd(src []byte, start, end int, high uint64, flags Flags) (int, Flags) {
	if high&hi8 != 0 {
		if !utf8.Valid(src[start:end]) {
			return -1, 0
		}
		flags |= NonASCII
	}
	return end, flags
}

// escape returns the index after the escape at src[i], a backslash, or -1.
func escape(src []byte, i int) int {
	if i+1 >= len(src) {
		return -1
	}
	switch src[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 > len(src) || hex4(src[i+2:i+6]) < 0 {
			return -1
		}
		return i + 6
	}
	return -1
}

// hex4 returns the value of four hex digits, or -1.
func hex4(s []byte) rune {
	var v rune
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		v = v<<4 | rune(c)
	}
	return v
}

// AppendUnescaped appends the text that raw, the inside of a string that
// String accepted, stands for. A surrogate escape without its other half
// becomes U+FFFD, as in encoding/json. The text is never longer than raw.
func AppendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			n := plainRun(raw[i:])
			dst = append(dst, raw[i:i+n]...)
			i += n
			continue
		}
		if raw[i+1] != 'u' {
			dst = append(dst, unescaped[raw[i+1]])
			i += 2
			continue
		}
		r := hex4(raw[i+2:])
		i += 6
		if r&0xF800 == 0xD800 {
			r, i = surrogates(r, raw, i)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// plainRun returns the length of the run before the next backslash.
func plainRun(raw []byte) int {
	for i, c := range raw {
		if c == '\\' {
			return i
		}
	}
	return len(raw)
}

// surrogates joins the surrogate r with the escape at raw[i] and returns the
// index after what it used.
func surrogates(r rune, raw []byte, i int) (rune, int) {
	if r < 0xDC00 && len(raw)-i >= 6 && raw[i] == '\\' && raw[i+1] == 'u' {
		if low := hex4(raw[i+2:]); low&^0x3FF == 0xDC00 {
			return 0x10000 + (r-0xD800)<<10 + low - 0xDC00, i + 6
		}
	}
	return utf8.RuneError, i
}

var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// FirstSpecial returns the index of the first byte of text that a JSON string
// must escape (a quote, a backslash, a control character), or len(text).
func FirstSpecial(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		if t := Special(Load64(text, i)); t != 0 {
			return i + bits.TrailingZeros64(t)>>3
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return i
}

// AppendEscaped appends text as it stands inside a JSON string, without the
// quotes. Only what must be escaped is: '/', DEL and non-ASCII stay.
func AppendEscaped(dst, text []byte) []byte {
	for {
		n := FirstSpecial(text)
		dst = append(dst, text[:n]...)
		if n == len(text) {
			return dst
		}
		dst = appendEscape(dst, text[n])
		text = text[n+1:]
	}
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
