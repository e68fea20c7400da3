package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// This file looks for a text that may stand in no output, in every encoding
// in which one could hide it, by accident or not: as it is, in other letters,
// escaped as JSON, in HTML entities, percent-encoded, in hex, in base64 at each of its three
// offsets, and backwards.
//
// What undoes an encoding (JSON, HTML, percent) is applied to the output, so that
// partly escaped texts are found; what hides every byte (hex, base64) is
// applied to the text that is looked for.

// minHidden is the length in bytes from which a text is looked for in hex,
// base64 and backwards. Shorter ones would be found everywhere by chance.
const minHidden = 4

// FindHidden returns how text stands in out: "" when it does not, " in hex",
// and so on; a plain occurrence is " as it is". It is for tests and for single
// records: Canaries does the same for many texts at the pace of a stream.
func FindHidden(out []byte, text string) string {
	if len(out) == 0 || text == "" {
		return ""
	}
	views := []struct {
		how  string
		data []byte
	}{{" as it is", out}}
	add := func(how string, data []byte) {
		if !slices.ContainsFunc(views, func(v struct {
			how  string
			data []byte
		}) bool {
			return bytes.Equal(v.data, data)
		}) {
			views = append(views, struct {
				how  string
				data []byte
			}{how, data})
		}
	}
	plain := UnescapeJSON(out)
	add(" in JSON escapes", plain)
	add(" in JSON escapes twice", UnescapeJSON(plain))
	add(" in HTML entities", appendUnescapedHTML(nil, plain))
	add(" percent-encoded", unescapePercent(plain))
	add(" percent-encoded twice", unescapePercent(unescapePercent(plain)))
	for _, v := range views {
		if bytes.Contains(v.data, []byte(text)) {
			return v.how
		}
	}
	for _, v := range views {
		if how := findDisguised(v.data, text); how != "" {
			return how
		}
	}
	return ""
}

func findDisguised(data []byte, text string) string {
	lower := bytes.ToLower(data)
	if bytes.Contains(lower, bytes.ToLower([]byte(text))) {
		return " in other letters"
	}
	if len(text) < minHidden {
		return ""
	}
	if bytes.Contains(lower, []byte(hex.EncodeToString([]byte(text)))) {
		return " in hex"
	}
	for _, b := range base64Forms(text) {
		if bytes.Contains(data, b) {
			return " in base64"
		}
	}
	if bytes.Contains(lower, bytes.ToLower([]byte(reversed(text)))) && reversed(text) != text {
		return " backwards"
	}
	return ""
}

// base64Forms returns what stands in base64 for text wherever it begins in
// groups of three bytes, in the standard and the URL alphabet, without the
// characters at either end that its neighbors share.
func base64Forms(text string) [][]byte {
	var forms [][]byte
	for offset := range 3 {
		src := append(make([]byte, offset), text...)
		whole := len(src) / 3 * 3 // the group that the next bytes complete is cut off
		skip := []int{0, 2, 3}[offset]
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			s := enc.EncodeToString(src)
			end := whole / 3 * 4
			if rest := len(src) - whole; rest > 0 {
				end += rest // of 8 (16) bits, 6 (12) are in whole characters
			}
			if f := []byte(s[skip:end]); len(f) >= minHidden && !slices.ContainsFunc(forms, func(g []byte) bool { return bytes.Equal(f, g) }) {
				forms = append(forms, f)
			}
		}
	}
	return forms
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// UnescapeJSON undoes every JSON escape in data, whatever stands around it.
func UnescapeJSON(data []byte) []byte {
	if bytes.IndexByte(data, '\\') < 0 {
		return data
	}
	return appendUnescapedJSON(make([]byte, 0, len(data)), data)
}

func appendUnescapedJSON(out, data []byte) []byte {
	for i := 0; i < len(data); {
		if data[i] != '\\' || i+1 == len(data) {
			out = append(out, data[i])
			i++
			continue
		}
		if data[i+1] == 'u' {
			if r, n := runeEscape(data[i:]); n > 0 {
				out = utf8.AppendRune(out, r)
				i += n
				continue
			}
		}
		if j := strings.IndexByte(`"\/bfnrt`, data[i+1]); j >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[j])
		} else {
			out = append(out, data[i], data[i+1])
		}
		i += 2
	}
	return out
}

// runeEscape decodes \uXXXX, or two of them that are a surrogate pair, and
// returns the length of what it decoded, 0 for none.
func runeEscape(data []byte) (rune, int) {
	one := func(d []byte) (rune, bool) {
		if len(d) < 6 || d[0] != '\\' || d[1] != 'u' {
			return 0, false
		}
		hi, ok := hexByte(d[2:])
		lo, also := hexByte(d[4:])
		return rune(hi)<<8 | rune(lo), ok && also
	}
	hi, ok := one(data)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(hi) {
		if lo, ok := one(data[6:]); ok {
			if r := utf16.DecodeRune(hi, lo); r != utf8.RuneError {
				return r, 12
			}
		}
	}
	return hi, 6
}

// unescapePercent undoes percent-encoding wherever it is one, and + for a
// space.
func unescapePercent(data []byte) []byte {
	if bytes.IndexByte(data, '%') < 0 && bytes.IndexByte(data, '+') < 0 {
		return data
	}
	return appendUnescapedPercent(make([]byte, 0, len(data)), data)
}

func appendUnescapedPercent(out, data []byte) []byte {
	for i := 0; i < len(data); i++ {
		c := data[i]
		if c == '%' {
			if b, ok := hexByte(data[i+1:]); ok {
				c = b
				i += 2
			}
		} else if c == '+' {
			c = ' '
		}
		out = append(out, c)
	}
	return out
}
