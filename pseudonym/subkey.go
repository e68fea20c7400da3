package pseudonym

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// PRF names the keyed function that makes pseudonyms.
type PRF uint8

const (
	HMACSHA256 PRF = iota // RFC 2104 with FIPS 180-4; the default
	AESCMAC               // RFC 4493 and NIST SP 800-38B: several times cheaper
)

// ParsePRF reads the name of a PRF as the policy spells it.
func ParsePRF(s string) (PRF, bool) {
	switch s {
	case "hmac-sha256", "":
		return HMACSHA256, true
	case "aes-cmac":
		return AESCMAC, true
	}
	return 0, false
}

func (p PRF) String() string {
	if p == AESCMAC {
		return "aes-cmac"
	}
	return "hmac-sha256"
}

// A Subkey makes the pseudonyms of one domain for one recipient. It is
// immutable and may be shared; it prints as [secret].
type Subkey struct {
	unprintable
	prf  PRF
	hmac sealed[hmacKey] // set for HMACSHA256
	cmac sealed[cmacKey] // set for AESCMAC
}

// version is the first component of every derivation: a later construction
// gets another, and shares no key with this one.
const version = "redactor/v1"

// Subkey derives the HMAC-SHA-256 key of a domain with HKDF-SHA-256 (RFC 5869):
// no salt, info = LP(version, tenant, recipient, profile, domain, epoch).
func (s *Secret) Subkey(tenant, recipient, profile, domain, epoch string) *Subkey {
	return s.SubkeyOf(HMACSHA256, tenant, recipient, profile, domain, epoch)
}

// SubkeyOf is Subkey with a choice of the PRF. A PRF other than HMAC-SHA-256 is
// named by one more component of info, so that no key serves two algorithms.
func (s *Secret) SubkeyOf(p PRF, tenant, recipient, profile, domain, epoch string) *Subkey {
	parts := []string{version, tenant, recipient, profile, domain, epoch}
	if p != HMACSHA256 {
		parts = append(parts, p.String())
	}
	if p == AESCMAC {
		key := s.derive(parts, cmacKeySize)
		defer clear(key)
		return &Subkey{prf: p, cmac: seal(newCMACKey(key))}
	}
	key := s.derive(parts, sha256.Size)
	defer clear(key)
	return &Subkey{prf: p, hmac: seal(newHMACKey(key))}
}

// PRF returns the function that the key is for.
func (k *Subkey) PRF() PRF { return k.prf }

func (s *Secret) derive(parts []string, size int) []byte {
	key, err := hkdf.Key(sha256.New, s.m().b[:], nil, string(lengthPrefixed(parts)), size)
	if err != nil {
		panic("pseudonym: internal error: HKDF refused a fixed length")
	}
	return key
}

// lengthPrefixed joins strings so that no two lists give the same bytes: each
// stands behind its length, two bytes, big-endian.
func lengthPrefixed(parts []string) []byte {
	var b []byte
	for _, p := range parts {
		if len(p) > maxPart {
			panic("pseudonym: internal error: a name of more than 65535 bytes")
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
		b = append(b, p...)
	}
	return b
}

// maxPart is the longest string that two bytes of length can tell.
const maxPart = 1<<16 - 1
