package stream

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// builder builds one record batch of version 2 in place: behind `head` free
// bytes, in which the produce request writes its own header later, so that a
// request leaves in one write.
//
//	buf: | head | batch header | record | record | …
//	out: | head | batch header | compressed records |     with compression
//
// The buffers are kept from batch to batch. The zero value is ready for reset.
type builder struct {
	deflate *deflater // shared by the builders of a pipeline; nil: an own one, when needed

	buf  []byte
	out  []byte
	head int
	n    int32
	base int64 // the timestamp of the first record: deltas are to it
	last int64 // the latest timestamp

	// The record between open and close. The lengths that stand before a value
	// are known only after it: open leaves as many bytes for them as the last
	// record took, and close moves the record when that was wrong.
	start, value int
	delta        int64
	wideRecord   int // bytes left for the record's length
	wideValue    int // bytes left for the value's length
}

// builderKeep is the buffer that a builder keeps from one batch to the next:
// four times the largest batch that a broker takes by default.
const builderKeep = 4 << 20

// reset begins a batch behind head bytes of headroom.
func (b *builder) reset(head int) {
	if cap(b.buf) > builderKeep {
		b.buf = nil
	}
	if cap(b.out) > builderKeep {
		b.out = nil
	}
	b.head, b.n, b.base, b.last = head, 0, 0, 0
	b.buf = room(b.buf[:0], head+batchHead)[:head+batchHead]
	b.wideRecord, b.wideValue = 2, 2
}

// len is the size of the batch so far, not compressed, headroom not counted.
func (b *builder) len() int { return len(b.buf) - b.head }

func (b *builder) count() int { return int(b.n) }

// append adds a record: ts in milliseconds since 1970; key and value nil for
// null; headers a well-formed block, nil for none.
func (b *builder) append(ts int64, key, value, headers []byte) {
	b.buf = appendRecord(b.buf, b.stamp(ts), int64(b.n), key, value, blockOf(headers))
	b.n++
}

// appendRecord appends a record in the format that record.next reads.
func appendRecord(p []byte, timestampDelta, offsetDelta int64, key, value, headers []byte) []byte {
	keyLen, valueLen := nullableLen(key), nullableLen(value)
	size := 1 + varintLen(timestampDelta) + varintLen(offsetDelta) +
		varintLen(keyLen) + len(key) + varintLen(valueLen) + len(value) + len(headers)
	p = room(p, binary.MaxVarintLen64+size)
	p = appendVarint(p, int64(size))
	p = append(p, 0)
	p = appendVarint(p, timestampDelta)
	p = appendVarint(p, offsetDelta)
	p = appendVarint(p, keyLen)
	p = append(p, key...)
	p = appendVarint(p, valueLen)
	p = append(p, value...)
	return append(p, headers...)
}

// open begins a record whose value is appended to the slice that it returns,
// so that a value is rendered where it will be sent from. close ends it. A
// record that is not closed never was: what follows overwrites it.
func (b *builder) open(ts int64, key []byte) []byte {
	b.delta = ts // made a delta by close: a record that is not closed is not the first
	delta := int64(0)
	if b.n > 0 {
		delta = ts - b.base
	}
	b.start = len(b.buf)
	p := room(b.buf, 4*binary.MaxVarintLen64+len(key))
	p = p[:len(p)+b.wideRecord]
	p = append(p, 0)
	p = appendVarint(p, delta)
	p = appendVarint(p, int64(b.n))
	p = appendVarint(p, nullableLen(key))
	p = append(p, key...)
	b.value = len(p) + b.wideValue
	return p[:b.value]
}

// close ends the record that open began. p is what open returned with the
// value behind it.
func (b *builder) close(p, headers []byte) {
	headers = blockOf(headers)
	b.stamp(b.delta)
	value := len(p) - b.value
	if w := varintLen(int64(value)); w != b.wideValue {
		p = shift(p, b.value, w-b.wideValue)
		b.value += w - b.wideValue
		b.wideValue = w
	}
	putVarint(p[b.value-b.wideValue:b.value], int64(value))
	size := len(p) - b.start - b.wideRecord + len(headers)
	if w := varintLen(int64(size)); w != b.wideRecord {
		p = shift(p, b.start+b.wideRecord, w-b.wideRecord)
		b.wideRecord = w
	}
	putVarint(p[b.start:b.start+b.wideRecord], int64(size))
	b.buf = append(p, headers...)
	b.n++
}

// shift moves p[at:] by d bytes, to the right or to the left.
func shift(p []byte, at, d int) []byte {
	n := len(p)
	if d > 0 {
		p = room(p, d)[:n+d]
	}
	copy(p[at+d:], p[at:n])
	return p[:n+d]
}

// stamp takes the timestamp of a record into the batch and returns its delta.
func (b *builder) stamp(ts int64) int64 {
	if b.n == 0 {
		b.base, b.last = ts, ts
	}
	b.last = max(b.last, ts)
	return ts - b.base
}

// appendRange adds the records from (inclusive) to to (exclusive) of plain,
// the plain records of src. It returns false when a record is malformed: the
// builder is not changed then.
func (b *builder) appendRange(src *batch, plain []byte, from, to int) bool {
	undo := *b
	var r record
	for i := range to {
		var ok bool
		if plain, ok = r.next(plain); !ok {
			*b = undo
			return false
		}
		if i >= from {
			b.append(src.timestamp(&r), r.Key, r.Value, r.Headers)
		}
	}
	return true
}

// split encodes the records of a finished batch, given without its headroom,
// again as two of about half the records each, into first and second, which
// were reset: what is left to do when a broker answers MESSAGE_TOO_LARGE. The
// caller finishes both; the sequence of the second is that of the first
// advanced by first.count(). It returns false when the batch has but one
// record.
func split(finished []byte, z *inflater, first, second *builder) bool {
	var b batch
	if _, st := b.next(finished); st != batchOK {
		panic("stream: internal error: split of a batch that is not ours")
	}
	if b.Count < 2 {
		return false
	}
	// Our own batch: no limit is needed against it.
	plain, st := z.records(&b, math.MaxInt32)
	half := int(b.Count) / 2
	if st != batchOK || !first.appendRange(&b, plain, 0, half) || !second.appendRange(&b, plain, half, int(b.Count)) {
		panic("stream: internal error: split of a batch that is not ours")
	}
	return true
}

// finish ends the batch and returns it with its headroom; it is valid until
// the next reset or finish. The records are compressed by c unless that makes
// them larger. pid, epoch and seq are -1 for a producer without an id; of attrs
// only the transactional bit is used.
func (b *builder) finish(c compression, pid int64, epoch int16, seq int32, attrs int16) []byte {
	p := b.buf
	attrs &= attrTransactional
	if c != compressNone && b.n > 0 {
		if b.deflate == nil {
			b.deflate = new(deflater)
		}
		from := b.head + batchHead
		b.out = room(b.out[:0], from)[:from]
		b.out = b.deflate.append(b.out, b.buf[from:], c)
		if len(b.out) < len(b.buf) {
			p = b.out
			attrs |= int16(c)
		}
	}
	b.seal(p[b.head:], pid, epoch, seq, attrs)
	return p
}

// seal writes the header of the batch p.
func (b *builder) seal(p []byte, pid int64, epoch int16, seq int32, attrs int16) {
	if len(p) > math.MaxInt32 {
		panic("stream: internal error: batch over 2 GiB")
	}
	be := binary.BigEndian
	h := (*[batchHead]byte)(p)
	be.PutUint64(h[0:], 0)
	be.PutUint32(h[8:], uint32(len(p)-batchFrame))
	be.PutUint32(h[12:], math.MaxUint32) // leader epoch: the broker's
	h[16] = batchMagicV
	be.PutUint16(h[21:], uint16(attrs))
	be.PutUint32(h[23:], uint32(max(b.n-1, 0)))
	be.PutUint64(h[27:], uint64(b.base))
	be.PutUint64(h[35:], uint64(b.last))
	be.PutUint64(h[43:], uint64(pid))
	be.PutUint16(h[51:], uint16(epoch))
	be.PutUint32(h[53:], uint32(seq))
	be.PutUint32(h[57:], uint32(b.n))
	be.PutUint32(h[crcAt:], crc32.Checksum(p[crcFrom:], castagnoli))
}

// nextSequence is the sequence of the batch after one of n records at seq:
// sequences wrap to 0 after the largest int32 (KIP-98).
func nextSequence(seq int32, n int) int32 {
	return int32((int64(seq) + int64(n)) & math.MaxInt32)
}

var noHeaders = []byte{0}

// blockOf gives records without headers their block: a count of 0.
func blockOf(headers []byte) []byte {
	if headers == nil {
		return noHeaders
	}
	return headers
}

func nullableLen(p []byte) int64 {
	if p == nil {
		return -1
	}
	return int64(len(p))
}

// appendVarint appends a zigzag varint: lengths and deltas of one or two bytes
// are the rule.
func appendVarint(p []byte, v int64) []byte {
	u := uint64(v<<1) ^ uint64(v>>63)
	switch {
	case u < 0x80:
		return append(p, byte(u))
	case u < 1<<14:
		return append(p, byte(u)|0x80, byte(u>>7))
	}
	return binary.AppendUvarint(p, u)
}

// putVarint fills p, which has the size that varintLen gives, with v.
func putVarint(p []byte, v int64) { appendVarint(p[:0:len(p)], v) }
