package detect

// findCoordinates judges the decimal number whose digit before the point is at
// p: the first of a pair within the ranges of latitude and longitude, with four
// decimals or behind a label with three, or a single one behind its label. A
// longitude comes first only where both are around China (latitude 3 to 54,
// longitude 73 to 136): elsewhere a pair that begins above 90 is none. Nor is one
// of two numbers below 1: that is open sea, and what weights and scores are.
func (s *Scanner) findCoordinates(p int) int {
	t := s.text
	a := readDegrees(t, p)
	if a.end == 0 {
		return p + 1
	}
	if q := nextNumber(t, a.end); q > 0 {
		dot := q
		for dot < len(t) && dot-q < 3 && isDigit(t[dot]) {
			dot++
		}
		if b := readDegrees(t, dot-1); b.end > 0 && freeAfterDegrees(t, b.end) && isPlace(a, b) && (a.decimals >= 4 && b.decimals >= 4 || announces(t, a.start, wordsGeo)) {
			if !announces(t, a.start, wordsGeo) {
				if c := vectorEnd(t, b.end); c > 0 {
					return c
				}
				if a.value < 1 && b.value < 1 || isDOI(t[:a.start]) {
					return b.end
				}
			}
			s.add(a.start, b.end, DetectCoordinates)
			return b.end
		}
	}
	if a.value <= 180 && freeAfterDegrees(t, a.end) && label(t, a.start, wordsDegrees) {
		s.add(a.start, a.end, DetectCoordinates)
	}
	return a.end
}

// isDOI reports whether what follows t is the number of a document: 10.1109/26.231911.
func isDOI(t []byte) bool {
	for _, sign := range [...]string{"doi.org/", "doi:", "doi: "} {
		if len(t) >= len(sign) && equalFold(t[len(t)-len(sign):], sign) {
			return true
		}
	}
	return false
}

// vectorEnd returns where the third number of three ends, of which the second
// ends at p: those are what a sensor measured. 0 is for two, and for four.
func vectorEnd(t []byte, p int) int {
	q := nextNumber(t, p)
	if q == 0 {
		return 0
	}
	dot := q
	for dot < len(t) && dot-q < 3 && isDigit(t[dot]) {
		dot++
	}
	c := readDegrees(t, dot-1)
	if c.end == 0 || nextNumber(t, c.end) > 0 {
		return 0
	}
	return c.end
}

// degrees is a decimal number with at least three decimals.
type degrees struct {
	start, end, decimals int
	value                float64 // without its sign
}

// readDegrees reads the number whose last digit before the point is at p; its
// end is 0 where there is none.
func readDegrees(t []byte, p int) degrees {
	start := p
	for start > 0 && p-start < 2 && isDigit(t[start-1]) {
		start--
	}
	if p+1 >= len(t) || t[p+1] != '.' || start > 0 && (isDigit(t[start-1]) || isLetter(t[start-1]) || t[start-1] == '.' && start > 1 && isDigit(t[start-2])) {
		return degrees{}
	}
	d, scale := degrees{}, 1.0
	for _, c := range t[start : p+1] {
		if !isDigit(c) {
			return degrees{}
		}
		d.value = d.value*10 + float64(c-'0')
	}
	end := p + 2
	for end < len(t) && isDigit(t[end]) {
		if d.decimals < 12 {
			scale /= 10
			d.value += float64(t[end]-'0') * scale
		}
		d.decimals++
		end++
	}
	if d.decimals < 3 || end+1 < len(t) && t[end] == '.' && isDigit(t[end+1]) {
		return degrees{}
	}
	if start > 0 && (t[start-1] == '-' || t[start-1] == '+') && (start == 1 || !isDigit(t[start-2]) && !isLetter(t[start-2])) {
		start--
	}
	d.start, d.end = start, end
	return d
}

// nextNumber returns where the second number of a pair begins, its sign left out, or 0.
func nextNumber(t []byte, i int) int {
	from, sign := i, false
	for i < len(t) && i-from < 4 {
		switch c := t[i]; {
		case c == ' ', c == '\t', c == '-', c == '+':
		case c == ',', c == ';', c == '/':
			if sign {
				return 0
			}
			sign = true
		case isDigit(c) && i > from:
			return i
		default:
			return 0
		}
		i++
	}
	if i < len(t) && isDigit(t[i]) {
		return i
	}
	return 0
}

func isPlace(a, b degrees) bool {
	if a.value <= 90 {
		return b.value <= 180
	}
	return 73 <= a.value && a.value <= 136 && 3 <= b.value && b.value <= 54
}

func freeAfterDegrees(t []byte, end int) bool {
	if end == len(t) || !isLetter(t[end]) {
		return true
	}
	switch t[end] {
	case 'N', 'S', 'E', 'W', 'n', 's', 'e', 'w':
		return end+1 == len(t) || !isLetter(t[end+1]) && !isDigit(t[end+1]) && !isExponent(t[end:])
	}
	return false
}

// isExponent: e+15, E-308.
func isExponent(v []byte) bool {
	return len(v) > 2 && v[0]|0x20 == 'e' && (v[1] == '+' || v[1] == '-') && isDigit(v[2])
}
