package stream

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// The record batch, version 2 (KIP-98; Apache Kafka documentation, "Record
// Batch"). All integers are big-endian:
//
//	 0  base offset       int64   set by the broker
//	 8  length            int32   of all that follows
//	12  leader epoch      int32   set by the broker
//	16  magic             int8    2
//	17  CRC-32C           uint32  of all that follows
//	21  attributes        int16
//	23  last offset delta int32   survives compaction, unlike the count
//	27  first timestamp   int64   the base of the records' deltas
//	35  max timestamp     int64
//	43  producer id       int64   -1: none
//	51  producer epoch    int16
//	53  base sequence     int32
//	57  record count      int32
//	61  records           compressed as a whole, by the attributes
//
// The first 21 bytes are outside the checksum, so that a broker can place a
// batch without another pass over it: base offset, length and epoch are
// checked for sense here, never trusted.
const (
	batchFrame  = 12 // base offset and length: what the length does not count
	batchHead   = 61
	batchMagicV = 2
	crcAt       = 17
	crcFrom     = 21 // the checksum covers the batch from here on
)

// Bits of the attributes. The two lowest that are not listed here, 3 (what the
// broker did to timestamps) and 6 (a delete horizon stands in the place of the
// first timestamp), never go into a batch of ours: brokers refuse the one and
// own the other.
const (
	attrCodec         = 7
	attrLogAppendTime = 1 << 3
	attrTransactional = 1 << 4
	attrControl       = 1 << 5
)

// minRecord is the size of the smallest record: its length, attributes, two
// deltas, two lengths and the header count, a byte each. It bounds the count
// that a batch can claim.
const minRecord = 7

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// batchStatus says what a step of decoding came to. Statuses are labels of
// metrics and reasons of quarantine, so they carry nothing of the input.
type batchStatus uint8

const (
	batchOK        batchStatus = iota
	batchShort                 // the bytes end inside the batch: normal at the end of a fetch response
	batchCorrupt               // the checksum does not match
	batchMagic                 // not version 2: a message set of before Kafka 0.11, see messageset.go
	batchMalformed             // the checksum is right and the content makes no sense
	batchCodec                 // the attributes name a compression that does not exist
	batchOversize              // the records inflate beyond the limit
)

var batchStatusNames = [...]string{"ok", "short", "corrupt", "magic", "malformed", "codec", "oversize"}

// String returns the status as metrics label it.
func (s batchStatus) String() string { return batchStatusNames[s] }

// batch is a view over one record batch of version 2. It aliases the bytes
// that it was read from and lives as long as they do.
type batch struct {
	BaseOffset      int64
	LeaderEpoch     int32
	Attributes      int16
	LastOffsetDelta int32
	FirstTimestamp  int64 // milliseconds since 1970
	MaxTimestamp    int64 // milliseconds since 1970
	ProducerID      int64
	ProducerEpoch   int16
	BaseSequence    int32
	Count           int32
	Records         []byte // compressed by codec()
	Raw             []byte // the whole batch
}

// next reads the batch at the head of p.
//
// After batchOK, rest is what follows the batch, and these hold:
// 0 <= BaseOffset < nextOffset(), Count <= LastOffsetDelta+1.
// After batchShort and batchMagic nothing is read and rest is p.
// After batchCorrupt and batchMalformed rest is what follows the batch as far
// as its length can be believed (nil when not at all), and the fields are what
// stands there, for a report; nothing may be concluded from them.
func (b *batch) next(p []byte) (rest []byte, st batchStatus) {
	if len(p) <= 16 {
		return p, batchShort
	}
	n := int(int32(binary.BigEndian.Uint32(p[8:])))
	switch {
	case n < 0:
		*b = batch{}
		return nil, batchMalformed
	case p[16] != batchMagicV:
		return p, batchMagic
	case n < batchHead-batchFrame:
		*b = batch{}
		return nil, batchMalformed
	case n > len(p)-batchFrame:
		return p, batchShort
	}
	n += batchFrame
	b.view(p[:n:n])
	switch {
	case crc32.Checksum(b.Raw[crcFrom:], castagnoli) != binary.BigEndian.Uint32(b.Raw[crcAt:]):
		return p[n:], batchCorrupt
	case !b.sane():
		return p[n:], batchMalformed
	}
	return p[n:], batchOK
}

// view sets the fields from the bytes of one batch.
func (b *batch) view(raw []byte) {
	be := binary.BigEndian
	h := (*[batchHead]byte)(raw)
	b.BaseOffset = int64(be.Uint64(h[0:]))
	b.LeaderEpoch = int32(be.Uint32(h[12:]))
	b.Attributes = int16(be.Uint16(h[21:]))
	b.LastOffsetDelta = int32(be.Uint32(h[23:]))
	b.FirstTimestamp = int64(be.Uint64(h[27:]))
	b.MaxTimestamp = int64(be.Uint64(h[35:]))
	b.ProducerID = int64(be.Uint64(h[43:]))
	b.ProducerEpoch = int16(be.Uint16(h[51:]))
	b.BaseSequence = int32(be.Uint32(h[53:]))
	b.Count = int32(be.Uint32(h[57:]))
	b.Records = raw[batchHead:]
	b.Raw = raw
}

// sane reports whether the header can be true. Offsets that wrap would send a
// consumer back to where it was, for ever; a negative count has crashed other
// decoders (segmentio/kafka-go#1438).
func (b *batch) sane() bool {
	return b.BaseOffset >= 0 && b.LastOffsetDelta >= 0 && b.Count >= 0 &&
		b.BaseOffset < math.MaxInt64-int64(b.LastOffsetDelta) &&
		int64(b.Count) <= int64(b.LastOffsetDelta)+1 &&
		(b.codec() != compressNone || int(b.Count) <= len(b.Records)/minRecord)
}

// nextOffset is the offset that follows the batch. Compaction removes records
// and keeps the last offset delta, so it is right for empty batches too.
func (b *batch) nextOffset() int64 { return b.BaseOffset + int64(b.LastOffsetDelta) + 1 }

// control reports whether the batch is a transaction marker: its record is
// written by a broker and belongs to no one.
func (b *batch) control() bool { return b.Attributes&attrControl != 0 }

func (b *batch) transactional() bool { return b.Attributes&attrTransactional != 0 }

func (b *batch) logAppendTime() bool { return b.Attributes&attrLogAppendTime != 0 }

func (b *batch) codec() compression { return compression(b.Attributes & attrCodec) }

// timestamp is the time of a record of the batch, in milliseconds since 1970.
// With LogAppendTime the broker stamped the batch and left the deltas as the
// producer sent them: only the stamp counts.
func (b *batch) timestamp(r *record) int64 {
	if b.logAppendTime() {
		return b.MaxTimestamp
	}
	return b.FirstTimestamp + r.TimestampDelta
}

// offset is the offset of a record of the batch. ok is false for a record that
// claims one outside of it: to commit that would skip what is in between.
func (b *batch) offset(r *record) (offset int64, ok bool) {
	return b.BaseOffset + r.OffsetDelta, 0 <= r.OffsetDelta && r.OffsetDelta <= int64(b.LastOffsetDelta)
}
