package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

var laplaceKind = kind{
	name:    "laplace",
	doc:     "Moves a point by planar Laplace noise, once for each person, place and key: within the radius, no place is more than four times likelier than another.",
	usage:   "{laplace: {radius: 500, per: user}}",
	keyed:   true,
	suits:   noClass,
	takes:   placeClasses,
	parse:   parseLaplace,
	compare: compareLaplace,
	rank:    redact.RankPseudonym,
	schema:  func() schema { return schemaObject(laplaceProps) },
}

type laplaceAction struct {
	radius int
	by     string
	order  redact.Order
}

func (laplaceAction) kind() *kind { return &laplaceKind }

func (a laplaceAction) per() string { return a.by }

func (a laplaceAction) cellMeters() float64 { return float64(a.radius) }

func (a laplaceAction) String() string {
	return fmt.Sprintf("laplace %d m per %s", a.radius, a.by) + orderSuffix(a.order)
}

func (a laplaceAction) build(b *binding) (redact.Transform, error) {
	subject, domain := b.subject(a.by)
	return redact.Laplace(redact.LaplaceOptions{PlaceOptions: placeOptions(b, a.order), Radius: a.radius, Subject: subject, Subkey: b.subkey(domain)})
}

var laplaceProps = []prop{
	{name: "radius", doc: "In meters: places that are no further apart cannot be told from each other. The mean displacement is 2.9 times as far.",
		schema: func() schema { return schemaInt(minGrid, maxGrid) }, required: true},
	perProp, orderProp,
}

func parseLaplace(p *parser, args *yaml.Node) (action, bool) {
	radius, per, o, ok := p.perArgs(args, "laplace", laplaceProps, minGrid, maxGrid)
	order, ok2 := p.order(o)
	return laplaceAction{radius, per, order}, ok && ok2
}

func (a laplaceAction) form() string {
	return fmt.Sprintf("a place some %s away, one for each %s and place, WGS-84", metersText(2.9*float64(a.radius)), a.by)
}

func compareLaplace(a, b action) release {
	x, y := a.(laplaceAction), b.(laplaceAction)
	if x.by != y.by {
		return releasesOther
	}
	return comparePlaces(y.radius, x.radius, x.order, y.order)
}
