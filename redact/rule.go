package redact

import "fmt"

// This file decides strictness: of the entries that match a value, which one
// each profile follows.
//
// A rule is the answer for all profiles at once: a vector with the winning
// entry of each. Vectors are interned, so that a rule is a small number and
// the loop knows nothing of entries. Strictness is a total order, so winners
// can be joined: the rule of a union of matches is the element-wise strictest
// of their rules.

// ruleID names a rule of a rules table.
type ruleID uint32

const (
	ruleUnknown ruleID = iota // no entry matches
	ruleDenied                // a table was full: dropped for everyone
	numFixedRules
)

const (
	// maxOwnRules bounds the rules that a Machine adds to its Program's. Names
	// decide which rules come to be, so with many overlapping wildcards in a
	// policy an attacker could make many.
	maxOwnRules = 1 << 14

	// maxRules is what the tape has bits for.
	maxRules = 1<<ruleBits - maxOwnRules
)

// A match is an entry that matches a name or a place: the entry, how it
// matches, and whether the unknown outcome is to be taken when that is stricter.
type match uint32

// How an entry matched, from weak to strong: of two entries of one strictness
// and level the stronger match wins.
type strength uint32

const (
	byWildcard strength = iota
	byName
	byPath
)

const (
	noMatch match = 1<<32 - 1 // no entry matched
	denied  match = 1<<32 - 2
)

// guardBit marks a match whose profile takes the unknown outcome when that is
// stricter.
const guardBit match = 1

func newMatch(entry uint32, s strength) match { return match(entry<<3) | match(s<<1) }

func (m match) entry() int         { return int(m >> 3) }
func (m match) strength() strength { return strength(m >> 1 & 3) }
func (m match) guarded() bool      { return m&guardBit != 0 }

// An op is what Render does with a value. From opReplace on it takes a whole
// object or array; below that it goes inside.
type op uint8

const (
	opKeep      op = iota
	opKeepNoted    // opKeep of a value that the guard is to know of
	opApply
	opSurvey  // opApply of a surveyor
	opDerive  // one of those, with siblings
	opReplace // by a text that is the same for every value
	opNull
	opDrop
	opDeriveWhole // one of the last three, with siblings
	opQuarantine
)

// An action is an op and the field it is counted for: op | (field+1)<<8, with
// field -1 for unknown values.
type action uint32

func newAction(o op, field int) action { return action(o) | action(field+1)<<8 }

func (a action) op() op     { return op(a & 0xFF) }
func (a action) slot() int  { return int(a >> 8) } // index in a profile's counters
func (a action) field() int { return int(a>>8) - 1 }

var unknownOps = [...]op{UnknownDrop: opDrop, UnknownNull: opNull, UnknownKeep: opKeep, UnknownQuarantine: opQuarantine}

// unknownRanks places the unknown outcomes in the order of transforms.
var unknownRanks = [...]Rank{UnknownDrop: RankDrop, UnknownNull: RankNull, UnknownKeep: RankKeep, UnknownQuarantine: RankDrop + 1}

// opOf returns what Render does for a transform.
func opOf(t Transform) op {
	switch {
	case t.siblings() != nil && opOf(t.siblings().base) < opReplace:
		return opDerive
	case t.siblings() != nil:
		return opDeriveWhole
	case t.op == OpKeep:
		return opKeep
	case t.op == OpNull:
		return opNull
	case t.op == OpApply && t.rank == RankReplace:
		return opReplace
	case t.op == OpApply:
		if _, ok := t.fn.(surveyor); ok {
			return opSurvey
		}
		return opApply
	}
	return opDrop
}

// rank returns the strictness of what profile i does for m.
func (p *Program) rank(i int, m match) Rank {
	switch m {
	case denied:
		return RankDrop
	case noMatch:
		return unknownRanks[p.spec.Profiles[i].Unknown]
	}
	r := p.spec.Profiles[i].Transforms[m.entry()].rank
	if m.guarded() {
		r = max(r, unknownRanks[p.spec.Profiles[i].Unknown])
	}
	return r
}

// action returns what profile i does for m.
func (p *Program) action(i int, m match) action {
	pr := &p.spec.Profiles[i]
	switch m {
	case denied:
		return newAction(opDrop, -1)
	case noMatch:
		return newAction(unknownOps[pr.Unknown], -1)
	}
	t := pr.Transforms[m.entry()]
	if m.guarded() && unknownRanks[pr.Unknown] > t.rank {
		return newAction(unknownOps[pr.Unknown], -1)
	}
	if o := opOf(t); o != opKeep || p.profiles[i].guard.scanner == nil || p.profiles[i].guard.numbers[m.entry()] == 0 {
		return newAction(o, m.entry())
	}
	return newAction(opKeepNoted, m.entry())
}

// strictest returns the match that profile i follows, noMatch if there is none.
func (p *Program) strictest(i int, matches []match) match {
	best := noMatch
	for _, m := range matches {
		if !p.yields(i, m, matches) {
			best = p.stricter(i, best, m)
		}
	}
	return best
}

// yields reports that m has no say for profile i beside the other matches: see
// Profile.Named. It is about entries that match one value themselves: what an
// array passes on to its elements is as strict as it is.
func (p *Program) yields(i int, m match, matches []match) bool {
	pr, f := &p.spec.Profiles[i], &p.spec.Fields[m.entry()]
	if !f.BuiltIn || pr.Named == nil || pr.Named[m.entry()] {
		return false
	}
	for _, o := range matches {
		own := &p.spec.Fields[o.entry()]
		if o.strength() == byPath && !own.BuiltIn && own.Class == f.Class && own.Level >= f.Level &&
			pr.Named[o.entry()] && pr.Transforms[o.entry()].rank >= RankGeneralize {
			return true
		}
	}
	return false
}

// stricter returns the winner of two matches of one value. noMatch loses to
// every entry: what an entry names is not unknown.
func (p *Program) stricter(i int, a, b match) match {
	switch {
	case a == noMatch || b == denied:
		return b
	case b == noMatch || a == denied:
		return a
	}
	c := compareStrictness(p, i, a, b)
	if c < 0 || c == 0 && b < a { // the lower entry, so that the order of matches does not matter
		return b
	}
	return a
}

// compareStrictness is positive when a is stricter than b for profile i: by
// rank, then by level, then by how the entry matched. 0 is a tie.
func compareStrictness(p *Program, i int, a, b match) int {
	if c := int(p.rank(i, a)) - int(p.rank(i, b)); c != 0 {
		return c
	}
	if c := int(p.spec.Fields[a.entry()].Level) - int(p.spec.Fields[b.entry()].Level); c != 0 {
		return c
	}
	return int(a.strength()) - int(b.strength())
}

// rules is a table of interned rules with their actions. A Program has one
// with the rules that its own names make; each Machine grows a copy.
type rules struct {
	prog    *Program
	limit   int        // rules that the table may hold
	vectors []match    // rule r: vectors[r*P : (r+1)*P], for P profiles
	actions [][]action // by profile, by rule
	slots   []ruleID   // open addressing by vector; 0 is empty
	scratch []match
}

func newRules(p *Program) *rules {
	n := len(p.spec.Profiles)
	r := &rules{prog: p, limit: maxRules, actions: make([][]action, n), slots: make([]ruleID, 64), scratch: make([]match, n)}
	r.add(fill(make([]match, n), noMatch))
	r.add(fill(make([]match, n), denied))
	return r
}

func fill(v []match, m match) []match {
	for i := range v {
		v[i] = m
	}
	return v
}

// clone returns a copy that has a Machine's room to grow.
func (r *rules) clone() *rules {
	c := &rules{prog: r.prog, limit: r.count() + maxOwnRules, slots: append([]ruleID(nil), r.slots...)}
	c.vectors = append([]match(nil), r.vectors...)
	for _, a := range r.actions {
		c.actions = append(c.actions, append([]action(nil), a...))
	}
	c.scratch = make([]match, len(r.scratch))
	return c
}

func (r *rules) count() int { return len(r.actions[0]) }

func (r *rules) vector(id ruleID) []match {
	n := len(r.scratch)
	return r.vectors[int(id)*n : (int(id)+1)*n]
}

// add appends a rule. It does not enter it in the slots.
func (r *rules) add(v []match) ruleID {
	id := ruleID(r.count())
	r.vectors = append(r.vectors, v...)
	for i, w := range v {
		r.actions[i] = append(r.actions[i], r.prog.action(i, w))
	}
	return id
}

// intern returns the rule with vector v, which may be r.scratch.
func (r *rules) intern(v []match) ruleID {
	switch v[0] { // both are the same for all profiles
	case noMatch:
		return ruleUnknown
	case denied:
		return ruleDenied
	}
	i := hashVector(v) & uint64(len(r.slots)-1)
	for ; r.slots[i] != 0; i = (i + 1) & uint64(len(r.slots)-1) {
		if equalVectors(r.vector(r.slots[i]), v) {
			return r.slots[i]
		}
	}
	if r.count() >= r.limit {
		return ruleDenied
	}
	id := r.add(v)
	r.slots[i] = id
	if 2*r.count() > len(r.slots) {
		r.rehash()
	}
	return id
}

func (r *rules) rehash() {
	r.slots = make([]ruleID, 2*len(r.slots))
	for id := numFixedRules; int(id) < r.count(); id++ {
		i := hashVector(r.vector(id)) & uint64(len(r.slots)-1)
		for r.slots[i] != 0 {
			i = (i + 1) & uint64(len(r.slots)-1)
		}
		r.slots[i] = id
	}
}

func hashVector(v []match) uint64 {
	h := uint64(0)
	for _, w := range v {
		h = (h ^ uint64(w)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}

func equalVectors(a, b []match) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// of returns the rule of a set of matches.
func (r *rules) of(matches []match) ruleID {
	v := fill(r.scratch, noMatch)
	for i := range v {
		v[i] = r.prog.strictest(i, matches)
	}
	return r.intern(v)
}

// join returns the rule of a value that both a and b match.
func (r *rules) join(a, b ruleID) ruleID {
	if a == b || b == ruleUnknown {
		return a
	}
	if a == ruleUnknown {
		return b
	}
	v, va, vb := r.scratch, r.vector(a), r.vector(b)
	for i := range v {
		v[i] = r.prog.stricter(i, va[i], vb[i])
	}
	return r.intern(v)
}

// guard returns the rule of unknown members below a container of rule a: the
// unknown outcome, but never less strict than the outcome of the container.
func (r *rules) guard(a ruleID) ruleID {
	if a < numFixedRules {
		return a
	}
	v := r.scratch
	for i, w := range r.vector(a) {
		v[i] = w | guardBit
	}
	return r.intern(v)
}

// An AmbiguityError reports two entries that match one name or place, are
// equally strict for a profile, and yet do different things.
type AmbiguityError struct {
	A, B    int    // indexes of the fields, A < B
	Profile int    // index of the profile
	Name    string // a name or path of the policy that both match
}

func (e *AmbiguityError) Error() string {
	return fmt.Sprintf("fields %d and %d both match %q, are equally strict for profile %d and do different things",
		e.A, e.B, e.Name, e.Profile)
}

func (r *rules) memory() int {
	return 4*cap(r.vectors) + 4*len(r.actions)*cap(r.actions[0]) + 4*len(r.slots)
}
