package stream

// compression is a codec of record batches, numbered as in their attributes.
type compression uint8

const (
	compressNone compression = iota
	compressGzip
	compressSnappy
	compressLZ4
	compressZstd
)

var compressionNames = [...]string{"none", "gzip", "snappy", "lz4", "zstd"}

// parseCompression reads the name of a codec as Kafka's own configuration
// spells it.
func parseCompression(name string) (c compression, ok bool) {
	for i, n := range compressionNames {
		if n == name {
			return compression(i), true
		}
	}
	return compressNone, false
}

// String returns the name of the codec. The three numbers that the attributes
// can hold and nobody uses are "unknown".
func (c compression) String() string {
	if int(c) < len(compressionNames) {
		return compressionNames[c]
	}
	return "unknown"
}

// expansion returns the bytes that n compressed bytes can inflate to at most,
// or limit when that is less. What a header claims beyond it is a lie, and no
// memory is spent on it:
//
//   - deflate: 1032 times (258 bytes for a length and a distance of a bit each)
//   - snappy: a copy of 64 bytes takes 3
//   - lz4: each further byte of a length adds 255
//
// For zstd the blocks themselves say it: see zstdSize.
func (c compression) expansion(n, limit int) int {
	m := int64(n)
	switch c {
	case compressGzip:
		m *= 1032
	case compressSnappy:
		m *= 22
	case compressLZ4:
		m *= 255
	}
	return int(min(m, int64(limit)))
}

// xerialMagic begins the framing that Java's producer puts around snappy
// blocks, with two version numbers after it (xerial/snappy-java,
// SnappyCodec): then chunks, each its length as an int32 and a block. Every
// consumer has to read it, as most producers write it; not all of them read a
// bare block. So we read both and write the framing.
const (
	xerialMagic  = "\x82SNAPPY\x00"
	xerialHeader = xerialMagic + "\x00\x00\x00\x01\x00\x00\x00\x01"
)

// The LZ4 frame format (lz4_Frame_format.md, version 1.6.2). The checksums in
// it are skipped: the batch's CRC-32C has been checked over the same bytes.
const (
	lz4Magic = 0x184D2204 // little-endian, as all of the frame

	lz4FlagVersion       = 0xC0 // must be 01
	lz4FlagIndependent   = 1 << 5
	lz4FlagBlockChecksum = 1 << 4
	lz4FlagContentSize   = 1 << 3
	lz4FlagChecksum      = 1 << 2
	lz4FlagReserved      = 1 << 1
	lz4FlagDictionary    = 1 << 0

	lz4Stored = 1 << 31 // in a block's size: the block is not compressed
)

// zstdBlock is the most that a block of a zstd frame can hold (RFC 8878, 3.1.1.2.4).
const zstdBlock = 128 << 10
