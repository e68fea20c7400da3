package stream

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// maxInflated limits the plain records of one batch. A broker takes 1 MiB a
// batch unless told otherwise, and logs compress 4 to 20 times; 64 MiB leaves
// room for three times the best of that, and four pipelines that all meet a
// bomb stay within a small container.
const maxInflated = 64 << 20

// inflateKeep is the buffer that an inflater keeps from one batch to the next.
// A larger one is given back, so that a single bomb, or the one large batch of
// the day, does not stay with its partition for ever.
const inflateKeep = 8 << 20

// inflateStart is the first buffer: most batches fit into a few of it.
const inflateStart = 64 << 10

// inflater turns the records of batches plain. It belongs to one pipeline and
// reuses its buffer and decoders; the zero value is ready.
//
// No size in a header is believed: memory is spent on what the compressed bytes
// can really come to, doubled at most, and never beyond the limit. Errors of the
// libraries end here, as a status.
type inflater struct {
	buf       []byte
	over      [1]byte
	src       bytes.Reader
	converted []byte // records of a message set, see messages
	gzip      *gzip.Reader
	zstd      *zstd.Decoder
}

// records returns the plain records of b, valid until the next call; those of
// a batch without compression are the batch's own. When they are more than
// limit bytes the status is batchOversize.
func (z *inflater) records(b *batch, limit int) ([]byte, batchStatus) {
	c := b.codec()
	switch {
	case b.Count == 0:
		// What compaction leaves of a batch keeps the codec and has no records,
		// not even compressed ones (KIP-98).
		return nil, batchOK
	case c == compressNone:
		return b.Records, batchOK
	}
	p, st := z.inflate(c, b.Records, limit)
	if st == batchOK && int(b.Count) > len(p)/minRecord {
		return nil, batchMalformed
	}
	return p, st
}

// inflate decodes src into z.buf.
func (z *inflater) inflate(c compression, src []byte, limit int) ([]byte, batchStatus) {
	if cap(z.buf) > inflateKeep {
		z.buf = nil
	}
	z.buf = z.buf[:0]
	switch c {
	case compressGzip:
		return z.inflateGzip(src, limit)
	case compressSnappy:
		return z.inflateSnappy(src, limit)
	case compressLZ4:
		return z.inflateLZ4(src, limit)
	case compressZstd:
		return z.inflateZstd(src, limit)
	}
	return nil, batchCodec
}

// grow makes room for need bytes in all, or, without need, for more than there
// is; it doubles to make that rare, and never goes above bound. It returns false
// when nothing was to be done.
func (z *inflater) grow(need, bound int) bool {
	if have := cap(z.buf); have >= bound || need > 0 && have >= need {
		return false
	}
	n := min(max(2*cap(z.buf), need, inflateStart), bound)
	z.buf = append(make([]byte, 0, n), z.buf...)
	return true
}

func (z *inflater) inflateGzip(src []byte, limit int) ([]byte, batchStatus) {
	if z.gzip == nil {
		z.gzip = new(gzip.Reader)
	}
	z.src.Reset(src)
	defer z.src.Reset(nil)
	if z.gzip.Reset(&z.src) != nil {
		return nil, batchMalformed
	}
	bound := compressGzip.expansion(len(src), limit)
	for {
		into := z.buf[len(z.buf):min(cap(z.buf), bound)]
		if len(into) == 0 {
			if z.grow(0, bound) {
				continue
			}
			// All the room is used. What would be one byte more tells a batch
			// that just fits from one that does not.
			into = z.over[:]
		}
		n, err := z.gzip.Read(into)
		switch {
		case n > 0 && &into[0] == &z.over[0]:
			return nil, batchOversize
		case err != nil && err != io.EOF:
			return nil, batchMalformed
		}
		z.buf = z.buf[:len(z.buf)+n]
		if err == io.EOF {
			return z.buf, batchOK
		}
	}
}

// inflateSnappy reads a bare block, or blocks in xerial framing. The magic
// cannot begin a bare block: it would be a copy from before the beginning.
func (z *inflater) inflateSnappy(src []byte, limit int) ([]byte, batchStatus) {
	if !bytes.HasPrefix(src, []byte(xerialMagic)) {
		st := z.snappyBlock(src, limit)
		return z.buf, st
	}
	for len(src) > 0 {
		if bytes.HasPrefix(src, []byte(xerialMagic)) {
			// Java's writer repeats the header where streams were joined.
			if len(src) < len(xerialHeader) {
				return nil, batchMalformed
			}
			src = src[len(xerialHeader):]
			continue
		}
		if len(src) < 4 {
			return nil, batchMalformed
		}
		n := int64(binary.BigEndian.Uint32(src))
		if src = src[4:]; n > int64(len(src)) {
			return nil, batchMalformed
		}
		if st := z.snappyBlock(src[:n], limit); st != batchOK {
			return nil, st
		}
		src = src[n:]
	}
	return z.buf, batchOK
}

// snappyBlock appends one decoded block to z.buf.
func (z *inflater) snappyBlock(src []byte, limit int) batchStatus {
	n, err := s2.DecodedLen(src)
	have := len(z.buf)
	switch {
	case err != nil || n > compressSnappy.expansion(len(src), n):
		return batchMalformed
	case n > limit-have:
		return batchOversize
	}
	z.grow(have+n, limit)
	if _, err := s2.Decode(z.buf[have:have:have+n], src); err != nil {
		return batchMalformed
	}
	z.buf = z.buf[:have+n]
	return batchOK
}

func (z *inflater) inflateLZ4(src []byte, limit int) ([]byte, batchStatus) {
	// A frame may follow a frame; none is not a frame.
	for {
		f, rest, ok := lz4Head(src)
		if !ok {
			return nil, batchMalformed
		}
		if src = rest; f.skip > 0 {
			src = src[f.skip:]
		} else {
			var st batchStatus
			if src, st = z.lz4Frame(&f, src, limit); st != batchOK {
				return nil, st
			}
		}
		if len(src) == 0 {
			return z.buf, batchOK
		}
	}
}

// lz4Frame appends the blocks of one frame to z.buf.
func (z *inflater) lz4Frame(f *lz4Frame, src []byte, limit int) (rest []byte, st batchStatus) {
	for start := len(z.buf); ; {
		if len(src) < 4 {
			return nil, batchMalformed
		}
		n := binary.LittleEndian.Uint32(src)
		if src = src[4:]; n == 0 {
			break
		}
		stored := n&lz4Stored != 0
		n &^= lz4Stored
		if int64(n)+int64(f.blockSum) > int64(len(src)) || int(n) > f.blockMax {
			return nil, batchMalformed
		}
		if st := z.lz4Block(f, src[:n], stored, start, limit); st != batchOK {
			return nil, st
		}
		src = src[int(n)+f.blockSum:]
	}
	if len(src) < f.contentSum {
		return nil, batchMalformed
	}
	return src[f.contentSum:], batchOK
}

// lz4Block appends one block to z.buf. The frame's content begins at start;
// its last 64 KiB are what a linked block may refer to.
func (z *inflater) lz4Block(f *lz4Frame, src []byte, stored bool, start, limit int) batchStatus {
	have := len(z.buf)
	size := compressLZ4.expansion(len(src), f.blockMax)
	if stored {
		size = len(src)
	}
	bound := have + min(size, limit-have)
	for {
		var dict []byte
		if f.linked {
			dict = z.buf[max(start, have-64<<10):have]
		}
		dst := z.buf[have:min(cap(z.buf), bound)]
		if stored && len(src) <= len(dst) {
			z.buf = z.buf[:have+copy(dst, src)]
			return batchOK
		}
		if !stored && len(dst) > 0 {
			if n, err := lz4.UncompressBlockWithDict(src, dst, dict); err == nil {
				z.buf = z.buf[:have+n]
				return batchOK
			}
		}
		// The library does not tell a block that is broken from one that needs
		// more room: it gets all the room that there may be first.
		if cap(z.buf) >= bound || !z.grow(0, limit) {
			break
		}
	}
	if size > limit-have {
		return batchOversize
	}
	return batchMalformed
}

// lz4Frame is what the header of an LZ4 frame says.
type lz4Frame struct {
	blockMax             int
	linked               bool // blocks refer to the ones before
	blockSum, contentSum int  // bytes of checksum after each block, and at the end
	skip                 int  // of a skippable frame: its size
}

// lz4Head reads the header of a frame.
func lz4Head(p []byte) (f lz4Frame, rest []byte, ok bool) {
	if len(p) < 7 {
		return f, nil, false
	}
	switch magic := binary.LittleEndian.Uint32(p); {
	case magic>>4 == 0x184D2A5 && len(p) >= 8:
		n := int64(binary.LittleEndian.Uint32(p[4:]))
		return lz4Frame{skip: int(n)}, p[8:], 0 < n && n <= int64(len(p)-8)
	case magic != lz4Magic:
		return f, nil, false
	}
	flags, size := p[4], p[5]>>4
	if flags&lz4FlagVersion != 1<<6 || flags&(lz4FlagReserved|lz4FlagDictionary) != 0 || size < 4 || size > 7 {
		return f, nil, false
	}
	f.blockMax = 1 << (8 + 2*size)
	f.linked = flags&lz4FlagIndependent == 0
	if flags&lz4FlagBlockChecksum != 0 {
		f.blockSum = 4
	}
	if flags&lz4FlagChecksum != 0 {
		f.contentSum = 4
	}
	n := 7 // magic, flags, block size, header checksum
	if flags&lz4FlagContentSize != 0 {
		n += 8
	}
	if len(p) < n {
		return f, nil, false
	}
	return f, p[n:], true
}

func (z *inflater) inflateZstd(src []byte, limit int) ([]byte, batchStatus) {
	if z.zstd == nil {
		var err error
		z.zstd, err = zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1),
			// Only the capacity that it is given may be filled.
			zstd.WithDecodeAllCapLimit(true),
			zstd.IgnoreChecksum(true)) // the batch has its own
		if err != nil {
			panic("stream: internal error: zstd decoder options")
		}
	}
	least, most, ok := zstdSize(src)
	switch {
	case !ok:
		return nil, batchMalformed
	case least > int64(limit):
		return nil, batchOversize
	}
	z.grow(int(min(most, int64(limit))), limit)
	p, err := z.zstd.DecodeAll(src, z.buf[:0:min(cap(z.buf), limit)])
	switch {
	case err == nil:
		return p, batchOK
	case most > int64(limit):
		return nil, batchOversize // or malformed: the decoder has several errors for no room
	}
	return nil, batchMalformed
}

// zstdSize walks the block headers of zstd frames (RFC 8878, 3.1.1.2) and
// returns the bounds of what they inflate to: what the blocks themselves prove,
// since the size in a frame's header is whatever its writer put there.
func zstdSize(p []byte) (least, most int64, ok bool) {
	var h zstd.Header
	for len(p) > 0 {
		if h.Decode(p) != nil {
			return 0, 0, false
		}
		p = p[h.HeaderSize:]
		if h.Skippable {
			if int64(h.SkippableSize) > int64(len(p)) {
				return 0, 0, false
			}
			p = p[h.SkippableSize:]
			continue
		}
		for last := false; !last; {
			if len(p) < 3 {
				return 0, 0, false
			}
			head := uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16
			p = p[3:]
			last = head&1 != 0
			stored, size := int(head>>3), int64(head>>3)
			switch head >> 1 & 3 {
			case 0: // raw
				least, most = least+size, most+size
			case 1: // one byte, repeated
				stored = 1
				least, most = least+size, most+size
			case 2: // compressed
				most += zstdBlock
			default:
				return 0, 0, false
			}
			if stored > len(p) || size > zstdBlock {
				return 0, 0, false
			}
			p = p[stored:]
		}
		if h.HasCheckSum {
			if len(p) < 4 {
				return 0, 0, false
			}
			p = p[4:]
		}
	}
	return least, most, true
}
