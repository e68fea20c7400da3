package redact

import "redactor/detect"

// A Subject is the field that says whose a record is: what is done by a keyed
// constant for each person is done by it.
type Subject struct {
	Field int          // in Spec.Fields
	Class detect.Class // of that field: the canonical form
}

// subject is the answer for one record and profile.
type subject struct {
	asked bool
	field int
	known bool
	canon []byte
}

// subject returns the canonical form of the record's subject, or nil when
// nobody knows: no value of the record is decided by the field's entry, or two
// that are not one person, or one that is nobody. The answer is remembered,
// since a record of a thousand times asks a thousand times.
func (m *Machine) subject(profile int, of Subject) []byte {
	s := &m.whose[profile]
	if !s.asked || s.field != of.Field {
		s.asked, s.field = true, of.Field
		s.known = m.findSubject(s, profile, of)
	}
	if !s.known {
		if m.nest.outer != nil {
			return m.nest.outer.subject(profile, of)
		}
		return nil
	}
	return s.canon
}

func (m *Machine) findSubject(s *subject, profile int, of Subject) bool {
	actions := m.rules.actions[profile]
	found := false
	for n := range m.tape {
		nd := &m.tape[n]
		if actions[nd.meta&ruleMask].field() != of.Field || nd.kind() == kindClose {
			continue
		}
		var v []byte
		switch nd.kind() {
		case kindString:
			v = m.text(nd)
		case kindNumber:
			v = plainNumber(&m.w, m.text(nd))
		case kindNull, kindOpen:
			continue // of an object or array, what is in it
		default:
			return false
		}
		canon, c := detect.AppendCanonical(m.w.canon[:0], of.Class, v)
		if c == detect.CanonUnfit {
			canon, c = detect.AppendCanonical(canon[:0], detect.None, v)
		}
		m.w.canon = canon
		switch {
		case c != detect.CanonOK:
			return false
		case !found:
			s.canon, found = append(s.canon[:0], canon...), true
		case string(s.canon) != string(canon):
			return false
		}
	}
	return found
}
