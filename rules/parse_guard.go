package rules

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

// Guard is how the output for a profile is looked at once more, and what leaks
// do to it.
type Guard struct {
	Every  int           // 0 off, redact.GuardAll, or one record in so many
	Leaks  int           // so many leaks within Within stop the output until a person resets it; 0 never
	Within time.Duration // of Leaks

	set bool
	at  Pos
}

var guardProps = []prop{
	{name: "sample", doc: "Look at one record in so many; when not given, at all.", schema: func() schema { return schemaInt(1, maxSample) }},
	{name: "stop", doc: "So many leaks in so many minutes stop the output for this profile, on each instance, until a person resets it; when not given, leaks are quarantined and counted only.", schema: func() schema { return schemaObject(stopProps) }},
}

var stopProps = []prop{
	{name: "leaks", doc: "Records with a leak.", required: true, schema: func() schema { return schemaInt(1, maxSample) }},
	{name: "minutes", doc: "The time they come in.", required: true, schema: func() schema { return schemaInt(1, 1440) }},
}

const maxSample = 1_000_000

func schemaGuard() schema {
	return schema{"oneOf": []schema{{"enum": []any{"off", "all", false}}, schemaObject(guardProps)}}
}

// guard reads off, all, or a mapping.
func (p *parser) guard(pr *Profile, n *yaml.Node) {
	g := Guard{Every: redact.GuardAll, set: true, at: posOf(n)}
	if n.Kind != yaml.MappingNode {
		if word, ok := p.oneOf(n, "guard", []string{"off", "all"}); ok && word == "off" {
			g.Every = 0
		}
		pr.Guard = g
		return
	}
	o := p.mapping(n, "guard", guardProps)
	p.optInt(o, "sample", 1, maxSample, &g.Every)
	if v := o.get("stop"); v != nil {
		s := p.mapping(v, "stop", stopProps)
		minutes := 0
		p.optInt(s, "leaks", 1, maxSample, &g.Leaks)
		p.optInt(s, "minutes", 1, 1440, &minutes)
		g.Within = time.Duration(minutes) * time.Minute
	}
	pr.Guard = g
}

// guard returns how the output for a profile is looked at: what it says, else
// every record of an outside recipient's and none of an internal one's.
func (pr *Profile) guard() Guard {
	switch {
	case pr.Guard.set:
		return pr.Guard
	case pr.Internal:
		return Guard{}
	}
	return Guard{Every: redact.GuardAll}
}

// String returns the guard as a table shows it.
func (g Guard) String() string {
	s := "off"
	switch {
	case g.Every == redact.GuardAll:
		s = "all"
	case g.Every > 0:
		s = fmt.Sprintf("1 in %d", g.Every)
	}
	if g.Leaks > 0 {
		s += fmt.Sprintf(", stops at %d leaks in %d min", g.Leaks, g.Within/time.Minute)
	}
	return s
}

// guardRelease orders guards by what they let out unseen.
func guardRelease(g Guard) int {
	if g.Every == 0 {
		return maxSample + 1
	}
	return g.Every
}
