package stream

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Message sets, versions 0 and 1, are what logs hold from before Kafka 0.11;
// no broker converts them for a fetch. A message is
//
//	offset int64, size int32 (of what follows), CRC-32 uint32 (of what follows
//	it), magic int8, attributes int8, [magic 1: timestamp int64], key length
//	int32 (-1: null), key, value length int32 (-1: null), value
//
// and a compressed set is the value of one message, the wrapper. Its offset is
// that of the last message inside; the offsets inside are absolute with magic
// 0, and with magic 1 relative, to what the last one says.
const (
	messageFrame = 12
	messageMin   = 14 // of the size: CRC, magic, attributes, two lengths
)

// setMessage is a view over one message of a set.
type setMessage struct {
	offset     int64
	magic      int8
	attributes int8
	timestamp  int64 // -1 with magic 0
	key, value []byte
}

// next reads the message at the head of p. After batchShort nothing is read;
// after any other failure rest is what follows the message, nil when nothing
// can be found there.
func (m *setMessage) next(p []byte) (rest []byte, st batchStatus) {
	if len(p) < messageFrame+messageMin {
		return p, batchShort
	}
	be := binary.BigEndian
	size := int(int32(be.Uint32(p[8:])))
	*m = setMessage{offset: int64(be.Uint64(p)), timestamp: -1}
	switch {
	case size < messageMin || p[16] > 1:
		return nil, batchMalformed
	case size > len(p)-messageFrame:
		return p, batchShort
	}
	body, rest := p[messageFrame:messageFrame+size], p[messageFrame+size:]
	if crc32.ChecksumIEEE(body[4:]) != be.Uint32(body) {
		return rest, batchCorrupt
	}
	m.magic, m.attributes = int8(body[4]), int8(body[5])
	body = body[6:]
	if m.magic == 1 {
		if len(body) < 8 {
			return rest, batchMalformed
		}
		m.timestamp = int64(be.Uint64(body))
		body = body[8:]
	}
	var ok bool
	if m.key, body, ok = nullable32(body); !ok {
		return rest, batchMalformed
	}
	if m.value, body, ok = nullable32(body); !ok || len(body) > 0 {
		return rest, batchMalformed
	}
	return rest, batchOK
}

// nullable32 reads bytes that an int32 of length stands before; -1 is null.
func nullable32(p []byte) (v, rest []byte, ok bool) {
	if len(p) < 4 {
		return nil, nil, false
	}
	size := int64(int32(binary.BigEndian.Uint32(p)))
	p = p[4:]
	switch {
	case size == -1:
		return nil, p, true
	case size < 0 || size > int64(len(p)):
		return nil, nil, false
	}
	return p[:size:size], p[size:], true
}

// messages reads the message at the head of p, for which batch.next answered
// batchMagic, and makes b the batch that it would be in version 2, not
// compressed: so nothing after this knows the old formats. limit is as for
// records; b is valid until the next call of messages or records.
//
// The statuses, and rest after each, are those of batch.next, and batchOversize
// and batchCodec of records.
func (z *inflater) messages(b *batch, p []byte, limit int) (rest []byte, st batchStatus) {
	var outer setMessage
	rest, st = outer.next(p)
	if st == batchShort {
		return rest, st
	}
	*b = batch{
		LeaderEpoch: -1, ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1,
		BaseOffset: outer.offset, MaxTimestamp: outer.timestamp, Raw: p[:len(p)-len(rest)],
	}
	if st != batchOK {
		return rest, st
	}
	if outer.magic == 1 {
		b.Attributes = int16(outer.attributes & attrLogAppendTime)
	}
	set, base := b.Raw, int64(0)
	if c := compression(outer.attributes & attrCodec); c != compressNone {
		if set, st = z.inflate(c, outer.value, limit); st != batchOK {
			return rest, st
		}
		last, ok := lastOffset(set, outer.magic)
		if !ok {
			return rest, batchMalformed
		}
		if outer.magic == 1 {
			base = outer.offset - last
		}
	}
	if !z.convert(b, set, base) {
		return rest, batchMalformed
	}
	return rest, batchOK
}

// lastOffset is the offset of the last message in a compressed set. All of its
// messages have the magic of their wrapper and no codec, and their offsets
// ascend.
func lastOffset(set []byte, magic int8) (last int64, ok bool) {
	for last = -1; len(set) > 0; {
		var m setMessage
		var st batchStatus
		set, st = m.next(set)
		if st != batchOK || m.magic != magic || m.attributes&attrCodec != 0 || m.offset <= last {
			return 0, false
		}
		last = m.offset
	}
	return last, last >= 0
}

// convert makes the messages of set, which have been checked, the records of b.
// base is added to their offsets.
func (z *inflater) convert(b *batch, set []byte, base int64) bool {
	if cap(z.converted) > inflateKeep {
		z.converted = nil
	}
	z.converted = z.converted[:0]
	var m setMessage
	for ; len(set) > 0; b.Count++ {
		set, _ = m.next(set)
		if b.Count == 0 {
			b.BaseOffset, b.FirstTimestamp = base+m.offset, m.timestamp
		}
		if !b.logAppendTime() {
			b.MaxTimestamp = max(b.MaxTimestamp, m.timestamp)
		}
		delta := base + m.offset - b.BaseOffset
		if delta >= math.MaxInt32 {
			return false
		}
		b.LastOffsetDelta = int32(delta)
		z.converted = appendRecord(z.converted, m.timestamp-b.FirstTimestamp, delta, m.key, m.value, noHeaders)
	}
	b.Records = z.converted
	return b.sane()
}
