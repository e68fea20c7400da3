package rules

import (
	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

var timeKind = kind{
	name:    "time",
	doc:     "Cuts a point in time to the beginning of its second, minute, hour, day, week, month, quarter or year.",
	usage:   "{time: hour}",
	suits:   classes(detect.Time),
	takes:   classes(detect.Time, detect.Date, detect.Number, detect.None, detect.Text),
	parse:   parseTime,
	compare: compareUnits,
	rank:    redact.RankGeneralize,
	schema:  func() schema { return schemaEnum(unitNames[1:]...) },
}

type timeAction struct{ unit redact.TimeUnit }

func (timeAction) kind() *kind { return &timeKind }

func (a timeAction) String() string { return "time " + unitNames[a.unit] }

func (a timeAction) build(*binding) (redact.Transform, error) { return redact.TimeTruncate(a.unit) }

// unitNames spells the engine's units, from fine to coarse.
var unitNames = []string{
	redact.TimeKeep:    "keep",
	redact.TimeSecond:  "second",
	redact.TimeMinute:  "minute",
	redact.TimeHour:    "hour",
	redact.TimeDay:     "day",
	redact.TimeWeek:    "week",
	redact.TimeMonth:   "month",
	redact.TimeQuarter: "quarter",
	redact.TimeYear:    "year",
}

func parseTime(p *parser, args *yaml.Node) (action, bool) {
	word, ok := p.oneOf(args, "time", unitNames[1:])
	if !ok {
		return nil, false
	}
	return timeAction{unitOf(word)}, true
}

func unitOf(word string) redact.TimeUnit {
	for u, name := range unitNames {
		if name == word {
			return redact.TimeUnit(u)
		}
	}
	return redact.TimeKeep
}

func (a timeAction) form() string { return "beginning of the " + unitNames[a.unit] + ", UTC" }

func compareUnits(a, b action) release {
	return comparing(b.(timeAction).unit, a.(timeAction).unit)
}
