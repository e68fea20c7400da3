package redact

import (
	"math/rand/v2"
	"strings"
	"testing"

	"redactor/detect"
	"redactor/pseudonym"
)

func TestPseudonym(t *testing.T) {
	tr := must(t)(Pseudonym(PseudonymOptions{Subkey: testSubkey(), Class: detect.IMEI}))
	h := pseudonym.NewHasher()
	want := func(canonical string) done {
		return plain(string(pseudonym.Base62.Append(nil, h.Sum(testSubkey(), "imei", []byte(canonical)))))
	}
	for _, c := range []struct {
		v    string
		k    Kind
		want done
	}{
		{"356938035643809", KindString, want("35693803564380")},
		{"356938035643809", KindNumber, want("35693803564380")},
		{"3.56938035643809e14", KindNumber, want("35693803564380")},
		{"356938035643809.0", KindNumber, want("35693803564380")},
		{"35-693803-564380-9", KindString, want("35693803564380")},
		{"000000000000000", KindString, null},
		{"0", KindNumber, null},
		{"-0.0", KindNumber, null},
		{"", KindString, null},
		{"  ", KindString, null},
		{"unknown", KindString, null},
		{"abc", KindString, want("abc")},
		{" abc\t", KindString, want("abc")},
		{"-1", KindNumber, want("-1")},
		{"1e999", KindNumber, want("1e999")},
		{"12.50", KindNumber, want("12.5")},
		{"true", KindBool, unfit},
		{"[]", KindEmpty, unfit},
	} {
		if got := run(t, tr, c.v, c.k); got != c.want {
			t.Errorf("%q: %v, want %v", c.v, got, c.want)
		}
	}
}

// TestPseudonymFixed: what is written here is in data sets of users and must
// never change. The values were computed from the construction in another
// language.
func TestPseudonymFixed(t *testing.T) {
	key := testSubkey()
	for _, c := range []struct {
		o    PseudonymOptions
		v    string
		want string
	}{
		{PseudonymOptions{Class: detect.IMEI}, "356938035643809", "6aG4qtufgmCEkU1UtFDM6T"},
		{PseudonymOptions{Class: detect.IMEI, As: pseudonym.Base32}, "356938035643809", "3bnvgncifyrqelg4godhmngrse"},
		{PseudonymOptions{Class: detect.IMEI, As: pseudonym.Hex, Prefix: "p_"}, "356938035643809", "p_d85b5334482e23022cdc33867634d191"},
		{PseudonymOptions{Class: detect.IMEI, As: pseudonym.UUID}, "356938035643809", "d85b5334-482e-8302-acdc-33867634d191"},
		{PseudonymOptions{Class: detect.IMEI, As: pseudonym.Decimal}, "356938035643809", "3897536504771872960"},
		{PseudonymOptions{Class: detect.Account, Test: true, Prefix: "u_"}, "u-1001", "test_u_2quHQ2RHuZjPfNveZT3EjH"},
		{PseudonymOptions{}, "张三", "23HwLXgP4caUJhTy5AdCJt"},
	} {
		c.o.Subkey = key
		if got := run(t, must(t)(Pseudonym(c.o)), c.v, KindString); got != plain(c.want) {
			t.Errorf("%+v of %s: %v, want %s", c.o, c.v, got, c.want)
		}
	}
}

func TestPseudonymDecimal(t *testing.T) {
	m := must(t)
	o := PseudonymOptions{Subkey: testSubkey(), Class: detect.Account, As: pseudonym.Decimal}
	if got := run(t, m(Pseudonym(o)), "1001", KindNumber); got.shape != ShapeNumber {
		t.Errorf("a number did not stay one: %v", got)
	}
	if a, b := run(t, m(Pseudonym(o)), "1001", KindNumber).out, run(t, m(Pseudonym(o)), "1001", KindString); a != b.out || b.shape != ShapePlain {
		t.Errorf("the string of the same digits is %v, the number %s", b, a)
	}
	o.Prefix = "p"
	if got := run(t, m(Pseudonym(o)), "1001", KindNumber); got.shape != ShapePlain {
		t.Errorf("a number with a prefix is %v", got)
	}
	o.Prefix, o.Test = "", true
	if got := run(t, m(Pseudonym(o)), "1001", KindNumber); got.shape != ShapePlain || !strings.HasPrefix(got.out, "test_") {
		t.Errorf("a test pseudonym is %v", got)
	}
}

func TestPseudonymOptions(t *testing.T) {
	for name, o := range map[string]PseudonymOptions{
		"no key":        {},
		"no alphabet":   {Subkey: testSubkey(), As: 99},
		"quote":         {Subkey: testSubkey(), Prefix: `p"`},
		"space":         {Subkey: testSubkey(), Prefix: "p "},
		"not ASCII":     {Subkey: testSubkey(), Prefix: "é"},
		"too long":      {Subkey: testSubkey(), Prefix: strings.Repeat("p", 33)},
		"control bytes": {Subkey: testSubkey(), Prefix: "p\x00"},
	} {
		if tr, err := Pseudonym(o); err == nil || tr.Op() != OpDrop {
			t.Errorf("%s: accepted, or %v is not drop", name, tr)
		}
	}
}

// FuzzPseudonym: two values have one pseudonym only if they have one canonical
// form, and none holds its value.
func FuzzPseudonym(f *testing.F) {
	f.Add([]byte("356938035643809"), []byte("35-693803-564380-1"), uint8(detect.IMEI))
	f.Add([]byte("a@B.c"), []byte("a@b.C"), uint8(detect.Email))
	f.Fuzz(func(t *testing.T, a, b []byte, class uint8) {
		c := detect.Class(class % uint8(detect.Number+1))
		tr := must(t)(Pseudonym(PseudonymOptions{Subkey: testSubkey(), Class: c}))
		x, y := run(t, tr, string(a), KindString), run(t, tr, string(b), KindString)
		form := func(v []byte) string {
			out, canon := detect.AppendCanonical(nil, c, v)
			if canon == detect.CanonUnfit {
				out, _ = detect.AppendCanonical(nil, detect.None, v)
			}
			return string(out)
		}
		if (x == y) != (form(a) == form(b)) {
			t.Fatalf("%v %q and %q: %v and %v", c, a, b, x, y)
		}
		if len(a) > 5 && strings.Contains(x.out, string(a)) {
			t.Fatalf("%q is in its pseudonym %v", a, x)
		}
	})
}

// TestPseudonymsAhead: a pseudonym is the same whatever stands beside it, though
// two are computed at once.
func TestPseudonymsAhead(t *testing.T) {
	m := must(t)
	names := []string{"imei", "ip", "user", "phone"}
	classes := []detect.Class{detect.IMEI, detect.IP, detect.Account, detect.Phone}
	s := Spec{Containers: []string{"net"}, Profiles: []Profile{{Name: "p"}}}
	for i, n := range names {
		key := pseudonym.TestSecret(n).Subkey("acme", "p", "p", n, "0")
		s.Fields = append(s.Fields, Field{Name: n, Class: classes[i], Level: 4, Keys: []string{n}})
		s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, m(Pseudonym(PseudonymOptions{Subkey: key, Class: classes[i]})))
	}
	s.Fields = append(s.Fields, Field{Name: "gone", Level: 4, Keys: []string{"gone"}})
	s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, Drop())
	machine := compile(t, s).NewMachine()
	render := func(doc string) string {
		if v := machine.Scan([]byte(doc)); v.Outcome != Passed {
			t.Fatalf("%s: %v", doc, v)
		}
		out, v := machine.Render(nil, 0)
		if v.Outcome != Passed {
			t.Fatalf("%s: %v", doc, v)
		}
		return string(out)
	}
	values := []string{`"356938035643809"`, `356938035643809`, `"198.18.0.1"`, `"\u0031"`, `null`, `true`, `""`, `"+86 138-0013-8000"`, `"` + strings.Repeat("long ", 20) + `"`, `{"imei":"1"}`, `[]`}
	r := rand.New(rand.NewPCG(7, 8))
	for range 3000 {
		doc, want := "{", "{"
		for n := r.IntN(6); n >= 0; n-- {
			if r.IntN(4) == 0 { // taken as a whole, with what could be a pseudonym inside
				doc += `"gone":{"imei":"1"},`
			}
			member := `"` + pick(r, names) + `":` + pick(r, values)
			doc += member
			alone := render("{" + member + "}")
			if want += alone[1 : len(alone)-1]; n > 0 && len(alone) > 2 {
				want += ","
			}
			if n > 0 {
				doc += ","
			}
		}
		if got := render(doc + "}"); got != strings.TrimSuffix(want, ",")+"}" {
			t.Fatalf("%s\n%s\nwant\n%s", doc+"}", got, want+"}")
		}
	}
}

// TestPlainNumber: what is taken for plain at a glance is what AppendNumber
// makes of it.
func TestPlainNumber(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	plain := 0
	for range 200_000 {
		v := randomNumber(r)
		if !isPlainNumber(v) {
			continue
		}
		plain++
		if want, ok := detect.AppendNumber(nil, v); ok && string(want) != string(v) {
			t.Fatalf("%s is taken for plain, which is %s", v, want)
		}
	}
	if plain < 20_000 {
		t.Errorf("only %d numbers were plain", plain)
	}
	for _, v := range []string{"-0", "0.0", "-0.0", "1.50", "1e3", "1E3", "10.0"} {
		if isPlainNumber([]byte(v)) {
			t.Errorf("%s is taken for plain", v)
		}
	}
}

// randomNumber returns a number of JSON's grammar, often with zeros.
func randomNumber(r *rand.Rand) []byte {
	digits := func(b []byte, n int) []byte {
		for range n {
			b = append(b, "000123456789"[r.IntN(12)])
		}
		return b
	}
	var b []byte
	if r.IntN(3) == 0 {
		b = append(b, '-')
	}
	if r.IntN(3) == 0 {
		b = append(b, '0')
	} else {
		b = digits(append(b, "123456789"[r.IntN(9)]), r.IntN(12))
	}
	if r.IntN(2) == 0 {
		b = digits(append(b, '.'), 1+r.IntN(5))
	}
	if r.IntN(8) == 0 {
		b = append(b, "e+1"...)
	}
	return b
}
