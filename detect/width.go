package detect

import "unicode/utf8"

// trim cuts white space, control characters and invisible marks from both ends.
func trim(v []byte) []byte {
	for len(v) > 0 {
		if v[0] > ' ' && v[0] < 0x7f {
			break
		}
		r, n := utf8.DecodeRune(v)
		if !blank(r, n) {
			break
		}
		v = v[n:]
	}
	for len(v) > 0 {
		if c := v[len(v)-1]; c > ' ' && c < 0x7f {
			break
		}
		r, n := utf8.DecodeLastRune(v)
		if !blank(r, n) {
			break
		}
		v = v[:len(v)-n]
	}
	return v
}

func blank(r rune, n int) bool {
	if n == 1 {
		return r <= ' ' || r == 0x7f // RuneError, a byte that is no UTF-8, is neither
	}
	return wideSpace(r) || invisible(r)
}

// wideSpace: no-break, ideographic, and the typographic ones.
func wideSpace(r rune) bool {
	return r == 0xa0 || r == 0x3000 || 0x2000 <= r && r <= 0x200a || r == 0x202f || r == 0x205f || r == 0x85
}

// invisible: joiners and direction marks, which iOS writes around the phone
// numbers of its address book, and the byte order mark.
func invisible(r rune) bool {
	return 0x200b <= r && r <= 0x200f || 0x202a <= r && r <= 0x202e || 0x2060 <= r && r <= 0x2064 ||
		0x2066 <= r && r <= 0x2069 || r == 0xfeff
}

// dash: hyphens and dashes of all lengths, and the minus sign.
func dash(r rune) bool {
	return 0x2010 <= r && r <= 0x2015 || r == 0x2212 || r == 0xfe58 || r == 0xfe63
}

// appendNarrow appends v with full-width ASCII (U+FF01…U+FF5E) in its usual
// width, spaces and dashes of other kinds as ' ' and '-', and without
// invisible marks. Every step makes a value shorter or leaves its length.
func appendNarrow(dst, v []byte) []byte {
	for len(v) > 0 {
		r, n := utf8.DecodeRune(v)
		switch {
		case n > 1 && invisible(r):
		case wideSpace(r):
			dst = append(dst, ' ')
		case dash(r):
			dst = append(dst, '-')
		case 0xff01 <= r && r <= 0xff5e:
			dst = append(dst, byte(r-0xff01+'!'))
		default:
			dst = append(dst, v[:n]...)
		}
		v = v[n:]
	}
	return dst
}
