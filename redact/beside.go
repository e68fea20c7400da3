package redact

import (
	"redactor/internal/jsonscan"
)

// This file finds the other coordinate: a cell is of two numbers, and a
// transform is given one value. Before the transform of a location is called,
// Render looks for the number that belongs to it and leaves it with the worker.
//
//   - In an object it is the member of the same name but for the axis:
//     startLat and start_lng. Names that say no axis have none, and so have
//     those of which the object has the other one twice: nobody could tell which
//     counts.
//   - In an array it is the other one of the first two elements, unless the
//     array's own name says an axis: then it is a list of latitudes.
//
// Without it the value cannot be taken. To cut each axis for itself would do
// for some divisions, but where a half is missing nobody can tell what the rest
// of the record makes of the other.

// role is what a value is in its pair.
type role uint8

const (
	alone role = iota // there is no pair
	isLat
	isLon
	isFirst  // of an array
	isSecond // of an array
)

// besideValue is the pair of the value that a transform is called for.
type besideValue struct {
	role  role
	other float64
}

// maxBeside bounds the search on either side, in values, so that an object of
// nothing but latitudes is not searched from each. Coordinates stand together.
const maxBeside = 32

// beside returns what belongs to the leaf tape[n].
func (m *Machine) beside(n int) besideValue {
	if nd := &m.tape[n]; nd.start == nd.at {
		return m.besideElement(n)
	}
	return m.besideMember(n)
}

// besideElement finds the other one of the first two elements of an array.
func (m *Machine) besideElement(n int) besideValue {
	nd := &m.tape[n]
	sep := jsonscan.SpaceBefore(m.rec, int(nd.at)) - 1
	if sep < 0 {
		return besideValue{} // the root
	}
	if m.rec[sep] == '[' {
		next := jsonscan.Space(m.rec, int(nd.end))
		if m.rec[next] != ',' || n+1 == len(m.tape) || int(m.tape[n+1].at) != jsonscan.Space(m.rec, next+1) || m.listOfAxis(n-1, sep) {
			return besideValue{}
		}
		return m.pairedWith(n+1, isFirst)
	}
	if n == 0 || int(m.tape[n-1].end) != jsonscan.SpaceBefore(m.rec, sep) {
		return besideValue{}
	}
	open := jsonscan.SpaceBefore(m.rec, int(m.tape[n-1].at)) - 1
	if m.tape[n-1].kind() >= kindOpen || open < 0 || m.rec[open] != '[' || m.listOfAxis(n-2, open) {
		return besideValue{}
	}
	return m.pairedWith(n-1, isSecond)
}

// listOfAxis reports that the array at a bracket is named after one axis.
func (m *Machine) listOfAxis(n, bracket int) bool {
	if n < 0 || m.tape[n].kind() != kindOpen || int(m.tape[n].at) != bracket || m.tape[n].start == m.tape[n].at {
		return false
	}
	m.w.name = m.appendName(m.w.name[:0], n)
	_, from, _ := axisOf(m.w.name)
	return from >= 0
}

// besideMember finds the member with the other coordinate.
func (m *Machine) besideMember(n int) besideValue {
	m.w.name = m.appendName(m.w.name[:0], n)
	own, from, to := axisOf(m.w.name)
	if from < 0 {
		return besideValue{}
	}
	found := -1
	for i, left := n+1, maxBeside; i < len(m.tape) && left > 0 && m.tape[i].kind() != kindClose; left-- {
		if m.tape[i].kind() == kindOpen {
			i = int(m.tape[i].end) + 1
			continue
		}
		if m.isOther(i, own, m.w.name[:from], m.w.name[to:]) {
			if found >= 0 {
				return besideValue{}
			}
			found = i
		}
		i++
	}
	for i, left := n-1, maxBeside; i >= 0 && left > 0 && m.tape[i].kind() != kindOpen; left-- {
		if m.tape[i].kind() == kindClose {
			i = int(m.tape[i].start) - 1
			continue
		}
		if m.isOther(i, own, m.w.name[:from], m.w.name[to:]) {
			if found >= 0 {
				return besideValue{}
			}
			found = i
		}
		i--
	}
	if found < 0 {
		return besideValue{}
	}
	return m.pairedWith(found, own)
}

// isOther reports whether the member tape[i] has the name of the other axis.
func (m *Machine) isOther(i int, own role, before, behind []byte) bool {
	if m.tape[i].start == m.tape[i].at {
		return false
	}
	m.w.other = m.appendName(m.w.other[:0], i)
	axis, from, to := axisOf(m.w.other)
	return from >= 0 && axis != own && string(m.w.other[:from]) == string(before) && string(m.w.other[to:]) == string(behind)
}

// pairedWith reads the number of the leaf tape[i].
func (m *Machine) pairedWith(i int, own role) besideValue {
	nd := &m.tape[i]
	if k := nd.kind(); k != kindNumber && k != kindString {
		return besideValue{}
	}
	v := m.text(nd)
	if nd.kind() == kindString {
		v = trimSpace(v)
	}
	f, ok := degrees(v)
	if !ok {
		return besideValue{}
	}
	return besideValue{own, f}
}

// appendName appends the folded name of the member tape[n].
func (m *Machine) appendName(dst []byte, n int) []byte {
	at := int(m.tape[n].start) + 1
	end, flags := jsonscan.String(m.rec, at)
	raw := m.rec[at:end]
	if flags&jsonscan.Escaped != 0 {
		m.w.text = jsonscan.AppendUnescaped(m.w.text[:0], raw)
		raw = m.w.text
	}
	dst, _ = appendFold(dst, raw)
	return dst
}

// axisWords say an axis in a folded name. Of two that begin at one place the
// longer is meant.
var axisWords = [...]struct {
	word string
	role role
}{
	{"latitude", isLat}, {"longitude", isLon}, {"longtitude", isLon}, {"weidu", isLat}, {"jingdu", isLon},
	{"纬度", isLat}, {"经度", isLon}, {"long", isLon}, {"lat", isLat}, {"lon", isLon}, {"lng", isLon},
}

// axisOf returns the axis that a folded name says, and where it says so: the
// last of such words, as in platformLat. from is -1 when it says none.
func axisOf(name []byte) (axis role, from, to int) {
	for from = len(name) - 3; from >= 0; from-- {
		for _, a := range &axisWords {
			if len(name)-from >= len(a.word) && string(name[from:from+len(a.word)]) == a.word {
				return a.role, from, from + len(a.word)
			}
		}
	}
	return alone, -1, 0
}
