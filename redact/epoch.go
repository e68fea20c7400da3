package redact

import (
	"fmt"
	"math"

	"redactor/detect"
	"redactor/pseudonym"
)

// This file chooses the epoch of a record: which of the secrets of a profile's
// key its pseudonyms are made with. It is chosen once for each record and
// profile, by the time at which the record was made, so that a record that is
// read again has the same pseudonyms.
//
// A time is a claim of whoever made the record. A forged one could ask for the
// pseudonyms of a period that the value does not belong to and so join two
// periods. Therefore the times of a record must lie within a window of each
// other, its timestamp may not lie after the clock by more, and what lies
// ahead of the clock has the epoch of now: one that has not begun is never used.

// noEpoch is the epoch of a time that no secret is for.
const noEpoch = -1

// ByEpoch makes one transform of those that a field has in each epoch of its
// profile's key, in their order. One that is zero belongs to an epoch whose
// secret was destroyed: values of its time become null, as do those of times
// without an epoch.
func ByEpoch(ts []Transform) Transform {
	t := &byEpoch{fns: make([]applier, len(ts))}
	out := Transform{OpApply, RankPseudonym, "pseudonym by epoch", t}
	for i := len(ts) - 1; i >= 0; i-- { // the newest epoch gives the name
		if t.fns[i] = ts[i].fn; ts[i].fn != nil && out.name == "pseudonym by epoch" {
			out.rank, out.name = ts[i].rank, ts[i].name+" by epoch"
		}
	}
	for _, fn := range t.fns {
		if _, ok := fn.(surveyor); ok {
			out.fn = surveyorByEpoch{t}
		}
	}
	return out
}

// surveyorByEpoch is byEpoch of surveyors.
type surveyorByEpoch struct{ *byEpoch }

func (t surveyorByEpoch) survey(m *Machine, n int, profile int) {
	if e := m.w.epoch; e >= 0 && int(e) < len(t.fns) && t.fns[e] != nil {
		t.fns[e].(surveyor).survey(m, n, profile)
	}
}

type byEpoch struct{ fns []applier }

// any returns the transform of an epoch that has a secret, nil when none has:
// what they do is the same but for the key.
func (t *byEpoch) any() applier {
	for _, fn := range t.fns {
		if fn != nil {
			return fn
		}
	}
	return nil
}

func (t *byEpoch) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if w.epoch < 0 || int(w.epoch) >= len(t.fns) || t.fns[w.epoch] == nil {
		return dst, ShapeNull
	}
	return t.fns[w.epoch].apply(w, dst, v, k)
}

// clock is what a Machine knows of the time of a record, in milliseconds since
// 1970.
type clock struct {
	set         bool // SetTime was called for this record
	record, now int64

	told   bool  // the payload names a time
	event  int64 // which
	unfit  bool  // it names something that is no time, or two that differ
	chosen []chosenEpoch
}

// chosenEpoch is what was decided for one profile.
type chosenEpoch struct {
	epoch  int32
	forged bool
}

// NoTimestamp stands for the timestamp of a record that never had one, as of a
// line of a file: then the time in its payload is taken at its word, since there
// is no other to hold it to, and without one it counts as made now.
const NoTimestamp = math.MinInt64

// SetTime tells the Machine the timestamp of the record that is scanned next,
// and the time now, both in milliseconds since 1970. It matters for profiles
// with Epochs; without it their keyed transforms make null.
// A negative record is none, as of Kafka before 0.10: it counts as now.
func (m *Machine) SetTime(record, now int64) {
	if record < 0 && record != NoTimestamp {
		record = now
	}
	m.clock.record, m.clock.now, m.clock.set = record, now, true
}

// noteTime takes a value at Spec.EventTime.
func (m *Machine) noteTime(text []byte, k nodeKind) {
	c := &m.clock
	ms, ok := eventMillis(text, k)
	if !ok || c.told && ms != c.event {
		c.unfit = true
		return
	}
	c.told, c.event = true, ms
}

// chooseEpochs decides for each profile with epochs, when the record is scanned.
func (m *Machine) chooseEpochs() {
	for _, i := range m.prog.timed {
		m.clock.chosen[i] = m.clock.choose(m.prog.spec.Profiles[i].Epochs)
	}
	m.clock.set, m.clock.told, m.clock.unfit = false, false, false
}

func (c *clock) choose(e *pseudonym.Epochs) chosenEpoch {
	if !c.set {
		return chosenEpoch{epoch: noEpoch}
	}
	if c.record == NoTimestamp {
		return c.untimed(e)
	}
	window := e.Rules().Window.Milliseconds()
	at := c.record
	if c.told {
		at = c.event
	}
	// Differences of times that somebody chose can wrap around; apart does not.
	if c.unfit || after(c.record, c.now, window) || after(at, c.record, window) || after(c.record, at, window) {
		return chosenEpoch{noEpoch, true}
	}
	return chosenEpoch{epoch: int32(e.Find(min(at, c.now)))}
}

// untimed chooses for a record without a timestamp.
func (c *clock) untimed(e *pseudonym.Epochs) chosenEpoch {
	switch {
	case c.unfit:
		return chosenEpoch{noEpoch, true}
	case c.told:
		return chosenEpoch{epoch: int32(e.Find(min(c.event, c.now)))}
	}
	return chosenEpoch{epoch: int32(e.Find(c.now))}
}

// after reports whether a lies more than window after b.
func after(a, b, window int64) bool { return a > b && uint64(a)-uint64(b) > uint64(window) }

// enterProfile makes the epoch of profile i the one that transforms use, and
// reports whether the record's time can be judged.
func (m *Machine) enterProfile(i int) bool {
	c := &m.clock.chosen[i]
	m.w.epoch, m.w.profile = c.epoch, i
	m.w.found = &m.counts.Profiles[i].found
	return !c.forged
}

// compileEpochs finds the profiles with epochs and adds the path of the time.
func (p *Program) compileEpochs(paths *[]ownedPath) error {
	for i := range p.spec.Profiles {
		pr := &p.spec.Profiles[i]
		epochs := 0
		if e := pr.Epochs; e != nil && e.ByTime() {
			p.timed = append(p.timed, i)
			epochs = e.Len()
		}
		for n, t := range pr.Transforms {
			by, ok := t.fn.(*byEpoch)
			if s, surveys := t.fn.(surveyorByEpoch); surveys {
				by, ok = s.byEpoch, true
			}
			if ok && len(by.fns) != epochs {
				return fmt.Errorf("profile %q, field %q: transforms of %d epochs for a key of %d", pr.Name, p.spec.Fields[n].Name, len(by.fns), epochs)
			}
		}
	}
	if p.spec.EventTime == "" {
		return nil
	}
	steps, err := parsePath(p.spec.EventTime)
	if err != nil {
		return err
	}
	if len(p.timed) > 0 {
		*paths = append(*paths, ownedPath{steps, uint32(len(p.filters)), true})
		p.filters = append(p.filters, condition{time: true})
	}
	return nil
}

// Timed reports whether the time of a record decides what some profile gets of
// it, so that SetTime is to be called.
func (p *Program) Timed() bool { return len(p.timed) > 0 }

// eventMillis reads a time: a number, or a string of one, by its size (see
// epochUnit), or RFC 3339 with or without its zone; without one it is UTC.
func eventMillis(text []byte, k nodeKind) (int64, bool) {
	switch k {
	case kindNumber:
	case kindString:
		if ms, ok := rfc3339Millis(text); ok {
			return ms, true
		}
	default:
		return 0, false
	}
	var d detect.Decimal
	if !d.Parse(text) {
		return 0, false
	}
	x, ok := scaled(&d, 0)
	if !ok {
		return 0, false
	}
	second, ok := epochUnit(x)
	switch {
	case !ok:
		return 0, false
	case second == 1:
		return x * 1000, true
	}
	return x / (second / 1000), true
}

// rfc3339Millis reads 2026-11-21T21:05:33.123+08:00; a space may stand for the
// T, the colon of the zone may be missing. It allocates nothing, which
// time.Parse does for zones.
func rfc3339Millis(v []byte) (int64, bool) {
	const layout = "dddd-dd-ddTdd:dd:dd"
	if len(v) < len(layout) {
		return 0, false
	}
	for i := range len(layout) {
		switch c := v[i]; layout[i] {
		case 'd':
			if !isDigit(c) {
				return 0, false
			}
		case 'T':
			if c != 'T' && c != 't' && c != ' ' {
				return 0, false
			}
		default:
			if c != layout[i] {
				return 0, false
			}
		}
	}
	y, mo, d := two(v, 0)*100+two(v, 2), two(v, 5), two(v, 8)
	h, mi, s := two(v, 11), two(v, 14), two(v, 17)
	if y == 0 || mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo) || h > 23 || mi > 59 || s > 60 {
		return 0, false
	}
	ms := (daysOf(y, mo, d)*86400 + h*3600 + mi*60 + s) * 1000
	v = v[len(layout):]
	if len(v) > 0 && (v[0] == '.' || v[0] == ',') {
		n := 1
		for unit := int64(100); n < len(v) && isDigit(v[n]); n++ {
			ms += int64(v[n]-'0') * unit
			unit /= 10
		}
		if n == 1 {
			return 0, false
		}
		v = v[n:]
	}
	offset, ok := zoneSeconds(v)
	return ms - offset*1000, ok
}

// zoneSeconds reads a zone: nothing, Z, +08:00, +0800 or +08.
func zoneSeconds(v []byte) (int64, bool) {
	if len(v) == 0 || len(v) == 1 && v[0]|0x20 == 'z' {
		return 0, true
	}
	sign := int64(1)
	switch v[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return 0, false
	}
	minutes := int64(0)
	switch v = v[1:]; {
	case len(v) == 5 && v[2] == ':':
		minutes = two(v, 3)
	case len(v) == 4:
		minutes = two(v, 2)
	case len(v) != 2:
		return 0, false
	}
	hours := two(v, 0)
	return sign * (hours*3600 + minutes*60), hours <= maxOffset && minutes <= 59
}
