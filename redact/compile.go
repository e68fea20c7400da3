package redact

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"redactor/internal/jsonscan"
)

const (
	maxFields   = 1 << 20 // what a match has bits for, and more than anyone can review
	maxProfiles = 1 << 10
	maxDepth    = 1 << 14 // a Machine holds a frame for every level
)

// Compile turns a Spec into a Program. The Spec is not kept and may be changed
// afterwards, but for what its slices hold.
//
// An error is an *AmbiguityError when two entries tie with different outcomes,
// a *PathError for a path that is not of the supported subset, or else names
// the field or profile that is wrong. Errors quote the Spec, never a record.
func Compile(spec Spec) (*Program, error) {
	if spec.MaxDepth == 0 {
		spec.MaxDepth = DefaultMaxDepth
	}
	if spec.MaxRecord == 0 {
		spec.MaxRecord = DefaultMaxRecord
	}
	if err := check(&spec); err != nil {
		return nil, err
	}
	if spec.Format.Kind == FormatSyslog {
		spec.Containers = append(slices.Clone(spec.Containers), sdName)
	}
	f, err := compileFormat(spec.Format)
	if err != nil {
		return nil, err
	}
	spec.Profiles = slices.Clone(spec.Profiles)
	p := &Program{spec: spec, format: f}
	for _, compile := range []func() error{
		p.compilePaths, p.compileNames, p.compileProfiles, p.compileGuards, p.compileRules,
	} {
		if err := compile(); err != nil {
			return nil, err
		}
	}
	p.compileEnds()
	p.decideTape()
	p.useCache()
	return p, nil
}

func check(s *Spec) error {
	switch {
	case s.MaxDepth < 1 || s.MaxDepth > maxDepth:
		return fmt.Errorf("MaxDepth %d is not in 1 to %d", s.MaxDepth, maxDepth)
	case s.MaxRecord < 1 || s.MaxRecord > maxRecord:
		return fmt.Errorf("MaxRecord %d is not in 1 to %d", s.MaxRecord, maxRecord)
	case len(s.Profiles) == 0 || len(s.Profiles) > maxProfiles:
		return fmt.Errorf("%d profiles are not 1 to %d", len(s.Profiles), maxProfiles)
	case len(s.Fields) > maxFields:
		return fmt.Errorf("%d fields are more than %d", len(s.Fields), maxFields)
	}
	for _, f := range s.Fields {
		if f.Level < 1 || f.Level > 4 {
			return fmt.Errorf("field %q: level %d is not in 1 to 4", f.Name, f.Level)
		}
		for _, k := range slices.Concat(f.Keys, f.Headers) {
			if err := checkKey(k); err != nil {
				return fmt.Errorf("field %q: %w", f.Name, err)
			}
		}
	}
	for _, c := range s.Containers {
		if err := checkKey(c); err != nil {
			return err
		}
		if strings.Contains(c, "*") {
			return fmt.Errorf("container %q: containers take no wildcards", c)
		}
	}
	for _, pr := range s.Profiles {
		if len(pr.Transforms) != len(s.Fields) {
			return fmt.Errorf("profile %q: %d transforms for %d fields", pr.Name, len(pr.Transforms), len(s.Fields))
		}
		if pr.Named != nil && len(pr.Named) != len(s.Fields) {
			return fmt.Errorf("profile %q: %d of %d fields named", pr.Name, len(pr.Named), len(s.Fields))
		}
		if int(pr.Unknown) >= len(unknownOps) {
			return fmt.Errorf("profile %q: no such Unknown", pr.Name)
		}
	}
	return nil
}

func checkKey(k string) error {
	if !utf8.ValidString(k) {
		return fmt.Errorf("key %q is not valid UTF-8", k)
	}
	if foldString(k) == "" || wideFoldString(k) == "" {
		return fmt.Errorf("key %q has nothing to compare once '_', '-', dots and spaces are ignored", k)
	}
	return nil
}

// compilePaths compiles the paths of fields and conditions.
func (p *Program) compilePaths() error {
	var paths []ownedPath
	var deep, inPath nameSet
	var deepBy [][]uint32
	for n, f := range p.spec.Fields {
		for _, src := range f.Paths {
			steps, err := parsePath(src)
			if err != nil {
				return err
			}
			for _, s := range steps {
				if s.kind == stepName || s.kind == stepDeepName {
					inPath.add(s.name)
				}
			}
			if len(steps) == 1 && steps[0].kind == stepDeepName {
				k := deep.add(steps[0].name)
				if k == len(deepBy) {
					deepBy = append(deepBy, nil)
				}
				deepBy[k] = addEntry(deepBy[k], uint32(n))
				continue
			}
			paths = append(paths, ownedPath{steps, uint32(n), false})
		}
	}
	for i := range p.spec.Profiles {
		if err := p.compileFilters(i, &paths); err != nil {
			return err
		}
	}
	if err := p.compileEpochs(&paths); err != nil {
		return err
	}
	if err := p.compileMemberNames(&paths, &inPath); err != nil {
		return err
	}
	var err error
	p.paths, err = buildAutomaton(paths)
	p.keys = &catalog{deep: newNameTable(deep.names), deepBy: deepBy, inPath: newNameTable(inPath.names)}
	return err
}

// addEntry appends an entry once: callers go through the fields in order.
func addEntry(list []uint32, entry uint32) []uint32 {
	if len(list) > 0 && list[len(list)-1] == entry {
		return list
	}
	return append(list, entry)
}

// compileNames compiles keys, containers and headers.
func (p *Program) compileNames() error {
	p.keys.build(p.spec.Fields, func(f *Field) []string { return f.Keys }, p.spec.Containers)
	p.headers = &catalog{deep: newNameTable(nil), inPath: newNameTable(nil)}
	p.headers.build(p.spec.Fields, func(f *Field) []string { return f.Headers }, nil)
	for n := range p.spec.Fields {
		if p.spec.Fields[n].RecordKey {
			p.recordKey = append(p.recordKey, newMatch(uint32(n), byName))
		}
	}
	return nil
}

func (c *catalog) build(fields []Field, keysOf func(*Field) []string, containers []string) {
	c.folded = newKeyTable(fields, keysOf, containers, foldString)
	c.wide = newKeyTable(fields, keysOf, nil, wideFoldString)
	for n := range fields {
		for _, k := range keysOf(&fields[n]) {
			c.hasKeys = true
			if foldString(k) != wideFoldString(k) {
				c.wideDiffers = true
			}
		}
	}
}

func newKeyTable(fields []Field, keysOf func(*Field) []string, containers []string, fold func(string) string) keyTable {
	var t keyTable
	var names nameSet
	var patterns []pattern
	for n := range fields {
		for _, k := range keysOf(&fields[n]) {
			folded := fold(k)
			if strings.Contains(folded, "*") {
				patterns = append(patterns, newPattern(folded, n))
				continue
			}
			i := names.add(folded)
			if i == len(t.entries) {
				t.entries = append(t.entries, nil)
			}
			t.entries[i] = addEntry(t.entries[i], uint32(n))
		}
	}
	for _, c := range containers {
		names.add(fold(c))
	}
	t.entries = append(t.entries, make([][]uint32, len(names.names)-len(t.entries))...)
	t.container = make([]bool, len(names.names))
	for _, c := range containers {
		t.container[names.add(fold(c))] = true
	}
	t.names = newNameTable(names.names)
	t.patterns = newPatternIndex(patterns)
	return t
}

// compileProfiles works out what does not depend on names.
func (p *Program) compileProfiles() error {
	for i := range p.spec.Profiles {
		pr := &p.spec.Profiles[i]
		p.profiles[i].unfitQuarantine = pr.UnfitQuarantine
		p.profiles[i].compact = pr.Compact
		p.profiles[i].keepColumns = pr.KeepColumns
		p.profiles[i].drops = pr.Unknown == UnknownDrop
		texts, masks := make([]replacement, len(pr.Transforms)), make([]splicedMask, len(pr.Transforms))
		if err := p.compileSiblings(i); err != nil {
			return err
		}
		for n, t := range pr.Transforms {
			what := opOf(t)
			if s := t.siblings(); s != nil {
				p.recordContainers = true
				what = opOf(s.base)
			}
			switch what {
			case opSurvey:
				p.recordContainers = true // or two objects' members would stand side by side
			case opDrop:
				p.profiles[i].drops = true
			case opApply:
				if m, ok := t.fn.(*mask); ok {
					masks[n] = m.spliced()
				}
			case opReplace:
				var err error
				if texts[n], err = constant(t); err != nil {
					return fmt.Errorf("profile %q, field %q: %w", pr.Name, p.spec.Fields[n].Name, err)
				}
			}
		}
		p.literals, p.masks = append(p.literals, texts), append(p.masks, masks)
		var pass nameSet
		for _, h := range pr.PassHeaders {
			pass.add(foldString(h))
		}
		p.profiles[i].pass = newNameTable(pass.names)
	}
	return nil
}

// constant evaluates a transform of RankReplace, which by contract does not
// look at the value.
func constant(t Transform) (replacement, error) {
	out, shape := t.fn.apply(&worker{}, nil, nil, KindEmpty)
	switch shape {
	case ShapeText, ShapePlain:
		quoted := append(jsonscan.AppendEscaped([]byte{'"'}, out), '"')
		return newReplacement(string(out), string(quoted)), nil
	case ShapeNumber, ShapeRaw:
		return newReplacement(string(out), string(out)), nil
	}
	return replacement{}, errors.New("a replacement that makes no value")
}

// compileRules resolves every name that the policy holds, which finds the ties
// that can be found without a record, and interns their rules, so that a
// Machine rarely has to.
func (p *Program) compileRules() error {
	p.rules = newRules(p)
	r := newResolver(p.keys)
	for _, t := range p.paths.slots {
		if t.name < 0 {
			continue
		}
		name := p.paths.names.names[t.name]
		if err := p.checkName(&r, t.state, name); err != nil {
			return err
		}
	}
	for s := range p.paths.states {
		if err := p.checkState(stateID(s)); err != nil {
			return err
		}
	}
	if err := p.settle(p.entriesOf(p.paths.root.ends), "$"); err != nil {
		return err
	}
	for _, name := range slices.Concat(p.keys.deep.names, p.keys.folded.names.names, skeletons(p.keys)) {
		if err := p.checkName(&r, p.paths.root.next, name); err != nil {
			return err
		}
	}
	for name := range p.contested(p.keys) {
		if err := p.checkName(&r, p.paths.root.next, name); err != nil {
			return err
		}
	}
	for s := range p.paths.states {
		if p.paths.states[s].member.ends == 0 {
			continue
		}
		for _, name := range p.keys.deep.names { // ..name below ..*
			if err := p.checkName(&r, stateID(s), name); err != nil {
				return err
			}
		}
	}
	hr := newResolver(p.headers)
	for _, name := range slices.Concat(p.headers.folded.names.names, skeletons(p.headers)) {
		if err := p.settle(hr.keys(p.headers, []byte(name)).matches, name); err != nil {
			return err
		}
	}
	for name := range p.contested(p.headers) {
		if err := p.settle(hr.keys(p.headers, []byte(name)).matches, name); err != nil {
			return err
		}
	}
	if err := p.settle(p.recordKey, "the record key"); err != nil {
		return err
	}
	for i := range p.profiles {
		p.profiles[i].key = p.alone(i, p.action(i, p.strictest(i, p.recordKey)))
	}
	if p.rules.count() >= p.rules.limit {
		return fmt.Errorf("more than %d combinations of outcomes", p.rules.limit)
	}
	return nil
}

// skeletons returns for each wildcard the shortest name that it matches.
func skeletons(c *catalog) []string {
	var out []string
	for _, p := range c.folded.patterns.patterns {
		out = append(out, strings.Join(p.pieces, ""))
	}
	return out
}

// checkName settles what a member is, and what the elements are if it is an array.
func (p *Program) checkName(r *resolver, s stateID, name string) error {
	res := p.resolve(r, s, []byte(name))
	matches := slices.Clone(res.matches)
	if err := p.settle(matches, name); err != nil {
		return err
	}
	inside := &p.paths.states[res.next]
	for _, t := range append([]indexTarget{{target: inside.element}}, inside.indexed...) {
		if t.ends == 0 || len(matches) == 0 {
			continue
		}
		if err := p.settle(append(slices.Clone(matches), p.entriesOf(t.ends)...), name+"[*]"); err != nil {
			return err
		}
	}
	return nil
}

func (p *Program) checkState(s stateID) error {
	st := &p.paths.states[s]
	for _, t := range append([]indexTarget{{target: st.member}, {target: st.element}}, st.indexed...) {
		if err := p.settle(p.entriesOf(t.ends), "a path"); err != nil {
			return err
		}
	}
	return nil
}

// entriesOf returns the matches of a set of paths.
func (p *Program) entriesOf(e endsID) []match {
	var out []match
	for _, n := range p.paths.ends[e].entries {
		out = append(out, newMatch(n, byPath))
	}
	return out
}

// settle interns the rule of a set of matches, or reports a tie.
func (p *Program) settle(matches []match, name string) error {
	if len(matches) == 0 {
		return nil
	}
	p.rules.of(matches)
	for i := range p.spec.Profiles {
		best := p.strictest(i, matches)
		for _, m := range matches {
			if !p.yields(i, m, matches) && compareStrictness(p, i, best, m) == 0 && !p.sameOutcome(i, best.entry(), m.entry()) {
				return &AmbiguityError{min(best.entry(), m.entry()), max(best.entry(), m.entry()), i, name}
			}
		}
	}
	return nil
}

// sameOutcome reports whether profile i treats two fields alike.
func (p *Program) sameOutcome(i, a, b int) bool {
	t := p.spec.Profiles[i].Transforms
	return a == b || reflect.DeepEqual(t[a], t[b])
}

// compileEnds works out what a value at the end of each set of paths is.
func (p *Program) compileEnds() {
	for e := range p.paths.ends {
		what := meta(p.rules.of(p.entriesOf(endsID(e))))
		if len(p.paths.ends[e].conditions) > 0 {
			what |= filtered
		}
		p.endsMeta = append(p.endsMeta, what)
	}
	if p.rootMeta = p.endsMeta[p.paths.root.ends]; p.rootMeta&ruleMask == 0 {
		p.rootMeta |= enterable
	}
	p.makeWalkStates()
}

// decideTape decides what Scan has to write down.
func (p *Program) decideTape() {
	// A rule that is denied for want of room drops in every profile.
	combinations := 2 * p.rules.count() * len(p.paths.ends)
	mayDeny := len(p.keys.folded.patterns.patterns) > 1 || combinations > maxOwnRules
	for i := range p.profiles {
		p.profiles[i].drops = p.profiles[i].drops || mayDeny || p.memberNames
		p.recordContainers = p.recordContainers || p.profiles[i].drops
		p.recordAll = p.recordAll || p.spec.Profiles[i].Unknown != UnknownKeep
		p.guardAll = p.guardAll || p.spec.Profiles[i].Unknown == UnknownKeep
	}
}
