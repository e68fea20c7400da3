package redact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"redactor/detect"
	"redactor/pseudonym"
)

// maxShift is half a year: nothing coarser than a year hides a longer one.
const maxShift = 182

const secondsOfDay = 86400

// ShiftOptions say how far times are shifted, and by whom.
type ShiftOptions struct {
	Days    int               // at most so many, either way: 1 to 182
	Subject Subject           // whose times move together
	Subkey  *pseudonym.Subkey // of the subject's domain
}

// Shift moves a point in time by a whole number of days, not 0, that a key
// decides for each subject: all times of one person move together, so that what
// is between them stays, and the time of day stays. A text keeps its layout, and
// the name of its weekday follows; a number stays a number. A time of day
// without a date, or a month without a day, cannot be taken; nor can any time of
// a record that does not say whose it is: see Subject.
//
// What stays linkable: everything within a subject. Who knows one true time of a
// person knows all of them, and where the broker keeps the record's own
// timestamp that is everybody; so it is not for recipients outside.
func Shift(o ShiftOptions) (Transform, error) {
	if o.Subkey == nil {
		return Transform{}, errors.New("shift: there is no key")
	}
	if err := between("shift", o.Days, 1, maxShift); err != nil {
		return Transform{}, err
	}
	return Transform{OpApply, RankGeneralize, fmt.Sprintf("shift %d days", o.Days), &shift{o, o.Subject.Class.String() + "/shift"}}, nil
}

type shift struct {
	ShiftOptions
	typ string // not that of a pseudonym, which must not tell the shift
}

func (s *shift) survey(m *Machine, _ int, profile int) { m.w.subject = m.subject(profile, s.Subject) }

func (s *shift) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if w.subject == nil || k != KindNumber && k != KindString {
		return dst, ShapeUnfit
	}
	days := s.days(w)
	v = trimSpace(v)
	shape := ShapeNumber
	if k == KindString {
		shape = ShapePlain
	}
	var t stamp
	if t.parseCompact(v) {
		if out, ok := t.shifted(dst, days); ok {
			return out, shape
		}
		return dst, ShapeUnfit
	}
	if k == KindString && t.parse(v) {
		if out, ok := t.shifted(dst, days); ok {
			return out, ShapeText
		}
		return dst, ShapeUnfit
	}
	var d detect.Decimal
	if !d.Parse(v) {
		return dst, ShapeUnfit
	}
	x, ok := scaled(&d, 0)
	if !ok {
		return dst, ShapeUnfit
	}
	second, ok := epochUnit(x)
	if !ok {
		return dst, ShapeUnfit
	}
	return strconv.AppendInt(dst, x+days*secondsOfDay*second, 10), shape
}

// days returns the subject's shift: -Days to Days without 0.
func (s *shift) days(w *worker) int64 {
	if w.hasher == nil {
		w.hasher = pseudonym.NewHasher()
	}
	sum := w.hasher.Sum(s.Subkey, s.typ, w.subject)
	n := int64(binary.BigEndian.Uint64(sum[:8]) % uint64(2*s.Days))
	if n -= int64(s.Days); n >= 0 {
		n++
	}
	return n
}

// shifted appends the text some days later. It reports false when it has no
// day.
func (s *stamp) shifted(dst []byte, days int64) ([]byte, bool) {
	if !s.has[partYear] || !s.has[partDay] {
		return dst, false
	}
	v := &s.value
	v[partYear], v[partMonth], v[partDay] = civil(daysOf(v[partYear], v[partMonth], v[partDay]) + days)
	if v[partYear] < 1 || v[partYear] > 9999 {
		return dst, false
	}
	s.exact = true
	return s.append(dst), true
}
