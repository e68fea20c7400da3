package redact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// This file compiles paths to a DFA over containers.
//
// A position is a path and the number of its steps that the way to a container
// has matched; a state is the set of positions alive in a container. ..name and
// ..* stay alive below. Keys are not part of it: they match at any depth, so
// they would be in every state; they are resolved by name alone (names.go).
// A path of one step ..name is such a key, compared exactly.
//
// State 0 is the empty set: below it, only keys match.

type stateID uint32

const (
	maxStates      = 1 << 16 // ten thousand paths of three names make a third of that
	maxTransitions = 1 << 18
)

// A target is where a step leads: the state inside, if the value is an object
// or an array, and the paths that end here.
type target struct {
	next stateID
	ends endsID
}

// An endsID names a set of paths that end at one place: the entries and the
// conditions that they belong to. 0 is none.
type endsID uint32

type ends struct {
	entries    []uint32
	conditions []uint32
}

type state struct {
	member  target // of a member whose name is in no path of this state
	element target // of an element of an array that indexed does not list
	indexed []indexTarget
}

type indexTarget struct {
	index uint32
	target
}

// An automaton is the compiled paths.
type automaton struct {
	states []state
	ends   []ends
	names  *nameTable   // every literal name of a path, but those of deep alone
	slots  []transition // open addressing by state and name
	root   target
}

type transition struct {
	state stateID
	name  int32 // -1: empty
	target
}

// member returns where a member leads. name is its number in a.names, or -1.
func (a *automaton) member(s stateID, name int) target {
	if name >= 0 {
		for i := hashTransition(s, name) & uint64(len(a.slots)-1); a.slots[i].name >= 0; i = (i + 1) & uint64(len(a.slots)-1) {
			if a.slots[i].state == s && a.slots[i].name == int32(name) {
				return a.slots[i].target
			}
		}
	}
	return a.states[s].member
}

// elementAt returns where element n of an array leads.
func (a *automaton) elementAt(s stateID, n uint32) target {
	st := &a.states[s]
	for i := range st.indexed {
		if st.indexed[i].index == n {
			return st.indexed[i].target
		}
	}
	return st.element
}

func hashTransition(s stateID, name int) uint64 {
	h := (uint64(s)<<32 | uint64(name)) * 0x9E3779B97F4A7C15
	return h ^ h>>32
}

// An ownedPath is a path and what it belongs to: an entry of the catalog or a
// condition of a profile.
type ownedPath struct {
	path
	owner     uint32
	condition bool
}

type position struct {
	path uint32
	step uint32
}

// subsetBuilder is the state of one buildAutomaton.
type subsetBuilder struct {
	paths   []ownedPath
	a       *automaton
	sets    [][]position // of each state
	ids     map[string]stateID
	endIDs  map[string]endsID
	names   nameSet
	entries []transition

	// scratch of follow and state
	next []position
	done []uint32
	key  []byte
}

func buildAutomaton(paths []ownedPath) (*automaton, error) {
	b := &subsetBuilder{paths: paths, a: &automaton{ends: []ends{{}}}, ids: map[string]stateID{}, endIDs: map[string]endsID{}}
	for _, p := range paths {
		for _, s := range p.path {
			if s.kind == stepName || s.kind == stepDeepName {
				b.names.add(s.name)
			}
		}
	}
	b.a.names = newNameTable(b.names.names)
	b.state(nil)
	var start []position
	var whole []uint32
	for n, p := range paths {
		if len(p.path) == 0 {
			whole = append(whole, uint32(n))
			continue
		}
		start = append(start, position{uint32(n), 0})
	}
	b.a.root = target{b.state(start), b.end(whole)}
	// Building a state may add states: this loop is the work list.
	for s := 0; s < len(b.sets); s++ {
		b.build(stateID(s))
		if len(b.sets) > maxStates || len(b.entries) > maxTransitions {
			return nil, errors.New("the paths of the policy combine to too many states: use fewer paths with .. before the last name")
		}
	}
	b.index()
	return b.a, nil
}

// state returns the state of a set of positions.
func (b *subsetBuilder) state(set []position) stateID {
	slices.SortFunc(set, func(x, y position) int {
		if x.path != y.path {
			return int(x.path) - int(y.path)
		}
		return int(x.step) - int(y.step)
	})
	set = slices.Compact(set)
	key := b.key[:0]
	for _, p := range set {
		key = binary.LittleEndian.AppendUint32(key, p.path)
		key = binary.LittleEndian.AppendUint32(key, p.step)
	}
	b.key = key
	id, ok := b.ids[string(key)]
	if !ok {
		id = stateID(len(b.sets))
		b.ids[string(key)] = id
		b.sets = append(b.sets, slices.Clone(set))
		b.a.states = append(b.a.states, state{})
	}
	return id
}

// end returns the set of what the given paths belong to.
func (b *subsetBuilder) end(paths []uint32) endsID {
	if len(paths) == 0 {
		return 0
	}
	var e ends
	for _, n := range paths {
		if p := b.paths[n]; p.condition {
			e.conditions = append(e.conditions, p.owner)
		} else {
			e.entries = append(e.entries, p.owner)
		}
	}
	slices.Sort(e.entries)
	slices.Sort(e.conditions)
	e.entries, e.conditions = slices.Compact(e.entries), slices.Compact(e.conditions)
	key := fmt.Sprint(e)
	id, ok := b.endIDs[key]
	if !ok {
		id = endsID(len(b.a.ends))
		b.endIDs[key] = id
		b.a.ends = append(b.a.ends, e)
	}
	return id
}

// build fills in the transitions of a state.
func (b *subsetBuilder) build(s stateID) {
	set := b.sets[s]
	seen := map[string]bool{}
	var names []string
	var indexes []uint32
	for _, p := range set {
		switch st := b.paths[p.path].path[p.step]; st.kind {
		case stepName, stepDeepName:
			if !seen[st.name] {
				seen[st.name] = true
				names = append(names, st.name)
			}
		case stepIndex:
			indexes = append(indexes, st.index)
		}
	}
	member := b.follow(set, func(st step) bool { return st.kind == stepMember })
	element := b.follow(set, func(st step) bool { return st.kind == stepElem })
	for _, name := range names {
		t := b.follow(set, func(st step) bool {
			return (st.kind == stepName || st.kind == stepDeepName) && st.name == name || st.kind == stepMember
		})
		b.entries = append(b.entries, transition{s, int32(b.names.add(name)), t})
	}
	slices.Sort(indexes)
	var indexed []indexTarget
	for _, n := range slices.Compact(indexes) {
		t := b.follow(set, func(st step) bool { return st.kind == stepElem || st.kind == stepIndex && st.index == n })
		indexed = append(indexed, indexTarget{n, t})
	}
	b.a.states[s] = state{member, element, indexed}
}

// follow returns where a set of positions goes when the steps that hit selects
// are taken. ..* is always taken.
func (b *subsetBuilder) follow(set []position, hit func(step) bool) target {
	next, done := b.next[:0], b.done[:0]
	for _, p := range set {
		path := b.paths[p.path].path
		st := path[p.step]
		if st.kind == stepDeepName || st.kind == stepDeepAll {
			next = append(next, p)
		}
		if st.kind != stepDeepAll && !hit(st) {
			continue
		}
		if int(p.step)+1 == len(path) {
			done = append(done, p.path)
		} else {
			next = append(next, position{p.path, p.step + 1})
		}
	}
	b.next, b.done = next, done
	return target{b.state(next), b.end(done)}
}

// index files the transitions.
func (b *subsetBuilder) index() {
	size := 4
	for size < 2*len(b.entries) {
		size *= 2
	}
	slots := make([]transition, size)
	for i := range slots {
		slots[i].name = -1
	}
	for _, t := range b.entries {
		i := hashTransition(t.state, int(t.name)) & uint64(size-1)
		for slots[i].name >= 0 {
			i = (i + 1) & uint64(size-1)
		}
		slots[i] = t
	}
	b.a.slots = slots
}
