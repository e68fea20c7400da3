package redact

import (
	"bytes"
	"fmt"
	"net/netip"

	"redactor/detect"
)

// Limits of IPTruncate. The last 64 bits of an IPv6 address are the interface,
// often the device itself (RFC 4291 2.5.1); a prefix of 32 bits is the
// IPv4 address.
const (
	maxPrefix4 = 31
	maxPrefix6 = 64
)

// IPTruncate keeps the first bits of an address, v4 of an IPv4 address (0 to
// 31) and v6 of an IPv6 address (0 to 64), and clears the rest. It takes what
// logs have: either version, IPv4 mapped into IPv6, which comes back as
// IPv4, a zone and a port, which are dropped, brackets, and lists behind commas
// as in X-Forwarded-For. The result is the canonical text (RFC 5952) of each
// address. Where an IPv6 address carries an IPv4 address in its first bits
// (6to4) that one is truncated as v4 says.
//
// What stays linkable: everybody in the same network; a /24 is 256 addresses, an
// IPv6 /48 one site, often one household.
func IPTruncate(v4, v6 int) (Transform, error) {
	if v4 < 0 || v4 > maxPrefix4 {
		return Transform{}, fmt.Errorf("ip: v4 keeps 0 to %d bits", maxPrefix4)
	}
	if v6 < 0 || v6 > maxPrefix6 {
		return Transform{}, fmt.Errorf("ip: v6 keeps 0 to %d bits: the others name the device", maxPrefix6)
	}
	return Transform{OpApply, RankGeneralize, fmt.Sprintf("ip /%d /%d", v4, v6), ipTruncate{v4, v6}}, nil
}

type ipTruncate struct{ v4, v6 int }

func (t ipTruncate) apply(_ *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if k != KindString {
		return dst, ShapeUnfit
	}
	a, ok := detect.ParseIP(trimSpace(v))
	if ok {
		return t.truncate(a).AppendTo(dst), ShapePlain
	}
	return appendIPList(dst, v, t.truncate)
}

// appendIPList appends what addresses behind commas become, each or none.
func appendIPList(dst, v []byte, change func(netip.Addr) netip.Addr) ([]byte, Shape) {
	n := len(dst)
	for {
		item, rest, more := bytes.Cut(v, []byte(","))
		a, ok := detect.ParseIP(trimSpace(item))
		if !ok {
			return dst[:n], ShapeUnfit
		}
		dst = change(a).AppendTo(dst)
		if !more {
			return dst, ShapeText
		}
		dst = append(dst, ", "...)
		v = rest
	}
}

func (t ipTruncate) truncate(a netip.Addr) netip.Addr {
	bits := t.v6
	if a.Is4() {
		bits = t.v4
	} else if at := embedded4(a); at < bits {
		bits = min(bits, at+t.v4)
	}
	p, err := a.Prefix(bits)
	if err != nil {
		panic("redact: internal error: a prefix that IPTruncate let through")
	}
	return p.Addr()
}

// embedded4 returns the bit at which an IPv4 address begins in an IPv6 address
// among those that may be kept, or 128: 2002::/16 is 6to4 (RFC 3056). In NAT64
// with its well-known prefix (RFC 6052) it begins at 96, behind them.
func embedded4(a netip.Addr) int {
	b := a.As16()
	if b[0] == 0x20 && b[1] == 0x02 {
		return 16
	}
	return 128
}
