package pseudonym

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// This file is FF1, the format-preserving encryption of NIST SP 800-38G
// (2016), held to the stricter domain of the second public draft of Revision 1
// (2025). FF3 is not offered: that draft withdraws it.
//
// It is structured as the standard is: a ten-round Feistel network over two
// halves, whose round function is a CBC-MAC over P || Q. Two things are ours:
//
//   - P and the whole blocks of Q before its last are the same in all ten
//     rounds (they hold the lengths and the tweak), so their MAC is computed
//     once a call, in prefix. What is left is one block a round, or two.
//   - Halves whose numbers fit in 64 bits, which every identifier of ours has,
//     are one uint64 each (crypt64). Longer ones are digit strings (cryptLong).

const (
	// FF1MinDomain is the fewest values that a domain may have: with fewer,
	// a table of all of them is no work (SP 800-38G Rev. 1 2pd, section 5.2).
	FF1MinDomain = 1_000_000
	// FF1MaxLen is the longest numeral string: far over any identifier, and
	// small enough that scratch can be an array.
	FF1MaxLen = 256
	// FF1MaxTweak is the longest tweak in bytes.
	FF1MaxTweak = 256

	ff1MaxRadix = 256 // a numeral is a byte
	ff1Rounds   = 10
)

// A DomainError says that radix^length is under FF1MinDomain, or that the
// length is out of range: whatever the key, such values could be looked up.
type DomainError struct {
	Radix, Length int
}

func (e *DomainError) Error() string {
	if e.Length > FF1MaxLen {
		return fmt.Sprintf("pseudonym: FF1 over %d numerals: at most %d", e.Length, FF1MaxLen)
	}
	n := math.Pow(float64(e.Radix), float64(e.Length))
	return fmt.Sprintf("pseudonym: FF1 over %.0f values (%d numerals of radix %d): at least %d are needed", n, e.Length, e.Radix, FF1MinDomain)
}

// FF1 is a permutation of the numeral strings of each length under one key and
// radix. It is immutable and safe for concurrent use; the scratch is the
// caller's.
type FF1 struct {
	unprintable
	block  sealed[ff1Block]
	radix  uint64
	minLen int
	// pow[k] is radix^k for every k for which it fits in 64 bits.
	pow []uint64
	// numBytes[v] is b of step 3: how many bytes NUM of a half of v numerals takes.
	numBytes [FF1MaxLen/2 + 2]uint8
}

// ff1Block is the key, as AES takes it.
type ff1Block struct{ cipher.Block }

// FF1Scratch is what one worker's calls work in. The zero value is ready.
type FF1Scratch struct {
	p, q, mac, s [aes.BlockSize]byte
	prefix       [aes.BlockSize]byte
	qbuf         [FF1MaxTweak + ff1MaxNum + 2*aes.BlockSize]byte
	y            [ff1MaxNum + aes.BlockSize + 8]byte
	digits       [FF1MaxLen/2 + 1]byte
}

// ff1MaxNum bounds b: a half of FF1MaxLen/2 numerals of a byte each.
const ff1MaxNum = FF1MaxLen/2 + 1

// NewFF1 returns the permutation under an AES key of 16, 24 or 32 bytes over
// numerals 0 … radix-1, for radixes from 2 to 256.
func NewFF1(key []byte, radix int) (*FF1, error) {
	if radix < 2 || radix > ff1MaxRadix {
		return nil, fmt.Errorf("pseudonym: FF1 radix %d: 2 to %d are possible", radix, ff1MaxRadix)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("pseudonym: FF1 key of %d bytes: 16, 24 or 32 are possible", len(key))
	}
	f := &FF1{block: seal(&ff1Block{block}), radix: uint64(radix)}
	for p := uint64(1); ; {
		f.pow = append(f.pow, p)
		hi, lo := bits.Mul64(p, f.radix)
		if hi != 0 {
			break
		}
		p = lo
	}
	for n := uint64(1); n < FF1MinDomain; n *= f.radix {
		f.minLen++
	}
	f.minLen = max(f.minLen, 2)
	n := big.NewInt(1)
	for v := 1; v < len(f.numBytes); v++ {
		n.Mul(n, big.NewInt(int64(radix)))
		b := new(big.Int).Sub(n, big.NewInt(1)).BitLen() // = ceil(v log2 radix)
		f.numBytes[v] = uint8((b + 7) / 8)
	}
	return f, nil
}

// Check returns a *DomainError when strings of length numerals are refused.
func (f *FF1) Check(length int) error {
	if length < f.minLen || length > FF1MaxLen {
		return &DomainError{int(f.radix), length}
	}
	return nil
}

// Encrypt replaces the numerals of x, each below the radix, by those of its
// image. It reports false, and leaves x as it was, when the length is refused by
// Check, the tweak is over FF1MaxTweak, or a numeral is out of range.
func (f *FF1) Encrypt(s *FF1Scratch, x, tweak []byte) bool {
	return f.crypt(s, x, tweak, false)
}

// Decrypt undoes Encrypt under the same tweak.
func (f *FF1) Decrypt(s *FF1Scratch, x, tweak []byte) bool {
	return f.crypt(s, x, tweak, true)
}

func (f *FF1) crypt(s *FF1Scratch, x, tweak []byte, inverse bool) bool {
	n := len(x)
	if n < f.minLen || n > FF1MaxLen || len(tweak) > FF1MaxTweak {
		return false
	}
	for _, d := range x {
		if uint64(d) >= f.radix {
			return false
		}
	}
	c := f.block().Block
	tail := f.begin(c, s, n, tweak)
	if n-n/2 < len(f.pow) {
		f.crypt64(c, s, x, tail, inverse)
	} else {
		f.cryptLong(c, s, x, tail, inverse)
	}
	return true
}

// begin computes the part of the MAC that all rounds share into s.prefix and
// returns the rest of Q (steps 5 and 6.i), in which the round number and NUM of
// a half are still to be written: round at len-b-1, the number behind it.
func (f *FF1) begin(c cipher.Block, s *FF1Scratch, n int, tweak []byte) []byte {
	u, t := n/2, len(tweak)
	b := int(f.numBytes[n-u])
	s.p = [16]byte{1, 2, 1, 0, byte(f.radix >> 8), byte(f.radix), ff1Rounds, byte(u)}
	binary.BigEndian.PutUint32(s.p[8:], uint32(n))
	binary.BigEndian.PutUint32(s.p[12:], uint32(t))
	c.Encrypt(s.prefix[:], s.p[:])

	pad := (16 - (t+b+1)%16) % 16
	q := s.qbuf[:t+pad+1+b]
	copy(q, tweak)
	clear(q[t:])
	changing := (t + pad) / 16 * 16
	f.absorb(c, &s.prefix, s, q[:changing])
	return q[changing:]
}

// absorb adds whole blocks of q to the CBC-MAC mac.
func (f *FF1) absorb(c cipher.Block, mac *[16]byte, s *FF1Scratch, q []byte) {
	for ; len(q) >= 16; q = q[16:] {
		binary.NativeEndian.PutUint64(s.q[:], binary.NativeEndian.Uint64(mac[:])^binary.NativeEndian.Uint64(q))
		binary.NativeEndian.PutUint64(s.q[8:], binary.NativeEndian.Uint64(mac[8:])^binary.NativeEndian.Uint64(q[8:]))
		c.Encrypt(mac[:], s.q[:])
	}
}

// crypt64 is the network for halves that fit in a uint64.
func (f *FF1) crypt64(c cipher.Block, s *FF1Scratch, x, tail []byte, inverse bool) {
	n := len(x)
	u := n / 2
	b := int(f.numBytes[n-u])
	a, bb := f.number(x[:u]), f.number(x[u:])
	modU, modV := f.pow[u], f.pow[n-u]
	if inverse {
		for i := ff1Rounds - 1; i >= 0; i-- {
			mod := modU
			if i&1 == 1 {
				mod = modV
			}
			y := f.round64(c, s, tail, byte(i), b, a, mod)
			c := bb - y // bb < mod and y < mod: at most one wrap
			if bb < y {
				c += mod
			}
			a, bb = c, a
		}
	} else {
		for i := range ff1Rounds {
			mod := modU
			if i&1 == 1 {
				mod = modV
			}
			y := f.round64(c, s, tail, byte(i), b, bb, mod)
			c := a + y
			if c >= mod || c < a { // over mod, or over 2^64 when mod is near it
				c -= mod
			}
			a, bb = bb, c
		}
	}
	f.spell(x[:u], a)
	f.spell(x[u:], bb)
}

// round64 is steps 6.ii to 6.v: the round function on a half, modulo mod.
func (f *FF1) round64(c cipher.Block, s *FF1Scratch, tail []byte, i byte, b int, half, mod uint64) uint64 {
	tail[len(tail)-b-1] = i
	for k := len(tail) - 1; k >= len(tail)-b; k-- {
		tail[k] = byte(half)
		half >>= 8
	}
	s.mac = s.prefix
	f.absorb(c, &s.mac, s, tail)
	hi := binary.BigEndian.Uint64(s.mac[:])
	if b <= 4 { // d = 8
		return hi % mod
	}
	lo := binary.BigEndian.Uint32(s.mac[8:]) // d = 12
	hi %= mod
	_, rem := bits.Div64(hi>>32, hi<<32|uint64(lo), mod)
	return rem
}

// number is NUM_radix: the numerals as a number, first the most significant.
func (f *FF1) number(x []byte) uint64 {
	var v uint64
	for _, d := range x {
		v = v*f.radix + uint64(d)
	}
	return v
}

// spell is STR_radix: v as len(x) numerals.
func (f *FF1) spell(x []byte, v uint64) {
	for i := len(x) - 1; i >= 0; i-- {
		x[i] = byte(v % f.radix)
		v /= f.radix
	}
}

// cryptLong is the network for halves of any length, as numerals: a half is
// added to and subtracted from digit by digit, so no long division by radix^m
// is needed.
func (f *FF1) cryptLong(c cipher.Block, s *FF1Scratch, x, tail []byte, inverse bool) {
	n := len(x)
	u := n / 2
	b := int(f.numBytes[n-u])
	// The halves swap places every round, and ten rounds put them back: even
	// rounds change x[:u] by x[u:], odd ones the other way round.
	for r := range ff1Rounds {
		i := r
		if inverse {
			i = ff1Rounds - 1 - r
		}
		changed, other := x[:u], x[u:]
		if i&1 == 1 {
			changed, other = other, changed
		}
		y := f.roundLong(c, s, tail, byte(i), b, other, len(changed))
		if inverse {
			f.subtract(changed, y)
		} else {
			f.add(changed, y)
		}
	}
}

// roundLong is the round function on the numerals of a half: the last m
// numerals of y.
func (f *FF1) roundLong(c cipher.Block, s *FF1Scratch, tail []byte, i byte, b int, half []byte, m int) []byte {
	tail[len(tail)-b-1] = i
	num := tail[len(tail)-b:]
	clear(num)
	for _, d := range half { // num = num*radix + d
		carry := uint64(d)
		for k := len(num) - 1; k >= 0; k-- {
			carry += uint64(num[k]) * f.radix
			num[k] = byte(carry)
			carry >>= 8
		}
	}
	s.mac = s.prefix
	f.absorb(c, &s.mac, s, tail)

	d := 4*((b+3)/4) + 4
	copy(s.y[:], s.mac[:])
	for k := 1; k*16 < d; k++ { // S = R || CIPH(R xor 1) || CIPH(R xor 2) …
		s.q = s.mac
		binary.BigEndian.PutUint64(s.q[8:], binary.BigEndian.Uint64(s.mac[8:])^uint64(k))
		c.Encrypt(s.s[:], s.q[:])
		copy(s.y[k*16:], s.s[:])
	}
	y, out := s.y[:d], s.digits[:m]
	for k := m - 1; k >= 0; k-- { // y, out[k] = y / radix, y mod radix
		var rem uint64
		for j, c := range y {
			rem = rem<<8 | uint64(c)
			y[j] = byte(rem / f.radix)
			rem %= f.radix
		}
		out[k] = byte(rem)
	}
	return out
}

// add adds y to x, numerals of the same length, modulo radix^len.
func (f *FF1) add(x, y []byte) {
	carry := uint64(0)
	for k := len(x) - 1; k >= 0; k-- {
		d := uint64(x[k]) + uint64(y[k]) + carry
		carry = 0
		if d >= f.radix {
			d, carry = d-f.radix, 1
		}
		x[k] = byte(d)
	}
}

// subtract takes y from x, modulo radix^len.
func (f *FF1) subtract(x, y []byte) {
	borrow := uint64(0)
	for k := len(x) - 1; k >= 0; k-- {
		d := uint64(x[k]) + f.radix - uint64(y[k]) - borrow
		borrow = 1
		if d >= f.radix {
			d, borrow = d-f.radix, 0
		}
		x[k] = byte(d)
	}
}
