package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

// This file is add:, by which a rule adds members beside the value that they
// are made of: a column for the model group where the IMEI stood.
//
//	imei: {drop: {}, add: {model_group: {map: {by: tac, file: tac.csv, default: other}}}}
//
// Each sibling is a transform of the same value and is held to the same
// refusals as if it were all that the profile gets of the field.

// maxAdds is how many members one rule may add.
const maxAdds = 8

// An addition is one member that a rule adds.
type addition struct {
	name   string
	action action
}

// addingAction is a transform with siblings: it compares by ==, so they are an
// array. Unused places have no name.
type addingAction struct {
	base action
	adds [maxAdds]addition
}

var (
	addingKind      = kind{name: "add", doc: docAdd, suits: noClass, rank: redact.RankGeneralize}
	addingKeyedKind = kind{name: "add", doc: docAdd, suits: noClass, rank: redact.RankGeneralize, keyed: true}
)

const docAdd = "Members to add beside the value, or in its place where it is dropped: from their name to the transform that makes them of the same value."

func (a addingAction) kind() *kind {
	for _, part := range parts(a) {
		if part.kind().keyed {
			return &addingKeyedKind
		}
	}
	return &addingKind
}

// siblings returns the members that are added, in the order of their names.
func (a addingAction) siblings() []addition {
	n := slices.IndexFunc(a.adds[:], func(s addition) bool { return s.name == "" })
	if n < 0 {
		n = maxAdds
	}
	return a.adds[:n]
}

func (a addingAction) String() string {
	s := a.base.String()
	for _, add := range a.siblings() {
		s += ", adds " + add.name + ": " + add.action.String()
	}
	return s
}

func (a addingAction) digest() string {
	s := digestOf(a.base)
	for _, add := range a.siblings() {
		s += ", adds " + add.name + ": " + digestOf(add.action)
	}
	return s
}

func (a addingAction) form() string { return a.base.form() }

func (a addingAction) build(b *binding) (redact.Transform, error) {
	return a.join(func(part action) (redact.Transform, error) { return part.build(b) })
}

// join builds the parts and puts them together.
func (a addingAction) join(build func(action) (redact.Transform, error)) (redact.Transform, error) {
	base, err := build(a.base)
	if err != nil {
		return redact.Transform{}, err
	}
	var add []redact.Sibling
	for _, s := range a.siblings() {
		t, err := build(s.action)
		if err != nil {
			return redact.Transform{}, err
		}
		add = append(add, redact.Sibling{Name: s.name, Transform: t})
	}
	return redact.WithSiblings(base, add...)
}

// parts returns everything that becomes of a value: what stands in its place,
// then its siblings.
func parts(a action) []action {
	with, ok := a.(addingAction)
	if !ok {
		return []action{a}
	}
	out := []action{with.base}
	for _, s := range with.siblings() {
		out = append(out, s.action)
	}
	return out
}

// alone returns an action without its siblings.
func alone(a action) action { return parts(a)[0] }

// adding reads add: and makes it part of the rule.
func (p *parser) adding(r *Rule, n *yaml.Node) *Rule {
	a := addingAction{base: r.action}
	var adds []addition
	ok := true
	p.pairs(n, "add", func(k, v *yaml.Node) {
		name, good := p.name(k, "added member")
		s := p.rule(v)
		if !good || s == nil {
			ok = false
			return
		}
		switch s.action.(type) {
		case plainAction, replaceAction, addingAction, nestedAction:
			p.report(idTransformArgs, posOf(v), "%s cannot be added as %s: what is added is made of the value", name, s).
				hint("map, ip, time, s2 … make something of it; keep stands in the place of the value only")
			ok = false
			return
		}
		if s.Why != "" {
			p.report(idUnknownKey, posOf(v), "why: belongs beside add:, not in it")
		}
		r.also = append(r.also, s.variant)
		adds = append(adds, addition{name, s.action})
	})
	switch {
	case !ok:
		return nil
	case len(adds) == 0:
		if n.Kind == yaml.MappingNode {
			p.report(idEmpty, posOf(n), "add: names no member").hint("add: {model_group: {map: …}}")
		}
		return nil
	case len(adds) > maxAdds:
		p.report(idTransformArgs, posOf(n), "add: names %d members; a rule may add %d", len(adds), maxAdds)
		return nil
	}
	slices.SortFunc(adds, func(x, y addition) int { return strings.Compare(x.name, y.name) })
	copy(a.adds[:], adds)
	r.also = append(r.also, r.variant)
	r.action, r.variant = a, ""
	return r
}

// onlyInFields refuses add: where it would speak for many fields.
func (p *parser) onlyInFields(r *Rule, what string) {
	if r == nil {
		return
	}
	if a, ok := r.action.(addingAction); ok {
		p.report(idTransformArgs, r.Pos, "add: belongs to a field of a profile, not to %s", what).hint("name the field in fields:")
		r.action = a.base
	}
}

// checkAdded refuses siblings that the profile may not have of the field.
func (p *parser) checkAdded(pol *Policy, pr *Profile, e *Entry, d decision, a addingAction) {
	for _, s := range a.siblings() {
		k := s.action.kind()
		if by, ok := s.action.(personal); ok {
			p.checkPer(pol, d, by)
		}
		switch {
		case !k.wants(e.Class):
			p.report(idTransformClass, d.rule.Pos, "%s: %s cannot be used on %s, which is: %s", s.name, s.action, e.Name, e.Class).
				hint("%s takes %s", k.name, takesWhat(k))
		case !pr.Internal && k.insideOnly != "":
			p.report(idInsideOnly, d.rule.Pos, "%s is external and may not get %s of %s as %s: %s", pr.Name, s.name, e.Name, s.action, k.insideOnly).
				hint("%s", insteadOfKeep(e.Class))
		case needsCRS(s.action) && e.CRS == "":
			p.crsNeeded(e, d)
		}
		p.checkAddedName(pol, pr, e, d, s.name)
	}
}

// checkAddedName refuses a name under which something else may stand in the same
// object: readers differ in which of two equal names counts.
func (p *parser) checkAddedName(pol *Policy, pr *Profile, e *Entry, d decision, name string) {
	decided := false
	for i := range pol.Catalog {
		other := &pol.Catalog[i]
		if !other.named(name) {
			continue
		}
		decided = true
		if pr.decide(other).action() != action(dropAction) {
			p.report(idTransformArgs, d.rule.Pos, "%s adds %s beside %s, and gets a field of that name too: %s", pr.Name, name, e.Name, other.origin()).
				hint("choose another name")
			return
		}
	}
	if word := unknownNames[pr.Unknown]; !decided && (word == "keep" || word == "null") {
		p.report(idTransformArgs, d.rule.Pos, "%s adds %s beside %s and has unknown: %s: a member of that name that no entry names would stand there twice", pr.Name, name, e.Name, word).
			hint("give the catalog an entry for %s that %s drops, or drop what is unknown", name, pr.Name)
		return
	}
	if slices.ContainsFunc(pol.Containers, func(c string) bool { return foldName(c) == foldName(name) }) {
		p.report(idTransformArgs, d.rule.Pos, "%s adds %s beside %s, which is a name of objects too (containers:)", pr.Name, name, e.Name).
			hint("choose another name")
	}
}

// named reports whether an entry matches a member of the name somewhere.
func (e *Entry) named(name string) bool {
	if slices.ContainsFunc(e.Keys, func(k string) bool { return globMatch(foldName(k), foldName(name)) }) {
		return true
	}
	return slices.ContainsFunc(e.Paths, func(path string) bool {
		return slices.ContainsFunc(pathSteps(path), func(s pathStep) bool { return s.member && s.name == name })
	})
}

// compareAdding compares two actions of which one or both have siblings: what
// is added tells more, whatever it is.
func compareAdding(before, after action) release {
	x, y := addedBy(before), addedBy(after)
	r := compareActions(alone(before), alone(after))
	for name, b := range y {
		if a, had := x[name]; had {
			r = both(r, compareActions(a, b))
		} else {
			r = both(r, releasesMore)
		}
	}
	for name := range x {
		if _, has := y[name]; !has {
			r = both(r, releasesLess)
		}
	}
	return r
}

func addedBy(a action) map[string]action {
	out := map[string]action{}
	if with, ok := a.(addingAction); ok {
		for _, s := range with.siblings() {
			out[s.name] = s.action
		}
	}
	return out
}
