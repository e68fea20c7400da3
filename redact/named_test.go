package redact

import (
	"testing"

	"redactor/detect"
)

// TestOwnPathSpeaksForItsPlace: the policy's own `trip: town` by path holds
// against the built-in entry for every lat, and nothing less does.
func TestOwnPathSpeaksForItsPlace(t *testing.T) {
	town := Transform{OpApply, RankGeneralize, "town", testText("48.9")}
	spec := func(own Transform, class detect.Class, level uint8, named []bool) Spec {
		return Spec{
			Fields: []Field{
				{Name: "trip", Class: class, Level: level, Paths: []string{"$.trip[*].lat"}},
				{Name: "coordinates", Class: detect.Location, Level: 4, Keys: []string{"lat"}, BuiltIn: true},
			},
			Profiles: []Profile{{Name: "p", Transforms: []Transform{own, Drop()}, Named: named}},
		}
	}
	const record = `{"lat":1,"trip":[{"lat":48.85837}]}`
	for _, c := range []struct {
		name  string
		own   Transform
		class detect.Class
		level uint8
		named []bool
		want  string
	}{
		{"by name", town, detect.Location, 4, []bool{true, false}, `{"trip":[{"lat":48.9}]}`},
		{"both by name", town, detect.Location, 4, []bool{true, true}, `{}`},
		{"by level only", town, detect.Location, 4, []bool{false, false}, `{}`},
		{"nobody says", town, detect.Location, 4, nil, `{}`},
		{"another class", town, detect.Number, 4, []bool{true, false}, `{}`},
		{"a lower level", town, detect.Location, 3, []bool{true, false}, `{}`},
		{"kept", Keep(), detect.Location, 4, []bool{true, false}, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Compile(spec(c.own, c.class, c.level, c.named))
			if err != nil {
				t.Fatal(err)
			}
			m := p.NewMachine()
			if v := m.Scan([]byte(record)); v.Outcome != Passed {
				t.Fatal(v)
			}
			out, v := m.Render(nil, 0)
			if v.Outcome != Passed || string(out) != c.want {
				t.Errorf("got %s (%v), want %s", out, v, c.want)
			}
			for leaf := range m.Leaves {
				if len(leaf.Fields) < 2 {
					continue
				}
				want := 1
				if c.want != "{}" {
					want = 0
				}
				if _, field := p.Outcome(leaf, 0); field != want {
					t.Errorf("Outcome says that field %d decided, Render followed %d", field, want)
				}
			}
		})
	}
}

type testText string

func (s testText) apply(_ *worker, dst, _ []byte, _ Kind) ([]byte, Shape) {
	return append(dst, s...), ShapeNumber
}
