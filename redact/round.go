package redact

import (
	"fmt"

	"redactor/detect"
)

const (
	// maxDecimals bounds Round on both sides: nine decimals of a degree are a
	// tenth of a millimeter.
	maxDecimals = 9

	// maxWhole is how many digits before the point Round and Bucket leave. A
	// phone number, an IMEI or the number of a card that has strayed into a
	// field of quantities is longer, and to cut its last digit is no protection.
	maxWhole = 7
)

// Round rounds a number to a count of decimals (-9 to 9; -1 rounds to tens),
// half away from zero, in decimal arithmetic on the digits as they are spelled:
// 48.85837 with one decimal is 48.9, and 2.675 with two is 2.68, which binary
// fractions get wrong. The result has no exponent and never more decimals than
// asked. A string stays a string, and may hold several numbers behind commas,
// semicolons or spaces, as "lat,lon": each is rounded. A number that would keep
// more than seven digits before the point cannot be taken: it is an identifier.
//
// One decimal of a degree is about 11 km from north to south, two 1.1 km, three
// 111 m; from east to west less, by the cosine of the latitude. A trail of
// rounded points still tells where somebody lives and works when it is long
// and the cells are small.
func Round(decimals int) (Transform, error) {
	if decimals < -maxDecimals || decimals > maxDecimals {
		return Transform{}, fmt.Errorf("round: from %d to %d decimals", -maxDecimals, maxDecimals)
	}
	return Transform{OpApply, RankGeneralize, fmt.Sprintf("round %d", decimals), rounding(decimals)}, nil
}

type rounding int

func (r rounding) apply(_ *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	switch k {
	case KindNumber:
		if out, ok := r.number(dst, v); ok {
			return out, ShapeNumber
		}
		return dst, ShapeUnfit
	case KindString:
		return r.list(dst, v)
	}
	return dst, ShapeUnfit
}

// list rounds the numbers of a text and keeps what separates them.
func (r rounding) list(dst, v []byte) ([]byte, Shape) {
	start, numbers, shape := len(dst), 0, ShapePlain
	for len(v) > 0 {
		if c := v[0]; c == ',' || c == ';' || c == ' ' {
			dst = append(dst, c)
			v = v[1:]
			shape = ShapeText
			continue
		}
		n := 0
		for n < len(v) && v[n] != ',' && v[n] != ';' && v[n] != ' ' {
			n++
		}
		item := v[:n]
		if item[0] == '+' && n > 1 && isDigit(item[1]) {
			item = item[1:]
		}
		var ok bool
		if dst, ok = r.number(dst, item); !ok {
			return dst[:start], ShapeUnfit
		}
		numbers++
		v = v[n:]
	}
	if numbers == 0 {
		return dst[:start], ShapeUnfit
	}
	return dst, shape
}

func (r rounding) number(dst, v []byte) ([]byte, bool) {
	var d detect.Decimal
	if !d.Parse(v) || !roundDecimal(&d, int(r)) {
		return dst, false
	}
	return d.Append(dst)
}

// roundDecimal reports false when too many digits would stay. Those that it
// keeps are at most 16, fewer than a Decimal has.
func roundDecimal(d *detect.Decimal, decimals int) bool {
	keep := d.Point + decimals // digits of D that stay
	most := maxWhole - min(decimals, 0)
	if d.Point > most {
		return false
	}
	if keep >= d.N {
		return true
	}
	up := keep >= 0 && d.D[keep] >= '5'
	d.N = max(keep, 0)
	if up {
		for d.N > 0 && d.D[d.N-1] == '9' {
			d.N--
		}
		if d.N > 0 {
			d.D[d.N-1]++
			return true
		}
		d.D[0], d.N = '1', 1
		d.Point++
		return d.Point <= most
	}
	for d.N > 0 && d.D[d.N-1] == '0' {
		d.N--
	}
	if d.N == 0 {
		d.Negative, d.Point = false, 0
	}
	return true
}
