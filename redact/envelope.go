package redact

// This file renders what surrounds a value: key, headers, timestamp. They are
// output too.

// RenderKey appends the record's key as profile i may see it. The key is one
// value of text: the entries with RecordKey decide it; without any it is
// unknown. null says that the key is to be null, and then nothing was
// appended. A record without a key needs no call; an empty key stays empty
// unless it is dropped.
func (m *Machine) RenderKey(dst, key []byte, i int) (out []byte, null bool, v Verdict) {
	a := m.prog.profiles[i].key
	out, keep, v := m.renderText(dst, key, i, a)
	if v.Reason == ReasonUnknown {
		v.Reason = ReasonKey
	}
	if m.leaksText(out[len(dst):], i, a) {
		return dst, false, Verdict{Quarantined, ReasonLeak}
	}
	return out, !keep, v
}

// RenderHeader appends the value of a record header as profile i may see it.
// keep says whether the header stays: an entry with such a header name decides;
// without one it stays as it is if the profile passes headers of that name,
// and else goes. A kept header to which nothing was appended is null, unless
// its value was empty.
func (m *Machine) RenderHeader(dst, name, value []byte, i int) (out []byte, keep bool, v Verdict) {
	res := m.headerKeys(name)
	if len(res.matches) == 0 {
		m.headers.folded, _ = appendFold(m.headers.folded[:0], name)
		if m.prog.profiles[i].pass.find(m.headers.folded) >= 0 {
			if m.leaksText(value, i, newAction(opKeep, -1)) {
				return dst, false, Verdict{Quarantined, ReasonLeak}
			}
			return append(dst, value...), true, Verdict{}
		}
		return dst, false, Verdict{}
	}
	for _, e := range res.matches {
		if e.guarded() { // it looks like a header of the policy without being one
			return dst, false, Verdict{}
		}
	}
	a := m.prog.alone(i, m.prog.action(i, m.prog.strictest(i, res.matches)))
	if a.op() == opDrop {
		m.counts.Profiles[i].hits[a.slot()]++
		return dst, false, Verdict{}
	}
	out, _, v = m.renderText(dst, value, i, a)
	if m.leaksText(out[len(dst):], i, a) {
		return dst, false, Verdict{Quarantined, ReasonLeak}
	}
	return out, true, v
}

// headerKeys resolves the name of a header.
func (m *Machine) headerKeys(name []byte) resolution {
	return m.headers.keys(m.prog.headers, name)
}

// renderText appends what an action makes of text outside of JSON. keep is
// false when it comes to null.
func (m *Machine) renderText(dst, text []byte, i int, a action) (out []byte, keep bool, v Verdict) {
	if !m.enterProfile(i) {
		return dst, false, Verdict{Quarantined, ReasonTime}
	}
	c := &m.counts.Profiles[i]
	c.hits[a.slot()]++
	switch a.op() {
	case opKeep, opKeepNoted:
		return append(dst, text...), true, Verdict{}
	case opReplace:
		return append(dst, m.prog.literals[i][a.field()].text...), true, Verdict{}
	case opApply, opSurvey:
		if len(text) == 0 {
			return dst, true, Verdict{}
		}
		out, shape := m.prog.spec.Profiles[i].Transforms[a.field()].fn.apply(&m.w, dst, text, KindString)
		switch shape {
		case ShapeText, ShapePlain, ShapeNumber, ShapeRaw:
			return out, true, Verdict{}
		case ShapeSame:
			return append(dst, text...), true, Verdict{}
		case ShapeUnfit, ShapeRefused:
			c.unfit[a.slot()]++
			if shape == ShapeRefused || m.prog.profiles[i].unfitQuarantine {
				return dst, false, m.because(Verdict{Quarantined, ReasonUnfit})
			}
		}
	case opQuarantine:
		return dst, false, Verdict{Quarantined, ReasonUnknown}
	}
	return dst, false, Verdict{}
}

// RecordTime returns the timestamp of a record, in milliseconds since 1970, as
// profile i may see it.
func (m *Machine) RecordTime(ms int64, i int) int64 {
	if u := m.prog.spec.Profiles[i].Time; u != TimeKeep {
		return TruncateMillis(ms, u)
	}
	return ms
}
