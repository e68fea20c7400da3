package detect

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// CustomPattern is a detector of the user's: an RE2 pattern (package regexp).
type CustomPattern struct {
	Name    string // in errors
	Pattern string
}

// Limits of a pattern. RE2 is linear in the text for any pattern, but the
// factor is the size of the program: (a{1,1000}){1,1000} is refused.
const (
	maxPattern = 1000 // bytes of source
	maxProgram = 2000 // instructions
)

type custom struct{ re *regexp.Regexp }

func compileCustom(patterns []CustomPattern) ([]custom, error) {
	if len(patterns) > MaxCustom {
		return nil, fmt.Errorf("more than %d custom patterns", MaxCustom)
	}
	var all []custom
	for _, p := range patterns {
		re, err := compilePattern(p.Pattern)
		if err != nil {
			return nil, fmt.Errorf("pattern %s: %w", p.Name, err)
		}
		all = append(all, custom{re})
	}
	return all, nil
}

func compilePattern(src string) (*regexp.Regexp, error) {
	if len(src) > maxPattern {
		return nil, fmt.Errorf("longer than %d bytes", maxPattern)
	}
	tree, err := syntax.Parse(src, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	if len(prog.Inst) > maxProgram {
		return nil, fmt.Errorf("compiles to more than %d instructions", maxProgram)
	}
	re, err := regexp.Compile(src)
	if err != nil {
		return nil, err
	}
	if re.MatchString("") {
		return nil, fmt.Errorf("matches the empty text")
	}
	return re, nil
}

// findCustom appends the matches of the user's patterns.
func (s *Scanner) findCustom(text []byte) {
	for i := range s.custom {
		re := s.custom[i].re
		if !re.Match(text) { // unlike FindIndex this never allocates
			continue
		}
		for _, m := range re.FindAllIndex(text, -1) {
			if m[0] < m[1] {
				s.add(m[0], m[1], DetectCustom+Detector(i))
			}
		}
	}
}
