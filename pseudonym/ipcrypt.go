package pseudonym

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"math/bits"
)

// This file and cryptopan.go are the two prefix-preserving permutations of IP
// addresses: two addresses that share their first n bits, and no more, have
// images that share their first n bits, and no more. They keep networks
// recognizable to whoever knows one of their hosts: 256 known pairs reveal the
// /24 of 40 % of the other addresses, so a policy may use them inside only.
//
// Both ask a cipher for one bit for every bit of the address. The blocks that
// are asked depend on the input alone, so all of them go through
// blockCipher.encrypt together: 32 for IPv4, 128 for IPv6.

// IPScratch is what one worker's calls work in. The zero value is ready.
type IPScratch struct {
	in  [128 * aes.BlockSize]byte
	out [aes.BlockSize]byte
}

// A PrefixCipher is ipcrypt-pfx (draft-denis-ipcrypt). It is immutable and safe
// for concurrent use.
type PrefixCipher struct {
	unprintable
	k sealed[pfxKey]
}

type pfxKey struct{ k1, k2 blockCipher }

// NewPrefixCipher returns the permutation under two AES-128 keys, which must
// differ: of equal ones every output bit would be the input's.
func NewPrefixCipher(key [32]byte) (*PrefixCipher, error) {
	if [16]byte(key[:16]) == [16]byte(key[16:]) {
		return nil, errors.New("pseudonym: the halves of an ipcrypt-pfx key are equal")
	}
	return &PrefixCipher{k: seal(&pfxKey{*newBlockCipher([16]byte(key[:16])), *newBlockCipher([16]byte(key[16:]))})}, nil
}

// V4 returns the image of an IPv4 address.
func (c *PrefixCipher) V4(s *IPScratch, a uint32) uint32 {
	// Block i is a single one, the prefix of mapped addresses, and the first i
	// bits of the address.
	mapped := 0xffff<<32 | uint64(a)
	if useVAES {
		k := c.k()
		return a ^ bits.Reverse32(pfxVAES(&k.k1.xk, &k.k2.xk, mapped, &pfxShifts))
	}
	for i := range 32 {
		s.block(i, 1<<(32+i), mapped>>(32-i))
	}
	return a ^ uint32(c.bits(s, 0, 32))
}

// V6 returns the image of an IPv6 address that is no mapped IPv4 one.
func (c *PrefixCipher) V6(s *IPScratch, a [16]byte) [16]byte {
	aHi, aLo := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(a[8:])
	hi, lo := uint64(0), uint64(1) // a single one, shifted left as bits of the address come in
	for i, next := range [2]uint64{aHi, aLo} {
		for k := range 64 {
			s.block(i*64+k, hi, lo)
			hi, lo = hi<<1|lo>>63, lo<<1|next>>63
			next <<= 1
		}
	}
	binary.BigEndian.PutUint64(a[:], aHi^c.bits(s, 0, 64))
	binary.BigEndian.PutUint64(a[8:], aLo^c.bits(s, 64, 64))
	return a
}

// bits gathers what the two keys say of n blocks from first on: the last bit of
// each, added.
func (c *PrefixCipher) bits(s *IPScratch, first, n int) uint64 {
	k := c.k()
	return k.k1.bits(s, first, n, lastBit) ^ k.k2.bits(s, first, n, lastBit)
}

// block writes block i of the input.
func (s *IPScratch) block(i int, hi, lo uint64) {
	b := s.in[i*16 : i*16+16]
	binary.BigEndian.PutUint64(b, hi)
	binary.BigEndian.PutUint64(b[8:], lo)
}

// An AddressCipher is ipcrypt-deterministic (draft-denis-ipcrypt): a permutation
// of the 16-byte form of addresses, IPv4 as mapped. An IPv4 address becomes one
// that looks like IPv6; nothing of its network is left.
type AddressCipher struct {
	unprintable
	k sealed[blockCipher]
}

// NewAddressCipher returns the permutation under an AES-128 key.
func NewAddressCipher(key [16]byte) *AddressCipher {
	return &AddressCipher{k: seal(newBlockCipher(key))}
}

// Encrypt returns the image of a.
func (c *AddressCipher) Encrypt(s *IPScratch, a [16]byte) [16]byte {
	copy(s.in[:], a[:])
	c.k().Encrypt(s.out[:], s.in[:16])
	return s.out
}

// CryptoPAn is the permutation of Fan, Xu, Ammar and Moon, "Prefix-preserving
// IP address anonymization" (Computer Networks 46, 2004), for data sets that
// were made with it; new ones want PrefixCipher. IPv6 is asked bit by bit in
// the same way, as the ports of it do. It is immutable and safe for concurrent use.
type CryptoPAn struct {
	unprintable
	k sealed[panKey]
}

type panKey struct {
	blockCipher
	pad [16]byte
}

// NewCryptoPAn returns the permutation under the 32-byte key of the original:
// an AES-128 key, then 16 bytes that, encrypted, are the padding.
func NewCryptoPAn(key [32]byte) *CryptoPAn {
	k := &panKey{blockCipher: *newBlockCipher([16]byte(key[:16]))}
	k.Encrypt(k.pad[:], key[16:])
	return &CryptoPAn{k: seal(k)}
}

// V4 returns the image of an IPv4 address.
func (c *CryptoPAn) V4(s *IPScratch, a uint32) uint32 {
	k := c.k()
	pHi, pLo := binary.BigEndian.Uint64(k.pad[:]), binary.BigEndian.Uint64(k.pad[8:])
	aHi := uint64(a) << 32
	if useVAES {
		in := v4Blocks{and: [2]uint64{aHi ^ pHi, 0}, shifted: [2]uint64{^uint64(0), 0}, add: [2]uint64{pHi, pLo}}
		return a ^ k.bits4(&in, &panShifts, firstBit)
	}
	for i := range 32 {
		keep := ^uint64(0) << (64 - i) // the first i bits; none for 0
		s.block(i, aHi&keep|pHi&^keep, pLo)
	}
	return a ^ uint32(k.bits(s, 0, 32, firstBit))
}

// V6 returns the image of an IPv6 address that is no mapped IPv4 one.
func (c *CryptoPAn) V6(s *IPScratch, a [16]byte) [16]byte {
	aHi, aLo := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(a[8:])
	k := c.k()
	pHi, pLo := binary.BigEndian.Uint64(k.pad[:]), binary.BigEndian.Uint64(k.pad[8:])
	for i := range 128 {
		keepHi, keepLo := ^uint64(0)<<max(0, 64-i), ^uint64(0)<<(128-max(i, 64))
		s.block(i, aHi&keepHi|pHi&^keepHi, aLo&keepLo|pLo&^keepLo)
	}
	binary.BigEndian.PutUint64(a[:], aHi^k.bits(s, 0, 64, firstBit))
	binary.BigEndian.PutUint64(a[8:], aLo^k.bits(s, 64, 64, firstBit))
	return a
}

// blockCipher is AES-128 for many independent blocks at once.
type blockCipher struct {
	cipher.Block
	xk [11 * aes.BlockSize]byte // round keys, for the vector path
}

func newBlockCipher(key [16]byte) *blockCipher {
	b, err := aes.NewCipher(key[:])
	if err != nil {
		panic("pseudonym: internal error: AES refuses a key of 16 bytes")
	}
	return &blockCipher{b, expandKey(key)}
}

// A blockBit says which bit of an encrypted block is asked for: of the two
// 64-bit lanes that the vector path sees it in, shift moves it to the sign, and
// lanes picks one lane of every two.
type blockBit struct {
	byte, shift int
	lanes       uint64
}

var (
	firstBit = blockBit{0, 7, 0x55555555}  // the most significant of the block
	lastBit  = blockBit{15, 0, 0xaaaaaaaa} // the least significant
)

// bits encrypts n blocks of s.in from first on, a multiple of 16 and at most
// 64, and returns one bit of each, the first block's as the most significant.
func (c *blockCipher) bits(s *IPScratch, first, n int, bit blockBit) uint64 {
	in := s.in[first*16 : (first+n)*16]
	if useVAES {
		// Byte 0 is the low end of its lane, byte 15 the high end.
		shift := 63 - (bit.byte%8*8 + bit.shift)
		return bits.Reverse64(bitsVAES(&c.xk, &in[0], n, shift, bit.lanes)) >> (64 - n)
	}
	var v uint64
	for i := 0; i < len(in); i += 16 {
		c.Encrypt(s.out[:], in[i:i+16])
		v = v<<1 | uint64(s.out[bit.byte]>>bit.shift&1)
	}
	return v
}

// v4Blocks makes the 32 blocks of Crypto-PAn for an IPv4 address where they are
// encrypted, in registers: writing them to memory first costs more than AES does.
// The high and the low half of block i are (shifted << left[i] >> right[i]) & and ^ add.
type v4Blocks struct {
	and, shifted, add [2]uint64
}

// blockShifts are the shifts that make blocks of an address, two halves for each
// block. A shift of 64 leaves nothing.
type blockShifts struct {
	left, right [64]uint64
}

var pfxShifts, panShifts = func() (pfx, pan blockShifts) {
	for i := range uint64(32) {
		at := i&^7 | i&1<<2 | i>>1&3 // of eight blocks the even ones first: pfxVAES
		pfx.left[2*at], pfx.right[2*at+1] = 32+i, 32-i
		pan.left[2*i] = 64 - i
	}
	return pfx, pan
}()

// bits4 returns one bit of each of the 32 blocks of in, encrypted.
func (c *blockCipher) bits4(in *v4Blocks, shifts *blockShifts, bit blockBit) uint32 {
	return bits.Reverse32(bits4VAES(&c.xk, in, shifts, 63-(bit.byte%8*8+bit.shift), bit.lanes))
}

// expandKey is the key expansion of FIPS 197, section 5.2, for 128 bits.
func expandKey(key [16]byte) [11 * aes.BlockSize]byte {
	var xk [11 * aes.BlockSize]byte
	copy(xk[:], key[:])
	sbox := sBox()
	rcon := byte(1)
	for i := 16; i < len(xk); i += 4 {
		w := [4]byte(xk[i-4 : i])
		if i%16 == 0 {
			w = [4]byte{sbox[w[1]] ^ rcon, sbox[w[2]], sbox[w[3]], sbox[w[0]]}
			rcon = double(rcon)
		}
		for k := range w {
			xk[i+k] = xk[i-16+k] ^ w[k]
		}
	}
	return xk
}

// double multiplies by x in the field of AES.
func double(b byte) byte {
	return b<<1 ^ b>>7*0x1b
}

// sBox computes the S-box of FIPS 197, section 5.1.1, from its definition: p
// runs through the field by powers of 3 and q, by powers of 1/3, is its inverse.
func sBox() (box [256]byte) {
	p, q := byte(1), byte(1)
	for {
		p ^= double(p)
		q ^= q << 1
		q ^= q << 2
		q ^= q << 4
		q ^= q >> 7 * 0x09
		box[p] = q ^ bits.RotateLeft8(q, 1) ^ bits.RotateLeft8(q, 2) ^ bits.RotateLeft8(q, 3) ^ bits.RotateLeft8(q, 4) ^ 0x63
		if p == 1 {
			box[0] = 0x63
			return box
		}
	}
}
