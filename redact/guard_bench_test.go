package redact

import "testing"

// BenchmarkGuard is the look at what was rendered: "nested" is usage events of
// which nothing is left for a guard to find, "texts" those with session ids and
// messages that have something.
func BenchmarkGuard(b *testing.B) {
	const n = 1024
	places := append([]string{"$.url", "$.ext", "$.sid", "$.device.ids.oaid", "$.crash.msg"}, byPathNested...)
	for _, c := range []struct {
		name    string
		records [][]byte
		spec    Spec
	}{
		{"flat", flatRecords(n), pathSpec(stars(), byPathFlat...)},
		{"flat-spaced", respaced(flatRecords(n)), pathSpec(stars(), byPathFlat...)},
		{"nested", nestedRecords(n), pathSpec(stars(), places...)},
		{"texts", nestedRecords(n), pathSpec(stars(), byPathNested...)},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.spec.Profiles[0].Guard = GuardAll
			m := compile(b, c.spec).NewMachine()
			g := &m.guards[0]
			var out [][]byte
			size, finds := 0, 0
			for _, r := range c.records {
				m.Scan(r)
				rendered, _ := m.renderTape(nil, 0, nil)
				out = append(out, rendered)
				size += len(rendered)
				g.find(rendered)
				finds += len(g.spans)
			}
			b.SetBytes(int64(size / n))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				g.find(out[i%n])
			}
			b.ReportMetric(float64(finds)/n, "finds/op")
		})
	}
}

func respaced(records [][]byte) [][]byte {
	for i := range records {
		records[i] = spaced(records[i])
	}
	return records
}
