package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// testRec is a record as tests write and compare it.
type testRec struct {
	ts         int64
	key, value []byte
	heads      []testHeader
}

type testHeader struct {
	name  string
	value []byte // nil: null
}

func (r testRec) headers() []byte {
	var b headerBlock
	for _, h := range r.heads {
		b.add([]byte(h.name), h.value)
	}
	return b.bytes()
}

func (r testRec) String() string {
	return fmt.Sprintf("%d %v=%v %v", r.ts, nilOr(r.key), nilOr(r.value), r.heads)
}

func (h testHeader) String() string { return h.name + ":" + nilOr(h.value) }

func nilOr(p []byte) string {
	if p == nil {
		return "null"
	}
	return fmt.Sprintf("%q", p)
}

// testRecord makes records of every shape, by number: null and empty keys and
// values, values of one to three bytes of length, headers in order with
// repeats.
func testRecord(i int) testRec {
	r := testRec{ts: 1760256000000 + int64(i)*7 - int64(i%5)*100}
	if i%3 != 0 {
		r.key = fmt.Appendf(nil, "user-%06d", i)
	}
	switch i % 7 {
	case 0: // a tombstone
	case 1:
		r.value = []byte{}
	case 2:
		r.value = bytes.Repeat(fmt.Appendf(nil, `{"seq":%d,"state":"idle"},`, i), 400)
	default:
		r.value = fmt.Appendf(nil, `{"ts":%d,"level":"INFO","host":"node-%d","msg":"charge accepted for order %d"}`, r.ts, i%255, i)
	}
	if i%11 == 4 {
		r.key = []byte{}
	}
	for j := range i % 4 {
		r.heads = append(r.heads, testHeader{"trace", fmt.Appendf(nil, "%d-%d", i, j)})
		if j == 1 {
			r.heads = append(r.heads, testHeader{"", nil}, testHeader{"empty", []byte{}})
		}
	}
	return r
}

// records decodes a batch as the pipeline does.
func records(t testing.TB, p []byte) []testRec {
	t.Helper()
	var b batch
	var z inflater
	rest, st := b.next(p)
	if st != batchOK || len(rest) != 0 {
		t.Fatalf("batch: %v, %d bytes left", st, len(rest))
	}
	plain, st := z.records(&b, maxInflated)
	if st != batchOK {
		t.Fatalf("records: %v", st)
	}
	out, ok := plainRecords(&b, plain)
	if !ok {
		t.Fatal("malformed record")
	}
	return out
}

func plainRecords(b *batch, plain []byte) (out []testRec, ok bool) {
	var r record
	for range b.Count {
		if plain, ok = r.next(plain); !ok {
			return nil, false
		}
		x := testRec{ts: b.timestamp(&r), key: bytes.Clone(r.Key), value: bytes.Clone(r.Value)}
		for h := headersOf(r.Headers); h.next(); {
			x.heads = append(x.heads, testHeader{string(h.Name), bytes.Clone(h.Value)})
		}
		out = append(out, x)
	}
	return out, len(plain) == 0
}

func testRecords(n int) []testRec {
	out := make([]testRec, n)
	for i := range out {
		out[i] = testRecord(i)
	}
	return out
}

func diff(t testing.TB, got, want []testRec) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		if g, w := got[i].String(), want[i].String(); g != w {
			t.Fatalf("record %d:\n got %.200s\nwant %.200s", i, g, w)
		}
	}
}

// slowRecord is record.next written for the eye: one reader, one field after
// the other, as the documentation lists them.
func slowRecord(p []byte) (r record, rest []byte, err error) {
	in := bytes.NewReader(p)
	size, err := binary.ReadVarint(in)
	if err != nil {
		return r, nil, err
	}
	if size < 0 || size > int64(in.Len()) {
		return r, nil, io.ErrUnexpectedEOF
	}
	rest = p[len(p)-in.Len()+int(size):]
	in = bytes.NewReader(p[len(p)-in.Len() : len(p)-in.Len()+int(size)])
	attributes, err := in.ReadByte()
	if err != nil {
		return r, nil, err
	}
	r.Attributes = int8(attributes)
	if r.TimestampDelta, err = binary.ReadVarint(in); err != nil {
		return r, nil, err
	}
	if r.OffsetDelta, err = binary.ReadVarint(in); err != nil {
		return r, nil, err
	}
	if r.Key, err = slowBytes(in); err != nil {
		return r, nil, err
	}
	if r.Value, err = slowBytes(in); err != nil {
		return r, nil, err
	}
	r.Headers, _ = io.ReadAll(in)
	_, err = slowHeaders(r.Headers)
	return r, rest, err
}

func slowBytes(in *bytes.Reader) ([]byte, error) {
	n, err := binary.ReadVarint(in)
	if err != nil || n == -1 {
		return nil, err
	}
	if n < 0 || n > int64(in.Len()) {
		return nil, io.ErrUnexpectedEOF
	}
	p := make([]byte, n)
	_, err = io.ReadFull(in, p)
	return p, err
}

func slowHeaders(block []byte) (out []testHeader, err error) {
	in := bytes.NewReader(block)
	n, err := binary.ReadVarint(in)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, errors.New("negative count")
	}
	for range n {
		name, err := slowBytes(in)
		if err != nil {
			return nil, err
		}
		if name == nil {
			return nil, errors.New("null name")
		}
		value, err := slowBytes(in)
		if err != nil {
			return nil, err
		}
		out = append(out, testHeader{string(name), value})
	}
	if in.Len() > 0 {
		return nil, errors.New("bytes left")
	}
	return out, nil
}

func FuzzRecord(f *testing.F) {
	var b builder
	b.reset(0)
	for i := range 40 {
		r := testRecord(i)
		b.append(r.ts, r.key, r.value, r.headers())
	}
	for p := b.buf[batchHead:]; len(p) > 0; {
		var r record
		rest, ok := r.next(p)
		if !ok {
			f.Fatal("seed")
		}
		f.Add(bytes.Clone(p[:len(p)-len(rest)]))
		p = rest
	}
	for _, p := range malformedRecords {
		f.Add([]byte(p))
	}
	f.Fuzz(func(t *testing.T, p []byte) { compareRecord(t, p) })
}

// compareRecord holds record.next against its slow twin.
func compareRecord(t testing.TB, p []byte) {
	t.Helper()
	var r record
	rest, ok := r.next(p[:len(p):len(p)])
	want, wantRest, err := slowRecord(p)
	if ok != (err == nil) {
		t.Fatalf("%x: ok %v, the twin says %v", p, ok, err)
	}
	if !ok {
		return
	}
	if r.Attributes != want.Attributes || r.TimestampDelta != want.TimestampDelta || r.OffsetDelta != want.OffsetDelta ||
		nilOr(r.Key) != nilOr(want.Key) || nilOr(r.Value) != nilOr(want.Value) ||
		!bytes.Equal(r.Headers, want.Headers) || !bytes.Equal(rest, wantRest) {
		t.Fatalf("%x:\n got %+v\nwant %+v", p, r, want)
	}
	heads, _ := slowHeaders(r.Headers)
	var got []testHeader
	for h := headersOf(r.Headers); h.next(); {
		got = append(got, testHeader{string(h.Name), h.Value})
	}
	if fmt.Sprint(got) != fmt.Sprint(heads) {
		t.Fatalf("%x: headers %v, want %v", r.Headers, got, heads)
	}
}

var malformedRecords = []string{
	"",
	"\x80",                                         // a length that does not end
	"\x01",                                         // length -1
	"\x0a\x00\x00\x00\x01\x01",                     // no header count
	"\x0c\x00\x00\x00\x01\x01",                     // ends before its length
	"\x0c\x00\x00\x00\x03\x01\x00",                 // key length -2
	"\x0c\x00\x00\x00\x01\x03\x00",                 // value length -2
	"\x0c\x00\x00\x00\x04\x01\x00",                 // key beyond the record
	"\x0c\x00\x00\x00\x01\x02\x00",                 // value takes the header count
	"\x0c\x00\x00\x00\x01\x01\x01",                 // header count -1
	"\x0c\x00\x00\x00\x01\x01\x02",                 // a header that is not there
	"\x0e\x00\x00\x00\x01\x01\x00\x00",             // bytes after the headers
	"\x10\x00\x00\x00\x01\x01\x02\x01\x01",         // null header name
	"\x10\x00\x00\x00\x01\x01\x02\x00\x03",         // header value length -2
	"\x10\x00\x00\x00\x01\x01\x02\x00\x02",         // header value beyond the record
	"\x10\x00\x00\x00\x01\x01\x04\x00\x01",         // one header of two
	"\x14\x00\x00\x00\x01\x01\xff\xff\xff\xff\x0f", // two billion headers in four bytes
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00\x01\x01\x00",         // length of the least int64
	"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00\x01\x01\x00",         // length of the largest int64
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x00\x00\x01\x01\x00",         // a varint over 64 bits
	"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x00\x00\x00\x01\x01\x00", // and one over 10 bytes
	"\x1e\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x01\x01\x00",         // timestamp delta over 64 bits
	"\x1e\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x01\x00",         // offset delta over 64 bits
	"\x1e\x00\x00\x00\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x00",         // key length of the largest int64
	"\x1e\x00\x00\x00\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00",         // value length, likewise
	"\x20\x00\x00\x00\x01\x01\x02\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",     // header name length, likewise
}

func TestRecordMalformed(t *testing.T) {
	for _, p := range malformedRecords {
		var r record
		if _, ok := r.next([]byte(p)); ok {
			t.Errorf("%x is read as %+v", p, r)
		}
		compareRecord(t, []byte(p))
	}
}

// TestRecordTwin changes good records a little, many times.
func TestRecordTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	p := testBatch(40, compressNone)[batchHead:]
	for range 20000 {
		q := bytes.Clone(p[:20+rng.IntN(200)])
		for range rng.IntN(4) {
			q[rng.IntN(min(len(q), 30))] = byte(rng.Uint32())
		}
		compareRecord(t, q)
	}
}

func TestVarint(t *testing.T) {
	values := []int64{math.MinInt64, math.MinInt32, math.MaxInt32, math.MaxInt64}
	for i := range 63 {
		values = append(values, 1<<i, 1<<i-1, -1<<i, -1<<i-1)
	}
	for _, v := range values {
		want := binary.AppendVarint(nil, v)
		if got := appendVarint(nil, v); !bytes.Equal(got, want) || varintLen(v) != len(want) {
			t.Errorf("%d: %x of %d, want %x", v, got, varintLen(v), want)
		}
		if got, n := varint(want); got != v || n != len(want) {
			t.Errorf("%x: %d of %d, want %d", want, got, n, v)
		}
		for i := range want {
			if _, n := varint(want[:i]); n > 0 {
				t.Errorf("%x is a varint", want[:i])
			}
		}
	}
}

func TestHeaderBlock(t *testing.T) {
	var b headerBlock
	if b.bytes() != nil {
		t.Error("the empty block is not nil")
	}
	for _, n := range []int{1, 2, 63, 64, 1000, 8192, 1} {
		b.reset()
		var want []testHeader
		for i := range n {
			h := testHeader{fmt.Sprint("n", i%7), fmt.Append(nil, i)}
			if i%5 == 0 {
				h.value = nil
			}
			if i%5 == 1 {
				h.value = []byte{}
			}
			b.add([]byte(h.name), h.value)
			want = append(want, h)
		}
		got, err := slowHeaders(b.bytes())
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d headers: %v", n, err)
		}
		if h := headersOf(b.bytes()); h.count() != int64(n) {
			t.Errorf("%d headers counted as %d", n, h.count())
		}
		if !wellFormed(b.bytes()) || wellFormed(b.bytes()[:len(b.bytes())-1]) || wellFormed(append(slices.Clone(b.bytes()), 0)) {
			t.Errorf("%d headers: wellFormed", n)
		}
	}
}

// TestHeaderIterHostile walks bytes that no record.next has checked.
func TestHeaderIterHostile(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	good := testRecord(3).headers()
	for range 20000 {
		p := bytes.Clone(good[:rng.IntN(len(good)+1)])
		for range rng.IntN(4) {
			if len(p) > 0 {
				p[rng.IntN(len(p))] = byte(rng.Uint32())
			}
		}
		n := 0
		h := headersOf(p[:len(p):len(p)])
		if h.count() < 0 {
			t.Fatalf("%x: count %d", p, h.count())
		}
		for h.next() {
			n++
		}
		if n > len(p)/2 {
			t.Fatalf("%x: %d headers", p, n)
		}
		if _, err := slowHeaders(p); wellFormed(p) != (err == nil) {
			t.Fatalf("%x: the twin says %v", p, err)
		}
	}
}
