package redact

import (
	"errors"
	"testing"
)

func TestParsePath(t *testing.T) {
	for in, want := range map[string]string{
		"$":                        "",
		"$.a":                      "",
		"$.a.b_1.c":                "",
		"$.客厅":                     "",
		"$[*]":                     "",
		"$[0]":                     "",
		"$.a[12].b":                "",
		"$..name":                  "",
		"$.a..b[*]..c":             "",
		"$..*":                     "",
		"$.a..*":                   "",
		"$['a']":                   "$.a",
		`$["a"].b`:                 "$.a.b",
		"$['odd.key']":             "",
		"$['with space']['']":      "",
		"$['5g']":                  "",
		"$..['odd.key']":           "",
		"$..['a']":                 "$..a",
		`$['it\'s']`:               "",
		`$["it's"]`:                `$['it\'s']`,
		`$['say "x"']`:             "",
		`$["say \"x\""]`:           `$['say "x"']`,
		`$['\u0061\n\t\\\/']`:      `$['a\u000a\u0009\\/']`,
		`$['\ud83d\ude00']`:        "$.😀",
		`$['\uD83D\uDE00x'][*][0]`: "$.😀x[*][0]",
		`$['\b\f\r']`:              `$['\u0008\u000c\u000d']`,
	} {
		p, err := parsePath(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if want == "" {
			want = in
		}
		if got := p.String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
		if again, err := parsePath(p.String()); err != nil || again.String() != p.String() {
			t.Errorf("%s: does not parse back: %v", p, err)
		}
	}
}

func TestPathsThatAreRefused(t *testing.T) {
	for in, hinted := range map[string]bool{
		"": true, "a": true, ".a": true, "$a": false, "$.": true, "$..": true, "$. a": true, "$.a b": true, "$.a-b": true, "$.5g": true,
		"$.*": true, "$.a.*": true, "$[*].*": true, "$..*.a": true, "$..*[*]": true, "$..[*]": true, "$..[0]": true, "$...a": true,
		"$[": false, "$[]": true, "$[a]": true, "$[-1]": true, "$[01]": true, "$[1:2]": true, "$[0,1]": true, "$[?@.a]": true, "$['a','b']": true,
		"$['a": false, "$['a'": true, `$['\x61']`: true, `$['\']`: false, `$['\u12']`: true, `$['\ud83d']`: true, `$['\ud83dx']`: true, `$['\ude00\ud83d']`: true,
		"$['\n']": true, "$.a\xff": false, "$[99999999999]": true, `$['\a']`: true, `$['\101']`: true, `$["a']`: false,
	} {
		err := ValidatePath(in)
		var pe *PathError
		if !errors.As(err, &pe) {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if pe.Path != in || pe.At < 0 || pe.At > len(in) || pe.Message == "" || hinted != (pe.Hint != "") {
			t.Errorf("%q: %+v", in, pe)
		}
	}
	long := "$"
	for range maxPathSteps + 1 {
		long += ".a"
	}
	if ValidatePath(long) == nil {
		t.Error("a path of too many steps")
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"$", "$.a[*]..b", `$['\u0061']`, "$..*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		p, err := parsePath(in)
		if err != nil {
			return
		}
		again, err := parsePath(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q: %q does not parse back: %v", in, p, err)
		}
	})
}
