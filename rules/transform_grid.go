package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

var gridKind = kind{
	name:    "grid",
	doc:     "A location as the center of its cell in a grid of so many meters.",
	usage:   "{grid: 2000}",
	suits:   placeClasses,
	takes:   placeClasses,
	parse:   parseGrid,
	compare: compareGrid,
	rank:    redact.RankGeneralize,
	schema: func() schema {
		return schema{"oneOf": []schema{schemaInt(minGrid, maxGrid), schemaObject(gridProps)}}
	},
}

// Cells under 10 m hide nothing; 1,000 km is a country.
const (
	minGrid = 10
	maxGrid = 1000000
)

var gridProps = placeProps("meters", "How wide a cell is, in meters.", minGrid, maxGrid)

type gridAction struct {
	meters int
	order  redact.Order
}

func (gridAction) kind() *kind { return &gridKind }

func (a gridAction) String() string { return fmt.Sprintf("grid %d m", a.meters) + orderSuffix(a.order) }

func (a gridAction) build(b *binding) (redact.Transform, error) {
	return redact.Grid(a.meters, placeOptions(b, a.order))
}

func parseGrid(p *parser, args *yaml.Node) (action, bool) {
	n, order, ok := p.placeArgs(args, "grid", gridProps, minGrid, maxGrid)
	return gridAction{n, order}, ok
}

func (a gridAction) cellMeters() float64 { return float64(a.meters) }

func (a gridAction) form() string {
	return fmt.Sprintf("center of a cell of a grid, %s wide, WGS-84", metersText(a.cellMeters()))
}

// compareGrid: cells of two sizes overlap, and both together cut finer, unless
// they are one.
func compareGrid(a, b action) release {
	if a == b {
		return releasesSame
	}
	return releasesOther
}
