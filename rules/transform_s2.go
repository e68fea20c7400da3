package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

var s2Kind = kind{
	name:    "s2",
	doc:     "A location as an S2 cell: level 10 is 81 km², 12 is 5 km², 13 is 1.3 km². Texts become the cell's token, numbers its center.",
	usage:   "{s2: 12}",
	suits:   placeClasses,
	takes:   placeClasses,
	parse:   parseS2,
	compare: compareS2,
	rank:    redact.RankGeneralize,
	schema: func() schema {
		return schema{"oneOf": []schema{schemaInt(1, maxS2), schemaObject(s2Props)}}
	},
}

// maxS2: cells of level 20 are some 10 m wide.
const maxS2 = 20

var s2Props = placeProps("level", "Which level.", 1, maxS2)

type s2Action struct {
	level int
	order redact.Order
}

func (s2Action) kind() *kind { return &s2Kind }

func (a s2Action) String() string { return fmt.Sprintf("s2 %d", a.level) + orderSuffix(a.order) }

func (a s2Action) build(b *binding) (redact.Transform, error) {
	return redact.S2(a.level, placeOptions(b, a.order))
}

func parseS2(p *parser, args *yaml.Node) (action, bool) {
	n, order, ok := p.placeArgs(args, "s2", s2Props, 1, maxS2)
	return s2Action{n, order}, ok
}

// cellMeters is the side of a square of the average area of a cell.
func (a s2Action) cellMeters() float64 { return 9.22e6 / float64(uint(1)<<a.level) }

func (a s2Action) form() string {
	return fmt.Sprintf("S2 cell of level %d (about %s), WGS-84; numbers are the cell's center", a.level, metersText(a.cellMeters()))
}

func compareS2(a, b action) release {
	x, y := a.(s2Action), b.(s2Action)
	return comparePlaces(x.level, y.level, x.order, y.order)
}
