package detect

// isIDCard: GB 11643. 18 characters: six of region, a date, three of order, and
// a check character of ISO 7064 MOD 11-2, which may be an X. The region is not
// looked up: what it was called when the card was made is in no one table. The
// old form of 15 digits has no check digit: a label must say so.
func (s *Scanner) isIDCard(n *number) (Detector, bool) {
	d := n.digits
	switch len(d) {
	case 15:
		return DetectIDCard, d[0] != '0' && realDate(1900+two(d[6:]), two(d[8:]), two(d[10:])) && announces(s.text, n.start, wordsIDCard)
	case 17:
		if n.end == len(s.text) || s.text[n.end]|0x20 != 'x' || n.end+1 < len(s.text) && (isLetter(s.text[n.end+1]) || isDigit(s.text[n.end+1])) {
			return 0, false
		}
		d = append(d, 'X')
		n.end++
	case 18:
	default:
		return 0, false
	}
	year := two(d[6:])*100 + two(d[8:])
	return DetectIDCard, d[0] != '0' && year >= 1800 && year < 2100 && realDate(year, two(d[10:]), two(d[12:])) && d[17] == citizenCheck(d)
}

// citizenCheck is the check character of the first 17 digits.
func citizenCheck(d []byte) byte {
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(d[i]-'0')
	}
	return "10X98765432"[sum%11]
}

func two(d []byte) int { return int(d[0]-'0')*10 + int(d[1]-'0') }

// realDate reports whether the day is in the calendar.
func realDate(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	last := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && (year%4 == 0 && year%100 != 0 || year%400 == 0) {
		last = 29
	}
	return day <= last
}
