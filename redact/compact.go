package redact

import "redactor/internal/jsonscan"

// compactFrom removes the white space outside strings from the JSON text
// out[from:], in its place. It reports false when a string in it does not end:
// then a transform made something that is no JSON, and nobody may have it.
//
// It runs over what was rendered and not while rendering: what is copied
// between nodes holds strings as well, and recipients that keep the white
// space must not pay for looking at it.
func compactFrom(out []byte, from int) ([]byte, bool) {
	to, kept := from, from // out[kept:i] belongs at out[to:]
	for i := from; i < len(out); {
		switch c := out[i]; {
		case c == '"':
			end, _ := jsonscan.String(out, i+1)
			if end < 0 {
				return out[:from], false
			}
			i = end + 1
		case c > ' ':
			i++
		default:
			if to != kept {
				copy(out[to:], out[kept:i])
			}
			to += i - kept
			i = jsonscan.Space(out, i)
			kept = i
		}
	}
	if to != kept {
		copy(out[to:], out[kept:])
	}
	return out[:to+len(out)-kept], true
}
