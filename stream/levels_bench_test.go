package stream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// proseBatch is harder to compress than logLine: sentences of 3,000 words and
// two pseudonyms in each record.
func proseBatch(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 1))
	words := make([]string, 3000)
	for i := range words {
		w := make([]byte, 3+rng.IntN(8))
		for j := range w {
			w[j] = byte('a' + rng.IntN(26))
		}
		words[i] = string(w)
	}
	var b builder
	b.reset(0)
	for range n {
		v := fmt.Appendf(nil, `{"id":"p_%x%x","ts":%d`, rng.Uint64(), rng.Uint64(), rng.Uint64())
		for range 12 {
			v = fmt.Appendf(v, `,"%s":"%s %s"`, words[rng.IntN(60)], words[rng.IntN(3000)], words[rng.IntN(3000)])
		}
		b.append(1, nil, append(v, '}'), nil)
	}
	return b.buf[batchHead:]
}

// BenchmarkLevels is the ground for the levels, windows and block sizes in
// deflate.go: time and ratio of what else there is to choose.
func BenchmarkLevels(b *testing.B) {
	for _, text := range []struct {
		name  string
		plain []byte
	}{{"logs", logBatch(benchRecords, compressNone)[batchHead:]}, {"prose", proseBatch(benchRecords)}} {
		run := func(name string, size func() int) {
			b.Run(text.name+"/"+name, func(b *testing.B) {
				n := 0
				timed(b, benchRecords, func() { n = size() })
				b.ReportMetric(float64(len(text.plain))/float64(n), "ratio")
			})
		}
		blocks := func(chunk int, encode func(p []byte) int) func() int {
			return func() (n int) {
				for p := text.plain; len(p) > 0; {
					k := min(chunk, len(p))
					n += 4 + encode(p[:k])
					p = p[k:]
				}
				return n
			}
		}
		dst := make([]byte, 4<<20)
		for _, chunk := range []int{32 << 10, 64 << 10, 256 << 10, 1 << 20} {
			run(fmt.Sprintf("snappy/block=%dK", chunk>>10), blocks(chunk, func(p []byte) int { return len(s2.EncodeSnappy(dst, p)) }))
		}
		for _, chunk := range []int{64 << 10, 256 << 10, 1 << 20} {
			var z lz4.Compressor
			run(fmt.Sprintf("lz4/block=%dK", chunk>>10), blocks(chunk, func(p []byte) int { n, _ := z.CompressBlock(p, dst); return n }))
		}
		for level := 1; level <= 6; level++ {
			var out bytes.Buffer
			w, _ := gzip.NewWriterLevel(&out, level)
			run(fmt.Sprintf("gzip/level=%d", level), func() int {
				out.Reset()
				w.Reset(&out)
				w.Write(text.plain)
				w.Close()
				return out.Len()
			})
		}
		for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault} {
			for _, window := range []int{64 << 10, 256 << 10, 1 << 20} {
				z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(level), zstd.WithWindowSize(window),
					zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
				run(fmt.Sprintf("zstd/level=%s/window=%dK", level, window>>10), func() int { return len(z.EncodeAll(text.plain, dst[:0])) })
			}
		}
	}
}
