package stream

import (
	"math/rand/v2"
	"testing"
)

func TestJoinChecksums(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3720))
	for range 2000 {
		p := make([]byte, rng.IntN(1<<rng.IntN(16)))
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		at := rng.IntN(len(p) + 1)
		if got, want := joinChecksums(checksum(p[:at]), checksum(p[at:]), len(p)-at), checksum(p); got != want {
			t.Fatalf("%d and %d bytes: %08x, want %08x", at, len(p)-at, got, want)
		}
	}
	// CRC-32C of the nine digits that catalogues of CRCs check with, and of more bytes than batches have.
	if got := joinChecksums(checksum([]byte("1234")), checksum([]byte("56789")), 5); got != 0xe3069283 {
		t.Errorf("123456789: %08x", got)
	}
	large := make([]byte, 1<<27+11)
	large[5], large[1<<26] = 'a', 'b'
	if got, want := joinChecksums(checksum(large[:11]), checksum(large[11:]), 1<<27), checksum(large); got != want {
		t.Errorf("128 MiB: %08x, want %08x", got, want)
	}
}

// The sum goes along with records that come, are not closed, do not fit what was
// left for their lengths, and are taken back.
func TestChecksumFollows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 309))
	value := make([]byte, 3*checksumStep)
	for i := range value {
		value[i] = byte(rng.Uint32())
	}
	var b outBatch
	for batch := range 200 {
		largest := []int{100, 1000, checksumStep, len(value)}[batch%4]
		b.reset(rng.IntN(100))
		b.offsets, b.times = b.offsets[:0], b.times[:0]
		b.plain = batch%5 != 0
		add := func() {
			v := value[:rng.IntN(largest)]
			if rng.IntN(2) == 0 {
				b.append(rng.Int64N(1000), nil, v, nil)
			} else {
				b.close(append(b.open(rng.Int64N(1000), v[:len(v)/2]), v...), nil)
			}
			b.offsets, b.times = append(b.offsets, 0), append(b.times, 0)
		}
		for range 1 + rng.IntN(100) {
			add()
			if rng.IntN(10) == 0 {
				_ = append(b.open(1, nil), value...)
			}
			if rng.IntN(10) == 0 {
				b.remember()
				add()
				b.forget()
			}
		}
		for range 2 {
			p := b.finish(compressNone, -1, -1, -1, 0)[b.head:]
			if got, want := be.Uint32(p[crcAt:]), checksum(p[crcFrom:]); got != want {
				t.Fatalf("batch %d, %d records, %d bytes: %08x, want %08x", batch, b.count(), len(p), got, want)
			}
		}
	}
}
