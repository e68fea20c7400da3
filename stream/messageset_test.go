package stream

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// oldMessage is a message of a set, with its checksum.
func oldMessage(offset int64, magic, attributes int8, ts int64, key, value []byte) []byte {
	be := binary.BigEndian
	body := []byte{byte(magic), byte(attributes)}
	if magic == 1 {
		body = be.AppendUint64(body, uint64(ts))
	}
	for _, v := range [][]byte{key, value} {
		if v == nil {
			body = be.AppendUint32(body, math.MaxUint32)
			continue
		}
		body = append(be.AppendUint32(body, uint32(len(v))), v...)
	}
	p := be.AppendUint64(nil, uint64(offset))
	p = be.AppendUint32(p, uint32(4+len(body)))
	p = be.AppendUint32(p, crc32.ChecksumIEEE(body))
	return append(p, body...)
}

// oldSet wraps messages of magic 1 at these relative offsets; last is the
// offset of the wrapper.
func oldSet(last int64, attributes int8, relative ...int64) []byte {
	var set []byte
	for _, o := range relative {
		set = append(set, oldMessage(o, 1, 0, 1000+o, nil, []byte{byte(o)})...)
	}
	return oldMessage(last, 1, attributes|int8(compressGzip), 5000, nil, new(deflater).append(nil, set, compressGzip))
}

func TestMessagesOffsets(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    []byte
		want []int64
		ts   []int64
	}{
		{"whole", oldSet(102, 0, 0, 1, 2), []int64{100, 101, 102}, []int64{1000, 1001, 1002}},
		{"compacted", oldSet(109, 0, 2, 5, 9), []int64{102, 105, 109}, []int64{1002, 1005, 1009}},
		{"log append time", oldSet(101, attrLogAppendTime, 0, 1), []int64{100, 101}, []int64{5000, 5000}},
		{"alone", oldMessage(7, 1, 0, 30, nil, []byte("x")), []int64{7}, []int64{30}},
		{"alone, log append time", oldMessage(7, 1, attrLogAppendTime, 30, nil, []byte("x")), []int64{7}, []int64{30}},
		{"magic 0", oldMessage(7, 0, attrLogAppendTime, 0, nil, nil), []int64{7}, []int64{-1}},
	} {
		var z inflater
		recs, offsets := readMessages(t, &z, tt.p)
		var ts []int64
		for _, r := range recs {
			ts = append(ts, r.ts)
		}
		if !reflect.DeepEqual(offsets, tt.want) || !reflect.DeepEqual(ts, tt.ts) {
			t.Errorf("%s: offsets %v, times %v; want %v, %v", tt.name, offsets, ts, tt.want, tt.ts)
		}
	}
}

func TestMessagesHostile(t *testing.T) {
	good := oldMessage(7, 1, 0, 30, []byte("key"), []byte("value"))
	resum := func(change func(p []byte)) []byte {
		p := bytes.Clone(good)
		change(p)
		binary.BigEndian.PutUint32(p[12:], crc32.ChecksumIEEE(p[16:]))
		return p
	}
	gz := func(set []byte) []byte { return new(deflater).append(nil, set, compressGzip) }
	bomb := gz(bytes.Repeat(oldMessage(0, 1, 0, 0, nil, make([]byte, 1000)), 100))
	be := binary.BigEndian
	for _, tt := range []struct {
		name string
		p    []byte
		want batchStatus
	}{
		{"good", good, batchOK},
		{"flipped", append(bytes.Clone(good[:len(good)-1]), 'x'), batchCorrupt},
		{"truncated", good[:len(good)-1], batchShort},
		{"negative size", resum(func(p []byte) { be.PutUint32(p[8:], math.MaxUint32) }), batchMalformed},
		{"size below the least", resum(func(p []byte) { be.PutUint32(p[8:], messageMin-1) }), batchMalformed},
		{"magic 3", resum(func(p []byte) { p[16] = 3 }), batchMalformed},
		{"negative offset", resum(func(p []byte) { p[0] = 0xff }), batchMalformed},
		{"the largest offset", resum(func(p []byte) { be.PutUint64(p, math.MaxInt64) }), batchMalformed},
		{"key length -2", resum(func(p []byte) { be.PutUint32(p[26:], math.MaxUint32-1) }), batchMalformed},
		{"key beyond the message", resum(func(p []byte) { be.PutUint32(p[26:], 1000) }), batchMalformed},
		{"value a byte short", resum(func(p []byte) { be.PutUint32(p[33:], 4) }), batchMalformed},
		{"magic 0 with magic 1's content", resum(func(p []byte) { p[16] = 0 }), batchMalformed},
		{"magic 1 without a timestamp", oldMessage(7, 0, 0, 0, nil, nil)[:16], batchShort},
		{"codec 6", oldMessage(7, 1, 6, 0, nil, []byte("x")), batchCodec},
		{"null wrapper", oldMessage(7, 1, 1, 0, nil, nil), batchMalformed},
		{"empty wrapper", oldMessage(7, 1, 1, 0, nil, gz(nil)), batchMalformed},
		{"wrapper of garbage", oldMessage(7, 1, 1, 0, nil, gz([]byte("garbage"))), batchMalformed},
		{"wrapper of another magic", oldMessage(7, 1, 1, 0, nil, gz(oldMessage(7, 0, 0, 0, nil, nil))), batchMalformed},
		{"wrapper of a wrapper", oldMessage(7, 1, 1, 0, nil, gz(oldSet(7, 0, 7))), batchMalformed},
		{"offsets descend", oldSet(7, 0, 1, 0), batchMalformed},
		{"offsets repeat", oldSet(7, 0, 1, 1), batchMalformed},
		{"offsets before 0", oldSet(1, 0, 0, 1, 2), batchMalformed},
		{"offsets far apart", oldSet(1<<40, 0, 0, 1<<32), batchMalformed},
		{"bomb", oldMessage(7, 1, 1, 0, nil, bomb), batchOversize},
	} {
		var z inflater
		var b batch
		if _, st := z.messages(&b, tt.p, 50000); st != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, st, tt.want)
		}
	}
	for n := range good {
		var z inflater
		var b batch
		if rest, st := z.messages(&b, good[:n], 50000); st != batchShort || len(rest) != n {
			t.Errorf("%d bytes: %v", n, st)
		}
	}
}

// FuzzMessages compares with franz-go, which is more lenient: what we take
// apart, it takes apart to the same records.
func FuzzMessages(f *testing.F) {
	for magic := range 2 {
		for c := compressNone; c <= compressLZ4; c++ {
			f.Add(javaFile(f, magic, c))
		}
	}
	f.Add(oldSet(109, 0, 2, 5, 9))
	var z inflater
	f.Fuzz(func(t *testing.T, p []byte) {
		p = resumMessages(p)
		var b batch
		rest, st := z.messages(&b, p[:len(p):len(p)], 1<<20)
		if cap(z.buf) > 1<<20 {
			t.Fatalf("a buffer of %d", cap(z.buf))
		}
		if st != batchOK {
			return
		}
		if len(rest) >= len(p) || b.BaseOffset < 0 || b.nextOffset() <= b.BaseOffset {
			t.Fatalf("no progress: %+v", b)
		}
		plain, _ := z.records(&b, 1<<20)
		recs, ok := plainRecords(&b, plain)
		if !ok {
			t.Fatal("malformed")
		}
		part := kmsg.NewFetchResponseTopicPartition()
		part.RecordBatches = p[:len(p)-len(rest)]
		want, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{}, &part, kgo.DefaultDecompressor(), nil)
		if want.Err != nil || len(want.Records) != len(recs) {
			return
		}
		var r record
		for i, w := range want.Records {
			plain, _ = r.next(plain)
			if o, _ := b.offset(&r); o != w.Offset || nilOr(recs[i].key) != nilOr(w.Key) || nilOr(recs[i].value) != nilOr(w.Value) {
				t.Fatalf("record %d: %d %v, want %d %s=%s", i, o, recs[i], w.Offset, nilOr(w.Key), nilOr(w.Value))
			}
		}
	})
}

// resumMessages makes the checksum of the first message right.
func resumMessages(p []byte) []byte {
	p = bytes.Clone(p)
	if len(p) > messageFrame+messageMin {
		if n := int(int32(binary.BigEndian.Uint32(p[8:]))); n >= messageMin && n <= len(p)-messageFrame {
			binary.BigEndian.PutUint32(p[12:], crc32.ChecksumIEEE(p[16:messageFrame+n]))
		}
	}
	return p
}
