package redact

import (
	"math/big"
	"strings"
	"testing"

	"redactor/detect"
)

func TestBucket(t *testing.T) {
	ten := BucketOptions{Width: "10"}
	ages := BucketOptions{Width: "10", Bottom: "18", Top: "90"}
	half := BucketOptions{Width: "0.5"}
	for _, c := range []struct {
		o    BucketOptions
		v    string
		k    Kind
		want done
	}{
		{ten, "37", KindNumber, number("30")},
		{ten, "37", KindString, plain("30")},
		{ten, " 37 ", KindString, plain("30")},
		{ten, "30", KindNumber, number("30")},
		{ten, "0", KindNumber, number("0")},
		{ten, "9.99", KindNumber, number("0")},
		{ten, "-0.0", KindNumber, number("0")},
		{ten, "-3", KindNumber, number("-10")},
		{ten, "-10", KindNumber, number("-10")},
		{ten, "-0.001", KindNumber, number("-10")},
		{ten, "3.7e1", KindNumber, number("30")},
		{ten, "1e-400", KindNumber, number("0")},
		{ten, "-1e-400", KindNumber, number("-10")},
		{ten, "99999999", KindNumber, number("99999990")},
		{ten, "100000000", KindNumber, unfit},
		{ten, "-100000000", KindNumber, unfit},
		{ten, "356938035643809", KindNumber, unfit},
		{BucketOptions{Width: "1e12"}, "999999999999999999", KindNumber, number("999999000000000000")},
		{ten, "1e18", KindNumber, unfit},
		{ten, "12345678901234567890", KindNumber, unfit},
		{ten, "-1e18", KindNumber, unfit},
		{ages, "17", KindNumber, number("18")},
		{ages, "18", KindNumber, number("18")},
		{ages, "25", KindNumber, number("20")},
		{ages, "19.5", KindNumber, number("18")},
		{ages, "89.999", KindNumber, number("80")},
		{ages, "90", KindNumber, number("90")},
		{ages, "117", KindString, plain("90")},
		{half, "1.74", KindNumber, number("1.5")},
		{half, "-0.1", KindNumber, number("-0.5")},
		{half, "2", KindNumber, number("2")},
		{BucketOptions{Width: "0.1"}, "0.3", KindNumber, number("0.3")},
		{BucketOptions{Width: "0.000000001"}, "0.0000000019", KindNumber, number("0.000000001")},
		{BucketOptions{Width: "1e3"}, "2999", KindNumber, number("2000")},
		{BucketOptions{Width: "2.5", Top: "10.25"}, "11", KindNumber, number("10.25")},
		{ten, "", KindString, unfit},
		{ten, "thirty", KindString, unfit},
		{ten, "37 years", KindString, unfit},
		{ten, "NaN", KindString, unfit},
		{ten, "true", KindBool, unfit},
	} {
		if got := run(t, must(t)(Bucket(c.o)), c.v, c.k); got != c.want {
			t.Errorf("%+v of %q: %v, want %v", c.o, c.v, got, c.want)
		}
	}
	for _, o := range []BucketOptions{{}, {Width: "0"}, {Width: "-10"}, {Width: "ten"}, {Width: "0.0000000001"}, {Width: "1e18"}, {Width: "1e400"},
		{Width: "10", Bottom: "x"}, {Width: "10", Top: "x"}, {Width: "10", Bottom: "90", Top: "18"}, {Width: "10", Bottom: "5", Top: "5"}, {Width: "10", Top: "1e30"}} {
		if _, err := Bucket(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// FuzzBucket compares with floor(v/width)*width by math/big.
func FuzzBucket(f *testing.F) {
	for _, v := range []string{"37", "-0.001", "1e17", "0.30000000000000004", "99999999999999999.9"} {
		f.Add(v, "10")
		f.Add(v, "0.3")
		f.Add(v, "7e2")
	}
	f.Fuzz(func(t *testing.T, v, width string) {
		if len(v) > 60 || len(width) > 20 || !new(detect.Decimal).Parse([]byte(v)) || longExponent(v) || longExponent(width) {
			return
		}
		tr, err := Bucket(BucketOptions{Width: width})
		if err != nil {
			return
		}
		got := run(t, tr, v, KindNumber)
		if got == unfit {
			return // TestBucket has the limits
		}
		x, _ := new(big.Rat).SetString(v)
		w, _ := new(big.Rat).SetString(width)
		q := new(big.Rat).Quo(x, w)
		n := new(big.Int).Div(q.Num(), q.Denom()) // Euclidean: the floor, since Denom is positive
		want, _ := new(big.Rat).SetString(got.out)
		if want.Cmp(new(big.Rat).Mul(new(big.Rat).SetInt(n), w)) != 0 {
			t.Fatalf("%s in buckets of %s: %v", v, width, got)
		}
		if again := run(t, tr, got.out, KindNumber); again != got {
			t.Fatalf("%s in buckets of %s: %v, and of that %v", v, width, got, again)
		}
	})
}

func longExponent(v string) bool {
	i := strings.IndexAny(v, "eE")
	return i >= 0 && len(v)-i > 4
}
