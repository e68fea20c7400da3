package pseudonym

import (
	"strings"
	"testing"
)

// TestSum2 holds two sums at once, and one by the same instructions, to what
// package sha256 makes of each: for every length around the one block that they
// are for, of messages and of types.
func TestSum2(t *testing.T) {
	if !useSHA {
		t.Skip("this processor has no SHA extensions")
	}
	h := NewHasher()
	ka := TestSecret("a").Subkey("t", "r", "p", "d", "e")
	kb := TestSecret("b").Subkey("t", "r", "p", "d", "e")
	text := []byte(strings.Repeat("356938035643809-\x00\xff", 5))
	types := []string{"", "imei", "location", strings.Repeat("x", 30)}
	plain := func(k *Subkey, typ string, v []byte) [16]byte {
		defer setSHA(setSHA(false))
		return h.Sum(k, typ, v)
	}
	for n := range 70 {
		for i, typ := range types {
			a, b, other := text[:n], text[n:min(n+13, len(text))], types[(i+1)%len(types)]
			wantA, wantB := plain(ka, typ, a), plain(kb, other, b)
			if got := h.Sum(ka, typ, a); got != wantA {
				t.Fatalf("%d bytes, type %q: %x, want %x", n, typ, got, wantA)
			}
			if gotA, gotB := h.Sum2(ka, kb, typ, other, a, b); gotA != wantA || gotB != wantB {
				t.Fatalf("%d bytes, types %q and %q: %x %x, want %x %x", n, typ, other, gotA, gotB, wantA, wantB)
			}
		}
	}
}
