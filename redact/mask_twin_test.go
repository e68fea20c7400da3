package redact

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"redactor/internal/jsonscan"
)

// plainMask masks text without marks, joiners and flags in the most obvious way.
// It is what is said of Mask, a sentence a step.
func plainMask(v string, first, last int, char byte) string {
	out := []rune(v)
	stays := make([]bool, len(out))
	var characters []int
	for i, c := range out {
		if strings.ContainsRune("-.:/_@+ ()", c) {
			stays[i] = true
		} else {
			characters = append(characters, i)
		}
	}
	n := len(characters)
	for at, i := range characters {
		if first+last <= n/2 && (at < first || at >= n-last) {
			stays[i] = true
		}
	}
	for i := range out {
		if !stays[i] || len(out)-n > n {
			out[i] = rune(char)
		}
	}
	return string(out)
}

// randomMasked returns a value of n bytes: letters and digits, with more or
// fewer separators, and now and then any other ASCII, or none.
func randomMasked(r *rand.Rand, n int) []byte {
	v := make([]byte, n)
	often := pick(r, []int{0, 5, 30, 50, 90})
	for i := range v {
		v[i] = pick(r, []byte("0123456789abcdefxyzABCXYZ"))
		if r.IntN(100) < often {
			v[i] = pick(r, []byte("-.:/_@+ ()"))
		}
	}
	if n > 0 && r.IntN(2) == 0 {
		for range 1 + r.IntN(3) {
			v[r.IntN(n)] = byte(r.IntN(128))
		}
	}
	if wide := pick(r, []string{"é", "客", "\U00020000"}); n >= len(wide) && r.IntN(4) == 0 {
		copy(v[r.IntN(n-len(wide)+1):], wide)
	}
	return v
}

// maskTwinOptions are what masks keep and how they look.
func maskTwinOptions() (all []MaskOptions) {
	for _, char := range []rune{'*', '#', '"', '\\', '-'} {
		for _, first := range []int{0, 1, 3, 8, 31, 40} {
			for _, last := range []int{0, 1, 2, 9, 32, 40} {
				all = append(all, MaskOptions{first, last, char})
			}
		}
	}
	return all
}

// TestMaskTwin: the transform does what the plain mask does, of values of every
// length with every byte at every place, behind other output and into as little
// room as there may be.
func TestMaskTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	const head = "head"
	try := func(o MaskOptions, fn applier, v []byte) {
		t.Helper()
		dst := append(make([]byte, 0, len(head)+r.IntN(len(v)+20)), head...)
		behind := dst[len(head):cap(dst)]
		for i := range behind {
			behind[i] = 0xee
		}
		got, shape := fn.apply(nil, dst, v, KindString)
		want := head + plainMask(string(v), o.KeepFirst, o.KeepLast, byte(o.Char))
		if string(got) != want {
			t.Fatalf("%+v of %q: %q, want %q", o, v, got, want)
		}
		if shape == ShapePlain && !isPlain(string(got)) || shape != ShapePlain && shape != ShapeText {
			t.Fatalf("%+v of %q: shape %d", o, v, shape)
		}
		if len(want) <= cap(dst) && len(bytes.Trim(behind[min(len(v), len(behind)):], "\xee")) > 0 {
			t.Fatalf("%+v of %q: wrote behind its result", o, v)
		}
	}
	for _, o := range maskTwinOptions() {
		fn := must(t)(Mask(o)).fn
		for n := range 201 {
			try(o, fn, randomMasked(r, n))
		}
	}
	all := MaskOptions{Char: '*'}
	fn := must(t)(Mask(all)).fn
	for _, n := range []int{1, 7, 8, 9, 63, 64, 65, 130} {
		for at := range n {
			v := bytes.Repeat([]byte{'a'}, n)
			for c := range utf8.RuneSelf {
				v[at] = byte(c)
				try(all, fn, v)
			}
		}
	}
}

// maskProgram has a field for each of the options.
func maskProgram(t testing.TB, options []MaskOptions) *Program {
	s := Spec{Profiles: []Profile{{Name: "p", Unknown: UnknownKeep}}}
	for i, o := range options {
		key := fmt.Sprintf("m%03d", i)
		s.Fields = append(s.Fields, Field{Name: key, Level: 4, Keys: []string{key}})
		s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, must(t)(Mask(o)))
	}
	return compile(t, s)
}

// TestSplicedMasks: records with masked values of every length, at every place of
// runs of every length, and in as little room as there may be.
func TestSplicedMasks(t *testing.T) {
	options := maskTwinOptions()
	p := maskProgram(t, options)
	machines := []*Machine{p.NewMachine(), p.NewPortableMachine()}
	r := rand.New(rand.NewPCG(23, 24))
	for i := range 6000 {
		doc, want := []byte(`{"a":0`), []byte(`{"a":0`)
		for range 1 + r.IntN(5) {
			n := r.IntN(len(options))
			o := options[n]
			head := fmt.Sprintf(`,"b":"%s","m%03d":`, strings.Repeat("x", pick(r, []int{0, 1, r.IntN(60), r.IntN(300)})), n)
			v := randomMasked(r, pick(r, []int{i % 201, r.IntN(68)}))
			doc, want = append(doc, head...), append(want, head...)
			switch r.IntN(6) {
			case 0: // what cannot be masked
				doc, want = append(doc, pick(r, []string{"true", "false", "null", "{}", "[           ]"})...), append(want, "null"...)
				continue
			case 1:
				v = strconv.AppendFloat(nil, r.NormFloat64(), pick(r, []byte("efg")), r.IntN(60), 64)
				doc = append(doc, v...)
			default:
				doc = append(jsonscan.AppendEscaped(append(doc, '"'), v), '"')
			}
			want = append(jsonscan.AppendEscaped(append(want, '"'), []byte(plainMask(string(v), o.KeepFirst, o.KeepLast, byte(o.Char)))), '"')
		}
		tail := pick(r, []string{`}`, `,"m000":null}`, `, "z" : 1 }`, strings.Repeat(" ", r.IntN(300)) + `}`})
		doc, want = append(doc, tail...), append(want, tail...)
		for _, m := range machines {
			if v := m.Scan(doc); v.Outcome != Passed {
				t.Fatalf("%s: %v", doc, v)
			}
			room := r.IntN(len(doc) + 100)
			got, v := m.Render(make([]byte, 0, room), 0)
			if v.Outcome != Passed || !bytes.Equal(got, want) {
				t.Fatalf("%s, room for %d:\n%s, want\n%s", doc, room, got, want)
			}
		}
	}
}

// TestVectorsMask: values of up to 64 ASCII characters are masked without a call:
// there is nothing to call here. Nothing but the cost would tell.
func TestVectorsMask(t *testing.T) {
	if !useVectors {
		t.Skip("no vectors")
	}
	p := maskProgram(t, []MaskOptions{{}, {KeepFirst: 3, KeepLast: 2}, {KeepLast: 40}, {Char: '#'}})
	for i := range p.spec.Profiles[0].Transforms {
		p.spec.Profiles[0].Transforms[i].fn = nil
	}
	m := p.NewMachine()
	dst := make([]byte, 0, 2048)
	for n := range 65 {
		v := strings.Repeat("ab-9", 17)[:n]
		doc := fmt.Sprintf(`{"m000":"%s","m001":-%d.5e3,"m002":"%s","m003":"%s","m001":"%s","m000":null}`, v, n, v, v, v)
		m.Scan([]byte(doc))
		if out, verdict := m.Render(dst, 0); verdict.Outcome != Passed || len(out) != len(doc)+2 {
			t.Fatalf("%s: %s %v", doc, out, verdict)
		}
		if got, want := m.Counts().Profiles[0].Hits(0), uint64(2*(n+1)); got != want {
			t.Fatalf("%d hits, want %d", got, want)
		}
	}
}
