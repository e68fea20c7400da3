package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

// fpeClasses are the classes that have a recipe.
var fpeClasses = classes(detect.IMEI, detect.IMSI, detect.ICCID, detect.MAC, detect.Phone, detect.IDCard, detect.BankCard)

var fpeKind = kind{
	name:   "fpe",
	doc:    "Encrypts an identifier into another of the same format (FF1), for schemas that ask for it. Its check digit is wrong on purpose, so that it is nobody's. Who has the key can decrypt; prefer pseudonym.",
	usage:  "{fpe: {keep: 8}}",
	bare:   fpeAction{keep: fpeDefault},
	keyed:  true,
	suits:  classes(),
	takes:  fpeClasses,
	parse:  parseFPE,
	schema: func() schema { return schemaObject(fpeProps) },
	rank:   redact.RankPseudonym,
	compare: func(a, b action) release {
		x, y := a.(fpeAction), b.(fpeAction)
		return both(comparing(x.keep, y.keep), comparing(x.keepLast, y.keepLast))
	},
}

// fpeDefault leaves what stays to the recipe of the class.
const fpeDefault = -1

type fpeAction struct {
	keep, keepLast int
	valid          bool
}

func (fpeAction) kind() *kind { return &fpeKind }

func (a fpeAction) String() string {
	s := "fpe"
	if a.keep != fpeDefault {
		s += fmt.Sprintf(" keep %d", a.keep)
	}
	if a.keepLast > 0 {
		s += fmt.Sprintf(" keep_last %d", a.keepLast)
	}
	if a.valid {
		s += " check valid"
	}
	return s
}

func (a fpeAction) build(b *binding) (redact.Transform, error) {
	ff1, err := b.secret.FF1(redact.FPERadix(b.entry.Class), b.namespace, b.profile, b.profile, b.entry.domain(), b.epoch)
	if err != nil {
		return redact.Transform{}, err
	}
	o := redact.FPEOptions{Class: b.entry.Class, FF1: ff1, KeepLast: a.keepLast, ValidCheck: a.valid}
	switch {
	case a.keep > 0:
		o.Keep = a.keep
	case a.keep == 0 && b.entry.Class == detect.IMEI:
		o.Keep = redact.KeepNone
	}
	return redact.FPE(o)
}

var fpeProps = []prop{
	{name: "keep", doc: "How many leading digits stay. When not given: the TAC of an IMEI (8; 0 keeps nothing), country and network of an IMSI, the issuer of an ICCID (7), country and three digits of a phone number, the region of an ID card (6), the BIN of a card (6).", schema: func() schema { return schemaInt(0, maxFPEKeep) }},
	{name: "alphabet", doc: "For identifiers without a recipe, such as serial numbers: digits, hex, base36, or the characters themselves. All of them are encrypted but for keep; other letters and digits make the value unfit.", schema: schemaText},
	{name: "keep_last", doc: "How many digits before the check digit of a bank card stay.", schema: func() schema { return schemaInt(0, maxFPEKeep) }},
	{name: "check", doc: "broken, the default, makes the check digit wrong, so that the result is nobody's; valid makes it right.", schema: func() schema { return schemaEnum(fpeChecks...) }},
}

// maxFPEKeep is more than any recipe lets stay: what is too much depends on the
// class, and the engine says how few values are left.
const maxFPEKeep = 19

var fpeChecks = []string{"broken", "valid"}

func parseFPE(p *parser, args *yaml.Node) (action, bool) {
	if args.Kind == yaml.ScalarNode {
		p.report(idTransformArgs, posOf(args), "fpe wants what stays by name").hint("write fpe alone, or {fpe: {keep: 8}}")
		return nil, false
	}
	o := p.mapping(args, "fpe", fpeProps)
	a := fpeAction{keep: fpeDefault}
	ok := p.optInt(o, "keep", 0, maxFPEKeep, &a.keep)
	ok = p.optInt(o, "keep_last", 0, maxFPEKeep, &a.keepLast) && ok
	if n := o.get("check"); n != nil {
		word, wordOK := p.oneOf(n, "check", fpeChecks)
		a.valid, ok = word == "valid", ok && wordOK
	}
	if n := o.get("alphabet"); n != nil {
		return p.fpeText(n, o, a, o.ok && ok)
	}
	return a, o.ok && ok
}

func (a fpeAction) form() string {
	s := "encrypted into the same format"
	if a.valid {
		return s
	}
	return s + "; the check digit is wrong"
}
