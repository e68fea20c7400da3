package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A Spelling is the records of a Set in another way of writing JSON.
type Spelling struct {
	Name string
	Set  *Set
}

// long is what a record has to have to be read in more than one piece.
const long = 4<<10 + 1

// Spellings returns a set as it is, which comes first, and as other writers
// would have it: none may cost a byte more than twice as much.
func (s *Set) Spellings() []Spelling {
	each := func(f func(record []byte) []byte) *Set {
		var records [][]byte
		for _, r := range s.Records {
			records = append(records, f(r))
		}
		return NewSet(s.Name, records)
	}
	return []Spelling{
		{"as it is", s},
		{"a blank after : and ,", s.Spaced()},
		{"a line for each member", each(indented)},
		{"exponents", each(func(r []byte) []byte { return respelled(r, exponent, nil) })},
		{"escaped names", each(func(r []byte) []byte { return respelled(r, nil, escapedName) })},
		{"all of that", each(func(r []byte) []byte { return indented(respelled(r, exponent, escapedName)) })},
		{"over 4 KiB", s.joined(long)},
		{"over 64 KiB", s.joined(16 * long)},
	}
}

func indented(record []byte) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, record, "", "  "); err != nil {
		panic(err) // the sets are JSON
	}
	return b.Bytes()
}

// respelled returns a record with its numbers or its member names spelled
// otherwise; nil leaves them.
func respelled(record []byte, number, name func(token []byte) []byte) (out []byte) {
	for i := 0; i < len(record); {
		j := i + 1
		switch c := record[i]; {
		case c == '"':
			for ; record[j] != '"'; j++ {
				if record[j] == '\\' {
					j++
				}
			}
			j++
			if name != nil && j < len(record) && record[j] == ':' {
				out = append(out, name(record[i:j])...)
				i = j
				continue
			}
		case c == '-' || c >= '0' && c <= '9':
			for j < len(record) && bytes.IndexByte([]byte("+-.eE0123456789"), record[j]) >= 0 {
				j++
			}
			if number != nil {
				out = append(out, number(record[i:j])...)
				i = j
				continue
			}
		}
		out = append(out, record[i:j]...)
		i = j
	}
	return out
}

// exponent says the same number.
func exponent(number []byte) []byte {
	if bytes.ContainsAny(number, "eE") {
		return number
	}
	return append(bytes.Clone(number), "E+00"...)
}

// escapedName says the same name, its first letter as an escape.
func escapedName(name []byte) []byte {
	if len(name) < 3 || name[1] == '\\' || name[1] >= 0x80 {
		return name
	}
	return fmt.Appendf(nil, `"\u%04x%s`, name[1], name[2:])
}

// joined returns records of at least n bytes, with those of the set in an array.
func (s *Set) joined(n int) *Set {
	var records [][]byte
	for k := 0; k < len(s.Records); {
		b := []byte(`{"events":[`)
		for first := true; len(b) < n; first = false {
			if !first {
				b = append(b, ',')
			}
			b = append(b, s.Records[k%len(s.Records)]...)
			k++
		}
		records = append(records, append(b, "]}"...))
	}
	return NewSet(s.Name, records)
}

// SpellingJobs returns the work of the spellings of a set: 11 names at any depth
// replaced.
func SpellingJobs(s *Set, path Path) (jobs []Job) {
	for _, sp := range s.Spellings() {
		jobs = append(jobs, Engine(sp.Name, sp.Set, path.New(AnyDepth())))
	}
	return jobs
}
