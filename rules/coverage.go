package rules

import (
	"slices"

	"redactor/redact"
)

// Coverage says which parts of the policy some test touches: what nobody tried,
// nobody knows.
type Coverage struct {
	Fields     []Touched `json:"fields"` // the policy's own, and built-in ones that a profile names or a test has
	Profiles   []Touched `json:"profiles"`
	Transforms []Touched `json:"transforms"` // of transforms:
}

// Touched is one part and whether a test touches it.
type Touched struct {
	Name    string `json:"name"`
	Place   Place  `json:"place"`
	Touched bool   `json:"touched"`
}

// Missing returns what no test touches, as words with their kind: "field age".
func (c *Coverage) Missing() []Touched {
	var out []Touched
	for _, part := range []struct {
		kind  string
		items []Touched
	}{{"field ", c.Fields}, {"profile ", c.Profiles}, {"transform ", c.Transforms}} {
		for _, t := range part.items {
			if !t.Touched {
				t.Name = part.kind + t.Name
				out = append(out, t)
			}
		}
	}
	return out
}

// Share returns how many parts there are, and how many of them are touched.
func (c *Coverage) Share() (touched, all int) {
	all = len(c.Fields) + len(c.Profiles) + len(c.Transforms)
	return all - len(c.Missing()), all
}

func newCoverage(p *Policy) Coverage {
	rep := p.reporter()
	var c Coverage
	for i := range p.Catalog {
		e := &p.Catalog[i]
		if e.Group == "" {
			c.Fields = append(c.Fields, Touched{e.Name, rep.place(e.Pos), false})
		} else if r := p.ruleByName(e.Name); r != nil {
			c.Fields = append(c.Fields, Touched{e.Name, rep.place(r.Pos), false})
		}
	}
	for i := range p.Profiles {
		c.Profiles = append(c.Profiles, Touched{p.Profiles[i].Name, rep.place(p.Profiles[i].Pos), false})
	}
	for _, v := range p.variants {
		c.Transforms = append(c.Transforms, Touched{v.name.Text, rep.place(v.name.Pos), false})
	}
	return c
}

func touch(items []Touched, name string) {
	if i := slices.IndexFunc(items, func(t Touched) bool { return t.Name == name }); i >= 0 {
		items[i].Touched = true
	}
}

// add notes what one test touches: the profiles it asserts about, the fields
// of its record, and the transforms that decided them for those profiles.
func (c *Coverage) add(p *Policy, s *Stream, t *Test) {
	asserted := make([]bool, len(s.To))
	for i, to := range s.To {
		asserted[i] = slices.ContainsFunc(t.Expect, func(e expectation) bool { return e.profile.Text == to.Profile })
		if asserted[i] {
			touch(c.Profiles, to.Profile)
		}
	}
	hit := func(field int) {
		e := &p.Catalog[field]
		touch(c.Fields, e.Name)
		for i, to := range s.To {
			if d := p.profile(to.Profile).decide(e); asserted[i] && d.rule != nil {
				touch(c.Transforms, d.rule.variant)
				for _, also := range d.rule.also {
					touch(c.Transforms, also)
				}
			}
		}
	}
	for i := range mentions(p, s, t) {
		hit(i)
	}
}

// mentions yields the entries of the catalog that a test's record has: in the
// value, the key or the headers.
func mentions(p *Policy, s *Stream, t *Test) func(yield func(entry int) bool) {
	return func(yield func(int) bool) {
		for i := range p.Catalog {
			e := &p.Catalog[i]
			if (t.Key != nil && e.RecordKey || hasHeader(e, t.Headers)) && !yield(i) {
				return
			}
		}
		m := machineFor(s.Program, redact.Format{})
		for _, record := range images(t.Format, t.Value) {
			if m.Scan(record).Outcome != redact.Passed {
				continue
			}
			for _, f := range m.NameFields() {
				if !yield(f) {
					return
				}
			}
			for leaf := range m.Leaves {
				for _, f := range leaf.Fields {
					if !yield(f) {
						return
					}
				}
			}
		}
	}
}

func hasHeader(e *Entry, hs []Header) bool {
	for _, want := range e.Headers {
		for _, h := range hs {
			if globMatch(foldName(want), foldName(h.Name)) {
				return true
			}
		}
	}
	return false
}
