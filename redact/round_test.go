package redact

import (
	"math/big"
	"strings"
	"testing"

	"redactor/detect"
)

func TestRound(t *testing.T) {
	for _, c := range []struct {
		decimals int
		v        string
		k        Kind
		want     done
	}{
		{1, "48.85837", KindNumber, number("48.9")},
		{1, "48.85837", KindString, plain("48.9")},
		{1, "2.29448", KindNumber, number("2.3")},
		{2, "2.675", KindNumber, number("2.68")},
		{2, "1.005", KindNumber, number("1.01")},
		{1, "-48.85", KindNumber, number("-48.9")},
		{1, "-0.04", KindNumber, number("0")},
		{1, "-0.05", KindNumber, number("-0.1")},
		{1, "-0", KindNumber, number("0")},
		{1, "0.0", KindNumber, number("0")},
		{1, "48.96", KindNumber, number("49")},
		{1, "99.95", KindNumber, number("100")},
		{1, "9.999999999999999999999", KindNumber, number("10")},
		{0, "0.5", KindNumber, number("1")},
		{0, "0.4999999999999999999999999999999999999999", KindNumber, number("0")},
		{0, "48.5", KindNumber, number("49")},
		{-1, "48", KindNumber, number("50")},
		{-1, "44.9", KindNumber, number("40")},
		{-2, "50", KindNumber, number("100")},
		{-2, "49", KindNumber, number("0")},
		{-3, "50", KindNumber, number("0")},
		{1, "4.885837e1", KindNumber, number("48.9")},
		{1, "4885.837E-2", KindNumber, number("48.9")},
		{1, "48", KindNumber, number("48")},
		{3, "48.10", KindNumber, number("48.1")},
		{1, "48.85837000000000000001", KindNumber, number("48.9")},
		{1, "1234567.89", KindNumber, number("1234567.9")},
		{1, "12345678.9", KindNumber, unfit},
		{1, "9999999.96", KindNumber, unfit},
		{1, "356938035643809", KindNumber, unfit},
		{1, "13800138000", KindString, unfit},
		{-8, "356938035643809", KindNumber, number("356938000000000")},
		{-7, "356938035643809", KindNumber, unfit},
		{1, "1e300", KindNumber, unfit},
		{1, "1e-300", KindNumber, number("0")},
		{1, "4.9406564584124654e-324", KindNumber, number("0")},
		{1, strings.Repeat("9", 65), KindNumber, unfit},
		{1, "39.9042,116.4074", KindString, text("39.9,116.4")},
		{1, "39.9042, 116.4074", KindString, text("39.9, 116.4")},
		{1, "39.9042 116.4074", KindString, text("39.9 116.4")},
		{1, "39.9042,116.4074;31.2304,121.4737", KindString, text("39.9,116.4;31.2,121.5")},
		{1, "+39.9042", KindString, plain("39.9")},
		{1, " 39.9042", KindString, text(" 39.9")},
		{1, "39.9042N", KindString, unfit},
		{1, "39.9042,", KindString, text("39.9,")},
		{1, ",", KindString, unfit},
		{1, "", KindString, unfit},
		{1, "+", KindString, unfit},
		{1, "+-1", KindString, unfit},
		{1, "NaN", KindString, unfit},
		{1, "0x1p-2", KindString, unfit},
		{1, "39.9042,unknown", KindString, unfit},
		{1, "[39.9,116.4]", KindString, unfit},
		{1, "true", KindBool, unfit},
	} {
		if got := run(t, must(t)(Round(c.decimals)), c.v, c.k); got != c.want {
			t.Errorf("%d of %q: %v, want %v", c.decimals, c.v, got, c.want)
		}
	}
	for _, d := range []int{-10, 10, 1 << 40} {
		if _, err := Round(d); err == nil {
			t.Errorf("%d decimals are accepted", d)
		}
	}
}

// slowRound rounds by math/big: half away from zero.
func slowRound(v string, decimals int) string {
	r, ok := new(big.Rat).SetString(v)
	if !ok {
		return ""
	}
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(decimals, -decimals))), nil))
	if decimals < 0 {
		unit.Inv(unit)
	}
	r.Mul(r, unit)
	half := big.NewRat(1, 2)
	negative := r.Sign() < 0
	r.Abs(r).Add(r, half)
	n := new(big.Int).Quo(r.Num(), r.Denom())
	r.SetInt(n).Quo(r, unit)
	if negative {
		r.Neg(r)
	}
	s := r.FloatString(max(decimals, 0))
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		s = "0"
	}
	return s
}

func FuzzRound(f *testing.F) {
	for _, v := range []string{"48.85837", "-0.05", "9.999", "1e-9", "12345678901234567890.55", "0.5", "4.5e3", "00.50"} {
		f.Add(v, int8(1))
		f.Add(v, int8(-1))
		f.Add(v, int8(0))
	}
	f.Fuzz(func(t *testing.T, v string, decimals int8) {
		if len(v) > 80 || !new(detect.Decimal).Parse([]byte(v)) {
			return
		}
		if i := strings.IndexAny(v, "eE"); i >= 0 && len(v)-i > 4 {
			return // exponents that math/big would spell out
		}
		n := int(decimals) % (maxDecimals + 1)
		tr := must(t)(Round(n))
		got := run(t, tr, v, KindNumber)
		want := slowRound(v, n)
		if got == unfit {
			if whole, _, _ := strings.Cut(strings.TrimLeft(want, "-"), "."); len(whole)+min(n, 0) < maxWhole {
				t.Fatalf("%d of %q cannot be taken, want %s", n, v, want)
			}
			return
		}
		if got != number(want) {
			t.Fatalf("%d of %q: %v, want %s", n, v, got, want)
		}
		if again := run(t, tr, got.out, KindNumber); again != got {
			t.Fatalf("%d of %q: %v, and of that %v", n, v, got, again)
		}
	})
}
