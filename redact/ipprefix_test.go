package redact

import (
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"redactor/pseudonym"
)

func prefixIP(t testing.TB, special bool) Transform {
	t.Helper()
	key := [32]byte{1, 2, 3}
	c, err := pseudonym.NewPrefixCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := IPCipher(IPCipherOptions{Prefix: c, Special: special})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestIPCipherTakes: every spelling of one address has one image.
func TestIPCipherTakes(t *testing.T) {
	tr := prefixIP(t, false)
	for _, same := range [][]string{
		{"203.0.113.77", " 203.0.113.77 ", "203.0.113.77:8080", "::ffff:203.0.113.77", "[::ffff:203.0.113.77]:443"},
		{"2001:db8::1", "[2001:db8::1]:443", "2001:DB8:0:0:0:0:0:1", "2001:db8::1%eth0"},
	} {
		want := run(t, tr, same[0], KindString)
		if want.shape != ShapePlain || want.out == same[0] {
			t.Fatalf("%s: %v", same[0], want)
		}
		for _, in := range same {
			if got := run(t, tr, in, KindString); got != want {
				t.Errorf("%q: %v, want %v", in, got, want)
			}
		}
	}
	one, two := run(t, tr, "198.51.100.7", KindString).out, run(t, tr, "203.0.113.77", KindString).out
	if got := run(t, tr, "198.51.100.7, 203.0.113.77", KindString); got != text(one+", "+two) {
		t.Errorf("a list: %v", got)
	}
	for _, in := range []string{"unknown", "", "1.2.3"} {
		if got := run(t, tr, in, KindString); got != unfit {
			t.Errorf("%q: %v", in, got)
		}
	}
	if got := run(t, tr, "3405803853", KindNumber); got != unfit {
		t.Errorf("a number: %v", got)
	}
}

// TestIPCipherPrefixes: networks stay networks, and special ranges stay special
// where the policy says so.
func TestIPCipherPrefixes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 4))
	image := func(tr Transform, a netip.Addr) netip.Addr {
		return netip.MustParseAddr(run(t, tr, a.String(), KindString).out)
	}
	free, staying := prefixIP(t, false), prefixIP(t, true)
	for range 300 {
		p := special[r.IntN(len(special))]
		b := p.Addr().AsSlice()
		for i := p.Bits(); i < 8*len(b); i++ {
			b[i/8] ^= byte(r.UintN(2)) << (7 - i%8)
		}
		a, _ := netip.AddrFromSlice(b)
		c, _ := netip.AddrFromSlice(append(b[:len(b)-1:len(b)-1], b[len(b)-1]^1))
		if !p.Contains(image(staying, a)) {
			t.Fatalf("%v of %v becomes %v", a, p, image(staying, a))
		}
		for _, tr := range []Transform{free, staying} {
			if n := 8 * len(b); shared(image(tr, a), image(tr, c)) != n-1 {
				t.Fatalf("%v: %v and %v become %v and %v", tr, a, c, image(tr, a), image(tr, c))
			}
		}
	}
	if got := image(free, netip.MustParseAddr("10.0.0.1")); specialPrefix(got) == 8 && strings.HasPrefix(got.String(), "10.") {
		t.Errorf("10.0.0.1 stays private: %v", got)
	}
}

func shared(a, b netip.Addr) int {
	x, y := a.AsSlice(), b.AsSlice()
	for i := range x {
		if d := x[i] ^ y[i]; d != 0 {
			return 8*i + bits.LeadingZeros8(d)
		}
	}
	return 8 * len(x)
}

func TestIPCipherOptions(t *testing.T) {
	pan := pseudonym.NewCryptoPAn([32]byte{1})
	whole := pseudonym.NewAddressCipher([16]byte{1})
	for _, o := range []IPCipherOptions{{}, {CryptoPAn: pan, Whole: whole}, {Whole: whole, Special: true}} {
		if _, err := IPCipher(o); err == nil {
			t.Errorf("%+v taken", o)
		}
	}
	tr, err := IPCipher(IPCipherOptions{Whole: whole})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := netip.ParseAddr(run(t, tr, "192.0.2.1", KindString).out); err != nil || !a.Is6() {
		t.Errorf("the whole of an IPv4 address becomes %v", a)
	}
	w, in, dst := &worker{}, []byte("192.0.2.1"), make([]byte, 0, 64)
	for _, tr := range []Transform{tr, prefixIP(t, true)} {
		if n := testing.AllocsPerRun(100, func() { tr.fn.apply(w, dst, in, KindString) }); n != 0 {
			t.Errorf("%v: %v allocations", tr, n)
		}
	}
}

// TestIPCipherNetworks: the image of a network is the network of the images of
// its addresses.
func TestIPCipherNetworks(t *testing.T) {
	prefix, err := pseudonym.TestSecret("k").PrefixCipher("acme", "p", "p", "ip", "0")
	if err != nil {
		t.Fatal(err)
	}
	tr := must(t)(IPCipher(IPCipherOptions{Prefix: prefix}))
	network := run(t, tr, "203.0.113.64/26", KindString).out
	p, err := netip.ParsePrefix(network)
	if err != nil || p.Bits() != 26 || p.Masked() != p || network == "203.0.113.64/26" {
		t.Fatalf("a network became %q, %v", network, err)
	}
	for _, host := range []string{"203.0.113.64", "203.0.113.99", "203.0.113.127"} {
		if a := netip.MustParseAddr(run(t, tr, host, KindString).out); !p.Contains(a) {
			t.Errorf("%s became %v, outside of %v", host, a, p)
		}
	}
	if a := netip.MustParseAddr(run(t, tr, "203.0.113.128", KindString).out); p.Contains(a) {
		t.Errorf("a neighbor became %v, inside of %v", a, p)
	}
	whole := must(t)(IPCipher(IPCipherOptions{Whole: pseudonym.TestSecret("k").AddressCipher("acme", "p", "p", "ip", "0")}))
	if got := run(t, whole, "203.0.113.64/26", KindString); got.shape != ShapeUnfit {
		t.Errorf("a network, all of it hidden: %v", got)
	}
}
