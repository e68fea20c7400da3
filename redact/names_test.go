package redact

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "imei": "imei", "IMEI": "imei", "Im_E-i": "imei", "_-": "", "device.id": "device.id", "a b": "a b", "客厅_A": "客厅a", "İ": "İ", "É": "É", "[]{}@`Z": "[]{}@`z",
	} {
		got, odd := appendFold([]byte("x"), []byte(in))
		if string(got) != "x"+want {
			t.Errorf("fold %q: %q, want %q", in, got[1:], want)
		}
		if !odd && wideFoldString(in) != want {
			t.Errorf("wide folding makes %q of %q", wideFoldString(in), in)
		}
	}
}

func TestWideFold(t *testing.T) {
	for in, want := range map[string]string{
		"imei": "imei", "I.m e\ti_-\x00\x7f": "imei", "ｉＭｅｉ": "imei", "ｉ＿ｍ－ｅ．ｉ": "imei", "іmеі": "imei", "im\u200bei\ufeff": "imei", "im\u0301ei": "imei", "imei\ufffd": "imei", "ime\u20ddi": "imei",
		"ſeſſion": "session", "to\u212Aen": "token", "𝐢𝒎𝓮𝕚": "imei", "𝙄𝙈𝙀𝙄": "imei", "İMEİ": "imei", "ímèï": "imei", "Ｋｅｙ１": "key1",
		"客厅": "客厅", "ДЖ": "дж", "日本語.": "日本語", "\U000E0041imei": "imei", "ﬀ": "ﬀ",
	} {
		if got := string(appendWideFold(nil, []byte(in))); got != want {
			t.Errorf("wide fold %q: %q, want %q", in, got, want)
		}
	}
	if !slices.IsSortedFunc(lookalikes, func(a, b lookalike) int { return int(a.r - b.r) }) {
		t.Error("look-alikes are not sorted")
	}
	for i, l := range lookalikes {
		if l.r < utf8.RuneSelf || i > 0 && l.r == lookalikes[i-1].r || l.ascii < 'a' || l.ascii > 'z' {
			t.Errorf("look-alike %q %c", l.r, l.ascii)
		}
	}
}

// TestWideFoldEnds: the ends of every range that is folded, and what is just
// beside it.
func TestWideFoldEnds(t *testing.T) {
	for in, want := range map[rune]string{
		'Ａ': "a", 'Ｚ': "z", 'ａ': "a", 'ｚ': "z", '！': "!", '～': "~", '\uFF00': "\uFF00", '［': "[", '＠': "@",
		'\U0001D400': "a", '\U0001D419': "z", '\U0001D41A': "a", '\U0001D6A3': "z", '\U0001D6A4': "\U0001D6A4", '\U0001D3FF': "\U0001D3FF",
		'\u0080': "", '\u00A0': "", '\u00A1': "¡", '\u02FF': "\u02FF", '\u0300': "", '\u036F': "", '\u0370': "\u0371",
		'\u2000': "", '\u2015': "", '\u2016': "\u2016", '\u2023': "\u2023", '\u2024': "", '\u202F': "", '\u2030': "\u2030",
		'\u205E': "\u205E", '\u205F': "", '\u206F': "", '\u2070': "\u2070", '\u203F': "", '\u2040': "\u2040", '\u2212': "",
		'\uFDFF': "\uFDFF", '\uFE00': "", '\uFE0F': "", '\uFE10': "\uFE10",
		'\U000DFFFF': "\U000DFFFF", '\U000E0000': "", '\U000E0FFF': "", '\U000E1000': "\U000E1000",
	} {
		if got := string(appendWideFold(nil, []byte(string(in)))); got != want {
			t.Errorf("wide fold %U: %q, want %q", in, got, want)
		}
	}
}

// TestWideFoldIsWider: names that are equal folded are equal folded wide.
func TestWideFoldIsWider(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		a := spellName(r, pick(r, twinNames))
		b := strings.ToUpper(a)
		if foldString(a) == foldString(b) && wideFoldString(a) != wideFoldString(b) {
			t.Fatalf("%q and %q", a, b)
		}
		if _, odd := appendFold(nil, []byte(a)); !odd && foldString(a) != wideFoldString(a) {
			t.Fatalf("%q is odd", a)
		}
		once := appendWideFold(nil, []byte(a))
		if !utf8.Valid(once) || string(appendWideFold(nil, once)) != string(once) {
			t.Fatalf("wide fold of %q: %q", a, once)
		}
	}
}

// TestPatterns compares the index of wildcards with trying each on its own.
func TestPatterns(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	text := func(n int) string { return newCorpus(r.Uint64()).from("ab客", n) }
	for range 400 {
		var patterns []pattern
		var sources []string
		for range 1 + r.IntN(30) {
			var pieces []string
			for range 2 + r.IntN(3) {
				pieces = append(pieces, text(r.IntN(7)))
			}
			source := strings.Join(pieces, "*")
			sources = append(sources, source)
			patterns = append(patterns, newPattern(source, len(patterns)))
		}
		x := newPatternIndex(patterns)
		trial := newPatternTrial(len(patterns))
		for range 40 {
			name := text(r.IntN(30))
			var want []uint32
			for n, s := range sources {
				if glob(s, name) {
					want = append(want, uint32(n))
				}
			}
			got := x.appendMatches(nil, &trial, []byte(name))
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%q: got %v, want %v of %q", name, got, want, sources)
			}
		}
	}
}

// TestLargeCatalog: ten thousand entries with wildcards, each of which is found.
// Those that may meet have different levels, or do the same: else they tie.
func TestLargeCatalog(t *testing.T) {
	s := Spec{Profiles: []Profile{{Name: "p"}}}
	for n := range 10000 {
		f := Field{Name: fmt.Sprint(n), Level: 4}
		does := fmt.Sprint("f", n, " ")
		switch n % 5 {
		case 0:
			f.Keys = []string{fmt.Sprintf("key%d", n)}
		case 1:
			f.Keys = []string{fmt.Sprintf("pre%dx*", n)}
		case 2:
			f.Keys, f.Level = []string{fmt.Sprintf("*x%dpost", n)}, 3
		case 3:
			f.Keys, f.Level, does = []string{fmt.Sprintf("*x%dx*", n)}, 2, "within "
		case 4:
			f.Paths = []string{fmt.Sprintf("$..path%d", n), fmt.Sprintf("$.a.b%d.c", n)}
		}
		s.Fields = append(s.Fields, f)
		s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, tag(does, RankMask))
	}
	m := compile(t, s).NewMachine()
	for n := 0; n < 10000; n += 7 {
		var record, want string
		does := fmt.Sprint("f", n, " ")
		switch n % 5 {
		case 0:
			record = fmt.Sprintf(`{"KEY_%d":1}`, n)
		case 1:
			record = fmt.Sprintf(`{"pre%dx_y":1}`, n)
		case 2:
			record = fmt.Sprintf(`{"zx%dPOST":1}`, n)
		case 3:
			record, does = fmt.Sprintf(`{"zx%dxz":1}`, n), "within "
		case 4:
			record = fmt.Sprintf(`{"a":{"b%d":{"c":1}},"path%d":1}`, n, n)
		}
		want = strings.ReplaceAll(record, ":1", `:"`+does+`1"`)
		m.Scan([]byte(record))
		if out, _ := m.Render(nil, 0); string(out) != want {
			t.Fatalf("got %s, want %s", out, want)
		}
	}
}
