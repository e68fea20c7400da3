package redact

import (
	"fmt"
	"math"
)

// maxS2 is the deepest level that hides anything: cells of 20 are some 10 m
// wide.
const maxS2 = 20

// S2 puts in the place of a point its S2 cell of a level (1 to 20). Cells of a
// level are nearly of one area wherever they are, and every cell is of exactly
// four of the next level: 10 is 81 km², 12 is 5 km², 13 is 1.3 km², 14 is
// 0.3 km² (s2geometry.io).
//
// A text of "lat,lon" becomes the cell's token. Coordinates that are two
// numbers become those of the cell's center. A lone coordinate cannot be taken.
func S2(level int, o PlaceOptions) (Transform, error) {
	if err := between("s2", level, 1, maxS2); err != nil {
		return Transform{}, err
	}
	if err := o.check("s2"); err != nil {
		return Transform{}, err
	}
	// The narrowest cells of a level are 2√2/3 / 2^level radians wide.
	narrow := 2 * math.Sqrt2 / 3 * 180 / math.Pi / float64(uint(1)<<level)
	return newLocated(s2(level), decimalsFor(narrow), fmt.Sprintf("s2 %d", level), o), nil
}

// s2 is a level. A point is projected from the center of the globe onto one of
// the six faces of a cube, its place on the face is bent so that cells get one
// size, and the face is quartered level by level, along a Hilbert curve.
type s2 uint

func (l s2) center(p point) point {
	face, i, j := l.cell(p)
	u, v := s2Unbend((float64(i)+0.5)/float64(uint(1)<<l)), s2Unbend((float64(j)+0.5)/float64(uint(1)<<l))
	x, y, z := s2OffFace(face, u, v)
	const degree = 180 / math.Pi
	return point{math.Atan2(z, math.Hypot(x, y)) * degree, math.Atan2(y, x) * degree}
}

// cell returns the face and the column and row on it.
func (l s2) cell(p point) (face int, i, j uint32) {
	lat, lon := p.lat*(math.Pi/180), p.lon*(math.Pi/180)
	cos := math.Cos(lat)
	face, u, v := s2OnFace(math.Cos(lon)*cos, math.Sin(lon)*cos, math.Sin(lat))
	n := float64(uint(1) << l)
	at := func(s float64) uint32 { return uint32(max(0, min(math.Floor(s*n), n-1))) }
	return face, at(s2Bend(u)), at(s2Bend(v))
}

// The Hilbert curve: which way it runs in each of the four orientations
// (swapped, inverted), and what the orientation of each quarter is.
const (
	s2Swap   = 1
	s2Invert = 2
)

var (
	s2Along = [4][4]uint64{{0, 1, 3, 2}, {0, 3, 1, 2}, {2, 3, 1, 0}, {2, 1, 3, 0}} // by orientation, by column<<1 | row
	s2Turn  = [4]int{s2Swap, 0, 0, s2Invert | s2Swap}                              // by place on the curve
)

// appendCode appends the token: the 64 bits of the cell's id in hex, without
// the zeros at its end. The id is the face, two bits for each level, and a 1.
func (l s2) appendCode(dst []byte, p point) []byte {
	face, i, j := l.cell(p)
	id := uint64(face)
	turn := face & s2Swap
	for k := int(l) - 1; k >= 0; k-- {
		at := s2Along[turn][i>>k&1<<1|j>>k&1]
		id = id<<2 | at
		turn ^= s2Turn[at]
	}
	id = (id<<1 | 1) << (60 - 2*l)
	for ; id != 0; id <<= 4 {
		dst = append(dst, "0123456789abcdef"[id>>60])
	}
	return dst
}

// s2Bend and s2Unbend are the quadratic projection and its inverse.
func s2Bend(u float64) float64 {
	if u >= 0 {
		return 0.5 * math.Sqrt(1+3*u)
	}
	return 1 - 0.5*math.Sqrt(1-3*u)
}

func s2Unbend(s float64) float64 {
	if s >= 0.5 {
		return (4*s*s - 1) / 3
	}
	return (1 - 4*(1-s)*(1-s)) / 3
}

// s2OnFace projects a direction onto the face that it meets.
func s2OnFace(x, y, z float64) (face int, u, v float64) {
	ax, ay, az := math.Abs(x), math.Abs(y), math.Abs(z)
	switch {
	case ax > ay && ax > az:
		if x > 0 {
			return 0, y / x, z / x
		}
		return 3, z / x, y / x
	case ax <= ay && ay > az:
		if y > 0 {
			return 1, -x / y, z / y
		}
		return 4, z / y, -x / y
	case z > 0:
		return 2, -x / z, -y / z
	}
	return 5, -y / z, -x / z
}

func s2OffFace(face int, u, v float64) (x, y, z float64) {
	switch face {
	case 0:
		return 1, u, v
	case 1:
		return -u, 1, v
	case 2:
		return -u, -v, 1
	case 3:
		return -1, -v, -u
	case 4:
		return v, -1, -u
	}
	return v, u, -1
}
