package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

var roundKind = kind{
	name:    "round",
	doc:     "Rounds a number to so many decimals. Of degrees, 1 is about 11 km, 2 about 1.1 km, 0 about 111 km.",
	usage:   "{round: 1}",
	suits:   classes(detect.Location, detect.Number),
	takes:   classes(detect.Location, detect.Number, detect.None, detect.Text),
	parse:   parseRound,
	compare: compareDecimals,
	rank:    redact.RankGeneralize,
	schema:  func() schema { return schemaInt(0, maxDecimals) },
}

// maxDecimals is where rounding a degree stops hiding anything: the fifth
// decimal is one meter.
const maxDecimals = 4

type roundAction struct{ decimals int }

func (roundAction) kind() *kind { return &roundKind }

func (a roundAction) String() string { return fmt.Sprintf("round %d", a.decimals) }

func (a roundAction) build(*binding) (redact.Transform, error) { return redact.Round(a.decimals) }

func parseRound(p *parser, args *yaml.Node) (action, bool) {
	if args.Kind == yaml.MappingNode {
		p.report(idTransformArgs, posOf(args), "round wants the number of decimals").hint("write {round: 1}")
		return nil, false
	}
	n, ok := p.integer(args, "round", 0, maxDecimals)
	return roundAction{n}, ok
}

// degrees says how far apart two rounded degrees of latitude are (111.2 km
// each), by decimals.
var degrees = [...]string{"111 km", "11 km", "1.1 km", "110 m", "11 m"}

func (a roundAction) form() string {
	return fmt.Sprintf("rounded to %s (of degrees, about %s)", plural(a.decimals, "decimal"), degrees[a.decimals])
}

func compareDecimals(a, b action) release {
	return comparing(a.(roundAction).decimals, b.(roundAction).decimals)
}
