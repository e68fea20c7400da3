package redact

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTimeTruncate(t *testing.T) {
	for _, c := range []struct {
		u    TimeUnit
		v    string
		k    Kind
		want done
	}{
		{TimeHour, "2026-11-21T21:05:33Z", KindString, text("2026-11-21T21:00:00Z")},
		{TimeSecond, "2026-11-21T21:05:33.123456789Z", KindString, text("2026-11-21T21:05:33.000000000Z")},
		{TimeMinute, "2026-11-21T21:05:33.5+08:00", KindString, text("2026-11-21T21:05:00.0+08:00")},
		{TimeDay, "2026-11-21T05:05:33+08:00", KindString, text("2026-11-21T00:00:00+08:00")},
		{TimeWeek, "2026-11-21T05:05:33-03:30", KindString, text("2026-11-16T00:00:00-03:30")},
		{TimeWeek, "2027-01-01 00:00:00", KindString, text("2026-12-28 00:00:00")},
		{TimeMonth, "2026-11-21t21:05:33z", KindString, text("2026-11-01t00:00:00z")},
		{TimeQuarter, "2026-12-31", KindString, text("2026-10-01")},
		{TimeYear, "2026-11-21T21:05:33Z", KindString, text("2026-01-01T00:00:00Z")},
		{TimeHour, "2026-11-21 21:05:33", KindString, text("2026-11-21 21:00:00")},
		{TimeHour, "2026-11-21 21:05:33.123", KindString, text("2026-11-21 21:00:00.000")},
		{TimeHour, "2026-11-21 21:05:33,123", KindString, text("2026-11-21 21:00:00,000")},
		{TimeHour, "2026-11-21 21:05:33 +0800 CST", KindString, text("2026-11-21 21:00:00 +0800 CST")},
		{TimeHour, "2026-11-21 21:05:33 UTC", KindString, text("2026-11-21 21:00:00 UTC")},
		{TimeHour, "2026-11-21 21:05:33 GMT+08:00", KindString, text("2026-11-21 21:00:00 GMT+08:00")},
		{TimeHour, "2026-11-21 21:05", KindString, text("2026-11-21 21:00")},
		{TimeHour, "2026/11/21 21:05:33", KindString, text("2026/11/21 21:00:00")},
		{TimeHour, "2026.11.21 21:05:33", KindString, text("2026.11.21 21:00:00")},
		{TimeMonth, "2026/1/5 9:05", KindString, text("2026/1/1 0:00")},
		{TimeWeek, "2026-3-1 9:05", KindString, text("2026-2-23 0:00")},
		{TimeQuarter, "2026-5-5", KindString, text("2026-4-1")},
		{TimeHour, "2026-11-21", KindString, text("2026-11-21")},
		{TimeDay, "2026-11", KindString, text("2026-11")},
		{TimeYear, "2026-11", KindString, text("2026-01")},
		{TimeHour, "20261121T210533Z", KindString, text("20261121T210000Z")},
		{TimeHour, "20261121T210533.123+0800", KindString, text("20261121T210000.000+0800")},
		{TimeHour, "20261121210533", KindString, plain("20261121210000")},
		{TimeHour, "20261121210533", KindNumber, number("20261121210000")},
		{TimeHour, "20261121210533999", KindString, plain("20261121210000000")},
		{TimeHour, "202611212105", KindString, plain("202611212100")},
		{TimeMonth, "20261121", KindNumber, number("20261101")},
		{TimeHour, "21/Nov/2026:21:05:33 +0800", KindString, text("21/Nov/2026:21:00:00 +0800")},
		{TimeWeek, "01/Nov/2026:21:05:33 +0800", KindString, text("26/Oct/2026:00:00:00 +0800")},
		{TimeHour, "Sat, 21 Nov 2026 21:05:33 GMT", KindString, text("Sat, 21 Nov 2026 21:00:00 GMT")},
		{TimeMonth, "Sat, 21 Nov 2026 21:05:33 GMT", KindString, text("Sun, 01 Nov 2026 00:00:00 GMT")},
		{TimeHour, "21 Nov 2026 21:05:33 +0000", KindString, text("21 Nov 2026 21:00:00 +0000")},
		{TimeYear, "Sat Nov 21 21:05:33 2026", KindString, text("Thu Jan 01 00:00:00 2026")},
		{TimeHour, "Sat Nov  7 21:05:33 CST 2026", KindString, text("Sat Nov  7 21:00:00 CST 2026")},
		{TimeHour, "2026年11月21日 21时05分33秒", KindString, text("2026年11月21日 21时00分00秒")},
		{TimeHour, "2026年1月5日21点05分", KindString, text("2026年1月5日21点00分")},
		{TimeDay, "2026年11月21日 21:05:33", KindString, text("2026年11月21日 00:00:00")},
		{TimeMonth, "2026年11月21日", KindString, text("2026年11月01日")},
		{TimeYear, "2026年11月", KindString, text("2026年01月")},
		{TimeHour, "21:05:33.250", KindString, text("21:00:00.000")},
		{TimeMonth, "21:05", KindString, text("00:00")},
		{TimeHour, "2016-12-31T23:59:60Z", KindString, text("2016-12-31T23:00:00Z")},
		{TimeDay, "2024-02-29", KindString, text("2024-02-29")},

		{TimeHour, "1795295133", KindNumber, number("1795294800")},
		{TimeHour, "1795295133", KindString, plain("1795294800")},
		{TimeHour, "1795295133123", KindNumber, number("1795294800000")},
		{TimeHour, "1795295133123456", KindNumber, number("1795294800000000")},
		{TimeHour, "1795295133123456789", KindNumber, number("1795294800000000000")},
		{TimeSecond, "1795295133.987", KindNumber, number("1795295133")},
		{TimeHour, "1.795295133123e12", KindNumber, number("1795294800000")},
		{TimeDay, "-1", KindNumber, number("-86400")},
		{TimeDay, "-0.5", KindNumber, number("-86400")},
		{TimeYear, "0", KindNumber, number("0")},
		{TimeYear, "-1", KindNumber, number("-31536000")},
		{TimeWeek, "0", KindNumber, number("-259200")},

		{TimeYear, "631152000000", KindNumber, number("631152000000")}, // a birthday in milliseconds
		{TimeYear, "-2208988799000", KindNumber, number("-2208988800000")},
		// Identifiers are no times.
		{TimeSecond, "13800138000", KindNumber, unfit},
		{TimeSecond, "356938035643809", KindNumber, unfit},
		{TimeSecond, "460001234567890", KindString, unfit},
		{TimeSecond, "4111111111111111", KindNumber, unfit},
		{TimeSecond, "6212345678901234569", KindNumber, unfit},
		{TimeSecond, "89860012345678901238", KindNumber, unfit},
		{TimeHour, "99999999999999999999", KindNumber, unfit},
		{TimeHour, "1e40", KindNumber, unfit},
		{TimeHour, "2026-02-30", KindString, unfit},
		{TimeHour, "2025-02-29", KindString, unfit},
		{TimeHour, "2026-13-01", KindString, unfit},
		{TimeHour, "2026-00-10", KindString, unfit},
		{TimeHour, "0000-00-00 00:00:00", KindString, unfit},
		{TimeHour, "2026-11-21T24:00:00Z", KindString, unfit},
		{TimeHour, "2026-11-21T21:60:00Z", KindString, unfit},
		{TimeHour, "2026-11-21T21:05:61Z", KindString, unfit},
		{TimeHour, "2026-11-21T21:05:33Z ", KindString, text("2026-11-21T21:00:00Z")},
		{TimeHour, "2026-11-21T21:05:33Zx", KindString, unfit},
		{TimeHour, "2026-11-21T21:05:33+15:00", KindString, unfit},
		{TimeHour, "2026-11-21T21:05:33+08:", KindString, unfit},
		{TimeHour, "2026-11-21T21:05:33.", KindString, unfit},
		{TimeHour, "2026-11-21T21:05:33.1234567890123", KindString, unfit},
		{TimeHour, "2026-11-21T", KindString, unfit},
		{TimeHour, "2026-11-21T21", KindString, unfit},
		{TimeHour, "2026-11-", KindString, unfit},
		{TimeHour, "2026-11/21", KindString, unfit},
		{TimeHour, "2026年11月21", KindString, unfit},
		{TimeHour, "2026年", KindString, unfit},
		{TimeHour, "2026-11-21 21:05:33 ALICE", KindString, unfit},
		{TimeHour, "2026-11-21T21:05:33Z[Asia/Shanghai]", KindString, unfit},
		{TimeHour, "11/21/2026", KindString, unfit},
		{TimeHour, "21/Nov/2026:21:05:33 +0800 imei=356938035643809", KindString, unfit},
		{TimeHour, "yesterday", KindString, unfit},
		{TimeHour, "", KindString, unfit},
		{TimeHour, "Sat", KindString, unfit},
		{TimeHour, "Sat, 21", KindString, unfit},
		{TimeHour, "true", KindBool, unfit},
	} {
		if got := run(t, must(t)(TimeTruncate(c.u)), c.v, c.k); got != c.want {
			t.Errorf("%v of %q: %v, want %v", c.u, c.v, got, c.want)
		}
	}
	for _, u := range []TimeUnit{TimeKeep, TimeYear + 1} {
		if _, err := TimeTruncate(u); err == nil {
			t.Errorf("unit %d is accepted", u)
		}
	}
}

func TestParseTimeUnit(t *testing.T) {
	for u := TimeKeep; u <= TimeYear; u++ {
		if got, ok := ParseTimeUnit(u.String()); !ok || got != u {
			t.Errorf("ParseTimeUnit(%q) = %v, %v", u, got, ok)
		}
	}
	for _, s := range []string{"", "Hour", "hours", "decade"} {
		if _, ok := ParseTimeUnit(s); ok {
			t.Errorf("ParseTimeUnit(%q) is accepted", s)
		}
	}
}

// slowTruncate truncates by package time, on the clock of the time's location.
func slowTruncate(t time.Time, u TimeUnit) time.Time {
	y, m, d := t.Date()
	h, mi, s := t.Clock()
	switch u {
	case TimeKeep:
		return t
	case TimeSecond:
	case TimeMinute:
		s = 0
	case TimeHour:
		s, mi = 0, 0
	default:
		s, mi, h = 0, 0, 0
	}
	switch u {
	case TimeWeek:
		d -= (int(t.Weekday()) + 6) % 7
	case TimeMonth:
		d = 1
	case TimeQuarter:
		m, d = m-(m-1)%3, 1
	case TimeYear:
		m, d = 1, 1
	}
	return time.Date(y, m, d, h, mi, s, 0, t.Location())
}

func TestTruncateMillisSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50000 {
		ms := r.Int64N(8e14) - 4e14 // the years -10,700 to 14,600
		if r.IntN(2) == 0 {
			ms /= 1000
		}
		for u := TimeKeep; u <= TimeYear; u++ {
			if got, want := TruncateMillis(ms, u), slowTruncate(time.UnixMilli(ms).UTC(), u).UnixMilli(); got != want {
				t.Fatalf("%v of %d: %d, want %d", u, ms, got, want)
			}
		}
	}
}

// TestCalendar goes through every day of 800 years.
func TestCalendar(t *testing.T) {
	for days := int64(-146097); days < 146097; days++ {
		y, m, d := civil(days)
		at := time.Unix(days*86400, 0).UTC()
		if int64(at.Year()) != y || int64(at.Month()) != m || int64(at.Day()) != d || daysOf(y, m, d) != days || d > daysIn(y, m) {
			t.Fatalf("day %d is %d-%d-%d, want %v", days, y, m, d, at)
		}
	}
}

// layouts are those of timetext.go in the language of package time.
var layouts = []string{
	time.RFC3339, time.RFC3339Nano, "2006-01-02T15:04:05.000Z07:00", time.DateTime, time.DateOnly, "2006-01-02 15:04:05.000", "2006-01-02 15:04:05,000000", "2006-01-02 15:04",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -07:00", "2006-01-02T15:04:05-07", "2006/01/02 15:04:05", "2006/1/2 15:04:05", "2006.01.02 15:04:05", "2006-01",
	"20060102T150405Z0700", "20060102T150405", "20060102150405", "20060102", "200601021504", "02/Jan/2006:15:04:05 -0700", time.RFC1123Z, "Mon, 02 Jan 2006 15:04:05 GMT", "02 Jan 2006 15:04:05 -0700",
	"02-Jan-2006 15:04:05", "02-Jan-2006", time.ANSIC, "Mon Jan 02 15:04:05 -0700 2006", "2006年01月02日 15时04分05秒", "2006年1月2日 15:04:05", "2006年01月02日", "2006-01-02 15:04:05 UTC",
}

// TestTimeSlow formats times in every layout, truncates text and time, and
// compares; then truncates the text once more.
func TestTimeSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	zone := time.FixedZone("", -(3*3600 + 30*60))
	m := must(t)
	for range 3000 {
		at := time.Unix(r.Int64N(9.4e9)-2.2e9, r.Int64N(1e9)) // 1900 to 2198
		at = at.UTC()
		if r.IntN(2) == 0 {
			at = at.In(zone)
		}
		layout := layouts[r.IntN(len(layouts))]
		v := at.Format(layout)
		checkFast(t, v)
		for u := TimeSecond; u <= TimeYear; u++ {
			want := slowTruncate(at, u)
			if layout == "2006-01" && u < TimeMonth {
				want = at
			}
			tr := m(TimeTruncate(u))
			got := run(t, tr, v, KindString)
			if wantText := want.Format(layout); got.out != wantText && !(layout == time.RFC3339Nano || sameButWidth(got.out, wantText)) {
				t.Fatalf("%v of %q: %v, want %s", u, v, got, wantText)
			}
			if layout == time.RFC3339Nano {
				if back, err := time.Parse(layout, got.out); err != nil || !back.Equal(want) || len(got.out) != len(v) {
					t.Fatalf("%v of %q: %v, want %v", u, v, got, want)
				}
			}
			if again := run(t, tr, got.out, KindString); again != got {
				t.Fatalf("%v of %q: %v, and of that %v", u, v, got, again)
			}
		}
	}
}

// checkFast holds the short way to the stamp.
func checkFast(t *testing.T, v string) {
	t.Helper()
	for u := TimeSecond; u <= TimeYear; u++ {
		fast, ok := appendISO(nil, []byte(v), u)
		if !ok {
			if len(fast) > 0 {
				t.Fatalf("%v of %q: %q, and refused", u, v, fast)
			}
			continue
		}
		var s stamp
		if !s.parse([]byte(v)) {
			t.Fatalf("%v of %q: %q, and no time", u, v, fast)
		}
		s.truncate(u)
		if slow := s.append(nil); string(slow) != string(fast) {
			t.Fatalf("%v of %q: %q, want %q", u, v, fast, slow)
		}
	}
}

// sameButWidth: where a day of two digits becomes one of one it keeps the
// width, with a zero; a format writes it without or with a space.
func sameButWidth(a, b string) bool {
	squeeze := func(s string) string {
		fields := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		for i, f := range fields {
			n, _ := strconv.Atoi(f)
			fields[i] = fmt.Sprint(n)
		}
		letters := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == ' ' {
				return -1
			}
			return r
		}, s)
		return strings.Join(fields, ",") + letters
	}
	return squeeze(a) == squeeze(b)
}

// FuzzTime: what is accepted is text of the few bytes that times are written
// with, no digit of a finer unit survives, and it stays where it is when it is
// truncated again.
func FuzzTime(f *testing.F) {
	at := time.Date(2026, 11, 21, 21, 5, 33, 123456789, time.UTC)
	for _, layout := range layouts {
		f.Add(at.Format(layout))
	}
	f.Add("1795295133123")
	f.Add("2026-3-1 9:05 GMT+8")
	tr := must(f)(TimeTruncate(TimeMonth))
	f.Fuzz(func(t *testing.T, v string) {
		checkFast(t, v)
		got := run(t, tr, v, KindString)
		if got.shape != ShapeText {
			return
		}
		if strings.Trim(got.out, "0123456789-/.:, +TtZzABCDEFGHIJKLMNOPRSUVWabcdeghilnopruvy年月日号时点點分秒") != "" || len(got.out) > maxStamp+2 {
			t.Fatalf("%q: %v", v, got)
		}
		if again := run(t, tr, got.out, KindString); again != got {
			t.Fatalf("%q: %v, and of that %v", v, got, again)
		}
	})
}

// TestAppendISO puts every byte at every place of a time.
func TestAppendISO(t *testing.T) {
	for _, v := range []string{"2026-11-21T21:05:33.123+08:00", "2024-02-29 23:59:60", "2026-11-30T00:00:00Z", "2026-11-21T21:05:33,1"} {
		if _, ok := appendISO(nil, []byte(v), TimeHour); !ok {
			t.Errorf("%s takes the long way", v)
		}
		for at := range len(v) {
			for c := range 256 {
				b := []byte(v)
				b[at] = byte(c)
				checkFast(t, string(b))
			}
			checkFast(t, v[:at])
		}
	}
}
