package detect

import (
	"net/netip"
	"strings"
	"testing"
)

// slowIP is ParseIP by package netip.
func slowIP(s string) (netip.Addr, bool) {
	if strings.HasPrefix(s, "[") && strings.Count(s, "]") != 1 {
		return netip.Addr{}, false // netip lets a zone hold brackets
	}
	if ap, err := netip.ParseAddrPort(s); err == nil && !strings.Contains(s, ":+") {
		return ap.Addr().Unmap().WithZone(""), true
	}
	bracketed := strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]")
	if bracketed {
		s = s[1 : len(s)-1]
	}
	// netip takes no zone behind an address with IPv4 in it; here the zone goes in any case.
	if host, zone, ok := strings.Cut(s, "%"); ok && zone != "" {
		a, err := netip.ParseAddr(host)
		return a.Unmap(), err == nil && strings.Contains(host, ":")
	}
	a, err := netip.ParseAddr(s)
	if err != nil || bracketed && a.Is4() {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

func FuzzParseIP(f *testing.F) {
	for _, s := range []string{"1.2.3.4", "1.2.3.4:80", "::", "::1", "[::1]:443", "fe80::1%eth0", "[fe80::1%eth0]:1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "1::8",
		"1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "01.2.3.4", "1.2.3.4/8", "[1.2.3.4]:80", "::1%", "1::2::3", "::ffff:1.2.3.4%a", "[::1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseIP([]byte(s))
		want, wantOK := slowIP(s)
		if ok != wantOK || ok && got != want {
			t.Fatalf("%q = %v, %v, want %v, %v", s, got, ok, want, wantOK)
		}
	})
}
