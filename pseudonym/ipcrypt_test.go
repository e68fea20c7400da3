package pseudonym

import (
	"crypto/aes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"

	"redactor/internal/race"
)

// bothPaths runs f on the portable path and, where the machine has it, on the
// vector path.
func bothPaths(t *testing.T, f func(t *testing.T)) {
	t.Run("portable", func(t *testing.T) {
		defer setVAES(setVAES(false))
		f(t)
	})
	t.Run("vector", func(t *testing.T) {
		if !useVAES {
			t.Skip("no VAES on this machine")
		}
		f(t)
	})
}

type ipVector struct{ IP, Output, Key, Variant string }

func sharedIPVectors(t *testing.T, file string, v any) {
	t.Helper()
	b, err := os.ReadFile("../../shared/vectors/" + file)
	if err != nil {
		t.Skip("shared vectors are not beside this clone")
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

type ipPermutation interface {
	V4(*IPScratch, uint32) uint32
	V6(*IPScratch, [16]byte) [16]byte
}

func permuteIP(p ipPermutation, s *IPScratch, a netip.Addr) netip.Addr {
	if a.Is4() {
		b := a.As4()
		var out [4]byte
		binary.BigEndian.PutUint32(out[:], p.V4(s, binary.BigEndian.Uint32(b[:])))
		return netip.AddrFrom4(out)
	}
	return netip.AddrFrom16(p.V6(s, a.As16()))
}

// The published pairs of ipcrypt-pfx: draft-denis-ipcrypt, test vectors.
func TestPrefixCipherDraft(t *testing.T) {
	c, err := NewPrefixCipher([32]byte(unhex(t, "0123456789abcdeffedcba98765432101032547698badcfeefcdab8967452301")))
	if err != nil {
		t.Fatal(err)
	}
	bothPaths(t, func(t *testing.T) {
		for in, want := range map[string]string{
			"0.0.0.0":         "151.82.155.134",
			"255.255.255.255": "94.185.169.89",
			"192.0.2.1":       "100.115.72.131",
			"2001:db8::1":     "c180:5dd4:2587:3524:30ab:fa65:6ab6:f88",
		} {
			if got := permuteIP(c, new(IPScratch), netip.MustParseAddr(in)); got.String() != want {
				t.Errorf("%s: got %s, want %s", in, got, want)
			}
		}
	})
}

func TestPrefixCipherRefusesEqualHalves(t *testing.T) {
	if _, err := NewPrefixCipher([32]byte{}); err == nil {
		t.Error("a key of equal halves taken")
	}
}

func TestIPSharedVectors(t *testing.T) {
	var ipcrypt struct {
		Vectors    []ipVector
		FamilyKey  string     `json:"pfx_family_key"`
		Recomputed []ipVector `json:"pfx_family_recomputed"`
	}
	sharedIPVectors(t, "ipcrypt.json", &ipcrypt)
	for _, v := range ipcrypt.Recomputed {
		ipcrypt.Vectors = append(ipcrypt.Vectors, ipVector{v.IP, v.Output, ipcrypt.FamilyKey, "ipcrypt-pfx"})
	}
	var pan struct {
		Key     string `json:"key_hex"`
		Vectors []ipVector
	}
	sharedIPVectors(t, "cryptopan.json", &pan)
	checked := 0
	bothPaths(t, func(t *testing.T) {
		for _, v := range ipcrypt.Vectors {
			var got netip.Addr
			in := netip.MustParseAddr(v.IP)
			switch v.Variant {
			case "ipcrypt-deterministic":
				c := NewAddressCipher([16]byte(unhex(t, v.Key)))
				got = netip.AddrFrom16(c.Encrypt(new(IPScratch), in.As16()))
			case "ipcrypt-pfx":
				c, err := NewPrefixCipher([32]byte(unhex(t, v.Key)))
				if err != nil {
					t.Fatal(err)
				}
				got = permuteIP(c, new(IPScratch), in)
			default: // nd and ndx take a random tweak: no pseudonym of ours
				continue
			}
			checked++
			if got != netip.MustParseAddr(v.Output) {
				t.Errorf("%s %s: got %s, want %s", v.Variant, v.IP, got, v.Output)
			}
		}
		c := NewCryptoPAn([32]byte(unhex(t, pan.Key)))
		for _, v := range pan.Vectors {
			checked++
			if got := permuteIP(c, new(IPScratch), netip.MustParseAddr(v.IP)); got != netip.MustParseAddr(v.Output) {
				t.Errorf("Crypto-PAn %s: got %s, want %s", v.IP, got, v.Output)
			}
		}
	})
	if checked < 90 { // on each of the paths that there are
		t.Errorf("only %d vectors checked", checked)
	}
}

// TestPrefixRelation holds both permutations to what their name says, and the
// two paths to each other.
func TestPrefixRelation(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	var key [32]byte
	for i := range key {
		key[i] = byte(r.Uint32())
	}
	pfx, err := NewPrefixCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	s := new(IPScratch)
	for _, p := range []ipPermutation{pfx, NewCryptoPAn(key)} {
		for range 500 {
			a, b := r.Uint32(), r.Uint32()
			shared := r.IntN(33)
			b = uint32(uint64(a)>>(32-shared)<<(32-shared)) | b&uint32(uint64(1)<<(32-shared)-1)
			want := bits.LeadingZeros32(a ^ b)
			x, y := p.V4(s, a), p.V4(s, b)
			if got := bits.LeadingZeros32(x ^ y); got != want {
				t.Fatalf("%08x and %08x share %d bits, their images %d", a, b, want, got)
			}
			var v6 [16]byte
			binary.BigEndian.PutUint64(v6[:], r.Uint64())
			binary.BigEndian.PutUint64(v6[8:], r.Uint64())
			at := r.IntN(128)
			w6 := v6
			w6[at/8] ^= 0x80 >> (at % 8)
			if got := sharedBits(p.V6(s, v6), p.V6(s, w6)); got != at {
				t.Fatalf("IPv6 addresses that part at bit %d: their images part at %d", at, got)
			}
			fast4, fast6 := p.V4(s, a), p.V6(s, v6)
			was := setVAES(false)
			slow4, slow6 := p.V4(s, a), p.V6(s, v6)
			setVAES(was)
			if fast4 != slow4 || fast6 != slow6 {
				t.Fatal("the vector path differs from the portable one")
			}
		}
	}
}

func sharedBits(a, b [16]byte) int {
	for i := range a {
		if a[i] != b[i] {
			return i*8 + bits.LeadingZeros8(a[i]^b[i])
		}
	}
	return 128
}

// TestExpandKey compares the round keys with crypto/aes by way of the last
// block of FIPS 197, appendix B, and of random keys through encrypt.
func TestExpandKey(t *testing.T) {
	xk := expandKey([16]byte(unhex(t, "2b7e151628aed2a6abf7158809cf4f3c")))
	if want := unhex(t, "d014f9a8c9ee2589e13f0cc8b6630ca6"); [16]byte(xk[160:]) != [16]byte(want) {
		t.Errorf("last round key %x, want %x", xk[160:], want)
	}
}

func TestIPNoAllocs(t *testing.T) {
	race.Skip(t)
	prefix, err := NewPrefixCipher([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	type cipher interface {
		V4(*IPScratch, uint32) uint32
		V6(*IPScratch, [16]byte) [16]byte
	}
	bothPaths(t, func(t *testing.T) {
		for _, c := range []cipher{prefix, NewCryptoPAn([32]byte{1})} {
			s := new(IPScratch)
			if a := testing.AllocsPerRun(100, func() { c.V4(s, 0x01020304); c.V6(s, [16]byte{1}) }); a != 0 {
				t.Errorf("%T: %v allocations", c, a)
			}
		}
	})
}

func BenchmarkPrefixIPv4(b *testing.B) {
	c, err := NewPrefixCipher([32]byte{1})
	if err != nil {
		b.Fatal(err)
	}
	s := new(IPScratch)
	for _, vector := range []bool{false, useVAES} {
		name := "portable"
		if vector {
			name = "vector"
		}
		b.Run(name, func(b *testing.B) {
			defer setVAES(setVAES(vector))
			a := uint32(0xc0000201)
			for b.Loop() {
				a = c.V4(s, a)
			}
		})
	}
}

func BenchmarkCryptoPAnIPv4(b *testing.B) {
	c := NewCryptoPAn([32]byte{1})
	s := new(IPScratch)
	for _, vector := range []bool{false, useVAES} {
		name := "portable"
		if vector {
			name = "vector"
		}
		b.Run(name, func(b *testing.B) {
			defer setVAES(setVAES(vector))
			a := uint32(0xc0000201)
			for b.Loop() {
				a = c.V4(s, a)
			}
		})
	}
}

func BenchmarkAES128Block(b *testing.B) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		b.Fatal(err)
	}
	x := make([]byte, 16)
	for b.Loop() {
		block.Encrypt(x, x)
	}
}
