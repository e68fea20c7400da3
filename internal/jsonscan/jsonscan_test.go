package jsonscan

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// exact returns a copy of s with nothing behind it, so that the race detector's
// pointer checks see a read beyond the end.
func exact(s string) []byte {
	b := make([]byte, len(s))
	copy(b, s)
	return b[:len(b):len(b)]
}

// samples are the insides of strings, whole and spoiled; every one is tried at
// every alignment and with every byte behind it.
var samples = []string{
	"", "a", "abcdefg", "abcdefgh", "abcdefghi", "exactly sixteen.", "a rather longer text of more than sixteen bytes",
	`\"`, `\\`, `\/`, `\b\f\n\r\t`, `\u0041`, `\u00e9x`, `\uD83D\ude00`, `\ud83d`, `\ude00`, `\ud83dx`, `\ud83d\n`, `\ud83d\ud83d\ude00`, `\ude00\ud83d`,
	"1234567\\\"", "12345678\\\"x", "1234567\\u0041", "é", "客厅的WiFi", "1234567é", "😀", "\x7f", "1234567\x7f8",
	"\x00", "\x1f", "\n", "1234567\n", "12345678\t", "\x80", "\xc3", "\xc3\"", "\xc0\x80", "\xe5\xae", "\xed\xa0\x80", "\xf4\x90\x80\x80", "1234567\xff",
	`\`, `\x`, `\u`, `\u1`, `\u12`, `\u123`, `\u123g`, `\u 123`, `\U0041`, `\0`, `\'`, "1234567\\", `\u12"4`,
}

func TestString(t *testing.T) {
	for _, s := range samples {
		for before := range 9 {
			for _, after := range []string{"", "x", `"`, ",1234567890123456", "\x00\x00\x00\x00\x00\x00\x00\x00"} {
				src := exact(strings.Repeat("9", before) + `"` + s + `"` + after)
				end, flags := String(src, before+1)
				inside := src[before+1:]
				want := slowString(inside)
				if want >= 0 {
					want += before + 1
				}
				if end != want {
					t.Fatalf("String(%q, %d) = %d, want %d", src, before+1, end, want)
				}
				if end < 0 {
					continue
				}
				raw := src[before+1 : end]
				if (flags&Escaped != 0) != bytes.Contains(raw, []byte(`\`)) || (flags&NonASCII != 0) != !ascii(raw) {
					t.Errorf("%q: flags %b", raw, flags)
				}
				for cut := before + 1; cut <= end; cut++ { // no end in sight
					if got, _ := String(exact(string(src[:cut])), before+1); got >= 0 {
						t.Fatalf("%q cut at %d: end %d", src, cut, got)
					}
				}
			}
		}
	}
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// slowString returns the index of the quote that ends the string that src
// starts with, or -1, by trying each quote with encoding/json.
func slowString(src []byte) int {
	for i, c := range src {
		if c == '"' && json.Valid([]byte(`"`+string(src[:i])+`"`)) {
			if !utf8.Valid(src[:i]) {
				return -1
			}
			return i
		}
	}
	return -1
}

func TestUnescape(t *testing.T) {
	for _, s := range samples {
		var want string
		if !utf8.ValidString(s) || json.Unmarshal([]byte(`"`+s+`"`), &want) != nil {
			continue
		}
		if got := AppendUnescaped([]byte("x"), exact(s)); string(got) != "x"+want {
			t.Errorf("AppendUnescaped(%q) = %q, want %q", s, got[1:], want)
		}
		if len(want) > len(s) {
			t.Errorf("%q is longer than %q", want, s)
		}
		quoted := string(AppendEscaped([]byte(`"`), []byte(want))) + `"`
		var back string
		if err := json.Unmarshal([]byte(quoted), &back); err != nil || back != want {
			t.Errorf("AppendEscaped(%q) = %s: %q, %v", want, quoted, back, err)
		}
	}
}

func TestEscapeIsMinimal(t *testing.T) {
	for c := range 256 {
		text := []byte{'1', '2', byte(c), '3'}
		got := string(AppendEscaped(nil, text))
		if mustEscape := c < 0x20 || c == '"' || c == '\\'; mustEscape == (got == string(text)) {
			t.Errorf("%q: %q", text, got)
		}
		if want := 2; (c < 0x20 || c == '"' || c == '\\') && FirstSpecial(text) != want {
			t.Errorf("FirstSpecial(%q) = %d", text, FirstSpecial(text))
		}
	}
	long := []byte("a text of more than eight bytes without anything to escape: é客")
	if n := FirstSpecial(long); n != len(long) {
		t.Errorf("FirstSpecial: %d of %d", n, len(long))
	}
}

var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// TestNumber compares Number with the grammar on every text of a few letters
// and on long random ones: of a run of the bytes that numbers are made of, it
// takes all if that is a number, and else refuses it or stops inside, where no
// comma or bracket is.
func TestNumber(t *testing.T) {
	check := func(s string) {
		run := len(s) - len(strings.TrimLeft(s, "0123456789.+-eE"))
		whole := number.MatchString(s[:run])
		for _, before := range []string{"", `["`} {
			got := Number(exact(before+s), len(before))
			if got >= 0 {
				got -= len(before)
			}
			if whole && got != run || !whole && got >= run {
				t.Fatalf("Number(%q) = %d; the first %d bytes are a number: %t", s, got, run, whole)
			}
		}
	}
	const alphabet = "019.-+eE,a"
	var all func(prefix string, n int)
	all = func(prefix string, n int) {
		check(prefix)
		if n == 0 {
			return
		}
		for _, c := range alphabet {
			all(prefix+string(c), n-1)
		}
	}
	all("", 5)
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		var b strings.Builder
		for range r.IntN(40) {
			if r.IntN(12) == 0 {
				b.WriteByte(alphabet[r.IntN(len(alphabet))])
			} else {
				b.WriteByte(byte('0' + r.IntN(10)))
			}
		}
		check(b.String())
	}
	for c := range 256 { // every byte that may end digits, in every place of a word
		for n := range 18 {
			s := "1" + strings.Repeat("9", n) + string([]byte{byte(c)}) + "123456789"
			check(s)
		}
	}
}

func TestLiteral(t *testing.T) {
	for s, want := range map[string]int{
		"true": 4, "false": 5, "null": 4, "truex": 4, "falsee": 5, "nullnull": 4,
		"": -1, "t": -1, "tru": -1, "True": -1, "trux": -1, "fals": -1, "falsx": -1, "nul": -1, "nulk": -1, "xtrue": -1,
	} {
		if got := Literal(exact(s), 0); got != want {
			t.Errorf("Literal(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestSpace(t *testing.T) {
	src := exact(" \t\r\n x \n")
	if got := Space(src, 0); got != 5 {
		t.Errorf("Space: %d", got)
	}
	if got := Space(src, 6); got != len(src) {
		t.Errorf("Space at the end: %d", got)
	}
	if got := SpaceBefore(src, 5); got != 0 {
		t.Errorf("SpaceBefore: %d", got)
	}
	if got := SpaceBefore(src, 8); got != 6 {
		t.Errorf("SpaceBefore the end: %d", got)
	}
	for c := range 256 {
		if got, want := Space([]byte{byte(c), 'x'}, 0) == 1, c == ' ' || c == '\t' || c == '\r' || c == '\n'; got != want {
			t.Errorf("byte %#x is white space: %t", c, got)
		}
	}
}

// TestSpecial checks the word tricks on every byte in every place, with every
// kind of byte around it.
func TestSpecial(t *testing.T) {
	for _, around := range []byte{'a', 0x80, 0xFF, ' ', '!', '#', '[', ']', 0x7F} {
		for c := range 256 {
			for place := range 8 {
				word := bytes.Repeat([]byte{around}, 8)
				word[place] = byte(c)
				x := Load64(word, 0)
				special := c < 0x20 || c == '"' || c == '\\'
				if got := Special(x); (got != 0) != special || special && got&-got != 0x80<<(8*place) {
					t.Fatalf("Special(%q) = %x", word, got)
				}
				if got := Quote(x); (got != 0) != (c == '"') || c == '"' && got&-got != 0x80<<(8*place) {
					t.Fatalf("Quote(%q) = %x", word, got)
				}
				var back [8]byte
				if Store64(back[:], 0, x); !bytes.Equal(back[:], word) {
					t.Fatalf("Store64(Load64(%q)) = %q", word, back)
				}
			}
		}
	}
}

func FuzzString(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(s + `"`))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		src = exact(string(src))
		end, _ := String(src, 0)
		if want := slowString(src); end != want {
			t.Fatalf("String(%q) = %d, want %d", src, end, want)
		}
		if end < 0 {
			return
		}
		var want string
		if err := json.Unmarshal([]byte(`"`+string(src[:end])+`"`), &want); err != nil {
			t.Fatal(err)
		}
		if got := AppendUnescaped(nil, src[:end]); string(got) != want {
			t.Fatalf("AppendUnescaped(%q) = %q, want %q", src[:end], got, want)
		}
	})
}
