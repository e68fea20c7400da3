package pseudonym

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"sync"
	"testing"

	"redactor/internal/race"
)

// slowMessage is LP(typ) || LP(canonical), with the length of a long value
// saturated.
func slowMessage(typ string, canonical []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(typ)))
	b = append(b, typ...)
	b = binary.BigEndian.AppendUint16(b, uint16(min(len(canonical), 65535)))
	return append(b, canonical...)
}

func slowHMAC(key []byte, typ string, canonical []byte) [16]byte {
	m := hmac.New(sha256.New, key)
	m.Write(slowMessage(typ, canonical))
	return [16]byte(m.Sum(nil))
}

// slowCMAC follows RFC 4493 section 2.4 step by step on whole messages.
func slowCMAC(key []byte, typ string, canonical []byte) (x [16]byte) {
	c, _ := aes.NewCipher(key)
	shift := func(b [16]byte) (r [16]byte) {
		for i := range b {
			r[i] = b[i] << 1
			if i < 15 {
				r[i] |= b[i+1] >> 7
			}
		}
		if b[0]&0x80 != 0 {
			r[15] ^= 0x87
		}
		return r
	}
	var l [16]byte
	c.Encrypt(l[:], l[:])
	sub := shift(l) // K1
	m := slowMessage(typ, canonical)
	if len(m)%16 != 0 {
		sub = shift(sub) // K2
		m = append(m, 0x80)
		m = append(m, make([]byte, (16-len(m)%16)%16)...)
	}
	for i := range 16 {
		m[len(m)-16+i] ^= sub[i]
	}
	for ; len(m) > 0; m = m[16:] {
		for i := range x {
			x[i] ^= m[i]
		}
		c.Encrypt(x[:], x[:])
	}
	return x
}

func bothKeys(key []byte) (h, c *Subkey) {
	return &Subkey{prf: HMACSHA256, hmac: seal(newHMACKey(key))}, &Subkey{prf: AESCMAC, cmac: seal(newCMACKey(key[:cmacKeySize]))}
}

// TestSumSlow takes every length around the edges of blocks, one Hasher for
// all, so that nothing of a value may stay for the next.
func TestSumSlow(t *testing.T) {
	key := bytes.Repeat([]byte{7, 9}, 16)
	hk, ck := bothKeys(key)
	h := NewHasher()
	long := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	lengths := []int{65534, 65535, 65536, 70000}
	for n := range 300 {
		lengths = append(lengths, n, 300-n)
	}
	for _, n := range lengths {
		for _, typ := range []string{"", "imei", "idcard"} {
			if got, want := h.Sum(hk, typ, long[:n]), slowHMAC(key, typ, long[:n]); got != want {
				t.Fatalf("HMAC of %d bytes as %q: %x, want %x", n, typ, got, want)
			}
			if got, want := h.Sum(ck, typ, long[:n]), slowCMAC(key[:16], typ, long[:n]); got != want {
				t.Fatalf("CMAC of %d bytes as %q: %x, want %x", n, typ, got, want)
			}
		}
	}
}

func FuzzSum(f *testing.F) {
	f.Add([]byte("key"), "imei", []byte("35341780368597"))
	f.Add([]byte{}, strings.Repeat("t", 60), bytes.Repeat([]byte("x"), 200))
	f.Fuzz(func(t *testing.T, seed []byte, typ string, canonical []byte) {
		if len(typ) > 60 {
			typ = typ[:60]
		}
		key := sha256.Sum256(seed)
		hk, ck := bothKeys(key[:])
		h := NewHasher()
		if got, want := h.Sum(hk, typ, canonical), slowHMAC(key[:], typ, canonical); got != want {
			t.Errorf("HMAC %x, want %x", got, want)
		}
		if got, want := h.Sum(ck, typ, canonical), slowCMAC(key[:16], typ, canonical); got != want {
			t.Errorf("CMAC %x, want %x", got, want)
		}
	})
}

// TestUnlinkable: one value, and each part of the derivation changed alone.
func TestUnlinkable(t *testing.T) {
	a, b := TestSecret("a"), TestSecret("b")
	type derivation struct {
		s                                         *Secret
		p                                         PRF
		tenant, recipient, profile, domain, epoch string
		typ                                       string
	}
	base := derivation{a, HMACSHA256, "acme", "r", "p", "imei", "0", "imei"}
	cases := map[string]derivation{"base": base}
	vary := func(name string, change func(*derivation)) {
		d := base
		change(&d)
		cases[name] = d
	}
	vary("secret", func(d *derivation) { d.s = b })
	vary("prf", func(d *derivation) { d.p = AESCMAC })
	vary("tenant", func(d *derivation) { d.tenant = "beta" })
	vary("recipient", func(d *derivation) { d.recipient = "q" })
	vary("profile", func(d *derivation) { d.profile = "q" })
	vary("domain", func(d *derivation) { d.domain = "ap" })
	vary("epoch", func(d *derivation) { d.epoch = "1" })
	vary("type", func(d *derivation) { d.typ = "text" })
	vary("a border moved", func(d *derivation) { d.recipient, d.profile = "rp", "" })

	h := NewHasher()
	seen := map[[16]byte]string{}
	for name, d := range cases {
		k := d.s.SubkeyOf(d.p, d.tenant, d.recipient, d.profile, d.domain, d.epoch)
		if k.PRF() != d.p {
			t.Errorf("%s: the key is for %v", name, k.PRF())
		}
		sum := h.Sum(k, d.typ, []byte("35341780368597"))
		if other, ok := seen[sum]; ok {
			t.Errorf("%s and %s link", name, other)
		}
		seen[sum] = name
		again := d.s.SubkeyOf(d.p, d.tenant, d.recipient, d.profile, d.domain, d.epoch)
		if NewHasher().Sum(again, d.typ, []byte("35341780368597")) != sum {
			t.Errorf("%s: not stable", name)
		}
	}
}

// TestSubkeyShared runs one Subkey in many workers under the race detector.
func TestSubkeyShared(t *testing.T) {
	hk, ck := bothKeys(bytes.Repeat([]byte{3}, 32))
	for _, k := range []*Subkey{hk, ck} {
		want := NewHasher().Sum(k, "imei", []byte("35341780368597"))
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				h := NewHasher()
				for range 500 {
					if h.Sum(k, "imei", []byte("35341780368597")) != want {
						t.Error("workers disagree")
						return
					}
				}
			})
		}
		wg.Wait()
	}
}

func TestNoAllocs(t *testing.T) {
	race.Skip(t)
	hk, ck := bothKeys(bytes.Repeat([]byte{3}, 32))
	h := NewHasher()
	v, long := []byte("35341780368597"), make([]byte, 4096)
	buf := make([]byte, 0, 64)
	for name, f := range map[string]func(){
		"hmac short": func() { h.Sum(hk, "imei", v) },
		"hmac long":  func() { h.Sum(hk, "imei", long) },
		"cmac short": func() { h.Sum(ck, "imei", v) },
		"cmac long":  func() { h.Sum(ck, "imei", long) },
		"base62":     func() { buf = Base62.Append(buf[:0], [16]byte{1, 2, 3}) },
		"base32":     func() { buf = Base32.Append(buf[:0], [16]byte{1, 2, 3}) },
		"hex":        func() { buf = Hex.Append(buf[:0], [16]byte{1, 2, 3}) },
		"uuid":       func() { buf = UUID.Append(buf[:0], [16]byte{1, 2, 3}) },
		"decimal":    func() { buf = Decimal.Append(buf[:0], [16]byte{1, 2, 3}) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// BenchmarkSum has the time of one AES-128 block beside it: costs are told as
// ratios to it, within one run.
func BenchmarkSum(b *testing.B) {
	hk, ck := bothKeys(bytes.Repeat([]byte{3}, 32))
	h := NewHasher()
	v, text := []byte("35341780368597"), bytes.Repeat([]byte("t"), 100)
	b.Run("aes128-block", func(b *testing.B) {
		c, _ := aes.NewCipher(make([]byte, 16))
		var x [16]byte
		for b.Loop() {
			c.Encrypt(x[:], x[:])
		}
	})
	b.Run("hmac/imei", func(b *testing.B) {
		for b.Loop() {
			h.Sum(hk, "imei", v)
		}
	})
	b.Run("hmac/text100", func(b *testing.B) {
		for b.Loop() {
			h.Sum(hk, "text", text)
		}
	})
	b.Run("cmac/imei", func(b *testing.B) {
		for b.Loop() {
			h.Sum(ck, "imei", v)
		}
	})
	b.Run("cmac/text100", func(b *testing.B) {
		for b.Loop() {
			h.Sum(ck, "text", text)
		}
	})
}
