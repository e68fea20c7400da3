package stream

import (
	"encoding/binary"
	"math/rand/v2"

	"redactor/redact"
)

// choosePartition returns the partition of an output topic with n partitions
// for a record of partition same of its source. key is the one that the
// recipient gets.
//
// A record without a key is spread as well under PartitionByKey: everything
// else would tell which records belong together.
func choosePartition(how redact.Partition, same int32, key []byte, n int) int32 {
	switch {
	case how == redact.PartitionSame:
		return same
	case how == redact.PartitionByKey && key != nil:
		return int32(int(murmur2(key)&0x7fffffff) % n)
	}
	return rand.Int32N(int32(n))
}

// murmur2 is the hash by which Java's producer places keys
// (org.apache.kafka.common.utils.Utils.murmur2), so that a record of the same
// key written by anything else meets ours in one partition.
func murmur2(p []byte) uint32 {
	const m, r = 0x5bd1e995, 24
	h := 0x9747b28c ^ uint32(len(p))
	for ; len(p) >= 4; p = p[4:] {
		k := binary.LittleEndian.Uint32(p) * m
		k ^= k >> r
		h = h*m ^ k*m
	}
	switch len(p) {
	case 3:
		h ^= uint32(p[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(p[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(p[0])) * m
	}
	h ^= h >> 13
	h *= m
	return h ^ h>>15
}
