package rules

import (
	"redactor/detect"
	"redactor/redact"
)

// checkOutcomes refuses what a profile may not do with a field: show a secret,
// use a transform that can never take it, or keep, in an external profile, what
// identifies.
func (p *parser) checkOutcomes(pol *Policy, pr *Profile) {
	var kept [5]struct{ identify, l4 []*Entry } // by level, through levels:
	for i := range pol.Catalog {
		e := &pol.Catalog[i]
		d := pr.decide(e)
		if d.rule == nil {
			continue
		}
		did := alone(d.action())
		k := did.kind()
		if a, ok := did.(personal); ok {
			p.checkPer(pol, d, a)
		}
		if a, ok := d.action().(addingAction); ok && e.Class != detect.Secret {
			p.checkAdded(pol, pr, e, d, a)
		}
		switch {
		case e.Class == detect.Secret && (k != &dropKind && k != &replaceKind || did != d.action()):
			p.report(idSecret, d.rule.Pos, "%s is a secret; %s may not get it as %s", e.Name, pr.Name, d).
				hint("drop it or replace it: {replace: \"[secret]\"}")
			continue
		case d.how == byField && !k.wants(e.Class):
			p.report(idTransformClass, d.rule.Pos, "%s cannot be used on %s, which is: %s", d, e.Name, e.Class).
				hint("%s takes %s%s", k.name, takesWhat(k), orAlphabet(k, e.Class))
			continue
		case !pr.Internal && k.insideOnly != "":
			p.report(idInsideOnly, d.rule.Pos, "%s is external and may not get %s as %s: %s", pr.Name, e.Name, d, k.insideOnly).
				hint("%s", insteadOfKeep(e.Class))
		case needsCRS(did) && e.CRS == "":
			p.crsNeeded(e, d)
			continue
		case pr.Internal || k != &keepKind:
			continue
		case d.how == byLevel && e.Class.Identifies():
			kept[e.Level].identify = append(kept[e.Level].identify, e)
		case d.how == byLevel && e.Level == 4:
			kept[e.Level].l4 = append(kept[e.Level].l4, e)
		case d.rule.Why != "" && !pol.inheritedFromInside(d.rule):
		case e.Class.Identifies():
			p.report(idKeepIdentifies, d.rule.Pos, "%s is external and would get %s as it is, which identifies (is: %s)", pr.Name, e.Name, e.Class).
				hint("%s; or say why: {keep: {why: \"…\"}}", insteadOfKeep(e.Class))
		case e.Level == 4:
			p.report(idKeepL4, d.rule.Pos, "%s is external and would get %s as it is, which is L4", pr.Name, e.Name).
				hint("drop it, transform it, or say why: {keep: {why: \"…\"}}")
		}
	}
	for level, k := range kept {
		if r := pr.Levels[level]; r != nil {
			p.keptByLevel(pr, r, level, k.identify, k.l4)
		}
	}
}

// inheritedFromInside reports that a rule, and so its reason, was written for a
// recipient inside: it does not speak for one outside that extends it.
func (p *Policy) inheritedFromInside(r *Rule) bool {
	from := p.profile(r.From)
	return from != nil && from.Internal
}

// keptByLevel reports, once for each level, what levels: would let out.
func (p *parser) keptByLevel(pr *Profile, r *Rule, level int, identify, l4 []*Entry) {
	if len(identify) > 0 {
		p.report(idKeepIdentifies, r.Pos, "%s is external and L%d: keep would send it what identifies: %s", pr.Name, level, list(entryNames(identify), 4)).
			hint("name the fields that it may have in fields:, and remove L%d: keep; or decide these by name: %s: drop", level, identify[0].Name)
	}
	if len(l4) > 0 {
		p.report(idKeepL4, r.Pos, "%s is external and L4: keep would send it %s as they are", pr.Name, list(entryNames(l4), 4)).
			hint("remove L4: keep; single fields can be kept in fields: with why:")
	}
}

// insteadOfKeep is the milder thing to do with a class.
func insteadOfKeep(c detect.Class) string {
	switch c {
	case detect.IP:
		return "cut it to its network, {ip: {v4: 24, v6: 48}}"
	case detect.Location:
		return "round it, {round: 1}"
	case detect.Address, detect.Name:
		return "drop it"
	case detect.Time, detect.Date:
		return "cut it, {time: day}"
	}
	return "make it a pseudonym"
}

func takesWhat(k *kind) string {
	var names []string
	for _, name := range classNames() {
		if c, _ := detect.ParseClass(name); k.wants(c) {
			names = append(names, name)
		}
	}
	return list(names, 8)
}

// orAlphabet is the other way of fpe, where a class has no recipe and takes that.
func orAlphabet(k *kind, c detect.Class) string {
	if k != &fpeKind || !fpeTextKind.wants(c) {
		return ""
	}
	return "; of " + c.String() + " say what it is made of: {fpe: {alphabet: digits}}"
}

// checkRecordTime refuses a payload whose time is coarser than the record's
// own timestamp: the broker would tell what the payload hides.
func (p *parser) checkRecordTime(pol *Policy, pr *Profile) {
	unit, e := pol.coarsestTime(pr)
	if e == nil {
		return
	}
	r := pr.decide(e).rule
	switch {
	case pr.Record.TimeSet && pr.Record.Time < unit:
		p.also(p.report(idRecordTime, pr.Record.timeAt, "%s cuts %s to the %s and leaves the record's timestamp at %s, which tells what was cut", pr.Name, e.Name, unitNames[unit], unitNames[pr.Record.Time]).
			hint("record: {time: %s}", unitNames[unit]), r.Pos, e.Name+" is cut here")
	case !pr.Record.TimeSet && pr.Internal:
		p.report(idRecordTime, r.Pos, "%s cuts %s to the %s and keeps the record's timestamp, which tells what was cut", pr.Name, e.Name, unitNames[unit]).
			hint("add record: {time: %s} to %s", unitNames[unit], pr.Name)
	}
}

// coarsestTime returns the coarsest unit that a profile cuts a point in time
// to, and the field. Dates of a person, such as a birthday, are cut for
// another reason and say nothing about when the record was made.
func (p *Policy) coarsestTime(pr *Profile) (unit redact.TimeUnit, of *Entry) {
	for i := range p.Catalog {
		e := &p.Catalog[i]
		for _, part := range parts(pr.decide(e).action()) {
			u := redact.TimeKeep
			switch a := part.(type) {
			case timeAction:
				if e.Class != detect.Date && timeKind.wants(e.Class) {
					u = a.unit
				}
			case shiftAction:
				u = a.unit()
			}
			if u > unit {
				unit, of = u, e
			}
		}
	}
	return unit, of
}

// recordTime returns the unit that the record's timestamp is cut to (design
// point 14). Where nothing is said: an internal profile keeps it; an external
// one gets the coarsest unit of the payload, or the day where every time in
// the payload is withheld.
func (p *Policy) recordTime(pr *Profile) redact.TimeUnit {
	if pr.Record.TimeSet {
		return pr.Record.Time
	}
	if pr.Internal {
		return redact.TimeKeep
	}
	if unit, _ := p.coarsestTime(pr); unit != redact.TimeKeep {
		return unit
	}
	withheld := false
	for i := range p.Catalog {
		if e := &p.Catalog[i]; e.Class == detect.Time {
			if survives(pr.decide(e)) {
				return redact.TimeKeep
			}
			withheld = true
		}
	}
	if withheld {
		return redact.TimeDay
	}
	return redact.TimeKeep
}

// survives reports whether something of the value leaves.
func survives(d decision) bool { return leaves(d.action()) }

func leaves(a action) bool {
	switch a.kind() {
	case &dropKind, &nullKind, &replaceKind:
		return false
	}
	return true
}
