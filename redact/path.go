package redact

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// This file reads paths: the subset of RFC 9535 (JSONPath) that names places
// without looking at values.
//
//	$                  the record itself
//	.name  ['name']    a member, by its decoded name, compared exactly
//	[*]    [0]         an element of an array, any or by its number
//	..name ..['name']  a member of that name at any depth below
//	..*                everything below, at any depth; last in a path
//
// Unlike RFC 9535, [*] selects elements of arrays only: member names are data,
// so a path that selects members without naming them would let names out.

type stepKind uint8

const (
	stepName     stepKind = iota // a member, by name
	stepDeepName                 // a member, by name, at any depth
	stepElem                     // any element of an array
	stepIndex                    // one element of an array
	stepDeepAll                  // every value below
	stepMember                   // any member of an object; no path of a policy has it, see membernames.go
)

type step struct {
	kind  stepKind
	name  string
	index uint32
}

type path []step

// maxPathSteps bounds a path: deeper than any record may nest there is
// nothing to select.
const maxPathSteps = 128

// A PathError says what is wrong with a path of a policy.
type PathError struct {
	Path    string
	At      int    // byte offset in Path
	Message string // without the path
	Hint    string // how to write it instead; may be empty
}

func (e *PathError) Error() string {
	s := fmt.Sprintf("path %q, offset %d: %s", e.Path, e.At, e.Message)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// ValidatePath reports whether a path is of the subset of RFC 9535 that
// policies may use: $, .name, ['name'], [*], [0], ..name and a final ..*.
// The error is a *PathError.
func ValidatePath(p string) error {
	_, err := parsePath(p)
	return err
}

// pathParser is the state of one parsePath.
type pathParser struct {
	src string
	at  int
}

func parsePath(src string) (path, error) {
	p := pathParser{src: src}
	if !utf8.ValidString(src) {
		return nil, p.fail("not valid UTF-8", "")
	}
	if !strings.HasPrefix(src, "$") {
		return nil, p.fail("a path starts with $", "write $."+src)
	}
	p.at = 1
	var out path
	for p.at < len(src) {
		if len(out) > 0 && out[len(out)-1].kind == stepDeepAll {
			return nil, p.fail("..* selects everything below and must be last", "end the path at ..*")
		}
		s, err := p.step()
		if err != nil {
			return nil, err
		}
		if out = append(out, s); len(out) > maxPathSteps {
			return nil, p.fail("too many steps", "")
		}
	}
	return out, nil
}

func (p *pathParser) fail(message, hint string) error {
	return &PathError{p.src, p.at, message, hint}
}

func (p *pathParser) rest() string { return p.src[p.at:] }

func (p *pathParser) step() (step, error) {
	switch rest := p.rest(); {
	case strings.HasPrefix(rest, "..*"):
		p.at += 3
		return step{kind: stepDeepAll}, nil
	case strings.HasPrefix(rest, "..["):
		p.at += 2
		if !strings.HasPrefix(p.rest(), "['") && !strings.HasPrefix(p.rest(), `["`) {
			return step{}, p.fail("only names may follow ..", "write ..name, ..['name'] or a final ..*")
		}
		s, err := p.bracket()
		s.kind = stepDeepName
		return s, err
	case strings.HasPrefix(rest, ".."):
		p.at += 2
		name, err := p.shorthand()
		return step{kind: stepDeepName, name: name}, err
	case strings.HasPrefix(rest, ".*"):
		return step{}, p.fail(".* would select members without naming them",
			"name the members, use [*] for the elements of an array, or ..* for a whole subtree")
	case strings.HasPrefix(rest, "."):
		p.at++
		name, err := p.shorthand()
		return step{kind: stepName, name: name}, err
	case strings.HasPrefix(rest, "["):
		return p.bracket()
	}
	return step{}, p.fail("expected . or [", "")
}

// shorthand reads a member-name-shorthand (RFC 9535, 2.5.1.1).
func (p *pathParser) shorthand() (string, error) {
	start := p.at
	for p.at < len(p.src) && isNameByte(p.src[p.at], p.at > start) {
		p.at++
	}
	if p.at == start {
		return "", p.fail("expected a name", "write ['odd.name'] for names with other characters than letters, digits and _")
	}
	if p.at < len(p.src) && p.src[p.at] != '.' && p.src[p.at] != '[' {
		return "", p.fail("a name with other characters than letters, digits and _",
			"write "+p.src[:start-1]+"['…']")
	}
	return p.src[start:p.at], nil
}

func isNameByte(c byte, digits bool) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= utf8.RuneSelf || digits && c >= '0' && c <= '9'
}

// bracket reads [*], [0], ['name'] or ["name"].
func (p *pathParser) bracket() (step, error) {
	rest := p.rest()
	if strings.HasPrefix(rest, "[*]") {
		p.at += 3
		return step{kind: stepElem}, nil
	}
	if len(rest) > 1 && (rest[1] == '\'' || rest[1] == '"') {
		p.at++
		name, err := p.quoted()
		if err != nil {
			return step{}, err
		}
		if !strings.HasPrefix(p.rest(), "]") {
			return step{}, p.fail("expected ]", "one name for each pair of brackets")
		}
		p.at++
		return step{kind: stepName, name: name}, nil
	}
	end := strings.IndexByte(rest, ']')
	if end < 0 {
		return step{}, p.fail("no ] for this [", "")
	}
	digits := rest[1:end]
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || digits != strconv.FormatUint(n, 10) {
		return step{}, p.fail("in brackets stand *, a number from 0, or a quoted name",
			"slices, filters, unions and numbers from the end are not supported")
	}
	p.at += end + 1
	return step{kind: stepIndex, index: uint32(n)}, nil
}

// quoted reads a quoted name with the escapes of RFC 9535, 2.3.1.1: those of
// JSON strings and \'.
func (p *pathParser) quoted() (string, error) {
	quote := p.src[p.at]
	p.at++
	var b strings.Builder
	for p.at < len(p.src) {
		c := p.src[p.at]
		switch {
		case c == quote:
			p.at++
			return b.String(), nil
		case c < ' ':
			return "", p.fail("a control character in a name", `write it as \u00XX`)
		case c != '\\':
			b.WriteByte(c)
			p.at++
		default:
			r, n := pathEscape(p.rest())
			if n == 0 {
				return "", p.fail("an escape that JSON does not have", `' and \ are written \' and \\`)
			}
			b.WriteRune(r)
			p.at += n
		}
	}
	return "", p.fail("no end of the quoted name", "")
}

// pathEscape decodes the escape at the start of s and returns its length, 0
// when it is none.
func pathEscape(s string) (rune, int) {
	if strings.HasPrefix(s, `\'`) {
		return '\'', 2
	}
	n := 2
	if strings.HasPrefix(s, `\u`) {
		n = 6
		if len(s) >= 12 && strings.HasPrefix(s[6:], `\u`) && strings.EqualFold(s[2:3], "d") {
			n = 12
		}
	}
	if len(s) < n {
		return 0, 0
	}
	// strconv knows no \/ and would take \x41, \101, \a and \v.
	if s[1] == '/' {
		return '/', 2
	}
	if !strings.ContainsRune(`"\bfnrtu`, rune(s[1])) {
		return 0, 0
	}
	return unquoteEscape(s[:n])
}

func unquoteEscape(s string) (rune, int) {
	if len(s) == 12 {
		hi, err1 := strconv.ParseUint(s[2:6], 16, 16)
		lo, err2 := strconv.ParseUint(s[8:], 16, 16)
		if err1 != nil || err2 != nil || hi&0xFC00 != 0xD800 || lo&0xFC00 != 0xDC00 {
			return 0, 0
		}
		return rune(0x10000 + (hi&0x3FF)<<10 + lo&0x3FF), 12
	}
	if s[1] != 'u' {
		r, _, _, err := strconv.UnquoteChar(s, '"')
		if err != nil {
			return 0, 0
		}
		return r, 2
	}
	v, err := strconv.ParseUint(s[2:], 16, 16)
	if err != nil || v&0xF800 == 0xD800 {
		return 0, 0
	}
	return rune(v), 6
}

// String returns the path in its normal form.
func (p path) String() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range p {
		switch s.kind {
		case stepElem:
			b.WriteString("[*]")
		case stepIndex:
			fmt.Fprintf(&b, "[%d]", s.index)
		case stepDeepAll:
			b.WriteString("..*")
		case stepMember:
			b.WriteString(".*")
		case stepDeepName:
			b.WriteString("..")
			appendPathName(&b, s.name, "")
		case stepName:
			appendPathName(&b, s.name, ".")
		}
	}
	return b.String()
}

func appendPathName(b *strings.Builder, name, dot string) {
	for i := 0; i < len(name); i++ {
		if !isNameByte(name[i], i > 0) {
			b.WriteString("['" + escapePathName(name) + "']")
			return
		}
	}
	if name == "" {
		b.WriteString("['']")
		return
	}
	b.WriteString(dot + name)
}

func escapePathName(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
