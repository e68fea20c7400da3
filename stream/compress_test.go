package stream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

func TestParseCompression(t *testing.T) {
	for c := compressNone; c <= compressZstd; c++ {
		if got, ok := parseCompression(c.String()); !ok || got != c {
			t.Errorf("%v is parsed as %v", c, got)
		}
	}
	for _, name := range []string{"", "unknown", "GZIP", "producer"} {
		if _, ok := parseCompression(name); ok {
			t.Errorf("%q is a compression", name)
		}
	}
	if compression(7).String() != "unknown" {
		t.Error(compression(7))
	}
}

// sealed is a batch that claims count records, compressed to data.
func sealed(c compression, count int, data []byte) *batch {
	p := testBatch(1, compressNone)[:batchHead]
	p = append(p, data...)
	binary.BigEndian.PutUint32(p[8:], uint32(len(p)-batchFrame))
	p[22] = byte(c)
	binary.BigEndian.PutUint32(p[23:], uint32(count-1))
	binary.BigEndian.PutUint32(p[57:], uint32(count))
	b := new(batch)
	if _, st := b.next(reseal(p)); st != batchOK {
		panic(st)
	}
	return b
}

// frames are ways to write data that other producers may use, by codec.
func frames(data []byte) map[string]struct {
	c compression
	p []byte
} {
	type frame = struct {
		c compression
		p []byte
	}
	out := map[string]frame{}
	through := func(name string, c compression, w func(io.Writer) io.WriteCloser) {
		var buf bytes.Buffer
		z := w(&buf)
		for p := data; len(p) > 0; {
			n := min(len(p), 10000)
			z.Write(p[:n])
			p = p[n:]
		}
		z.Close()
		out[name] = frame{c, buf.Bytes()}
	}
	for level := range 10 {
		through(fmt.Sprint("gzip ", level), compressGzip, func(w io.Writer) io.WriteCloser {
			z, _ := gzip.NewWriterLevel(w, level)
			return z
		})
	}
	through("gzip with a name", compressGzip, func(w io.Writer) io.WriteCloser {
		z := gzip.NewWriter(w)
		z.Name, z.Comment, z.Extra = "records", "of a batch", []byte("extra")
		return z
	})
	half := len(data) / 2
	var z deflater
	out["gzip of two members"] = frame{compressGzip, z.append(z.append(nil, data[:half], compressGzip), data[half:], compressGzip)}
	out["snappy bare"] = frame{compressSnappy, s2.EncodeSnappy(nil, data)}
	out["snappy better"] = frame{compressSnappy, s2.EncodeSnappyBetter(nil, data)}
	out["snappy best"] = frame{compressSnappy, s2.EncodeSnappyBest(nil, data)}
	out["snappy of two streams"] = frame{compressSnappy, z.append(z.append(nil, data[:half], compressSnappy), data[half:], compressSnappy)}
	for name, options := range map[string][]lz4.Option{
		"64 KiB":          {lz4.BlockSizeOption(lz4.Block64Kb)},
		"1 MiB":           {lz4.BlockSizeOption(lz4.Block1Mb)},
		"4 MiB":           {lz4.BlockSizeOption(lz4.Block4Mb)},
		"all checksums":   {lz4.ChecksumOption(true), lz4.BlockChecksumOption(true)},
		"size":            {lz4.SizeOption(uint64(len(data))), lz4.ChecksumOption(false)},
		"high":            {lz4.CompressionLevelOption(lz4.Level9)},
		"one at a time":   {lz4.ConcurrencyOption(1)},
		"small, no sums":  {lz4.BlockSizeOption(lz4.Block64Kb), lz4.ChecksumOption(false)},
		"block sums only": {lz4.ChecksumOption(false), lz4.BlockChecksumOption(true)},
	} {
		through("lz4 "+name, compressLZ4, func(w io.Writer) io.WriteCloser {
			z := lz4.NewWriter(w)
			if err := z.Apply(options...); err != nil {
				panic(err)
			}
			return z
		})
	}
	out["lz4 linked blocks"] = frame{compressLZ4, linkedLZ4(data)}
	skippable := []byte("\x53\x2a\x4d\x18\x05\x00\x00\x00hello")
	out["lz4 of two frames"] = frame{compressLZ4, z.append(append(z.append(nil, data[:half], compressLZ4), skippable...), data[half:], compressLZ4)}
	for level := zstd.SpeedFastest; level <= zstd.SpeedBestCompression; level++ {
		through("zstd streamed "+level.String(), compressZstd, func(w io.Writer) io.WriteCloser {
			z, _ := zstd.NewWriter(w, zstd.WithEncoderLevel(level))
			return z
		})
		e, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(level))
		out["zstd "+level.String()] = frame{compressZstd, e.EncodeAll(data, nil)}
	}
	out["zstd of two frames"] = frame{compressZstd, z.append(append(z.append(nil, data[:half], compressZstd), skippable...), data[half:], compressZstd)}
	return out
}

// linkedLZ4 writes blocks that refer to the 64 KiB before them, which the
// library cannot: each is one sequence that repeats the block before, behind
// the first that is stored.
func linkedLZ4(data []byte) []byte {
	le := binary.LittleEndian
	p := []byte("\x04\x22\x4d\x18\x40\x70\xdf")
	const n = 40000
	first := data[:min(n, len(data))]
	p = append(le.AppendUint32(p, uint32(len(first))|lz4Stored), first...)
	for data = data[len(first):]; len(data) > 0; {
		m := min(n, len(data))
		block := data[:m]
		data = data[m:]
		// Literals for all but 10 bytes, a match from n before, the last 5 literals.
		lits := m - 10
		ext := lits - 15
		seq := []byte{0xf1}
		for ; ext >= 255; ext -= 255 {
			seq = append(seq, 255)
		}
		seq = append(seq, byte(ext))
		seq = append(seq, block[:lits]...)
		seq = le.AppendUint16(seq, n)
		seq = append(seq, 0x50)
		seq = append(seq, block[m-5:]...)
		p = append(le.AppendUint32(p, uint32(len(seq))), seq...)
	}
	return append(p, 0, 0, 0, 0)
}

// periodic is plain text of n bytes that repeats every 40,000, and noise in it
// so that it is not all one match.
func periodic(n int) []byte {
	rng := rand.New(rand.NewPCG(9, 10))
	p := make([]byte, 40000)
	for i := range p {
		p[i] = "the quick brown fox jumps over"[i%30]
		if rng.IntN(3) == 0 {
			p[i] = byte(rng.Uint32())
		}
	}
	return bytes.Repeat(p, n/len(p)+1)[:n]
}

func TestInflateFrames(t *testing.T) {
	var z inflater
	for _, n := range []int{50, 40000 + 50, 300000} {
		data := periodic(n)
		for name, f := range frames(data) {
			b := sealed(f.c, 1, f.p)
			if got, st := z.records(b, maxInflated); st != batchOK || !bytes.Equal(got, data) {
				t.Errorf("%s of %d: %v, %d bytes", name, n, st, len(got))
			}
			if got, st := z.records(b, n); st != batchOK || !bytes.Equal(got, data) {
				t.Errorf("%s of %d, limit the same: %v", name, n, st)
			}
			if _, st := z.records(b, n-1); st != batchOversize {
				t.Errorf("%s of %d, limit one less: %v", name, n, st)
			}
			fresh := inflater{}
			if _, st := fresh.records(b, n/2); st != batchOversize {
				t.Errorf("%s of %d, limit half: %v", name, n, st)
			}
			for _, cut := range []int{0, 1, len(f.p) / 3, len(f.p) - 1} {
				if got, st := z.records(sealed(f.c, 1, f.p[:cut]), maxInflated); st == batchOK && len(got) == n {
					t.Errorf("%s of %d, cut to %d of %d: inflated", name, n, cut, len(f.p))
				}
			}
		}
	}
}

// TestInflateHostile counts on every kind of lie.
func TestInflateHostile(t *testing.T) {
	var z deflater
	good := map[compression][]byte{}
	for c := compressGzip; c <= compressZstd; c++ {
		good[c] = z.append(nil, periodic(5000), c)
	}
	xerial := func(chunk string) string { return xerialHeader + chunk }
	tests := []struct {
		name string
		c    compression
		p    string
		want batchStatus
	}{
		{"codec 5", 5, "x", batchCodec},
		{"codec 7", 7, "x", batchCodec},
		{"gzip, nothing", compressGzip, "", batchMalformed},
		{"gzip, not", compressGzip, "hello, world, hello", batchMalformed},
		{"gzip, wrong sum", compressGzip, flip(good[compressGzip], -8), batchMalformed},
		{"gzip, garbage after", compressGzip, string(good[compressGzip]) + "garbage", batchMalformed},
		{"snappy, nothing", compressSnappy, "", batchMalformed},
		{"snappy, 4 GiB in five bytes", compressSnappy, "\xff\xff\xff\xff\x0f", batchMalformed},
		{"snappy, 63 MiB in five bytes", compressSnappy, "\x80\x80\xc0\x1f\x00", batchMalformed},
		{"snappy, copy from before", compressSnappy, "\x08\x01\x01", batchMalformed},
		{"xerial, half a header", compressSnappy, xerialHeader[:12], batchMalformed},
		{"xerial, half a length", compressSnappy, xerial("\x00\x00"), batchMalformed},
		{"xerial, 4 GiB chunk", compressSnappy, xerial("\xff\xff\xff\xff\x00"), batchMalformed},
		{"xerial, chunk a byte over", compressSnappy, xerial("\x00\x00\x00\x03\x01\x00"), batchMalformed},
		{"xerial, empty chunk", compressSnappy, xerial("\x00\x00\x00\x00"), batchMalformed},
		{"lz4, nothing", compressLZ4, "", batchMalformed},
		{"lz4, magic alone", compressLZ4, lz4FrameHead[:4], batchMalformed},
		{"lz4, version 2", compressLZ4, "\x04\x22\x4d\x18\x80\x40\x82\x00\x00\x00\x00", batchMalformed},
		{"lz4, dictionary", compressLZ4, "\x04\x22\x4d\x18\x61\x40\x82\x00\x00\x00\x00\x00\x00\x00\x00", batchMalformed},
		{"lz4, block size 3", compressLZ4, "\x04\x22\x4d\x18\x60\x30\x82\x00\x00\x00\x00", batchMalformed},
		{"lz4, no end mark", compressLZ4, string(good[compressLZ4][:len(good[compressLZ4])-4]), batchMalformed},
		{"lz4, garbage after", compressLZ4, string(good[compressLZ4]) + "garbage", batchMalformed},
		{"lz4, block over its maximum", compressLZ4, lz4FrameHead + "\x01\x00\x01\x80" + string(make([]byte, 65537)) + "\x00\x00\x00\x00", batchMalformed},
		{"lz4, 2 GiB block", compressLZ4, lz4FrameHead + "\xff\xff\xff\x7f\x00\x00\x00\x00", batchMalformed},
		{"lz4, match from before", compressLZ4, lz4FrameHead + "\x04\x00\x00\x00\x0f\x01\x00\x00\x00\x00\x00\x00", batchMalformed},
		{"lz4, skippable of 4 GiB", compressLZ4, "\x50\x2a\x4d\x18\xff\xff\xff\xffhello", batchMalformed},
		{"lz4, checksum missing", compressLZ4, "\x04\x22\x4d\x18\x64\x40\xa7\x00\x00\x00\x00\x01\x02", batchMalformed},
		{"zstd, nothing", compressZstd, "", batchMalformed}, // an empty stream is one, of no records
		{"zstd, not", compressZstd, "hello, world, hello", batchMalformed},
		{"zstd, claims 63 MiB in ten bytes", compressZstd, "\x28\xb5\x2f\xfd\xa0\x00\x00\xf0\x03\x01\x00\x00", batchMalformed},
		{"zstd, claims 2^63", compressZstd, "\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00", batchMalformed},
		{"zstd, window of 3.75 TiB", compressZstd, "\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00", batchMalformed},
		{"zstd, reserved block", compressZstd, "\x28\xb5\x2f\xfd\x20\x10\x07\x00\x00", batchMalformed},
		{"zstd, dictionary", compressZstd, "\x28\xb5\x2f\xfd\x21\x07\x10\x01\x00\x00", batchMalformed},
	}
	for _, tt := range tests {
		var z inflater
		b := sealed(tt.c, 1, []byte(tt.p))
		got := allocated(func() {
			if p, st := z.records(b, maxInflated); st != tt.want {
				t.Errorf("%s: %v and %d bytes, want %v", tt.name, st, len(p), tt.want)
			}
		})
		// A lie costs what the decoder itself needs and not what it claims.
		if got > 3<<20 {
			t.Errorf("%s: %d bytes of memory", tt.name, got)
		}
	}
}

func flip(p []byte, at int) string {
	p = bytes.Clone(p)
	p[len(p)+at] ^= 1
	return string(p)
}

// allocated is what f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestInflateCount refuses more records than the plain bytes can hold.
func TestInflateCount(t *testing.T) {
	var z deflater
	var in inflater
	for c := compressGzip; c <= compressZstd; c++ {
		p := z.append(nil, make([]byte, 70), c)
		if _, st := in.records(sealed(c, 10, p), maxInflated); st != batchOK {
			t.Errorf("%v: ten records in 70 bytes: %v", c, st)
		}
		if _, st := in.records(sealed(c, 11, p), maxInflated); st != batchMalformed {
			t.Errorf("%v: eleven records in 70 bytes: %v", c, st)
		}
	}
}

// TestInflateBombs inflates 1 GiB of zeros, as small as each codec makes them.
func TestInflateBombs(t *testing.T) {
	const size = 1 << 30
	for c, p := range bombs(size) {
		t.Logf("%v: %d bytes", c, len(p))
		b := sealed(c, 1000, p)
		var z inflater
		got := allocated(func() {
			if _, st := z.records(b, maxInflated); st != batchOversize {
				t.Errorf("%v: %v", c, st)
			}
		})
		// Doubling, the old buffers included, comes to twice the limit.
		if got > 2*maxInflated+3<<20 {
			t.Errorf("%v: %d MiB of memory", c, got>>20)
		}
		if cap(z.buf) > maxInflated+1 {
			t.Errorf("%v: a buffer of %d MiB", c, cap(z.buf)>>20)
		}
		// The next batch gives the memory back.
		small := sealed(c, 1, new(deflater).append(nil, make([]byte, 100), c))
		if _, st := z.records(small, maxInflated); st != batchOK || cap(z.buf) > inflateKeep {
			t.Errorf("%v: %v, and %d MiB stay", c, st, cap(z.buf)>>20)
		}
	}
}

// bombs makes the smallest input of n zeros that each format allows, about.
func bombs(n int) map[compression][]byte {
	out := map[compression][]byte{}
	var buf bytes.Buffer
	gz, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	zeros := make([]byte, 1<<20)
	gz.Write(zeros)
	gz.Close()
	out[compressGzip] = bytes.Repeat(buf.Bytes(), n/len(zeros)) // members follow one another

	// Snappy and LZ4 do not get smaller than a 21st and a 255th: what counts is
	// that they are larger than the limit.
	block := s2.EncodeSnappyBest(nil, zeros)
	p := []byte(xerialHeader)
	for range 2 * maxInflated / len(zeros) {
		p = binary.BigEndian.AppendUint32(p, uint32(len(block)))
		p = append(p, block...)
	}
	out[compressSnappy] = p

	block = make([]byte, lz4.CompressBlockBound(4<<20))
	size, _ := lz4.CompressBlock(make([]byte, 4<<20), block, nil)
	p = []byte("\x04\x22\x4d\x18\x60\x70\x73")
	for range n / (4 << 20) {
		p = binary.LittleEndian.AppendUint32(p, uint32(size))
		p = append(p, block[:size]...)
	}
	out[compressLZ4] = append(p, 0, 0, 0, 0)

	// zstd: a window of 1 MiB, then blocks of 128 KiB that say one byte.
	p = []byte("\x28\xb5\x2f\xfd\x00\x50")
	for range n / zstdBlock {
		p = append(p, 0x02, 0x00, 0x10, 0x00)
	}
	p[len(p)-4] |= 1
	out[compressZstd] = p
	return out
}

// FuzzInflate decodes anything with every codec, inside a small limit.
func FuzzInflate(f *testing.F) {
	for _, x := range frames(periodic(3000)) {
		f.Add(uint8(x.c), x.p, uint16(1))
	}
	for c := compressGzip; c <= compressZstd; c++ {
		p := testBatch(20, c)
		f.Add(uint8(c), p[batchHead:], uint16(20))
	}
	const limit = 1 << 20
	var z inflater
	f.Fuzz(func(t *testing.T, codec uint8, p []byte, count uint16) {
		c := compression(codec & attrCodec)
		if c == compressNone {
			return
		}
		b := &batch{Attributes: int16(c), Count: int32(count) + 1, LastOffsetDelta: int32(count), Records: p[:len(p):len(p)]}
		plain, st := z.records(b, limit)
		if cap(z.buf) > limit || len(plain) > limit {
			t.Fatalf("%d bytes in a buffer of %d", len(plain), cap(z.buf))
		}
		if st != batchOK {
			return
		}
		if want, ok := slowInflate(c, p, limit); ok && !bytes.Equal(plain, want) {
			t.Fatalf("%v: %d bytes, the library's reader has %d", c, len(plain), len(want))
		}
		plainRecords(b, plain)
	})
}

// slowInflate decodes through the libraries' streaming readers. Of snappy they
// know bare blocks only.
func slowInflate(c compression, p []byte, limit int) ([]byte, bool) {
	var r io.Reader
	var err error
	switch c {
	case compressGzip:
		r, err = gzip.NewReader(bytes.NewReader(p))
	case compressLZ4:
		r = lz4.NewReader(bytes.NewReader(p))
	case compressZstd:
		var d *zstd.Decoder
		if d, err = zstd.NewReader(bytes.NewReader(p), zstd.WithDecoderConcurrency(1)); err == nil {
			defer d.Close()
			r = d
		}
	default:
		return nil, false
	}
	if err != nil {
		return nil, false
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	return out, err == nil
}

// TestDeflateWitness reads what we write through the libraries' streaming
// readers, which check what ours skips.
func TestDeflateWitness(t *testing.T) {
	var z deflater
	for c := compressGzip; c <= compressZstd; c++ {
		for _, n := range []int{1, 100, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20, 5 << 20} {
			data := periodic(n)
			p := z.append([]byte("before"), data, c)
			if string(p[:6]) != "before" {
				t.Fatalf("%v: not appended", c)
			}
			got, ok := slowInflate(c, p[6:], n)
			if c == compressSnappy {
				got, ok = slowXerial(p[6:])
			}
			if !ok || !bytes.Equal(got, data) {
				t.Errorf("%v of %d: %v, %d bytes", c, n, ok, len(got))
			}
		}
	}
}

func slowXerial(p []byte) (out []byte, ok bool) {
	p, ok = bytes.CutPrefix(p, []byte("\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01"))
	for ok && len(p) > 0 {
		n := binary.BigEndian.Uint32(p)
		block, err := s2.Decode(nil, p[4:4+n])
		if err != nil {
			return nil, false
		}
		out = append(out, block...)
		p = p[4+n:]
	}
	return out, ok
}

// TestLZ4HeaderChecksum reads a frame whose header checksum is that of the first
// message format, which covered the magic too (KAFKA-3160).
func TestLZ4HeaderChecksum(t *testing.T) {
	var z deflater
	data := periodic(1000)
	p := z.append(nil, data, compressLZ4)
	p[6] ^= 0xff
	var in inflater
	if got, st := in.records(sealed(compressLZ4, 1, p), maxInflated); st != batchOK || !bytes.Equal(got, data) {
		t.Errorf("%v, %d bytes", st, len(got))
	}
}
