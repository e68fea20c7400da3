package pseudonym

import (
	"encoding/binary"
	"strconv"
)

// An Alphabet is a way to write the 16 bytes of a pseudonym.
type Alphabet uint8

const (
	Base62  Alphabet = iota // 22 characters 0-9A-Za-z, the number in base 62, big-endian, padded with 0
	Base32                  // 26 characters a-z2-7: RFC 4648 section 6 in lower case, without padding
	Hex                     // 32 characters 0-9a-f
	UUID                    // RFC 9562 version 8, lower case: 122 of the 128 bits
	Decimal                 // the first 62 bits as an integer, for columns that must stay numbers
)

var alphabetNames = [...]string{"base62", "base32", "hex", "uuid", "decimal"}

// ParseAlphabet reads the name of an alphabet as the policy spells it.
func ParseAlphabet(s string) (Alphabet, bool) {
	for i, name := range alphabetNames {
		if s == name {
			return Alphabet(i), true
		}
	}
	return 0, false
}

func (a Alphabet) String() string { return alphabetNames[a] }

// Bits returns how many bits of a pseudonym the alphabet carries. Two of N
// values collide with a probability of about N*N/2^(bits+1).
func (a Alphabet) Bits() int {
	switch a {
	case UUID:
		return 122
	case Decimal:
		return decimalBits
	}
	return 128
}

// decimalBits leaves a number that is positive and in range in every language
// with signed 64-bit integers. JavaScript, and what reads JSON as it does,
// keeps 53.
const decimalBits = 62

// Append appends the pseudonym. It does not allocate when dst has room.
func (a Alphabet) Append(dst []byte, sum [16]byte) []byte {
	hi, lo := binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])
	switch a {
	case Base32:
		return appendBase32(dst, hi, lo)
	case Hex:
		return appendHex(dst, hi, lo)
	case UUID:
		return appendUUID(dst, hi, lo)
	case Decimal:
		return strconv.AppendUint(dst, hi>>(64-decimalBits), 10)
	}
	return appendBase62(dst, hi, lo)
}

// ones has a one in every byte: times it, a byte is in all eight.
const ones = 0x0101010101010101

func appendHex(dst []byte, hi, lo uint64) []byte {
	var b [32]byte
	binary.BigEndian.PutUint64(b[0:], hexOf(uint32(hi>>32)))
	binary.BigEndian.PutUint64(b[8:], hexOf(uint32(hi)))
	binary.BigEndian.PutUint64(b[16:], hexOf(uint32(lo>>32)))
	binary.BigEndian.PutUint64(b[24:], hexOf(uint32(lo)))
	return append(dst, b[:]...)
}

// hexOf returns the 8 digits of x, the first in the highest byte: spread the
// nibbles to bytes, then add '0', and 39 more ('a'-'0'-10) where a nibble is
// over 9, which adding 6 shows in bit 4.
func hexOf(v uint32) uint64 {
	x := uint64(v)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	letter := (x + 6*ones) >> 4 & ones
	return x + '0'*ones + 39*letter
}

func appendUUID(dst []byte, hi, lo uint64) []byte {
	hi = hi&^0xf000 | 0x8000 // version 8, RFC 9562 section 5.8
	lo = lo&^(3<<62) | 1<<63 // variant 10, section 4.1
	var b [36]byte
	binary.BigEndian.PutUint64(b[0:], hexOf(uint32(hi>>32)))
	binary.BigEndian.PutUint64(b[28:], hexOf(uint32(lo)))
	mid := hexOf(uint32(hi))
	binary.BigEndian.PutUint32(b[9:], uint32(mid>>32))
	binary.BigEndian.PutUint32(b[14:], uint32(mid))
	mid = hexOf(uint32(lo >> 32))
	binary.BigEndian.PutUint32(b[19:], uint32(mid>>32))
	binary.BigEndian.PutUint32(b[24:], uint32(mid))
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return append(dst, b[:]...)
}

func appendBase32(dst []byte, hi, lo uint64) []byte {
	const group = 1<<40 - 1
	var b [32]byte // 26 used; the last group is written whole
	binary.BigEndian.PutUint64(b[0:], base32Of(hi>>24))
	binary.BigEndian.PutUint64(b[8:], base32Of((hi<<16|lo>>48)&group))
	binary.BigEndian.PutUint64(b[16:], base32Of(lo>>8&group))
	binary.BigEndian.PutUint64(b[24:], base32Of(lo<<32&group))
	return append(dst, b[:26]...)
}

// base32Of returns the 8 digits of the low 40 bits of x, as hexOf does: groups
// of five bits to bytes, 'a' added, and taken back to '2'-26 where a group is
// over 25, which adding 6 shows in bit 5.
func base32Of(x uint64) uint64 {
	x = x>>20<<32 | x&0xfffff
	x = x>>10&0x000003ff000003ff<<16 | x&0x000003ff000003ff
	x = x>>5&0x001f001f001f001f<<8 | x&0x001f001f001f001f
	digit := (x + 6*ones) >> 5 & ones
	return x + 'a'*ones - ('a'-'2'+26)*digit
}
