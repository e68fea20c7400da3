package redact

import (
	"errors"

	"redactor/detect"
	"redactor/pseudonym"
)

// ScrubOptions say what is looked for in a text and what stands in its place.
type ScrubOptions struct {
	Detect detect.Config

	// Text stands in the place of everything that is found. Where it is empty
	// that is the detector in brackets: [imei], [email]; [custom] for patterns
	// of the policy's.
	Text string

	// Subkey, when it is set, gives the key of a class, or nil. What is found
	// and has one has its pseudonym in the brackets: [email:3Kq…], the same that
	// the value has in a field of its class under the same key. It is called by
	// the constructor only.
	Subkey func(detect.Class) *pseudonym.Subkey
	Test   bool // the keys are test keys: "test_" goes before each pseudonym
}

// Scrub takes out of a text what detectors find in it and leaves the rest as it
// is. What stays is what no detector knows: a scrubbed text is less personal, it
// is not anonymous. A number is looked at as its digits are, and becomes text
// when it is found. A boolean cannot be scrubbed.
func Scrub(o ScrubOptions) (Transform, error) {
	if o.Detect.Set == 0 && len(o.Detect.Custom) == 0 {
		return Transform{}, errors.New("scrub: nothing to look for")
	}
	if o.Text != "" && o.Subkey != nil {
		return Transform{}, errors.New("scrub: either one text or pseudonyms")
	}
	scanner, err := detect.NewScanner(o.Detect)
	if err != nil {
		return Transform{}, err
	}
	s := &scrubber{scanner: scanner, patterns: len(o.Detect.Custom), allow: o.Detect.Allow}
	for d := range s.marks {
		s.marks[d] = newScrubMark(o, detect.Detector(d))
	}
	name := "scrub"
	if o.Detect.Set != detect.AllDetectors {
		name += " " + o.Detect.Set.String()
	}
	if o.Subkey != nil {
		name += " pseudonym"
	}
	return Transform{OpApply, RankMask, name, s}, nil
}

// scrubMark is what stands in the place of what one detector finds.
type scrubMark struct {
	text  string            // all of it, or what stands before a pseudonym
	bare  string            // all of it, of a placeholder: a pseudonym would make nobody one
	key   *pseudonym.Subkey // nil: no pseudonym
	class detect.Class
	typ   string
}

func newScrubMark(o ScrubOptions, d detect.Detector) scrubMark {
	m := scrubMark{text: o.Text, class: d.Class(), typ: d.Class().String()}
	if o.Text != "" {
		return m
	}
	m.text = "[" + d.String()
	m.bare = m.text + "]"
	if o.Subkey != nil && m.class.Identifies() {
		m.key = o.Subkey(m.class)
	}
	switch {
	case m.key == nil:
		m.text = m.bare
	case o.Test:
		m.text += ":" + testPrefix
	default:
		m.text += ":"
	}
	return m
}

type scrubber struct {
	scanner  *detect.Scanner // never used itself: each worker has a clone
	patterns int             // of the policy's own
	allow    []string        // what it spares: the guard does too
	marks    [int(detect.DetectCustom) + detect.MaxCustom]scrubMark
}

// scrubScratch is a worker's scanner of one scrubber.
type scrubScratch struct {
	of      *scrubber
	scanner *detect.Scanner
}

// scannerOf returns the worker's scanner of s. There are few transforms of this
// kind in a policy: a list is shorter than a map.
func (w *worker) scannerOf(s *scrubber) *detect.Scanner {
	for i := range w.scanners {
		if w.scanners[i].of == s {
			return w.scanners[i].scanner
		}
	}
	clone := s.scanner.Clone()
	w.scanners = append(w.scanners, scrubScratch{s, clone})
	return clone
}

func (s *scrubber) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	switch k {
	case KindString:
	case KindNumber:
		return s.applyNumber(w, dst, v)
	default:
		return dst, ShapeUnfit
	}
	w.spans = w.scannerOf(s).Find(w.spans[:0], v)
	from := 0
	for _, f := range w.spans {
		dst = append(dst, v[from:f.Start]...)
		w.count(f.Detector)
		dst = s.marks[f.Detector].append(w, dst, v[f.Start:f.End])
		from = int(f.End)
	}
	return append(dst, v[from:]...), ShapeText
}

// applyNumber looks at the number without exponent, which would hide its
// digits, and at the number as it was spelled.
func (s *scrubber) applyNumber(w *worker, dst, v []byte) ([]byte, Shape) {
	scanner := w.scannerOf(s)
	plain := plainNumber(w, v)
	w.spans = scanner.Find(w.spans[:0], plain)
	if len(w.spans) == 0 {
		plain = v
		w.spans = scanner.Find(w.spans, v)
	}
	if len(w.spans) == 0 {
		return append(dst, v...), ShapeNumber
	}
	w.count(w.spans[0].Detector)
	f := w.spans[0] // what else is in the number goes with it
	return s.marks[f.Detector].append(w, dst, plain[f.Start:f.End]), ShapeText
}

// append appends the mark of a value.
func (m *scrubMark) append(w *worker, dst, v []byte) []byte {
	if m.key == nil {
		return append(dst, m.text...)
	}
	canon, c := detect.AppendCanonical(w.canon[:0], m.class, v)
	if c == detect.CanonUnfit {
		canon, c = detect.AppendCanonical(canon[:0], detect.None, v)
	}
	w.canon = canon
	if c == detect.CanonPlaceholder {
		return append(dst, m.bare...)
	}
	if w.hasher == nil {
		w.hasher = pseudonym.NewHasher()
	}
	dst = append(dst, m.text...)
	dst = pseudonym.Base62.Append(dst, w.hasher.Sum(m.key, m.typ, canon))
	return append(dst, ']')
}
