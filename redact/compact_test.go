package redact

import "testing"

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

// A transform that makes no JSON is a bug of ours; its output is nobody's.
func TestCompactRefusesNoJSON(t *testing.T) {
	out, ok := compactFrom([]byte(`x {"a": "b}`), 2)
	if ok || string(out) != "x " {
		t.Errorf("%q, %v", out, ok)
	}
}
