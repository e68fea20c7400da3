package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The tests of this file are rows of a matrix of ways in which sanitizers are
// known to leak: what is planted under a name of the policy must be gone from
// every recipient's output, however the record is written. Rows 1 to 3 (JSON's
// own test suite) are TestJSONTestSuite.

// matrixProgram has a recipient of each kind: one that keeps what it does not
// know, which is the one that can leak, default-deny ones, and one that wants
// no surprises.
func matrixProgram(t testing.TB) *Program {
	transforms := func(t Transform) []Transform { return []Transform{t, t, t, Keep()} }
	return compile(t, Spec{
		Containers: []string{"data", "list"},
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"imei", "imei1", "imeis", "*imei"}},
			{Name: "place", Level: 4, Keys: []string{"lat", "lon", "gps", "geo"}},
			{Name: "path", Level: 4, Paths: []string{"$.ids[*].v", "$..deep", "$.tree..*"}},
			{Name: "event", Level: 1, Keys: []string{"event", "n"}},
		},
		Profiles: []Profile{
			{Name: "replace", Unknown: UnknownKeep, Transforms: transforms(stars())},
			{Name: "pseudonym", Unknown: UnknownKeep, Transforms: transforms(hidden())},
			{Name: "deny", Transforms: transforms(hidden())},
			{Name: "drop", Transforms: transforms(Drop())},
			{Name: "null", Unknown: UnknownNull, Transforms: transforms(Null())},
		},
	})
}

// digest is a transform for tests that takes every kind of value and shows
// nothing of it.
type digest struct{}

func (digest) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	return append(dst, 'p', '_', byte('0'+k)), ShapePlain
}

func hidden() Transform { return Transform{OpApply, RankPseudonym, "pseudonym", digest{}} }

// sanitize renders a record for every profile and checks that each output is
// JSON without the planted value in any spelling.
func sanitize(t *testing.T, m *Machine, record string, secrets ...string) []string {
	t.Helper()
	if v := m.Scan([]byte(record)); v.Outcome != Passed {
		t.Fatalf("%q: %v %v", record, v.Outcome, v.Reason)
	}
	var outs []string
	for i := range m.prog.Profiles() {
		out, v := m.Render(nil, i)
		if v.Outcome != Passed {
			t.Fatalf("%q, profile %d: %v", record, i, v)
		}
		var decoded any
		d := json.NewDecoder(bytes.NewReader(out))
		d.UseNumber()
		if err := d.Decode(&decoded); err != nil {
			t.Fatalf("%q, profile %d: malformed output %q", record, i, out)
		}
		for _, s := range append(secrets, planted) {
			if strings.Contains(string(out), s) || strings.Contains(fmt.Sprint(decoded), s) {
				t.Errorf("LEAK of %q\nrecord  %q\nprofile %d %q", s, record, i, out)
			}
		}
		outs = append(outs, string(out))
	}
	return outs
}

func TestMatrix04EqualNames(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	out := sanitize(t, m, `{"imei":"A`+planted+`","event":1,"imei":"B`+planted+`"}`)
	if want := `{"imei":"***","event":1,"imei":"***"}`; out[0] != want {
		t.Errorf("got %s, want %s", out[0], want)
	}
	sanitize(t, m, `{"ids":[{"v":"`+planted+`","v":"`+planted+`"}],"ids":[{"v":"`+planted+`"}]}`)
}

func TestMatrix05NamesThatDifferInCase(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	out := sanitize(t, m, `{"imei":"`+planted+`","IMEI":"`+planted+`","Imei":`+planted+`}`)
	if want := `{"imei":"***","IMEI":"***","Imei":"***"}`; out[0] != want {
		t.Errorf("got %s, want %s", out[0], want)
	}
}

func TestMatrix06EscapedNames(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	for _, name := range []string{
		`\u0069mei`, `im\u0065i`, `\u0049\u004D\u0045\u0049`, `\u0069\u006d\u0065\u0069`, `\u0069\u006D\u0065\u0069`,
		`i\u005fmei`, `\uff49mei`, `\ud835\udc22mei`, `imei\u0031`,
	} {
		for range 2 { // resolved, then remembered
			sanitize(t, m, `{"`+name+`":"`+planted+`"}`)
		}
	}
	sanitize(t, m, `{"\u0069ds":[{"\u0076":"`+planted+`"}],"d\u0065ep":"`+planted+`"}`)
}

func TestMatrix07NamesWithInvisibleCharacters(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	for _, hidden := range []string{
		`\u0000`, ` `, `\t`, `\n`, "\u200b", "\u200d", "\u2060", "\ufeff", `\ufeff`, "\u00ad", "\u00a0", "\u3000", ".", "\u0301", "\ufe0f", "\u202e", `\u007f`,
	} {
		for _, name := range []string{hidden + "imei", "im" + hidden + "ei", "imei" + hidden, hidden + hidden + "imei" + hidden} {
			out := sanitize(t, m, `{"`+name+`":"`+planted+`"}`)
			// A name like that is suspicious: who wants no unknown names does not get it.
			if out[2] != "{}" && !strings.HasSuffix(name, "imei") { // "*imei" matches whatever is in front
				t.Errorf("%q: %s", name, out[2])
			}
		}
	}
}

func TestMatrix08LookalikeNames(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	for _, name := range []string{
		"іmei", "imеi", "ｉｍｅｉ", "ＩＭＥＩ", "іме\u0456", "ιmei", "imeı", "İMEI", "ⅰⅿeⅰ", "𝐢𝐦𝐞𝐢", "𝙸𝙼𝙴𝙸", "ímeì", "ⓘmei", "ｉ＿ｍｅｉ", "imei１",
	} {
		sanitize(t, m, `{"`+name+`":"`+planted+`"}`)
	}
	p := compile(t, Spec{
		Fields:   []Field{{Name: "s", Level: 4, Keys: []string{"session", "token"}}},
		Profiles: []Profile{{Name: "p", Unknown: UnknownKeep, Transforms: []Transform{stars()}}},
	})
	sm := p.NewMachine()
	for _, name := range []string{"ſeſſion", "seſsion", "to\u212Aen", "tοken", "тoken"} {
		sanitize(t, sm, `{"`+name+`":"`+planted+`"}`)
	}
}

// TestMatrix09SpellingVariants lists which variants of a name one key finds.
// deviceImei and imeis are found because the policy says *imei and imeis.
func TestMatrix09SpellingVariants(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	for _, name := range []string{"imei_1", "IMEI1", "i-m-e-i", "deviceImei", "device-imei", "device_imei", "device.imei", "imeis", "IMEIS"} {
		out := sanitize(t, m, `{"`+name+`":"`+planted+`"}`)
		if want := `{"` + name + `":"***"}`; out[0] != want {
			t.Errorf("got %s, want %s", out[0], want)
		}
	}
	// Not found: documented, and dropped by default-deny.
	m.Scan([]byte(`{"imei_code":"x"}`))
	if out, _ := m.Render(nil, 0); string(out) != `{"imei_code":"x"}` {
		t.Errorf("imei_code: %s", out)
	}
	if out, _ := m.Render(nil, 2); string(out) != `{}` {
		t.Errorf("imei_code under default-deny: %s", out)
	}
}

func TestMatrix10EveryTypeOfValue(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	const id = planted
	for _, c := range []struct{ value, replaced, pseudonym string }{
		{`"` + id + `"`, `"***"`, `"p_3"`},
		{id, `"***"`, `"p_2"`},
		{"-" + id, `"***"`, `"p_2"`},
		{"3.58142035282084e14", `"***"`, `"p_2"`},
		{id + ".0", `"***"`, `"p_2"`},
		{"true", `"***"`, `"p_1"`},
		{"null", "null", "null"}, // says nothing
		{"{}", `"***"`, `"p_4"`},
		{"[]", `"***"`, `"p_4"`},
		{`["` + id + `",` + id + `,null,[[` + id + `]]]`, `"***"`, `["p_3","p_2",null,[["p_2"]]]`},
		{`{"v":"` + id + `","event":1}`, `"***"`, `{"v":"p_3","event":1}`},
		{`{"a":{"b":["` + id + `"],"data":{"c":"` + id + `"}}}`, `"***"`, `{"a":{"b":["p_3"],"data":{"c":"p_3"}}}`},
		{`[{"imei":"` + id + `","x":"` + id + `"}]`, `"***"`, `[{"imei":"p_3","x":"p_3"}]`},
	} {
		out := sanitize(t, m, `{"imei":`+c.value+`}`, "3.58142035282084e14")
		for i, want := range []string{c.replaced, c.pseudonym} {
			if want = `{"imei":` + want + `}`; out[i] != want {
				t.Errorf("%s, profile %d: got %s, want %s", c.value, i, out[i], want)
			}
		}
	}
}

func TestMatrix11Numbers(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	for _, n := range []string{
		"9007199254740993", "89860012345678901234", "1e400", "-1e-400", "-0", "0.1000000000000000055511151231257827021181583404541015625",
		"1E+2", "1e5", "0.10", "-0.0e-0", strings.Repeat("9", 400),
	} {
		out := sanitize(t, m, `{"n":`+n+`,"imei":`+n+`}`)
		if want := `{"n":` + n + `,"imei":"***"}`; out[0] != want {
			t.Errorf("got %s, want %s", out[0], want)
		}
		if want := `{"n":` + n + `}`; out[3] != want {
			t.Errorf("got %s, want %s", out[3], want)
		}
	}
}

func TestMatrix12Places(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	for _, v := range []string{
		"39.904211", `"39.904211"`, "39904211", `"39°54'15.2\"N 39.904211"`, `"3954.2527,N 39.904211"`, `"39.904211,116.407395"`,
		"[116.407395,39.904211]", `{"type":"Point","coordinates":[116.407395,39.904211]}`, `"wx4g0bm 39.904211"`, `"POINT(116.407395 39.904211)"`,
		`[[116.407395,39.904211],[[39.904211]]]`,
	} {
		for _, name := range []string{"lat", "gps", "geo"} {
			sanitize(t, m, `{"`+name+`":`+v+`,"data":{"`+name+`":`+v+`}}`, "39.904211", "39904211", "116.407395")
		}
	}
}

func TestMatrix13Depth(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	nest := func(n int, inner string) string {
		return strings.Repeat(`{"data":[`, n/2) + inner + strings.Repeat("]}", n/2)
	}
	for _, n := range []int{2, 10, 100, DefaultMaxDepth - 2} {
		sanitize(t, m, nest(n, `{"imei":"`+planted+`"}`))
		sanitize(t, m, nest(n, `{"imei":[1]}`))
	}
	for _, record := range []string{
		nest(DefaultMaxDepth, `{"imei":"`+planted+`"}`), nest(DefaultMaxDepth, "{}"), nest(10000, "1"),
		strings.Repeat("[", 1000000), strings.Repeat(`{"imei":`, 1000000),
	} {
		before := m.Memory()
		if v := m.Scan([]byte(record)); v != (Verdict{Quarantined, ReasonDepth}) {
			t.Errorf("%.20s…: %v", record, v)
		}
		if out, v := m.Render(nil, 0); out != nil || v.Reason != ReasonDepth {
			t.Errorf("%.20s…: rendered %q %v", record, out, v)
		}
		if grown := m.Memory() - before; grown > 1<<20 {
			t.Errorf("%.20s…: scratch grew by %d bytes", record, grown)
		}
	}
}

func TestMatrix15InvalidText(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	// A lone surrogate is an escape of RFC 8259: it stays, and what is beside it goes.
	for _, s := range []string{`\ud83d`, `\udE00`, `\ud83dx`, `\ud83d\ud83d`, `\udE00\ud83d`} {
		out := sanitize(t, m, `{"x`+s+`":"`+s+`","imei":"`+planted+s+`"}`)
		if want := `{"x` + s + `":"` + s + `","imei":"***"}`; out[0] != want {
			t.Errorf("got %s, want %s", out[0], want)
		}
		sanitize(t, m, `{"ime`+s+`i":1,"imei":"`+planted+`"}`)
	}
	// Bytes that are no UTF-8 are nobody's text.
	for _, s := range []string{"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80\xed\xb0\x80", "\xf5\x80\x80\x80", "\xe5\xae"} {
		for _, record := range []string{`{"x":"` + s + `","imei":"` + planted + `"}`, `{"` + s + `":1,"imei":"` + planted + `"}`} {
			if v := m.Scan([]byte(record)); v != (Verdict{Quarantined, ReasonParse}) {
				t.Errorf("%q: %v", record, v)
			}
		}
	}
}

func TestMatrix16To18WhatIsNoJSON(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	one := `{"imei":"` + planted + `"}`
	utf16 := ""
	for _, c := range one {
		utf16 += string(c) + "\x00"
	}
	for _, record := range []string{
		"\ufeff" + one, "\xff\xfe" + utf16, utf16, "\xfe\xff\x00" + utf16, "\x00\x00\xfe\xff" + one,
		one + "\x00", one + one, one + "\n" + one, one + "x", one + ",", "x" + one, one + "]",
		`{"imei":NaN}`, `{"imei":Infinity}`, `{/**/"imei":1}`, `{'imei':1}`, `{"imei":1,}`, `{imei:1}`, `{"imei":0x1}`, "imei=" + planted,
	} {
		v := m.Scan([]byte(record))
		if v != (Verdict{Quarantined, ReasonParse}) {
			t.Errorf("%q: %v", record, v)
		}
		for i := range m.prog.Profiles() {
			if out, rv := m.Render([]byte("before"), i); string(out) != "before" || rv != v {
				t.Errorf("%q, profile %d: rendered %q %v", record, i, out, rv)
			}
		}
	}
}

// TestMatrix25IdentifiersAsNames: a member name is data. Under default-deny it
// leaves only if the policy knows it; a recipient that keeps what it does not
// know keeps such names too, which is why only internal ones may.
func TestMatrix25IdentifiersAsNames(t *testing.T) {
	m := matrixProgram(t).NewMachine()
	for _, record := range []string{
		`{"` + planted + `":{"event":1}}`, `{"` + planted + `":[{"event":1}]}`, `{"` + planted + `":1}`, `{"` + planted + `":{}}`, `{"` + planted + `":null}`,
		`{"data":{"` + planted + `":{"event":1}}}`, `{"list":[{"` + planted + `":[]}]}`, `{"event":{"` + planted + `":1}}`, `{"` + planted + `":{"data":{"event":1}}}`,
		`{"imei":{"` + planted + `":1}}`, `{"` + planted + `":{"imei":"` + planted + `"}}`,
	} {
		if v := m.Scan([]byte(record)); v.Outcome != Passed {
			t.Fatal(v)
		}
		for i := 2; i <= 3; i++ {
			if out, _ := m.Render(nil, i); strings.Contains(string(out), planted) {
				t.Errorf("LEAK %s\nprofile %d %s", record, i, out)
			}
		}
	}
	// null keeps names of unknown values, so it is for recipients that may know them.
	m.Scan([]byte(`{"` + planted + `":{"event":1}}`))
	if out, _ := m.Render(nil, 4); string(out) != `{"`+planted+`":null}` {
		t.Errorf("null: %s", out)
	}
	// A whole subtree on purpose takes its names with it.
	sanitize(t, m, `{"tree":{"a":{"b":["`+planted+`",{"c":`+planted+`}]}}}`)
}
