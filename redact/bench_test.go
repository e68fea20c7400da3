package redact

import (
	"regexp"
	"testing"
)

// BenchmarkEngine is Scan and one Render for each recipient, over 1024 records
// that lie back to back. memcpy is the yardstick: the speed of this machine at
// this moment.
func BenchmarkEngine(b *testing.B) {
	const n = 1024
	flat, nested := flatRecords(n), nestedRecords(n)
	var flatSpaced, nestedSpaced, flatLong [][]byte
	var longNames []string
	for _, name := range anyDepth {
		longNames = append(longNames, longName+name)
	}
	for i := range n {
		flatLong = append(flatLong, name.ReplaceAll(flat[i], []byte(`"`+longName+`$1":`)))
		flatSpaced = append(flatSpaced, spaced(flat[i]))
		nestedSpaced = append(nestedSpaced, spaced(nested[i]))
	}
	masked := must(b)(Mask(MaskOptions{}))
	for _, c := range []struct {
		name    string
		records [][]byte
		spec    *Spec
	}{
		{"flat/memcpy", flat, nil},
		{"flat/paths-8", flat, ptr(pathSpec(stars(), byPathFlat...))},
		{"flat/keys", flat, ptr(keySpec(stars(), anyDepth...))},
		{"flat/keys-spaced", flatSpaced, ptr(keySpec(stars(), anyDepth...))},
		{"flat/keys-long", flatLong, ptr(keySpec(stars(), longNames...))},
		{"flat/mask", flat, ptr(pathSpec(masked, byPathFlat...))},
		{"flat/deny", flat, ptr(catalogSpec(1))},
		{"flat/recipients-3", flat, ptr(catalogSpec(3))},
		{"nested/memcpy", nested, nil},
		{"nested/paths-8", nested, ptr(pathSpec(stars(), byPathNested...))},
		{"nested/keys", nested, ptr(keySpec(stars(), anyDepth...))},
		{"nested/keys-spaced", nestedSpaced, ptr(keySpec(stars(), anyDepth...))},
		{"nested/mask", nested, ptr(pathSpec(masked, byPathNested...))},
		{"nested/deny", nested, ptr(catalogSpec(1))},
		{"nested/recipients-3", nested, ptr(catalogSpec(3))},
	} {
		b.Run(c.name, func(b *testing.B) { benchmark(b, c.records, c.spec) })
	}
}

// longName makes a name longer than two words.
const longName = "name_of_the_"

var name = regexp.MustCompile(`"([a-z_]+)":`)

func ptr[T any](v T) *T { return &v }

func benchmark(b *testing.B, records [][]byte, spec *Spec) {
	total := 0
	for _, r := range records {
		total += len(r)
	}
	b.SetBytes(int64(total / len(records)))
	b.ReportAllocs()
	dst := make([]byte, 0, 1<<16)
	if spec == nil {
		for i := 0; b.Loop(); i++ {
			dst = append(dst[:0], records[i%len(records)]...)
		}
		return
	}
	m := compile(b, *spec).NewMachine()
	profiles := m.prog.Profiles()
	for i := 0; b.Loop(); i++ {
		if v := m.Scan(records[i%len(records)]); v.Outcome != Passed {
			b.Fatal(v)
		}
		for p := range profiles {
			dst, _ = m.Render(dst[:0], p)
		}
	}
}
