package redact

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"redactor/internal/jsonscan"
)

// This file is CSV: RFC 4180, with LF as good as CRLF. Each row is an object of
// strings; an empty cell without quotes is null.
//
// What a profile does with a column depends on its name alone. So a column that
// is dropped is dropped from every row, and from the line of names.

// quotedName is a column's name as images have it: "name":, in elements.images.
type quotedName struct{ from, to uint32 }

func (c *format) compileCSV(f Format) error {
	if c.separator == 0 {
		c.separator = ','
	}
	if s := c.separator; s == '"' || s == '\n' || s == '\r' || s >= utf8.RuneSelf || s < ' ' && s != '\t' {
		return errors.New("csv: the separator is one ASCII character, or a tab, and no quote")
	}
	if len(f.Columns) > maxColumns {
		return fmt.Errorf("csv: %d columns; there may be %d", len(f.Columns), maxColumns)
	}
	for _, name := range f.Columns {
		if name == "" {
			return errors.New("csv: a column without a name")
		}
		if !utf8.ValidString(name) {
			return errors.New("csv: the name of a column is not UTF-8")
		}
		c.columns = append(c.columns, newColumn(name))
	}
	return nil
}

// csv takes the rows of a record as elements.
func (es *elements) csv(rec []byte, f *format) bool {
	at := 0
	if f.columns == nil {
		if at = es.csvHead(rec, f.separator); at < 0 {
			return false
		}
	}
	for len(es.list) <= maxElements {
		for at < len(rec) && (rec[at] == '\n' || rec[at] == '\r') {
			at++
		}
		if at == len(rec) {
			break
		}
		e := element{lo: uint32(at)}
		ok, end := es.csvRow(rec, at, f, &e)
		e.hi, at = uint32(end), end
		if !ok {
			e.verdict = Verdict{Quarantined, ReasonParse}
		}
		es.list = append(es.list, e)
	}
	return len(es.list) > 0 || es.head.hi > 0
}

// csvHead reads the names of the columns and returns the end of their line.
func (es *elements) csvHead(rec []byte, separator byte) int {
	e := &es.head
	es.open(e)
	at := 0
	for {
		end, quotes := cellEnd(rec, at, separator)
		if end < 0 || len(es.columns) == maxColumns || end == at {
			return -1 // a column without a name
		}
		es.note(e, span{start: uint32(at), end: uint32(end), at: uint32(at), atEnd: uint32(end), style: styleCell})
		from := uint32(len(es.images))
		es.name(es.cell(rec[at:end], quotes))
		es.columns = append(es.columns, quotedName{from, uint32(len(es.images))})
		es.value(nil)
		if end == len(rec) || rec[end] != separator {
			e.hi = uint32(end)
			es.close(e)
			return end
		}
		at = end + 1
	}
}

// csvRow notes the cells of the row at rec[at:] and returns its end. ok is false
// when it cannot be read, or has not one cell for each column. Behind a quote
// that is out of place nobody can tell cells from text, so that the rest of the
// record is that row.
func (es *elements) csvRow(rec []byte, at int, f *format, e *element) (ok bool, end int) {
	es.open(e)
	ok = true
	for n := 0; ; n++ {
		end, quotes := cellEnd(rec, at, f.separator)
		if end < 0 {
			return false, len(rec)
		}
		if name := es.columnName(f, n); name != nil {
			es.note(e, span{start: uint32(at), end: uint32(end), at: uint32(at), atEnd: uint32(end), style: styleCell})
			es.images = append(es.images, name...)
			if end == at {
				es.null()
			} else {
				es.value(es.cell(rec[at:end], quotes))
			}
		} else {
			ok = false
		}
		if end == len(rec) || rec[end] != f.separator {
			es.close(e)
			return ok && n+1 == max(len(es.columns), len(f.columns)), end
		}
		at = end + 1
	}
}

// columnName returns the quoted name of column n, nil when there is none.
func (es *elements) columnName(f *format, n int) []byte {
	if n < len(f.columns) {
		return f.columns[n].quoted
	}
	if n < len(es.columns) {
		return es.images[es.columns[n].from:es.columns[n].to]
	}
	return nil
}

// cellEnd returns the end of the cell at rec[at:], -1 when its quotes are out
// of place, and whether it is in quotes.
func cellEnd(rec []byte, at int, separator byte) (end int, quotes bool) {
	if at < len(rec) && rec[at] == '"' {
		for i := at + 1; i < len(rec); i++ {
			if rec[i] != '"' {
				continue
			}
			if i+1 < len(rec) && rec[i+1] == '"' {
				i++
				continue
			}
			if i+1 == len(rec) || rec[i+1] == separator || rec[i+1] == '\n' || rec[i+1] == '\r' {
				return i + 1, true
			}
			return -1, true
		}
		return -1, true
	}
	for at < len(rec) && rec[at] != separator && rec[at] != '\n' && rec[at] != '\r' {
		if rec[at] == '"' {
			return -1, false
		}
		at++
	}
	return at, false
}

// cell returns the text of a cell.
func (es *elements) cell(raw []byte, quotes bool) []byte {
	if !quotes {
		return raw
	}
	es.decoded = es.decoded[:0]
	for i := 1; i < len(raw)-1; i++ {
		es.decoded = append(es.decoded, raw[i])
		if raw[i] == '"' {
			i++
		}
	}
	return es.decoded
}

// appendCell appends the text of a cell, in quotes where it needs them.
func appendCell(dst, text []byte, separator byte) []byte {
	bare := len(text) > 0
	for _, c := range text {
		if c == separator || c == '"' || c == '\n' || c == '\r' {
			bare = false
			break
		}
	}
	if bare && text[0] != ' ' && text[len(text)-1] != ' ' {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// appendPercent appends text percent-encoded: what RFC 3986 section 2.3 calls
// unreserved stays; of a form a space is '+'.
func appendPercent(dst, text []byte, form bool) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range text {
		switch {
		case plainLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~':
			dst = append(dst, c)
		case c == ' ' && form:
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// pairs takes the whole record as pairs of name=value with a separator between
// them: a form, or cookies.
func (es *elements) pairs(rec []byte, separator byte) {
	e := element{hi: uint32(len(rec))}
	es.open(&e)
	s := styleForm
	if separator == ';' {
		s = styleCookie
	}
	for i := 0; i < len(rec); {
		if rec[i] == separator || s == styleCookie && rec[i] <= ' ' {
			i++
			continue
		}
		end, eq := i, -1
		for end < len(rec) && rec[end] != separator {
			if rec[end] == '=' && eq < 0 {
				eq = end
			}
			end++
		}
		stop := end
		if s == styleCookie {
			stop = jsonscan.SpaceBefore(rec[:end], end)
		}
		at := stop
		if eq >= 0 {
			at = eq + 1
		} else {
			eq = stop
		}
		es.note(&e, span{start: uint32(i), end: uint32(stop), at: uint32(at), atEnd: uint32(stop), style: s})
		es.name(es.percentDecoded(rec[i:eq], s == styleForm))
		if at == stop {
			es.null()
		} else {
			es.value(es.percentDecoded(rec[at:stop], s == styleForm))
		}
		i = end
	}
	es.close(&e)
	es.list = append(es.list, e)
}

// maxPercent is how many times a value may be percent-encoded: what hides an
// identifier deeper than that is text to whoever reads the record.
const maxPercent = 3

// percentDecoded returns the text of a name or value. What is encoded more than
// once is decoded as often: c4%253A66 is c4:66 to whoever reads it twice. What
// is no encoding stays, and so does all of what is not of UTF-8.
func (es *elements) percentDecoded(raw []byte, form bool) []byte {
	es.decoded = appendUnpercent(es.decoded[:0], raw, form)
	n := len(raw)
	for range maxPercent - 1 {
		if len(es.decoded) == n {
			break // nothing was encoded
		}
		n = len(es.decoded)
		es.decoded = appendUnpercent(es.decoded[:0], es.decoded, false)
	}
	if !utf8.Valid(es.decoded) {
		return raw
	}
	return es.decoded
}

// appendUnpercent appends raw with %HH decoded. It never gets longer, so that
// dst may be raw[:0].
func appendUnpercent(dst, raw []byte, form bool) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '+' && form:
			c = ' '
		case c == '%' && i+2 < len(raw) && unhex(raw[i+1]) < 16 && unhex(raw[i+2]) < 16:
			c = unhex(raw[i+1])<<4 | unhex(raw[i+2])
			i += 2
		}
		dst = append(dst, c)
	}
	return dst
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case lower(c)-'a' < 6:
		return lower(c) - 'a' + 10
	}
	return 16
}
