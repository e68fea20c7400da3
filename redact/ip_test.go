package redact

import (
	"net/netip"
	"testing"
)

func TestIPTruncate(t *testing.T) {
	for _, c := range []struct {
		v4, v6 int
		v      string
		want   done
	}{
		{24, 48, "203.0.113.77", plain("203.0.113.0")},
		{24, 48, " 203.0.113.77\n", plain("203.0.113.0")},
		{24, 48, "203.0.113.77:443", plain("203.0.113.0")},
		{20, 48, "203.0.113.77", plain("203.0.112.0")},
		{0, 0, "203.0.113.77", plain("0.0.0.0")},
		{0, 0, "2001:db8::1", plain("::")},
		{31, 64, "203.0.113.77", plain("203.0.113.76")},
		{24, 48, "2001:db8:1:2:3:4:5:6", plain("2001:db8:1::")},
		{24, 48, "[2001:DB8:1:2::1]:8080", plain("2001:db8:1::")},
		{24, 64, "[2001:db8:1:2::1%25eth0]:8080", plain("2001:db8:1:2::")},
		{24, 48, "fe80::1%eth0", plain("fe80::")},
		{24, 48, "::ffff:203.0.113.77", plain("203.0.113.0")},
		{24, 48, "::ffff:cb00:714d", plain("203.0.113.0")},
		// 6to4 holds the whole IPv4 address in its first 48 bits.
		{24, 48, "2002:cb00:714d::1", plain("2002:cb00:7100::")},
		{24, 32, "2002:cb00:714d::1", plain("2002:cb00::")},
		{24, 48, "64:ff9b::203.0.113.77", plain("64:ff9b::")},
		{24, 48, "203.0.113.77, 198.51.100.4,2001:db8:1:2::1", text("203.0.113.0, 198.51.100.0, 2001:db8:1::")},
		{24, 48, "203.0.113.77,203.0.113.77:80", text("203.0.113.0, 203.0.113.0")},
		{24, 48, "203.0.113.77, unknown", unfit},
		{24, 48, "203.0.113.77,", unfit},
		{24, 48, ",", unfit},
		{24, 48, "", unfit},
		{24, 48, "unknown", unfit},
		{24, 48, "localhost", unfit},
		// Networks stay networks, never with more bits than are kept.
		{24, 48, "203.0.113.0/24", text("203.0.113.0/24")},
		{24, 48, "203.0.113.77/28", text("203.0.113.0/24")},
		{24, 48, "203.0.113.77/20", text("203.0.112.0/20")},
		{24, 48, "0.0.0.0/0", text("0.0.0.0/0")},
		{24, 48, "2001:db8:1:2::/64, 203.0.113.77", text("2001:db8:1::/48, 203.0.113.0")},
		{24, 48, "::ffff:203.0.113.77/124", text("203.0.113.0/24")},
		{24, 48, "::ffff:203.0.113.77/95", unfit},
		{24, 48, "203.0.113.0/33", unfit},
		{24, 48, "203.0.113.0/024", unfit},
		{24, 48, "203.0.113.0/", unfit},
		{24, 48, "203.0.113.0/2x", unfit},
		{24, 48, "203.0.113.0/24/8", unfit},
		{24, 48, "/24", unfit},
		{24, 48, "203.0.113.077", unfit},
		{24, 48, "203.0.113", unfit},
	} {
		if got := run(t, must(t)(IPTruncate(c.v4, c.v6)), c.v, KindString); got != c.want {
			t.Errorf("/%d /%d of %q: %v, want %v", c.v4, c.v6, c.v, got, c.want)
		}
	}
	if got := run(t, must(t)(IPTruncate(24, 48)), "3405803853", KindNumber); got != unfit {
		t.Errorf("a number: %v", got)
	}
	for _, c := range [][2]int{{32, 48}, {24, 65}, {-1, 48}, {24, -1}, {24, 128}} {
		if _, err := IPTruncate(c[0], c[1]); err == nil {
			t.Errorf("%v is accepted", c)
		}
	}
}

// FuzzIPTruncate compares with package netip, and truncates twice.
func FuzzIPTruncate(f *testing.F) {
	f.Add([]byte{203, 0, 113, 77}, uint8(24), uint8(48))
	f.Add([]byte("0123456789abcdef"), uint8(0), uint8(64))
	f.Add([]byte{0x20, 2, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, uint8(8), uint8(40))
	f.Fuzz(func(t *testing.T, b []byte, v4, v6 uint8) {
		a, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		tr := must(t)(IPTruncate(int(v4%32), int(v6%65)))
		bits := int(v6 % 65)
		a = a.Unmap()
		if a.Is4() {
			bits = int(v4 % 32)
		} else if b[0] == 0x20 && b[1] == 2 {
			bits = min(bits, max(16, 16+int(v4%32)))
		}
		want := netip.PrefixFrom(a, bits).Masked().Addr()
		got := run(t, tr, a.String(), KindString)
		if got != plain(want.String()) {
			t.Fatalf("%v of %v: %v, want %v", tr, a, got, want)
		}
		if want = want.Unmap(); want.Is6() { // ::ffff:0:0/96 cut short is another network
			if again := run(t, tr, got.out, KindString); again != got {
				t.Fatalf("%v of %v: %v, and of that %v", tr, a, got, again)
			}
		}
	})
}
