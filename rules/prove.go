package rules

import (
	"slices"

	"redactor/redact"
)

// prove compiles the policy with test keys, which finds the ties between
// entries that only the engine can see, and then looks for fields that no test
// mentions. Parse does it so that validate, run and an editor say the same.
func (p *parser) prove(pol *Policy) {
	streams, problems := pol.Compile(TestKeys)
	p.problems = append(p.problems, problems...)
	if problems.HasErrors() {
		return
	}
	p.shadowed(pol, streams)
	p.untested(pol, streams)
}

// shadowed warns of rules that profiles have by name and that never take
// effect, because a stricter entry names the same thing: `trip: town` when the
// built-in coordinates, which the profile drops, name lat as well. The engine
// itself is asked, with a record that holds nothing but the field.
func (p *parser) shadowed(pol *Policy, streams []Stream) {
	told := map[*Rule]bool{}
	for i := range streams {
		prog := streams[i].Program
		m := machineFor(prog, redact.Format{})
		for j, to := range streams[i].To {
			pr := pol.profile(to.Profile)
			for k := range pol.Catalog {
				e := &pol.Catalog[k]
				r := pr.Fields[e.Name]
				if r == nil || r.From != "" || told[r] || !survives(decision{rule: r}) {
					continue
				}
				if by := stricterEntry(prog, m, e, k, j); by >= 0 {
					told[r] = true
					p.shadow(pr, e, &pol.Catalog[by], r)
				}
			}
		}
	}
}

func (p *parser) shadow(pr *Profile, e, by *Entry, r *Rule) {
	d := pr.decide(by)
	rep := p.report(idShadowed, r.Pos, "%s: %s has no effect in %s: %s names the same data, and there the stricter %s wins", e.Name, r, pr.Name, by.origin(), d)
	rep.hint("add %s: %s to %s's fields: if that is meant for all of it", by.Name, r, pr.Name)
	if by.Group == "" {
		p.also(rep, by.Pos, by.Name+" is here")
	}
}

// stricterEntry returns the entry that profile i follows at every place of e,
// when that is another one; -1 when e decides at one of its places.
func stricterEntry(prog *redact.Program, m *redact.Machine, e *Entry, index, i int) int {
	other := -1
	for _, record := range witnesses(e) {
		if m.Scan(record).Outcome != redact.Passed {
			return -1
		}
		for leaf := range m.Leaves {
			if !slices.Contains(leaf.Fields, index) {
				continue
			}
			_, field := prog.Outcome(leaf, i)
			if field == index || field < 0 {
				return -1
			}
			other = field
		}
	}
	return other
}

// untested warns of the policy's own L3 and L4 fields that no test mentions,
// and of built-in ones that a profile treats by name: what nobody tried, nobody
// knows.
func (p *parser) untested(pol *Policy, streams []Stream) {
	seen := make([]bool, len(pol.Catalog))
	for i := range pol.Tests {
		t := &pol.Tests[i]
		for e := range mentions(pol, &streams[t.route], t) {
			seen[e] = true
		}
	}
	var missed []*Entry
	places := map[*Entry]Pos{}
	for i := range pol.Catalog {
		e := &pol.Catalog[i]
		if e.Level < 3 || seen[i] {
			continue
		}
		places[e] = e.Pos
		if e.Group != "" {
			r := pol.ruleByName(e.Name)
			if r == nil {
				continue
			}
			places[e] = r.Pos
		}
		missed = append(missed, e)
	}
	if len(missed) > maxUntested {
		p.report(idUntested, places[missed[0]], "no test mentions %d L3 and L4 fields: %s", len(missed), list(entryNames(missed), 4)).
			hint("redactor test --coverage lists them")
		return
	}
	for _, e := range missed {
		p.report(idUntested, places[e], "no test mentions %s, which is L%d", e.Name, e.Level).
			hint("add a record that has it to tests:")
	}
}

// maxUntested is how many untested fields are named one by one: a policy with
// more has no tests to speak of.
const maxUntested = 8

// ruleByName returns the first rule that some profile has for a field by name
// and that lets something of it out, or nil.
func (p *Policy) ruleByName(field string) *Rule {
	for i := range p.Profiles {
		if r := p.Profiles[i].Fields[field]; r != nil && survives(decision{rule: r}) {
			return r
		}
	}
	return nil
}
