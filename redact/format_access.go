package redact

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// This file is access logs, by the pattern that made them: nginx's log_format.
// Apache's combined and common logs are the same lines.
//
// A variable is a member by its name, but for the prefix http_ of headers:
// http_user_agent is user_agent. $request is what it is made of: request_method,
// url and server_protocol.

// Patterns of access logs.
const (
	PatternCombined = PatternCommon + ` "$http_referer" "$http_user_agent"`
	PatternCommon   = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`
)

// accessPattern is a compiled pattern: variables, and what is between them.
type accessPattern struct {
	before string // the first variable
	vars   []accessVar
}

type accessVar struct {
	column
	after string // up to the next variable, or the end
	style style

	splits bool // $request
}

var requestColumns = [...]column{newColumn("request_method"), newColumn("url"), newColumn("server_protocol")}

// compileAccess compiles a pattern. Two variables need something between them
// that tells where the first ends.
func compileAccess(pattern string) (*accessPattern, error) {
	if pattern == "" {
		pattern = PatternCombined
	}
	p := &accessPattern{}
	rest := pattern
	n := strings.IndexByte(rest, '$')
	if n < 0 {
		return nil, errors.New("access: the pattern has no variable: $remote_addr …")
	}
	p.before, rest = rest[:n], rest[n:]
	for rest != "" {
		name, after := accessName(rest[1:])
		if name == "" {
			return nil, errors.New("access: a $ without the name of a variable")
		}
		n := strings.IndexByte(after, '$')
		if n < 0 {
			n = len(after)
		}
		v := accessVar{after: after[:n], style: styleToken, splits: name == "request"}
		v.column = newColumn(strings.TrimPrefix(name, "http_"))
		if v.after == "" && n < len(after) {
			return nil, fmt.Errorf("access: nothing tells where $%s ends", name)
		}
		if quoted := strings.HasSuffix(pattern[:len(pattern)-len(rest)], `"`); quoted && strings.HasPrefix(v.after, `"`) {
			v.style = styleInQuotes
		}
		p.vars = append(p.vars, v)
		rest = after[n:]
		if len(p.vars) > maxColumns {
			return nil, fmt.Errorf("access: more than %d variables", maxColumns)
		}
	}
	return p, nil
}

// accessName returns the name of a variable, $name or ${name}, and the rest.
func accessName(s string) (name, rest string) {
	if strings.HasPrefix(s, "{") {
		if n := strings.IndexByte(s, '}'); n > 0 {
			return s[1:n], s[n+1:]
		}
		return "", s
	}
	n := 0
	for n < len(s) && (plainLetter(s[n]) || isDigit(s[n]) || s[n] == '_') {
		n++
	}
	return s[:n], s[n:]
}

// accessLine notes the variables of one line.
func (es *elements) accessLine(rec []byte, e *element) bool {
	es.open(e)
	p := es.access
	line := rec[:e.hi]
	at := int(e.lo)
	if !hasPrefixAt(line, at, p.before) {
		return false
	}
	at += len(p.before)
	for i := range p.vars {
		v := &p.vars[i]
		end := v.end(line, at)
		if end < 0 {
			return false
		}
		if !v.splits || !es.request(line, at, end, e) {
			es.variable(line, at, end, e, &v.column, v.style)
		}
		at = end + len(v.after)
	}
	es.close(e)
	return at == len(line)
}

func hasPrefixAt(line []byte, at int, s string) bool {
	return len(line)-at >= len(s) && string(line[at:at+len(s)]) == s
}

// end returns where the variable at line[at:] ends, or -1.
func (v *accessVar) end(line []byte, at int) int {
	if v.after == "" {
		return len(line)
	}
	if v.style == styleInQuotes {
		for ; at < len(line) && line[at] != '"'; at++ {
			if line[at] == '\\' {
				at++
			}
		}
		if at >= len(line) || !hasPrefixAt(line, at, v.after) {
			return -1
		}
		return at
	}
	if n := bytes.Index(line[at:], []byte(v.after)); n >= 0 {
		return at + n
	}
	return -1
}

// variable notes line[at:end] as a member; - and nothing are null.
func (es *elements) variable(line []byte, at, end int, e *element, c *column, st style) {
	es.note(e, span{start: uint32(at), end: uint32(end), at: uint32(at), atEnd: uint32(end), style: st})
	es.images = append(es.images, c.quoted...)
	switch v := line[at:end]; {
	case len(v) == 0 || string(v) == "-":
		es.null()
	case bytes.IndexByte(v, '\\') < 0:
		es.value(v)
	default:
		if text := es.hexUnescaped(v); utf8.Valid(text) {
			es.value(text)
		} else {
			es.value(v) // binary, such as TLS to a port without: it stays escaped
		}
	}
}

// request notes the three parts of a request line; false when it has not three.
func (es *elements) request(line []byte, at, end int, e *element) bool {
	v := line[at:end]
	first, last := bytes.IndexByte(v, ' '), bytes.LastIndexByte(v, ' ')
	if first <= 0 || last <= first+1 || bytes.IndexByte(v[first+1:last], ' ') >= 0 {
		return false
	}
	if p := v[last+1:]; !bytes.HasPrefix(p, []byte("HTTP/")) && string(p) != "-" { // -: a sanitized line is one as well
		return false
	}
	es.variable(line, at, at+first, e, &requestColumns[0], styleToken)
	es.variable(line, at+first+1, at+last, e, &requestColumns[1], styleToken)
	es.variable(line, at+last+1, end, e, &requestColumns[2], styleToken)
	return true
}

// hexUnescaped decodes \xHH, \" and \\, as nginx and Apache escape.
func (es *elements) hexUnescaped(v []byte) []byte {
	es.decoded = es.decoded[:0]
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c == '\\' && i+1 < len(v) {
			switch n := v[i+1]; {
			case n == 'x' && i+3 < len(v) && unhex(v[i+2]) < 16 && unhex(v[i+3]) < 16:
				c = unhex(v[i+2])<<4 | unhex(v[i+3])
				i += 3
			case n == '"' || n == '\\':
				c = n
				i++
			case n == 'n' || n == 't' || n == 'r':
				c = lineEscapes[n]
				i++
			}
		}
		es.decoded = append(es.decoded, c)
	}
	return es.decoded
}

// lineEscapes are what Apache escapes by a letter.
var lineEscapes = [256]byte{'n': '\n', 't': '\t', 'r': '\r'}
