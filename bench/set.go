// Package bench holds the work that the engine is measured with, and the way of
// measuring.
//
// It stands on two words. A Set is records, the same on every machine. A Job is
// one way to take a Set through some code. Jobs are measured in turns, so that
// what else the machine does meets all of them, and beside a copy of the same
// bytes: ratios of one run can be compared with those of another, figures in
// nanoseconds cannot.
//
// What others need for the same work is measured in the module bench/peers, so
// that the product depends on none of them. Raw results are in bench/results.
package bench

import (
	"bytes"
	"strings"

	"redactor/internal/synth"
)

// setSize is how many records the built-in sets have: enough that a branch
// predictor cannot learn them by heart, few enough that they stay in the
// second level cache.
const setSize = 1024

// A Set is records that lie back to back in one buffer, as they do in a batch
// that was decompressed.
type Set struct {
	Name    string
	Records [][]byte
	Bytes   int // of all records
}

// NewSet returns a Set of copies of the records.
func NewSet(name string, records [][]byte) *Set {
	all := bytes.Join(records, nil)
	s := &Set{Name: name, Bytes: len(all)}
	for _, r := range records {
		s.Records = append(s.Records, all[:len(r):len(r)])
		all = all[len(r):]
	}
	return s
}

// Flat returns device logs: one object of 20 members, about 425 bytes.
func Flat() *Set { return made("flat", 1, synth.Flat, nil) }

// Nested returns usage events as an SDK's serializer writes them, without white
// space: about 1.4 kB of objects, arrays, escapes, Chinese text, a URL and some
// crash messages.
func Nested() *Set { return made("nested", 2, synth.Nested, plainlySpelled) }

// Mixed returns flat, nested and rarer records in every spelling: one in ten
// has white space after colons and commas, or a line for each member, or
// escapes in names.
func Mixed() *Set { return made("mixed", 3, synth.Mixed, nil) }

// Spelled returns the usage events that Nested leaves out: with white space,
// or with escapes where no writer needs them, in names too.
func Spelled() *Set {
	return made("spelled", 4, synth.Nested, func(r []byte) bool { return !plainlySpelled(r) })
}

// made returns the first records of a seed that are wanted; nil wants all.
func made(name string, seed uint64, kind synth.Kind, want func([]byte) bool) *Set {
	g := synth.New(seed)
	var records [][]byte
	for len(records) < setSize {
		if r := g.Append(nil, kind); want == nil || want(r) {
			records = append(records, r)
		}
	}
	return NewSet(name, records)
}

// plainlySpelled tells records without needless white space and escapes.
func plainlySpelled(record []byte) bool {
	s := string(record)
	return !strings.Contains(s, `": `) && !strings.Contains(s, `\u`)
}

// Spaced returns the Set with a blank after every colon and comma.
func (s *Set) Spaced() *Set {
	var records [][]byte
	for _, r := range s.Records {
		records = append(records, spaced(r))
	}
	return NewSet(s.Name+"-spaced", records)
}

func spaced(record []byte) []byte {
	var out []byte
	inString, escaped := false, false
	for _, c := range record {
		out = append(out, c)
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case !inString && (c == ':' || c == ','):
			out = append(out, ' ')
		}
	}
	return out
}
