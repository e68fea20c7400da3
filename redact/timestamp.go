package redact

// The scanner and the writer of a stamp: see timetext.go.

var (
	weekdayNames = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	monthNames   = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

// digits returns how many digits stand here.
func (s *stamp) digits() int {
	n := 0
	for s.at+n < len(s.text) && isDigit(s.text[s.at+n]) {
		n++
	}
	return n
}

// width returns the width of a number of one or two digits here, or 0, which
// no number has.
func (s *stamp) width() int {
	if n := s.digits(); n <= 2 {
		return n
	}
	return 0
}

// after returns the byte that stands n further, or 0.
func (s *stamp) after(n int) byte {
	if s.at+n < len(s.text) {
		return s.text[s.at+n]
	}
	return 0
}

func (s *stamp) peek() byte { return s.after(0) }

// one takes one of some bytes.
func (s *stamp) one(set ...byte) bool {
	for _, c := range set {
		if s.peek() == c && s.at < len(s.text) {
			s.at++
			return true
		}
	}
	return false
}

func (s *stamp) literal(text string) bool {
	if len(s.text)-s.at < len(text) || string(s.text[s.at:s.at+len(text)]) != text {
		return false
	}
	s.at += len(text)
	return true
}

// spaces takes one or two: ctime pads the day of the month.
func (s *stamp) spaces() bool { return s.one(' ') && (s.one(' ') || true) }

// number takes a part of exactly so many digits, which more may follow.
func (s *stamp) number(kind partKind, width int) bool {
	if width == 0 || s.digits() < width {
		return false
	}
	x := int64(0)
	for _, c := range s.text[s.at : s.at+width] {
		x = x*10 + int64(c-'0')
	}
	s.value[kind] = x
	s.add(kind, width)
	return true
}

func (s *stamp) monthName() bool { return s.name(partMonthName, monthNames) }

// name takes a name of three letters; its value is its place, from one.
func (s *stamp) name(kind partKind, names []string) bool {
	for i, name := range names {
		if s.literal(name) {
			s.at -= len(name)
			s.add(kind, len(name))
			if kind == partMonthName {
				s.value[partMonth], s.has[partMonth] = int64(i+1), true
			}
			return true
		}
	}
	return false
}

func (s *stamp) add(kind partKind, width int) {
	p := &s.parts[s.n]
	p.kind, p.from, p.to = kind, s.at, s.at+width
	s.n++
	s.has[kind] = true
	s.at += width
}

// real reports whether the parts are a date and a time that exist. A leap
// second is one.
func (s *stamp) real() bool {
	v := &s.value
	if s.has[partYear] && v[partYear] == 0 {
		return false
	}
	if s.has[partMonth] && (v[partMonth] < 1 || v[partMonth] > 12) {
		return false
	}
	if s.has[partDay] && (v[partDay] < 1 || v[partDay] > daysIn(v[partYear], v[partMonth])) {
		return false
	}
	return v[partHour] <= 23 && v[partMinute] <= 59 && v[partSecond] <= 60
}

// truncate sets the parts to the start of their unit. Fractions are always cut:
// no unit is finer than a second.
func (s *stamp) truncate(u TimeUnit) {
	v := &s.value
	switch {
	case u >= TimeDay:
		v[partHour] = 0
		fallthrough
	case u == TimeHour:
		v[partMinute] = 0
		fallthrough
	case u == TimeMinute:
		v[partSecond] = 0
	}
	switch {
	case s.has[partDay] && u >= TimeWeek:
		v[partYear], v[partMonth], v[partDay] = civil(startOf(daysOf(v[partYear], v[partMonth], v[partDay]), u))
	case s.has[partMonth] && u >= TimeMonth:
		v[partYear], v[partMonth], _ = civil(startOf(daysOf(v[partYear], v[partMonth], 1), u))
	}
}

// append writes the text with the values that the parts have now.
func (s *stamp) append(dst []byte) []byte {
	written := 0
	for _, p := range s.parts[:s.n] {
		dst = append(dst, s.text[written:p.from]...)
		written = p.to
		switch p.kind {
		case partFraction:
			if s.exact {
				dst = append(dst, s.text[p.from:p.to]...)
				continue
			}
			for range p.to - p.from {
				dst = append(dst, '0')
			}
		case partMonthName:
			dst = append(dst, monthNames[s.value[partMonth]-1]...)
		case partWeekday:
			days := daysOf(s.value[partYear], s.value[partMonth], s.value[partDay])
			dst = append(dst, weekdayNames[days-startOf(days, TimeWeek)]...)
		default:
			dst = appendPadded(dst, s.value[p.kind], p.to-p.from)
		}
	}
	return append(dst, s.text[written:]...)
}

// appendPadded appends a number of at most four digits with zeros to a width.
func appendPadded(dst []byte, x int64, width int) []byte {
	for n := max(width, 4) - 1; n >= 0; n-- {
		if digit := x / pow10[n]; digit > 0 || n < width || n == 0 {
			dst = append(dst, byte('0'+digit%10))
		}
	}
	return dst
}
