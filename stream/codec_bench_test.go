package stream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/protocol"

	"redactor/internal/race"
)

// logBatch is what the benchmarks read: n log lines of 408 bytes on average
// with keys of 11, as the measurements in bench/ have them.
func logBatch(n int, c compression) []byte { return spoiledBatch(n, 0, c) }

// spoiledBatch is logBatch with every so many-th line cut short, so that it
// cannot be judged; 0: none.
func spoiledBatch(n, every int, c compression) []byte {
	var b builder
	b.reset(0)
	for i := range n {
		line := logLine(i)
		if every > 0 && i%every == every-1 {
			line = line[:len(line)-1]
		}
		b.append(1760256000000+int64(i), fmt.Appendf(nil, "user-%06d", i), line, nil)
	}
	return bytes.Clone(b.finish(c, -1, -1, -1, 0))
}

func logLine(i int) []byte {
	return fmt.Appendf(nil, `{"ts":"2026-10-12T08:%02d:%02d.%03dZ","level":"INFO","svc":"payments","host":"ip-10-0-%d-%d","trace":"%016x%016x","user":{"id":%d,"email":"user%d@example.com","phone":"+1-202-555-%04d","name":"Alice Example %d"},"card":"4111 1111 1111 %04d","ip":"192.168.%d.%d","msg":"charge accepted for order %d, amount 12.34 EUR, retry 0","http":{"m":"POST","p":"/v1/charge/%d","s":200,"ms":%d}}`,
		i%60, (i*7)%60, i%1000, i%255, (i*3)%255, i*2654435761, i*40503, i, i, i%10000, i%977, (i*13)%10000, i%255, (i*17)%255, i, i*3, i%250)
}

// decodeAll is what every record costs at least: the checksum and a view of
// each record.
func decodeAll(p []byte, z *inflater) (n int) {
	var b batch
	var r record
	b.next(p)
	plain, _ := z.records(&b, maxInflated)
	for range b.Count {
		plain, _ = r.next(plain)
		n += len(r.Value)
	}
	return n
}

// transcode decodes p and builds the same batch in b.
func transcode(p []byte, z *inflater, b *builder, c compression) []byte {
	var src batch
	var r record
	src.next(p)
	plain, _ := z.records(&src, maxInflated)
	b.reset(100)
	for range src.Count {
		plain, _ = r.next(plain)
		b.append(src.timestamp(&r), r.Key, r.Value, r.Headers)
	}
	return b.finish(c, 7, 3, 42, 0)
}

// rebuild is transcode by open and close.
func rebuild(p []byte, z *inflater, b *builder, c compression) []byte {
	var src batch
	var r record
	src.next(p)
	plain, _ := z.records(&src, maxInflated)
	b.reset(100)
	for range src.Count {
		plain, _ = r.next(plain)
		b.close(append(b.open(src.timestamp(&r), r.Key), r.Value...), r.Headers)
	}
	return b.finish(c, 7, 3, 42, 0)
}

func TestNoAllocs(t *testing.T) {
	race.Skip(t)
	var z inflater
	var b, second builder
	var d deflater
	b.deflate, second.deflate = &d, &d
	var h headerBlock
	var f abortedFilter
	marker := markerBatch(1, 0)
	aborted := []abortedTxn{{1, 0}, {2, 0}}
	// Goroutines of kafka-go outlive the tests before, and allocate now and then:
	// the quietest of some runs counts.
	test := func(name string, op func()) {
		t.Helper()
		n := testing.AllocsPerRun(20, op)
		for range 20 {
			if n == 0 {
				return
			}
			n = min(n, testing.AllocsPerRun(20, op))
		}
		t.Errorf("%s: %v allocations", name, n)
	}
	for c := compressNone; c <= compressZstd; c++ {
		p := logBatch(500, c)
		test("decode "+c.String(), func() { decodeAll(p, &z) })
		test("transcode "+c.String(), func() { transcode(p, &z, &b, c) })
		test("rebuild "+c.String(), func() { rebuild(p, &z, &b, c) })
		var half builder
		half.deflate = &d
		test("split "+c.String(), func() {
			half.reset(0)
			second.reset(0)
			split(p, &z, &half, &second)
		})
	}
	for name, x := range frames(periodic(300000)) {
		if name == "gzip with a name" { // which the library keeps; producers write none
			continue
		}
		src := sealed(x.c, 1, x.p)
		test("inflate "+name, func() { z.records(src, maxInflated) })
	}
	for c := compressNone; c <= compressLZ4; c++ {
		p := javaFile(t, 1, c)
		test("messages "+c.String(), func() {
			var b batch
			z.messages(&b, p, maxInflated)
		})
	}
	test("headers", func() {
		h.reset()
		h.add([]byte("name"), []byte("value"))
		for it := headersOf(h.bytes()); it.next(); {
		}
	})
	test("abortedFilter", func() {
		f.reset(aborted)
		var b batch
		b.next(marker)
		f.skip(&b)
	})
}

// timed reports what a record takes. The processor time is what counts where
// others share the machine.
func timed(b *testing.B, records int, op func()) {
	b.ReportAllocs()
	cpu := time.Duration(0)
	for b.Loop() {
		if cpu == 0 {
			cpu = -usage()
		}
		op()
	}
	cpu += usage()
	all := float64(b.N) * float64(records)
	b.ReportMetric(float64(b.Elapsed())/all, "ns/record")
	b.ReportMetric(float64(cpu)/all, "cpu-ns/record")
}

const benchRecords = 2000

func BenchmarkDecode(b *testing.B) {
	for c := compressNone; c <= compressZstd; c++ {
		b.Run(c.String(), func(b *testing.B) {
			p := logBatch(benchRecords, c)
			var z inflater
			b.SetBytes(int64(len(logBatch(benchRecords, compressNone))))
			timed(b, benchRecords, func() { decodeAll(p, &z) })
		})
	}
}

// BenchmarkEncode fills a batch with values that lie ready.
func BenchmarkEncode(b *testing.B) {
	values := make([][]byte, benchRecords)
	for i := range values {
		values[i] = logLine(i)
	}
	key := []byte("user-000000")
	for c := compressNone; c <= compressZstd; c++ {
		b.Run(c.String(), func(b *testing.B) {
			var out builder
			n := 0
			b.SetBytes(int64(len(logBatch(benchRecords, compressNone))))
			timed(b, benchRecords, func() {
				out.reset(100)
				for i := range values {
					out.append(1760256000000+int64(i), key, values[i], nil)
				}
				n = len(out.finish(c, 7, 3, 42, 0))
			})
			b.ReportMetric(float64(out.len())/float64(n-100), "ratio")
		})
	}
}

func BenchmarkTranscode(b *testing.B) {
	for name, f := range map[string]func([]byte, *inflater, *builder, compression) []byte{"append": transcode, "open": rebuild} {
		b.Run(name, func(b *testing.B) {
			p := logBatch(benchRecords, compressNone)
			var z inflater
			var out builder
			b.SetBytes(int64(len(p)))
			timed(b, benchRecords, func() { f(p, &z, &out, compressNone) })
		})
	}
}

// BenchmarkKafkaGoDecode reads the same batch as kafka-go does for its users:
// each value is then still to be copied out.
func BenchmarkKafkaGoDecode(b *testing.B) {
	for c := compressNone; c <= compressZstd; c++ {
		b.Run(c.String(), func(b *testing.B) {
			p := logBatch(benchRecords, c)
			sized := append(binary.BigEndian.AppendUint32(nil, uint32(len(p))), p...)
			b.SetBytes(int64(len(logBatch(benchRecords, compressNone))))
			timed(b, benchRecords, func() {
				var rs protocol.RecordSet
				if _, err := rs.ReadFrom(bytes.NewBuffer(sized)); err != nil {
					b.Fatal(err)
				}
				for {
					r, err := rs.Records.ReadRecord()
					if err == io.EOF {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					r.Key.Close()
					r.Value.Close()
				}
			})
		})
	}
}

// BenchmarkKafkaGoEncode writes the same records as kafka-go's Writer does.
func BenchmarkKafkaGoEncode(b *testing.B) {
	values := make([][]byte, benchRecords)
	for i := range values {
		values[i] = logLine(i)
	}
	key := []byte("user-000000")
	for c := compress.None; c <= compress.Zstd; c++ {
		b.Run(compression(c).String(), func(b *testing.B) {
			recs := make([]protocol.Record, benchRecords)
			var out bytes.Buffer
			b.SetBytes(int64(len(logBatch(benchRecords, compressNone))))
			timed(b, benchRecords, func() {
				for i := range recs {
					recs[i] = protocol.Record{Key: protocol.NewBytes(key), Value: protocol.NewBytes(values[i])}
				}
				set := protocol.RecordSet{Version: 2, Attributes: protocol.Attributes(c), Records: protocol.NewRecordReader(recs...)}
				out.Reset()
				if _, err := set.WriteTo(&out); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
