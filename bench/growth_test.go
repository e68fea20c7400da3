package bench

import (
	"testing"
	"time"

	"redactor/internal/race"
	"redactor/redact"
)

// slack is how much more a share of the work may cost at the large end of a
// series than at the small end. Names that never repeat cost up to ten times
// as much once there are more than a Machine remembers. What a quadratic costs
// grows with the sizes, the large end of which is 64 times the small one and
// more.
const slack = 24

// TestCostGrowsWithTheWork measures the two ends of each series on each path. A
// ratio that is too high is measured again before it is believed.
func TestCostGrowsWithTheWork(t *testing.T) {
	race.Skip(t)
	all := Growth(256<<10, 10_000)
	for _, path := range Paths {
		for _, s := range all {
			first, last := s.Points[0], s.Points[len(s.Points)-1]
			a, b := shareOf(t, path, first), shareOf(t, path, last)
			for try := 0; b > slack*a && try < 5; try++ {
				a, b = max(a, shareOf(t, path, first)), min(b, shareOf(t, path, last))
			}
			if b > slack*a {
				t.Errorf("%s, %s: %.2f ns a share at %d %s, %.2f at %d", path.Name, s.Name, a, first.N, s.Unit, b, last.N)
			}
		}
	}
}

// shareOf is what a share of the work costs on a path, in ns.
func shareOf(t *testing.T, path Path, p Point) float64 {
	t.Helper()
	m := path.New(p.Program)
	if v := m.Scan(p.Record); v.Outcome != redact.Passed {
		t.Fatalf("%d: %v", p.N, v)
	}
	job := Engine("growth", NewSet("growth", [][]byte{p.Record}), m)
	results, err := Measure([]Job{job}, Options{Rounds: 3, Slice: 2 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return results[0].P25 / p.Share
}

// TestMemoryIsBounded: scratch is at most eight times the longest record, beside
// what the program itself needs.
func TestMemoryIsBounded(t *testing.T) {
	for _, s := range Growth(1<<20, 100) {
		last := s.Points[len(s.Points)-1]
		for _, path := range Paths {
			m := path.New(last.Program)
			before := m.Memory()
			m.Scan(last.Record)
			for i := range last.Program.Profiles() {
				m.Render(nil, i)
			}
			if held := m.Memory() - before; held > 8*len(last.Record)+64<<10 {
				t.Errorf("%s, %s: %d bytes of scratch for a record of %d", path.Name, s.Name, held, len(last.Record))
			}
		}
	}
}
