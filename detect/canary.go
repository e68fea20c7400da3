package detect

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Canaries looks for planted values: those of devices and persons that do not
// exist, put into the source so that they can be looked for in the output. They
// must come out in no encoding: as they are, in other letters, with JSON or
// percent escapes (twice), in HTML entities, in hex, in base64 at each of its three offsets,
// backwards. It is the scratch of one worker: Clone it for another.
//
// A form is one of these spellings in lower case. Every form is at least stride+3
// bytes long, so of the four bytes at every stride'th place of a text one group
// lies within any form that occurs: only these groups are looked up, in a table
// of all groups that begin in the first stride bytes of a form. Comparing in
// lower case finds base64 too, in which case matters: a longer run of letters
// that differs in case alone is no accident.
type Canaries struct {
	set     *canarySet
	scratch [5][]byte
}

type canarySet struct {
	stride int
	forms  []form
	seen   [1 << (gramBits - 6)]uint64 // whether any group has a hash
	first  [1<<gramBits + 1]uint32     // by hash, in grams
	grams  []gram
}

// A form is one spelling of a canary.
type form struct {
	text   string
	how    string
	canary int
}

// A gram is four bytes of a form, the first of them at a place.
type gram struct{ form, at uint32 }

const (
	gramBits = 16

	// minCanary is the shortest value in bytes: shorter ones are found by chance.
	minCanary = 6

	maxCanaries = 100_000
)

// ReadCanaries reads values, one a line; empty lines and lines that begin with
// # are none. Errors give the number of the line and never hold a value.
func ReadCanaries(r io.Reader) (*Canaries, error) {
	var values []string
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		v := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		switch {
		case v == "" || v[0] == '#':
			continue
		case !utf8.ValidString(v):
			return nil, fmt.Errorf("line %d is not UTF-8", n)
		case len(v) < minCanary:
			return nil, fmt.Errorf("line %d: a canary of fewer than %d bytes would be found by chance", n, minCanary)
		case len(values) == maxCanaries:
			return nil, fmt.Errorf("more than %d canaries", maxCanaries)
		}
		values = append(values, v)
	}
	if lines.Err() != nil {
		return nil, fmt.Errorf("line %d cannot be read", n+1)
	}
	return NewCanaries(values)
}

// NewCanaries returns a Canaries of the values.
func NewCanaries(values []string) (*Canaries, error) {
	if len(values) == 0 {
		return nil, errors.New("there are no canaries")
	}
	s := new(canarySet)
	shortest := 1 << 30
	for i, v := range values {
		if len(v) < minCanary {
			return nil, fmt.Errorf("canary %d: fewer than %d bytes would be found by chance", i+1, minCanary)
		}
		for _, f := range formsOf(v) {
			f.canary = i
			s.forms = append(s.forms, f)
			shortest = min(shortest, len(f.text))
		}
	}
	s.stride = shortest - 3
	s.index()
	return &Canaries{set: s}, nil
}

// formsOf returns the spellings of a value that no decoding undoes.
func formsOf(v string) []form {
	var forms []form
	add := func(text []byte, how string) {
		for i, c := range text {
			text[i] = toLower(c)
		}
		if !slices.ContainsFunc(forms, func(f form) bool { return f.text == string(text) }) {
			forms = append(forms, form{text: string(text), how: how})
		}
	}
	cases := []string{v, strings.ToLower(v), strings.ToUpper(v)}
	for _, c := range cases {
		add([]byte(c), "as it is")
	}
	for _, c := range cases {
		add([]byte(hex.EncodeToString([]byte(c))), "in hex")
		add([]byte(reversed(c)), "backwards")
		for _, b := range base64Forms(c) {
			add(b, "in base64")
		}
	}
	return forms
}

// index makes the table of groups, by counting sort.
func (s *canarySet) index() {
	each := func(do func(h uint32, g gram)) {
		for f := range s.forms {
			for at := range s.stride {
				t := s.forms[f].text
				do(gramHash(t[at], t[at+1], t[at+2], t[at+3]), gram{uint32(f), uint32(at)})
			}
		}
	}
	each(func(h uint32, _ gram) {
		s.first[h+1]++
		s.seen[h>>6] |= 1 << (h & 63)
	})
	for h := range len(s.first) - 1 {
		s.first[h+1] += s.first[h]
	}
	s.grams = make([]gram, s.first[len(s.first)-1])
	next := s.first
	each(func(h uint32, g gram) {
		s.grams[next[h]] = g
		next[h]++
	})
}

// gramHash hashes four bytes whatever the case of their letters.
func gramHash(a, b, c, d byte) uint32 {
	x := uint32(a) | uint32(b)<<8 | uint32(c)<<16 | uint32(d)<<24 | 0x20202020
	return x * 0x9E3779B1 >> (32 - gramBits)
}

// Clone returns a Canaries of the same values for another worker; of nil it is nil.
func (c *Canaries) Clone() *Canaries {
	if c == nil {
		return nil
	}
	return &Canaries{set: c.set}
}

// Len returns how many values there are.
func (c *Canaries) Len() int { return c.set.forms[len(c.set.forms)-1].canary + 1 }

// In reports whether a canary stands in the text, in any encoding. It does not
// allocate once its scratch has grown.
func (c *Canaries) In(text []byte) bool { _, _, found := c.Find(text); return found }

// Find returns the number of the first canary that it finds in the text, from
// 0, and how it stands there: "in hex".
func (c *Canaries) Find(text []byte) (canary int, how string, found bool) {
	if f := c.set.find(text); f != nil {
		return f.canary, f.how, true
	}
	for layer := range 2 {
		if bytes.IndexByte(text, '\\') < 0 {
			break
		}
		to := &c.scratch[layer]
		*to = appendUnescapedJSON((*to)[:0], text)
		text = *to
		if f := c.set.find(text); f != nil {
			return f.canary, f.how + ", in JSON escapes", true
		}
	}
	if bytes.IndexByte(text, '&') >= 0 {
		to := &c.scratch[4]
		*to = appendUnescapedHTML((*to)[:0], text)
		text = *to
		if f := c.set.find(text); f != nil {
			return f.canary, f.how + ", in HTML entities", true
		}
	}
	for layer := range 2 {
		if bytes.IndexByte(text, '%') < 0 && bytes.IndexByte(text, '+') < 0 {
			break
		}
		to := &c.scratch[2+layer]
		*to = appendUnescapedPercent((*to)[:0], text)
		text = *to
		if f := c.set.find(text); f != nil {
			return f.canary, f.how + ", percent-encoded", true
		}
	}
	return 0, "", false
}

// find returns the form that stands in the text, or nil.
func (s *canarySet) find(t []byte) *form {
	for i := s.stride - 1; i+4 <= len(t); i += s.stride {
		h := gramHash(t[i], t[i+1], t[i+2], t[i+3])
		if s.seen[h>>6]>>(h&63)&1 == 0 {
			continue
		}
		for _, g := range s.grams[s.first[h]:s.first[h+1]] {
			if f := &s.forms[g.form]; f.at(t, i-int(g.at)) {
				return f
			}
		}
	}
	return nil
}

// at reports whether the form stands in t at i.
func (f *form) at(t []byte, i int) bool {
	if i < 0 || i+len(f.text) > len(t) {
		return false
	}
	for k := range len(f.text) {
		if toLower(t[i+k]) != f.text[k] {
			return false
		}
	}
	return true
}
