package redact

import "redactor/internal/jsonscan"

// text takes the whole record as one string at $.
func (es *elements) text(rec []byte) {
	e := element{hi: uint32(len(rec))}
	e.image, e.span = uint32(len(es.images)), uint32(len(es.spans))
	es.spans = append(es.spans, span{end: e.hi, atEnd: e.hi, style: styleText})
	es.value(rec)
	e.imEnd, e.spaEnd = uint32(len(es.images)), uint32(len(es.spans))
	es.list = append(es.list, e)
}

// logfmt notes the pairs of a line: name=value, name="value with \"escapes\"",
// name= and name, which have no value: null. Names end at white space or '='; a
// value in quotes must end before the next pair. That is what go-logfmt and
// Heroku's, the ones in use, agree on; there is no standard.
func (es *elements) logfmt(rec []byte, e *element) bool {
	es.open(e)
	line := rec[:e.hi]
	for i := int(e.lo); i < len(line); {
		if line[i] <= ' ' {
			if line[i] != ' ' && line[i] != '\t' {
				return false
			}
			i++
			continue
		}
		s := span{start: uint32(i), style: styleLogfmt}
		for i < len(line) && line[i] > ' ' && line[i] != '=' {
			if line[i] == '"' {
				return false
			}
			i++
		}
		if i == int(s.start) {
			return false // a value of no name
		}
		es.note(e, s)
		es.name(line[s.start:i])
		if i < len(line) && line[i] == '=' {
			i++
		}
		at := i
		if i = es.logfmtValue(line, at); i < 0 {
			return false
		}
		last := &es.spans[len(es.spans)-1]
		last.at, last.atEnd, last.end = uint32(at), uint32(i), uint32(i)
	}
	es.close(e)
	return true
}

// logfmtValue writes the value at line[at:] to the image and returns its end,
// or -1.
func (es *elements) logfmtValue(line []byte, at int) int {
	if at == len(line) || line[at] <= ' ' {
		es.null()
		return at
	}
	if line[at-1] != '=' {
		return -1
	}
	if line[at] == '"' {
		end, _ := jsonscan.String(line, at+1)
		if end < 0 || end+1 < len(line) && line[end+1] > ' ' {
			return -1
		}
		es.images = append(es.images, line[at:end+1]...)
		return end + 1
	}
	i := at
	for i < len(line) && line[i] > ' ' { // '=' and '"' too: url=/search?q=x
		i++
	}
	es.value(line[at:i])
	return i
}

// appendLogfmt appends a value, in quotes where it needs them.
func appendLogfmt(dst, text []byte) []byte {
	bare := len(text) > 0
	for _, c := range text {
		if c <= ' ' || c == '=' || c == '"' || c == '\\' || c == 0x7F {
			bare = false
			break
		}
	}
	if bare {
		return append(dst, text...)
	}
	return append(jsonscan.AppendEscaped(append(dst, '"'), text), '"')
}

// appendHexEscaped appends text as nginx writes variables to its log: quotes,
// backslashes and control characters, and outside of quotes white space, as \xHH.
func appendHexEscaped(dst, text []byte, quoted bool) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' || c == 0x7F || c == ' ' && !quoted {
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
