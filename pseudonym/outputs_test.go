package pseudonym

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"testing"
)

// TestManyOutputsTellNothing looks at a million pseudonyms of values that
// count up, the most regular ones there are, in two epochs of one key: no bit
// leans to one side, none follows the value, its neighbor or the other epoch.
// The limit is six standard deviations, which chance passes once in 500 million
// looks; there are some 600 of them.
func TestManyOutputsTellNothing(t *testing.T) {
	const n = 1_000_000
	const limit = 6 * 500 // 6 * sqrt(n) / 2
	k := TestSecret("a").Subkey("acme", "r", "p", "device", "2026-11-21")
	l := TestSecret("b").Subkey("acme", "r", "p", "device", "2026-12-21")
	h := NewHasher()
	var ones, withNeighbor, withEpoch, withValue [128]int
	seen := make(map[[16]byte]struct{}, n)
	var before [16]byte
	value := make([]byte, 0, 16)
	for i := range n {
		value = fmt.Appendf(value[:0], "35693803%06d", i)
		a, b := h.Sum(k, "imei", value), h.Sum(l, "imei", value)
		seen[a] = struct{}{}
		count(&ones, a)
		count(&withNeighbor, xor(a, before))
		count(&withEpoch, xor(a, b))
		if i&1 == 1 { // the lowest bit of the value
			count(&withValue, a)
		} else {
			count(&withValue, xor(a, [16]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}))
		}
		before = a
	}
	if len(seen) != n {
		t.Errorf("%d of %d values share a pseudonym", n-len(seen), n)
	}
	for what, counts := range map[string][128]int{"bits": ones, "neighbors": withNeighbor, "epochs": withEpoch, "values": withValue} {
		for bit, c := range counts {
			if d := c - n/2; d > limit || d < -limit {
				t.Errorf("%s: bit %d is set in %d of %d", what, bit, c, n)
			}
		}
	}
}

func xor(a, b [16]byte) (out [16]byte) {
	for i := range a {
		out[i] = a[i] ^ b[i]
	}
	return out
}

func count(into *[128]int, sum [16]byte) {
	for half := range 2 {
		for x := binary.BigEndian.Uint64(sum[8*half:]); x != 0; x &= x - 1 {
			into[64*half+bits.TrailingZeros64(x)]++
		}
	}
}
