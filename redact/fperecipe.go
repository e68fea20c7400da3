package redact

import "slices"

// The recipes: which digits of a class stay, which are encrypted, and what the
// check digit becomes. Each works on the digits in s.d[:s.n] and reports false
// for a value that has not as many as it needs.

// imei: 14 digits; 15 with a check digit; 16 with a software version, which
// stays. TAC and serial number are 3GPP TS 23.003, 6.2.
func (f *fpe) imei(s *fpeScratch) bool {
	if s.n < 14 || s.n > 16 {
		return false
	}
	var kept []byte
	if f.keep > 0 {
		kept = s.d[:f.keep]
	}
	if !f.encrypt(s, "imei", kept, s.d[f.keep:14]) {
		return false
	}
	if s.n == 15 {
		s.d[14] = f.check(luhnDigit(s.d[:14]))
	}
	return true
}

// check is a check digit as the result shall have it: the right one, or one
// that is wrong by five.
func (f *fpe) check(right byte) byte {
	if f.valid {
		return right
	}
	return (right + 5) % 10
}

// luhnDigit is the check digit that ISO/IEC 7812-1, annex B, puts behind d.
func luhnDigit(d []byte) byte {
	sum := 0
	for i := range d {
		x := int(d[len(d)-1-i])
		if i%2 == 0 {
			x *= 2
			x -= x / 10 * 9
		}
		sum += x
	}
	return byte((10 - sum%10) % 10)
}

// longMNC are the mobile country codes whose network codes have three digits
// (ITU-T E.212 allocations: North America, the Caribbean, parts of South
// America).
var longMNC = []int{302, 310, 311, 312, 313, 314, 315, 316, 334, 338, 342, 344, 346, 348, 350, 352, 354, 356, 358, 360, 365, 366, 376, 708, 722, 732, 750}

// imsi: the network stays, the subscriber is encrypted (3GPP TS 23.003, 2.2).
func (f *fpe) imsi(s *fpeScratch) bool {
	if s.n != 15 && s.n != 14 {
		return false
	}
	keep := f.keep
	if keep == 0 {
		keep = 5
		if slices.Contains(longMNC, int(s.d[0])*100+int(s.d[1])*10+int(s.d[2])) {
			keep = 6
		}
	}
	return f.encrypt(s, "imsi", s.d[:keep], s.d[keep:s.n])
}

// iccid: 89, country and issuer stay; a check digit is the 19th or 20th (ITU-T
// E.118).
func (f *fpe) iccid(s *fpeScratch) bool {
	if s.n < 18 || s.n > 20 {
		return false
	}
	body := s.n
	if s.n > 18 {
		body--
	}
	if !f.encrypt(s, "iccid", s.d[:f.keep], s.d[f.keep:body]) {
		return false
	}
	if body < s.n {
		s.d[body] = f.check(luhnDigit(s.d[:body]))
	}
	return true
}

// mac: 46 bits are encrypted; of the other two one says "locally administered"
// and one "unicast" (IEEE 802, 8.2), so that no result is a vendor's address.
func (f *fpe) mac(s *fpeScratch) bool {
	if s.n != 12 {
		return false
	}
	b := s.bits[:0]
	for i, d := range s.d[:12] {
		for k := 3; k >= 0; k-- {
			if i != 1 || k > 1 {
				b = append(b, d>>k&1)
			}
		}
	}
	// Addresses that differ in those two bits only are different ones.
	if !f.encrypt(s, "mac", []byte{s.d[1] & 3}, b) {
		return false
	}
	at := 0
	for i := range s.d[:12] {
		var d byte
		for k := 3; k >= 0; k-- {
			if i == 1 && k <= 1 {
				d |= 2 & (1 << k)
				continue
			}
			d |= b[at] << k
			at++
		}
		s.d[i] = d
	}
	return true
}

// phone: the country code and some digits behind it stay; at least six are
// encrypted. A Chinese mobile number has one image with its country code and
// without; any other number without one has none that is known.
func (f *fpe) phone(s *fpeScratch) bool {
	start := 0 // where the country code begins
	if s.n > 2 && s.d[0] == 0 && s.d[1] == 0 {
		start = 2
	}
	country := start
	var kept [maxFPE + 2]byte
	k := kept[:0]
	switch {
	case s.canon[0] != '+':
	case s.n-start < len(s.canon)-1:
		k = append(k, 8, 6) // the canonical form added it
	default:
		country += countryCode(s.d[start:s.n])
	}
	keep := min(country+f.keep, s.n-6)
	if keep < country {
		return false
	}
	return f.encrypt(s, "phone", append(k, s.d[start:keep]...), s.d[keep:s.n])
}

// countryCode is how many digits of an E.164 number are its country (ITU-T
// E.164, annex: list of assigned codes).
func countryCode(d []byte) int {
	if len(d) < 3 {
		return len(d)
	}
	two := int(d[0])*10 + int(d[1])
	switch {
	case d[0] == 1 || d[0] == 7:
		return 1
	case two == 20 || two == 27 || two >= 30 && two <= 34 || two == 36 || two == 39 || two >= 40 && two <= 49 && two != 42,
		two >= 51 && two <= 58, two >= 60 && two <= 66, two == 81, two == 82, two == 84, two == 86, two >= 90 && two <= 95, two == 98:
		return 2
	}
	return 3
}

// bankCard: the issuer stays, and the last digits before the check digit if
// asked for (ISO/IEC 7812-1).
func (f *fpe) bankCard(s *fpeScratch) bool {
	end := s.n - 1 - f.keepLast
	if s.n < 12 || s.n > 19 || end-f.keep < 6 {
		return false
	}
	if !f.encrypt(s, "pan", s.d[:f.keep], s.d[f.keep:end]) {
		return false
	}
	s.d[s.n-1] = f.check(luhnDigit(s.d[:s.n-1]))
	return true
}

// idRanks are the birthdays of 1900 to 2099 with 1,000 order codes each.
const idRanks = 73_049_000

// idCard: a Chinese citizen's number of 18 characters (GB 11643). The region
// stays. Birthday and order code are one number below idRanks, which is
// encrypted until it is below it again (cycle walking), so that the result has
// a date that exists.
func (f *fpe) idCard(s *fpeScratch) bool {
	if s.n != 17 && s.n != 18 { // X, the check character for ten, was passed over
		return false
	}
	rank, ok := idRank(s.d[6:17])
	if !ok {
		return false
	}
	tweak := s.tweakOf("cn_id", s.d[:6])
	x := s.plain[:8]
	for next := rank; ; {
		spellDigits(x, next)
		if !f.ff1.Encrypt(&s.ff1, x, tweak) {
			return false
		}
		next = 0
		for _, d := range x {
			next = next*10 + int(d)
		}
		if next == rank {
			tweak = append(tweak, '+')
		} else if next < idRanks {
			unrankID(s.d[6:17], next)
			break
		}
	}
	right := idCheck(s.d[:17])
	if !f.valid {
		right = (right + 5) % 11
	}
	s.d[17], s.n = right, 18 // 10 is written X
	return true
}

func spellDigits(x []byte, v int) {
	for i := len(x) - 1; i >= 0; i-- {
		x[i] = byte(v % 10)
		v /= 10
	}
}

// idRank numbers date and order code, YYYYMMDDNNN.
func idRank(d []byte) (int, bool) {
	number := func(d []byte) int64 {
		n := int64(0)
		for _, c := range d {
			n = n*10 + int64(c)
		}
		return n
	}
	y, m, day := number(d[:4]), number(d[4:6]), number(d[6:8])
	if y < 1900 || y > 2099 || m < 1 || m > 12 || day < 1 || day > daysIn(y, m) {
		return 0, false
	}
	return int((daysOf(y, m, day)-firstIDDay)*1000 + number(d[8:11])), true
}

// firstIDDay is 1900-01-01.
var firstIDDay = daysOf(1900, 1, 1)

// unrankID is the inverse of idRank.
func unrankID(d []byte, rank int) {
	y, m, day := civil(firstIDDay + int64(rank/1000))
	spellDigits(d[:4], int(y))
	spellDigits(d[4:6], int(m))
	spellDigits(d[6:8], int(day))
	spellDigits(d[8:11], rank%1000)
}

// idCheck is the check character of ISO 7064 MOD 11-2 as a number; 10 is X.
func idCheck(d []byte) byte {
	sum := 0
	for _, c := range d {
		sum = (sum + int(c)) * 2 % 11
	}
	return byte((12 - sum) % 11)
}
