package synth

import "unicode/utf8"

// The lowest floor: JSON spelled into g.b, by the record's spacing and escapes.

// open starts an object or array, close ends it. Both keep no stack: whether a
// comma is due is seen from the last byte that is no white space.
func (g *Gen) open(c byte) { g.b = append(g.b, c) }

func (g *Gen) close(c byte) {
	if g.space == pretty {
		g.b = append(g.b, '\r', '\n')
	}
	g.b = append(g.b, c)
}

// next writes what stands before a member or element.
func (g *Gen) next() {
	if c := g.b[len(g.b)-1]; c != '{' && c != '[' {
		g.b = append(g.b, ',')
		if g.space == spaced {
			g.b = append(g.b, ' ')
		}
	}
	if g.space == pretty {
		g.b = append(g.b, '\r', '\n', '\t')
	}
}

// name starts a member.
func (g *Gen) name(s string) {
	g.next()
	g.b = append(g.b, '"')
	if g.escapes && g.rnd.n(4) == 0 {
		g.b = appendEscape(g.b, rune(s[0]))
		s = s[1:]
	}
	g.b = append(g.b, s...)
	g.b = append(g.b, '"', ':')
	if g.space != compact {
		g.b = append(g.b, ' ')
	}
}

// object starts a member that is an object.
func (g *Gen) object(name string) {
	g.name(name)
	g.open('{')
}

func (g *Gen) lit(s string) { g.b = append(g.b, s...) }

// str writes s as a string.
func (g *Gen) str(s []byte) {
	g.b = append(g.b, '"')
	if g.escapes && len(s) > 0 && s[0] < utf8.RuneSelf && g.rnd.n(4) == 0 {
		g.b = appendEscape(g.b, rune(s[0]))
		s = s[1:]
	}
	for len(s) > 0 {
		n := 0
		for n < len(s) && !g.special(s[n]) {
			n++
		}
		g.b = append(g.b, s[:n]...)
		if n == len(s) {
			break
		}
		r, size := utf8.DecodeRune(s[n:])
		g.b = appendSpecial(g.b, r)
		s = s[n+size:]
	}
	g.b = append(g.b, '"')
}

// special reports whether a character that begins with c is escaped.
func (g *Gen) special(c byte) bool {
	return c == '"' || c == '\\' || c < 0x20 || c >= utf8.RuneSelf && g.ascii || c == '/' && g.escapes
}

func appendSpecial(b []byte, r rune) []byte {
	switch r {
	case '"', '\\', '/':
		return append(b, '\\', byte(r))
	case '\n':
		return append(b, '\\', 'n')
	case '\t':
		return append(b, '\\', 't')
	}
	return appendEscape(b, r)
}

// appendEscape appends r as \uXXXX, as a surrogate pair outside the first plane.
func appendEscape(b []byte, r rune) []byte {
	if r >= 0x10000 {
		r -= 0x10000
		b = appendUnit(b, 0xd800+r>>10)
		return appendUnit(b, 0xdc00+r&0x3ff)
	}
	return appendUnit(b, r)
}

func appendUnit(b []byte, u rune) []byte {
	return append(b, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

// id plants value and writes it as a string. value is g.tmp's; id takes it back.
func (g *Gen) id(name string, value []byte) {
	g.plant(name, value)
	g.text(value)
}

// text writes value as a string. value is g.tmp's; text takes it back.
func (g *Gen) text(value []byte) {
	g.str(value)
	g.reuse(value)
}

// number plants value and writes it as a number.
func (g *Gen) number(name string, value []byte) {
	g.plant(name, value)
	g.b = append(g.b, value...)
	g.reuse(value)
}

// reuse keeps the memory of value for the next one. A value may be the tail of
// what was made, so the larger memory stays.
func (g *Gen) reuse(value []byte) {
	if cap(value) > cap(g.tmp) {
		g.tmp = value[:0]
	}
}

// one writes one of the choices.
func (g *Gen) one(choices []string) {
	g.b = append(g.b, '"')
	g.b = append(g.b, choices[g.rnd.n(len(choices))]...)
	g.b = append(g.b, '"')
}
