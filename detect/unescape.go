package detect

// Text with escapes is scanned as it stands and as it reads: percent escapes
// (up to three layers: a URL in a URL), \u and \x escapes of a JSON text that is
// itself a string, full-width forms, dashes and spaces of other widths, and
// without invisible marks. A map leads back to the bytes of the source.

// maxLayers is how often escapes are decoded.
const maxLayers = 3

// decoded is a text as it reads, and where its bytes stand: at[i] is the first
// source byte of text[i], at[len(text)] the end of the source.
type decoded struct {
	text []byte
	at   []int32
}

// startsEscape reports whether v begins with something to decode. A percent
// sign behind a number and Chinese punctuation are not.
func startsEscape(v []byte) bool {
	_, _, n := unescape(v)
	return n > 0
}

// isWideColon reports whether v begins with the full-width colon, which ends labels.
func isWideColon(v []byte) bool {
	return len(v) >= 3 && v[0] == 0xef && v[1] == 0xbc && v[2] == 0x9a
}

// unescape reads the escape at the start of v: the byte that it stands for,
// whether it is one (a mark stands for nothing), and its length, 0 for none.
func unescape(v []byte) (c byte, visible bool, n int) {
	if len(v) < 2 {
		return 0, false, 0
	}
	switch v[0] {
	case '%':
		if c, ok := hexByte(v[1:]); ok {
			return c, true, 3
		}
	case '\\':
		return unescapeBackslash(v)
	case 0xc2:
		if v[1] == 0xa0 {
			return ' ', true, 2
		}
	case 0xe2:
		return unescapeMark(v)
	case 0xef:
		if len(v) < 3 || v[1]&0xc0 != 0x80 || v[2]&0xc0 != 0x80 {
			return 0, false, 0
		}
		switch r := rune(0xf000) | rune(v[1]&0x3f)<<6 | rune(v[2]&0x3f); {
		case r == 0xfeff:
			return 0, false, 3
		case 0xff01 <= r && r <= 0xff5e && r != '，' && r != '：' && r != '；' && r != '（' && r != '）' && r != '！' && r != '？':
			return byte(r - 0xff01 + '!'), true, 3
		}
	}
	return 0, false, 0
}

// unescapeBackslash reads \u0000 to \u00ff, full-width \uff01 to \uff5e, \x00
// to \xff, and the short ones of JSON: a letter behind a backslash is no part of
// what follows it.
func unescapeBackslash(v []byte) (byte, bool, int) {
	switch {
	case v[1] == 'n', v[1] == 'r', v[1] == 't', v[1] == 'b', v[1] == 'f':
		return '\n', true, 2
	case v[1] == '"', v[1] == '\\', v[1] == '/':
		return v[1], true, 2
	case v[1] == 'u' && len(v) >= 6 && v[2] == '0' && v[3] == '0':
		if c, ok := hexByte(v[4:]); ok {
			return c, true, 6
		}
	case v[1] == 'u' && len(v) >= 6 && v[2]|0x20 == 'f' && v[3]|0x20 == 'f':
		if c, ok := hexByte(v[4:]); ok && c >= 0x01 && c <= 0x5e {
			return c - 0x01 + '!', true, 6
		}
	case v[1] == 'x':
		if c, ok := hexByte(v[2:]); ok {
			return c, true, 4
		}
	}
	return 0, false, 0
}

// unescapeMark reads dashes and marks of U+2000.
func unescapeMark(v []byte) (byte, bool, int) {
	if len(v) < 3 || v[1] != 0x80 && v[1] != 0x81 && v[1] != 0x88 {
		return 0, false, 0
	}
	switch r := rune(0x2000) | rune(v[1]&0x3f)<<6 | rune(v[2]&0x3f); {
	case dash(r):
		return '-', true, 3
	case invisible(r):
		return 0, false, 3
	case wideSpace(r):
		return ' ', true, 3
	}
	return 0, false, 0
}

func hexByte(v []byte) (byte, bool) {
	if len(v) < 2 || hexValue[v[0]] == noHex || hexValue[v[1]] == noHex {
		return 0, false
	}
	return hexValue[v[0]]<<4 | hexValue[v[1]], true
}

// findDecoded appends what is in the text as it reads, in places of the text as
// it stands.
func (s *Scanner) findDecoded(text []byte) {
	d := &s.decoded
	d.text = append(d.text[:0], text...)
	d.at = d.at[:0]
	for i := range len(text) + 1 {
		d.at = append(d.at, int32(i))
	}
	for range maxLayers {
		if !d.layer() {
			break
		}
	}
	base := len(s.spans)
	s.scan(d.text)
	for i := base; i < len(s.spans); i++ {
		f := &s.spans[i]
		f.Start, f.End = d.at[f.Start], d.at[f.End]
	}
}

// layer decodes one layer in place, which only gets shorter, and reports
// whether there was one.
func (d *decoded) layer() bool {
	t, n, found := d.text, 0, false
	for i := 0; i < len(t); {
		c, visible, k := byte(0), true, 0
		if t[i] == '%' || t[i] == '\\' || t[i] >= 0x80 {
			c, visible, k = unescape(t[i:])
		}
		if k == 0 {
			c, k = t[i], 1
			visible = true
		} else {
			found = true
		}
		if visible {
			t[n], d.at[n] = c, d.at[i]
			n++
		}
		i += k
	}
	d.at[n] = d.at[len(t)]
	d.text, d.at = t[:n], d.at[:n+1]
	return found
}
