package bench

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"redactor/internal/race"
)

// TestSpellings: they say the same.
func TestSpellings(t *testing.T) {
	for _, s := range []*Set{Flat(), Nested()} {
		for _, sp := range s.Spellings()[1:] {
			if sp.Set.Bytes <= s.Bytes {
				t.Errorf("%s: %s: %d bytes, as it is %d", s.Name, sp.Name, sp.Set.Bytes, s.Bytes)
			}
			var want, got any
			if err := json.Unmarshal(s.Records[0], &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(sp.Set.Records[0], &got); err != nil {
				t.Fatalf("%s: %s: %v", s.Name, sp.Name, err)
			}
			if m, ok := got.(map[string]any); ok && len(m) == 1 { // joined
				got = m["events"].([]any)[0]
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s: %s", s.Name, sp.Name, sp.Set.Records[0])
			}
		}
	}
	if got := string(respelled([]byte(`{"a":-1.5,"b\"":["1",2e3,"c"],"":{"é":0}}`), exponent, escapedName)); got != `{"\u0061":-1.5E+00,"\u0062\"":["1",2e3,"c"],"":{"é":0E+00}}` {
		t.Error(got)
	}
}

// TestCostGrowsLittleBySpelling: no way to write a record is a cliff. A ratio
// that is too low is measured again before it is believed.
func TestCostGrowsLittleBySpelling(t *testing.T) {
	race.Skip(t)
	for _, path := range Paths {
		for _, s := range []*Set{Flat(), Nested()} {
			for try := 1; ; try++ {
				slowest, ratio := "", 1.0
				for i, r := range speeds(t, path, s) {
					if r < ratio {
						slowest, ratio = s.Spellings()[i].Name, r
					}
				}
				if ratio >= 0.5 {
					break
				}
				if try == 5 {
					t.Errorf("%s, %s: %s: %.2f of the speed", path.Name, s.Name, slowest, ratio)
					break
				}
			}
		}
	}
}

// speeds returns the speed of each spelling, the first being 1.
func speeds(t *testing.T, path Path, s *Set) (ratios []float64) {
	t.Helper()
	results, err := Measure(SpellingJobs(s, path), Options{Rounds: 5, Slice: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for i := range results {
		ratios = append(ratios, results[i].MBPerSecond()/results[0].MBPerSecond())
	}
	return ratios
}
