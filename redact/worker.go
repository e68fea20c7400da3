package redact

import (
	"redactor/detect"
	"redactor/pseudonym"
)

// worker is the scratch of one Machine that transforms work in. Nothing in it
// outlives a call but for its capacity.
type worker struct {
	m       *Machine             // whose scratch it is; nil in tests of single transforms
	profile int                  // that is rendered
	refused Reason               // why a transform said ShapeRefused
	epoch   int32                // of the record, for the profile that is rendered; see epoch.go
	canon   []byte               // canonical form of the value before a keyed transform
	text    []byte               // the decoded text of a string with escapes: what v is then
	number  []byte               // plain spelling of a number
	hasher  *pseudonym.Hasher    // made when the first pseudonym is
	ip      *pseudonym.IPScratch // made when the first address is encrypted
	ahead   pseudonymAhead
	results *resultTable // of fpe; made when the first value is encrypted
	fpe     *fpeScratch  // made when the first value is encrypted

	beside besideValue // what belongs to the value: set for the transforms of a location
	// subject is whose the value is, in canonical form: set for what is keyed by
	// it; nil when nobody knows.
	subject []byte
	name    []byte // a folded member name, and another one that it is compared with
	other   []byte

	scanners []scrubScratch               // one for each scrub that has been used
	spans    []detect.Span                // what a scrub found in the value
	found    *[detect.NumDetectors]uint64 // of the profile that is rendered

	cache cacheScratch
}

// count counts a find of a scrub.
func (w *worker) count(d detect.Detector) {
	if w.found != nil {
		w.found[d]++
	}
}
