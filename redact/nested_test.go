package redact

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"redactor/internal/jsonscan"
)

// nestedSpec is formatSpec with fields that hold records.
func nestedSpec(t testing.TB) Spec {
	spec := formatSpec(Format{})
	spec.Fields[4].Paths = nil
	add := func(name string, o NestedOptions) {
		tr, err := Nested(o)
		if err != nil {
			t.Fatal(err)
		}
		spec.Fields = append(spec.Fields, Field{Name: name, Level: 4, Keys: []string{name}, Headers: []string{"x-" + name}})
		for i := range spec.Profiles {
			spec.Profiles[i].Transforms = append(spec.Profiles[i].Transforms, tr)
		}
	}
	add("payload", NestedOptions{})
	add("lines", NestedOptions{Format: Format{Kind: FormatNDJSON}})
	add("body", NestedOptions{Format: Format{Kind: FormatForm}})
	add("cookie", NestedOptions{Format: Format{Kind: FormatCookie}})
	add("b64", NestedOptions{In: []Encoding{EncodingBase64}})
	add("b64u", NestedOptions{In: []Encoding{EncodingBase64URL}})
	add("hexed", NestedOptions{In: []Encoding{EncodingHex}})
	add("zipped", NestedOptions{In: []Encoding{EncodingBase64, EncodingGzip}})
	spec.Fields = append(spec.Fields, Field{Name: "link", Level: 3, Keys: []string{"link"}, Headers: []string{"x-link"}})
	for i := range spec.Profiles {
		spec.Profiles[i].Transforms = append(spec.Profiles[i].Transforms, URL(URLQuery))
	}
	add("percent", NestedOptions{In: []Encoding{EncodingPercent, EncodingBase64}})
	return spec
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func zip64(s string) string {
	var c coder
	return base64.StdEncoding.EncodeToString(c.gzip(nil, []byte(s)))
}

func TestNested(t *testing.T) {
	const inner = `{"imei":"86","x":1,"battery":81}`
	const strict = `{"imei":"p_86","battery":81}`
	json2 := `{"payload":` + quoted(inner) + `}`
	json3 := `{"payload":` + quoted(json2) + `}`
	json4 := `{"payload":` + quoted(json3) + `}`
	strict2 := `{"payload":` + quoted(strict) + `}`
	escaped := strings.Trim(quoted(inner), `"`)
	for _, c := range []struct{ name, in, want string }{
		{"payload", inner, strict},
		{"payload", json2, strict2},
		{"payload", json3, `{"payload":` + quoted(strict2) + `}`},
		{"payload", json4, `{"payload":` + quoted(`{"payload":`+quoted(`{"payload":null}`)+`}`) + `}`},
		{"payload", escaped, strings.Trim(quoted(strict), `"`)},
		{"payload", strings.Trim(quoted(escaped), `"`), strings.Trim(quoted(strings.Trim(quoted(strict), `"`)), `"`)},
		{"payload", `[{"imei":1}]`, `[{"imei":"p_1"}]`},
		{"payload", `12`, `null`}, // a record may be a scalar, which nobody names
		{"payload", "not json", ""}, {"payload", "", ""}, {"payload", inner + "x", ""},
		{"lines", inner + "\n" + inner, strict + "\n" + strict},
		{"body", "imei=86&x=1", "imei=p_86"},
		{"cookie", "imei=86; x=1", "imei=p_86"},
		{"b64", base64.StdEncoding.EncodeToString([]byte(inner)), base64.StdEncoding.EncodeToString([]byte(strict))},
		{"b64", base64.RawStdEncoding.EncodeToString([]byte(inner)), base64.RawStdEncoding.EncodeToString([]byte(strict))},
		{"b64", "!!!", ""}, {"b64", base64.StdEncoding.EncodeToString([]byte("text")), ""},
		{"b64u", base64.URLEncoding.EncodeToString([]byte(`{"imei":"ÿÿ?"}`)), base64.URLEncoding.EncodeToString([]byte(`{"imei":"p_ÿÿ?"}`))},
		{"hexed", hex.EncodeToString([]byte(inner)), hex.EncodeToString([]byte(strict))},
		{"hexed", strings.ToUpper(hex.EncodeToString([]byte(inner))), strings.ToUpper(hex.EncodeToString([]byte(strict)))},
		{"hexed", "7b7", ""}, {"hexed", "zz", ""},
		{"zipped", zip64(inner), zip64(strict)},
		{"link", "https://u:p@shop.example/users/alice?imei=86&x=1&battery=81#imei=86", "https://shop.example/users/{id}?imei=p_86&battery=81"},
		{"link", "/a?x=1", "/a"}, {"link", "/a#?imei=86", "/a"}, {"link", "/a?", "/a"}, {"link", "/a?imei%3D86", "/a"}, {"link", "/a?%69mei=%2538%36", "/a?%69mei=p_86"},
		{"zipped", zip64(inner)[:20], ""},
		{"percent", strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(inner)), "=", "%3D"), strings.NewReplacer("=", "%3D").Replace(base64.StdEncoding.EncodeToString([]byte(strict)))},
	} {
		m := compile(t, nestedSpec(t)).NewMachine()
		want := quoted(c.want)
		if c.want == "" {
			want = "null"
		}
		got, v := "", m.Scan([]byte(`{"`+c.name+`":`+quoted(c.in)+`}`))
		if v.Outcome == Passed {
			out, _ := m.Render(nil, 0)
			got = strings.TrimSuffix(strings.TrimPrefix(string(out), `{"`+c.name+`":`), "}")
		}
		if unquoted(got) != unquoted(want) {
			t.Errorf("%s %q:\n got %s\nwant %s", c.name, c.in, got, want)
		}
		header, keep, _ := m.RenderHeader(nil, []byte("x-"+c.name), []byte(c.in), 0)
		if !keep || c.want != string(header) && len(c.in) > 0 {
			t.Errorf("header %s %q: %q %t, want %q", c.name, c.in, header, keep, c.want)
		}
	}
}

// unquoted decodes a JSON string: Go escapes more than the engine does.
func unquoted(s string) string {
	if out, err := strconv.Unquote(s); err == nil {
		return out
	}
	return s
}

// TestNestedKeepsBytes: where nothing is done to what is within, the value keeps
// its spelling.
func TestNestedKeepsBytes(t *testing.T) {
	m := compile(t, nestedSpec(t)).NewMachine()
	in := `{"payload":"\u007b\"battery\":81,\"status\":\"\\u4e2d\\/\"}"}`
	m.Scan([]byte(in))
	if out, v := m.Render(nil, 0); string(out) != in || v.Outcome != Passed {
		t.Errorf("%s %v", out, v)
	}
}

// TestNestedVerdicts: what makes a record unjudgeable makes it so within a value.
func TestNestedVerdicts(t *testing.T) {
	spec := nestedSpec(t)
	spec.Profiles[0].Unknown = UnknownQuarantine
	spec.Profiles[0].Only = []Condition{{Path: "$.ev", In: []string{"a"}}}
	spec.Profiles[1].UnfitQuarantine = true
	m := compile(t, spec).NewMachine()
	for _, c := range []struct {
		in      string
		profile int
		want    Verdict
	}{
		{`{"payload":"{\"x\":1}"}`, 0, Verdict{Outcome: Filtered}},
		{`{"ev":"a","payload":"{\"battery\":1}"}`, 2, Verdict{}},
		{`{"payload":"{\"x\":1}"}`, 2, Verdict{}},
		{`{"payload":"not json"}`, 1, Verdict{Quarantined, ReasonUnfit}},
	} {
		m.Scan([]byte(c.in))
		if _, v := m.Render(nil, c.profile); v != c.want {
			t.Errorf("%s for %d: %v, want %v", c.in, c.profile, v, c.want)
		}
	}
	spec.Profiles[0].Only = nil
	m = compile(t, spec).NewMachine()
	m.Scan([]byte(`{"payload":"{\"x\":1}"}`))
	if _, v := m.Render(nil, 0); v != (Verdict{Quarantined, ReasonUnknown}) {
		t.Errorf("unknown within: %v", v)
	}
	spec.Profiles[0].Guard = GuardAll
	m = compile(t, spec).NewMachine()
	m.Scan([]byte(`{"payload":"{\"battery\":\"call 13800138000\"}"}`))
	if _, v := m.Render(nil, 0); v != (Verdict{Quarantined, ReasonLeak}) || len(m.Leaks(0)) != 1 {
		t.Errorf("a leak within: %v %v", v, m.Leaks(0))
	}
}

// TestNestedBomb: what inflates beyond the limit is no record.
func TestNestedBomb(t *testing.T) {
	spec := nestedSpec(t)
	spec.MaxRecord = 1 << 16
	m := compile(t, spec).NewMachine()
	bomb := zip64(`{"battery":"` + strings.Repeat("a", 8<<20) + `"}`)
	m.Scan([]byte(`{"zipped":"` + bomb + `"}`))
	if out, _ := m.Render(nil, 0); string(out) != `{"zipped":null}` {
		t.Errorf("%.100s", out)
	}
	if n := m.Memory(); n > 4<<20 {
		t.Errorf("%d bytes held", n)
	}
}

// TestNestedCounts: what happens within a value is counted like the rest.
func TestNestedCounts(t *testing.T) {
	m := compile(t, nestedSpec(t)).NewMachine()
	m.Scan([]byte(`{"payload":"{\"imei\":1,\"imei\":2,\"x\":1}","imei":3}`))
	m.Render(nil, 0)
	if c := m.Counts().Profiles[0]; c.Hits(0) != 3 || c.Unknown() != 1 {
		t.Errorf("%d %d", c.Hits(0), c.Unknown())
	}
}

// TestNestedTwin: what is made of a record within a value is what is made of
// the record, whatever the policy; conditions aside, which are the outer one's.
func TestNestedTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	tr, err := Nested(NestedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for range 400 {
		spec := randomSpec(r)
		field := len(spec.Fields)
		spec.Fields = append(spec.Fields, Field{Name: "payload", Level: 4, Keys: []string{"PAYLOAD"}})
		spec.MaxDepth = 0
		for i := range spec.Profiles {
			pr := &spec.Profiles[i]
			pr.Only, pr.Except, pr.Named = nil, nil, nil
			pr.Transforms = append(pr.Transforms, tr)
		}
		x := newTwinRun(t, spec)
		if x == nil {
			continue
		}
		plain := x.m.prog.NewMachine()
		for range 20 {
			var b bytes.Buffer
			randomDoc(r, &b, 3)
			inner := b.Bytes()
			if r.IntN(4) == 0 {
				inner = mutate(r, inner)
			}
			if !utf8.Valid(inner) {
				continue
			}
			doc := `{"PAYLOAD":` + quoted(string(inner)) + `}`
			if v := x.m.Scan([]byte(doc)); v.Outcome != Passed {
				t.Fatalf("%s: %v", doc, v)
			}
			for leaf := range x.m.Leaves {
				for i := range spec.Profiles {
					if _, f := x.m.prog.Outcome(leaf, i); f != field {
						continue
					}
					seen++
					compareNested(t, x.m, plain, i, inner, spec.Profiles[i].UnfitQuarantine)
				}
			}
		}
	}
	if seen < 1000 {
		t.Errorf("only %d records were compared", seen)
	}
}

func compareNested(t *testing.T, m, plain *Machine, i int, inner []byte, unfitQuarantine bool) {
	t.Helper()
	got, gv := m.Render(nil, i)
	v := plain.Scan(inner)
	var want []byte
	if v.Outcome == Passed {
		want, v = plain.Render(nil, i)
	}
	if v.Outcome != Passed {
		if v.Reason == ReasonParse && bytes.IndexByte(inner, '\\') >= 0 {
			return // it may be JSON once it is unescaped
		}
		if gv.Outcome == Passed && (unfitQuarantine || v.Reason != ReasonParse || !strings.HasSuffix(string(got), "null}")) {
			t.Fatalf("%q for %d: %s %v after %v", inner, i, got, gv, v)
		}
		return
	}
	var out struct{ PAYLOAD string }
	if err := json.Unmarshal(got, &out); err != nil || out.PAYLOAD != string(want) {
		t.Fatalf("%q for %d: got %q, want %q (%v %v)", inner, i, out.PAYLOAD, want, gv, err)
	}
}

// TestNestedGzipHeader: a gzip file says more than its content. What nobody has
// looked at, its name, comment and extra field, does not leave, whether or not
// the record in it is changed.
func TestNestedGzipHeader(t *testing.T) {
	for _, inner := range []string{`{"battery":81}`, `{"imei":"86","battery":81}`} {
		var file bytes.Buffer
		w := gzip.NewWriter(&file)
		w.Name, w.Comment, w.Extra = "alice.json", "358142035282084", []byte("a@example.com")
		w.Write([]byte(inner))
		w.Close()
		m := compile(t, nestedSpec(t)).NewMachine()
		m.Scan([]byte(`{"zipped":"` + base64.StdEncoding.EncodeToString(file.Bytes()) + `"}`))
		out, v := m.Render(nil, 0)
		var got struct{ Zipped []byte }
		if err := json.Unmarshal(out, &got); err != nil || v.Outcome != Passed {
			t.Fatal(string(out), v, err)
		}
		r, err := gzip.NewReader(bytes.NewReader(got.Zipped))
		if err != nil {
			t.Fatal(err)
		}
		if r.Name != "" || r.Comment != "" || len(r.Extra) > 0 || !r.ModTime.IsZero() {
			t.Errorf("%s: left with %+v", inner, r.Header)
		}
	}
}

// FuzzNested: a JSON text in a string, escaped level times more than it needed to
// be, becomes what the same text becomes as a record, escaped as often; and a
// text that is no record becomes null. Spellings of any kind are let in; what
// comes out is JSON in JSON.
func FuzzNested(f *testing.F) {
	const inner = `{"imei":"86","x":1,"battery":81}`
	for level := range uint8(maxNesting + 1) {
		f.Add(level, inner)
	}
	for _, s := range []string{`{"payload":` + quoted(inner) + `}`, `[{"imei":1},` + inner + `]`, `{"imei":"\u0038\n\"6","battery":1e9}`, ` { } `, "12", `"86"`, "", "not json",
		inner + "x", `{"imei":"` + "\u2028\U0001f600" + `"}`, `{\"imei\":\"86\"}`, `{"imei":1,"imei":{"a":[]}}`, `\`, `"\`, `{"body":"imei=86","link":"/a?imei=86"}`} {
		f.Add(uint8(0), s)
	}
	p := compile(f, nestedSpec(f))
	m, plain := p.NewMachine(), p.NewMachine()
	f.Fuzz(func(t *testing.T, level uint8, text string) {
		if !utf8.ValidString(text) || len(text) > 1<<12 {
			return
		}
		level %= maxNesting + 1
		escape := func(s string) string {
			for range level {
				s = string(jsonscan.AppendEscaped(nil, []byte(s)))
			}
			return s
		}
		doc := `{"payload":"` + string(jsonscan.AppendEscaped(nil, []byte(escape(text)))) + `"}`
		if v := m.Scan([]byte(doc)); v.Outcome != Passed {
			t.Fatalf("%s: %v", doc, v)
		}
		out, v := m.Render(nil, 0)
		var got struct{ Payload *string }
		if err := json.Unmarshal(out, &got); err != nil || v.Outcome != Passed {
			t.Fatalf("%s became %s, %v (%v)", doc, out, v, err)
		}
		if plain.Scan([]byte(text)).Outcome != Passed {
			if got.Payload != nil && !json.Valid([]byte(*got.Payload)) && strings.IndexByte(escape(text), '\\') < 0 {
				t.Fatalf("%s became %s", doc, out)
			}
			return
		}
		want, _ := plain.Render(nil, 0)
		if got.Payload == nil || *got.Payload != escape(string(want)) && *got.Payload != escape(text) {
			t.Fatalf("%s became %s, want %s", doc, out, escape(string(want)))
		}
		if *got.Payload == escape(text) && string(want) != text {
			t.Fatalf("%s was left as it is, want %s", doc, want)
		}
	})
}
