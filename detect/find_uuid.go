package detect

// findDashed judges the UUID whose first dash is at p (RFC 9562, section 4):
// advertising ids have its form. The nil and the max UUID are nobody. One behind
// a word for something else (request, instance), or in the braces of a class id
// of Windows, is none.
func (s *Scanner) findDashed(p int) int {
	t, start, end := s.text, p-8, p+28
	if start < 0 || end > len(t) {
		return p + 1
	}
	var b [36]byte
	if _, c := appendUUID36(b[:0], t[start:end]); c != CanonOK {
		return p + 1
	}
	if !wordBefore(t, start) || end < len(t) && (hexValue[t[end]] != noHex || t[end] == '-' && hexAfter(t, end+1)) {
		return p + 1
	}
	if !s.isOtherUUID(start, end) {
		s.add(start, end, DetectUUID)
	}
	return end
}

func (s *Scanner) isOtherUUID(start, end int) bool {
	t := s.text
	braces := start > 0 && t[start-1] == '{' && end < len(t) && t[end] == '}'
	return (braces || label(t, start, wordsOther)) && !label(t, start, wordsUUID)
}

// wordBefore reports whether hex digits may begin at t[start]: nothing is glued
// to them, or a word that is no hex number.
func wordBefore(t []byte, start int) bool {
	if start == 0 || hexValue[t[start-1]] == noHex && !isLetter(t[start-1]) {
		return true
	}
	return isLetter(t[start-1]) && freeBefore(t, start)
}
