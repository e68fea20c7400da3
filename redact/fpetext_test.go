package redact

import (
	"strings"
	"testing"

	"redactor/pseudonym"
)

const base36 = "0123456789abcdefghijklmnopqrstuvwxyz"

func fpeTextOf(t testing.TB, o FPETextOptions) Transform {
	t.Helper()
	ff1, err := pseudonym.TestSecret("k").FF1(len(o.Alphabet), "acme", "a", "a", "serial", "0")
	if err != nil {
		t.Fatal(err)
	}
	o.FF1 = ff1
	return must(t)(FPEText(o))
}

// TestFPEText: a text of the same length, alphabet, case and punctuation, the
// same again, and never itself; FF1 undoes it.
func TestFPEText(t *testing.T) {
	tr := fpeTextOf(t, FPETextOptions{Alphabet: base36, FoldCase: true, Keep: 2})
	for _, v := range []string{"r58n90abcde", "R58N90ABCDE", "r5-8n90-abcde", "00aaaaaaaa", "zz-123 456/789.0", strings.Repeat("a", 64)} {
		got := run(t, tr, v, KindString)
		if got.shape != ShapeText || len(got.out) != len(v) || got.out == v || got != run(t, tr, v, KindString) {
			t.Errorf("%q became %v", v, got)
		}
		for i := range len(v) {
			same := strings.IndexByte(base36, v[i]|0x20) < 0 || v[:i+1] == v[:2] || i == 0
			if same && got.out[i] != v[i] {
				t.Errorf("%q became %q: character %d does not stay", v, got.out, i)
			}
		}
		if isUpper([]byte(v)) && strings.ToUpper(got.out) != got.out {
			t.Errorf("%q became %q: another case", v, got.out)
		}
	}
	for _, v := range []string{"", "r58n9", "r58n90äöü", "r58N90abcde", strings.Repeat("a", 65), "??"} {
		if got := run(t, tr, v, KindString); got != unfit {
			t.Errorf("%q became %v", v, got)
		}
	}
	digits := fpeTextOf(t, FPETextOptions{Alphabet: "0123456789"})
	if got := run(t, digits, "12345678", KindNumber); got.shape != ShapeText || len(got.out) != 8 {
		t.Errorf("a number became %v", got)
	}
	for _, v := range []string{"12345", "true"} {
		if got := run(t, digits, v, KindString); got != unfit {
			t.Errorf("%q became %v", v, got)
		}
	}
	for name, o := range map[string]FPETextOptions{"one": {Alphabet: "a"}, "twice": {Alphabet: "abca"}, "a space": {Alphabet: "a b"}, "keeps less than nothing": {Alphabet: "ab", Keep: -1}} {
		if _, err := pseudonym.TestSecret("k").FF1(max(2, len(o.Alphabet)), "a", "a", "a", "a", "0"); err != nil {
			t.Fatal(err)
		}
		o.FF1, _ = pseudonym.TestSecret("k").FF1(max(2, len(o.Alphabet)), "a", "a", "a", "a", "0")
		if _, err := FPEText(o); err == nil {
			t.Errorf("an alphabet of %s was taken", name)
		}
	}
	w, buf, in := &worker{}, make([]byte, 0, 256), []byte("R58N90ABCDE")
	tr.fn.apply(w, buf, in, KindString)
	if n := testing.AllocsPerRun(50, func() { tr.fn.apply(w, buf, in, KindString) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestFPETextRoundTrip: decrypting the numerals gives the text back.
func TestFPETextRoundTrip(t *testing.T) {
	for _, alphabet := range []string{"01", "0123456789", "0123456789abcdef", base36, "ACGT"} {
		tr := fpeTextOf(t, FPETextOptions{Alphabet: alphabet})
		f := tr.fn.(*fpeText)
		v := strings.Repeat(alphabet, 32)[:32]
		got := run(t, tr, v, KindString).out
		x := make([]byte, len(got))
		for i := range got {
			x[i] = byte(strings.IndexByte(alphabet, got[i]))
		}
		if !f.ff1.Decrypt(new(pseudonym.FF1Scratch), x, []byte("text")) {
			t.Fatal("refused")
		}
		for i := range x {
			if alphabet[x[i]] != v[i] {
				t.Fatalf("%q became %q, and back something else", v, got)
			}
		}
	}
}
