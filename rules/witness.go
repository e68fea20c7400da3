package rules

import (
	"strings"

	"redactor/detect"
)

// witnesses returns, for each place where an entry's field may stand, the
// smallest record that has it there.
func witnesses(e *Entry) [][]byte {
	var out [][]byte
	for _, k := range e.Keys {
		out = append(out, keyWitness(k))
	}
	for _, path := range e.Paths {
		out = append(out, witness(pathSteps(path)))
	}
	return out
}

// keyWitness returns the smallest record with a member that a key matches.
func keyWitness(key string) []byte {
	name := appendString(nil, strings.ReplaceAll(key, "*", ""))
	return append(append([]byte{'{'}, name...), ":1}"...)
}

func witness(steps []pathStep) []byte {
	if len(steps) == 0 {
		return []byte("1")
	}
	inside := witness(steps[1:])
	s := steps[0]
	if s.member {
		out := append(appendString([]byte{'{'}, s.name), ':')
		return append(append(out, inside...), '}')
	}
	out := []byte{'['}
	for range min(s.index, 16) {
		out = append(out, "null,"...)
	}
	return append(append(out, inside...), ']')
}

// pathStep is one step of a path, as far as a witness needs it.
type pathStep struct {
	member bool // a member by name; else an element
	name   string
	index  int
}

// pathSteps reads a path that the engine's parser has accepted. A step to any
// depth is taken as one to the next level; ..* as a member.
func pathSteps(path string) []pathStep {
	var out []pathStep
	rest := strings.TrimPrefix(path, "$")
	for rest != "" {
		switch {
		case rest[0] == '.':
			rest = strings.TrimLeft(rest, ".")
			if strings.HasPrefix(rest, "[") {
				continue
			}
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			out = append(out, pathStep{member: true, name: rest[:end]})
			rest = rest[end:]
		case strings.HasPrefix(rest, "['"), strings.HasPrefix(rest, `["`):
			name, length := quotedName(rest[1:])
			out = append(out, pathStep{member: true, name: name})
			rest = rest[1+length+1:]
		default:
			end := strings.IndexByte(rest, ']')
			index := 0
			for _, c := range rest[1:end] {
				if c != '*' && index < 1<<20 {
					index = 10*index + int(c-'0')
				}
			}
			out = append(out, pathStep{index: index})
			rest = rest[end+1:]
		}
	}
	return out
}

// quotedName reads the quoted name that s begins with and returns its text and
// its length with the quotes.
func quotedName(s string) (name string, length int) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return string(detect.UnescapeJSON([]byte(strings.ReplaceAll(s[1:i], `\'`, "'")))), i + 1
		}
	}
	return "", len(s)
}
