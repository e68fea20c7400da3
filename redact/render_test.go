package redact

import "testing"

// fixed is a transform for tests: it takes strings and numbers and makes a
// text of them that shows what it was given.
type fixed struct{ prefix string }

func (f fixed) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	switch k {
	case KindString, KindNumber:
		return append(append(dst, f.prefix...), v...), ShapeText
	}
	return dst, ShapeUnfit
}

// constantText is a transform of RankReplace.
type constantText string

func (c constantText) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	return append(dst, c...), ShapeText
}

func tag(prefix string, r Rank) Transform { return Transform{OpApply, r, prefix, fixed{prefix}} }

func stars() Transform { return Transform{OpApply, RankReplace, "replace", constantText("***")} }

// basics is a small policy with three recipients.
func basics(t testing.TB) *Program {
	t.Helper()
	p, err := Compile(Spec{
		Containers: []string{"net", "data"},
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"imei", "imei2*", "*_imei"}},
			{Name: "ip", Level: 3, Paths: []string{"$.net.ip", "$.hosts[*].ip"}},
			{Name: "model", Level: 2, Keys: []string{"model", "tags"}},
			{Name: "blob", Level: 4, Keys: []string{"blob"}},
		},
		Profiles: []Profile{
			{Name: "strict", Transforms: []Transform{tag("p_", RankPseudonym), tag("net:", RankGeneralize), Keep(), Drop()}},
			{Name: "loose", Unknown: UnknownKeep, Transforms: []Transform{stars(), Null(), Keep(), tag("b:", RankMask)}},
			{Name: "nulls", Unknown: UnknownNull, Transforms: []Transform{Drop(), Drop(), Keep(), Keep()}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRender(t *testing.T) {
	m := basics(t).NewMachine()
	for _, c := range []struct {
		in   string
		want [3]string // strict, loose, nulls
	}{
		{`{}`, [3]string{`{}`, `{}`, `{}`}},
		{`{"imei":"86"}`, [3]string{`{"imei":"p_86"}`, `{"imei":"***"}`, `{}`}},
		{` { "imei" : 86 , "x" : 1 } `, [3]string{` { "imei" : "p_86" } `, ` { "imei" : "***" , "x" : 1 } `, ` { "x" : null } `}},
		{`{"x":1,"imei":null,"y":2}`, [3]string{`{"imei":null}`, `{"x":1,"imei":null,"y":2}`, `{"x":null,"y":null}`}},
		{`{"net":{"ip":"a\"b"},"model":"M"}`, [3]string{`{"net":{"ip":"net:a\"b"},"model":"M"}`, `{"net":{"ip":null},"model":"M"}`, `{"model":"M"}`}},
		{`{"net":{"x":{"imei":1}}}`, [3]string{`{}`, `{"net":{"x":{"imei":"***"}}}`, `{"net":{"x":null}}`}},
		{`{"hosts":[{"ip":1,"z":1},{"z":2},[]],"tags":["a",{"b":1}]}`, [3]string{
			`{"hosts":[{"ip":"net:1"},null,null],"tags":["a",null]}`,
			`{"hosts":[{"ip":null,"z":1},{"z":2},[]],"tags":["a",{"b":1}]}`,
			`{"hosts":[{"z":null},{"z":null},null],"tags":["a",{"b":null}]}`}},
		{`{"blob":{"imei":1,"q":[1,"s"]}}`, [3]string{`{}`, `{"blob":{"imei":"***","q":["b:1","b:s"]}}`, `{"blob":{"q":null}}`}},
		{`{"im\u0065i":1,"IMEI":2,"i_m-ei":3,"imei\u0000":4,"ｉｍｅｉ":5,"imei2":6,"x_imei":7}`, [3]string{
			`{"im\u0065i":"p_1","IMEI":"p_2","i_m-ei":"p_3","imei2":"p_6","x_imei":"p_7"}`,
			`{"im\u0065i":"***","IMEI":"***","i_m-ei":"***","imei\u0000":"***","ｉｍｅｉ":"***","imei2":"***","x_imei":"***"}`,
			`{}`}},
		{`"s"`, [3]string{`null`, `"s"`, `null`}},
		{`[1,{"imei":true}]`, [3]string{`[null,{"imei":null}]`, `[1,{"imei":"***"}]`, `[null,null]`}},
	} {
		if v := m.Scan([]byte(c.in)); v.Outcome != Passed {
			t.Fatalf("%s: %v %v", c.in, v.Outcome, v.Reason)
		}
		for i, want := range c.want {
			out, v := m.Render([]byte("x"), i)
			if v.Outcome != Passed || string(out) != "x"+want {
				t.Errorf("%s, profile %d:\n got %s %v\nwant x%s", c.in, i, out, v, want)
			}
		}
	}
}
