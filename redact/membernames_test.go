package redact

import (
	"testing"
)

// namesSpec is a policy for maps from devices: pseudonyms, nothing, and what a
// transform cannot take.
func namesSpec(f Format) Spec {
	return Spec{
		Format:     f,
		Containers: []string{"data"},
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"imei"}, Names: []string{"$.devices", "$.data[*]", "$..seen"}},
			{Name: "battery", Level: 1, Keys: []string{"battery"}, Paths: []string{"$.devices..*"}},
		},
		Profiles: []Profile{
			{Name: "pseudonyms", Transforms: []Transform{tag("p\"", RankPseudonym), Keep()}},
			{Name: "none", Unknown: UnknownKeep, Transforms: []Transform{Drop(), Keep()}},
			{Name: "kept", Transforms: []Transform{Keep(), Keep()}},
			{Name: "unfit", UnfitQuarantine: true, Transforms: []Transform{{op: OpApply, rank: RankMask, name: "never", fn: never{}}, Keep()}},
			{Name: "replaced", Transforms: []Transform{stars(), Keep()}},
		},
	}
}

func TestMemberNames(t *testing.T) {
	for _, c := range []struct {
		format Format
		in     string
		want   [5]string
	}{
		{Format{}, `{"devices":{"86":{"battery":1},"87":2}}`, [5]string{
			`{"devices":{"p\"86":{"battery":1},"p\"87":2}}`, `{}`, `{"devices":{"86":{"battery":1},"87":2}}`, "!unfit", `{"devices":{"***":{"battery":1},"***":2}}`}},
		{Format{}, ` { "data" : [ { "\u0038\n6" : { "battery" : 1 , "x" : 2 } } , 3 ] , "battery":1 } `, [5]string{
			` { "data" : [ { "p\"8\n6" : { "battery" : 1 } } , null ] , "battery":1 } `, ` { "data" : [ null , 3 ] , "battery":1 } `,
			` { "data" : [ { "\u0038\n6" : { "battery" : 1 } } , null ] , "battery":1 } `, "!unfit", ` { "data" : [ { "***" : { "battery" : 1 } } , null ] , "battery":1 } `}},
		{Format{}, `{"seen":{"86":{"seen":{"87":{"battery":1}}}}}`, [5]string{
			`{"seen":{"p\"86":{"seen":{"p\"87":{"battery":1}}}}}`, `{}`, `{"seen":{"86":{"seen":{"87":{"battery":1}}}}}`, "!unfit", `{"seen":{"***":{"seen":{"***":{"battery":1}}}}}`}},
		{Format{}, `{"battery":1,"devices":[{"86":1}]}`, [5]string{
			`{"battery":1,"devices":[{"86":1}]}`, `{"battery":1,"devices":[{"86":1}]}`, `{"battery":1,"devices":[{"86":1}]}`, `{"battery":1,"devices":[{"86":1}]}`, `{"battery":1,"devices":[{"86":1}]}`}},
		{Format{Kind: FormatNDJSON}, "{\"seen\":{\"86\":{\"battery\":1}}}\n{\"battery\":2}\n{\"seen\":{\"87\":{\"battery\":3}}}", [5]string{
			"{\"seen\":{\"p\\\"86\":{\"battery\":1}}}\n{\"battery\":2}\n{\"seen\":{\"p\\\"87\":{\"battery\":3}}}", "{}\n{\"battery\":2}\n{}",
			"{\"seen\":{\"86\":{\"battery\":1}}}\n{\"battery\":2}\n{\"seen\":{\"87\":{\"battery\":3}}}", "{\"battery\":2}",
			"{\"seen\":{\"***\":{\"battery\":1}}}\n{\"battery\":2}\n{\"seen\":{\"***\":{\"battery\":3}}}"}},
	} {
		m := compile(t, namesSpec(c.format)).NewMachine()
		for range 2 {
			m.Scan([]byte(c.in))
			for i, want := range c.want {
				out, v := m.Render(nil, i)
				got := string(out)
				if v.Outcome != Passed {
					got = "!" + v.Reason.String()
				}
				if got != want {
					t.Errorf("%s for %s:\n got %s\nwant %s", c.in, m.prog.Profile(i).Name, got, want)
				}
			}
		}
		checkAllocs(t, c.in, m, []byte(c.in))
	}
	spec := namesSpec(Format{})
	spec.Fields[0].Names = []string{"$.devices..*"}
	if _, err := Compile(spec); err == nil {
		t.Error("a subtree is no object")
	}
}
