package detect

import (
	"bytes"
	"unicode/utf8"
)

// namedEntities are the five that every escaper of HTML and XML writes; a value
// is hidden by them or by numbers.
var namedEntities = []struct {
	name string
	char byte
}{{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}}

// appendUnescapedHTML appends text with character references undone: numbers in
// decimal and hex (HTML 13.2.5.72), and the named ones of namedEntities. What is
// none stays as it is. Of nothing to undo it makes a copy.
func appendUnescapedHTML(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		text = text[i:]
		r, n := entity(text[1:])
		if n == 0 {
			dst, text = append(dst, '&'), text[1:]
			continue
		}
		dst, text = utf8.AppendRune(dst, r), text[1+n:]
	}
}

// entity reads a character reference behind its &; n is 0 when there is none.
// The semicolon may be missing behind a number, as browsers allow.
func entity(v []byte) (r rune, n int) {
	if len(v) == 0 || v[0] != '#' {
		for _, e := range namedEntities {
			if len(v) >= len(e.name) && string(v[:len(e.name)]) == e.name {
				return rune(e.char), len(e.name)
			}
		}
		return 0, 0
	}
	base, i := rune(10), 1
	if i < len(v) && v[i]|0x20 == 'x' {
		base, i = 16, 2
	}
	first := i
	for ; i < len(v) && r <= utf8.MaxRune; i++ {
		d := rune(v[i] - '0')
		if d > 9 {
			if d = rune(v[i]|0x20) - 'a' + 10; d < 10 || d > 15 {
				break
			}
		}
		if d >= base {
			break
		}
		r = r*base + d
	}
	switch {
	case i == first || !utf8.ValidRune(r):
		return 0, 0
	case i < len(v) && v[i] == ';':
		i++
	}
	return r, i
}
