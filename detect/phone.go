package detect

import "bytes"

// appendPhone gives E.164 (+ country and number) where the number tells its
// country: behind +, behind 00, which no national number begins with, or as a
// Chinese mobile number (11 digits, 1 and 3 to 9), with 86 before it or not.
// Every other number is its digits: to guess a country would make two people
// one.
func appendPhone(dst, v []byte) ([]byte, Canon) {
	var d digits
	plus, ok := d.readPhone(v)
	if !ok {
		return dst, CanonUnfit
	}
	if allZero(d.text()) {
		return dst, CanonPlaceholder
	}
	t := d.text()
	if !plus && len(t) >= 10 && t[0] == '0' && t[1] == '0' {
		plus, t = true, t[2:]
	}
	switch {
	case plus:
		return appendE164(dst, t)
	case len(t) == 11 && chineseMobile(t):
		return append(append(dst, "+86"...), t...), CanonOK
	case len(t) == 12 && t[0] == '0' && chineseMobile(t[1:]): // a 0 once dialed before a mobile number of another city
		return append(append(dst, "+86"...), t[1:]...), CanonOK
	case len(t) == 13 && t[0] == '8' && t[1] == '6' && chineseMobile(t[2:]):
		return append(append(dst, '+'), t...), CanonOK
	case len(t) < 3 || len(t) > 20:
		return dst, CanonUnfit
	}
	return append(dst, t...), CanonOK
}

func chineseMobile(t []byte) bool { return t[0] == '1' && t[1] >= '3' }

// appendE164 takes what stands behind the +. The 0 that a Chinese area code has
// at home is not part of the international number.
func appendE164(dst, t []byte) ([]byte, Canon) {
	national := t
	dst = append(dst, '+')
	n := len(dst)
	if len(t) > 2 && t[0] == '8' && t[1] == '6' {
		dst = append(dst, "86"...)
		national = bytes.TrimLeft(t[2:], "0")
	}
	dst = append(dst, national...)
	if len(dst)-n < 4 || len(dst)-n > 15 || dst[n] == '0' {
		return dst[:n-1], CanonUnfit
	}
	return dst, CanonOK
}

// readPhone takes digits with a + before them and spaces, dashes, dots,
// slashes and parentheses anywhere, in a tel: URI (RFC 3966) or not.
func (d *digits) readPhone(v []byte) (plus, ok bool) {
	const tel = "tel:"
	if len(v) > len(tel) && equalFold(v[:len(tel)], tel) {
		v = v[len(tel):]
	}
	var buf [MaxPlain]byte
	if plain, ok := appendInteger(buf[:0], v); ok {
		v = plain
	}
	d.n = 0
	for _, c := range v {
		switch {
		case isDigit(c):
			if d.n == maxDigits {
				return false, false
			}
			d.b[d.n] = c
			d.n++
		case c == '+' && d.n == 0 && !plus:
			plus = true
		case c == '(' || c == ')' || separates(c) && (plus || d.n > 0):
		default:
			return false, false
		}
	}
	return plus, d.n > 0
}
