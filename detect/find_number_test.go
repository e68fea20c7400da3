package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestNobodys: numbers that are passed over for how they begin are found by nobody,
// whatever announces them, and numbers of each length begin otherwise too.
func TestNobodys(t *testing.T) {
	const labels = "tel ssn mac card imei "
	s := newScanner(t, AllDetectors)
	r := rand.New(rand.NewPCG(5, 6))
	for size := shortestBare; size <= 14; size++ {
		passed, finds := 0, 0
		for first := range 10_000 {
			for range 20 {
				text := fmt.Appendf(nil, "%s\" %04d%0*d \"", labels, first, size-4, r.Int64N(pow10(size-4)))
				start, end := len(labels)+2, len(text)-2
				s.text, s.spans, s.after = text, nil, [numFamilies]int{}
				nobodys := s.isNobodys(start, end)
				if got := s.findNumber(start); got != end {
					t.Fatalf("%s: goes on at %d", text, got)
				}
				switch {
				case nobodys && len(s.spans) > 0:
					t.Fatalf("%s is passed over, and has %v", text, s.spans)
				case nobodys:
					passed++
				case len(s.spans) > 0:
					finds++
				}
			}
		}
		if some := size != 12 && size != 14; (passed > 0) != some || finds == 0 {
			t.Errorf("of %d digits %d were passed over, %d found", size, passed, finds)
		}
	}
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
