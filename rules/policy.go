package rules

import (
	"redactor/detect"
	"redactor/redact"
)

// Pos is a place in the policy's own file, from 1; zero where a thing has no
// line of its own, such as a built-in.
type Pos struct{ Line, Col int }

// Word is a word of the policy with its place.
type Word struct {
	Text string
	Pos  Pos
}

// A Policy is a policy file that was parsed and checked. It is immutable.
type Policy struct {
	File      string
	Name      string
	Namespace string // separates the pseudonyms of different owners
	Revision  string // free text that travels with metrics; "" when not given
	Owner     string
	Approved  *Approval // nil when nobody signed
	Demo      bool      // a starter policy: `run` refuses it

	Containers []string // object names that carry no data: built-in ones and the policy's
	Catalog    []Entry  // the policy's own entries, then the built-in ones it uses
	Profiles   []Profile
	Streams    []Route
	OnError    OnError
	Tests      []Test

	// Tables are the files of tables that it names, by their path relative to it,
	// as they were read.
	Tables map[string][]byte

	use        []Word
	containers []Word
	variants   []variant
	entries    map[string]int // index in Catalog by name
	lines      []string       // of the file, for excerpts
}

// Approval is the `approved:` block: who signed the table, and until when.
type Approval struct {
	By      string `json:"by,omitempty"`
	Date    string `json:"date,omitempty"`
	Expires string `json:"expires,omitempty"`
	Ticket  string `json:"ticket,omitempty"`
	pos     Pos    // of expires
}

// Same reports whether both blocks say the same: nobody has signed in between.
func (a *Approval) Same(b *Approval) bool {
	return a.By == b.By && a.Date == b.Date && a.Expires == b.Expires && a.Ticket == b.Ticket
}

// Entry is one field of the catalog.
type Entry struct {
	Name      string
	Level     int // 1 to 4
	Class     detect.Class
	CRS       string // of a location: wgs84, gcj02, bd09; "" when not said
	Domain    string // who may be joined; "" for the class's default
	Keys      []string
	Paths     []string
	Names     []string // paths of objects whose member names are the field's values
	Headers   []string
	RecordKey bool
	Doc       string
	Why       string
	Source    string // where a built-in's names come from
	Group     string // the built-in group it comes from, "" for the policy's own
	Pos       Pos
}

// domain returns what separates its pseudonyms from those of other fields.
func (e *Entry) domain() string {
	if e.Domain != "" {
		return e.Domain
	}
	if d := e.Class.Domain(); d != "" {
		return d
	}
	return e.Name
}

// variant is a named transform of `transforms:`.
type variant struct {
	name   Word
	action action
}

// Rule says what a profile does: an action and where it stands.
type Rule struct {
	action  action
	variant string   // the name it was called by; "" for one written out
	also    []string // the variants that it uses besides
	Why     string
	Pos     Pos
	From    string // the profile it was inherited from; "" for its own
}

// String returns the rule as a table shows it: the variant's name, else the
// action in the policy's own words.
func (r *Rule) String() string {
	if r.variant != "" {
		return r.variant
	}
	return r.action.String()
}

// Profile is a recipient, with what it inherits already merged in.
type Profile struct {
	Name     string
	Pos      Pos
	Purpose  string
	Internal bool
	Key      Word   // the key's name; redactor.yaml binds it
	KeyWhy   string // why an outside recipient's key may live for more than 30 days
	Extends  Word
	Levels   [5]*Rule // by level, 1 to 4
	Fields   map[string]*Rule
	Unknown  redact.Unknown
	Only     []Filter
	Except   []Filter
	Record   Envelope
	Unfit    bool // a value that a transform cannot take quarantines the record
	Compact  bool // layout: compact

	KeepColumns bool // format: {csv: {dropped: empty}}
	Guard       Guard

	unknownAt Pos
	unfitSet  bool
	layoutSet bool
	columnSet bool
}

// Filter is one condition of only: or except:.
type Filter struct {
	redact.Condition
	Pos Pos
}

// Envelope is what a profile does with everything of a record but its value.
type Envelope struct {
	Time      redact.TimeUnit
	TimeSet   bool // false: the default of the profile applies
	Headers   []Word
	Partition redact.Partition
	Stamp     bool // tell the recipient which policy made the record

	timeAt                             Pos
	headersSet, partitionSet, stampSet bool
}

// Route is one line of streams:.
type Route struct {
	From   Word
	Format redact.Format
	To     []Destination
	Pos    Pos

	// EventTime is the path of the time at which a record was made, which
	// decides its epoch; "" is the record's timestamp.
	EventTime Word
}

// Destination is one recipient of a stream.
type Destination struct {
	Profile Word
	Topic   Word // may hold {topic}
}

// OnError is what happens to a record that cannot be judged. There is no way
// to let it pass.
type OnError uint8

const (
	OnErrorQuarantine OnError = iota // the default: coordinates and reason go to the quarantine topic
	OnErrorStop                      // the partition stops
	OnErrorDrop                      // the record is counted and gone
)

// String spells the value as the policy does.
func (o OnError) String() string {
	return [...]string{"quarantine", "stop", "drop"}[o]
}

// how says why a profile does what it does with a field.
type how uint8

const (
	byDefault how = iota // nothing decided: dropped
	byField              // the profile's fields: names it
	byLevel              // the profile's levels: has its level
	unsuited             // levels: has its level, with a transform that its class does not suit: dropped
)

// decision is what a profile does with a field.
type decision struct {
	rule *Rule // nil when dropped for lack of a rule
	how  how
	said *Rule // the level's rule that was not suited
}

// decide applies design point 5: its own fields: entry, else its levels:
// entry where that suits the class, else drop.
func (pr *Profile) decide(e *Entry) decision {
	if r := pr.Fields[e.Name]; r != nil {
		return decision{rule: r, how: byField}
	}
	r := pr.Levels[e.Level]
	if r == nil {
		return decision{}
	}
	if !r.action.kind().suits(e.Class) {
		return decision{how: unsuited, said: r}
	}
	return decision{rule: r, how: byLevel}
}

// action returns the decided action; a field without a rule is dropped.
func (d decision) action() action {
	if d.rule == nil {
		return dropAction
	}
	return d.rule.action
}

func (d decision) String() string {
	if d.rule == nil {
		return "drop"
	}
	return d.rule.String()
}

// origin names an entry with where it comes from.
func (e *Entry) origin() string {
	if e.Group != "" {
		return e.Name + " of " + e.Group
	}
	return "field " + e.Name
}

// entry returns the catalog's entry of a name, or nil.
func (p *Policy) entry(name string) *Entry {
	if i, ok := p.entries[name]; ok {
		return &p.Catalog[i]
	}
	return nil
}

// profile returns the profile of a name, or nil.
func (p *Policy) profile(name string) *Profile {
	for i := range p.Profiles {
		if p.Profiles[i].Name == name {
			return &p.Profiles[i]
		}
	}
	return nil
}
