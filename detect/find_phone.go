package detect

import "bytes"

// mobilePrefixes are the three first digits of Chinese mobile numbers that are
// given out (MIIT numbering plan): 154 and 12x are nobody's.
var mobilePrefixes = func() (t [1000]bool) {
	for _, r := range [...][2]int{{130, 139}, {145, 145}, {147, 147}, {149, 153}, {155, 159}, {162, 162}, {165, 167}, {170, 178}, {180, 193}, {195, 199}} {
		for p := r[0]; p <= r[1]; p++ {
			t[p] = true
		}
	}
	return t
}()

// mobile reports whether eleven digits are a Chinese mobile number.
func mobile(d []byte) bool {
	return len(d) == 11 && d[0] == '1' && mobilePrefixes[int(d[0]-'0')*100+two(d[1:])]
}

// thing reports whether 13 digits are a number of a Chinese thing: 140, 141,
// 144, 146, 148 and 1064 are machines'. The milliseconds of 2014 to 2017 look
// the same: a label must say so.
func thing(d []byte) bool {
	switch string(d[:3]) {
	case "140", "141", "144", "146", "148":
		return true
	}
	return string(d[:4]) == "1064"
}

// landline reports whether digits are a Chinese area code and a number: 010 and
// 02x with eight digits, others with seven or eight.
func landline(d []byte) bool {
	if d[0] != '0' || d[1] == '0' {
		return false
	}
	if d[1] <= '2' {
		return len(d) == 11 && d[3] >= '2'
	}
	return (len(d) == 11 || len(d) == 12) && d[4] >= '2'
}

// american reports whether ten digits are a number of the North American plan:
// neither area nor exchange begins with 0 or 1.
func american(d []byte) bool { return len(d) == 10 && d[0] >= '2' && d[3] >= '2' }

// isPhone judges numbers without a plus. Mobile numbers of China and numbers
// with their country speak for themselves; so do groups that are written in the
// way of phone numbers; all others stand behind a label.
func (s *Scanner) isPhone(n *number) (Detector, bool) {
	d := n.digits
	switch len(d) {
	case 11:
		if n.groups > 1 && n.sign == 0 && bytes.IndexByte(s.text[n.start:n.end], '.') >= 0 {
			return 0, false // 188 2402.8888 are two numbers
		}
		if mobile(d) {
			return DetectPhone, n.groups > 1 || !s.isQuantity(n)
		}
		if n.groups > 1 && landline(d) && n.sign != '.' {
			return DetectPhone, true
		}
		if n.groups == 4 {
			return DetectPhone, d[0] == '1' && american(d[1:]) && n.sign == '-'
		}
		return DetectPhone, n.groups <= 3 && landline(d) && announces(s.text, n.start, wordsPhone)
	case 10:
		return DetectPhone, american(d) && (n.groups == 3 && s.writtenAsPhone(n) || announces(s.text, n.start, wordsPhone))
	case 12:
		if d[0] == '0' && mobile(d[1:]) {
			return DetectPhone, true
		}
		return DetectPhone, landline(d) && (n.groups > 1 && n.sign == '-' || announces(s.text, n.start, wordsPhone))
	case 13:
		return DetectPhone, d[0] == '8' && d[1] == '6' && mobile(d[2:]) || n.groups == 1 && thing(d) && announces(s.text, n.start, wordsPhone)
	case 15:
		return DetectPhone, string(d[:4]) == "0086" && mobile(d[4:])
	}
	return 0, false
}

// units are what stands behind a number that counts something.
var units = newWords("bytes", "byte", "kb", "kib", "mb", "mib", "ns", "us", "ms", "rows", "ticks", "cycles", "sectors", "packets", "次", "字节", "纳秒", "微秒", "毫秒", "行")

// isQuantity reports whether eleven digits count something, as words around them
// say: bytes, rows, nanoseconds. 2^34 is the memory of many a device.
func (s *Scanner) isQuantity(n *number) bool {
	t := s.text
	behind := t[n.end:]
	if len(behind) > 1 && behind[0] == ' ' {
		behind = behind[1:]
	}
	if len(behind) > 0 && units.to[behind[0]] != 0 {
		for _, u := range units.list[units.from[behind[0]]:units.to[behind[0]]] {
			if len(behind) >= len(u) && equalFold(behind[:len(u)], u) && (u[0] >= 0x80 || len(behind) == len(u) || !isLetter(behind[len(u)]) && !isDigit(behind[len(u)]) && behind[len(u)] != '_' && behind[len(u)] != '-') {
				return true
			}
		}
	}
	return label(t, n.start, wordsCount) || string(n.digits) == "17179869184" && !label(t, n.start, wordsPhone)
}

// writtenAsPhone: 415-555-0100 or (415) 555-0100.
func (s *Scanner) writtenAsPhone(n *number) bool {
	return n.sign == '-' || n.start > 0 && s.text[n.start-1] == '('
}

// findPlus judges E.164 behind the + at p: seven to fifteen digits, in groups
// of two and more, of which the first begins with 1 to 9.
func (s *Scanner) findPlus(p int) int {
	t := s.text
	if p > 0 && (isLetter(t[p-1]) || isDigit(t[p-1]) || t[p-1] == '+') || p+1 == len(t) || t[p+1]-'1' > 8 || isClock(t, p) {
		return p + 1
	}
	digits, end := 0, p+1
	var d [15]byte
	for i := p + 1; ; {
		from := i
		for i < len(t) && isDigit(t[i]) {
			i++
		}
		if size := i - from; digits+size > len(d) || size < 2 && from > p+1 && digits > 6 {
			break
		}
		digits += copy(d[digits:], t[from:i])
		end = i
		k := 0
		for k < 3 && i+k < len(t) && separatesGroups(t[i+k]) {
			k++
		}
		if k == 3 || i+k == len(t) || !isDigit(t[i+k]) || complete(d[:digits]) {
			break
		}
		i += k
	}
	if digits < 7 || end < len(t) && isDigit(t[end]) || !freeAfter(t, end) {
		return max(end, p+1)
	}
	s.add(p, end, DetectPhone)
	return end
}

// isClock reports whether the + at p is of a time: the monotonic clock that Go
// prints with one, m=+24906.653563401, or an offset and a year, 21:00:57 +1130 2010.
func isClock(t []byte, p int) bool {
	if p >= 2 && t[p-1] == '=' && t[p-2] == 'm' && (p == 2 || !isLetter(t[p-3])) {
		n := p + 1
		for n < len(t) && isDigit(t[n]) {
			n++
		}
		return n < len(t) && t[n] == '.'
	}
	return p >= 4 && t[p-1] == ' ' && isDigit(t[p-2]) && isDigit(t[p-3]) && t[p-4] == ':' &&
		p+10 <= len(t) && t[p+1] == '1' && t[p+2] <= '4' && allDigits(t[p+1:p+5]) && t[p+5] == ' ' && allDigits(t[p+6:p+10]) && (p+10 == len(t) || !isDigit(t[p+10]))
}

// complete reports whether the digits are a whole number of a country whose
// numbers are all of one length, so that digits behind it are not of it.
func complete(d []byte) bool {
	return len(d) == 11 && d[0] == '1' || len(d) == 13 && d[0] == '8' && d[1] == '6' && mobile(d[2:])
}
