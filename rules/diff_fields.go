package rules

import (
	"maps"
	"slices"

	"redactor/pseudonym"
	"redactor/redact"
)

// A spot is a place where a field may stand, with the smallest record that has
// something there; for a header or the record key there is none.
type spot struct {
	label  string
	record []byte
	header string
	key    bool
	names  string // the object whose member names they are
}

// spots returns every place that a policy names, by what tells it from others.
func (p *Policy) spots() map[string]spot {
	out := map[string]spot{}
	for i := range p.Catalog {
		e := &p.Catalog[i]
		for _, k := range e.Keys {
			out[foldName(k)] = spot{label: k, record: keyWitness(k)}
		}
		for _, path := range e.Paths {
			out[path] = spot{label: path, record: witness(pathSteps(path))}
		}
		for _, path := range e.Names {
			out["names of "+path] = spot{label: "names of " + path, names: path}
		}
		for _, h := range e.Headers {
			out["header "+foldName(h)] = spot{label: "header " + h, header: h}
		}
		if e.RecordKey {
			out["record key"] = spot{label: "record key", key: true}
		}
	}
	return out
}

// An answer is what one recipient gets at a spot.
type answer struct {
	name   string // of the entry that decides; "" for an unknown value
	action action
	domain string // of a pseudonym: what it can be joined with
	text   string
	at     Pos
}

// An oracle answers what recipients get by a policy. It is the engine itself,
// with test keys and all recipients in one program.
type oracle struct {
	policy *Policy
	prog   *redact.Program
	m      *redact.Machine
	index  map[string]int // of a recipient's profile in prog
}

func newOracle(p *Policy) *oracle {
	o := &oracle{policy: p, index: map[string]int{}}
	all := Route{}
	for i := range p.Profiles {
		if name := p.Profiles[i].Name; p.isRecipient(name) {
			o.index[name] = len(all.To)
			all.To = append(all.To, Destination{Profile: Word{Text: name}})
		}
	}
	c := newCompiler(p)
	c.build(c.secrets(KeySource(TestKeys).epochs()))
	s, ok := c.stream(&all)
	if !ok {
		// Each stream compiles; a tie that only two recipients of different
		// streams make does not exist, since ties are found for each of them.
		panic("rules: internal error: " + c.problems.Err().Error())
	}
	o.prog, o.m = s.Program, machineFor(s.Program, redact.Format{})
	return o
}

// ask returns what a recipient gets at a spot.
func (o *oracle) ask(profile string, s spot) answer {
	pr := o.policy.profile(profile)
	i := o.index[profile]
	field := -1
	switch {
	case s.record == nil:
		field = strictestOf(o.prog, i, o.policy.outsideEntries(s))
		if field < 0 && s.header != "" {
			return o.unnamedHeader(pr, s.header)
		}
	default:
		o.m.Scan(s.record)
		for leaf := range o.m.Leaves {
			_, field = o.prog.Outcome(leaf, i) // the last leaf is the one that the record was made for
		}
	}
	if field < 0 {
		return answer{action: unknownAction(pr), text: "unknown: " + unknownNames[pr.Unknown], at: pr.Pos}
	}
	e := &o.policy.Catalog[field]
	d := pr.decide(e)
	a := answer{name: e.Name, action: d.action(), text: d.action().String(), at: e.Pos}
	if d.rule != nil {
		a.at = d.rule.Pos
	}
	did := alone(d.action())
	if k := d.action().kind(); k.keyed {
		if a.domain = e.domain(); did.kind() == &pseudonymKind && did.(pseudonymAction).domain != "" {
			a.domain = did.(pseudonymAction).domain
		}
		a.domain += " of " + e.Class.String()
		if by, ok := did.(pseudonymAction); ok && by.prf != pseudonym.HMACSHA256 {
			a.domain += " by " + by.prf.String()
		}
	}
	return a
}

func unknownAction(pr *Profile) action {
	switch pr.Unknown {
	case redact.UnknownKeep:
		return keepAction
	case redact.UnknownNull:
		return nullAction
	}
	return dropAction
}

// unnamedHeader is what becomes of a header that no entry names.
func (o *oracle) unnamedHeader(pr *Profile, header string) answer {
	for _, h := range pr.Record.Headers {
		if foldName(h.Text) == foldName(header) {
			return answer{action: keepAction, text: "keep (record: headers:)", at: h.Pos}
		}
	}
	return answer{action: dropAction, text: "unknown: drop", at: pr.Pos}
}

// outsideEntries returns the entries that name a header, the record key or the
// names in an object.
func (p *Policy) outsideEntries(s spot) []int {
	var out []int
	for i := range p.Catalog {
		e := &p.Catalog[i]
		if s.key && e.RecordKey || s.header != "" && hasHeader(e, []Header{{Name: s.header}}) || s.names != "" && slices.Contains(e.Names, s.names) {
			out = append(out, i)
		}
	}
	return out
}

// strictestOf returns which of several entries decides for profile i, -1 when
// there are none: by strictness, then by level.
func strictestOf(prog *redact.Program, i int, entries []int) int {
	if len(entries) == 0 {
		return -1
	}
	transforms := prog.Profile(i).Transforms
	return slices.MaxFunc(entries, func(a, b int) int {
		if c := int(transforms[a].Rank()) - int(transforms[b].Rank()); c != 0 {
			return c
		}
		return int(prog.Field(a).Level) - int(prog.Field(b).Level)
	})
}

// release compares two answers about one spot.
func (a answer) release(after answer) release {
	r := compareActions(a.action, after.action)
	if r == releasesSame && a.domain != after.domain {
		return releasesOther
	}
	return r
}

// fields asks, for each place that either policy names, what each recipient
// gets there before and after, and gathers what changed by field.
func (d *differences) fields() {
	before, after := newOracle(d.old), newOracle(d.new)
	spots := d.old.spots()
	maps.Copy(spots, d.new.spots())
	ids := slices.Sorted(maps.Keys(spots))
	for i := range d.new.Profiles {
		name := d.new.Profiles[i].Name
		_, was := before.index[name]
		_, is := after.index[name]
		if !was || !is {
			continue
		}
		groups := map[changeKey]int{}
		for _, id := range ids {
			d.spot(groups, name, spots[id].label, before.ask(name, spots[id]), after.ask(name, spots[id]))
		}
	}
}

// changeKey is what the changes at several spots of one field have in common.
type changeKey struct {
	direction           Direction
	what, before, after string
}

// spot adds the change at one spot, to one that reads the same if there is one.
func (d *differences) spot(groups map[changeKey]int, profile, label string, before, after answer) {
	dir := Loosened
	switch before.release(after) {
	case releasesSame:
		if before.text == after.text || before.action == after.action {
			return
		}
		dir = Changed
	case releasesLess:
		dir = Tightened
	}
	what := after.name
	if what == "" {
		what = before.name
	}
	b, a := before.text, after.text
	if before.domain != after.domain && b == a {
		b, a = b+", domain "+before.domain, a+", domain "+after.domain
	}
	key := changeKey{dir, what, b, a}
	i, ok := groups[key]
	if !ok {
		d.add(profile, dir, after.at, what, b, a)
		i = len(d.out.Changes) - 1
		groups[key] = i
	}
	d.out.Changes[i].Where = append(d.out.Changes[i].Where, label)
}
