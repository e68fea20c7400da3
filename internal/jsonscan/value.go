package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// Space returns the index of the first byte at or after i that is not JSON
// white space, or len(src).
func Space(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\r' || src[i] == '\t') {
		i++
	}
	return i
}

// SpaceBefore returns the smallest j such that src[j:i] is JSON white space.
func SpaceBefore(src []byte, i int) int {
	for i > 0 && (src[i-1] == ' ' || src[i-1] == '\n' || src[i-1] == '\r' || src[i-1] == '\t') {
		i--
	}
	return i
}

// Literal returns the index after the literal true, false or null at src[i],
// or -1.
func Literal(src []byte, i int) int {
	if i+4 > len(src) {
		return -1
	}
	switch binary.LittleEndian.Uint32(src[i:]) {
	case 't' | 'r'<<8 | 'u'<<16 | 'e'<<24, 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24:
		return i + 4
	case 'f' | 'a'<<8 | 'l'<<16 | 's'<<24:
		if i+4 < len(src) && src[i+4] == 'e' {
			return i + 5
		}
	}
	return -1
}

// Number returns the index after the number at src[i], or -1. A number ends
// where the grammar of RFC 8259, section 6, ends it: what follows is the
// caller's to judge.
func Number(src []byte, i int) int {
	if i < len(src) && src[i] == '-' {
		i++
	}
	if i >= len(src) {
		return -1
	}
	switch {
	case src[i] == '0':
		i++
	case src[i]-'1' < 9:
		i = digits(src, i+1)
	default:
		return -1
	}
	if i < len(src) && src[i] == '.' {
		k := digits(src, i+1)
		if k == i+1 {
			return -1
		}
		i = k
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		k := digits(src, i)
		if k == i {
			return -1
		}
		i = k
	}
	return i
}

// digits returns the index of the first byte at or after i that is no digit.
func digits(src []byte, i int) int {
	for i+8 <= len(src) {
		// A digit is 0x30 to 0x39: the high nibble is 3, and adding 6 to the
		// low nibble does not carry out of it.
		x := Load64(src, i) ^ lo8*'0'
		t := (x | (x&(lo8*0x7F) + lo8*0x76)) & hi8
		if t != 0 {
			return i + bits.TrailingZeros64(t)>>3
		}
		i += 8
	}
	for i < len(src) && src[i]-'0' < 10 {
		i++
	}
	return i
}
