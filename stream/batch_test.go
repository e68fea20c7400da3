package stream

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"strings"
	"testing"
)

// testBatch is a batch of n records like those of a device log, with keys,
// headers on some, and every kind of empty and null.
func testBatch(n int, c compression) []byte {
	var b builder
	b.reset(0)
	for i := range n {
		r := testRecord(i)
		b.append(r.ts, r.key, r.value, r.headers())
	}
	return bytes.Clone(b.finish(c, 7, 3, 42, attrTransactional))
}

// reseal makes the checksum of a batch right again after a test changed it.
func reseal(p []byte) []byte {
	binary.BigEndian.PutUint32(p[crcAt:], crc32.Checksum(p[crcFrom:], castagnoli))
	return p
}

// TestBatchLayout compares a batch with bytes written by hand from the
// documentation.
func TestBatchLayout(t *testing.T) {
	var b builder
	b.reset(3)
	var h headerBlock
	h.add([]byte("h"), []byte("xy"))
	h.add([]byte("h"), nil)
	b.append(1000, []byte("k"), []byte("v1"), nil)
	b.append(995, nil, []byte{}, h.bytes())
	got := b.finish(compressNone, 0x0102030405060708, 0x0a0b, 0x10203040, attrTransactional|attrControl|attrLogAppendTime|attrCodec)
	want := []byte("" +
		"\x00\x00\x00\x00\x00\x00\x00\x00" + // base offset
		"\x00\x00\x00\x4a" + // length: 49 of header, 10 and 15 of records
		"\xff\xff\xff\xff" + // leader epoch
		"\x02" +
		"????" + // CRC
		"\x00\x10" + // attributes: transactional, whatever else was asked for
		"\x00\x00\x00\x01" + // last offset delta
		"\x00\x00\x00\x00\x00\x00\x03\xe8" + // first timestamp
		"\x00\x00\x00\x00\x00\x00\x03\xe8" + // max timestamp
		"\x01\x02\x03\x04\x05\x06\x07\x08" + "\x0a\x0b" + "\x10\x20\x30\x40" + // producer
		"\x00\x00\x00\x02" + // count
		"\x12\x00\x00\x00\x02k\x04v1\x00" +
		"\x1c\x00\x09\x02\x01\x00\x04\x02h\x04xy\x02h\x01")
	copy(want[crcAt:], got[3+crcAt:3+crcFrom])
	if len(want) != batchFrame+0x4a {
		t.Fatalf("the test's own bytes are %d", len(want))
	}
	if !bytes.Equal(got[3:], want) {
		t.Fatalf("got  %x\nwant %x", got[3:], want)
	}
	if crc := binary.BigEndian.Uint32(want[crcAt:]); crc != slowCRC32C(want[crcFrom:]) {
		t.Errorf("CRC %08x, want %08x", crc, slowCRC32C(want[crcFrom:]))
	}
}

// slowCRC32C is CRC-32C bit by bit (RFC 3720, appendix B.4: the polynomial
// 0x1EDC6F41, reflected).
func slowCRC32C(p []byte) uint32 {
	c := ^uint32(0)
	for _, x := range p {
		c ^= uint32(x)
		for range 8 {
			c = c>>1 ^ 0x82F63B78*(c&1)
		}
	}
	return ^c
}

func TestBatchFields(t *testing.T) {
	p := testBatch(5, compressNone)
	binary.BigEndian.PutUint64(p, 1000)
	binary.BigEndian.PutUint32(p[12:], 9)
	var b batch
	rest, st := b.next(append(p, 0xaa))
	if st != batchOK || string(rest) != "\xaa" {
		t.Fatalf("%v, rest %x", st, rest)
	}
	if b.BaseOffset != 1000 || b.LeaderEpoch != 9 || b.LastOffsetDelta != 4 || b.Count != 5 ||
		b.ProducerID != 7 || b.ProducerEpoch != 3 || b.BaseSequence != 42 ||
		b.FirstTimestamp != testRecord(0).ts || b.nextOffset() != 1005 || !bytes.Equal(b.Raw, p) {
		t.Errorf("%+v", b)
	}
	if b.control() || !b.transactional() || b.logAppendTime() || b.codec() != compressNone {
		t.Errorf("attributes %x", b.Attributes)
	}
}

// TestBatchFlips flips every bit of a batch. Those outside of the checksum
// are the broker's: base offset, length, leader epoch, magic.
func TestBatchFlips(t *testing.T) {
	for c := compressNone; c <= compressZstd; c++ {
		p := testBatch(4, c)
		for i := range p {
			for bit := range 8 {
				p[i] ^= 1 << bit
				var b batch
				rest, st := b.next(p)
				p[i] ^= 1 << bit
				var ok bool
				switch {
				case i < 8: // base offset: not covered; a negative one makes no sense
					ok = st == batchOK || i == 0 && bit == 7 && st == batchMalformed
				case i < 12: // length: whatever is cut off or missing shows
					ok = st == batchShort || st == batchCorrupt || st == batchMalformed
				case i < 16: // leader epoch
					ok = st == batchOK
				case i == 16:
					ok = st == batchMagic
				default:
					ok = st == batchCorrupt && len(rest) == 0
				}
				if !ok {
					t.Errorf("%v: byte %d bit %d: %v", c, i, bit, st)
				}
			}
		}
	}
}

func TestBatchTruncated(t *testing.T) {
	p := testBatch(4, compressNone)
	for n := range p {
		var b batch
		if rest, st := b.next(p[:n:n]); st != batchShort || len(rest) != n {
			t.Errorf("%d of %d bytes: %v, rest %d", n, len(p), st, len(rest))
		}
	}
}

func TestBatchSense(t *testing.T) {
	be := binary.BigEndian
	p := testBatch(4, compressNone)
	size := uint32(len(p) - batchFrame)
	tests := []struct {
		name   string
		change func(p []byte)
		want   batchStatus
	}{
		{"unchanged", func([]byte) {}, batchOK},
		{"negative base offset", func(p []byte) { be.PutUint64(p, math.MaxUint64) }, batchMalformed},
		{"largest base offset", func(p []byte) { be.PutUint64(p, math.MaxInt64-4) }, batchOK},
		{"next offset wraps", func(p []byte) { be.PutUint64(p, math.MaxInt64-3) }, batchMalformed},
		{"negative length", func(p []byte) { be.PutUint32(p[8:], math.MaxUint32) }, batchMalformed},
		{"most negative length", func(p []byte) { be.PutUint32(p[8:], 1<<31) }, batchMalformed},
		{"length below the header", func(p []byte) { be.PutUint32(p[8:], batchHead-batchFrame-1) }, batchMalformed},
		{"length of the header", func(p []byte) { be.PutUint32(p[8:], batchHead-batchFrame) }, batchCorrupt},
		{"length a byte over", func(p []byte) { be.PutUint32(p[8:], size+1) }, batchShort},
		{"longest length", func(p []byte) { be.PutUint32(p[8:], math.MaxInt32) }, batchShort},
		{"magic 0", func(p []byte) { p[16] = 0 }, batchMagic},
		{"magic 1", func(p []byte) { p[16] = 1 }, batchMagic},
		{"magic 3", func(p []byte) { p[16] = 3 }, batchMagic},
		{"negative last offset delta", func(p []byte) { be.PutUint32(p[23:], math.MaxUint32) }, batchMalformed},
		{"last offset delta below the count", func(p []byte) { be.PutUint32(p[23:], 2) }, batchMalformed},
		{"compacted", func(p []byte) { be.PutUint32(p[23:], 1000) }, batchOK},
		{"negative count", func(p []byte) { be.PutUint32(p[57:], math.MaxUint32) }, batchMalformed},
		{"more records than fit", func(p []byte) {
			be.PutUint32(p[23:], math.MaxInt32)
			be.PutUint32(p[57:], math.MaxInt32)
		}, batchMalformed},
		{"a delete horizon", func(p []byte) { p[22] |= 1 << 6 }, batchOK},
	}
	for _, tt := range tests {
		q := bytes.Clone(p)
		tt.change(q)
		var b batch
		if _, st := b.next(reseal(q)); st != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, st, tt.want)
		}
	}
}

// TestBatchEmpty reads what compaction leaves when it removed every record: a
// header alone, that keeps the codec and the offsets.
func TestBatchEmpty(t *testing.T) {
	for c := compressNone; c <= compressZstd; c++ {
		p := testBatch(1, compressNone)[:batchHead]
		binary.BigEndian.PutUint32(p[8:], batchHead-batchFrame)
		p[22] = byte(c)
		binary.BigEndian.PutUint32(p[23:], 9)
		binary.BigEndian.PutUint32(p[57:], 0)
		var b batch
		var z inflater
		if _, st := b.next(reseal(p)); st != batchOK {
			t.Fatalf("%v: %v", c, st)
		}
		if plain, st := z.records(&b, maxInflated); st != batchOK || len(plain) != 0 || b.nextOffset() != 10 {
			t.Errorf("%v: %v, %d bytes, next offset %d", c, st, len(plain), b.nextOffset())
		}
	}
}

func TestBatchTimestamp(t *testing.T) {
	p := testBatch(2, compressNone)
	var b batch
	b.next(p)
	r := record{TimestampDelta: -3}
	if got, want := b.timestamp(&r), b.FirstTimestamp-3; got != want {
		t.Errorf("CreateTime: %d, want %d", got, want)
	}
	p[22] |= attrLogAppendTime
	binary.BigEndian.PutUint64(p[35:], 1234567)
	if _, st := b.next(reseal(p)); st != batchOK || b.timestamp(&r) != 1234567 {
		t.Errorf("LogAppendTime: %v, %d", st, b.timestamp(&r))
	}
}

func TestBatchOffset(t *testing.T) {
	b := batch{BaseOffset: 100, LastOffsetDelta: 9}
	for delta, ok := range map[int64]bool{math.MinInt64: false, -1: false, 0: true, 9: true, 10: false, math.MaxInt64: false} {
		if got, in := b.offset(&record{OffsetDelta: delta}); in != ok || ok && got != 100+delta {
			t.Errorf("delta %d: %d, %v", delta, got, in)
		}
	}
}

func TestBatchStatusString(t *testing.T) {
	seen := map[string]bool{}
	for st := batchOK; st <= batchOversize; st++ {
		name := st.String()
		if seen[name] || name == "" || strings.ToLower(name) != name {
			t.Errorf("status %d is %q", st, name)
		}
		seen[name] = true
	}
}

// FuzzBatch reads anything as what a fetch returns, as it is and with the
// checksum made right, so that what is behind it is reached.
func FuzzBatch(f *testing.F) {
	for c := compressNone; c <= compressZstd; c++ {
		f.Add(append(testBatch(5, c), testBatch(3, c)...), true)
	}
	f.Add(markerBatch(1, 0), false)
	var z inflater
	var filter abortedFilter
	f.Fuzz(func(t *testing.T, p []byte, seal bool) {
		p = bytes.Clone(p)
		p = p[:len(p):len(p)]
		if n := len(p); seal && n >= batchHead {
			// Of the first batch alone, when there are several.
			if m := int(binary.BigEndian.Uint32(p[8:])) + batchFrame; batchHead <= m && m < n {
				n = m
			}
			reseal(p[:n])
		}
		filter.reset([]abortedTxn{{1, 0}, {7, 3}})
		for len(p) > 0 {
			var b batch
			rest, st := b.next(p)
			if st == batchShort || st == batchMagic {
				if len(rest) != len(p) {
					t.Fatalf("%v: %d of %d bytes", st, len(rest), len(p))
				}
				return
			}
			if len(rest) >= len(p) {
				t.Fatalf("%v: no progress", st)
			}
			p = rest
			filter.skip(&b)
			if st != batchOK {
				continue
			}
			if b.BaseOffset < 0 || b.nextOffset() <= b.BaseOffset || b.Count < 0 {
				t.Fatalf("%+v", b)
			}
			if plain, st := z.records(&b, 1<<20); st == batchOK {
				plainRecords(&b, plain)
			}
		}
	})
}
