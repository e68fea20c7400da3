package pseudonym

import (
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// slowAppend is what the alphabets mean, by math/big and encoding/*.
func slowAppend(a Alphabet, sum [16]byte) string {
	switch a {
	case Base32:
		return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:]))
	case Hex:
		return hex.EncodeToString(sum[:])
	case UUID:
		sum[6] = sum[6]&0x0f | 0x80
		sum[8] = sum[8]&0x3f | 0x80
		h := hex.EncodeToString(sum[:])
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
	case Decimal:
		return strconv.FormatUint(binary.BigEndian.Uint64(sum[:])>>2, 10)
	}
	n, sixtyTwo, r := new(big.Int).SetBytes(sum[:]), big.NewInt(62), new(big.Int)
	var out [22]byte
	for i := range out {
		n.DivMod(n, sixtyTwo, r)
		out[len(out)-1-i] = base62Digits[r.Int64()]
	}
	return string(out[:])
}

func TestAlphabetExamples(t *testing.T) {
	zero, ones := [16]byte{}, [16]byte{}
	for i := range ones {
		ones[i] = 0xff
	}
	count := [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	for _, c := range []struct {
		a    Alphabet
		sum  [16]byte
		want string
	}{
		{Base62, zero, "0000000000000000000000"},
		{Base62, ones, "7n42DGM5Tflk9n8mt7Fhc7"},
		{Base32, zero, "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{Base32, ones, "777777777777777777777777" + "74"},
		{Hex, count, "000102030405060708090a0b0c0d0e0f"},
		{UUID, zero, "00000000-0000-8000-8000-000000000000"},
		{UUID, ones, "ffffffff-ffff-8fff-bfff-ffffffffffff"},
		{UUID, count, "00010203-0405-8607-8809-0a0b0c0d0e0f"},
		{Decimal, zero, "0"},
		{Decimal, ones, "4611686018427387903"},
	} {
		if got := string(c.a.Append(nil, c.sum)); got != c.want {
			t.Errorf("%v of %x = %s, want %s", c.a, c.sum, got, c.want)
		}
	}
}

func TestAlphabetSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var sum [16]byte
		binary.BigEndian.PutUint64(sum[:], r.Uint64()>>r.UintN(64))
		binary.BigEndian.PutUint64(sum[8:], r.Uint64()>>r.UintN(64))
		checkAlphabets(t, sum)
	}
}

func FuzzAlphabet(f *testing.F) {
	f.Add(uint64(0), uint64(0))
	f.Add(^uint64(0), ^uint64(0))
	f.Add(uint64(pow10-1), uint64(pow10))
	f.Fuzz(func(t *testing.T, hi, lo uint64) {
		var sum [16]byte
		binary.BigEndian.PutUint64(sum[:], hi)
		binary.BigEndian.PutUint64(sum[8:], lo)
		checkAlphabets(t, sum)
	})
}

func checkAlphabets(t *testing.T, sum [16]byte) {
	t.Helper()
	for a := Base62; a <= Decimal; a++ {
		got := string(a.Append([]byte("p_"), sum))
		if want := "p_" + slowAppend(a, sum); got != want {
			t.Fatalf("%v of %x = %s, want %s", a, sum, got, want)
		}
	}
}

func TestParseAlphabet(t *testing.T) {
	for a := Base62; a <= Decimal; a++ {
		if got, ok := ParseAlphabet(a.String()); !ok || got != a {
			t.Errorf("ParseAlphabet(%q) = %v, %v", a.String(), got, ok)
		}
	}
	for _, s := range []string{"", "Base62", "base64", "hex "} {
		if _, ok := ParseAlphabet(s); ok {
			t.Errorf("ParseAlphabet(%q) is accepted", s)
		}
	}
}

func BenchmarkAlphabet(b *testing.B) {
	sum := [16]byte{0x05, 0x32, 0xc8, 0x87, 0xf6, 0x24, 0x60, 0x71, 0x35, 0xb5, 0x8f, 0x47, 0x75, 0xa8, 0x4a, 0xd4}
	buf := make([]byte, 0, 64)
	for a := Base62; a <= Decimal; a++ {
		b.Run(a.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				buf = a.Append(buf[:0], sum)
			}
		})
	}
}
