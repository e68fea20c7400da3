package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"

	"redactor/redact"
)

// Digest returns the SHA-256 of the policy's canonical form, in hex: what
// validate, run, the metrics and the stamp call the policy by.
//
// The canonical form is the table itself, with built-ins, inheritance and
// named transforms resolved: two files that say the same have one digest on
// every machine, and anything that changes what a recipient gets, or who
// signed, changes it. Comments, order, spelling and tests do not.
func (p *Policy) Digest() string {
	c := canon{sha256.New()}
	c.line("redactor policy 1", p.Name, p.Namespace, p.Revision, p.Owner, strconv.FormatBool(p.Demo), p.OnError.String())
	if a := p.Approved; a != nil {
		c.line("approved", a.By, a.Date, a.Expires, a.Ticket)
	}
	containers := foldAll(p.Containers)
	c.line(append([]string{"containers"}, containers...)...)
	for _, name := range sortedNames(p.entries) {
		c.entry(p.entry(name))
	}
	profiles := profileNames(p)
	slices.Sort(profiles)
	for _, name := range profiles {
		c.profile(p, p.profile(name))
	}
	for _, line := range p.routeLines() {
		c.line(line...)
	}
	return hex.EncodeToString(c.h.Sum(nil))
}

func sortedNames(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// foldAll returns names as they are compared, each once, in order.
func foldAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = foldName(n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// canon writes the canonical form: lines of texts, each with its length, so
// that no two forms read alike.
type canon struct{ h hash.Hash }

func (c canon) line(texts ...string) {
	for _, t := range texts {
		fmt.Fprintf(c.h, "%d:%s", len(t), t)
	}
	fmt.Fprint(c.h, "\n")
}

func (c canon) entry(e *Entry) {
	c.line("field", e.Name, strconv.Itoa(e.Level), e.Class.String(), e.CRS, e.domain(), e.Why, strconv.FormatBool(e.RecordKey))
	c.line(append([]string{"keys"}, foldAll(e.Keys)...)...)
	c.line(append([]string{"paths"}, sorted(e.Paths)...)...)
	c.line(append([]string{"headers"}, foldAll(e.Headers)...)...)
	if len(e.Names) > 0 {
		c.line(append([]string{"names"}, sorted(e.Names)...)...)
	}
}

func sorted(s []string) []string {
	out := slices.Clone(s)
	slices.Sort(out)
	return slices.Compact(out)
}

func (c canon) profile(p *Policy, pr *Profile) {
	c.line("profile", pr.Name, pr.Purpose, strconv.FormatBool(pr.Internal), pr.Key.Text, unknownNames[pr.Unknown],
		strconv.FormatBool(pr.Unfit), strconv.FormatBool(pr.Compact))
	if pr.Guard.set { // what goes without saying was no part of older digests
		c.line("guard", pr.Guard.String())
	}
	if pr.KeepColumns {
		c.line("csv dropped", "empty")
	}
	if pr.KeyWhy != "" {
		c.line("key why", pr.KeyWhy)
	}
	c.line("record", unitNames[p.recordTime(pr)], partitionNames[pr.Record.Partition], strconv.FormatBool(pr.Record.Stamp))
	c.line(append([]string{"record headers"}, foldAll(texts(pr.Record.Headers))...)...)
	c.filters("only", pr.Only)
	c.filters("except", pr.Except)
	for _, name := range sortedNames(p.entries) {
		d := pr.decide(p.entry(name))
		why := ""
		if d.rule != nil {
			why = d.rule.Why
		}
		c.line("rule", name, digestOf(d.action()), why)
	}
}

// digestOf spells an action for the digest. A table is named by the whole of its
// hash there, of which a person is shown the beginning.
func digestOf(a action) string {
	if d, ok := a.(interface{ digest() string }); ok {
		return d.digest()
	}
	return a.String()
}

func (c canon) filters(what string, fs []Filter) {
	lines := make([]string, len(fs))
	for i := range fs {
		lines[i] = fs[i].Path + "\n" + conditionText(&fs[i].Condition)
	}
	slices.Sort(lines)
	c.line(append([]string{what}, lines...)...)
}

// conditionText spells what a condition compares with.
func conditionText(c *redact.Condition) string {
	var parts []string
	if len(c.In) > 0 {
		quoted := make([]string, len(c.In))
		for i, v := range sorted(c.In) {
			quoted[i] = strconv.Quote(v)
		}
		parts = append(parts, "is "+strings.Join(quoted, " or "))
	}
	if c.AtLeast != nil {
		parts = append(parts, "at least "+spell(*c.AtLeast))
	}
	if c.Below != nil {
		parts = append(parts, "below "+spell(*c.Below))
	}
	return strings.Join(parts, ", ")
}

// routeLines returns the streams, in order of their source.
func (p *Policy) routeLines() [][]string {
	var out [][]string
	for i := range p.Streams {
		r := &p.Streams[i]
		line := []string{"stream", r.From.Text, spellFormat(r.Format)}
		if r.EventTime.Text != "" {
			line = append(line, "event_time "+r.EventTime.Text) // a recipient holds a line break
		}
		var to []string
		for _, d := range r.To {
			to = append(to, d.Profile.Text+"\n"+d.Topic.Text)
		}
		slices.Sort(to)
		out = append(out, append(line, to...))
	}
	slices.SortFunc(out, slices.Compare)
	return out
}
