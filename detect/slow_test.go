package detect

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// findSlow is the twin of the built-in part of Find: no windows, no bitmaps.
// Every place that a regular expression says could start something is given to
// the verifier of its family.
func findSlow(s *Scanner, text []byte) []Span {
	s.spans = nil
	scanSlow(s, text)
	if slices.ContainsFunc(suffixes(text), startsEscape) {
		d := decodeSlow(text)
		base := len(s.spans)
		scanSlow(s, d.text)
		for i := range s.spans[base:] {
			f := &s.spans[base+i]
			f.Start, f.End = d.at[f.Start], d.at[f.End]
		}
	}
	out := mergeSlow(s.spans, len(text))
	s.spans, s.text = nil, nil
	return out
}

func suffixes(text []byte) [][]byte {
	all := make([][]byte, len(text))
	for i := range text {
		all[i] = text[i:]
	}
	return all
}

// candidates are the bytes that a family's candidates begin with, as patterns
// that are tried at every byte.
var candidates = [numFamilies]struct {
	pattern *regexp.Regexp
	find    func(*Scanner, int) int
}{
	familyNumber:  {regexp.MustCompile(`^(\d{9}|\d([-./ ()]?\d|[-./ ()]{2}\d){5,10})`), (*Scanner).findNumber},
	familyPlus:    {regexp.MustCompile(`^\+`), (*Scanner).findPlus},
	familyHex:     {regexp.MustCompile(`^[0-9A-Fa-f]{12}`), (*Scanner).findHex},
	familyDashed:  {regexp.MustCompile(`^-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-`), (*Scanner).findDashed},
	familyOctets:  {regexp.MustCompile(`(?s)^([-:]([[:ascii:]]{2}[-:]){4}|_([[:ascii:]]{2}_){4})`), (*Scanner).findOctets},
	familyCisco:   {regexp.MustCompile(`^\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}`), (*Scanner).findCisco},
	familyColon:   {regexp.MustCompile(`^(::|[0-9A-Fa-f]:([0-9A-Fa-f]{1,4}:){2}[0-9A-Fa-f])`), (*Scanner).findIPv6},
	familyQuad:    {regexp.MustCompile(`^\d\.(\d{1,3}\.){2}\d`), (*Scanner).findIPv4},
	familyDegrees: {regexp.MustCompile(`^\d\.\d{3}`), (*Scanner).findCoordinates},
	familyAt:      {regexp.MustCompile(`^@`), (*Scanner).findAt},
	familyToken:   {regexp.MustCompile(`^[0-9A-Za-z]{16}`), (*Scanner).findToken},
	familyArmor:   {regexp.MustCompile(`^-----`), (*Scanner).findArmor},
	familyLabel:   {regexp.MustCompile(`^[:=：]`), (*Scanner).findLabel},
}

// memberPattern is what the sign of a member of a JSON text stands behind: in JSON
// that is in a string there are two quotes.
var memberPattern = regexp.MustCompile(`(?s)[^"]"$`)

var digitPattern = regexp.MustCompile(`^.{0,15}\d`)

func scanSlow(s *Scanner, text []byte) {
	s.text, s.after, s.second = text, [numFamilies]int{}, true
	for p := range text {
		for f := range candidates {
			c := &candidates[f]
			v := text[p:]
			if s.enabled[f] == 0 || p < s.after[f] || !c.pattern.Match(v) {
				continue
			}
			switch family(f) {
			case familyLabel:
				if s.json && memberPattern.Match(text[:p]) {
					continue
				}
			case familyNumber: // the pattern counts digits, the rule bytes
				if c.pattern.FindIndex(v)[1] < 9 || !elevenOrNine(v) {
					continue
				}
			case familyHex:
				if !strings.ContainsAny(string(v[:12]), "abcdefABCDEF") {
					continue
				}
			case familyToken:
				if !digitPattern.Match(v) {
					continue
				}
			}
			s.after[f] = c.find(s, p)
		}
	}
	s.findCustom(text)
}

// elevenOrNine: nine digits, or eleven bytes of digits with one or two separators between.
func elevenOrNine(v []byte) bool {
	n := 0
	for n < len(v) && isDigit(v[n]) {
		n++
	}
	if n >= 9 {
		return true
	}
	for n < 11 && n < len(v) {
		k := 0
		for k < 3 && n+k < len(v) && strings.IndexByte("-./ ()", v[n+k]) >= 0 {
			k++
		}
		if k == 3 || n+k >= len(v) || !isDigit(v[n+k]) {
			break
		}
		n += k + 1
	}
	return n >= 11
}

// decodeSlow decodes layer by layer into new texts.
func decodeSlow(text []byte) decoded {
	d := decoded{text: text}
	for i := range len(text) + 1 {
		d.at = append(d.at, int32(i))
	}
	for range maxLayers {
		var next decoded
		for i := 0; i < len(d.text); {
			c, visible, n := unescape(d.text[i:])
			if n == 0 {
				c, visible, n = d.text[i], true, 1
			}
			if visible {
				next.text, next.at = append(next.text, c), append(next.at, d.at[i])
			}
			i += n
		}
		next.at = append(next.at, int32(len(text)))
		d = next
	}
	return d
}

// mergeSlow colors the text.
func mergeSlow(spans []Span, size int) []Span {
	joined := make([]bool, size) // byte i belongs with byte i-1
	owner := make([]int, size)
	for i := range owner {
		owner[i] = -1
	}
	slices.SortStableFunc(spans, compareSpans)
	for k, f := range spans {
		for i := f.Start; i < f.End; i++ {
			if i > f.Start {
				joined[i] = true
			}
			if o := owner[i]; o < 0 || spans[o].End-spans[o].Start < f.End-f.Start {
				owner[i] = k
			}
		}
	}
	var out []Span
	for i := 0; i < size; i++ {
		if owner[i] < 0 {
			continue
		}
		best, start := owner[i], i
		for i++; i < size && joined[i]; i++ {
			if a, b := spans[owner[i]], spans[best]; a.End-a.Start > b.End-b.Start || a.End-a.Start == b.End-b.Start && compareSpans(a, b) < 0 {
				best = owner[i]
			}
		}
		out = append(out, Span{int32(start), int32(i), spans[best].Detector})
		i--
	}
	return out
}

// scraps are what random texts are made of: parts of identifiers and of what
// looks like them, so that most texts have candidates and some have finds.
var scraps = []string{
	"354178036859789", "35-417803-685978-9", "35", "417803", "imei=", "imei", "460001234567890", "imsi ", "89860012345678901238", "8931440231415916409F", "iccid ",
	"AF0123450ABCDE", "meid ", "00:00:5E:00:53:01", "00-00-5e-00-53-01", "0000.5e00.5301", "00005e005301", "mac ", "00%3A00%3A5e%3A00%3A53%3A01", "192.0.2.1", "192.0.2", ".256", ":443",
	"2001:db8::1", "2001:DB8:0:0:8:800:200C:417A", "::ffff:", "fe80::1%eth0", "::", "12:34:56", "std::", "13800138000", "+86 138-0013-8000", "+14155550100", "010-62345678", "(415) 555-0100",
	"11010519491231002X", "11010519491231002", "4111 1111 1111 1111", "378282246310005", "a.b+c@example.com", "@", "@example.com", "user", "6D92078A-8246-4BA4-AE5B-76104861E7DC",
	"3f8a9c2d1e4b5a67", "android_id=", "39.904200,116.407400", "39.904", "lat=", ",", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "ghp_0123456789abcdefghijABCDEFGHIJ012345",
	"-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "https://u:p4ss@example.com", "姓名：", "张三", "地址:", "北京市海淀区中关村大街1号", "password=", "hunter22", "123-45-6789", "ssn ", "123456789",
	"DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "GB29NWBK60161331926819", "１３８００１３８０００", "\\u0031", "%31", "%2531", "\u200b", "\u2011", "\u00a0", "，", "：",
	" ", " ", ".", "-", "_", "/", "(", ")", "=", "x", "f", "X", "e", "0", "1", "9", "\n", "version ", "v", "\xff", "\xe2", "%", "\\", "word", "号",
	`{"`, `":"`, `\":\"`, `","`, `""`, `"password":"`, `\"password\":\"`, `""token"":""`, "password", "00_00_5E_00_53_01", "_00_00_5e", "_53:01",
}

func randomText(r *rand.Rand, n int) []byte {
	var b []byte
	for range n {
		b = append(b, scraps[r.IntN(len(scraps))]...)
		if r.IntN(3) == 0 {
			b = append(b, ' ')
		}
		if r.IntN(40) == 0 {
			b = append(b, strings.Repeat("lorem ipsum ", r.IntN(8))...)
		}
	}
	return b
}

func compareWithSlow(t *testing.T, s *Scanner, text []byte) {
	t.Helper()
	got := s.Find(nil, text)
	want := findSlow(s, text)
	if !slices.Equal(got, want) {
		t.Fatalf("%q with %v:\n got %q\nwant %q", text, s.set, found(got, string(text)), found(want, string(text)))
	}
	portable := s.Clone()
	portable.portable = true
	if p := portable.Find(nil, text); !slices.Equal(p, want) {
		t.Fatalf("%q with %v, portable:\n got %q\nwant %q", text, s.set, found(p, string(text)), found(want, string(text)))
	}
	for i, f := range got {
		if f.Start < 0 || f.End > int32(len(text)) || f.Start >= f.End || i > 0 && f.Start < got[i-1].End {
			t.Fatalf("%q: spans %v", text, got)
		}
	}
}

func TestFindAgainstSlow(t *testing.T) {
	rounds := 4000
	if testing.Short() {
		rounds = 400
	}
	r := rand.New(rand.NewPCG(1, 2))
	all, json := newScanner(t, AllDetectors), newJSONScanner(t)
	one := make([]*Scanner, numDetectors)
	for d := range one {
		one[d] = newScanner(t, SetOf(Detector(d)))
	}
	finds := 0
	for i := range rounds {
		text := randomText(r, 1+r.IntN(24))
		compareWithSlow(t, all, text)
		compareWithSlow(t, json, text)
		compareWithSlow(t, one[i%numDetectors], text)
		finds += len(all.Find(nil, text))
	}
	if finds < rounds {
		t.Errorf("only %d finds in %d texts", finds, rounds)
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range scraps {
		f.Add([]byte(s), uint64(AllDetectors))
	}
	f.Fuzz(func(t *testing.T, text []byte, set uint64) {
		compareWithSlow(t, newScanner(t, Set(set)), text)
		compareWithSlow(t, newJSONScanner(t), text)
	})
}

// TestLabelsEverywhere: signs are judged in the window that has what stands
// before them, wherever windows begin.
func TestLabelsEverywhere(t *testing.T) {
	plain, json := newScanner(t, AllDetectors), newJSONScanner(t)
	for _, text := range []string{
		`password=:hunter22 `, `password:=hunter22 `, `password：:hunter22 `, `password:：hunter22 `, `"password":"hunter22"`, `""password"":""hunter22""`, `"pwd=hunter22"`,
		`:hunter22`, `pwd:hunter22`, `"姓名"："张三"`, `pwd=:pwd=hunter22`,
	} {
		for n := range 130 {
			for _, fill := range []string{" ", ":", `"`} {
				padded := []byte(strings.Repeat(fill, n) + text)
				compareWithSlow(t, plain, padded)
				compareWithSlow(t, json, padded)
			}
		}
	}
}
