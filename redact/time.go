package redact

import "time"

// TimeUnit is the unit that a time is truncated to.
type TimeUnit uint8

const (
	TimeKeep TimeUnit = iota // as it is
	TimeSecond
	TimeMinute
	TimeHour
	TimeDay
	TimeWeek
	TimeMonth
	TimeQuarter
	TimeYear
)

// TruncateMillis truncates milliseconds since 1970 to the start of a unit, in
// UTC. Weeks start on Monday.
func TruncateMillis(ms int64, u TimeUnit) int64 {
	t := time.UnixMilli(ms).UTC()
	y, mon, d := t.Date()
	switch u {
	case TimeSecond:
		t = t.Truncate(time.Second)
	case TimeMinute:
		t = t.Truncate(time.Minute)
	case TimeHour:
		t = t.Truncate(time.Hour)
	case TimeDay:
		t = time.Date(y, mon, d, 0, 0, 0, 0, time.UTC)
	case TimeWeek:
		t = time.Date(y, mon, d-(int(t.Weekday())+6)%7, 0, 0, 0, 0, time.UTC)
	case TimeMonth:
		t = time.Date(y, mon, 1, 0, 0, 0, 0, time.UTC)
	case TimeQuarter:
		t = time.Date(y, mon-(mon-1)%3, 1, 0, 0, 0, 0, time.UTC)
	case TimeYear:
		t = time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t.UnixMilli()
}
