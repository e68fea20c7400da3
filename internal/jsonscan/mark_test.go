package jsonscan

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// marked returns the structural characters of a text and whether Marks found
// it to be JSON as far as it looks.
func marked(m *Marks, src []byte) (at []uint32, ok bool) {
	m.Start()
	for from := 0; from < len(src); from += Chunk {
		if !m.Next(src, from) {
			return nil, false
		}
		at = append(at, m.At[Spare:][:m.N]...)
	}
	return at, true
}

// slowMarked is marked for JSON, a byte at a time.
func slowMarked(src []byte) (at []uint32) {
	inString := false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && strings.IndexByte("{}[],:", c) >= 0:
			at = append(at, uint32(i))
		}
	}
	return at
}

func vectors(t testing.TB) *Marks {
	if !Vector {
		t.Skip("this processor has no vectors, or the build leaves them out")
	}
	return new(Marks)
}

var markTexts = []string{
	`{}`, `[]`, `{"a":1}`, `{"a":{"b":[1,2,{"c":"d"}]},"e":[]}`, `{"a\"b":"c\\","d":"\u00e9\/"}`, ` { "a" : [ 1 , 2 ] , "b" : { } } `,
	`{"a":-0.5,"b":10.25,"c":true,"d":null,"e":false}`, `[1e5,2.5E-3,-0]`, `{"s":"西安 – ½ 😀"}`, "[\n\t1,\r\n2 ]", `["{[,:]}"]`, `{"":""}`, `[[[]],{}]`,
}

// TestMarksAgree: positions are those of a slow reader and good texts are
// accepted, wherever in a block they fall.
func TestMarksAgree(t *testing.T) {
	m := vectors(t)
	for _, s := range markTexts {
		for pad := range 600 {
			for _, src := range []string{strings.Repeat(" ", pad) + s, `["` + strings.Repeat("x", pad) + `",` + s + `]`, `["` + strings.Repeat(`\\`, pad/2) + `",` + s + `]`} {
				at, ok := marked(m, []byte(src))
				if want := slowMarked([]byte(src)); !ok || !slices.Equal(at, want) {
					t.Fatalf("%q: %v %v, want %v", src, ok, at, want)
				}
			}
		}
	}
}

// TestMarksRefuse: what Marks promises to find, wherever in a block it falls.
func TestMarksRefuse(t *testing.T) {
	m := vectors(t)
	for _, s := range []string{
		`{"a" "b"}`, `["a"1]`, `[1 2]`, `[1"a"]`, `[[]1]`, `[,1]`, `[1,]`, `{"a":}`, `{"a"::1}`, `[}{`[:2] + `1`, "[\"\t\"]", "[\"\x00\"]", "[\x0c1]", "[1\x00]", `["\x"]`, `["\u12g4"]`, `["\u123"]`, `["\"]`,
		`["a]`, "[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "[\"\xf4\x90\x80\x80\"]", "[\"\xe4\xb8\"]", "[\"\x80\"]", "[\"\xf0\x9f\x98\"]", `[\"]`, `["a"\n]`, "[1\x0b,2]", `["a",, "b"]`, `[ , ]`, `[1 , ]`, `{"a" : }`,
	} {
		for pad := range 1100 {
			for _, src := range []string{strings.Repeat(" ", pad) + s, `["` + strings.Repeat("x", pad) + `",` + s + `]`} {
				if _, ok := marked(m, []byte(src)); ok && simple(m, []byte(src)) {
					t.Fatalf("%q is accepted", src)
				}
			}
		}
	}
}

// simple reports whether a text holds only what the caller of Marks need not
// look at: scalars that begin as one does.
func simple(m *Marks, src []byte) bool {
	return !m.Odd()
}

// TestMarksOdd: every number that is none makes the text odd, and none that is
// simple does.
func TestMarksOdd(t *testing.T) {
	m := vectors(t)
	for _, s := range []string{`01`, `-`, `-01`, `1.`, `1.a`, `1.2.3`, `1-2`, `--1`, `12a`, `1e5`, `1E+5`, `+1`, `-.5`, `00`, `1..2`, `-a`, `tru1`, `0x1`, `.5`, `5.`} {
		for pad := range 1100 {
			src := []byte(`["` + strings.Repeat("x", pad) + `",` + s + `]`)
			if _, ok := marked(m, src); ok && !m.Odd() {
				t.Fatalf("%q behind %d bytes", s, pad)
			}
		}
	}
	for _, s := range []string{`0`, `-0`, `0.5`, `-0.25`, `10`, `120034`, `3.14`, `100.001`, `true`, `false`, `null`, `1,2.5,-3`} {
		for pad := range 1100 {
			src := []byte(`["` + strings.Repeat("x", pad) + `",` + s + `]`)
			if _, ok := marked(m, src); !ok || m.Odd() {
				t.Fatalf("%q behind %d bytes: %v", s, pad, ok)
			}
		}
	}
}

// TestMarksAcceptJSON: of texts made at random by small changes to good ones,
// none that is JSON is refused, and positions agree.
func TestMarksAcceptJSON(t *testing.T) {
	m := vectors(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300_000 {
		src := []byte(markTexts[r.IntN(len(markTexts))])
		if r.IntN(2) == 0 {
			src = []byte(`["` + strings.Repeat([]string{"x", `\\`, "½", `\u00bd`}[r.IntN(4)], r.IntN(300)) + `",` + string(src) + `]`)
		}
		for range r.IntN(3) {
			src[r.IntN(len(src))] = "{}[],:\"\\ 01.-eut\n\x00\xc3\xbd"[r.IntN(19)]
		}
		at, ok := marked(m, src)
		if json.Valid(src) && utf8.Valid(src) {
			if !ok || !slices.Equal(at, slowMarked(src)) {
				t.Fatalf("%q: %v %v", src, ok, at)
			}
		}
	}
}

func TestHasBackslash(t *testing.T) {
	m := vectors(t)
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		src := []byte(`["` + strings.Repeat("x", r.IntN(300)) + strings.Repeat(`\\`, r.IntN(3)) + strings.Repeat("y", r.IntN(300)) + `"]`)
		marked(m, src)
		for range 20 {
			i := r.IntN(len(src))
			j := i + 1 + r.IntN(len(src)-i)
			if got, want := m.HasBackslash(i, j, 0), bytes.IndexByte(src[i:j], '\\') >= 0; got != want && m.Backslashes != 0 {
				t.Fatalf("%q[%d:%d]: %v", src, i, j, got)
			}
		}
	}
}

func BenchmarkMarks(b *testing.B) {
	m := vectors(b)
	for _, n := range []int{1, 3, 12} {
		src := []byte("[" + strings.Repeat(`{"imei":"356938035643809","lat":31.2304,"lon":121.4737,"ok":true,"tags":["a","b"],"name":"device"},`, n*4) + "1]")
		b.Run("", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				m.Start()
				for from := 0; from < len(src); from += Chunk {
					if !m.Next(src, from) {
						b.Fatal("refused")
					}
				}
			}
		})
	}
}
