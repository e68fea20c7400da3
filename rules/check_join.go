package rules

import (
	"redactor/detect"
	"redactor/redact"
)

// joinableTuple is how many untouched fields make a tuple by which two streams
// of the same records can be joined: model, system version and language
// already tell most devices of one hour apart.
const joinableTuple = 3

// checkJoinable warns of pairs of external profiles that get the same records
// with the same fields untouched: they could be joined by content, whatever
// the keys are.
func (p *parser) checkJoinable(pol *Policy) {
	for i := range pol.Profiles {
		for j := range pol.Profiles[:i] {
			a, b := &pol.Profiles[j], &pol.Profiles[i]
			if a.Internal || b.Internal || !pol.shareStream(a.Name, b.Name) {
				continue
			}
			var same []*Entry
			for k := range pol.Catalog {
				e := &pol.Catalog[k]
				if e.Level >= 2 && a.decide(e).action() == action(keepAction) && b.decide(e).action() == action(keepAction) {
					same = append(same, e)
				}
			}
			if len(same) >= joinableTuple {
				p.also(p.report(idJoinable, b.Pos, "%s and %s both get %s as they are: records can be joined by them", a.Name, b.Name, list(entryNames(same), 4)).
					hint("let one of the two have fewer or coarser fields"), a.Pos, a.Name+" is here")
			}
		}
	}
}

func (p *Policy) shareStream(a, b string) bool {
	for i := range p.Streams {
		var hasA, hasB bool
		for _, d := range p.Streams[i].To {
			hasA = hasA || d.Profile.Text == a
			hasB = hasB || d.Profile.Text == b
		}
		if hasA && hasB {
			return true
		}
	}
	return false
}

// checkFollows warns of external profiles in which a pseudonym that spans
// records comes with what singles a person out: four apps or four places with
// times are enough (privacy notes, finding 9).
func (p *parser) checkFollows(pol *Policy) {
	for i := range pol.Profiles {
		pr := &pol.Profiles[i]
		if pr.Internal {
			continue
		}
		who := pol.firstWith(pr, needsKey)
		if who == nil {
			continue
		}
		if apps := pol.firstWith(pr, func(e *Entry, d decision) bool {
			return e.Class == detect.Category && e.Level == 4 && survives(d)
		}); apps != nil {
			p.report(idFollows, pr.Pos, "%s gets a pseudonym (of %s) and %s: four apps single a person out, and the pseudonym then follows that person", pr.Name, who.Name, apps.Name).
				hint("drop %s, or drop the pseudonym", apps.Name)
		}
		place := pol.firstWith(pr, func(e *Entry, d decision) bool { return e.Class == detect.Location && survives(d) })
		if place == nil {
			continue
		}
		when := pol.firstWith(pr, func(e *Entry, d decision) bool { return e.Class == detect.Time && subDay(d) })
		if when != nil || pol.recordTime(pr) < redact.TimeDay {
			name := "the record's timestamp"
			if when != nil {
				name = when.Name
			}
			p.report(idFollows, pr.Pos, "%s gets a pseudonym (of %s) with place (%s) and time (%s) finer than a day: four such points single a person out", pr.Name, who.Name, place.Name, name).
				hint("cut the times to the day, drop the place, or drop the pseudonym")
		}
	}
}

// subDay reports whether a decision leaves a time finer than a day.
func subDay(d decision) bool {
	for _, part := range parts(d.action()) {
		a, cut := part.(timeAction)
		if cut && a.unit < redact.TimeDay || !cut && leaves(part) {
			return true
		}
	}
	return false
}
