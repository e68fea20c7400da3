package rules

import (
	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

// What the transforms share that do something by a keyed constant for each
// person: shift and laplace. `per:` names the field that says whose a record is.

type personal interface {
	action
	per() string
}

var perProp = prop{name: "per", doc: "The field that says whose a record is; in a record without it, or with two different ones, the value becomes null.", schema: schemaName, required: true}

// perArgs reads the size and per: of such a transform.
func (p *parser) perArgs(args *yaml.Node, what string, props []prop, lo, hi int) (size int, per string, o *object, ok bool) {
	o = p.mapping(args, what, props)
	ok = p.optInt(o, props[0].name, lo, hi, &size) && o.ok
	if n := o.get("per"); n != nil {
		var ok2 bool
		per, ok2 = p.name(n, "per")
		ok = ok && ok2
	}
	return size, per, o, ok
}

// checkPer refuses a per: that is no field, or one that cannot tell people apart.
func (p *parser) checkPer(pol *Policy, d decision, a personal) {
	switch e := pol.entry(a.per()); {
	case e == nil:
		names := make([]string, len(pol.Catalog))
		for i := range pol.Catalog {
			names[i] = pol.Catalog[i].Name
		}
		p.report(idNoSuch, d.rule.Pos, "%s is per %s, and there is no such field", d, clip(a.per())).hintText(didYouMean(a.per(), names))
	case len(e.Keys)+len(e.Paths) == 0:
		p.report(idTransformArgs, d.rule.Pos, "%s is per %s, which is found in the envelope alone", d, e.Name).hint("per: names a field with keys: or paths:")
	case e.Class != detect.None && !e.Class.Identifies():
		p.report(idTransformArgs, d.rule.Pos, "%s is per %s, which does not tell people apart (is: %s)", d, e.Name, e.Class).hint("per: names who the record is about: an account, a device")
	}
}

// subject returns the engine's subject, and the domain of its key: fields that
// are one person's move together.
func (b *binding) subject(per string) (redact.Subject, string) {
	i := b.policy.entries[per]
	e := &b.policy.Catalog[i]
	return redact.Subject{Field: i, Class: e.Class}, e.domain()
}
