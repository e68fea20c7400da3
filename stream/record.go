package stream

import (
	"encoding/binary"
	"math/bits"
)

// record is a view over one record of a batch: every slice aliases the plain
// records that it was read from. In bytes (varints are zigzag, as in Protocol
// Buffers):
//
//	length varint, attributes int8, timestamp delta varint, offset delta varint,
//	key length varint (-1: null), key, value length varint (-1: null), value,
//	header count varint, headers
type record struct {
	Attributes     int8   // no bit of it is in use
	TimestampDelta int64  // milliseconds; see batch.timestamp
	OffsetDelta    int64  // to the base offset of the batch
	Key, Value     []byte // nil: null
	Headers        []byte // the raw block, count and headers; well-formed
}

// next reads the record at the head of p. ok is false when it is malformed:
// the records after it cannot be found then. A batch is well-formed when its
// Count calls succeed and leave nothing.
//
// Every length is compared as an int64 with what is there before it is used: a
// length is whatever an attacker wrote.
func (r *record) next(p []byte) (rest []byte, ok bool) {
	size, n := varint(p)
	if n <= 0 || size < minRecord-1 || size > int64(len(p)-n) {
		return nil, false
	}
	end := n + int(size)
	body, rest := p[n:end:end], p[end:]
	r.Attributes = int8(body[0])
	body = body[1:]
	if r.TimestampDelta, n = varint(body); n <= 0 {
		return nil, false
	}
	body = body[n:]
	if r.OffsetDelta, n = varint(body); n <= 0 {
		return nil, false
	}
	if r.Key, body, ok = nullable(body[n:]); !ok {
		return nil, false
	}
	if r.Value, body, ok = nullable(body); !ok {
		return nil, false
	}
	r.Headers = body
	// Most records have no headers. A malformed block makes the whole record
	// malformed, whoever may drop or forward the headers later: brokers refuse
	// a batch for it, and then it would block the partition.
	if len(body) == 1 && body[0] == 0 {
		return rest, true
	}
	return rest, wellFormed(body)
}

// nullable reads bytes that a length stands before; -1 is null.
func nullable(p []byte) (v, rest []byte, ok bool) {
	size, n := varint(p)
	if n <= 0 || size > int64(len(p)-n) {
		return nil, nil, false
	}
	p = p[n:]
	if size < 0 {
		return nil, p, size == -1
	}
	return p[:size:size], p[size:], true
}

// varint reads a zigzag varint. n <= 0 when there is none.
func varint(p []byte) (v int64, n int) {
	var u uint64
	switch {
	case len(p) > 0 && p[0] < 0x80:
		u, n = uint64(p[0]), 1
	case len(p) > 1 && p[1] < 0x80:
		u, n = uint64(p[0]&0x7f)|uint64(p[1])<<7, 2
	default:
		u, n = binary.Uvarint(p)
	}
	return int64(u>>1) ^ -int64(u&1), n
}

// varintLen is the size of v as a zigzag varint: a byte for each 7 bits begun.
func varintLen(v int64) int {
	u := uint64(v<<1) ^ uint64(v>>63)
	return (bits.Len64(u|1) + 6) / 7
}
