package redact

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestExpectedNames: what name comes next is guessed from the records before,
// and no guess decides what a name is. Records follow each other on one Machine
// whose names are near to each other, in other orders, states and spellings;
// the portable scanner, which does not guess, is the twin.
func TestExpectedNames(t *testing.T) {
	spec := Spec{Profiles: []Profile{{Name: "internal", Unknown: UnknownKeep}}}
	add := func(f Field, as string) {
		spec.Fields = append(spec.Fields, f)
		spec.Profiles[0].Transforms = append(spec.Profiles[0].Transforms, Replace(as))
	}
	add(Field{Name: "by path", Level: 4, Paths: []string{"$.a.ab", "$.ab.abc", "$.list[*].a"}}, "path")
	add(Field{Name: "by name", Level: 4, Keys: []string{"abcd", "0123456789abcdef", "b"}}, "name")
	add(Field{Name: "long", Level: 4, Keys: []string{"0123456789abcdefg"}}, "long")
	p := compile(t, spec)
	m, twin := p.NewMachine(), p.NewPortableMachine()
	names := []string{
		"a", "ab", "abc", "abcd", "b", "", "list", `a\"`, `a\"b`, `\u0061`, `\u0061b`, `a\\`, "名", "0123456789abcde",
		"0123456789abcdef", "0123456789abcdeF", "0123456789abcdefg", `ab\":`, "ab:", ":",
	}
	r := rand.New(rand.NewPCG(21, 22))
	var value func(b []byte, depth int) []byte
	space := func(b []byte) []byte {
		if r.IntN(12) == 0 {
			b = append(b, " \n"[r.IntN(2)])
		}
		return b
	}
	object := func(b []byte, depth int) []byte {
		b = space(append(b, '{'))
		for i := range r.IntN(5) {
			if i > 0 {
				b = space(append(b, ','))
			}
			b = append(append(append(b, '"'), names[r.IntN(len(names))]...), '"')
			b = space(append(space(b), ':'))
			b = space(value(b, depth+1))
		}
		return append(b, '}')
	}
	value = func(b []byte, depth int) []byte {
		switch k := r.IntN(8); {
		case k < 2 && depth < 4:
			return object(b, depth)
		case k == 2 && depth < 4:
			b = append(b, '[')
			for i := range r.IntN(3) {
				if i > 0 {
					b = append(b, ',')
				}
				b = value(b, depth+1)
			}
			return append(b, ']')
		}
		return append(b, [...]string{`1`, `"x"`, `"a\":"`, `""`, `null`, `"{\"a\":1"`, `true`}[r.IntN(7)]...)
	}
	var before []byte
	for range 100_000 {
		record := object(nil, 0)
		if before != nil && r.IntN(3) > 0 { // nearly the record before
			record = append([]byte(nil), before...)
			if i := r.IntN(len(record)); r.IntN(2) == 0 {
				record[i] = `ab":,{}\0 `[r.IntN(10)]
			}
		}
		before = record
		record = append([]byte(nil), record...) // its capacity ends where it does
		got, want := m.Scan(record), twin.Scan(record)
		if got != want {
			t.Fatalf("%s: %v, want %v", record, got, want)
		}
		a, _ := m.Render(nil, 0)
		if b, _ := twin.Render(nil, 0); !bytes.Equal(a, b) {
			t.Fatalf("%s: %s, want %s", record, a, b)
		}
	}
}
