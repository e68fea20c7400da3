package redact

// Kind is the kind of the value that a transform is given.
type Kind uint8

const (
	KindNull   Kind = iota
	KindBool        // v is true or false
	KindNumber      // v is the number as it was spelled
	KindString      // v is the decoded text, without quotes and escapes
	KindEmpty       // v is {} or []: an empty container is a leaf
)

// Shape is what a transform made of a value.
type Shape uint8

const (
	ShapeText    Shape = iota // what was appended is text; the renderer quotes and escapes it as the format asks
	ShapePlain                // as ShapeText, and it holds no byte that any format escapes: no need to look
	ShapeNumber               // what was appended is a JSON number
	ShapeRaw                  // what was appended is a complete JSON value
	ShapeNull                 // nothing was appended: the value is null (it was null, or a placeholder that is nobody)
	ShapeSame                 // nothing was appended: the value stays as it was spelled
	ShapeUnfit                // nothing was appended: the transform cannot take this value; it becomes null and is counted
	ShapeRefused              // nothing was appended: the profile wants no record with this value
)

// Rank orders outcomes by strictness: when several entries match a value the
// highest rank wins (design: drop > null > replace > pseudonym, fpe, buckets >
// generalizations > mask, scrub > keep).
type Rank uint8

const (
	RankKeep Rank = iota
	RankMask
	RankGeneralize
	RankPseudonym
	RankReplace
	RankNull
	RankDrop
)

// Op tells the renderer which outcomes it handles itself, without a call.
type Op uint8

const (
	OpDrop Op = iota // the zero Transform drops: what nobody decided does not leave
	OpNull
	OpKeep
	OpApply // call the transform
)

// applier is one transform: it appends what becomes of v to dst. It keeps no
// state of its own between calls, so that a Program can be shared: what it
// needs as scratch is the worker's.
type applier interface {
	apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape)
}

// A surveyor is an applier that has to know more of the record than the value:
// Render has it look around before it is called, and what it saw is the
// worker's until the call returns. Keys and headers stand alone: for them it sees
// nothing.
type surveyor interface {
	applier
	survey(m *Machine, n int, profile int) // of the leaf m.tape[n]
}

// A Transform is what a profile does with a field. Transforms are made by the
// constructors of this package, one file each, and are immutable.
type Transform struct {
	op   Op
	rank Rank
	name string // as the matrix shows it: "mask last 4", "ip /24 /48"
	fn   applier
}

// Op returns how the renderer treats the transform.
func (t Transform) Op() Op { return t.op }

// Rank returns the strictness of the outcome.
func (t Transform) Rank() Rank { return t.rank }

// String returns the transform as a table shows it.
func (t Transform) String() string { return t.name }

// Drop removes the value and, with it, its name. It is the zero Transform.
func Drop() Transform { return Transform{op: OpDrop, rank: RankDrop, name: "drop"} }

// Null keeps the name and puts null in the place of the value.
func Null() Transform { return Transform{op: OpNull, rank: RankNull, name: "null"} }

// Keep leaves the bytes of the value as they are.
func Keep() Transform { return Transform{op: OpKeep, rank: RankKeep, name: "keep"} }
