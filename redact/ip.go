package redact

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"

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
// as in X-Forwarded-For, and networks (192.0.2.0/28, which stays a network, of at
// most as many bits). The result is the canonical text (RFC 5952) of each
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
	if a, ok := detect.ParseIP(trimSpace(v)); ok {
		return t.append(dst, a, wholeAddress), ShapePlain
	}
	return appendIPList(dst, v, t.append)
}

// appendIPList appends what addresses behind commas become, each or none.
// An item may be a network too (CIDR, RFC 4632). appendOne is given its bits, or
// wholeAddress.
func appendIPList(dst, v []byte, appendOne func(dst []byte, a netip.Addr, bits int) []byte) ([]byte, Shape) {
	n := len(dst)
	for {
		item, rest, more := bytes.Cut(v, []byte(","))
		a, bits, ok := parseNetwork(trimSpace(item))
		if !ok {
			return dst[:n], ShapeUnfit
		}
		dst = appendOne(dst, a, bits)
		if !more {
			return dst, ShapeText
		}
		dst = append(dst, ", "...)
		v = rest
	}
}

// wholeAddress stands for the bits of what is no network.
const wholeAddress = -1

// parseNetwork reads an address, or a network: an address, a slash and how many
// of its bits count. Bits behind them are cleared. Of a network that is IPv4
// mapped into IPv6 the first 96 are the mapping.
func parseNetwork(v []byte) (a netip.Addr, bits int, ok bool) {
	head, tail, network := bytes.Cut(v, []byte("/"))
	if a, ok = detect.ParseIP(head); !ok || !network {
		return a, wholeAddress, ok
	}
	for _, c := range tail {
		if !isDigit(c) || bits > 128 {
			return a, 0, false
		}
		bits = 10*bits + int(c-'0')
	}
	if a.Is4() && bytes.IndexByte(head, ':') >= 0 {
		bits -= 96
	}
	if len(tail) == 0 || len(tail) > 1 && tail[0] == '0' || bits < 0 || bits > a.BitLen() {
		return a, 0, false
	}
	return first(a, bits), bits, true
}

// first returns an address of which the first bits are left.
func first(a netip.Addr, bits int) netip.Addr {
	p, err := a.Prefix(bits)
	if err != nil {
		panic("redact: internal error: a prefix that is longer than its address")
	}
	return p.Addr()
}

// append appends the network that an address is in, or the larger of that and
// the one that it is.
func (t ipTruncate) append(dst []byte, a netip.Addr, bits int) []byte {
	keep := t.v6
	if a.Is4() {
		keep = t.v4
	} else if at := embedded4(a); at < keep {
		keep = min(keep, at+t.v4)
	}
	if bits == wholeAddress {
		return first(a, keep).AppendTo(dst)
	}
	return appendNetwork(dst, a, min(keep, bits))
}

func appendNetwork(dst []byte, a netip.Addr, bits int) []byte {
	return strconv.AppendInt(append(first(a, bits).AppendTo(dst), '/'), int64(bits), 10)
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
