package synth

import "strconv"

// Identifiers as text, each from the random bits of its owner. Check digits are
// right, because detectors and canonical forms look at them.

const hexDigits = "0123456789abcdef"

// rng is SplitMix64 (Steele, Lea, Flood 2014). It is here, and not math/rand,
// because the records of a seed must never change.
type rng struct{ s uint64 }

func (r *rng) next() uint64 {
	r.s += 0x9e3779b97f4a7c15
	return mix(r.s)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n returns a number in [0, n).
func (r *rng) n(n int) int { return int(r.next() >> 33 * uint64(n) >> 31) }

func appendDigits(b []byte, r *rng, n int) []byte {
	v := r.next()
	for i := range n {
		if i == 18 { // 64 bits hold no more
			v = r.next()
		}
		b = append(b, byte('0'+v%10))
		v /= 10
	}
	return b
}

func appendHex(b []byte, r *rng, n int) []byte {
	var v uint64
	for i := range n {
		if i%16 == 0 {
			v = r.next()
		}
		b = append(b, hexDigits[v&15])
		v >>= 4
	}
	return b
}

func appendFrom(b []byte, r *rng, alphabet string, n int) []byte {
	for range n {
		b = append(b, alphabet[r.n(len(alphabet))])
	}
	return b
}

func upper(b []byte) {
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
}

// appendPadded appends v in decimal, with zeros in front up to width.
func appendPadded(b []byte, v, width int) []byte {
	limit := 10
	for ; width > 1; width-- {
		if v < limit {
			b = append(b, '0')
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(v), 10)
}

// luhn returns the check digit of the digits (ISO/IEC 7812-1, annex B).
func luhn(digits []byte) byte {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// appendLuhn appends the check digit of b[start:].
func appendLuhn(b []byte, start int) []byte { return append(b, luhn(b[start:])) }

// appendIMEI appends 15 digits: reporting body 86 (China), model, serial, check.
func appendIMEI(b []byte, r rng) []byte {
	start := len(b)
	return appendLuhn(appendDigits(append(b, "86"...), &r, 12), start)
}

func appendIMSI(b []byte, r rng) []byte {
	b = append(b, networks[r.n(len(networks))].plmn...)
	return appendDigits(b, &r, 10)
}

// appendICCID appends 20 digits: 89 (telecom), 86 (China), issuer, number, check.
func appendICCID(b []byte, r rng) []byte {
	start := len(b)
	return appendLuhn(appendDigits(append(b, "8986"...), &r, 15), start)
}

// appendMEID appends 14 hex digits; the first byte of a hexadecimal MEID is A0 or more.
func appendMEID(b []byte, r rng) []byte {
	b = append(b, 'A')
	start := len(b)
	b = appendHex(b, &r, 13)
	upper(b[start:])
	return b
}

// appendMAC appends a locally administered unicast address, which no vendor owns.
func appendMAC(b []byte, r rng) []byte {
	v := r.next()
	for i := range 6 {
		o := byte(v >> (8 * i))
		if i == 0 {
			o = o&^3 | 2
		} else {
			b = append(b, ':')
		}
		b = append(b, hexDigits[o>>4], hexDigits[o&15])
	}
	return b
}

// appendUUID appends a version 4 UUID (RFC 9562, 5.4).
func appendUUID(b []byte, r rng) []byte {
	start := len(b)
	b = appendHex(b, &r, 36)
	u := b[start:]
	u[8], u[13], u[18], u[23] = '-', '-', '-', '-'
	u[14] = '4'
	u[19] = "89ab"[u[19]&3]
	return b
}

// appendIPv4 appends an address of 198.18.0.0/15 (benchmarks, RFC 2544) or of
// 100.64.0.0/10 (carriers, RFC 6598). The last octet is never 0: a truncated
// address must differ from the raw one.
func appendIPv4(b []byte, r rng) []byte {
	v := r.next()
	if v>>63 == 0 {
		b = append(b, "198."...)
		b = strconv.AppendUint(b, 18+v&1, 10)
	} else {
		b = append(b, "100."...)
		b = strconv.AppendUint(b, 64+v&63, 10)
	}
	b = append(b, '.')
	b = strconv.AppendUint(b, v>>8&255, 10)
	b = append(b, '.')
	return strconv.AppendUint(b, 1+v>>16%254, 10)
}

// appendIPv6 appends an address of 2001:db8::/32 (documentation, RFC 3849).
func appendIPv6(b []byte, r rng) []byte {
	b = append(b, "2001:db8"...)
	for range 4 {
		b = append(b, ':')
		b = strconv.AppendUint(b, 0x1000+r.next()&0xefff, 16)
	}
	b = append(b, "::"...)
	return strconv.AppendUint(b, 1+r.next()&0x7fff, 16)
}

// appendMobile appends a Chinese mobile number, 11 digits, or +86 and those.
func appendMobile(b []byte, r rng, international bool) []byte {
	if international {
		b = append(b, "+86"...)
	}
	b = append(b, mobilePrefixes[r.n(len(mobilePrefixes))]...)
	return appendDigits(b, &r, 8)
}

// appendBankCard appends a 19-digit number of the UnionPay range.
func appendBankCard(b []byte, r rng) []byte {
	start := len(b)
	return appendLuhn(appendDigits(append(b, "62"...), &r, 16), start)
}

// appendCitizenID appends region, date of birth, order and the check character
// of GB 11643 (ISO 7064 MOD 11-2).
func appendCitizenID(b []byte, r rng, region int, birth date) []byte {
	start := len(b)
	b = strconv.AppendInt(b, int64(region), 10)
	b = birth.appendDigits(b)
	b = appendDigits(b, &r, 3)
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(b[start+i]-'0')
	}
	return append(b, "10X98765432"[sum%11])
}

// appendVIN appends a vehicle number with the check character of ISO 3779 as
// used in GB 16735 (position 9).
func appendVIN(b []byte, r rng) []byte {
	const letters = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ" // no I, O, Q
	start := len(b)
	b = append(b, 'L')
	b = appendFrom(b, &r, letters, 10)
	b = appendDigits(b, &r, 6)
	vin, sum := b[start:], 0
	for i, weight := range [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2} {
		sum += weight * vinValue(vin[i])
	}
	vin[8] = "0123456789X"[sum%11]
	return b
}

// vinValue is the transliteration of ISO 3779: A–H 1–8, J–R 1–9, S–Z 2–9.
func vinValue(c byte) int {
	switch {
	case c <= '9':
		return int(c - '0')
	case c <= 'H':
		return int(c-'A') + 1
	case c <= 'R':
		return int(c-'J') + 1
	}
	return int(c-'S') + 2
}

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func appendUserID(b []byte, n int) []byte {
	return strconv.AppendInt(append(b, "u-"...), int64(1_000_000+n), 10)
}
