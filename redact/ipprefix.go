package redact

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"

	"redactor/detect"
	"redactor/pseudonym"
)

// IPCipherOptions say how addresses are encrypted. One of the ciphers is set.
type IPCipherOptions struct {
	Prefix    *pseudonym.PrefixCipher  // ipcrypt-pfx
	CryptoPAn *pseudonym.CryptoPAn     // for data sets that were made with it
	Whole     *pseudonym.AddressCipher // ipcrypt-deterministic: nothing of the network stays

	// Special lets addresses of special ranges stay in them: private,
	// shared, loopback, link-local, multicast, documentation and unspecified
	// ones (RFC 6890). Not with Whole.
	Special bool
}

// IPCipher puts another address in the place of an address, the same for the
// same one. With a prefix-preserving cipher addresses of one network stay in
// one network, of whatever length; with Whole nothing of it stays, and an IPv4
// address becomes one that looks like IPv6. Brackets, zones, ports and lists
// are taken as IPTruncate takes them.
//
// What stays linkable with a prefix-preserving cipher: every network. Who
// knows 256 addresses and their images knows the /24 of 40 % of all others, so
// it is for recipients inside only.
func IPCipher(o IPCipherOptions) (Transform, error) {
	c := &ipCipher{whole: o.Whole, special: o.Special}
	name := ""
	ciphers := 0
	if o.Prefix != nil {
		c.prefix, name = o.Prefix, "ip prefix-preserving"
		ciphers++
	}
	if o.CryptoPAn != nil {
		c.prefix, name = o.CryptoPAn, "ip Crypto-PAn"
		ciphers++
	}
	if o.Whole != nil {
		name = "ip encrypted"
		ciphers++
	}
	switch {
	case ciphers != 1:
		return Transform{}, errors.New("ip: one cipher, no more and no less")
	case o.Whole != nil && o.Special:
		return Transform{}, errors.New("ip: special ranges cannot stay when nothing of the network does")
	case o.Special:
		name += ", special ranges stay"
	}
	return Transform{OpApply, RankPseudonym, name, c}, nil
}

// prefixCipher is what the two prefix-preserving ciphers have in common.
type prefixCipher interface {
	V4(*pseudonym.IPScratch, uint32) uint32
	V6(*pseudonym.IPScratch, [16]byte) [16]byte
}

type ipCipher struct {
	prefix  prefixCipher
	whole   *pseudonym.AddressCipher
	special bool
}

func (c *ipCipher) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if k != KindString {
		return dst, ShapeUnfit
	}
	if w.ip == nil {
		w.ip = new(pseudonym.IPScratch)
	}
	if a, ok := detect.ParseIP(trimSpace(v)); ok {
		return c.encrypt(w.ip, a).AppendTo(dst), ShapePlain
	}
	if c.whole != nil && bytes.IndexByte(v, '/') >= 0 {
		return dst, ShapeUnfit // of a network, nothing is left that would be one
	}
	return appendIPList(dst, v, func(dst []byte, a netip.Addr, bits int) []byte {
		if bits == wholeAddress {
			return c.encrypt(w.ip, a).AppendTo(dst)
		}
		return appendNetwork(dst, c.encrypt(w.ip, a), bits)
	})
}

func (c *ipCipher) encrypt(s *pseudonym.IPScratch, a netip.Addr) netip.Addr {
	stay := 0
	if c.special {
		stay = specialPrefix(a)
	}
	switch {
	case c.whole != nil:
		return netip.AddrFrom16(c.whole.Encrypt(s, a.As16()))
	case a.Is4():
		b := a.As4()
		was := binary.BigEndian.Uint32(b[:])
		changed := was ^ c.prefix.V4(s, was)
		binary.BigEndian.PutUint32(b[:], was^changed&(1<<(32-stay)-1))
		return netip.AddrFrom4(b)
	}
	b := a.As16()
	is := c.prefix.V6(s, b)
	for i := range b {
		// Bits below stay are the range's: each bit depends on the ones before
		// it only, so taking their change back leaves the others as they are.
		n := min(max(stay-8*i, 0), 8)
		b[i] ^= (b[i] ^ is[i]) & (0xff >> n)
	}
	return netip.AddrFrom16(b)
}

// special are the ranges of RFC 6890 that logs have, the longer before the
// shorter that holds it.
var special = func() (ps []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/127", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8",
	} {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}()

// specialPrefix returns the length of the special range that a is in, or 0.
func specialPrefix(a netip.Addr) int {
	for _, p := range special {
		if p.Contains(a) {
			return p.Bits()
		}
	}
	return 0
}
