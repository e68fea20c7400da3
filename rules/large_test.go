//go:build unix

package rules

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is the processor time of this process so far: the clock on the wall
// tells what else the machine does.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// smallest returns the least processor time of three calls.
func smallest(t testing.TB, f func()) time.Duration {
	t.Helper()
	best := time.Hour
	for range 3 {
		begun := cpuTime(t)
		f()
		best = min(best, cpuTime(t)-begun)
	}
	return best
}

// TestLargePolicyCompiles: 10,000 entries for three recipients compile in 200 ms
// of one processor.
func TestLargePolicyCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	pol, problems := parseAt("policy.yaml", largePolicy(10_000), testDay)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	spent := smallest(t, func() {
		if _, problems := pol.Compile(TestKeys); problems.HasErrors() {
			t.Fatal(problems.Err())
		}
	})
	limit := 200 * time.Millisecond
	if raceEnabled {
		limit *= 20
	}
	t.Logf("compiled in %v", spent)
	if spent > limit {
		t.Errorf("compiled in %v, more than %v", spent, limit)
	}
}

// TestLargePolicyMatches: records take no more than twice the time under 10,000
// entries that they take under 10.
func TestLargePolicyMatches(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	record := []byte(`{"imei":"356938035643809","ip":"203.0.113.77","ts":1795295133123,"own_field_2_x":"a","own_field_7_x":"b","alias_3":"c","unknown":{"a":1},"event":"x"}`)
	spend := func(n int) time.Duration {
		pol, problems := parseAt("policy.yaml", largePolicy(n), testDay)
		if problems.HasErrors() {
			t.Fatal(problems.Err())
		}
		streams, _ := pol.Compile(TestKeys)
		m := streams[0].Program.NewMachine()
		var dst []byte
		run := func() {
			for range 20_000 {
				m.Scan(record)
				dst, _ = m.Render(dst[:0], 1)
			}
		}
		run()
		return smallest(t, run)
	}
	small, large := spend(10), spend(10_000)
	t.Logf("%v a record under 10 entries, %v under 10,000", small/20_000, large/20_000)
	if large > 2*small {
		t.Errorf("%v under 10 entries, %v under 10,000", small, large)
	}
}
