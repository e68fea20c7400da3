package redact

import (
	"errors"
	"fmt"
	"strconv"

	"redactor/detect"
)

// This file is what the transforms of a location share: how a point is read
// and written. What becomes of the point is a cells: geohash.go, s2.go, grid.go.
//
//	"39.9042,116.4074"              a text: the cell's code, or its center
//	"39.9,116.4;31.2,121.5"         a text of several points
//	{"lat":39.9042,"lon":116.4074}  two numbers, or texts of one number, in one object
//	[116.4074,39.9042]              the first two elements of an array (GeoJSON)
//
// In the last two each number becomes that coordinate of the center, and a
// number is no coordinate without the other one beside it: beside.go.

// A point is in degrees.
type point struct{ lat, lon float64 }

// valid holds for what is on the globe, and for no NaN.
func (p point) valid() bool {
	return p.lat >= -90 && p.lat <= 90 && p.lon >= -180 && p.lon <= 180
}

// Order is which coordinate of a text or an array stands first.
type Order uint8

const (
	// OrderUsual is latitude first in texts (ISO 6709, RFC 5870) and longitude
	// first in arrays (GeoJSON, RFC 7946 section 3.1.1). A pair of which only the
	// other order is on the globe is read in that.
	OrderUsual Order = iota
	OrderLatLon
	OrderLonLat
)

// PlaceOptions say how points are written in the records.
type PlaceOptions struct {
	Order Order
	CRS   CRS // what the points are converted from: the result is WGS-84's
}

func (o PlaceOptions) check(what string) error {
	if o.Order > OrderLonLat || o.CRS > BD09 {
		return errors.New(what + ": there is no such order or coordinate system")
	}
	return nil
}

// suffix is the part of a transform's name that says what is not usual.
func (o PlaceOptions) suffix() string {
	s := [...]string{"", " lat-lon", " lon-lat"}[o.Order]
	if o.CRS != CRSNone {
		s += " from " + o.CRS.String()
	}
	return s
}

// cells divide the globe.
type cells interface {
	// center returns the center of the point's cell.
	center(p point) point
	// appendCode appends the cell's name; of a division that has no names, nothing.
	appendCode(dst []byte, p point) []byte
}

// maxPlaceDecimals is what a coordinate of a center has at most: 11 cm.
const maxPlaceDecimals = 6

// located is the applier of a location transform.
type located struct {
	cells    cells
	decimals int // of a center's coordinates: so many that it stays in its cell
	opts     PlaceOptions
}

func newLocated(c cells, decimals int, name string, o PlaceOptions) Transform {
	return Transform{OpApply, RankGeneralize, name + o.suffix(), &located{c, decimals, o}}
}

// locates reports that the transform needs to know what is beside a value.
func (t Transform) locates() bool {
	_, ok := t.fn.(*located)
	return ok
}

// decimalsFor returns how many decimals leave a center within a twentieth of its
// cell's width, in degrees.
func decimalsFor(degrees float64) int {
	n := 0
	for unit := 1.0; unit > degrees/10 && n < maxPlaceDecimals; n++ {
		unit /= 10
	}
	return n
}

func (l *located) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	switch k {
	case KindNumber:
		return l.coordinate(w, dst, v, ShapeNumber)
	case KindString:
		v = trimSpace(v)
		if out, ok := l.list(dst, v); ok {
			return out, ShapeText
		}
		return l.coordinate(w, dst, v, ShapePlain)
	}
	return dst, ShapeUnfit
}

// coordinate appends a coordinate of the center of the cell that v and the
// number beside it are in.
func (l *located) coordinate(w *worker, dst, v []byte, shape Shape) ([]byte, Shape) {
	own, ok := degrees(v)
	if !ok || w.beside.role == alone {
		return dst, ShapeUnfit
	}
	lat := w.beside.role == isLat
	if w.beside.role == isFirst || w.beside.role == isSecond {
		first := w.beside.role == isFirst
		a, b := own, w.beside.other
		if !first {
			a, b = b, a
		}
		lat = first == l.latFirst(a, b, false)
	}
	p := point{own, w.beside.other}
	if !lat {
		p = point{w.beside.other, own}
	}
	if !p.valid() {
		return dst, ShapeUnfit
	}
	c := l.cells.center(l.opts.CRS.toWGS84(p))
	if !lat {
		c.lat = c.lon
	}
	return appendDegrees(dst, c.lat, l.decimals), shape
}

// latFirst decides the order of a pair.
func (l *located) latFirst(a, b float64, text bool) bool {
	switch l.opts.Order {
	case OrderLatLon:
		return true
	case OrderLonLat:
		return false
	}
	asLat, asLon := (point{a, b}).valid(), (point{b, a}).valid()
	if asLat != asLon {
		return asLat
	}
	return text
}

// list appends the cells of a text of points.
func (l *located) list(dst, v []byte) ([]byte, bool) {
	start := len(dst)
	for {
		n := 0
		for n < len(v) && v[n] != ';' {
			n++
		}
		var ok bool
		if dst, ok = l.pair(dst, v[:n]); !ok {
			return dst[:start], false
		}
		if n == len(v) {
			return dst, true
		}
		dst = append(dst, ';')
		v = v[n+1:]
	}
}

// pair appends the cell of a text of two numbers.
func (l *located) pair(dst, v []byte) ([]byte, bool) {
	v = trimSpace(v)
	n := 0
	for n < len(v) && v[n] != ',' && !isSpace(v[n]) {
		n++
	}
	rest := trimSpace(v[n:])
	if len(rest) > 0 && rest[0] == ',' {
		rest = trimSpace(rest[1:])
	}
	a, ok1 := degrees(v[:n])
	b, ok2 := degrees(rest)
	if !ok1 || !ok2 {
		return dst, false
	}
	latFirst := l.latFirst(a, b, true)
	p := point{a, b}
	if !latFirst {
		p = point{b, a}
	}
	if !p.valid() {
		return dst, false
	}
	p = l.opts.CRS.toWGS84(p)
	start := len(dst)
	if dst = l.cells.appendCode(dst, p); len(dst) > start {
		return dst, true
	}
	c := l.cells.center(p)
	a, b = c.lat, c.lon
	if !latFirst {
		a, b = b, a
	}
	dst = append(appendDegrees(dst, a, l.decimals), ',')
	return appendDegrees(dst, b, l.decimals), true
}

// degrees reads a number of at most 180, of either sign. What a float64 cannot
// hold is far below a millimeter.
func degrees(v []byte) (float64, bool) {
	if len(v) > 1 && v[0] == '+' && isDigit(v[1]) {
		v = v[1:]
	}
	var d detect.Decimal
	if !d.Parse(v) || d.Point > 3 {
		return 0, false
	}
	const digits = 17 // a float64 holds no more
	n := min(d.N, digits)
	if d.Point < -digits {
		n = 0 // nothing that could be seen is left of it
	}
	x := uint64(0)
	for _, c := range d.D[:n] {
		x = x*10 + uint64(c-'0')
	}
	f := float64(x)
	for e := n - d.Point; n > 0 && e > 0; {
		step := min(e, 22) // powers of ten up to here are exact
		f /= exact10[step]
		e -= step
	}
	for range max(d.Point-n, 0) {
		f *= 10
	}
	if d.Negative {
		f = -f
	}
	return f, n > 0 && f >= -180 && f <= 180 || n == 0
}

var exact10 = func() (t [23]float64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

// appendDegrees appends a number without zeros that carry nothing.
func appendDegrees(dst []byte, f float64, decimals int) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', decimals, 64)
	if decimals > 0 {
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
		if dst[len(dst)-1] == '.' {
			dst = dst[:len(dst)-1]
		}
	}
	if string(dst[start:]) == "-0" {
		dst = append(dst[:start], '0')
	}
	return dst
}

// between says that an argument is not one of those that there are.
func between(what string, n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("%s: from %d to %d", what, low, high)
	}
	return nil
}
