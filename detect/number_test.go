package detect

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

var jsonNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$`)

// slowNumber spells a number in full by math/big; "" when it has more
// digits than a Decimal.
func slowNumber(v string) string {
	r, ok := new(big.Rat).SetString(v)
	if !ok {
		return ""
	}
	const places = 1500 // more than any exponent of three digits with the digits of a test needs
	s := r.FloatString(places)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(s, "0")
		s = strings.TrimSuffix(s, ".")
	}
	if s == "-0" {
		s = "0"
	}
	if len(strings.TrimLeft(strings.Replace(s, ".", "", 1), "-")) > maxSignificant {
		return ""
	}
	return s
}

func TestAppendNumber(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.000": "0", "0e99": "0", "1": "1", "-5": "-5", "1.0": "1", "1.50": "1.5", "1e3": "1000", "1E+3": "1000", "1.5e3": "1500",
		"1.5e1": "15", "1.25e1": "12.5", "125e-1": "12.5", "1e-3": "0.001", "-1.0e-2": "-0.01", "356938035643809": "356938035643809",
		"3.56938035643809e14": "356938035643809", "356938035643809.0": "356938035643809", "89860012345678901238": "89860012345678901238",
		"007": "7", "100": "100", "100.0e-2": "1", "1e63": "1" + strings.Repeat("0", 63), "12e-63": "0." + strings.Repeat("0", 61) + "12",
	} {
		if got, ok := AppendNumber([]byte("x"), []byte(in)); !ok || string(got) != "x"+want {
			t.Errorf("%s = %s, %v, want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "-", ".", "1.", ".5", "+1", "1e", "1e+", "e5", "1e5x", "1.2.3", "0x10", " 1", "1 ", "NaN", "1e64", "1e-64", "1e99999999999999999999", "1e-99999999999999999999", "--1", "true"} {
		if got, ok := AppendNumber([]byte("x"), []byte(in)); ok || string(got) != "x" {
			t.Errorf("%q = %q", in, got)
		}
	}
}

func FuzzAppendNumber(f *testing.F) {
	for _, v := range []string{"0", "-0.0e1", "12.340e5", "12.340e-5", "00012.5e+07", "9e63", "1e-63", "1234567890.0987654321e3"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if len(v) > 200 {
			return
		}
		got, ok := AppendNumber(nil, []byte(v))
		if !jsonNumber.MatchString(v) {
			if ok && !strings.ContainsAny(v, "eE") { // the pattern ends at three digits of exponent
				t.Fatalf("%q is no number, and is %q", v, got)
			}
			return
		}
		if want := slowNumber(v); ok != (want != "") || string(got) != want {
			t.Fatalf("%q = %q, want %q", v, got, want)
		}
	})
}
