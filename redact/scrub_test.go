package redact

import (
	"strings"
	"testing"

	"redactor/detect"
	"redactor/internal/race"
	"redactor/pseudonym"
)

func scrubAll(t testing.TB) Transform {
	return must(t)(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors}}))
}

func TestScrub(t *testing.T) {
	tr := scrubAll(t)
	for _, c := range []struct {
		v    string
		k    Kind
		want done
	}{
		{"", KindString, text("")},
		{"nothing here, 12:34:56", KindString, text("nothing here, 12:34:56")},
		{"imei354178036859789!", KindString, text("imei[imei]!")},
		{"a.b@example.com", KindString, text("[email]")},
		{"从 192.0.2.1 到 2001:db8::1。", KindString, text("从 [ipv4] 到 [ipv6]。")},
		{"mac=00%3A00%3a5E%3A00%3A53%3A01&x=1", KindString, text("mac=[mac]&x=1")},
		{"tel １３８-００１３-８０００", KindString, text("tel [phone]")},
		{"\xff a.b@example.com \xff", KindString, text("\xff [email] \xff")},
		{`{"imei":"354178036859789"}`, KindString, text(`{"imei":"[imei]"}`)},
		{"13800138000", KindNumber, text("[phone]")},
		{"1.3800138e10", KindNumber, text("[phone]")},
		{"354178036859789.0", KindNumber, text("[imei]")},
		{"12.50", KindNumber, number("12.50")},
		{"-1e400", KindNumber, number("-1e400")},
		{"true", KindBool, unfit},
		{"{}", KindEmpty, unfit},
	} {
		if got := run(t, tr, c.v, c.k); got != c.want {
			t.Errorf("%q: %v, want %v", c.v, got, c.want)
		}
	}
}

func TestScrubText(t *testing.T) {
	m := must(t)
	o := ScrubOptions{Detect: detect.Config{Set: detect.SetOf(detect.DetectEmail), Custom: []detect.CustomPattern{{Name: "ticket", Pattern: `TCK-\d+`}}}, Text: "***"}
	const v = "a.b@example.com opened TCK-17 from 192.0.2.1"
	if got := run(t, m(Scrub(o)), v, KindString); got != text("*** opened *** from 192.0.2.1") {
		t.Error(got)
	}
	o.Text = ""
	if got := run(t, m(Scrub(o)), v, KindString); got != text("[email] opened [custom] from 192.0.2.1") {
		t.Error(got)
	}
}

// TestScrubPseudonym: a value in a text has the pseudonym that it has in a field.
func TestScrubPseudonym(t *testing.T) {
	m := must(t)
	subkey := func(c detect.Class) *pseudonym.Subkey {
		if c == detect.Email {
			return nil
		}
		return pseudonym.TestSecret("k").Subkey("acme", "analytics", "analytics", c.Domain(), "0")
	}
	tr := m(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors}, Subkey: subkey, Test: true}))
	for _, c := range []struct {
		class    detect.Class
		name, v  string
		spelling string
	}{
		{detect.IMEI, "imei", "354178036859789", "35-417803-685978-9"},
		{detect.Phone, "phone", "+8613800138000", "138 0013 8000"},
		{detect.IP, "ipv6", "192.0.2.1", "::ffff:192.0.2.1"},
	} {
		field := run(t, m(Pseudonym(PseudonymOptions{Subkey: subkey(c.class), Class: c.class, Test: true})), c.v, KindString)
		want := text("of [" + c.name + ":" + field.out + "].")
		if got := run(t, tr, "of "+c.spelling+".", KindString); got != want {
			t.Errorf("%s: %v, want %v", c.spelling, got, want)
		}
	}
	if got := run(t, tr, "a@example.com mac 02:00:00:00:00:00", KindString); got != text("[email] mac [mac]") {
		t.Errorf("without a key, and of nobody: %v", got)
	}
	if got := run(t, tr, "password=hunter22", KindString); got != text("password=[credentials]") {
		t.Errorf("a secret has a pseudonym: %v", got)
	}
}

func TestScrubOptions(t *testing.T) {
	for name, o := range map[string]ScrubOptions{
		"nothing":      {},
		"two marks":    {Detect: detect.Config{Set: 1}, Text: "x", Subkey: func(detect.Class) *pseudonym.Subkey { return nil }},
		"bad pattern":  {Detect: detect.Config{Custom: []detect.CustomPattern{{Name: "p", Pattern: "("}}}},
		"empty match":  {Detect: detect.Config{Custom: []detect.CustomPattern{{Name: "p", Pattern: "a*"}}}},
		"huge pattern": {Detect: detect.Config{Custom: []detect.CustomPattern{{Name: "p", Pattern: "(a{1,100}){1,10}b{1,900}c{1,900}"}}}},
	} {
		if tr, err := Scrub(o); err == nil || tr.Op() != OpDrop {
			t.Errorf("%s: accepted, or %v is not drop", name, tr)
		}
	}
}

func TestScrubNoAllocs(t *testing.T) {
	race.Skip(t)
	tr := must(t)(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors}, Subkey: func(detect.Class) *pseudonym.Subkey { return testSubkey() }}))
	w := &worker{}
	v := []byte("imei 354178036859789, a.b@example.com, mac 00%3A00%3A5e%3A00%3A53%3A01 and more")
	var out []byte
	apply := func() { out, _ = tr.fn.apply(w, out[:0], v, KindString) }
	apply()
	if n := testing.AllocsPerRun(100, apply); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzScrub: what is found is marked, and all else stays byte for byte.
func FuzzScrub(f *testing.F) {
	f.Add("imei354178036859789! a.b@example.com %31", "192.0.2.1")
	f.Fuzz(func(t *testing.T, before, after string) {
		tr := scrubAll(t)
		s, err := detect.NewScanner(detect.Config{Set: detect.AllDetectors})
		if err != nil {
			t.Fatal(err)
		}
		v := before + " 354178036859789 " + after
		got := run(t, tr, v, KindString).out
		spans := s.Find(nil, []byte(v))
		from := 0
		rest := got
		for _, f := range spans {
			var ok bool
			if rest, ok = strings.CutPrefix(rest, v[from:f.Start]+"["+f.Detector.String()+"]"); !ok {
				t.Fatalf("%q became %q", v, got)
			}
			from = int(f.End)
		}
		if rest != v[from:] {
			t.Fatalf("%q became %q", v, got)
		}
	})
}
