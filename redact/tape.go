package redact

// This file is the tape: what Scan writes down of a record and Render walks,
// once for each profile, without looking at the JSON again.
//
// A node is a value, in the order of the record. An object or array with
// something in it is two nodes, at its opening and its closing bracket; the
// first names the second, so that it can be taken as a whole.
//
//	record   {"imei":"86…","net":{"ip":"10.0.0.1"}}
//	tape     open · string imei · open net · string ip · close net · close
//
// What is between nodes is copied. So what no profile does anything with needs
// no node: see Program.recordAll and recordContainers.
type tapeNode struct {
	// start is where the member begins, the quote of its name; for an element
	// of an array and for the root it is at. For a closing bracket it is the
	// number of the opening node.
	start uint32

	at  uint32 // first byte of the value; for a closing bracket, itself
	end uint32 // byte after the value; for an opening bracket, the number of the closing node

	meta meta
}

// meta packs what a node is: its rule, flags and kind.
//
//	bits 0–19 rule · 20–23 flags · 24–27 kind
type meta uint32

const (
	ruleBits      = 20
	ruleMask meta = 1<<ruleBits - 1

	// enterable: an object or array here may be entered although no entry
	// matches it: it has no name of its own, or one that the policy knows.
	enterable meta = 1 << 20

	// filtered: the value is at the path of a condition.
	filtered meta = 1 << 21

	// escaped: the string holds a backslash.
	escaped meta = 1 << 22

	// inherited: no entry matches the value; its rule is the guard of a
	// container that it is somewhere below.
	inherited meta = 1 << 23

	kindShift = 24
)

func (m meta) rule() ruleID { return ruleID(m & ruleMask) }

// nodeKind is Kind with the two that transforms never see.
type nodeKind = Kind

const (
	kindNull   = KindNull
	kindBool   = KindBool
	kindNumber = KindNumber
	kindString = KindString
	kindEmpty  = KindEmpty
	kindOpen   = KindEmpty + 1
	kindClose  = KindEmpty + 2
)

func (n *tapeNode) kind() nodeKind { return nodeKind(n.meta >> kindShift) }

// A frame is an object or array that Scan is in, while it is in another one.
type frame struct {
	state stateID

	// inner is the meta of what is in the container: of each element of an
	// array; of the members of an object that no entry matches.
	inner meta

	node    int32 // of the opening bracket, -1 when it has none
	closing byte  // the bracket that closes it, 0 around the root
}

// An indexedArray is an open array whose state tells elements apart.
type indexedArray struct {
	what  meta   // of the array
	index uint32 // of the next element
}
