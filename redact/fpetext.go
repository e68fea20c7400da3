package redact

import (
	"errors"
	"fmt"
	"math"

	"redactor/pseudonym"
)

// FPETextOptions say how texts over an alphabet are encrypted into others.
type FPETextOptions struct {
	FF1      *pseudonym.FF1 // of radix len(Alphabet)
	Alphabet string         // 2 to 94 different printable ASCII characters
	Keep     int            // characters of the alphabet that stay, at the beginning

	// FoldCase takes upper-case letters for those of the alphabet, which are lower,
	// where a text has no lower ones, and gives it upper ones.
	FoldCase bool
}

// maxFPEText is the longest text: no number of anything is longer.
const maxFPEText = 64

// FPEText is FPE for identifiers that no recipe knows, such as serial numbers: FF1
// over the characters of an alphabet. What is punctuation stays where it is; a
// letter or digit that is not of the alphabet makes the text unfit, and so do
// fewer than 10^6 texts of its length. There is no check digit to say that the
// result is nobody's.
func FPEText(o FPETextOptions) (Transform, error) {
	f := &fpeText{ff1: o.FF1, alphabet: o.Alphabet, keep: o.Keep, fold: o.FoldCase}
	switch {
	case o.FF1 == nil:
		return Transform{}, errors.New("fpe: there is no key")
	case len(o.Alphabet) < 2 || len(o.Alphabet) > 94:
		return Transform{}, errors.New("fpe: an alphabet has 2 to 94 characters")
	case o.Keep < 0 || o.Keep > maxFPEText/4:
		return Transform{}, fmt.Errorf("fpe: 0 to %d characters may stay", maxFPEText/4)
	}
	for i := range f.number {
		f.number[i] = noNumeral
	}
	for i := range len(o.Alphabet) {
		c := o.Alphabet[i]
		if c <= ' ' || c > '~' || f.number[c] != noNumeral {
			return Transform{}, errors.New("fpe: the characters of an alphabet are printable ASCII, each once")
		}
		f.number[c] = uint8(i)
	}
	f.least = int(math.Ceil(math.Log(pseudonym.FF1MinDomain) / math.Log(float64(len(o.Alphabet)))))
	for o.FF1.Check(f.least) != nil { // logarithms are not exact
		f.least++
	}
	name := "fpe alphabet " + o.Alphabet
	if o.Keep > 0 {
		name += fmt.Sprintf(" keep %d", o.Keep)
	}
	return Transform{OpApply, RankPseudonym, name, f}, nil
}

// noNumeral marks a byte that is not of the alphabet.
const noNumeral = 255

type fpeText struct {
	ff1      *pseudonym.FF1
	alphabet string
	number   [256]uint8 // of a byte
	keep     int
	least    int // characters to encrypt
	fold     bool
}

func (f *fpeText) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	switch k {
	case KindString:
		v = trimSpace(v)
	case KindNumber:
		v = plainNumber(w, v)
	default:
		return dst, ShapeUnfit
	}
	if w.fpe == nil {
		w.fpe = new(fpeScratch)
	}
	s := w.fpe
	upper := f.fold && isUpper(v)
	n, ok := f.read(s, v, upper)
	if !ok || n-f.keep < f.least || !f.encrypt(s, n) {
		return dst, ShapeUnfit
	}
	i := 0
	for _, c := range v {
		if f.numeral(c, upper) != noNumeral {
			c = f.alphabet[s.text[i]]
			if upper && 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			i++
		}
		dst = append(dst, c)
	}
	return dst, ShapeText
}

// isUpper reports that a text has upper-case letters and no lower ones.
func isUpper(v []byte) bool {
	found := false
	for _, c := range v {
		if 'a' <= c && c <= 'z' {
			return false
		}
		found = found || 'A' <= c && c <= 'Z'
	}
	return found
}

func (f *fpeText) numeral(c byte, upper bool) uint8 {
	if upper {
		c = lower(c)
	}
	return f.number[c]
}

// read puts the numerals of a text into s.text.
func (f *fpeText) read(s *fpeScratch, v []byte, upper bool) (n int, ok bool) {
	for _, c := range v {
		d := f.numeral(c, upper)
		switch {
		case d == noNumeral && (isDigit(c) || lower(c)-'a' < 26 || c >= 0x80):
			return 0, false
		case d == noNumeral:
			continue
		case n == maxFPEText:
			return 0, false
		}
		s.text[n] = d
		n++
	}
	return n, true
}

// encrypt replaces the numerals behind those that are kept. As in fpe.encrypt a
// text that is its own image gets another one.
func (f *fpeText) encrypt(s *fpeScratch, n int) bool {
	x := s.text[f.keep:n]
	plain := s.plain[:copy(s.plain[:], x)]
	tweak := append(append(s.tweak[:0], "text"...), s.text[:f.keep]...)
	for {
		if !f.ff1.Encrypt(&s.ff1, x, tweak) {
			return false
		}
		if string(x) != string(plain) {
			return true
		}
		tweak = append(tweak, '+')
	}
}
