package redact

import (
	"redactor/detect"
	"redactor/pseudonym"
)

// Limits of a Spec that leaves them at zero.
const (
	// DefaultMaxDepth is deep enough for every real log and shallow enough
	// that a record of brackets costs nothing: JSON's own test suite nests
	// 500 arrays in a file that parsers may take.
	DefaultMaxDepth = 512

	// DefaultMaxRecord bounds what one record can make a Machine hold.
	DefaultMaxRecord = 16 << 20

	// maxRecord is the most that MaxRecord may be: offsets in a record are
	// 32 bits wide.
	maxRecord = 1 << 30
)

// A Spec is everything that Compile needs: the catalog and what every
// recipient may see of it. It is data; the policy language is not known here.
type Spec struct {
	// Fields is the catalog. The index of a field is its number in
	// Profile.Transforms, in Counts and in Leaf.Fields.
	Fields []Field

	// Containers are member names that carry no data of their own: an object
	// or array under such a name may be entered although no entry names it.
	// They are compared folded, as keys are.
	Containers []string

	// Profiles are the recipients. The index of a profile is Render's argument.
	Profiles []Profile

	// Format is how the records are written; the zero Format is JSON.
	Format Format

	// EventTime is the path of the time at which a record was made, for profiles
	// with Epochs; "" is none: then the record's timestamp counts. Where a record
	// has no such value its timestamp counts too; a value that is no time, or two
	// that differ, make the record unjudgeable for these profiles.
	EventTime string

	// Cache holds results of slow transforms; nil: there is none. Programs may
	// share it.
	Cache *Cache

	// MaxDepth is the number of objects and arrays that may be open at once;
	// 0 means DefaultMaxDepth.
	MaxDepth int

	// MaxRecord is the longest record in bytes; 0 means DefaultMaxRecord.
	MaxRecord int
}

// A Field is one entry of the catalog: where a kind of data is found and how
// sensitive it is.
type Field struct {
	Name  string
	Class detect.Class
	Level uint8 // 1 (technical) to 4 (identifies, or is secret)

	// Keys match a member name at any depth. They are compared folded (ASCII
	// case, '_' and '-' are ignored) after escapes are decoded; '*' stands for
	// any number of characters.
	Keys []string

	// Paths are exact places, in the subset of RFC 9535 that ValidatePath
	// accepts.
	Paths []string

	// Names are paths of objects whose member names are such a field: maps from
	// devices to something. Objects and arrays under such a name may be entered; what
	// is in them needs entries of its own. A name that cannot stay takes its member
	// with it. It is for JSON; members of other formats have no such names.
	Names []string

	// Headers are names of record headers, compared as Keys are.
	Headers []string

	// RecordKey says that the key of a record is such a field.
	RecordKey bool

	// BuiltIn says that nobody wrote this entry for the logs at hand: one of
	// the policy's own may speak for its place (see Profile.Named).
	BuiltIn bool
}

// A Profile is one recipient: what it may see of every field.
type Profile struct {
	Name string

	// Transforms holds one Transform for each Field.
	Transforms []Transform

	// Named tells, for each Field, that the profile treats it by name, not by
	// its level; nil is none. Where a path of an entry that is not built in
	// leads, and the profile generalizes it or does more by name, a built-in
	// entry of the same class and no higher level that the profile does not name
	// has no say: who wrote `trip: town` has decided about $.trip[*].lat, though
	// the catalog knows every lat and the profile drops those it was not told
	// about. Short of that the strictest entry wins.
	Named []bool

	// Unknown decides values that no entry names.
	Unknown Unknown

	// UnfitQuarantine quarantines a record with a value that its transform
	// cannot take, which otherwise becomes null.
	UnfitQuarantine bool

	// Compact removes the white space outside strings, all of it: how a client
	// spaces its JSON tells which client, and which version, it is.
	Compact bool

	// KeepColumns leaves the columns of CSV that an entry drops empty, for readers
	// who know columns by their number. Those that no entry names go all the same:
	// their names are data.
	KeepColumns bool

	// Only lets a record pass when every condition holds; Except withholds it
	// when any does. A tombstone always passes.
	Only, Except []Condition

	// Time is the unit that the timestamp of a record is truncated to.
	Time TimeUnit

	// PassHeaders names headers that pass as they are although no entry names
	// them. Compared as Keys are, without wildcards.
	PassHeaders []string

	// Partition says how the output partition of a record is chosen.
	Partition Partition

	// Guard is how the output is looked at once more for identifiers that the
	// profile does not allow, before it leaves: 0 not at all, GuardAll every
	// record, n one record in n. A record with one is quarantined.
	Guard int

	written []Transform // not nil: the records hold what these made, see Verifier

	// Epochs are the secrets of the profile's key by time, as ByEpoch was given
	// the transforms of each; nil, or one secret for all times: the time of a
	// record does not matter.
	Epochs *pseudonym.Epochs
}

// A Condition is about the values at one path.
//
// In a profile's Except it holds when any value there matches; in Only it
// holds when there is a value and every value matches.
type Condition struct {
	Path string // as in Field.Paths

	// In lists values as text: "crash", "14", "true", "null". A value matches
	// when its decoded text is one of them; objects and arrays never do.
	In []string

	// Below and AtLeast, where not nil, bound a number (or a string that is a
	// JSON number). A value at the path that is neither makes the record
	// unjudgeable: it is quarantined.
	Below, AtLeast *float64
}

// Unknown is what a profile does with a value that no entry of the catalog
// names, and with an object or array under a name that the policy does not know.
type Unknown uint8

const (
	UnknownDrop       Unknown = iota // the value goes, and its name with it
	UnknownNull                      // the name stays, the value becomes null
	UnknownKeep                      // the value stays; unknown objects and arrays are entered
	UnknownQuarantine                // the record is quarantined for this profile
)

// Partition is how the output partition of a record is chosen. The engine
// carries it for its caller and does nothing with it.
type Partition uint8

const (
	PartitionSame   Partition = iota // as in the source topic
	PartitionByKey                   // by murmur2 of the new key
	PartitionSpread                  // at random
)

// Outcome is what became of a record for one profile.
type Outcome uint8

const (
	Passed      Outcome = iota // it may be produced as rendered
	Filtered                   // the profile does not want it
	Quarantined                // it could not be judged and must not be produced
)

// String returns the outcome as the documentation names it.
func (o Outcome) String() string {
	return [...]string{"passed", "filtered", "quarantined"}[o]
}

// Reason is why a record was quarantined. It is a closed set because it is
// shown: it never carries anything of the record.
type Reason uint8

const (
	ReasonNone      Reason = iota // nothing was wrong
	ReasonParse                   // not JSON of RFC 8259 in UTF-8
	ReasonDepth                   // nested deeper than Spec.MaxDepth
	ReasonSize                    // longer than Spec.MaxRecord
	ReasonUnknown                 // a value that no entry names, and the profile wants none
	ReasonUnfit                   // a value that its transform cannot take, and the profile wants none
	ReasonFilter                  // a numeric condition on a value that is no number
	ReasonKey                     // a record key that no entry names, and the profile wants none
	ReasonHeader                  // a header that could not be judged
	ReasonLeak                    // a raw identifier was found in the output
	ReasonTransform               // a transform failed, or the engine itself
	ReasonTime                    // a time that the record was not made at: its epoch cannot be known
	numReasons
)

// String returns the reason as a metric's label.
func (r Reason) String() string {
	return [...]string{
		"none", "parse", "depth", "size", "unknown", "unfit", "filter", "key", "header", "leak", "transform", "time",
	}[r]
}

// A Verdict is what Scan and Render say about a record.
type Verdict struct {
	Outcome Outcome
	Reason  Reason // ReasonNone unless Quarantined
}
