package detect

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestLinearTime: eight long texts take the processor time of thirty-two that
// are a fourth as long, and four times that if anything were quadratic. Texts
// that are all candidates, and candidates that are nearly finds, are the worst
// there are.
func TestLinearTime(t *testing.T) {
	const slack = 20e6 // ns: the kernel counts in ticks
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := newScanner(t, AllDetectors)
	var spans []Span
	cost := func(text []byte, times int) int64 {
		best := int64(1 << 62)
		for range 2 {
			from := threadTime(t)
			for range times {
				spans = s.Find(spans[:0], text)
			}
			best = min(best, threadTime(t)-from)
		}
		return best
	}
	for _, unit := range []string{"1", "1 ", "1:", "::", "@", "a.a@", "1.1.", "0.1234,", "-----BEGIN PRIVATE KEY", "eyJ1.", "a1", "地址:", "%25", "%", "\\u0031", "password=", "12345678-", "00_", "://:@", "13800138000-"} {
		short := []byte(strings.Repeat(unit, 1<<16/len(unit)))
		long := []byte(strings.Repeat(unit, 1<<18/len(unit)))
		if a, b := cost(short, 32), cost(long, 8); b > 5*a/2+slack {
			t.Errorf("%q: %d ms for 32 texts of 64 KiB, %d ms for 8 of 256 KiB", unit, a/1e6, b/1e6)
		}
	}
}

func threadTime(t *testing.T) int64 {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		t.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
