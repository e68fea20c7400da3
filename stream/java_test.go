package stream

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// javaRecord is the record that testdata/java/Write.java writes as number i.
func javaRecord(i int) testRec {
	r := testRec{ts: 1760256000000 + int64(i)*7 - int64(i%5)*100}
	if i%3 != 0 {
		r.key = fmt.Appendf(nil, "key-%d", i)
	}
	switch i % 5 {
	case 0:
	case 1:
		r.value = []byte{}
	default:
		r.value = []byte(strings.Repeat(fmt.Sprintf(`{"seq":%d}`, i), 1+i%7*3))
	}
	for j := range i % 4 {
		r.heads = append(r.heads, testHeader{"trace", fmt.Appendf(nil, "%d-%d", i, j)})
		if j == 1 {
			r.heads = append(r.heads, testHeader{"", nil}, testHeader{"empty", []byte{}})
		}
	}
	return r
}

// javaRecords are the records as they are in a file of that magic: before
// version 2 there are no headers, before 1 no timestamps.
func javaRecords(magic int) (out []testRec) {
	for i := range 30 {
		r := javaRecord(i)
		if magic < 2 {
			r.heads = nil
		}
		if magic < 1 {
			r.ts = -1
		}
		out = append(out, r)
	}
	return out
}

func javaFile(t testing.TB, magic int, c compression) []byte {
	t.Helper()
	p, err := os.ReadFile(filepath.Join("testdata", "java", fmt.Sprintf("v%d-%v.bin", magic, c)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestJavaBatches reads what Apache Kafka's own producer code wrote.
func TestJavaBatches(t *testing.T) {
	var z inflater
	for c := compressNone; c <= compressZstd; c++ {
		p := javaFile(t, 2, c)
		var b batch
		rest, st := b.next(p)
		if st != batchOK || len(rest) != 0 {
			t.Fatalf("%v: %v, %d bytes left", c, st, len(rest))
		}
		if b.BaseOffset != 100 || b.nextOffset() != 130 || b.LeaderEpoch != 5 || b.ProducerID != 7 ||
			b.ProducerEpoch != 3 || b.BaseSequence != 42 || !b.transactional() || b.control() || b.codec() != c {
			t.Errorf("%v: %+v", c, b)
		}
		plain, st := z.records(&b, maxInflated)
		if st != batchOK {
			t.Fatalf("%v: %v", c, st)
		}
		got, ok := plainRecords(&b, plain)
		if !ok {
			t.Fatalf("%v: malformed", c)
		}
		diff(t, got, javaRecords(2))
	}
}

// TestJavaMessageSets reads the two formats before.
func TestJavaMessageSets(t *testing.T) {
	var z inflater
	for magic := range 2 {
		for c := compressNone; c <= compressLZ4; c++ {
			got, offsets := readMessages(t, &z, javaFile(t, magic, c))
			diff(t, got, javaRecords(magic))
			for i, o := range offsets {
				if o != 100+int64(i) {
					t.Errorf("magic %d, %v: record %d has offset %d", magic, c, i, o)
				}
			}
		}
	}
}

// readMessages reads a message set as the pipeline does.
func readMessages(t testing.TB, z *inflater, p []byte) (recs []testRec, offsets []int64) {
	t.Helper()
	for len(p) > 0 {
		var b batch
		if _, st := b.next(p); st != batchMagic {
			t.Fatalf("batch.next: %v", st)
		}
		rest, st := z.messages(&b, p, maxInflated)
		if st != batchOK || len(rest) >= len(p) {
			t.Fatalf("messages: %v", st)
		}
		p = rest
		plain, st := z.records(&b, maxInflated)
		if st != batchOK {
			t.Fatalf("records: %v", st)
		}
		some, ok := plainRecords(&b, plain)
		if !ok {
			t.Fatal("malformed")
		}
		recs = append(recs, some...)
		var r record
		for range b.Count {
			plain, _ = r.next(plain)
			o, ok := b.offset(&r)
			if !ok {
				t.Fatalf("offset %d outside of the batch", o)
			}
			offsets = append(offsets, o)
		}
	}
	return recs, offsets
}
