package stream

import "hash/crc32"

// The CRC-32C of batches. That of one under construction is taken along while
// its records are still in the cache that they were written to: a batch is as
// large as the cache is, and its first records are gone from there by the time
// that the last one is written. What stands before the records is known only
// then, and joinChecksums puts its sum before theirs.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(p []byte) uint32 { return crc32.Checksum(p, castagnoli) }

// checksumStep is how many bytes wait before they are added to a sum: less than
// any first-level cache has, and enough for the sum to be taken at full speed.
const checksumStep = 16 << 10

// runningChecksum is the checksum of some bytes of a buffer that grows.
type runningChecksum struct {
	sum uint32
	at  int // the bytes of the buffer before this are not part of it, or in it
}

// follow adds what p, the buffer, has grown by since the last time, once that is
// worth it.
func (c *runningChecksum) follow(p []byte) {
	if len(p)-c.at >= checksumStep {
		c.sum = c.of(p)
		c.at = len(p)
	}
}

// of returns the checksum up to the end of p.
func (c *runningChecksum) of(p []byte) uint32 { return crc32.Update(c.sum, castagnoli, p[c.at:]) }

// joinChecksums returns the checksum of a and b, one after the other, from that
// of each and the length of b in bytes: CRCs are linear, so that b only moves
// a's by as many bits (M. Adler, crc32_combine of zlib).
func joinChecksums(a, b uint32, lengthOfB int) uint32 {
	shift := polynomial(1) << 31 // x^0
	for i, n := 0, uint(lengthOfB); n > 0; i, n = i+1, n>>1 {
		if n&1 != 0 {
			shift = shift.times(bytePowers[i])
		}
	}
	return uint32(shift.times(polynomial(a))) ^ b
}

// polynomial is one over GF(2) modulo Castagnoli's. The highest bit is the
// coefficient of x^0, as in the checksum.
type polynomial uint32

func (a polynomial) times(b polynomial) (product polynomial) {
	for ; a != 0; a <<= 1 {
		product ^= b & -(a >> 31)
		b = b>>1 ^ crc32.Castagnoli&-(b&1)
	}
	return product
}

// bytePowers[i] is x^(8·2^i): what a checksum is multiplied by when 2^i bytes follow.
var bytePowers = func() (all [31]polynomial) {
	all[0] = 1 << (31 - 8)
	for i := range all[1:] {
		all[i+1] = all[i].times(all[i])
	}
	return all
}()
