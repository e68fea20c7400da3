package rules

import (
	"cmp"
	"slices"
	"strings"

	"redactor/redact"
)

// Direction says whether a change gives a recipient more.
type Direction uint8

const (
	// Loosened: the recipient gets something that it did not get before, or
	// something else of which nobody can say that it is not more.
	Loosened Direction = iota
	// Tightened: the recipient gets less.
	Tightened
	// Changed: the recipient gets neither more nor less.
	Changed
)

// String returns the direction in lower case.
func (d Direction) String() string { return [...]string{"loosened", "tightened", "changed"}[d] }

// MarshalText spells the direction as String does.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Change is one difference between two policies for one recipient.
type Change struct {
	Profile   string    `json:"profile"` // "" for all of them
	Direction Direction `json:"direction"`
	What      string    `json:"what"`            // the field, or the setting
	Where     []string  `json:"where,omitempty"` // the keys, paths and headers concerned
	Before    string    `json:"before"`
	After     string    `json:"after"`
	Place     Place     `json:"place"` // in the new policy
}

// PolicyDiff says what recipients get by a new policy that they did not get by
// an old one.
type PolicyDiff struct {
	Old, New string // digests
	Changes  []Change
}

// Loosens reports whether any recipient gets more.
func (d *PolicyDiff) Loosens() bool {
	return slices.ContainsFunc(d.Changes, func(c Change) bool { return c.Direction == Loosened })
}

// Diff compares what two policies do. It looks at what becomes of data, not at
// how the files are written: of every key, path and header that either of them
// names, the engine is asked what each recipient gets.
func Diff(before, after *Policy) *PolicyDiff {
	d := differences{old: before, new: after, places: after.reporter(), out: &PolicyDiff{Old: before.Digest(), New: after.Digest()}}
	if d.out.Old == d.out.New {
		return d.out
	}
	d.policy()
	d.profiles()
	d.fields()
	slices.SortStableFunc(d.out.Changes, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Profile, b.Profile), int(a.Direction)-int(b.Direction), strings.Compare(a.What, b.What))
	})
	return d.out
}

// differences is the state of one Diff.
type differences struct {
	old, new *Policy
	places   *parser
	out      *PolicyDiff
}

func (d *differences) add(profile string, dir Direction, at Pos, what, before, after string) {
	d.out.Changes = append(d.out.Changes, Change{
		Profile: profile, Direction: dir, What: what, Before: before, After: after, Place: d.places.place(at),
	})
}

// changed adds a change of a text that gives nobody more.
func (d *differences) changed(profile string, at Pos, what, before, after string) {
	if before != after {
		d.add(profile, Changed, at, what, orNone(before), orNone(after))
	}
}

// policy compares what is said for all recipients.
func (d *differences) policy() {
	d.changed("", Pos{}, "namespace (every pseudonym changes)", d.old.Namespace, d.new.Namespace)
	d.changed("", Pos{}, "on_error", d.old.OnError.String(), d.new.OnError.String())
	more, less := setDifference(foldAll(d.old.Containers), foldAll(d.new.Containers))
	if len(more) > 0 {
		d.add("", Loosened, Pos{}, "containers: objects that are looked into", dash, list(more, 8))
	}
	if len(less) > 0 {
		d.add("", Tightened, Pos{}, "containers: objects that are looked into", list(less, 8), dash)
	}
}

// setDifference returns what b has and a has not, and the other way round.
// Both are in order.
func setDifference(a, b []string) (more, less []string) {
	for _, s := range b {
		if _, ok := slices.BinarySearch(a, s); !ok {
			more = append(more, s)
		}
	}
	for _, s := range a {
		if _, ok := slices.BinarySearch(b, s); !ok {
			less = append(less, s)
		}
	}
	return more, less
}

// profiles compares what is said of each recipient beside the fields.
func (d *differences) profiles() {
	for i := range d.old.Profiles {
		was := &d.old.Profiles[i]
		if d.old.isRecipient(was.Name) && !d.new.isRecipient(was.Name) {
			d.add(was.Name, Tightened, Pos{}, "recipient", "gets "+plural(d.old.released(was), "field"), "gets nothing")
		}
	}
	for i := range d.new.Profiles {
		is := &d.new.Profiles[i]
		if !d.new.isRecipient(is.Name) {
			continue
		}
		was := d.old.profile(is.Name)
		if was == nil || !d.old.isRecipient(is.Name) {
			d.add(is.Name, Loosened, is.Pos, "recipient", "gets nothing", "gets "+plural(d.new.released(is), "field"))
			continue
		}
		d.profile(was, is)
	}
}

// released counts the fields of which something leaves.
func (p *Policy) released(pr *Profile) (n int) {
	for i := range p.Catalog {
		if survives(pr.decide(&p.Catalog[i])) {
			n++
		}
	}
	return n
}

func (d *differences) profile(was, is *Profile) {
	name := is.Name
	compared := func(what string, r release, at Pos, before, after string) {
		switch r {
		case releasesMore, releasesOther:
			d.add(name, Loosened, at, what, before, after)
		case releasesLess:
			d.add(name, Tightened, at, what, before, after)
		}
	}
	at := func(p Pos) Pos {
		if p.Line == 0 {
			return is.Pos
		}
		return p
	}
	compared("unknown values", comparing(unknownRelease[was.Unknown], unknownRelease[is.Unknown]), at(is.unknownAt), unknownNames[was.Unknown], unknownNames[is.Unknown])
	compared("record time", comparing(d.new.recordTime(is), d.old.recordTime(was)), at(is.Record.timeAt), unitNames[d.old.recordTime(was)], unitNames[d.new.recordTime(is)])
	compared("partition", comparing(partitionRelease[was.Record.Partition], partitionRelease[is.Record.Partition]), is.Pos, partitionNames[was.Record.Partition], partitionNames[is.Record.Partition])
	compared("unfit values", comparing(boolInt(!was.Unfit), boolInt(!is.Unfit)), is.Pos, unfitName(was), unfitName(is))
	compared("guard", comparing(guardRelease(was.guard()), guardRelease(is.guard())), at(is.Guard.at), was.guard().String(), is.guard().String())
	compared("white space", comparing(boolInt(!was.Compact), boolInt(!is.Compact)), is.Pos, layoutNames[boolInt(was.Compact)], layoutNames[boolInt(is.Compact)])
	compared("dropped columns", comparing(boolInt(was.KeepColumns), boolInt(is.KeepColumns)), is.Pos, droppedNames[boolInt(was.KeepColumns)], droppedNames[boolInt(is.KeepColumns)])
	compared("internal", comparing(boolInt(was.Internal), boolInt(is.Internal)), is.Pos, recipientKind(was), recipientKind(is))
	d.headers(was, is)
	d.filters(was, is)
	d.topics(was, is)
	d.changed(name, at(is.Key.Pos), "key (every pseudonym changes)", was.Key.Text, is.Key.Text)
	d.changed(name, is.Pos, "purpose", was.Purpose, is.Purpose)
	d.changed(name, is.Pos, "stamp", onOff(was.Record.Stamp), onOff(is.Record.Stamp))
}

// unknownRelease and partitionRelease order what lets more out, from little to
// much. The partition of a record tells which ones belong together.
var (
	unknownRelease   = [...]int{redact.UnknownQuarantine: 0, redact.UnknownDrop: 1, redact.UnknownNull: 2, redact.UnknownKeep: 3}
	partitionRelease = [...]int{redact.PartitionSpread: 0, redact.PartitionByKey: 1, redact.PartitionSame: 2}
)

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func onOff(b bool) string { return [...]string{"off", "on"}[boolInt(b)] }

func unfitName(pr *Profile) string { return [...]string{"null", "quarantine"}[boolInt(pr.Unfit)] }

func recipientKind(pr *Profile) string {
	return [...]string{"external", "internal"}[boolInt(pr.Internal)]
}

func (d *differences) headers(was, is *Profile) {
	more, less := setDifference(foldAll(texts(was.Record.Headers)), foldAll(texts(is.Record.Headers)))
	if len(more) > 0 {
		d.add(is.Name, Loosened, is.Pos, "record headers", dash, list(more, 8))
	}
	if len(less) > 0 {
		d.add(is.Name, Tightened, is.Pos, "record headers", list(less, 8), dash)
	}
}

// filters compares the conditions as texts: one that was taken away, and one
// that reads otherwise, may let other records through.
func (d *differences) filters(was, is *Profile) {
	for _, kind := range []struct {
		what     string
		was, now []Filter
	}{{"only", was.Only, is.Only}, {"except", was.Except, is.Except}} {
		before, after := filterTexts(kind.was), filterTexts(kind.now)
		slices.Sort(before)
		slices.Sort(after)
		more, less := setDifference(before, after)
		at := is.Pos
		if len(kind.now) > 0 {
			at = kind.now[0].Pos
		}
		switch {
		case len(less) > 0:
			d.add(is.Name, Loosened, at, kind.what, strings.Join(less, "; "), orNone(strings.Join(more, "; ")))
		case len(more) > 0:
			d.add(is.Name, Tightened, at, kind.what, dash, strings.Join(more, "; "))
		}
	}
}

// topics compares which source topics a recipient gets, and where.
func (d *differences) topics(was, is *Profile) {
	before, after := d.old.sourcesOf(was.Name), d.new.sourcesOf(is.Name)
	for from, to := range after {
		if old, ok := before[from]; !ok {
			d.add(is.Name, Loosened, to.Pos, "source topics", dash, from)
		} else if old.Text != to.Text {
			d.changed(is.Name, to.Pos, "output topic of "+from, old.Text, to.Text)
		}
	}
	for from := range before {
		if _, ok := after[from]; !ok {
			d.add(is.Name, Tightened, is.Pos, "source topics", from, dash)
		}
	}
}

// sourcesOf returns the output topic of a profile by source pattern and format.
func (p *Policy) sourcesOf(profile string) map[string]Word {
	out := map[string]Word{}
	for i := range p.Streams {
		r := &p.Streams[i]
		for _, to := range r.To {
			if to.Profile.Text == profile {
				out[r.From.Text+" ("+spellFormat(r.Format)+")"] = to.Topic
			}
		}
	}
	return out
}
