package freeport

import (
	"net"
	"net/netip"
	"testing"
)

func TestAddress(t *testing.T) {
	for range 200 {
		address, err := Address()
		if err != nil {
			t.Fatal(err)
		}
		if p := netip.MustParseAddrPort(address).Port(); p < first || p > last {
			t.Fatalf("port %d lies outside %d to %d", p, first, last)
		}
		ln, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close() // held until the end: an address that is in use does not come again
	}
}
