package redact

// appendISO is the short way for the layout that most times have,
//
//	2026-11-21T21:05:33.123+08:00
//
// with a space for the T, without the fraction, with Z or without a zone, and
// for units that change no date. It reports false for all else: a stamp
// decides, and gives the same where both do.
func appendISO(dst, v []byte, u TimeUnit) ([]byte, bool) {
	if len(v) < 19 || u > TimeDay || v[4] != '-' || v[7] != '-' || v[10] != 'T' && v[10] != ' ' || v[13] != ':' || v[16] != ':' {
		return dst, false
	}
	century, year, month, day := two(v, 0), two(v, 2), two(v, 5), two(v, 8)
	hour, minute, second := two(v, 11), two(v, 14), two(v, 17)
	if max(century, year, month, day, hour, minute, second) > 99 {
		return dst, false
	}
	y := 100*century + year
	if y == 0 || month == 0 || month > 12 || day == 0 || day > daysIn(y, month) || hour > 23 || minute > 59 || second > 60 {
		return dst, false
	}
	end := 19
	if end < len(v) && (v[end] == '.' || v[end] == ',') {
		end++
		for end < len(v) && isDigit(v[end]) {
			end++
		}
		if end == 20 || end > 20+maxFraction {
			return dst, false
		}
	}
	if !isZone(v[end:]) {
		return dst, false
	}
	from := 17
	switch u {
	case TimeSecond:
		from = 20
	case TimeHour:
		from = 14
	case TimeDay:
		from = 11
	}
	n := len(dst)
	dst = append(dst, v...)
	out := dst[n:]
	for i := from; i < end; i++ {
		if isDigit(out[i]) {
			out[i] = '0'
		}
	}
	return dst, true
}

// two returns the number of two digits at i, or more than 99.
func two(v []byte, i int) int64 {
	a, b := v[i]-'0', v[i+1]-'0'
	if a > 9 || b > 9 {
		return 100
	}
	return 10*int64(a) + int64(b)
}

// isZone takes nothing, Z, or an offset with its colon.
func isZone(v []byte) bool {
	switch len(v) {
	case 0:
		return true
	case 1:
		return v[0] == 'Z'
	case 6:
		return (v[0] == '+' || v[0] == '-') && v[3] == ':' && two(v, 1) <= maxOffset && two(v, 4) <= 59
	}
	return false
}
