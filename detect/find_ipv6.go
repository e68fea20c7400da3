package detect

// maxIPv6 is the longest text of an address without a zone: six groups and a
// dotted quad.
const maxIPv6 = 45

// findIPv6 judges the run of hex digits and colons at p. :: is also how C++
// and others separate names: an address has a digit, and no letters around it.
func (s *Scanner) findIPv6(p int) int {
	t, start := s.text, p
	for start > s.after[familyColon] && p-start < maxIPv6 && isColonHex(t[start-1]) {
		start--
	}
	if last := colonsEnd(t, start); last > 0 {
		return max(last, p+1)
	}
	for start < len(t) && isColonHex(t[start]) {
		end := s.ipv6End(start)
		if end > 0 {
			s.add(start, end, DetectIPv6)
			return end
		}
		start = nextGroup(t, start)
		if start > p {
			return start
		}
	}
	return p + 1
}

// colonsEnd returns where the run of hex digits and colons at start ends, when it
// is none of an address: fewer than six colons, no two side by side, as in a MAC address
// or a time. 0 says that it may be one.
func colonsEnd(t []byte, start int) int {
	n := 0
	for i := start; i < len(t); i++ {
		switch {
		case t[i] == ':':
			if n++; n > 5 || i+1 < len(t) && t[i+1] == ':' {
				return 0
			}
		case hexValue[t[i]] == noHex:
			return i
		}
	}
	return len(t)
}

func isColonHex(c byte) bool { return c == ':' || hexValue[c] != noHex }

// nextGroup returns where an address could begin behind start: at two colons, or behind one.
func nextGroup(t []byte, start int) int {
	i := start
	for i < len(t) && hexValue[t[i]] != noHex {
		i++
	}
	if i == start { // at a colon
		for i < len(t) && t[i] == ':' {
			i++
		}
		return i
	}
	if i+1 < len(t) && t[i] == ':' && t[i+1] != ':' {
		return i + 1
	}
	return i
}

// ipv6End returns where the longest address at start ends, its zone included, or 0.
func (s *Scanner) ipv6End(start int) int {
	t := s.text
	if start > 0 && (isLetter(t[start-1]) || isDigit(t[start-1]) || t[start-1] == '_' || t[start-1] == ':' && start > 1 && t[start-2] == ':') {
		return 0
	}
	a := ipv6Prefix(t, start)
	end, groups, gap := a.end, a.groups, a.gap
	switch {
	case end == 0, !a.digit, gap && groups == 0:
		return 0
	case gap && groups < 3 && a.widest < 3 && t[start] != ':': // a8::b is code
		return 0
	case !gap && groupsAround(t, start, end) > 9: // a fingerprint of a key; nine are a line number and an address, or a port
		return 0
	case gap && groups == 1 && t[end-1] == ':' && end-start < 5: // 12:: is no network
		return 0
	case isSlice(t, start, end):
		return 0
	}
	if end < len(t) {
		switch c := t[end]; {
		case c == '%':
			return zoneEnd(t, end)
		case c == ':':
			if !isPortAt(t, end) || !gap && groups < 8 {
				return 0
			}
		case isLetter(c), isDigit(c), c == '_':
			return 0
		}
	}
	return end
}

// isSlice reports whether t[start:end] is the step of a slice, args[::2]: a short
// one in brackets behind a name, and no port.
func isSlice(t []byte, start, end int) bool {
	return start > 1 && end-start < 5 && t[start] == ':' && t[start-1] == '[' && (isLetter(t[start-2]) || isDigit(t[start-2]) || t[start-2] == '_' || t[start-2] == ')' || t[start-2] == ']') &&
		end < len(t) && t[end] == ']' && (end+1 == len(t) || t[end+1] != ':')
}

// groupsAround counts the groups of the run of hex digits and colons around
// t[start:end], as far as it takes to see that there are more than ten.
func groupsAround(t []byte, start, end int) int {
	n := 1
	for i := start; i > 0 && start-i < maxIPv6 && isColonHex(t[i-1]); i-- {
		if t[i-1] == ':' {
			n++
		}
	}
	for i := start; i < len(t) && i-end < maxIPv6 && isColonHex(t[i]); i++ {
		if t[i] == ':' {
			n++
		}
	}
	return n
}

// ipv6 is what ipv6Prefix reads.
type ipv6 struct {
	end    int  // 0: no address
	groups int  // a dotted quad is two
	gap    bool // :: stands for groups of zeros
	digit  bool // there is a decimal digit
	widest int  // digits of the longest group
}

// ipv6Prefix reads the longest address at i (RFC 4291, section 2.2).
func ipv6Prefix(t []byte, i int) ipv6 {
	var a ipv6
	if i+1 < len(t) && t[i] == ':' && t[i+1] == ':' {
		a.gap, a.end = true, i+2
		i += 2
	}
	for i < len(t) && a.groups < 8 {
		width := 0
		for i+width < len(t) && hexValue[t[i+width]] != noHex {
			a.digit = a.digit || isDigit(t[i+width])
			if width++; width > 4 {
				return ipv6{}
			}
		}
		if width == 0 {
			break
		}
		a.widest = max(a.widest, width)
		if i+width < len(t) && t[i+width] == '.' && (a.gap && a.groups < 6 || a.groups == 6) {
			if q := quadPrefix(t, i); q > 0 {
				return ipv6{q, a.groups + 2, a.gap, true, 4}
			}
		}
		a.groups++
		i += width
		if a.gap || a.groups == 8 {
			a.end = i
		}
		if i+1 >= len(t) || t[i] != ':' || a.groups == 8 {
			break
		}
		i++
		if t[i] == ':' {
			if a.gap {
				break
			}
			a.gap = true
			i++
			a.end = i
		}
	}
	if a.gap && a.groups > 7 {
		return ipv6{}
	}
	return a
}

// zoneEnd returns where the zone (RFC 4007) behind the % at i ends. As a URL
// writes it (RFC 6874) the sign is %25.
func zoneEnd(t []byte, i int) int {
	end := i + 1
	for end < len(t) && end-i < 32 && (isLetter(t[end]) || isDigit(t[end]) || t[end] == '-' || t[end] == '_') {
		end++
	}
	if end == i+1 {
		return i
	}
	return end
}

// isPortAt reports whether :0 to :65535 stands at i and ends there.
func isPortAt(t []byte, i int) bool {
	end := i + 1
	for end < len(t) && end-i < 6 && isDigit(t[end]) {
		end++
	}
	return end == i+1 && (end == len(t) || t[end] != ':') || isPort(t[i:end]) && (end == len(t) || !isColonHex(t[end]))
}
