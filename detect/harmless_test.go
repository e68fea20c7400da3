package detect

import (
	"math/rand/v2"
	"testing"
)

// TestHarmless: in short texts that are passed over nothing would have been found,
// by any detector, in JSON or not.
func TestHarmless(t *testing.T) {
	scanners := []*Scanner{newScanner(t, AllDetectors), newJSONScanner(t)}
	pieces := []string{
		"0", "1", "3", "4", "8", "9", "12", "86", "110", "-", "--", "a", "F", "x", "0x", " ", "imei ", "ssn ", "tel ", "mac ", "ip ", "card ", "MII", "BEGIN", "KEY", "eyJ", "sk-",
	}
	r := rand.New(rand.NewPCG(31, 32))
	passed := 0
	for range 1_000_000 {
		var text []byte
		for range 1 + r.IntN(10) {
			if p := pieces[r.IntN(len(pieces))]; len(text)+len(p) < shortest {
				text = append(text, p...)
			}
		}
		if !isHarmless(text) {
			continue
		}
		passed++
		for _, s := range scanners {
			if spans := s.find(nil, text); len(spans) > 0 {
				t.Fatalf("%q is passed over, and has %v", text, spans)
			}
		}
	}
	if passed < 500_000 {
		t.Errorf("only %d texts were passed over", passed)
	}
}
