package pseudonym

import (
	"slices"
	"sort"
	"time"
)

// NoEpoch is the id that stands in the derivation of a key without epochs.
const NoEpoch = "0"

// DefaultWindow is how far the times of one record may lie apart when nothing
// is said: a phone that was off for a day sends its logs late.
const DefaultWindow = 24 * time.Hour

// EpochRules are the times of a key's epochs.
type EpochRules struct {
	// Rotate is how long an epoch lasts: a whole number of days, at least one.
	Rotate time.Duration

	// Overlap is how long an epoch goes on when the next one has not begun in
	// time, and how long after its end its secret is kept for records that come
	// late. 0 is not at all.
	Overlap time.Duration

	// Window is how far the time that a record gives in its payload may lie from
	// its timestamp, and its timestamp after the clock of who judges it. A record
	// outside of it names a time that it was not made at. 0 means DefaultWindow.
	Window time.Duration
}

// An Epoch is a period with a secret of its own.
type Epoch struct {
	// ID is the day, in UTC, on which the epoch begins: 2026-11-21. It is part
	// of every derivation and may be shown.
	ID string

	// Begin and End bound the times of the epoch, in milliseconds since 1970;
	// Begin belongs to it, End does not.
	Begin, End int64

	// Secret is nil when it was destroyed: nobody can make the pseudonyms of
	// the epoch any more.
	Secret *Secret
}

// Epochs are the secrets of one key over time. It is immutable and may be
// shared; it prints as [secret].
//
// A time belongs to at most one epoch, and to the same one whenever it is
// looked at, before and after the next epoch was made: a record that is read
// again has the same pseudonyms.
type Epochs struct {
	unprintable
	list  []Epoch
	rules EpochRules
	one   bool // there are no epochs: one secret for all times
}

// WithoutEpochs returns the epochs of a key that has none: one secret, for all
// times.
func WithoutEpochs(s *Secret) *Epochs {
	return &Epochs{list: []Epoch{{ID: NoEpoch, Secret: s}}, one: true}
}

// newEpochs bounds each epoch by the next one and by how long it may last. What
// lies between two is nobody's: a key file that was lost must not let the
// epoch before it grow over its days.
func newEpochs(list []Epoch, rules EpochRules) *Epochs {
	if rules.Window == 0 {
		rules.Window = DefaultWindow
	}
	slices.SortFunc(list, func(a, b Epoch) int { return int(min(max(a.Begin-b.Begin, -1), 1)) })
	for i := range list {
		e := &list[i]
		e.End = e.Begin + (rules.Rotate + rules.Overlap).Milliseconds()
		if i+1 < len(list) {
			e.End = min(e.End, list[i+1].Begin)
		}
	}
	return &Epochs{list: list, rules: rules}
}

// ByTime reports whether the secret depends on the time of a record.
func (e *Epochs) ByTime() bool { return !e.one }

// Rules returns the times of the epochs; they are zero without epochs.
func (e *Epochs) Rules() EpochRules { return e.rules }

// Len returns the number of epochs, destroyed ones included.
func (e *Epochs) Len() int { return len(e.list) }

// At returns epoch i, the oldest first.
func (e *Epochs) At(i int) Epoch { return e.list[i] }

// Find returns the number of the epoch of a time in milliseconds since 1970,
// or -1: nobody has made a secret for it.
func (e *Epochs) Find(ms int64) int {
	if e.one {
		return 0
	}
	i := sort.Search(len(e.list), func(i int) bool { return e.list[i].Begin > ms }) - 1
	if i < 0 || ms >= e.list[i].End {
		return -1
	}
	return i
}

// Shares reports whether two keys have a secret in common: who holds the one
// could then make pseudonyms of the other.
func (e *Epochs) Shares(f *Epochs) bool {
	for _, a := range e.list {
		for _, b := range f.list {
			if a.Secret != nil && b.Secret != nil && a.Secret.Equal(b.Secret) {
				return true
			}
		}
	}
	return false
}

// IsTest reports whether some secret is a test secret.
func (e *Epochs) IsTest() bool {
	return slices.ContainsFunc(e.list, func(a Epoch) bool { return a.Secret != nil && a.Secret.IsTest() })
}

// ParseEpochID returns when the epoch of an id begins, in milliseconds since
// 1970.
func ParseEpochID(id string) (begin int64, ok bool) {
	t, err := time.Parse(time.DateOnly, id)
	return t.UnixMilli(), err == nil && t.Format(time.DateOnly) == id
}

// EpochID returns the id of an epoch that begins on the day of t in UTC.
func EpochID(t time.Time) string { return t.UTC().Format(time.DateOnly) }
