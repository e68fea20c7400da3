package redact

import (
	"encoding/binary"
	"hash/maphash"
)

// This file is the one cache of the engine: a direct-mapped table of a worker's
// own, in front of FF1. bench/results/cache.txt says why there and nowhere else:
// where devices repeat as they do in logs it takes three fifths of the time
// away and where nothing repeats it adds a tenth, while a cache that workers share costs
// more than HMAC or CMAC does.
//
// What it holds is a pure function of the transform and the value: results are
// the same without it. It belongs to a Machine, and so to one Program: another
// policy, and other keys, begin with an empty one. No value stands in it: a slot
// is found by two keyed hashes of 64 bits with keys of its own.

// tableSlots is a quarter of a MiB for a worker, which its second-level cache
// holds.
const tableSlots = 1 << 12

// maxTableValue is longer than any identifier is written; what is longer is
// refused sooner than hashed.
const maxTableValue = 64

type resultTable struct {
	seeds [2]maphash.Seed
	slots [tableSlots]resultSlot
}

// resultSlot is one result, in one cache line.
type resultSlot struct {
	key   [16]byte
	owner *fpe // nil in a slot that was never used
	kind  Kind
	shape Shape
	n     uint8
	text  [37]byte // longer results are not kept
}

func newResultTable() *resultTable {
	return &resultTable{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// slot returns where the result for a value is or would be, and its key.
func (t *resultTable) slot(v []byte) (s *resultSlot, key [16]byte) {
	h := maphash.Bytes(t.seeds[0], v)
	binary.LittleEndian.PutUint64(key[:], h)
	binary.LittleEndian.PutUint64(key[8:], maphash.Bytes(t.seeds[1], v))
	return &t.slots[h%tableSlots], key
}

// holds reports whether the slot has the result of a transform for the value of
// the key.
func (s *resultSlot) holds(key [16]byte, owner *fpe, k Kind) bool {
	return s.key == key && s.owner == owner && s.kind == k
}

// put keeps a result, if it fits.
func (s *resultSlot) put(key [16]byte, owner *fpe, k Kind, text []byte, shape Shape) {
	if len(text) <= len(s.text) {
		s.key, s.owner, s.kind, s.shape, s.n = key, owner, k, shape, uint8(copy(s.text[:], text))
	}
}
