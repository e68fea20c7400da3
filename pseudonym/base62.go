package pseudonym

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const base62Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const (
	pow2  = 62 * 62
	pow5  = pow2 * pow2 * 62
	pow10 = pow5 * pow5 // the largest even power of 62 below 2^64
)

// base62Pairs holds two digits for every number below 62*62: half the divisions.
var base62Pairs = func() (t [pow2]uint16) {
	for i := range t {
		t[i] = uint16(base62Digits[i/62])<<8 | uint16(base62Digits[i%62])
	}
	return t
}()

// base62Length is how many digits a pseudonym has: 62^22 is the first power over
// 2^128.
const base62Length = 22

// appendBase62 appends the number: it falls apart into 2 + 10 + 10 digits by two
// divisions of 128 bits.
func appendBase62(dst []byte, hi, lo uint64) []byte {
	qhi, r := hi/pow10, hi%pow10
	qlo, low := bits.Div64(r, lo, pow10)
	top, mid := bits.Div64(qhi, qlo, pow10)
	n := len(dst)
	dst = slices.Grow(dst, base62Length)[:n+base62Length]
	b := (*[base62Length]byte)(dst[n:])
	binary.BigEndian.PutUint16(b[0:], base62Pairs[top])
	putBase62((*[10]byte)(b[2:12]), mid)
	putBase62((*[10]byte)(b[12:22]), low)
	return dst
}

// putBase62 writes ten digits of x < 62^10.
func putBase62(b *[10]byte, x uint64) {
	h, l := uint32(x/pow5), uint32(x%pow5)
	h3, l3 := h/pow2, l/pow2
	binary.BigEndian.PutUint16(b[0:], base62Pairs[h3/62])
	b[2] = base62Digits[h3%62]
	binary.BigEndian.PutUint16(b[3:], base62Pairs[h%pow2])
	binary.BigEndian.PutUint16(b[5:], base62Pairs[l3/62])
	b[7] = base62Digits[l3%62]
	binary.BigEndian.PutUint16(b[8:], base62Pairs[l%pow2])
}
