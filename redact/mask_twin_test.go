package redact

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// plainMask masks ASCII in the most obvious way. It is what is said of Mask, a
// sentence a step.
func plainMask(v string, first, last int, char byte) string {
	out, stays := []byte(v), make([]bool, len(v))
	var characters []int
	for i, c := range out {
		if strings.IndexByte("-.:/_@+ ()", c) >= 0 {
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
		if !stays[i] || len(v)-n > n {
			out[i] = char
		}
	}
	return string(out)
}

// randomMasked returns a value of n bytes: letters and digits, with more or
// fewer separators, and now and then any other ASCII.
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
		if len(want) <= cap(dst) && len(bytes.Trim(behind[len(v):], "\xee")) > 0 {
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
