package redact

import "encoding/binary"

// A Program is a compiled Spec. It is immutable and may be shared.
type Program struct {
	spec      Spec
	format    *format // nil: one JSON text
	paths     *automaton
	keys      *catalog
	rules     *rules
	literals  [][]replacement // by profile, by field: what opReplace writes
	masks     [][]splicedMask // by profile, by field; see splice.go
	headers   *catalog        // of header names: only keys
	recordKey []match         // the entries with RecordKey
	filters   []condition
	profiles  []profile
	timed     []int  // the profiles whose key has epochs
	endsMeta  []meta // of a value at the end of some paths: rule and filtered flag
	rootMeta  meta

	walkStates []walkState // by state; see vector.go

	memberNames bool // some field has Names

	// recordAll: some profile does something to unknown values, so that the
	// tape needs every value.
	recordAll bool

	// recordContainers: some profile drops values, so that the tape needs
	// every object and array: they may come to be empty.
	recordContainers bool

	// guardAll: some profile keeps unknown values, so that members below a
	// container that an entry matches need a rule of their own.
	guardAll bool
}

// profile is what Render needs to know of one, beside its actions.
type profile struct {
	drops           bool // some action is opDrop
	unfitQuarantine bool
	compact         bool
	keepColumns     bool
	only, except    []uint32 // indexes of Program.filters
	pass            *nameTable
	key             action // of the record's key
	guard           guard
}

// A replacement is the text of a transform that does not look at the value.
type replacement struct {
	text string // as it is: for keys and headers
	json string // as a JSON value
	loud bool   // the guard would take it for an identifier

	head, tail uint64 // the first 16 bytes of json
}

func newReplacement(text, json string) replacement {
	var b [16]byte
	copy(b[:], json)
	return replacement{text, json, false, binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
}

// A catalog finds entries by member name, without regard to where the member is.
type catalog struct {
	deep    *nameTable // names of the paths $..name, exact
	deepBy  [][]uint32 // entries, by number in deep
	inPath  *nameTable // every name that stands in a path of an entry
	folded  keyTable
	wide    keyTable
	hasKeys bool // some entry has keys, so that wide folding has something to find

	// wideDiffers: some key changes under wide folding, so that a name that
	// does not may still match it there.
	wideDiffers bool
}

// A keyTable finds entries by a folded name.
type keyTable struct {
	names     *nameTable
	entries   [][]uint32 // by number in names
	container []bool     // by number in names
	patterns  *patternIndex
}

// resolver is the scratch in which names are resolved.
type resolver struct {
	folded  []byte
	matches []match
	hits    []uint32
	trial   [2]patternTrial // of folded and wide
}

func newResolver(c *catalog) resolver {
	return resolver{trial: [2]patternTrial{
		newPatternTrial(len(c.folded.patterns.patterns)), newPatternTrial(len(c.wide.patterns.patterns)),
	}}
}

// A resolution is all that a name decides about the member.
type resolution struct {
	target
	matches []match // valid until the next resolve
	open    bool    // an object or array of this name may be entered without an entry
}

// resolve finds what the member with the decoded name, in a container of state
// s, is.
func (p *Program) resolve(r *resolver, s stateID, name []byte) resolution {
	out := resolution{target: p.paths.member(s, p.paths.names.find(name))}
	c := p.keys
	r.matches = r.matches[:0]
	for _, e := range p.paths.ends[out.ends].entries {
		r.matches = append(r.matches, newMatch(e, byPath))
	}
	if n := c.deep.find(name); n >= 0 {
		r.add(c.deepBy[n], byPath)
	}
	r.addKeys(c, name, &out)
	out.open = out.open || c.inPath.find(name) >= 0 || p.namesAt(out.ends)
	out.matches = r.matches
	return out
}

// keys resolves a name by keys alone.
func (r *resolver) keys(c *catalog, name []byte) resolution {
	var out resolution
	r.matches = r.matches[:0]
	r.addKeys(c, name, &out)
	out.matches = r.matches
	return out
}

// addKeys adds the entries whose keys match name. Wide folding is for names
// that nothing but a wildcard matches: an entry that gives the exact name, odd
// as it may be, means it.
func (r *resolver) addKeys(c *catalog, name []byte, out *resolution) {
	var odd bool
	r.folded, odd = appendFold(r.folded[:0], name)
	if n := c.folded.names.find(r.folded); n >= 0 {
		r.add(c.folded.entries[n], byName)
		out.open = c.folded.container[n]
	}
	exact := len(r.matches)
	r.addPatterns(&c.folded, &r.trial[0], r.folded)
	if exact == 0 && c.hasKeys && (odd || c.wideDiffers) {
		r.addWide(c, name)
	}
}

func (r *resolver) add(entries []uint32, s strength) {
	for _, e := range entries {
		r.matches = append(r.matches, newMatch(e, s))
	}
}

func (r *resolver) addPatterns(t *keyTable, trial *patternTrial, folded []byte) {
	r.hits = t.patterns.appendMatches(r.hits[:0], trial, folded)
	r.add(r.hits, byWildcard)
}

// addWide adds the entries that match only after wide folding, guarded.
func (r *resolver) addWide(c *catalog, name []byte) {
	before := len(r.matches)
	r.folded = appendWideFold(r.folded[:0], name)
	if n := c.wide.names.find(r.folded); n >= 0 {
		r.add(c.wide.entries[n], byName)
	}
	r.addPatterns(&c.wide, &r.trial[1], r.folded)
	kept := r.matches[:before]
	for _, m := range r.matches[before:] {
		if !hasEntry(r.matches[:before], m.entry()) {
			kept = append(kept, m|guardBit)
		}
	}
	r.matches = kept
}

func hasEntry(matches []match, entry int) bool {
	for _, m := range matches {
		if m.entry() == entry {
			return true
		}
	}
	return false
}

// Profiles returns the number of profiles.
func (p *Program) Profiles() int { return len(p.spec.Profiles) }

// Profile returns profile i as it was given to Compile. It is not to be changed.
func (p *Program) Profile(i int) *Profile { return &p.spec.Profiles[i] }

// Fields returns the number of fields in the catalog.
func (p *Program) Fields() int { return len(p.spec.Fields) }

// Field returns field i as it was given to Compile. It is not to be changed.
func (p *Program) Field(i int) *Field { return &p.spec.Fields[i] }
