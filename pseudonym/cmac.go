package pseudonym

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// cmacKeySize makes it AES-CMAC of RFC 4493, which is AES-128: as strong as the
// 128 bits of a pseudonym are long, and a quarter cheaper than AES-256.
const cmacKeySize = 16

// cmacKey is a key of AES-CMAC (RFC 4493, NIST SP 800-38B).
type cmacKey struct {
	c      cipher.Block
	k1, k2 [aes.BlockSize]byte
}

// newCMACKey takes a key of 16 bytes; 32, which the standard allows, is for tests.
func newCMACKey(key []byte) *cmacKey {
	c, err := aes.NewCipher(key)
	if err != nil {
		panic("pseudonym: internal error: AES refused a key of fixed length")
	}
	k := &cmacKey{c: c}
	var l [aes.BlockSize]byte
	c.Encrypt(l[:], l[:])
	k.k1 = doubled(l)
	k.k2 = doubled(k.k1)
	return k
}

// doubled multiplies by x in GF(2^128): the subkeys of RFC 4493 section 2.3.
func doubled(b [aes.BlockSize]byte) [aes.BlockSize]byte {
	hi, lo := binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
	binary.BigEndian.PutUint64(b[:], hi<<1|lo>>63)
	binary.BigEndian.PutUint64(b[8:], lo<<1^0x87*(hi>>63))
	return b
}

// cmac returns the MAC of LP(typ) || LP(canonical). The head of the message is
// put together in s.block; what does not fit is chained from where it is. Two
// blocks, as nearly every identifier has, take no loop: the second waits for
// nothing but the first.
func (s *scratch) cmac(of *Subkey, typ string, canonical []byte) [16]byte {
	const size = aes.BlockSize
	n := 4 + len(typ) + len(canonical)
	if s.of != of {
		s.of, s.key = of, of.cmac()
	}
	k := s.key
	if n <= size || n > 2*size || len(typ) > size-4 {
		return s.cmacAny(k, typ, canonical)
	}
	if s.typ != typ {
		s.typ, s.head = typ, [size]byte{1: byte(len(typ))}
		copy(s.head[2:], typ)
	}
	b := (*[2 * size]byte)(s.block[:])
	*(*[size]byte)(b[:size]) = s.head
	*(*[size]byte)(b[size:]) = [size]byte{}
	b[3+len(typ)] = byte(len(canonical))
	copy(b[4+len(typ):], canonical)
	last := &k.k1
	if n < 2*size {
		b[n] = 0x80
		last = &k.k2
	}
	subtle.XORBytes(b[size:], b[size:], last[:])
	x := s.state[:size]
	k.c.Encrypt(x, b[:size])
	subtle.XORBytes(x, x, b[size:])
	k.c.Encrypt(x, x)
	return [16]byte(x)
}

// cmacAny is cmac of any length.
func (s *scratch) cmacAny(k *cmacKey, typ string, canonical []byte) [16]byte {
	b := s.block[:]
	if 4+len(typ) > len(b) {
		panic("pseudonym: internal error: the name of a type over 60 bytes")
	}
	clear(b)
	binary.BigEndian.PutUint16(b, uint16(len(typ)))
	n := 2 + copy(b[2:], typ)
	binary.BigEndian.PutUint16(b[n:], uint16(min(len(canonical), maxPart)))
	n += 2
	took := copy(b[n:], canonical)
	whole := took == len(canonical)
	if whole {
		b = s.last(k, n+took)
	}
	k.c.Encrypt(s.state[:aes.BlockSize], b) // the first chaining value is zero: nothing to add
	s.chain(k, b[aes.BlockSize:])
	if !whole {
		s.rest(k, canonical[took:])
	}
	return [16]byte(s.state[:])
}

// mac returns the MAC of a message.
func (s *scratch) mac(k *cmacKey, msg []byte) [16]byte {
	clear(s.state[:aes.BlockSize])
	s.rest(k, msg)
	return [16]byte(s.state[:])
}

// rest chains what is left of a message.
func (s *scratch) rest(k *cmacKey, msg []byte) {
	whole := max(0, len(msg)-1) &^ (aes.BlockSize - 1) // all but the last block, which may be whole too
	s.chain(k, msg[:whole])
	clear(s.block[:])
	s.chain(k, s.last(k, copy(s.block[:], msg[whole:])))
}

// last returns the blocks of the n bytes in s.block, behind which there are
// zeros, padded and with a subkey in the last. It goes in before the chain
// gets there, so that the processor has it ready; and what AES reads is written
// sixteen bytes at a time, since to read two halves just written stalls for as
// long as a block takes.
func (s *scratch) last(k *cmacKey, n int) []byte {
	const size = aes.BlockSize
	b := s.block[:max(1, (n+size-1)/size)*size]
	end := b[len(b)-size:]
	if n == len(b) {
		subtle.XORBytes(end, end, k.k1[:])
	} else {
		b[n] = 0x80
		subtle.XORBytes(end, end, k.k2[:])
	}
	return b
}

// chain is CBC over whole blocks; the chaining value is at the start of
// s.state.
func (s *scratch) chain(k *cmacKey, msg []byte) {
	x := s.state[:aes.BlockSize]
	for ; len(msg) > 0; msg = msg[aes.BlockSize:] {
		subtle.XORBytes(x, x, msg[:aes.BlockSize])
		k.c.Encrypt(x, x)
	}
}
