package stream

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

// slowBatch is the builder written for the eye: kmsg-free, with the standard
// library's varints, one buffer for each thing that a length stands before.
func slowBatch(recs []testRec, pid int64, epoch int16, seq int32, attrs int16) []byte {
	be := binary.BigEndian
	var plain []byte
	base, last := int64(0), int64(math.MinInt64)
	for i, r := range recs {
		if i == 0 {
			base = r.ts
		}
		last = max(last, r.ts)
		body := []byte{0}
		body = binary.AppendVarint(body, r.ts-base)
		body = binary.AppendVarint(body, int64(i))
		body = slowAppend(body, r.key)
		body = slowAppend(body, r.value)
		body = binary.AppendVarint(body, int64(len(r.heads)))
		for _, h := range r.heads {
			body = slowAppend(body, []byte(h.name))
			body = slowAppend(body, h.value)
		}
		plain = binary.AppendVarint(plain, int64(len(body)))
		plain = append(plain, body...)
	}
	p := be.AppendUint64(nil, 0)
	p = be.AppendUint32(p, uint32(49+len(plain)))
	p = be.AppendUint32(p, math.MaxUint32)
	p = append(p, 2, 0, 0, 0, 0)
	p = be.AppendUint16(p, uint16(attrs))
	p = be.AppendUint32(p, uint32(len(recs)-1))
	p = be.AppendUint64(p, uint64(base))
	p = be.AppendUint64(p, uint64(last))
	p = be.AppendUint64(p, uint64(pid))
	p = be.AppendUint16(p, uint16(epoch))
	p = be.AppendUint32(p, uint32(seq))
	p = be.AppendUint32(p, uint32(len(recs)))
	return reseal(append(p, plain...))
}

func slowAppend(p, v []byte) []byte {
	if v == nil {
		return binary.AppendVarint(p, -1)
	}
	return append(binary.AppendVarint(p, int64(len(v))), v...)
}

// build makes the same batch twice in b, by append and by open and close, and
// compares both with the twin's.
func build(t testing.TB, b *builder, head int, recs []testRec) {
	t.Helper()
	want := slowBatch(recs, 7, 3, 42, attrTransactional)
	b.reset(head)
	for _, r := range recs {
		b.append(r.ts, r.key, r.value, r.headers())
	}
	if b.count() != len(recs) || b.len() != len(want) {
		t.Fatalf("count %d, len %d of %d", b.count(), b.len(), len(want))
	}
	if got := b.finish(compressNone, 7, 3, 42, attrTransactional); !bytes.Equal(got[head:], want) {
		t.Fatalf("append:\n got %x\nwant %x", got[head:], want)
	}
	b.reset(head)
	for i, r := range recs {
		if i%3 == 0 { // a record that turns out not to be sent
			b.open(math.MinInt64, []byte("never"))
		}
		if i%5 == 0 { // and one that grew the buffer
			_ = append(b.open(r.ts, nil), make([]byte, i)...)
		}
		if r.value == nil {
			b.append(r.ts, r.key, nil, r.headers())
			continue
		}
		b.close(append(b.open(r.ts, r.key), r.value...), r.headers())
	}
	if b.count() != len(recs) || b.len() != len(want) {
		t.Fatalf("count %d, len %d of %d", b.count(), b.len(), len(want))
	}
	if got := b.finish(compressNone, 7, 3, 42, attrTransactional); !bytes.Equal(got[head:], want) {
		t.Fatalf("open and close:\n got %x\nwant %x", got[head:], want)
	}
}

func TestBuilderTwin(t *testing.T) {
	var b builder
	for _, head := range []int{0, 4, 77} {
		for _, n := range []int{1, 2, 63, 64, 65, 200} {
			build(t, &b, head, testRecords(n))
		}
	}
	// Values around each size where a length takes one more byte, up and down.
	var recs []testRec
	for _, n := range []int{0, 1, 63, 64, 65, 8191, 8192, 40, 1 << 20, 1<<20 - 1, 3, 50, 60, 0} {
		for d := range 5 {
			recs = append(recs, testRec{ts: int64(n), key: make([]byte, d), value: bytes.Repeat([]byte{'x'}, max(0, n-d))})
		}
	}
	build(t, &b, 9, recs)
}

// TestBuilderTimes covers deltas that do not fit anything smaller than int64.
func TestBuilderTimes(t *testing.T) {
	var recs []testRec
	for _, ts := range []int64{5, -1, 0, math.MaxInt64, math.MinInt64, 1 << 40, -1 << 40} {
		recs = append(recs, testRec{ts: ts, value: []byte("v")})
	}
	build(t, new(builder), 0, recs)
	diff(t, records(t, slowBatch(recs, -1, -1, -1, 0)), recs)
}

func FuzzBuilder(f *testing.F) {
	f.Add([]byte("seed of a few records"), uint8(3), uint8(1))
	f.Add(bytes.Repeat([]byte("abcdefgh"), 2000), uint8(200), uint8(4))
	var b builder
	var z inflater
	f.Fuzz(func(t *testing.T, data []byte, n, codec uint8) {
		c := compression(codec % 5)
		recs := fuzzRecords(data, int(n)+1)
		build(t, &b, int(n), recs)
		b.reset(0)
		for _, r := range recs {
			b.append(r.ts, r.key, r.value, r.headers())
		}
		var v batch
		if _, st := v.next(b.finish(c, -1, -1, -1, 0)); st != batchOK {
			t.Fatal(st)
		}
		plain, st := z.records(&v, maxInflated)
		if st != batchOK {
			t.Fatal(st)
		}
		got, ok := plainRecords(&v, plain)
		if !ok {
			t.Fatal("malformed")
		}
		diff(t, got, recs)
	})
}

// fuzzRecords cuts data into n records, in ways that follow from the data.
func fuzzRecords(data []byte, n int) []testRec {
	var seed [32]byte
	copy(seed[:], data)
	rng := rand.New(rand.NewChaCha8(seed))
	cut := func() []byte {
		switch k := rng.IntN(10); {
		case k == 0:
			return nil
		case k == 1:
			return []byte{}
		default:
			m := min(len(data), rng.IntN(1<<rng.IntN(16)))
			p := data[:m:m]
			data = data[m:]
			return p
		}
	}
	recs := make([]testRec, n)
	for i := range recs {
		recs[i] = testRec{ts: int64(rng.Uint64() >> rng.IntN(64)), key: cut(), value: cut()}
		for range rng.IntN(4) >> 1 {
			recs[i].heads = append(recs[i].heads, testHeader{string(cut()), cut()})
		}
	}
	return recs
}

func TestSplit(t *testing.T) {
	var z inflater
	for c := compressNone; c <= compressZstd; c++ {
		for _, n := range []int{2, 3, 200} {
			var first, second builder
			first.reset(5)
			second.reset(6)
			if !split(testBatch(n, c), &z, &first, &second) {
				t.Fatalf("%v, %d records: not split", c, n)
			}
			if first.count() != n/2 || first.count()+second.count() != n {
				t.Errorf("%d records split into %d and %d", n, first.count(), second.count())
			}
			got := records(t, first.finish(c, 7, 3, 42, attrTransactional)[5:])
			got = append(got, records(t, second.finish(c, 7, 3, nextSequence(42, n/2), attrTransactional)[6:])...)
			diff(t, got, testRecords(n))
		}
		var first, second builder
		first.reset(0)
		second.reset(0)
		if split(testBatch(1, c), &z, &first, &second) {
			t.Error("one record was split")
		}
	}
}

// TestAppendRangeMalformed leaves the builder as it was.
func TestAppendRangeMalformed(t *testing.T) {
	p := testBatch(10, compressNone)
	var src batch
	src.next(p)
	var b builder
	b.reset(0)
	b.append(1, nil, []byte("before"), nil)
	if b.appendRange(&src, src.Records[:len(src.Records)-1], 0, 10) {
		t.Fatal("appended")
	}
	b.append(2, nil, []byte("after"), nil)
	diff(t, records(t, b.finish(compressNone, -1, -1, -1, 0)), []testRec{{ts: 1, value: []byte("before")}, {ts: 2, value: []byte("after")}})
}

func TestNextSequence(t *testing.T) {
	for _, tt := range []struct {
		seq  int32
		n    int
		want int32
	}{
		{0, 1, 1}, {41, 1, 42},
		{math.MaxInt32 - 1, 1, math.MaxInt32},
		{math.MaxInt32, 1, 0},
		{math.MaxInt32 - 1, 5, 3},
	} {
		if got := nextSequence(tt.seq, tt.n); got != tt.want {
			t.Errorf("nextSequence(%d, %d) = %d, want %d", tt.seq, tt.n, got, tt.want)
		}
	}
}

// TestFinishIncompressible sends what does not get smaller as it is.
func TestFinishIncompressible(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	noise := make([]byte, 300<<10)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	want := []testRec{{ts: 1, value: noise}}
	for c := compressNone; c <= compressZstd; c++ {
		var b builder
		b.reset(0)
		b.append(1, nil, noise, nil)
		p := b.finish(c, -1, -1, -1, 0)
		if len(p) > batchHead+len(noise)+20 {
			t.Errorf("%v: %d bytes of %d", c, len(p), len(noise))
		}
		diff(t, records(t, p), want)
	}
}

// TestFinishAgain gives the same bytes: a retry may not differ.
func TestFinishAgain(t *testing.T) {
	for c := compressNone; c <= compressZstd; c++ {
		var b builder
		b.reset(0)
		for _, r := range testRecords(100) {
			b.append(r.ts, r.key, r.value, r.headers())
		}
		first := bytes.Clone(b.finish(c, 1, 2, 3, 0))
		if !bytes.Equal(first, b.finish(c, 1, 2, 3, 0)) {
			t.Errorf("%v: two batches", c)
		}
	}
}
