package redact

// worker is the scratch of one Machine that transforms work in. Nothing in it
// outlives a call but for its capacity.
type worker struct {
	canon []byte // canonical form of the value before a keyed transform
	text  []byte // the decoded text of a string with escapes: what v is then
}
