package pseudonym

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// cmacKey is a key of AES-CMAC (RFC 4493, NIST SP 800-38B).
type cmacKey struct {
	c      cipher.Block
	k1, k2 pair
}

// pair is a block as two big-endian halves: xor and shift without loops.
type pair struct{ hi, lo uint64 }

func (p pair) xor(q pair) pair { return pair{p.hi ^ q.hi, p.lo ^ q.lo} }

func load(b []byte) pair {
	return pair{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

func (p pair) store(b []byte) {
	binary.BigEndian.PutUint64(b, p.hi)
	binary.BigEndian.PutUint64(b[8:], p.lo)
}

// double multiplies by x in GF(2^128): the subkeys of RFC 4493 section 2.3.
func (p pair) double() pair {
	return pair{p.hi<<1 | p.lo>>63, p.lo<<1 ^ 0x87*(p.hi>>63)}
}

// newCMACKey takes a key of 16 or 32 bytes.
func newCMACKey(key []byte) *cmacKey {
	c, err := aes.NewCipher(key)
	if err != nil {
		panic("pseudonym: internal error: AES refused a key of fixed length")
	}
	var l [aes.BlockSize]byte
	c.Encrypt(l[:], l[:])
	k1 := load(l[:]).double()
	return &cmacKey{c, k1, k1.double()}
}

// cmac returns the MAC of LP(typ) || LP(canonical). The head of the message is
// put together in a buffer; what does not fit is chained from where it is.
func (s *scratch) cmac(k *cmacKey, typ string, canonical []byte) [16]byte {
	b := s.block[:]
	if 4+len(typ) > len(b) {
		panic("pseudonym: internal error: the name of a type over 60 bytes")
	}
	binary.BigEndian.PutUint16(b, uint16(len(typ)))
	n := 2 + copy(b[2:], typ)
	binary.BigEndian.PutUint16(b[n:], uint16(min(len(canonical), maxPart)))
	n += 2
	took := copy(b[n:], canonical)
	n += took
	if took == len(canonical) {
		return s.mac(k, b[:n])
	}
	x := s.chain(k, pair{}, b)
	// More follows, so none of the blocks so far was the last.
	return s.last(k, x, canonical[took:])
}

// mac returns the MAC of a message.
func (s *scratch) mac(k *cmacKey, msg []byte) [16]byte { return s.last(k, pair{}, msg) }

// last chains what remains of a message, the last block under its subkey.
func (s *scratch) last(k *cmacKey, x pair, msg []byte) [16]byte {
	whole := max(0, len(msg)-1) &^ (aes.BlockSize - 1) // the last block, whole or not, stays
	x = s.chain(k, x, msg[:whole])
	msg = msg[whole:]
	var b [aes.BlockSize]byte
	n := copy(b[:], msg)
	if n == aes.BlockSize {
		x = x.xor(k.k1)
	} else {
		b[n] = 0x80
		x = x.xor(k.k2)
	}
	x.xor(load(b[:])).store(s.state[:])
	k.c.Encrypt(s.state[:aes.BlockSize], s.state[:aes.BlockSize])
	return [16]byte(s.state[:])
}

// chain is CBC over whole blocks. AES works in s.state, since what is handed to
// an interface must not be on the stack.
func (s *scratch) chain(k *cmacKey, x pair, msg []byte) pair {
	b := s.state[:aes.BlockSize]
	for ; len(msg) > 0; msg = msg[aes.BlockSize:] {
		x.xor(load(msg)).store(b)
		k.c.Encrypt(b, b)
		x = load(b)
	}
	return x
}
