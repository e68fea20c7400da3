package redact

import (
	"errors"
	"math"
	"strconv"

	"redactor/detect"
)

const (
	// maxBucketed, in units of the last decimal, leaves room for the bucket
	// below.
	maxBucketed = 1e18

	// maxBuckets is how many buckets there are on either side of zero: see
	// maxWhole.
	maxBuckets = 1e7
)

// BucketOptions are decimal numbers as text, with at most nine decimals.
type BucketOptions struct {
	Width  string // of a bucket, above zero: "10", "0.5"
	Bottom string // values below it become it (bottom coding); "" for none
	Top    string // values from it on become it (top coding); "" for none
}

// Bucket puts in the place of a number the lower bound of its bucket: 37 in
// buckets of 10 is 30, -3 is -10. Buckets begin at multiples of the width.
// Bottom and top coding take the ends together, where buckets hold few people:
// with a top of 90 everybody of 90 and more is 90. The arithmetic is exact, for
// fractions too, and a number and a numeric string keep their kind. A number of
// 10^7 widths and more cannot be taken: it is an identifier.
//
// What stays linkable: everybody in the same bucket.
func Bucket(o BucketOptions) (Transform, error) {
	b := &bucket{}
	var width, bottom, top detect.Decimal
	if !width.Parse([]byte(o.Width)) || width.Negative || width.N == 0 {
		return Transform{}, errors.New("bucket: the width must be a number above zero")
	}
	b.hasBottom, b.hasTop = o.Bottom != "", o.Top != ""
	if b.hasBottom && !bottom.Parse([]byte(o.Bottom)) || b.hasTop && !top.Parse([]byte(o.Top)) {
		return Transform{}, errors.New("bucket: bottom and top must be numbers")
	}
	b.scale = max(0, width.N-width.Point, bottom.N-bottom.Point, top.N-top.Point)
	var ok1, ok2, ok3 bool
	if b.scale <= maxDecimals {
		b.width, ok1 = scaled(&width, b.scale)
		b.bottom, ok2 = scaled(&bottom, b.scale)
		b.top, ok3 = scaled(&top, b.scale)
	}
	if !ok1 || !ok2 || !ok3 || b.width >= maxBucketed {
		return Transform{}, errors.New("bucket: a number has more than nine decimals or is too large")
	}
	if b.hasBottom && b.hasTop && b.bottom >= b.top {
		return Transform{}, errors.New("bucket: bottom must be below top")
	}
	name := "bucket " + o.Width
	if b.hasBottom {
		name += " bottom " + o.Bottom
	}
	if b.hasTop {
		name += " top " + o.Top
	}
	return Transform{OpApply, RankPseudonym, name, b}, nil
}

// bucket holds its numbers multiplied by 10^scale, where all are integers.
type bucket struct {
	scale              int
	width, bottom, top int64
	hasBottom, hasTop  bool
}

func (b *bucket) apply(_ *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	shape := ShapeNumber
	switch k {
	case KindNumber:
	case KindString:
		v, shape = trimSpace(v), ShapePlain
	default:
		return dst, ShapeUnfit
	}
	var d detect.Decimal
	if !d.Parse(v) {
		return dst, ShapeUnfit
	}
	x, ok := scaled(&d, b.scale)
	if !ok || x >= maxBucketed || x <= -maxBucketed || x/b.width >= maxBuckets || x/b.width <= -maxBuckets {
		return dst, ShapeUnfit
	}
	return appendScaled(dst, b.bound(x), b.scale), shape
}

func (b *bucket) bound(x int64) int64 {
	if b.hasTop && x >= b.top {
		return b.top
	}
	x = floorTo(x, b.width)
	if b.hasBottom && x < b.bottom {
		return b.bottom
	}
	return x
}

// floorTo returns the largest multiple of unit that is not above x.
func floorTo(x, unit int64) int64 {
	if r := x % unit; r < 0 {
		return x - r - unit
	} else {
		return x - r
	}
}

// scaled returns the largest integer that is not above d × 10^scale. It reports
// false where that is no int64.
func scaled(d *detect.Decimal, scale int) (int64, bool) {
	const most = 19 // digits of an int64; a uint64 holds every number of so many
	if d.N == 0 {
		return 0, true
	}
	digits := d.Point + scale
	if digits > most {
		return 0, false
	}
	n := uint64(0)
	for i := range max(digits, 0) {
		n *= 10
		if i < d.N {
			n += uint64(d.D[i] - '0')
		}
	}
	if n >= math.MaxInt64 {
		return 0, false
	}
	x := int64(n)
	if d.Negative {
		x = -x
		if digits < d.N {
			x-- // digits are cut, and the floor of a negative number is below it
		}
	}
	return x, true
}

var pow10 = func() (t [maxDecimals + 1]int64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = 10 * t[i-1]
	}
	return t
}()

// appendScaled appends x / 10^scale without zeros that carry nothing.
func appendScaled(dst []byte, x int64, scale int) []byte {
	if x < 0 {
		dst = append(dst, '-')
		x = -x
	}
	dst = strconv.AppendInt(dst, x/pow10[scale], 10)
	rest := x % pow10[scale]
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for rest > 0 {
		scale--
		dst = append(dst, byte('0'+rest/pow10[scale]))
		rest %= pow10[scale]
	}
	return dst
}
