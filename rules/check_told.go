package rules

import (
	"strings"

	"redactor/detect"
)

// checkShifts warns of a time beside a shifted one: both are of one moment, or
// nearly, and their difference is the shift of the person.
func (p *parser) checkShifts(pol *Policy, pr *Profile) {
	shifted, by := pol.shifted(pr)
	if shifted == nil {
		return
	}
	told := pol.firstWith(pr, func(e *Entry, d decision) bool {
		if e.Class != detect.Time {
			return false
		}
		for _, part := range parts(d.action()) {
			switch a := part.(type) {
			case shiftAction:
				if a != by { // another length, or another person: the difference is of two shifts
					return true
				}
			case timeAction:
				if a.unit < by.unit() {
					return true
				}
			default:
				if leaves(part) {
					return true
				}
			}
		}
		return false
	})
	if told == nil {
		return
	}
	d := pr.decide(told)
	p.also(p.report(idShiftTold, d.rule.Pos, "%s shifts %s and gets %s as %s: where both are of one moment, their difference is the shift", pr.Name, shifted.Name, told.Name, d).
		hint("%s: {%s}, drop, or {time: %s}", told.Name, by.spelled(), unitNames[by.unit()]), pr.decide(shifted).rule.Pos, shifted.Name+" is shifted here")
}

// shifted returns the first field that a profile shifts.
func (p *Policy) shifted(pr *Profile) (*Entry, shiftAction) {
	var by shiftAction
	e := p.firstWith(pr, func(_ *Entry, d decision) bool {
		a, ok := alone(d.action()).(shiftAction)
		if ok {
			by = a
		}
		return ok
	})
	return e, by
}

// wholeRecord are the paths that lead to all of a record.
func wholeRecord(path string) bool {
	switch path {
	case "$..*", "$[*]..*":
		return true
	}
	return false
}

// checkEverything warns of an external profile that lets through what an entry
// for the whole record has taken up: the policy then has no unknown values.
func (p *parser) checkEverything(pol *Policy, pr *Profile) {
	if pr.Internal {
		return
	}
	for i := range pol.Catalog {
		e := &pol.Catalog[i]
		d := pr.decide(e)
		if d.rule == nil || !survives(d) {
			continue
		}
		for _, path := range e.Paths {
			if wholeRecord(strings.TrimSpace(path)) {
				p.also(p.report(idEverything, d.rule.Pos, "%s is external and gets %s, %s, as %s: that is everything in a record that no other entry names, and nothing is unknown any more", pr.Name, e.Name, path, d).
					hint("%s: drop, or name what %s may have", e.Name, pr.Name), e.Pos, e.Name+" is here")
				return
			}
		}
	}
}
