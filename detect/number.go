package detect

import "bytes"

// AppendNumber appends a number of JSON's grammar in its one plain spelling: no
// exponent, no zero that carries nothing, no minus on zero. 356938035643809,
// 3.56938035643809e14 and 356938035643809.0 become the same text. It reports
// false, and appends nothing, when v is no number or its plain spelling has
// over MaxPlain characters.
func AppendNumber(dst, v []byte) ([]byte, bool) {
	var d Decimal
	if !d.Parse(v) || !d.Exact {
		return dst, false
	}
	return d.Append(dst)
}

// appendInteger appends the digits of a positive integer that has a point in
// it: an exponent moves the point behind all digits, or only zeros follow it.
// Spreadsheets and floating-point code do this to identifiers. Where fewer than
// seven digits stand before a point without an exponent it is left alone: there
// it is more likely a separator.
func appendInteger(dst, v []byte) ([]byte, bool) {
	const short = 7
	dot := bytes.IndexByte(v, '.')
	if dot < 0 || dot < short && !bytes.ContainsAny(v, "eE") {
		return dst, false
	}
	var d Decimal
	if !d.Parse(v) || !d.Exact || d.Negative || d.N > d.Point {
		return dst, false
	}
	return d.Append(dst)
}
