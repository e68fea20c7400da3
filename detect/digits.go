package detect

import (
	"bytes"
	"encoding/binary"
)

// Identifiers that are digits: IMEI, IMSI, ICCID, bank cards.

// maxDigits is the longest of them with room to see that one is too long.
const maxDigits = 40

// digits is the digits of a value, without its separators.
type digits struct {
	b [maxDigits]byte
	n int
}

func (d *digits) text() []byte { return d.b[:d.n] }

// read takes decimal digits with space, dash, dot and slash between them, or a
// positive integer spelled in another way. It reports whether v is that.
func (d *digits) read(v []byte) bool {
	if bytes.IndexByte(v, '.') >= 0 {
		return d.readPointed(v)
	}
	return d.readPlain(v)
}

// readPointed is read of what may be an integer spelled in another way.
func (d *digits) readPointed(v []byte) bool {
	var buf [MaxPlain]byte
	if plain, ok := appendInteger(buf[:0], v); ok {
		v = plain
	}
	return d.readPlain(v)
}

func (d *digits) readPlain(v []byte) bool {
	d.n = 0
	for i, c := range v {
		switch {
		case isDigit(c):
			if d.n == maxDigits {
				return false
			}
			d.b[d.n] = c
			d.n++
		case !separates(c) || i == 0:
			return false
		}
	}
	return isDigit(v[len(v)-1])
}

func separates(c byte) bool { return c == ' ' || c == '-' || c == '.' || c == '/' }

// readHex is read with hex digits, which it makes upper case.
func (d *digits) readHex(v []byte) bool {
	d.n = 0
	for i, c := range v {
		switch {
		case hexValue[c] != noHex:
			if d.n == maxDigits {
				return false
			}
			d.b[d.n] = toUpper(c)
			d.n++
		case !separates(c) || i == 0:
			return false
		}
	}
	return hexValue[v[len(v)-1]] != noHex
}

// genericIMEI is what many devices with a lost radio memory report: a
// constant of the chip maker's firmware, less its check digit.
const genericIMEI = "00499901064000"

// appendIMEI: 3GPP TS 23.003 section 6.2. 14 digits, 15 with a check digit
// (right or not: logs have both, and it says nothing new), 16 with a software
// version, 17 when the version stands behind a slash and the check digit.
func appendIMEI(dst, v []byte) ([]byte, Canon) {
	if len(v) == 15 && fifteenDigits(v) && v[0] != '0' {
		return append(dst, v[:14]...), CanonOK
	}
	var d digits
	if !d.read(v) {
		return dst, CanonUnfit
	}
	if allZero(d.text()) {
		return dst, CanonPlaceholder
	}
	switch {
	case d.n == 14 && lostZero(d.text()):
		copy(d.b[1:15], d.b[:14])
		d.b[0] = '0'
	case d.n >= 14 && d.n <= 16:
	case d.n == 17 && v[len(v)-3] == '/':
	default:
		return dst, CanonUnfit
	}
	if id := d.b[:14]; allZero(id) || string(id) == genericIMEI {
		return dst, CanonPlaceholder
	}
	return append(dst, d.b[:14]...), CanonOK
}

// fifteenDigits is how most IMEIs and IMSIs are spelled: two words that overlap.
func fifteenDigits(v []byte) bool {
	return eightDigits(binary.LittleEndian.Uint64(v)) && eightDigits(binary.LittleEndian.Uint64(v[7:]))
}

// eightDigits: the high half of every byte is 3, and stays so when 6 is added.
func eightDigits(x uint64) bool {
	const six, high, three = 0x0606060606060606, 0xf0f0f0f0f0f0f0f0, 0x3333333333333333
	return x&high|(x+six)&high>>4 == three
}

// lostZero reports whether 14 digits are an IMEI of 15 that a number type took
// the leading zero from: no reporting body has a number from 11 to 19, and with
// the zero the check digit is right.
func lostZero(d []byte) bool {
	return d[0] == '1' && d[1] != '0' && luhn(d)
}

// luhn reports whether the last digit is the check digit of ISO/IEC 7812-1
// annex B. Zeros in front change nothing.
func luhn(d []byte) bool {
	sum, double := 0, false
	for i := len(d) - 1; i >= 0; i-- {
		n := int(d[i] - '0')
		if double {
			n *= 2
			if n > 9 {
				n -= 9
			}
		}
		sum += n
		double = !double
	}
	return sum%10 == 0
}

// appendIMSI: ITU-T E.212, three digits of country, two or three of network,
// at most 15 in all.
func appendIMSI(dst, v []byte) ([]byte, Canon) {
	if len(v) == 15 && fifteenDigits(v) && v[0] != '0' {
		return append(dst, v...), CanonOK
	}
	var d digits
	if !d.read(v) {
		return dst, CanonUnfit
	}
	if allZero(d.text()) {
		return dst, CanonPlaceholder
	}
	if d.n < 6 || d.n > 15 {
		return dst, CanonUnfit
	}
	return append(dst, d.text()...), CanonOK
}

// appendICCID: ITU-T E.118, 19 digits with the check digit, 20 on many cards,
// 18 where a source leaves it out; F fills the last byte of an odd number. Some
// operators number with the letters A to F.
func appendICCID(dst, v []byte) ([]byte, Canon) {
	var d digits
	if !d.read(v) && !d.readHex(v) {
		return dst, CanonUnfit
	}
	if d.n == 20 && d.b[19] == 'F' {
		d.n--
	}
	if allZero(d.text()) {
		return dst, CanonPlaceholder
	}
	if d.n < 18 || d.n > 22 {
		return dst, CanonUnfit
	}
	return append(dst, d.text()...), CanonOK
}

// appendBankCard: ISO/IEC 7812-1 numbers of 12 to 19 digits; else ISO 13616,
// two letters of country, two check digits, up to 30 letters and digits.
func appendBankCard(dst, v []byte) ([]byte, Canon) {
	if len(v) > 2 && isLetter(v[0]) && isLetter(v[1]) {
		return appendIBAN(dst, v)
	}
	var d digits
	if !d.read(v) {
		return dst, CanonUnfit
	}
	if allZero(d.text()) {
		return dst, CanonPlaceholder
	}
	if d.n < 12 || d.n > 19 {
		return dst, CanonUnfit
	}
	return append(dst, d.text()...), CanonOK
}

func appendIBAN(dst, v []byte) ([]byte, Canon) {
	n := len(dst)
	dst, ok := appendUpper(dst, v)
	iban := dst[n:]
	if !ok || len(iban) < 15 || len(iban) > 34 || !isDigit(iban[2]) || !isDigit(iban[3]) {
		return dst[:n], CanonUnfit
	}
	return dst, CanonOK
}

// appendUpper appends the ASCII letters, in upper case, and digits of v. It
// reports false when there is anything else but separators.
func appendUpper(dst, v []byte) ([]byte, bool) {
	for _, c := range v {
		switch {
		case isDigit(c) || isLetter(c):
			dst = append(dst, toUpper(c))
		case !separates(c):
			return dst, false
		}
	}
	return dst, true
}
