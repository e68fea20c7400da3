package redact

import "fmt"

// maxGeohash is the longest geohash that hides anything: 8 characters are
// 38 by 19 m.
const maxGeohash = 8

// geohashDigits is the alphabet of geohash.org: base 32 without a, i, l and o.
const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// Geohash puts in the place of a point its geohash of so many characters (1 to
// 8): the bits of longitude and latitude in turn, five in a character, so that
// a shorter one is the cell around. 5 is 4.9 by 4.9 km, 6 is 0.6 km from south
// to north and 1.2 km from west to east, 7 is 153 by 153 m; from west to east
// less, by the cosine of the latitude.
//
// A text of "lat,lon" becomes the geohash. Coordinates that are two numbers
// become those of the cell's center. A lone coordinate cannot be taken, nor can
// a geohash: it looks like any word, and half a word may be what was to be hidden.
func Geohash(precision int, o PlaceOptions) (Transform, error) {
	if err := between("geohash", precision, 1, maxGeohash); err != nil {
		return Transform{}, err
	}
	if err := o.check("geohash"); err != nil {
		return Transform{}, err
	}
	g := geohash{precision, uint(5*precision) / 2, uint(5*precision+1) / 2}
	return newLocated(g, decimalsFor(180/float64(uint(1)<<g.latBits)), fmt.Sprintf("geohash %d", precision), o), nil
}

type geohash struct {
	precision        int
	latBits, lonBits uint
}

// slice returns in which of 2^bits slices of an axis x is.
func slice(x, half float64, bits uint) uint64 {
	n := float64(uint64(1) << bits)
	return uint64(min((x+half)/(2*half)*n, n-1))
}

func (g geohash) center(p point) point {
	middle := func(x, half float64, bits uint) float64 {
		return (float64(slice(x, half, bits))+0.5)/float64(uint64(1)<<bits)*(2*half) - half
	}
	return point{middle(p.lat, 90, g.latBits), middle(p.lon, 180, g.lonBits)}
}

func (g geohash) appendCode(dst []byte, p point) []byte {
	lat := slice(p.lat, 90, g.latBits) << (64 - g.latBits)
	lon := slice(p.lon, 180, g.lonBits) << (64 - g.lonBits)
	digit := uint64(0)
	for i := range 5 * g.precision {
		next := &lon
		if i%2 == 1 {
			next = &lat
		}
		digit = digit<<1 | *next>>63
		*next <<= 1
		if i%5 == 4 {
			dst = append(dst, geohashDigits[digit])
			digit = 0
		}
	}
	return dst
}
