package redact

// This file reads times in text. What it takes:
//
//	2026-11-21T21:05:33.123+08:00   RFC 3339 and ISO 8601, in any of its lengths from 2026-11 on
//	2026-11-21 21:05:33,123 +0800   with a space, a comma, - / or . in the date, and a zone or none
//	2026/1/5 9:05                   digits without their zeros
//	20261121T210533Z                ISO 8601 basic; without the T it is compact, below
//	20261121 · 202611212105 · 20261121210533 · 20261121210533123
//	21/Nov/2026:21:05:33 +0800      Apache and nginx; 21-Nov-2026
//	Sat, 21 Nov 2026 21:05:33 GMT   RFC 1123, with a number as zone, without the weekday
//	Sat Nov 21 21:05:33 CST 2026    ctime, date, Java; the zone before the year or not at all
//	2026年11月21日 21时05分33秒      and 2026年11月21日 21:05:33
//	21:05:33.123                    a time of day
//
// A stamp remembers where in the text each part stands. Truncation changes the
// parts' values; append writes them over the text at their old width, so that
// the layout stays. Everything between the parts is one of the few separators
// and zone names below: no free text can ride along.

type partKind uint8

const (
	partYear partKind = iota
	partMonth
	partDay
	partHour
	partMinute
	partSecond
	partFraction
	partMonthName
	partWeekday
	numParts
)

// stamp is a time in a text. It lives on the stack of one call.
type stamp struct {
	text  []byte
	at    int // the scanner's place
	parts [numParts]struct {
		kind     partKind
		from, to int
	}
	n     int
	has   [numParts]bool
	value [partFraction]int64 // a month's name is a month
	exact bool                // nothing is cut: the fraction stays
}

const (
	// maxStamp is above the longest layout; it bounds the work on a text that is
	// no time.
	maxStamp = 64

	maxFraction = 12 // digits of a second's parts: picoseconds
	maxOffset   = 14 // hours: Kiribati
)

// parse reports whether the text is a time of a layout above and a real date.
func (s *stamp) parse(v []byte) bool {
	*s = stamp{text: v}
	if len(v) < 4 || len(v) > maxStamp {
		return false
	}
	n := s.digits()
	ok := false
	switch {
	case n == 0:
		ok = s.named()
	case n == 4:
		ok = s.yearFirst()
	case n == 8:
		ok = s.number(partYear, 4) && s.number(partMonth, 2) && s.number(partDay, 2) && s.timeBehind()
	case n <= 2 && s.after(n) == ':':
		ok = s.clock() && s.zone()
	case n <= 2:
		ok = s.dayFirst()
	}
	return ok && s.at == len(v) && s.real()
}

// parseCompact takes digits alone, 8, 12, 14 or 17.
func (s *stamp) parseCompact(v []byte) bool {
	*s = stamp{text: v}
	if s.digits() != len(v) || !s.number(partYear, 4) || s.value[partYear] < 1900 || s.value[partYear] > 2199 {
		return false
	}
	for kind := partMonth; s.at < len(v) && kind < partFraction; kind++ {
		s.number(kind, 2)
	}
	if s.at < len(v) {
		s.fraction()
	}
	return s.real()
}

// yearFirst: 2026-11-21 and what may follow.
func (s *stamp) yearFirst() bool {
	if !s.number(partYear, 4) {
		return false
	}
	chinese := s.literal("年")
	sep := s.peek()
	if !chinese && !s.one('-', '/', '.') {
		return false
	}
	if !s.number(partMonth, s.width()) {
		return false
	}
	if chinese {
		if !s.literal("月") {
			return false
		}
	} else if s.peek() == sep {
		s.at++
	} else {
		return s.at == len(s.text)
	}
	if s.at == len(s.text) {
		return chinese
	}
	if !s.number(partDay, s.width()) || chinese && !s.literal("日") && !s.literal("号") {
		return false
	}
	return s.timeBehind()
}

// dayFirst: 21/Nov/2026:21:05:33 +0800, 21 Nov 2026 21:05:33 GMT.
func (s *stamp) dayFirst() bool {
	if !s.number(partDay, s.width()) {
		return false
	}
	sep := s.peek()
	if !s.one('/', ' ', '-') || !s.monthName() || s.peek() != sep {
		return false
	}
	s.at++
	if !s.number(partYear, 4) {
		return false
	}
	return s.at == len(s.text) || s.one(':', ' ') && s.clock() && s.zone()
}

// named: with a weekday before it.
func (s *stamp) named() bool {
	if !s.name(partWeekday, weekdayNames) {
		return false
	}
	if s.literal(", ") {
		return s.dayFirst()
	}
	if !s.spaces() || !s.monthName() || !s.spaces() || !s.number(partDay, s.width()) || !s.spaces() {
		return false
	}
	if !s.clock() || !s.zone() || !s.spaces() {
		return false
	}
	return s.number(partYear, 4)
}

// timeBehind: nothing, or a separator, a clock and a zone.
func (s *stamp) timeBehind() bool {
	if s.at == len(s.text) {
		return true
	}
	_ = s.one('T', 't') || s.spaces() // nothing behind 日
	return s.clock() && s.zone()
}

// clock: 21:05, 21:05:33, 21:05:33.123, 210533, 21时05分33秒.
func (s *stamp) clock() bool {
	switch n := s.digits(); {
	case n == 4 || n == 6:
		return s.number(partHour, 2) && s.number(partMinute, 2) && (n == 4 || s.number(partSecond, 2)) && s.fractionBehind()
	case n == 0 || n > 2:
		return false
	default:
		s.number(partHour, n)
	}
	if s.literal("时") || s.literal("點") || s.literal("点") {
		return s.chineseMinutes()
	}
	if !s.one(':') || !s.number(partMinute, 2) {
		return false
	}
	return !s.one(':') || s.number(partSecond, 2) && s.fractionBehind()
}

// chineseMinutes: nothing, 05分, or 05分33秒.
func (s *stamp) chineseMinutes() bool {
	if s.digits() == 0 {
		return true
	}
	if !s.number(partMinute, s.width()) || !s.literal("分") {
		return false
	}
	return s.digits() == 0 || s.number(partSecond, s.width()) && s.fractionBehind() && s.literal("秒")
}

func (s *stamp) fractionBehind() bool { return !s.one('.', ',') || s.fraction() }

// fraction takes the digits of a second's parts.
func (s *stamp) fraction() bool {
	n := s.digits()
	if n == 0 || n > maxFraction {
		return false
	}
	s.add(partFraction, n)
	return true
}

// zoneNames are the abbreviations that are kept. What is not here is no zone:
// a name that could be anything must not pass.
var zoneNames = [...]string{
	"UTC", "GMT", "CST", "CDT", "EST", "EDT", "MST", "MDT", "PST", "PDT", "BST", "WET", "WEST", "CET", "CEST", "EET",
	"EEST", "MSK", "IST", "ICT", "WIB", "HKT", "SGT", "PHT", "JST", "KST", "AWST", "AEST", "AEDT", "NZST", "NZDT", "BRT",
}

// zone takes nothing, Z, +08:00, +0800, +08, GMT, GMT+08:00, +0800 CST. It never
// fails: what it leaves is left for the end of the text to refuse.
func (s *stamp) zone() bool {
	if s.one('Z', 'z') {
		return true
	}
	end := s.at
	s.spaces()
	if s.offset() {
		end = s.at
		if !s.spaces() || !s.zoneName() {
			s.at = end
		}
		return true
	}
	if s.zoneName() {
		s.offset()
		return true
	}
	s.at = end
	return true
}

func (s *stamp) zoneName() bool {
	n := 0
	for s.at+n < len(s.text) && 'A' <= s.text[s.at+n] && s.text[s.at+n] <= 'Z' {
		n++
	}
	for _, name := range zoneNames {
		if string(s.text[s.at:s.at+n]) == name {
			s.at += n
			return true
		}
	}
	return false
}

// offset: + or -, hours to 14, minutes.
func (s *stamp) offset() bool {
	v := s.text[s.at:]
	if len(v) < 3 || v[0] != '+' && v[0] != '-' || !isDigit(v[1]) || !isDigit(v[2]) || two(v, 1) > maxOffset {
		return false
	}
	n := 3
	if len(v) > n && v[n] == ':' {
		n++
	}
	if len(v) >= n+2 && '0' <= v[n] && v[n] <= '5' && isDigit(v[n+1]) {
		n += 2
	} else if n == 4 {
		return false
	}
	s.at += n
	return true
}
