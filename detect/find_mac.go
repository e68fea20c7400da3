package detect

// findOctets judges bytes in pairs of hex digits, the first separator at p: an
// EUI-48, or an EUI-64 behind dashes. Eight pairs behind colons are an IPv6
// address. Separators are one kind throughout.
func (s *Scanner) findOctets(p int) int {
	t, sep, start := s.text, s.text[p], p-2
	if start < 0 || sep != ':' && sep != '-' && sep != '_' || !isPair(t, start) {
		return p + 1
	}
	n, end := 1, p
	for end < len(t) && t[end] == sep && isPair(t, end+1) {
		n++
		end += 3
	}
	if n == 7 && start > 0 && isLetter(t[start-1]) { // the first pair ends a word: mac_00_00…
		n, start = 6, start+3
	}
	if n == 14 && sep == ':' && announces(t, start, wordsMAC) { // both addresses and the type, as iptables logs them
		s.add(start, end, DetectMAC)
		return end
	}
	if n != 6 && !(n == 8 && sep == '-') {
		return max(p+1, end) // the sign behind may be the first of another kind
	}
	if start > 0 && (!wordBefore(t, start) || t[start-1] == sep && !wordBefore(t, start-1)) {
		return end
	}
	if end < len(t) && (hexValue[t[end]] != noHex || t[end] == sep && isGroup(t[end+1:])) {
		return end
	}
	var digits [16]byte
	v := digits[:0]
	for i := start; i < end; i += 3 {
		v = append(v, t[i], t[i+1])
	}
	if !isMAC(v) || sep != ':' && allDigits(v) && !announces(t, start, wordsMAC) { // 26-11-21-23-51-52 is a time
		return end
	}
	s.add(start, end, DetectMAC)
	return end
}

// isPair reports whether two hex digits and no third stand at t[i].
func isPair(t []byte, i int) bool {
	return i+2 <= len(t) && hexValue[t[i]] != noHex && hexValue[t[i+1]] != noHex && (i+2 == len(t) || hexValue[t[i+2]] == noHex)
}

// isGroup reports whether v begins with hex digits that are no part of a word.
func isGroup(v []byte) bool {
	n := 0
	for n < len(v) && hexValue[v[n]] != noHex {
		n++
	}
	return n > 0 && (n == len(v) || !isLetter(v[n]))
}

// isMAC refuses the addresses of nobody and of all.
func isMAC(hex []byte) bool {
	return !allSame(hex, '0') && !allSame(hex, 'f') && !allSame(hex, 'F')
}

// findCisco judges three groups of four hex digits, the first dot at p.
func (s *Scanner) findCisco(p int) int {
	t, start, end := s.text, p-4, p+10
	if start < 0 || end > len(t) {
		return p + 1
	}
	var digits [12]byte
	v := digits[:0]
	for i := start; i < end; i++ {
		switch {
		case i == p || i == p+5:
			if t[i] != '.' {
				return p + 1
			}
		case hexValue[t[i]] == noHex:
			return p + 1
		default:
			v = append(v, t[i])
		}
	}
	if !wordBefore(t, start) || start > 0 && t[start-1] == '.' && (start == 1 || t[start-2] == '[' || hexValue[t[start-2]] != noHex) ||
		end < len(t) && (hexValue[t[end]] != noHex || t[end] == '.' && end+1 < len(t) && hexValue[t[end+1]] != noHex) {
		return p + 1
	}
	if !isMAC(v) || allDigits(v) && !announces(t, start, wordsMAC) {
		return end
	}
	s.add(start, end, DetectMAC)
	return end
}
