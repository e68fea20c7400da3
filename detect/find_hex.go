package detect

// findHex judges the run of hex digits at p: device ids without separators. A
// hash and a trace id look the same, so nothing is taken without its label, but
// an ICCID with the filler F, which has a check digit.
func (s *Scanner) findHex(p int) int {
	t := s.text
	start, end := p, p
	for start > s.after[familyHex] && hexValue[t[start-1]] != noHex {
		start--
	}
	for end < len(t) && hexValue[t[end]] != noHex {
		end++
	}
	if start > 0 && (isLetter(t[start-1]) || t[start-1] == '-' && hexBefore(t, start-1)) ||
		end < len(t) && (isLetter(t[end]) || t[end] == '-' && hexAfter(t, end+1)) {
		return end
	}
	if d, ok := s.isHexID(start, end); ok && s.set.Has(d) {
		s.add(start, end, d)
	}
	return end
}

// hexAfter reports whether four hex digits, one of them a digit, stand at t[at].
func hexAfter(t []byte, at int) bool {
	n, digit := 0, false
	for n < 4 && at < len(t) && hexValue[t[at]] != noHex {
		digit = digit || isDigit(t[at])
		at++
		n++
	}
	return n == 4 && digit
}

func (s *Scanner) isHexID(start, end int) (Detector, bool) {
	v := s.text[start:end]
	switch len(v) {
	case 12:
		return DetectMAC, isMAC(v) && announces(s.text, start, wordsMAC)
	case 14:
		return DetectMEID, v[0]|0x20 >= 'a' && announces(s.text, start, wordsMEID)
	case 16:
		return DetectAndroidID, announces(s.text, start, wordsAndroid) || start >= 8 && equalFold(s.text[start-8:start], "android-")
	case 20:
		if v[19]|0x20 == 'f' && v[0] == '8' && v[1] == '9' && allDigits(v[:19]) {
			return DetectICCID, luhn(v[:19])
		}
		return DetectICCID, v[0] == '8' && v[1] == '9' && announces(s.text, start, wordsICCID)
	case 32, 64:
		return DetectUUID, announces(s.text, start, wordsUUID)
	}
	return 0, false
}

// isHexOfDigits is isHexID of digits that happen to have no letter among them.
func (s *Scanner) isHexOfDigits(n *number) (Detector, bool) {
	if n.groups > 1 || allZero(n.digits) {
		return 0, false
	}
	return s.isHexID(n.start, n.end)
}

func allDigits(v []byte) bool {
	for _, c := range v {
		if !isDigit(c) {
			return false
		}
	}
	return true
}
