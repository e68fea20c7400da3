package detect

import "slices"

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

// A stretch is a part of a text in which escapes stand close together: the
// first and the last of them.
type stretch struct{ first, last int32 }

const (
	// escapeReach is how much before and after an escape is decoded with it, up
	// to where a word ends: longer than what decides about a candidate, its
	// longest label and the longest value behind one.
	escapeReach = 256

	// escapeEdge is what is decoded beyond that only so that what lies within is
	// seen in its context. A find there holds no escape: it was found before.
	escapeEdge = 64
)

// escapeAt notes the escape at p, if it is one.
func (s *Scanner) escapeAt(p int) {
	n := len(s.escapes)
	if n > 0 && p-int(s.escapes[n-1].last) < escapeEdge { // within what is decoded anyway
		return
	}
	switch {
	case !startsEscape(s.text[p:]):
	case n > 0 && p-int(s.escapes[n-1].last) < 2*escapeReach:
		s.escapes[n-1].last = int32(p)
	default:
		s.escapes = append(s.escapes, stretch{int32(p), int32(p)})
	}
}

// findDecoded appends what is in the text as it reads, in places of the text as
// it stands.
func (s *Scanner) findDecoded(text []byte) {
	s.second = true
	end := 0
	for i := 0; i < len(s.escapes); {
		from := max(int(s.escapes[i].first)-escapeReach, end)
		for from > end && !endsWord(text[from-1]) {
			from--
		}
		from = max(from-escapeEdge, end)
		for end = from; i < len(s.escapes) && int(s.escapes[i].first)-3*escapeEdge < end || end == from; i++ {
			end = min(int(s.escapes[i].last)+escapeReach, len(text))
			for end < len(text) && !endsWord(text[end]) {
				end++
			}
			end = min(end+escapeEdge, len(text))
		}
		s.findStretch(text, from, end)
	}
}

func endsWord(c byte) bool { return c <= ' ' || c == '"' }

// findStretch is findDecoded for text[from:end].
func (s *Scanner) findStretch(text []byte, from, end int) {
	d := &s.decoded
	d.set(text[from:end], from)
	for range maxLayers {
		if !d.layer() {
			break
		}
	}
	base := len(s.spans)
	s.scan(d.text)
	kept := s.spans[:base]
	for _, f := range s.spans[base:] {
		f.Start, f.End = d.at[f.Start], d.at[f.End]
		if (from == 0 || int(f.Start) >= from+escapeEdge) && (end == len(text) || int(f.End) <= end-escapeEdge/2) {
			kept = append(kept, f)
		}
	}
	s.spans = kept
}

// set makes d the text, which begins at a place of the source.
func (d *decoded) set(text []byte, from int) {
	d.text = append(d.text[:0], text...)
	d.at = slices.Grow(d.at[:0], len(text)+1)[:len(text)+1]
	for i := range d.at {
		d.at[i] = int32(from + i)
	}
}

// mayEscape tells the bytes that an escape may begin with.
var mayEscape = func() (t [256]bool) {
	for _, c := range []byte(escapeStarts) {
		t[c] = true
	}
	return t
}()

// layer decodes one layer in place, which only gets shorter, and reports
// whether there may be another one: something was decoded, and a byte that an
// escape may begin with is left.
func (d *decoded) layer() bool {
	t, at, n, found, left := d.text, d.at, 0, false, false
	for i := 0; i < len(t); {
		j := i
		for j < len(t) && !mayEscape[t[j]] {
			j++
		}
		if j > i {
			if n != i {
				copy(t[n:], t[i:j])
				copy(at[n:], at[i:j])
			}
			n += j - i
			i = j
			continue
		}
		c, visible, k := unescape(t[i:])
		if k == 0 {
			c, visible, k = t[i], true, 1
		} else {
			found = true
		}
		if visible {
			t[n], at[n] = c, at[i]
			n++
			left = left || mayEscape[c]
		}
		i += k
	}
	at[n] = at[len(t)]
	d.text, d.at = t[:n], at[:n+1]
	return found && left
}
