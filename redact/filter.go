package redact

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"redactor/internal/jsonscan"
)

// A condition is a compiled Condition, without its path.
type condition struct {
	in             []string // sorted
	below, atLeast *float64
	time           bool // no condition: the values at Spec.EventTime
	names          bool // no condition: members whose names are values of a field
	field          uint32
}

// compileFilters appends the paths of profile i's conditions to paths.
func (p *Program) compileFilters(i int, paths *[]ownedPath) error {
	pr := &p.spec.Profiles[i]
	var out profile
	add := func(list *[]uint32, conditions []Condition) error {
		for _, c := range conditions {
			steps, err := parsePath(c.Path)
			if err != nil {
				return err
			}
			if len(c.In) == 0 && c.Below == nil && c.AtLeast == nil {
				return errors.New("a condition that compares with nothing")
			}
			n := uint32(len(p.filters))
			p.filters = append(p.filters, condition{in: slices.Sorted(slices.Values(c.In)), below: c.Below, atLeast: c.AtLeast})
			*paths = append(*paths, ownedPath{steps, n, true})
			*list = append(*list, n)
		}
		return nil
	}
	if err := errors.Join(add(&out.only, pr.Only), add(&out.except, pr.Except)); err != nil {
		return fmt.Errorf("profile %q: %w", pr.Name, err)
	}
	p.profiles = append(p.profiles, out)
	return nil
}

// findings is what the values at one condition's path came to.
type findings uint8

const (
	someMatch findings = 1 << iota
	someDiffer
	someUnfit // a numeric condition met a value that is no number
)

// findingsHit is a value at the path of some conditions.
type findingsHit struct {
	node int32
	ends endsID
}

// judgeFilters works out the findings of the scanned record.
func (m *Machine) judgeFilters() {
	clear(m.findings)
	for _, h := range m.hits {
		text, k := m.scalar(int(h.node))
		for _, n := range m.prog.paths.ends[h.ends].conditions {
			switch f := &m.prog.filters[n]; {
			case f.time:
				m.noteTime(text, k)
			case f.names:
				m.noteName(h.node, f.field)
			default:
				m.findings[n] |= f.judge(text, k)
			}
		}
	}
}

// scalar returns the decoded text of a node and its kind; an object or array
// that is not empty has the kind kindOpen.
func (m *Machine) scalar(n int) ([]byte, nodeKind) {
	nd := &m.tape[n]
	switch k := nd.kind(); k {
	case kindOpen:
		return nil, k
	default:
		return m.text(nd), k
	}
}

func (c *condition) judge(text []byte, k nodeKind) findings {
	out := someMatch
	if c.below != nil || c.atLeast != nil {
		v, ok := numberOf(text, k)
		if !ok {
			return someUnfit
		}
		if c.below != nil && v >= *c.below || c.atLeast != nil && v < *c.atLeast {
			out = someDiffer
		}
	}
	if len(c.in) > 0 && (k >= kindEmpty || !contains(c.in, text)) {
		out = someDiffer
	}
	return out
}

func contains(in []string, text []byte) bool {
	for _, s := range in {
		if s == string(text) {
			return true
		}
	}
	return false
}

// numberOf returns the value of a number or of a string that is a JSON number.
func numberOf(text []byte, k nodeKind) (float64, bool) {
	if k != kindNumber && (k != kindString || jsonscan.Number(text, 0) != len(text)) {
		return 0, false
	}
	v, _ := strconv.ParseFloat(string(text), 64) // out of range: ±Inf, which compares as it should
	return v, true
}

// filter says whether profile i wants the scanned record. A condition that
// certainly withholds it goes before one that cannot be judged.
func (m *Machine) filter(pr *profile) Verdict {
	unfit := false
	for _, n := range pr.except {
		f := m.findings[n]
		if f&someMatch != 0 {
			return Verdict{Outcome: Filtered}
		}
		unfit = unfit || f&someUnfit != 0
	}
	for _, n := range pr.only {
		f := m.findings[n]
		if f == 0 || f&someDiffer != 0 {
			return Verdict{Outcome: Filtered}
		}
		unfit = unfit || f&someUnfit != 0
	}
	if unfit {
		return Verdict{Quarantined, ReasonFilter}
	}
	return Verdict{}
}
