package detect

import (
	"bytes"
	"net/netip"
)

// ParseIP reads an address as logs have it: IPv4 or IPv6, IPv6 in brackets,
// either with a port, IPv6 with a zone. An IPv4 address that is mapped into
// IPv6 comes back as IPv4; zone and port are dropped. What netip.ParseAddr
// refuses is refused: leading zeros, which some read as octal, too many parts,
// and a prefix length, which makes it a network. It does not allocate, and
// keeps none of the text, which the errors of netip quote.
func ParseIP(v []byte) (netip.Addr, bool) {
	if len(v) == 0 {
		return netip.Addr{}, false
	}
	if v[0] == '[' {
		end := bytes.IndexByte(v, ']')
		if end < 0 || len(v) > end+1 && !isPort(v[end+1:]) {
			return netip.Addr{}, false
		}
		return parse6(v[1:end])
	}
	colon := bytes.IndexByte(v, ':')
	if colon < 0 {
		return parse4(v)
	}
	if bytes.IndexByte(v[:colon], '.') >= 0 { // no IPv6 address has a point before its first colon
		if !isPort(v[colon:]) {
			return netip.Addr{}, false
		}
		return parse4(v[:colon])
	}
	return parse6(v)
}

// isPort takes a colon and 0 to 65535.
func isPort(v []byte) bool {
	if len(v) < 2 || len(v) > 6 || v[0] != ':' {
		return false
	}
	port := 0
	for _, c := range v[1:] {
		if !isDigit(c) {
			return false
		}
		port = port*10 + int(c-'0')
	}
	return port < 1<<16
}

func parse4(v []byte) (netip.Addr, bool) {
	var a [4]byte
	ok := read4(a[:], v)
	return netip.AddrFrom4(a), ok
}

// read4 reads four decimal numbers below 256 into a.
func read4(a, v []byte) bool {
	part, value, width := 0, 0, 0
	for _, c := range v {
		switch {
		case isDigit(c):
			if width > 0 && value == 0 {
				return false // a leading zero
			}
			width++
			if value = value*10 + int(c-'0'); value > 255 {
				return false
			}
		case c == '.' && width > 0 && part < 3:
			a[part] = byte(value)
			part, value, width = part+1, 0, 0
		default:
			return false
		}
	}
	if part != 3 || width == 0 {
		return false
	}
	a[3] = byte(value)
	return true
}

// parse6 reads RFC 4291 section 2.2 and a zone of RFC 4007.
func parse6(v []byte) (netip.Addr, bool) {
	if zone := bytes.IndexByte(v, '%'); zone >= 0 {
		if zone == len(v)-1 {
			return netip.Addr{}, false
		}
		v = v[:zone]
	}
	var a [16]byte
	if !read6(&a, v) {
		return netip.Addr{}, false
	}
	return netip.AddrFrom16(a).Unmap(), true
}

func read6(a *[16]byte, v []byte) bool {
	gap := -1 // where :: stands, in bytes of a
	n := 0    // bytes of a that are written
	if len(v) >= 2 && v[0] == ':' && v[1] == ':' {
		gap = 0
		v = v[2:]
	}
	for n < 16 && len(v) > 0 {
		value, width := 0, 0
		for width < len(v) && width < 5 && hexValue[v[width]] != noHex {
			value = value<<4 | int(hexValue[v[width]])
			width++
		}
		if width == 0 || width > 4 && !(width < len(v) && v[width] == '.') {
			return false
		}
		if width < len(v) && v[width] == '.' {
			if n > 12 || gap < 0 && n != 12 || !read4(a[n:n+4], v) {
				return false
			}
			n, v = n+4, nil
			break
		}
		a[n], a[n+1] = byte(value>>8), byte(value)
		n += 2
		v = v[width:]
		if len(v) == 0 {
			break
		}
		if v[0] != ':' || len(v) == 1 {
			return false
		}
		v = v[1:]
		if v[0] == ':' {
			if gap >= 0 {
				return false
			}
			gap = n
			v = v[1:]
		}
	}
	if len(v) > 0 {
		return false
	}
	if gap < 0 {
		return n == 16
	}
	if n == 16 {
		return false // :: stands for at least one group
	}
	tail := n - gap
	copy(a[16-tail:], a[gap:n])
	clear(a[gap : 16-tail])
	return true
}

// appendIP: RFC 5952. The unspecified addresses are nobody.
func appendIP(dst, v []byte) ([]byte, Canon) {
	a, ok := ParseIP(v)
	if !ok {
		return dst, CanonUnfit
	}
	if a.IsUnspecified() {
		return dst, CanonPlaceholder
	}
	return a.AppendTo(dst), CanonOK
}
