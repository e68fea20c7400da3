package redact

import (
	"strings"
	"testing"

	"redactor/detect"
)

// siblingSpec drops the IMEI, hides the serial number and the plain name, and
// adds what a table says of the first two.
func siblingSpec(t testing.TB) Spec {
	t.Helper()
	group, err := Map(MapOptions{By: MapTAC, Keys: []string{"35814203"}, Values: []string{`Phone "A"`}})
	if err != nil {
		t.Fatal(err)
	}
	year, err := Map(MapOptions{Keys: []string{"S1"}, Values: []string{"2025"}, Default: "older", HasDefault: true})
	if err != nil {
		t.Fatal(err)
	}
	with := func(base Transform, add ...Sibling) Transform {
		out, err := WithSiblings(base, add...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	return Spec{
		Fields: []Field{
			{Name: "imei", Class: detect.IMEI, Level: 4, Keys: []string{"imei", "imei2"}, RecordKey: true, Headers: []string{"x-imei"}},
			{Name: "serial", Class: detect.Serial, Level: 4, Keys: []string{"serial"}},
			{Name: "fw", Level: 1, Keys: []string{"fw"}},
		},
		Containers: []string{"device"},
		Profiles: []Profile{{Name: "p", Transforms: []Transform{
			with(Drop(), Sibling{"model_group", group}),
			with(Replace("***"), Sibling{"made", year}, Sibling{"serial_year", year}),
			Keep(),
		}}},
	}
}

func TestSiblings(t *testing.T) {
	m := compile(t, siblingSpec(t)).NewMachine()
	for _, c := range []struct{ name, record, want string }{
		{"in its place", `{"imei":"358142035282084","fw":"1"}`, `{"model_group":"Phone \"A\"","fw":"1"}`},
		{"alone in its object", `{"device":{"imei":"358142035282084"}}`, `{"device":{"model_group":"Phone \"A\""}}`},
		{"after what is dropped", `{"x":1,"imei":"358142035282084"}`, `{"model_group":"Phone \"A\""}`},
		{"before what is dropped", `{"imei":"358142035282084", "x":1}`, `{"model_group":"Phone \"A\""}`},
		{"a number", `{"fw":1, "imei": 358142035282084}`, `{"fw":1, "model_group":"Phone \"A\""}`},
		{"not in the table", `{"imei":"860000000000000","fw":1}`, `{"fw":1}`},
		{"nobody", `{"imei":"000000000000000","fw":1}`, `{"fw":1}`},
		{"null", `{"imei":null,"fw":1}`, `{"fw":1}`},
		{"once in an object", `{"imei":"358142035282084","imei2":"358142035282084"}`, `{"model_group":"Phone \"A\""}`},
		{"from the first that has one", `{"imei":"1","imei2":"358142035282084"}`, `{"model_group":"Phone \"A\""}`},
		{"once in each object", `{"imei":"358142035282084","device":{"imei":"358142035282084"}}`, `{"model_group":"Phone \"A\"","device":{"model_group":"Phone \"A\""}}`},
		{"behind what stays", `{"serial":"S1","fw":1}`, `{"serial":"***","made":"2025","serial_year":"2025","fw":1}`},
		{"an escaped value", `{"serial":"\u00531"}`, `{"serial":"***","made":"2025","serial_year":"2025"}`},
		{"elements have no place for one", `{"serial":["S1"],"imei":["358142035282084"]}`, `{"serial":"***"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				if v := m.Scan([]byte(c.record)); v.Outcome != Passed {
					t.Fatal(v)
				}
				if out, v := m.Render(nil, 0); v.Outcome != Passed || string(out) != c.want {
					t.Errorf("got  %s (%v)\nwant %s", out, v, c.want)
				}
			}
		})
	}
	if out, null, _ := m.RenderKey(nil, []byte("358142035282084"), 0); !null || len(out) > 0 {
		t.Errorf("the key became %q", out)
	}
	if out, keep, _ := m.RenderHeader(nil, []byte("X-IMEI"), []byte("358142035282084"), 0); keep || len(out) > 0 {
		t.Errorf("the header became %q", out)
	}
	record := []byte(`{"imei":"358142035282084","serial":"S1","device":{"imei":"1","serial":"S2"}}`)
	dst := make([]byte, 0, 1<<10)
	if n := testing.AllocsPerRun(50, func() { m.Scan(record); dst, _ = m.Render(dst[:0], 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestSiblingsAreNoDrop: of two entries that name a value the one that adds
// something about it is the weaker.
func TestSiblingsAreNoDrop(t *testing.T) {
	s := siblingSpec(t)
	s.Fields = append(s.Fields, Field{Name: "ids", Level: 1, Keys: []string{"ime*"}})
	s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, Drop())
	m := compile(t, s).NewMachine()
	m.Scan([]byte(`{"imei":"358142035282084"}`))
	if out, _ := m.Render(nil, 0); string(out) != `{}` {
		t.Errorf("got %s", out)
	}
	for name, bad := range map[string]Transform{"keep": Keep(), "drop": Drop(), "replace": Replace("x"), "siblings": s.Profiles[0].Transforms[0]} {
		if _, err := WithSiblings(Drop(), Sibling{"x", bad}); err == nil {
			t.Errorf("%s was taken for a sibling", name)
		}
	}
}

// TestSiblingsUnderGuard: what a sibling's transform makes is no leak, what it
// leaves of the value is one, and so is what base keeps.
func TestSiblingsUnderGuard(t *testing.T) {
	cut := must(t)(IPTruncate(16, 32))
	loose := must(t)(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.SetOf(detect.DetectEmail)}}))
	render := func(base Transform, add Transform, class detect.Class, record string) (string, Verdict) {
		tr, err := WithSiblings(base, Sibling{"made", add})
		if err != nil {
			t.Fatal(err)
		}
		m := compile(t, Spec{
			Fields:   []Field{{Name: "f", Class: class, Level: 4, Keys: []string{"f"}}},
			Profiles: []Profile{{Name: "p", Transforms: []Transform{tr}, Guard: GuardAll}},
		}).NewMachine()
		m.Scan([]byte(record))
		out, v := m.Render(nil, 0)
		return string(out), v
	}
	if out, v := render(Drop(), cut, detect.IP, `{"f":"203.0.113.77"}`); v.Outcome != Passed || out != `{"made":"203.0.0.0"}` {
		t.Errorf("in its place: %s, %v", out, v)
	}
	if out, v := render(cut, cut, detect.IP, `{"f":"203.0.113.77"}`); v.Outcome != Passed {
		t.Errorf("beside: %s, %v", out, v)
	}
	if out, v := render(Drop(), loose, detect.Text, `{"f":"from 203.0.113.77"}`); v.Reason != ReasonLeak {
		t.Errorf("a sibling that leaves an address: %s, %v", out, v)
	}
	if out, v := render(loose, cut, detect.Text, `{"f":"203.0.113.77"}`); v.Reason != ReasonLeak {
		t.Errorf("a text that leaves an address: %s, %v", out, v)
	}
	if out, v := render(Keep(), cut, detect.Category, `{"f":"203.0.113.77"}`); v.Reason != ReasonLeak {
		t.Errorf("a kept address: %s, %v", out, v)
	}
}

// siblings is the twin's: the members that are added beside a member.
func (r *twinRender) siblings(v *twinValue, added map[string]bool) string {
	o, seen := r.leaves[v.start]
	if !seen || o.field < 0 || v.kind != kindString && v.kind != kindNumber && v.kind != kindBool {
		return ""
	}
	s := r.spec.Profiles[r.i].Transforms[o.field].siblings()
	if s == nil {
		return ""
	}
	var members []string
	for _, sib := range s.list {
		if added[sib.name] {
			continue
		}
		if text := r.apply(v, Transform{fn: sib.fn}); text != "null" {
			members = append(members, twinQuote(sib.name)+":"+text)
			added[sib.name] = true
		}
	}
	return strings.Join(members, ",")
}
