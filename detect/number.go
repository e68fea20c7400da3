package detect

import "bytes"

// maxNumber is the longest plain spelling that AppendNumber gives. It is above
// every identifier; a number with a huge exponent must not become a huge text.
const maxNumber = 64

// AppendNumber appends a number of JSON's grammar in its one plain spelling: no
// exponent, no zero that carries nothing, no minus on zero. 356938035643809,
// 3.56938035643809e14 and 356938035643809.0 become the same text. It reports
// false, and appends nothing, when v is no number or its plain spelling has
// over 64 characters. Leading zeros, which JSON has not, are dropped.
func AppendNumber(dst, v []byte) ([]byte, bool) {
	d, ok := parseDecimal(v)
	if !ok {
		return dst, false
	}
	if d.first == d.last {
		return append(dst, '0'), true
	}
	whole := d.point // digits before the point, of those that count
	frac := d.count - d.point
	if max(whole, 1)+max(frac, 0) > maxNumber-2 {
		return dst, false
	}
	if d.negative {
		dst = append(dst, '-')
	}
	if whole <= 0 {
		dst = append(dst, '0', '.')
		for range -whole {
			dst = append(dst, '0')
		}
	}
	written := 0
	for _, c := range v[d.first:d.last] {
		if c == '.' {
			continue
		}
		if written == whole && written > 0 {
			dst = append(dst, '.')
		}
		dst = append(dst, c)
		written++
	}
	for ; written < whole; written++ {
		dst = append(dst, '0')
	}
	return dst, true
}

// decimal is where the digits of a number stand that count: none for zero.
// The value is 0.DDD × 10^point, negated.
type decimal struct {
	negative    bool
	first, last int // v[first:last] are the digits, with a '.' perhaps among them; neither end is a 0 or '.'
	count       int // digits among them
	point       int
}

// parseDecimal reads [-]digits[.digits][e[±]digits].
func parseDecimal(v []byte) (d decimal, ok bool) {
	i := 0
	if i < len(v) && v[i] == '-' {
		d.negative = true
		i++
	}
	start, dot := i, -1
	seen := 0 // digits before the point
	first, last := -1, -1
	before := 0 // digits up to and without the first that counts
	digits, lastDigit := 0, 0
	for ; i < len(v); i++ {
		c := v[i]
		if c == '.' && dot < 0 && i > start {
			dot, seen = i, digits
			continue
		}
		if !isDigit(c) {
			break
		}
		if c != '0' {
			if first < 0 {
				first, before = i, digits
			}
			last, lastDigit = i+1, digits+1
		}
		digits++
	}
	if digits == 0 || dot == i-1 {
		return d, false
	}
	if dot < 0 {
		seen = digits
	}
	exp, ok := parseExponent(v[i:])
	if !ok {
		return d, false
	}
	if first < 0 {
		return decimal{}, true
	}
	d.first, d.last = first, last
	d.count = lastDigit - before
	d.point = seen - before + exp
	return d, true
}

// parseExponent reads nothing or e[±]digits. An exponent beyond any use is cut
// at one that is still beyond any use.
func parseExponent(v []byte) (int, bool) {
	if len(v) == 0 {
		return 0, true
	}
	if v[0]|0x20 != 'e' {
		return 0, false
	}
	v = v[1:]
	negative := false
	if len(v) > 0 && (v[0] == '+' || v[0] == '-') {
		negative = v[0] == '-'
		v = v[1:]
	}
	if len(v) == 0 {
		return 0, false
	}
	const beyond = 1 << 30
	n := 0
	for _, c := range v {
		if !isDigit(c) {
			return 0, false
		}
		if n = n*10 + int(c-'0'); n > beyond {
			n = beyond
		}
	}
	if negative {
		n = -n
	}
	return n, true
}

// appendInteger appends the digits of a positive integer that has a point in
// it: an exponent moves the point behind all digits, or only zeros follow it.
// Spreadsheets and floating-point code do this to identifiers. Where fewer than
// seven digits stand before a point without an exponent it is left alone: there
// it is more likely a separator.
func appendInteger(dst, v []byte) ([]byte, bool) {
	const short = 7
	dot := bytes.IndexByte(v, '.')
	if dot < 0 || dot < short && bytes.IndexAny(v, "eE") < 0 {
		return dst, false
	}
	n := len(dst)
	dst, ok := AppendNumber(dst, v)
	if !ok || dst[n] == '-' || bytes.IndexByte(dst[n:], '.') >= 0 {
		return dst[:n], false
	}
	return dst, true
}
