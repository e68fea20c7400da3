package redact

import (
	"strings"
	"testing"
)

func TestCompact(t *testing.T) {
	spec := Spec{
		Containers: []string{"net"},
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"imei"}},
			{Name: "text", Level: 1, Keys: []string{"text"}},
			{Name: "note", Level: 1, Keys: []string{"note"}},
		},
		Profiles: []Profile{{Name: "p", Compact: true, Transforms: []Transform{Drop(), Keep(), Replace(" a\tb ")}}},
	}
	m := compile(t, spec).NewMachine()
	for _, c := range []struct{ in, want string }{
		{`{"text":"a b"}`, `{"text":"a b"}`},
		{" {\t\"text\" :\r\n \" a \\\" b \" } \n", `{"text":" a \" b "}`},
		{`{ "imei" : 1 , "text" : [ 1 , 2e5 , true ] , "imei" : 2 , "note" : null }`, `{"text":[1,2e5,true],"note":null}`},
		{`{ "net" : { "imei" : 1 , "x" : 2 } }`, `{}`},
		{`{ "note" : "x" , "text" : [ "a b" , { } , [ ] ] }`, `{"note":" a\tb ","text":["a b",{},[]]}`},
		{` [ "x" , { "text" : " " } ] `, `[null,{"text":" "}]`},
		{" 1 ", "null"},
	} {
		m.Scan([]byte(c.in))
		out, v := m.Render([]byte("x y"), 0)
		if v.Outcome != Passed || string(out) != "x y"+c.want {
			t.Errorf("%q:\n got %s %v\nwant x y%s", c.in, out, v, c.want)
		}
	}
}

// White space around elements tells of the client as much as that within.
func TestCompactElements(t *testing.T) {
	spec := Spec{
		Fields:   []Field{{Name: "text", Level: 1, Keys: []string{"text"}}},
		Profiles: []Profile{{Name: "p", Compact: true, Transforms: []Transform{Keep()}}, {Name: "q", Transforms: []Transform{Keep()}}},
	}
	for _, c := range []struct {
		format   Format
		in, want string
	}{
		{Format{Arrays: true}, " [ {\"text\" : 1} ,\n\t {\"text\" : \" 2 \"} ] \n", `[{"text":1},{"text":" 2 "}]`},
		{Format{Kind: FormatArray}, " [ {\"text\" : 1,} , {\"text\" : 2} , {,} ] \n", `[{"text":2}]`},
		{Format{Kind: FormatArray}, "[\n]\n", `[]`},
		{Format{Kind: FormatNDJSON}, "\n {\"text\" : 1} \r\n\n\t{\"text\" : 2}  \r\n\n", "{\"text\":1}\n{\"text\":2}\n"},
		{Format{Kind: FormatNDJSON}, "{} \n { \"text\":2 } ", "{}\n{\"text\":2}"},
	} {
		spec.Format = c.format
		m := compile(t, spec).NewMachine()
		m.Scan([]byte(c.in))
		if out, v := m.Render(nil, 0); v.Outcome != Passed || string(out) != c.want {
			t.Errorf("%q:\n got %q %v\nwant %q", c.in, out, v, c.want)
		}
		if out, _ := m.Render(nil, 1); !strings.Contains(c.in, ",}") && string(out) != c.in {
			t.Errorf("%q became %q", c.in, out)
		}
	}
}

// A transform that makes no JSON is a bug of ours; its output is nobody's.
func TestCompactRefusesNoJSON(t *testing.T) {
	out, ok := compactFrom([]byte(`x {"a": "b}`), 2)
	if ok || string(out) != "x " {
		t.Errorf("%q, %v", out, ok)
	}
}
