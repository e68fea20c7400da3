package redact

import (
	"fmt"
	"strings"
	"testing"
)

// formatSpec is a policy that has something to say about every format: three
// recipients, who drop, null and keep what nobody names.
func formatSpec(f Format) Spec {
	spec := Spec{
		Format:     f,
		Containers: []string{"origin"},
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"imei"}},
			{Name: "ip", Level: 3, Keys: []string{"ip", "remoteAddr", "xForwardedFor", "hostname"}},
			{Name: "battery", Level: 1, Keys: []string{"battery", "status", "pri", "app-name", "timestamp"}},
			{Name: "secret", Level: 4, Keys: []string{"token", "userAgent"}},
			{Name: "text", Level: 4, Keys: []string{"msg", "url"}, Paths: []string{"$"}},
		},
		Profiles: []Profile{
			{Name: "strict", Transforms: []Transform{tag("p_", RankPseudonym), tag("net ", RankGeneralize), Keep(), Drop(), tag("t:", RankMask)}},
			{Name: "loose", Unknown: UnknownKeep, Transforms: []Transform{Null(), stars(), Keep(), Drop(), Keep()}},
			{Name: "nulls", Unknown: UnknownNull, Transforms: []Transform{Null(), Null(), Keep(), Drop(), Null()}},
		},
	}
	if f.Kind != FormatText {
		spec.Fields[4].Paths = nil
	}
	return spec
}

// formatCases are records and what the three recipients of formatSpec get.
var formatCases = []struct {
	format Format
	in     string
	want   [3]string
}{
	{Format{Kind: FormatText}, "boot \"ok\"\n", [3]string{"t:boot \"ok\"\n", "boot \"ok\"\n", ""}},
	{Format{Kind: FormatText}, "", [3]string{"t:", "", ""}},
	{Format{Kind: FormatText}, "\xff", [3]string{"!parse", "!parse", "!parse"}},

	{Format{Kind: FormatNDJSON}, "{\"imei\":\"86\"}\n\n {\"x\":1}\r\n", [3]string{"{\"imei\":\"p_86\"}\n\n {}\r\n", "{\"imei\":null}\n\n {\"x\":1}\r\n", "{\"imei\":null}\n\n {\"x\":null}\r\n"}},
	{Format{Kind: FormatNDJSON}, "{\"battery\":1}\n{bad\n{\"battery\":3}", [3]string{"{\"battery\":1}\n{\"battery\":3}?parse", "{\"battery\":1}\n{\"battery\":3}?parse", "{\"battery\":1}\n{\"battery\":3}?parse"}},
	{Format{Kind: FormatNDJSON}, "{bad\n{\"battery\":3}\n", [3]string{"{\"battery\":3}\n?parse", "{\"battery\":3}\n?parse", "{\"battery\":3}\n?parse"}},
	{Format{Kind: FormatNDJSON}, "{bad\n{}}\n", [3]string{"!parse", "!parse", "!parse"}},
	{Format{Kind: FormatNDJSON}, "", [3]string{"!parse", "!parse", "!parse"}},

	{Format{Kind: FormatArray}, ` [ {"imei":"86"} , {"x":1} ] `, [3]string{` [ {"imei":"p_86"} , {} ] `, ` [ {"imei":null} , {"x":1} ] `, ` [ {"imei":null} , {"x":null} ] `}},
	{Format{Kind: FormatArray}, `[{"battery":1,},{"battery":"],["}]`, [3]string{`[{"battery":"],["}]?parse`, `[{"battery":"],["}]?parse`, `[{"battery":"],["}]?parse`}},
	{Format{Kind: FormatArray}, `[]`, [3]string{`[]`, `[]`, `[]`}},
	{Format{Kind: FormatArray}, `[{"battery":1]},{"battery":2}]`, [3]string{"!parse", "!parse", "!parse"}},
	{Format{Kind: FormatArray}, `[{"battery":1},]`, [3]string{"!parse", "!parse", "!parse"}},
	{Format{Kind: FormatArray}, `[{"battery":1}] 1`, [3]string{"!parse", "!parse", "!parse"}},
	{Format{Kind: FormatArray}, `{"battery":1}`, [3]string{"!parse", "!parse", "!parse"}},

	{Format{Arrays: true}, ` [ {"imei":"86"} , {bad} , {"x":1} ] `, [3]string{` [ {"imei":"p_86"} , {} ] ?parse`, ` [ {"imei":null} , {"x":1} ] ?parse`, ` [ {"imei":null} , {"x":null} ] ?parse`}},
	{Format{Arrays: true}, ` {"imei":"86"} `, [3]string{` {"imei":"p_86"} `, ` {"imei":null} `, ` {"imei":null} `}},
	{Format{Arrays: true}, `86`, [3]string{`null`, `86`, `null`}},
	{Format{Arrays: true}, `[`, [3]string{"!parse", "!parse", "!parse"}},
	{Format{Arrays: true}, ``, [3]string{"!parse", "!parse", "!parse"}},

	{Format{Kind: FormatLogfmt}, `battery=81  imei="86\"1" x=1 token=s3`, [3]string{`battery=81  imei="p_86\"1"`, `battery=81  imei= x=1`, `battery=81  imei= x=`}},
	{Format{Kind: FormatLogfmt}, "x=1 y battery=81 ip=10.0.0.1 q=\"a b\"\nimei=86\n", [3]string{
		"battery=81 ip=\"net 10.0.0.1\"\nimei=p_86\n", "x=1 y battery=81 ip=*** q=\"a b\"\nimei=\n", "x= y battery=81 ip= q=\nimei=\n"}},
	{Format{Kind: FormatLogfmt}, "url=/a?b=c imei=", [3]string{"url=\"t:/a?b=c\" imei=", "url=/a?b=c imei=", "url= imei="}},
	{Format{Kind: FormatLogfmt}, "battery=81\nx=\"open\nbattery=2", [3]string{"battery=81\nbattery=2?parse", "battery=81\nbattery=2?parse", "battery=81\nbattery=2?parse"}},

	{Format{Kind: FormatCSV}, "imei,battery,x,token\n86,81,1,s\n87,,\"a,\"\"b\"\"\",\n", [3]string{
		"imei,battery\np_86,81\np_87,\n", "imei,battery,x\n,81,1\n,,\"a,\"\"b\"\"\"\n", "imei,battery,x\n,81,\n,,\n"}},
	{Format{Kind: FormatCSV}, "battery,imei\r\n1,2,3\r\n4,5\r\n", [3]string{"battery,imei\r\n4,p_5\r\n?parse", "battery,imei\r\n4,\r\n?parse", "battery,imei\r\n4,\r\n?parse"}},
	{Format{Kind: FormatCSV, Columns: []string{"battery", "imei", "x"}, Separator: ';'}, "1;\"8;6\";x", [3]string{`1;"p_8;6"`, "1;;x", "1;;"}},
	{Format{Kind: FormatCSV, Columns: []string{"battery", "imei"}}, "1,2\n\"x\"y,3\n4,5", [3]string{"1,p_2?parse", "1,?parse", "1,?parse"}},
	{Format{Kind: FormatCSV}, "imei,battery", [3]string{"imei,battery", "imei,battery", "imei,battery"}},

	{Format{Kind: FormatSyslog}, `<34>1 2026-11-21T21:05:33Z h.example su 1 ID47 - login of alice`, [3]string{
		`<34>1 2026-11-21T21:05:33Z net_h.example su - - - t:login of alice`,
		`<34>1 2026-11-21T21:05:33Z *** su 1 ID47 - login of alice`,
		`<34>1 2026-11-21T21:05:33Z - su - - - `}},
	{Format{Kind: FormatSyslog}, `<34>1 - h a - - [origin ip="10.0.0.1" x="\"\]"][other@1 imei="86"] m`, [3]string{
		`<34>1 - net_h a - - [origin ip="net 10.0.0.1"] t:m`,
		`<34>1 - *** a - - [origin ip="***" x="\"\]"][other@1 imei=""] m`,
		`<34>1 - - a - - [origin ip="" x=""] `}},
	{Format{Kind: FormatSyslog}, `<34>1 - h a - - [other@1 imei="86"]`, [3]string{`<34>1 - net_h a - - -`, `<34>1 - *** a - - [other@1 imei=""]`, `<34>1 - - a - - -`}},
	{Format{Kind: FormatSyslog}, "<34>Oct 11 22:14:15 mymachine su[230]: 'su root' failed\n", [3]string{
		"<34>Oct 11 22:14:15 net_mymachine su[-]: t:'su root' failed\n",
		"<34>Oct 11 22:14:15 *** su[230]: 'su root' failed\n", "<34>Oct 11 22:14:15 - su[-]: \n"}},
	{Format{Kind: FormatSyslog}, `2026-11-21T21:05:33.1+08:00 h kernel: x`, [3]string{`2026-11-21T21:05:33.1+08:00 net_h kernel: t:x`, `2026-11-21T21:05:33.1+08:00 *** kernel: x`, `2026-11-21T21:05:33.1+08:00 - kernel: `}},
	{Format{Kind: FormatSyslog}, `<34>- - -[-]: x`, [3]string{`<34>- - -[-]: t:x`, `<34>- - -[-]: x`, `<34>- - -[-]: `}},
	{Format{Kind: FormatSyslog}, `<192>1 - - - - - -`, [3]string{"!parse", "!parse", "!parse"}},
	{Format{Kind: FormatSyslog}, `hello`, [3]string{"!parse", "!parse", "!parse"}},

	{Format{Kind: FormatAccess}, `203.0.113.7 - alice [21/Nov/2026:21:05:33 +0800] "GET /a?imei=86 HTTP/1.1" 200 12 "-" "curl/8"`, [3]string{
		`net\x20203.0.113.7 - - [-] "- t:/a?imei=86 -" 200 - "-" "-"`,
		`*** - alice [21/Nov/2026:21:05:33 +0800] "GET /a?imei=86 HTTP/1.1" 200 12 "-" "-"`,
		`- - - [-] "- - -" 200 - "-" "-"`}},
	{Format{Kind: FormatAccess}, `203.0.113.7 - - [x] "\x16\x03" 400 0 "-" "a\"b"`, [3]string{
		`net\x20203.0.113.7 - - [-] "-" 400 - "-" "-"`, `*** - - [x] "\x16\x03" 400 0 "-" "-"`, `- - - [-] "-" 400 - "-" "-"`}},
	{Format{Kind: FormatAccess}, "nonsense\n", [3]string{"!parse", "!parse", "!parse"}},
	{Format{Kind: FormatAccess, Pattern: `$http_x_forwarded_for|$status`}, `10.0.0.1|200`, [3]string{`net\x2010.0.0.1|200`, `***|200`, `-|200`}},

	{Format{Kind: FormatForm}, `battery=81&imei=8%36&x=1+2&token=t`, [3]string{`battery=81&imei=p_86`, `battery=81&imei=&x=1+2`, `battery=81&imei=&x=`}},
	{Format{Kind: FormatForm}, `x=1&%69mei=c4%253A66&y`, [3]string{`%69mei=p_c4%3A66`, `x=1&%69mei=&y`, `x=&%69mei=&y`}},
	{Format{Kind: FormatCookie}, `token=abc; battery=81; ip=10.0.0.1`, [3]string{`battery=81; ip=net%2010.0.0.1`, `battery=81; ip=%2A%2A%2A`, `battery=81; ip=`}},
}

func TestFormats(t *testing.T) {
	for _, c := range formatCases {
		m := compile(t, formatSpec(c.format)).NewMachine()
		m.Scan([]byte(c.in))
		for i, want := range c.want {
			out, v := m.Render([]byte("<"), i)
			got, ok := strings.CutPrefix(string(out), "<")
			if !ok {
				t.Errorf("%v %q: what was in front is gone", c.format.Kind, c.in)
			}
			switch {
			case v.Outcome != Passed:
				got += "!" + v.Reason.String()
			case v.Reason != ReasonNone:
				got += "?" + v.Reason.String()
			}
			if got != want {
				t.Errorf("%v %q for %s:\n got %q\nwant %q", c.format.Kind, c.in, m.prog.Profile(i).Name, got, want)
			}
		}
	}
}

// TestArraysAndOthers: a stream of JSON may have both, in any order, and an array
// of which nothing is noted leaves nothing to write on.
func TestArraysAndOthers(t *testing.T) {
	spec := formatSpec(Format{Arrays: true})
	spec.Profiles = spec.Profiles[1:2] // it keeps what no entry names
	p := compile(t, spec)
	for _, m := range []*Machine{p.NewMachine(), p.NewPortableMachine()} {
		for _, c := range [][2]string{{`[1]`, `[1]`}, {`{"imei":"86","ip":"a"}`, `{"imei":null,"ip":***}`}, {`[]`, `[]`}, {`{"ip":81}`, `{"ip":***}`}, {`[{"ip":81},{"imei":"86"},2]`, `[{"ip":***},{"imei":null},2]`}, {`81`, `81`}} {
			m.Scan([]byte(c[0]))
			if out, v := m.Render(nil, 0); v.Outcome != Passed || strings.ReplaceAll(string(out), `"***"`, `***`) != c[1] {
				t.Errorf("%s: %v %s", c[0], v, out)
			}
		}
	}
}

// TestElements: each element has a verdict of its own.
func TestElements(t *testing.T) {
	limit := 18.0
	spec := formatSpec(Format{Kind: FormatNDJSON})
	spec.Profiles[0].Except = []Condition{{Path: "$.age", Below: &limit}}
	spec.MaxDepth = 4
	m := compile(t, spec).NewMachine()
	in := "{\"battery\":1}\n{\"battery\":2,\"age\":7}\n{\"battery\":3,\"age\":\"x\"}\n[[[[[]]]]]\n{\"battery\":5,\"age\":18}\n"
	if v := m.Scan([]byte(in)); v.Outcome != Passed {
		t.Fatal(v)
	}
	out, v := m.Render(nil, 0)
	if want := "{\"battery\":1}\n{\"battery\":5}\n"; string(out) != want || v != (Verdict{Passed, ReasonFilter}) {
		t.Errorf("%q %v", out, v)
	}
	if got := m.Elements(0); got != (ElementCounts{Passed: 2, Filtered: 1, Quarantined: 2}) {
		t.Errorf("%+v", got)
	}
	if m.Scan([]byte("{\"battery\":2,\"age\":7}\n{\"age\":3}")); m.verdict.Outcome != Passed {
		t.Fatal(m.verdict)
	}
	if out, v := m.Render(nil, 0); len(out) > 0 || v.Outcome != Filtered {
		t.Errorf("%q %v", out, v)
	}
	if v := m.Scan([]byte(strings.Repeat("1\n", maxElements+1))); v != (Verdict{Quarantined, ReasonSize}) {
		t.Errorf("too many elements: %v", v)
	}
}

func TestFormatErrors(t *testing.T) {
	for _, f := range []Format{
		{Kind: numFormats}, {Kind: FormatCSV, Arrays: true}, {Kind: FormatJSON, Columns: []string{"a"}}, {Kind: FormatText, Pattern: "$a"}, {Kind: FormatCSV, Separator: '"'},
		{Kind: FormatCSV, Separator: 0xFF}, {Kind: FormatCSV, Columns: []string{"\xff"}}, {Kind: FormatAccess, Pattern: "x"}, {Kind: FormatAccess, Pattern: "$"},
		{Kind: FormatAccess, Pattern: "$a$b"}, {Kind: FormatAccess, Pattern: "${a"},
	} {
		if _, err := Compile(formatSpec(f)); err == nil {
			t.Errorf("%+v: no error", f)
		}
	}
	for k := range numFormats {
		if got, ok := ParseFormatKind(fmt.Sprint(k)); got != k || !ok {
			t.Errorf("%v", k)
		}
	}
}

// TestKeepColumns: columns that an entry drops stay where readers count them;
// those that nobody names go.
func TestKeepColumns(t *testing.T) {
	spec := formatSpec(Format{Kind: FormatCSV})
	spec.Profiles[0].KeepColumns = true
	m := compile(t, spec).NewMachine()
	m.Scan([]byte("token,x,battery\ns3,1,81\n"))
	if out, _ := m.Render(nil, 0); string(out) != "token,battery\n,81\n" {
		t.Errorf("%q", out)
	}
	spec.Format.Columns = []string{"token", "x", "battery"}
	m = compile(t, spec).NewMachine()
	if got := m.OutputFormat(0).Columns; len(got) != 2 || got[0] != "token" || got[1] != "battery" {
		t.Errorf("%q", got)
	}
}
