package redact

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMask(t *testing.T) {
	all, last2, first3 := MaskOptions{}, MaskOptions{KeepLast: 2}, MaskOptions{KeepFirst: 3}
	both := MaskOptions{KeepFirst: 3, KeepLast: 2}
	hash := MaskOptions{KeepLast: 2, Char: '#'}
	dot := MaskOptions{KeepLast: 2, Char: '•'}
	for _, c := range []struct {
		o    MaskOptions
		v    string
		k    Kind
		want done
	}{
		{all, "356938035643809", KindString, plain("***************")},
		{all, "", KindString, plain("")},
		{last2, "356938035643809", KindString, plain("*************09")},
		{last2, "356938035643809", KindNumber, plain("*************09")},
		{last2, "-12.5e3", KindNumber, plain("-**.*e3")},
		{first3, "356938035643809", KindString, plain("356************")},
		{both, "356938035643809", KindString, plain("356**********09")},
		{hash, "356938035643809", KindString, text("#############09")},
		{dot, "356938035643809", KindString, text("•••••••••••••09")},
		{dot, "35-69", KindString, text("••-69")},
		{last2, "a4:50:46:1f:22:9c", KindString, plain("**:**:**:**:**:9c")},
		{last2, "+86 138-0013-8000", KindString, text("+** ***-****-**00")},
		{last2, "(010) 6234 5678", KindString, text("(***) **** **78")},
		{last2, "alice@example.com", KindString, plain("*****@*******.*om")},
		{last2, `a"b\c`, KindString, text(`***\c`)},
		// At least half is hidden, or all is.
		{last2, "1234", KindString, plain("**34")},
		{last2, "123", KindString, plain("***")},
		{last2, "12-3", KindString, plain("**-*")},
		{both, "123456789", KindString, plain("*********")},
		{both, "1234567890", KindString, plain("123*****90")},
		{MaskOptions{KeepFirst: math.MaxInt, KeepLast: math.MaxInt}, "1234567890", KindString, plain("**********")},
		// A value of separators is not kept for being one.
		{last2, "-----", KindString, plain("*****")},
		{last2, "::1", KindString, plain("***")},
		{last2, "- -. -", KindString, text("******")},
		// Characters, not bytes.
		{last2, "张三丰", KindString, text("***")},
		{last2, "欧阳娜娜", KindString, text("**娜娜")},
		{first3, "北京市海淀区1号", KindString, text("北京市*****")},
		{last2, "京A·12345", KindString, text("******45")},
		{last2, "José García", KindString, text("**** ****ía")},
		{last2, "Jose\u0301 Garci\u0301a", KindString, text("**** ****i\u0301a")},
		{last2, "ab👨‍👩‍👧c👍🏽", KindString, text("***c👍🏽")},
		{last2, "ab🇨🇳🇩🇪", KindString, text("**🇨🇳🇩🇪")},
		{last2, "ab\xff\xfe", KindString, text("**\xff\xfe")},
		{last2, "·----", KindString, text("*****")},
	} {
		if got := run(t, must(t)(Mask(c.o)), c.v, c.k); got != c.want {
			t.Errorf("%+v of %q: %v, want %v", c.o, c.v, got, c.want)
		}
	}
	for _, o := range []MaskOptions{{KeepFirst: -1}, {KeepLast: -1}, {Char: '\n'}, {Char: '7'}, {Char: ' '}, {Char: '\u0301'}, {Char: '\u200b'}, {Char: 0x7f}, {Char: -5}} {
		if _, err := Mask(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// FuzzMask compares with a mask that is written over runes, where a value has
// no marks, joiners or flags, and counts what stays of every value.
func FuzzMask(f *testing.F) {
	for _, v := range []string{"356938035643809", "a4:50:46", "张三丰", "---", "", "\xff\xfe", "Jose\u0301", "👨‍👩‍👧", "::1"} {
		f.Add(v, uint8(3), uint8(2))
	}
	f.Fuzz(func(t *testing.T, v string, first, last uint8) {
		tr := must(t)(Mask(MaskOptions{KeepFirst: int(first), KeepLast: int(last)}))
		got := run(t, tr, v, KindString).out
		if utf8.ValidString(v) && !utf8.ValidString(got) {
			t.Fatalf("%q: a rune was cut: %q", v, got)
		}
		if again := run(t, must(t)(Mask(MaskOptions{})), v, KindString).out; strings.Count(got, "*") < (strings.Count(again, "*")+1)/2 {
			t.Fatalf("%q: less than half is hidden: %q", v, got)
		}
		for _, r := range v {
			if r >= 0x300 && !(0x4e00 <= r && r < 0x9fff) || r == '*' {
				return
			}
		}
		if want := slowMask(v, int(first), int(last)); utf8.ValidString(v) && got != want {
			t.Fatalf("%q = %q, want %q", v, got, want)
		}
	})
}

func slowMask(v string, first, last int) string {
	const seps = "-.:/_@+ ()"
	n, marks := 0, 0
	for _, r := range v {
		if strings.ContainsRune(seps, r) {
			marks++
		} else {
			n++
		}
	}
	var b strings.Builder
	if marks > n {
		return strings.Repeat("*", n+marks)
	}
	seen := 0
	for _, r := range v {
		switch {
		case strings.ContainsRune(seps, r):
			b.WriteRune(r)
			continue
		case first+last <= n/2 && (seen < first || seen >= n-last):
			b.WriteRune(r)
		default:
			b.WriteByte('*')
		}
		seen++
	}
	return b.String()
}

// TestAlphanumeric puts every byte at every place of nine.
func TestAlphanumeric(t *testing.T) {
	for c := range 256 {
		for at := range 9 {
			for _, around := range []byte{'0', 'z', 0x00, 0xff, 0x80} {
				v := bytes.Repeat([]byte{around}, 9)
				v[at] = byte(c)
				want := true
				for _, b := range v {
					want = want && (b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z')
				}
				if alphanumeric(v) != want {
					t.Fatalf("%q: %v", v, !want)
				}
			}
		}
	}
}

// TestCharacter: what ends a character at a glance ends it for those who look
// closer, before every rune and before bytes that are none.
func TestCharacter(t *testing.T) {
	for _, before := range []string{"a", "é", "客", "\U0001f1e8", "👍", "\xff", "\xe5"} {
		try := func(next string) {
			v := []byte(before + next)
			if got, want := character(v), composed(v); got != want {
				t.Fatalf("%q: %d, want %d", v, got, want)
			}
		}
		for r := range rune(0x20000) {
			try(string(r))
		}
		for c := range 256 {
			try(string([]byte{byte(c)}))
			try(string([]byte{byte(c), 'a', 'a'}))
		}
		try("")
	}
}
