package rules

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestLike(t *testing.T) {
	yes := [][2]string{{"", ""}, {"*", ""}, {"*", "abc"}, {"test_*", "test_"}, {"test_??", "test_ab"}, {"*b*", "abc"}, {"a*c", "abbc"}, {"?", "王"}, {"**", "x"}, {"*ab", "aab"}}
	no := [][2]string{{"", "a"}, {"?", ""}, {"test_??", "test_a"}, {"a*c", "ab"}, {"abc", "ABC"}, {"?", "ab"}}
	for _, c := range yes {
		if !like(c[0], c[1]) {
			t.Errorf("%q should be like %q", c[1], c[0])
		}
	}
	for _, c := range no {
		if like(c[0], c[1]) {
			t.Errorf("%q should not be like %q", c[1], c[0])
		}
	}
}

// TestSameNumber compares with exact rational arithmetic.
func TestSameNumber(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	number := func() string {
		s := strconv.Itoa(rng.IntN(40) - 20)
		if rng.IntN(2) == 0 {
			s += "." + strconv.Itoa(rng.IntN(12)) + "0"[:rng.IntN(2)]
		}
		if rng.IntN(3) == 0 {
			s += "e" + strconv.Itoa(rng.IntN(5)-2)
		}
		return s
	}
	same := 0
	for range 50000 {
		a, b := number(), number()
		ra, _ := new(big.Rat).SetString(a)
		rb, _ := new(big.Rat).SetString(b)
		if got, want := sameNumber(a, b), ra.Cmp(rb) == 0; got != want {
			t.Fatalf("sameNumber(%s, %s) = %v", a, b, got)
		} else if got {
			same++
		}
	}
	if same == 0 {
		t.Error("no pair was the same")
	}
	if !sameNumber("1e999999999", "10e999999998") || sameNumber("1e999999999", "1") || !sameNumber("-0", "0.0") {
		t.Error("large exponents and zero")
	}
}

func TestJSONNumber(t *testing.T) {
	for s, want := range map[string]bool{
		"0": true, "-0": true, "10": true, "0.5": true, "-1.25e-3": true, "1E+9": true,
		"": false, "-": false, "01": false, "1.": false, ".5": false, "0x1F": false, "1_000": false, "+1": false, "1e": false, "NaN": false, "--1": false, "1e+-2": false,
	} {
		if jsonNumber(s) != want {
			t.Errorf("jsonNumber(%q) = %v", s, !want)
		}
	}
}

func TestSuggest(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"kyes", "keys"}, {"Keys", "keys"}, {"key", "keys"}, {"haeders", "headers"}, {"record-key", "record_key"}, {"lvl", ""}, {"zzz", ""}, {"pathes", "paths"}, {"x", ""},
	} {
		if got := suggest(c.word, propNames(entryProps)); got != c.want {
			t.Errorf("suggest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"keys", "kyes", 1}, {"keep", "keeep", 1}, {"level", "levle", 1}, {"abc", "xyz", 3}, {"hour", "hours", 1}} {
		if got := distance(c.a, c.b, 100); got != c.want {
			t.Errorf("distance(%q, %q) = %d", c.a, c.b, got)
		}
		if got := distance(c.b, c.a, 100); got != c.want {
			t.Errorf("distance(%q, %q) = %d", c.b, c.a, got)
		}
	}
	if got := distance("abcdef", "uvwxyz", 2); got != 2 {
		t.Errorf("past its limit, distance is %d", got)
	}
}
