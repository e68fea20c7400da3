package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

var geohashKind = kind{
	name:    "geohash",
	doc:     "A location as a geohash cell: 5 characters are 4.9 km, 6 are 0.6 by 1.2 km. Texts become the geohash, numbers the cell's center.",
	usage:   "{geohash: 5}",
	suits:   placeClasses,
	takes:   placeClasses,
	parse:   parseGeohash,
	compare: compareGeohash,
	rank:    redact.RankGeneralize,
	schema: func() schema {
		return schema{"oneOf": []schema{schemaInt(1, maxGeohash), schemaObject(geohashProps)}}
	},
}

// maxGeohash: 8 characters are 38 by 19 m, one house.
const maxGeohash = 8

var geohashProps = placeProps("precision", "How many characters.", 1, maxGeohash)

type geohashAction struct {
	precision int
	order     redact.Order
}

func (geohashAction) kind() *kind { return &geohashKind }

func (a geohashAction) String() string {
	return fmt.Sprintf("geohash %d", a.precision) + orderSuffix(a.order)
}

func (a geohashAction) build(b *binding) (redact.Transform, error) {
	return redact.Geohash(a.precision, placeOptions(b, a.order))
}

func parseGeohash(p *parser, args *yaml.Node) (action, bool) {
	n, order, ok := p.placeArgs(args, "geohash", geohashProps, 1, maxGeohash)
	return geohashAction{n, order}, ok
}

// geohashMeters is the shorter side of a cell at the equator, by characters.
var geohashMeters = [maxGeohash + 1]float64{1: 5009400, 624100, 156500, 19570, 4892, 611.5, 152.9, 19.1}

func (a geohashAction) cellMeters() float64 { return geohashMeters[a.precision] }

func (a geohashAction) form() string {
	return fmt.Sprintf("geohash of %s (about %s), WGS-84; numbers are the cell's center", plural(a.precision, "character"), metersText(a.cellMeters()))
}

func compareGeohash(a, b action) release {
	x, y := a.(geohashAction), b.(geohashAction)
	return comparePlaces(x.precision, y.precision, x.order, y.order)
}
