package detect

// maxSignificant is how many digits of a number a Decimal keeps. Identifiers
// have at most 40; a quantity that is rounded needs far fewer.
const maxSignificant = 64

// Decimal is a number as its digits, without the error of binary fractions:
//
//	value = ±0.D[0]D[1]…D[N-1] × 10^Point        D[0] and D[N-1] are not 0
//
// Zero has N = 0, Point = 0 and no sign.
type Decimal struct {
	D        [maxSignificant]byte // ASCII digits
	N        int
	Point    int // at most ±2^30, beyond any use
	Negative bool
	Exact    bool // false when the number has more digits than D holds: those behind are cut
}

// Parse reads [-]digits[.digits][e[±]digits]: JSON's numbers, and those with
// leading zeros. It reports whether v is one.
func (d *Decimal) Parse(v []byte) bool {
	*d = Decimal{Exact: true}
	if len(v) > 0 && v[0] == '-' {
		d.Negative = true
		v = v[1:]
	}
	i := d.whole(v)
	if i == 0 {
		return false
	}
	if i < len(v) && v[i] == '.' {
		n := d.fraction(v[i+1:])
		if n == 0 {
			return false
		}
		i += 1 + n
	}
	exp, ok := parseExponent(v[i:])
	if !ok {
		return false
	}
	for d.N > 0 && d.D[d.N-1] == '0' {
		d.N--
	}
	if d.N == 0 {
		*d = Decimal{Exact: true}
		return true
	}
	d.Point += exp
	return true
}

// whole takes the digits before the point and returns how many there are.
func (d *Decimal) whole(v []byte) int {
	for i, c := range v {
		if !isDigit(c) {
			return i
		}
		if d.add(c) {
			d.Point++
		}
	}
	return len(v)
}

// fraction takes the digits behind the point and returns how many there are.
func (d *Decimal) fraction(v []byte) int {
	for i, c := range v {
		if !isDigit(c) {
			return i
		}
		if !d.add(c) {
			d.Point--
		}
	}
	return len(v)
}

// add appends a digit and reports whether a digit that counts has been seen.
func (d *Decimal) add(c byte) bool {
	switch {
	case d.N == 0 && c == '0':
		return false
	case d.N < maxSignificant:
		d.D[d.N] = c
		d.N++
	case c != '0':
		d.Exact = false
	}
	return true
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
	const beyond = 1 << 29
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

// MaxPlain is the longest plain spelling of a number. It is above every
// identifier; a number with a huge exponent must not become a huge text.
const MaxPlain = maxSignificant + 2

// Append appends the number without an exponent and without a zero that
// carries nothing. It appends nothing and reports false when that would take
// more than MaxPlain characters.
func (d *Decimal) Append(dst []byte) ([]byte, bool) {
	if d.N == 0 {
		return append(dst, '0'), true
	}
	if max(d.Point, 1)+max(d.N-d.Point, 0) > maxSignificant {
		return dst, false
	}
	if d.Negative {
		dst = append(dst, '-')
	}
	if d.Point <= 0 {
		dst = append(dst, '0', '.')
		for range -d.Point {
			dst = append(dst, '0')
		}
		return append(dst, d.D[:d.N]...), true
	}
	if d.Point < d.N {
		dst = append(dst, d.D[:d.Point]...)
		dst = append(dst, '.')
		return append(dst, d.D[d.Point:d.N]...), true
	}
	dst = append(dst, d.D[:d.N]...)
	for range d.Point - d.N {
		dst = append(dst, '0')
	}
	return dst, true
}
