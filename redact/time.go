package redact

import (
	"errors"
	"strconv"

	"redactor/detect"
)

// TimeUnit is what a time is truncated to.
type TimeUnit uint8

const (
	TimeKeep TimeUnit = iota // as it is
	TimeSecond
	TimeMinute
	TimeHour
	TimeDay
	TimeWeek // from Monday, as ISO 8601 counts
	TimeMonth
	TimeQuarter
	TimeYear
)

var timeUnitNames = [...]string{"keep", "second", "minute", "hour", "day", "week", "month", "quarter", "year"}

// ParseTimeUnit reads a unit as the policy spells it.
func ParseTimeUnit(s string) (TimeUnit, bool) {
	for u, name := range timeUnitNames {
		if s == name {
			return TimeUnit(u), true
		}
	}
	return TimeKeep, false
}

func (u TimeUnit) String() string { return timeUnitNames[u] }

// TimeTruncate sets a point in time to the start of its unit. A number, or a
// string of digits, is a time since 1970 in seconds, milliseconds, microseconds
// or nanoseconds by its size, and is truncated in UTC; a fraction is
// dropped. A text is truncated as its own clock shows it and keeps its
// layout, with zeros where digits are cut: see timetext.go for the layouts. A
// date that is coarser than the unit stays as it is. What is no real date, or
// in no layout that is known, cannot be taken.
//
// What stays linkable: records of the same unit. In a stream that keeps its
// order, or its record timestamps, finer times can be told from their
// neighbors.
func TimeTruncate(unit TimeUnit) (Transform, error) {
	if unit == TimeKeep || unit > TimeYear {
		return Transform{}, errors.New("time: a unit from second to year")
	}
	return Transform{OpApply, RankGeneralize, "time " + unit.String(), timeTruncate(unit)}, nil
}

type timeTruncate TimeUnit

func (t timeTruncate) apply(_ *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	u := TimeUnit(t)
	switch k {
	case KindNumber:
		if out, ok := appendEpoch(dst, v, u); ok {
			return out, ShapeNumber
		}
	case KindString:
		v = trimSpace(v)
		if out, ok := appendISO(dst, v, u); ok {
			return out, ShapeText
		}
		if out, ok := appendEpoch(dst, v, u); ok {
			return out, ShapePlain
		}
		var s stamp
		if s.parse(v) {
			s.truncate(u)
			return s.append(dst), ShapeText
		}
	}
	return dst, ShapeUnfit
}

// appendEpoch takes a number: digits that are a date, as 20261121210533, or a
// time since 1970.
func appendEpoch(dst, v []byte, u TimeUnit) ([]byte, bool) {
	switch len(v) {
	case 8, 12, 14, 17:
		var s stamp
		if s.parseCompact(v) {
			s.truncate(u)
			return s.append(dst), true
		}
	}
	var d detect.Decimal
	if !d.Parse(v) {
		return dst, false
	}
	x, ok := scaled(&d, 0)
	if !ok {
		return dst, false
	}
	second, ok := epochUnit(x)
	if !ok {
		return dst, false
	}
	return strconv.AppendInt(dst, truncateUnix(x, second, u), 10), true
}

// epochUnit tells the unit of a time since 1970 by its size: how many make a
// second. Seconds and milliseconds reach from 1900 to 2200, but for the
// milliseconds around 1970 that are seconds; what is finer is of this century,
// since only programs write it. What is in none of these ranges is no time: a
// phone number, an IMEI, an IMSI, most numbers of cards.
func epochUnit(x int64) (second int64, ok bool) {
	const (
		year1900 = -2208988800
		year2000 = 946684800
		year2100 = 4102444800
		year2200 = 7258118400
		millis   = 1e11
	)
	in := func(from, to, second int64) bool { return x >= from*second && x < to*second }
	switch {
	case in(year1900, year2200, 1):
		return 1, true
	case in(year1900, year2200, 1e3) && max(x, -x) >= millis:
		return 1e3, true
	case in(year2000, year2100, 1e6):
		return 1e6, true
	case in(year2000, year2100, 1e9):
		return 1e9, true
	}
	return 0, false
}

// TruncateMillis sets milliseconds since 1970, a record's timestamp, to the
// start of their unit in UTC.
func TruncateMillis(ms int64, u TimeUnit) int64 { return truncateUnix(ms, 1000, u) }

// truncateUnix truncates a time since 1970 of which a second has that many.
func truncateUnix(x, second int64, u TimeUnit) int64 {
	const minute, hour, day = 60, 3600, 86400
	switch u {
	case TimeKeep:
		return x
	case TimeSecond:
		return floorTo(x, second)
	case TimeMinute:
		return floorTo(x, minute*second)
	case TimeHour:
		return floorTo(x, hour*second)
	}
	start := floorTo(x, day*second)
	days := startOf(start/(day*second), u)
	return days * day * second
}

// startOf returns the first day of the unit that a day is in; days count from
// 1970-01-01, which was a Thursday.
func startOf(days int64, u TimeUnit) int64 {
	const monday = 4 // days from a Monday to the first
	switch u {
	case TimeDay:
		return days
	case TimeWeek:
		return floorTo(days-monday, 7) + monday
	}
	y, m, _ := civil(days)
	switch u {
	case TimeQuarter:
		m -= (m - 1) % 3
	case TimeYear:
		m = 1
	}
	return daysOf(y, m, 1)
}

// The calendar of ISO 8601 in years of 400-year cycles that begin in March, so
// that the day that leap years have is the last.
const (
	daysOfCycle = 146097
	daysOfEpoch = 719468 // from 0000-03-01 to 1970-01-01
)

// daysOf returns the days from 1970-01-01 to a date.
func daysOf(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	cycle := floorTo(y, 400) / 400
	year := y - cycle*400
	day := (153*(m-3)+2)/5 + d - 1
	return cycle*daysOfCycle + year*365 + year/4 - year/100 + day - daysOfEpoch
}

// civil is the inverse of daysOf.
func civil(days int64) (y, m, d int64) {
	days += daysOfEpoch
	cycle := floorTo(days, daysOfCycle) / daysOfCycle
	day := days - cycle*daysOfCycle
	year := (day - day/1460 + day/36524 - day/146096) / 365
	day -= 365*year + year/4 - year/100
	m = (5*day + 2) / 153
	d = day - (153*m+2)/5 + 1
	y = year + cycle*400
	if m += 3; m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

// daysIn returns the length of a month.
func daysIn(y, m int64) int64 {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
