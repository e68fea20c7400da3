package pseudonym

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
)

// This file computes HMAC-SHA-256 (RFC 2104) in two compressions for values of
// up to 51 bytes less their type, which is nearly all identifiers:
//
//	inner = SHA-256 state after key^ipad, kept in the key │ one padded block
//	outer = SHA-256 state after key^opad, kept in the key │ one padded block
//
// crypto/hmac restores the same states but pads and copies through Sum; here
// the block is padded in place and the state read back with AppendBinary, which
// measures a sixth faster. The layout of a marshaled digest is not documented:
// SelfTest finds out before the first record whether it still holds.

const (
	shaBlock = sha256.BlockSize
	shaState = 4  // where the chaining value begins in a marshaled digest
	shaSpare = 56 // message bytes of a last block, the padding's first byte included
)

// hmacKey holds what the two pads made of the key: marshaled digests.
type hmacKey struct {
	inner, outer []byte
	states       padStates
}

// padStates is the two chaining values again, as the SHA extensions want them:
// the words F E B A and H G D C of the inner one, then of the outer one.
type padStates [16]uint32

func newHMACKey(key []byte) *hmacKey {
	k := &hmacKey{inner: padState(key, 0x36), outer: padState(key, 0x5c)}
	for n, state := range [][]byte{k.inner, k.outer} {
		for i, word := range [8]int{5, 4, 1, 0, 7, 6, 3, 2} {
			k.states[8*n+i] = binary.BigEndian.Uint32(state[shaState+4*word:])
		}
	}
	return k
}

// padState returns the digest state after the key, at most one block, xored
// with a pad byte.
func padState(key []byte, pad byte) []byte {
	var b [shaBlock]byte
	defer clear(b[:])
	copy(b[:], key)
	for i := range b {
		b[i] ^= pad
	}
	d := sha256.New()
	d.Write(b[:])
	state, err := d.(encoding.BinaryAppender).AppendBinary(nil)
	if err != nil {
		panic("pseudonym: internal error: SHA-256 keeps its state to itself")
	}
	return state
}

// A Hasher is the scratch of one worker: it must not be used concurrently.
type Hasher struct {
	unprintable
	s sealed[scratch]
}

type scratch struct {
	sha     hash.Hash
	restore encoding.BinaryUnmarshaler // sha
	save    encoding.BinaryAppender    // sha
	block   [shaBlock]byte             // the inner message's last block; CMAC's chaining value
	outer   [shaBlock]byte             // inner digest and its padding, which never changes
	state   [128]byte                  // a marshaled digest, or a sum
	second  [shaBlock]byte             // the other message of Sum2
	pair    [2][16]byte

	// of is the CMAC key of the last call, and head the beginning of its message,
	// LP(typ): a worker takes one field after the other, often the same.
	of   *Subkey
	key  *cmacKey
	typ  string
	head [16]byte
}

// NewHasher returns a Hasher.
func NewHasher() *Hasher {
	d := sha256.New()
	s := &scratch{
		sha:     d,
		restore: d.(encoding.BinaryUnmarshaler),
		save:    d.(encoding.BinaryAppender),
	}
	s.outer[sha256.Size] = 0x80
	binary.BigEndian.PutUint64(s.outer[shaSpare:], (shaBlock+sha256.Size)*8)
	return &Hasher{s: seal(s)}
}

// Sum returns the first 16 bytes of MAC(k, LP(typ) || LP(canonical)). It does
// not allocate. The length of a canonical value over 65,535 bytes is written as
// 65,535: it is the last part, so no other pair has the same message.
func (h *Hasher) Sum(k *Subkey, typ string, canonical []byte) [16]byte {
	switch {
	case k.prf == AESCMAC:
		return h.s().cmac(k, typ, canonical)
	case 4+len(typ)+len(canonical) < shaSpare:
		return h.s().short(k.hmac(), typ, canonical)
	}
	return h.s().long(k.hmac(), typ, canonical)
}

// Sum2 is two Sums, which take little longer than one where the processor has
// instructions for SHA-256 and both are of short values.
func (h *Hasher) Sum2(ka, kb *Subkey, typA, typB string, a, b []byte) (sa, sb [16]byte) {
	if !useSHA || ka.prf == AESCMAC || kb.prf == AESCMAC || 4+len(typA)+len(a) >= shaSpare || 4+len(typB)+len(b) >= shaSpare {
		return h.Sum(ka, typA, a), h.Sum(kb, typB, b)
	}
	s := h.s()
	pad(&s.block, typA, a)
	pad(&s.second, typB, b)
	hmacPair(&ka.hmac().states, &kb.hmac().states, &s.block, &s.second, &s.pair)
	return s.pair[0], s.pair[1]
}

// pad writes the only block of a short message behind the key's.
func pad(b *[shaBlock]byte, typ string, canonical []byte) {
	clear(b[:])
	b[1] = byte(len(typ))
	n := 2 + copy(b[2:], typ)
	b[n+1] = byte(len(canonical))
	n += 2
	n += copy(b[n:], canonical)
	b[n] = 0x80
	binary.BigEndian.PutUint16(b[shaBlock-2:], uint16((shaBlock+n)*8))
}

func (s *scratch) short(k *hmacKey, typ string, canonical []byte) [16]byte {
	b := &s.block
	pad(b, typ, canonical)
	if useSHA {
		hmacPair(&k.states, &k.states, b, b, &s.pair)
		return s.pair[0]
	}
	s.resume(k.inner)
	s.sha.Write(b[:])
	copy(s.outer[:sha256.Size], s.chaining())
	return s.finish(k)
}

func (s *scratch) long(k *hmacKey, typ string, canonical []byte) [16]byte {
	s.resume(k.inner)
	binary.BigEndian.PutUint16(s.block[:], uint16(min(len(typ), maxPart)))
	s.sha.Write(s.block[:2])
	for typ != "" {
		n := copy(s.block[:], typ)
		s.sha.Write(s.block[:n])
		typ = typ[n:]
	}
	binary.BigEndian.PutUint16(s.block[:], uint16(min(len(canonical), maxPart)))
	s.sha.Write(s.block[:2])
	s.sha.Write(canonical)
	copy(s.outer[:sha256.Size], s.sha.Sum(s.state[:0]))
	return s.finish(k)
}

func (s *scratch) finish(k *hmacKey) [16]byte {
	s.resume(k.outer)
	s.sha.Write(s.outer[:])
	return [16]byte(s.chaining())
}

func (s *scratch) resume(state []byte) {
	if s.restore.UnmarshalBinary(state) != nil {
		panic("pseudonym: internal error: SHA-256 refused its own state")
	}
}

// chaining returns the chaining value of the digest; valid until the next call.
func (s *scratch) chaining() []byte {
	b, err := s.save.AppendBinary(s.state[:0])
	if err != nil {
		panic("pseudonym: internal error: SHA-256 keeps its state to itself")
	}
	return b[shaState : shaState+sha256.Size]
}
