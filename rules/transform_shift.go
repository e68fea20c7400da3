package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

var shiftKind = kind{
	name:       "shift",
	doc:        "Moves a time by a whole number of days that a key decides for each person, so that what is between two times stays. For internal profiles.",
	usage:      "{shift: {days: 30, per: user}}",
	keyed:      true,
	suits:      noClass,
	takes:      classes(detect.Time, detect.Date),
	parse:      parseShift,
	compare:    compareShifts,
	insideOnly: "who knows one true time of a person knows them all",
	rank:       redact.RankGeneralize,
	schema:     func() schema { return schemaObject(shiftProps) },
}

// maxShiftDays is half a year: no unit of a record's timestamp hides more.
const maxShiftDays = 182

type shiftAction struct {
	days int
	by   string
}

func (shiftAction) kind() *kind { return &shiftKind }

func (a shiftAction) per() string { return a.by }

func (a shiftAction) String() string { return fmt.Sprintf("shift %d days per %s", a.days, a.by) }

// spelled is the action as the policy has it.
func (a shiftAction) spelled() string {
	return fmt.Sprintf("shift: {days: %d, per: %s}", a.days, a.by)
}

func (a shiftAction) build(b *binding) (redact.Transform, error) {
	subject, domain := b.subject(a.by)
	return redact.Shift(redact.ShiftOptions{Days: a.days, Subject: subject, Subkey: b.subkey(domain)})
}

var shiftProps = []prop{
	{name: "days", doc: "At most so many days, either way.", schema: func() schema { return schemaInt(1, maxShiftDays) }, required: true},
	perProp,
}

func parseShift(p *parser, args *yaml.Node) (action, bool) {
	days, per, _, ok := p.perArgs(args, "shift", shiftProps, 1, maxShiftDays)
	return shiftAction{days, per}, ok
}

func (a shiftAction) form() string {
	return fmt.Sprintf("a time up to %s earlier or later, one shift for each %s", plural(a.days, "day"), a.by)
}

// unit is the finest unit of a record's timestamp that does not tell the shift:
// one as long as all the days that a time may come to stand on.
func (a shiftAction) unit() redact.TimeUnit {
	switch {
	case 2*a.days <= 28:
		return redact.TimeMonth
	case 2*a.days <= 90:
		return redact.TimeQuarter
	}
	return redact.TimeYear
}

func compareShifts(a, b action) release {
	x, y := a.(shiftAction), b.(shiftAction)
	if x.by != y.by {
		return releasesOther
	}
	return comparing(y.days, x.days)
}
