package stream

import (
	"encoding/binary"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression costs more than all else on the way from fetch to produce, so
// the levels are the fast ones: slower ones buy up to a tenth of the size for
// half as much time again, or twice as much (bench/results/compression-levels.txt).
const (
	gzipLevel = gzip.BestSpeed
	zstdLevel = zstd.SpeedFastest

	// snappyChunk and lz4Chunk are the plain bytes of a block. Neither codec
	// looks back further; readers get a buffer of this size.
	snappyChunk = 64 << 10
	lz4Chunk    = 64 << 10

	// zstdWindow is where more stops paying on log lines: a batch repeats itself
	// within a few hundred records. The library's 8 MiB would cost each encoder
	// 16 MiB, and a larger one falls out of the processor's second cache.
	zstdWindow = 256 << 10
)

// lz4FrameHead is the header of all our frames: version 01, independent
// blocks (Java's reader refuses others), blocks of 64 KiB, no checksums; its
// last byte is the second of the XXH32 of the two before it.
const lz4FrameHead = "\x04\x22\x4d\x18\x60\x40\x82"

// deflater compresses records. It belongs to one pipeline, whose builders
// share it, as an encoder's tables are far larger than a batch; the zero value
// is ready.
type deflater struct {
	sink sliceWriter
	gzip *gzip.Writer
	lz4  *lz4.Compressor
	zstd *zstd.Encoder
}

// append appends plain, compressed, to dst.
func (z *deflater) append(dst, plain []byte, c compression) []byte {
	switch c {
	case compressGzip:
		return z.appendGzip(dst, plain)
	case compressSnappy:
		return appendSnappy(dst, plain)
	case compressLZ4:
		return z.appendLZ4(dst, plain)
	case compressZstd:
		return z.appendZstd(dst, plain)
	}
	panic("stream: internal error: no such compression")
}

func (z *deflater) appendGzip(dst, plain []byte) []byte {
	z.sink.p = dst
	if z.gzip == nil {
		var err error
		if z.gzip, err = gzip.NewWriterLevel(&z.sink, gzipLevel); err != nil {
			panic("stream: internal error: gzip level")
		}
	}
	z.gzip.Reset(&z.sink)
	_, err := z.gzip.Write(plain)
	if err == nil {
		err = z.gzip.Close()
	}
	if err != nil {
		panic("stream: internal error: gzip into memory")
	}
	dst, z.sink.p = z.sink.p, nil
	return dst
}

// sliceWriter appends; it never fails.
type sliceWriter struct{ p []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.p = append(w.p, p...)
	return len(p), nil
}

func appendSnappy(dst, plain []byte) []byte {
	dst = append(dst, xerialHeader...)
	for len(plain) > 0 {
		n := min(len(plain), snappyChunk)
		dst = room(dst, 4+s2.MaxEncodedLen(n))
		at := len(dst) + 4
		block := s2.EncodeSnappy(dst[at:at:cap(dst)], plain[:n])
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(block)))
		dst = dst[:at+len(block)]
		plain = plain[n:]
	}
	return dst
}

func (z *deflater) appendLZ4(dst, plain []byte) []byte {
	if z.lz4 == nil {
		z.lz4 = new(lz4.Compressor)
	}
	dst = append(dst, lz4FrameHead...)
	for len(plain) > 0 {
		n := min(len(plain), lz4Chunk)
		dst = room(dst, 4+lz4.CompressBlockBound(n))
		at := len(dst) + 4
		size, err := z.lz4.CompressBlock(plain[:n], dst[at:cap(dst)])
		if err != nil {
			panic("stream: internal error: lz4 block beyond its bound")
		}
		mark := uint32(size)
		if size >= n {
			size, mark = copy(dst[at:cap(dst)], plain[:n]), uint32(n)|lz4Stored
		}
		dst = binary.LittleEndian.AppendUint32(dst, mark)
		dst = dst[:at+size]
		plain = plain[n:]
	}
	return append(dst, 0, 0, 0, 0)
}

func (z *deflater) appendZstd(dst, plain []byte) []byte {
	if z.zstd == nil {
		var err error
		z.zstd, err = zstd.NewWriter(nil,
			zstd.WithEncoderConcurrency(1),
			zstd.WithEncoderLevel(zstdLevel),
			zstd.WithWindowSize(zstdWindow),
			zstd.WithLowerEncoderMem(true),
			zstd.WithEncoderCRC(false), // the batch has its own
			zstd.WithZeroFrames(true))
		if err != nil {
			panic("stream: internal error: zstd encoder options")
		}
	}
	return z.zstd.EncodeAll(plain, dst)
}

// room returns dst with capacity for n more bytes.
func room(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return append(make([]byte, 0, max(2*cap(dst), len(dst)+n)), dst...)
}
