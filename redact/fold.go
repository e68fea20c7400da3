package redact

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// This file folds member names. Names are data of whoever wrote the log, so
// there are two foldings:
//
//   - appendFold is the policy's: what people vary without meaning anything by
//     it. "deviceId", "device_id" and "DEVICE-ID" are one name.
//   - appendWideFold undoes what only an accident or an attack does to a name:
//     a NUL or a zero-width space in it, full-width letters, a Cyrillic і. A
//     name that matches only after it is suspicious, so it gets the stricter
//     of the entry's outcome and the outcome of an unknown name.

// appendFold appends name in ASCII lower case and without '_' and '-'. odd
// reports that appendWideFold would make something else of it.
func appendFold(dst, name []byte) (folded []byte, odd bool) {
	n := len(dst)
	dst = slices.Grow(dst, len(name))[:n+len(name)]
	var flags foldFlags
	for _, c := range name {
		f := foldTable[c]
		dst[n] = f.c
		n += int(f.flags & foldKept)
		flags |= f.flags
	}
	return dst[:n], flags&foldOdd != 0
}

type foldFlags uint8

const (
	foldKept foldFlags = 1 << iota // stays
	foldOdd                        // wide folding treats it in another way
)

// foldTable is what appendFold makes of each byte.
var foldTable = func() (t [256]struct {
	c     byte
	flags foldFlags
}) {
	for c := range t {
		t[c].c = byte(c)
		if c >= 'A' && c <= 'Z' {
			t[c].c |= 0x20
		}
		if c != '_' && c != '-' {
			t[c].flags = foldKept
		}
		if c <= ' ' || c == '.' || c >= 0x7F {
			t[c].flags |= foldOdd
		}
	}
	return t
}()

func foldString(s string) string {
	folded, _ := appendFold(nil, []byte(s))
	return string(folded)
}

// appendWideFold appends name folded as appendFold does, and beyond: without
// white space, dots, control, zero-width and combining characters, with
// full-width, mathematical and look-alike letters as the ASCII letters they
// look like. name is valid UTF-8.
func appendWideFold(dst, name []byte) []byte {
	for i := 0; i < len(name); {
		c := name[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c >= 'A' && c <= 'Z':
				dst = append(dst, c|0x20)
			case c > ' ' && c != '_' && c != '-' && c != '.' && c != 0x7F:
				dst = append(dst, c)
			}
			continue
		}
		r, n := utf8.DecodeRune(name[i:])
		i += n
		if r = wideRune(r); r >= 0 {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

func wideFoldString(s string) string { return string(appendWideFold(nil, []byte(s))) }

// wideRune folds one rune beyond ASCII; -1 drops it.
func wideRune(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E { // full-width ASCII
		r -= 0xFF01 - '!'
		switch {
		case r >= 'A' && r <= 'Z':
			return r | 0x20
		case r == '_' || r == '-' || r == '.':
			return -1
		}
		return r
	}
	if invisible(r) {
		return -1
	}
	if r >= 0x1D400 && r < 0x1D400+13*52 { // mathematical letters: 13 alphabets of A–Z, a–z
		return 'a' + (r-0x1D400)%26
	}
	if k, ok := slices.BinarySearchFunc(lookalikes, r, func(l lookalike, r rune) int { return int(l.r - r) }); ok {
		return rune(lookalikes[k].ascii)
	}
	return unicode.ToLower(r)
}

// invisible reports whether a rune draws nothing, or only a space, a dash or
// a dot, and so can hide in a name. What a lone surrogate decodes to draws a
// mark, but nobody means it.
func invisible(r rune) bool {
	switch {
	case r <= 0xA0, r == 0xAD, r == 0xB7, r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0:
		return true
	case r >= 0x300 && r <= 0x36F: // combining marks
		return true
	case r >= 0x2000 && r <= 0x2015, r >= 0x2024 && r <= 0x202F, r >= 0x205F && r <= 0x206F, r == 0x203F, r == 0x2212:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF: // variation selectors, tags
		return true
	}
	return r == utf8.RuneError || unicode.In(r, unicode.Zs, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Mn, unicode.Me)
}

type lookalike struct {
	r     rune
	ascii byte
}

// lookalikes is sorted by rune. It holds the letters that are drawn like an
// ASCII letter in common fonts; after Unicode's confusables.txt (UTS #39), the
// Cyrillic, Greek, Armenian, Latin and letter-like rows.
var lookalikes = func() []lookalike {
	var out []lookalike
	for _, l := range []struct {
		ascii byte
		runes string
	}{
		{'a', "аАαΑɑàáâãäåÀÁÂÃÄÅāăą\u212Bⓐ"},
		{'b', "ВвЬΒβƄⓑ"},
		{'c', "сСϲϹçÇćčⅽⅭⓒ"},
		{'d', "ԁⅾⅮɗđďⓓ"},
		{'e', "еЕёЁΕεέèéêëÈÉÊËēęěⅇ℮ⓔ"},
		{'f', "ƒſẝⓕ"},
		{'g', "ɡԌġğⓖ"},
		{'h', "һҺНнΗհⓗ"},
		{'i', "іІїЇΙιίϊìíîïÌÍÎÏıİīįɩⅰⅠⓘ"},
		{'j', "јЈϳȷⓙ"},
		{'k', "кКκΚ\u212Aқⓚ"},
		{'l', "ⅼⅬłľӏӀⓛ"},
		{'m', "мМΜⅿⅯⓜ"},
		{'n', "ΝηñÑńňոпⓝ"},
		{'o', "оОοΟσόòóôõöøÒÓÔÕÖØōօⓞ"},
		{'p', "рРρΡⓟ"},
		{'q', "ԛԚɋⓠ"},
		{'r', "гřŕⓡ"},
		{'s', "ѕЅśşšŠⓢ"},
		{'t', "тТτΤţťⓣ"},
		{'u', "υùúûüÙÚÛÜūůųսⓤ"},
		{'v', "νѵѴⅴⅤⓥ"},
		{'w', "ԝԜωѡⓦ"},
		{'x', "хХχΧⅹⅩⓧ"},
		{'y', "уУүҮΥγýÿÝⓨ"},
		{'z', "ΖźżžŽⓩ"},
	} {
		for _, r := range l.runes {
			if r == 'ſ' {
				l.ascii = 's' // long s: it folds to s in Unicode, whatever it looks like
			}
			out = append(out, lookalike{r, l.ascii})
		}
	}
	slices.SortFunc(out, func(a, b lookalike) int { return int(a.r - b.r) })
	return out
}()
