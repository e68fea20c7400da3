package e2e

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"testing"
)

// oraclePRF computes pseudonyms as a second reader of the specification would: HKDF and HMAC of the standard
// library, no state kept between values but what was computed once.
type oraclePRF struct {
	keys map[string][]byte // by profile
	seen map[string]string
}

func newOraclePRF(keys map[string][]byte) *oraclePRF {
	return &oraclePRF{keys: keys, seen: map[string]string{}}
}

// lengthPrefixed is the encoding of tuples that both derivations use: no two tuples share one.
func lengthPrefixed(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
		b = append(b, p...)
	}
	return b
}

func (o *oraclePRF) sum(key []byte, tenant, recipient, profile, domain, epoch, typ, canonical string) []byte {
	subkey, err := hkdf.Key(sha256.New, key, nil, string(lengthPrefixed("redactor/v1", tenant, recipient, profile, domain, epoch)), 32)
	if err != nil {
		panic(err)
	}
	m := hmac.New(sha256.New, subkey)
	m.Write(lengthPrefixed(typ, canonical))
	return m.Sum(nil)[:16]
}

// pseudonym is the text that the profile's output must hold: the partner's policy asks for hex.
func (o *oraclePRF) pseudonym(profile, domain, typ, canonical string) string {
	id := profile + "/" + domain + "/" + canonical
	if p, ok := o.seen[id]; ok {
		return p
	}
	sum := o.sum(o.keys[profile], "e2e", profile, profile, domain, "0", typ, canonical)
	p := base62(sum)
	if profile == "partner" {
		p = hex.EncodeToString(sum)
	}
	o.seen[id] = p
	return p
}

// base62 is 22 digits, 0-9A-Za-z, the most significant first.
func base62(sum []byte) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	n, base, d := new(big.Int).SetBytes(sum), big.NewInt(62), new(big.Int)
	out := make([]byte, 22)
	for i := len(out) - 1; i >= 0; i-- {
		n.DivMod(n, base, d)
		out[i] = digits[d.Int64()]
	}
	return string(out)
}

// testKeys are secrets for one test run: not random, so that a failure can be repeated, and worth nothing.
func testKeys() map[string][]byte {
	keys := map[string][]byte{}
	for _, r := range recipients {
		k := sha256.Sum256([]byte("e2e key of " + r))
		keys[r] = k[:]
	}
	return keys
}

// keyLine is the key file's one line.
func keyLine(key []byte) string {
	id := sha256.Sum256(key)
	return fmt.Sprintf("redactor-key-1:%s:%x\n", base64.StdEncoding.EncodeToString(key), id[:4])
}

// TestOraclePRF holds the oracle to examples that were computed elsewhere, from the root 00 01 … 1f.
func TestOraclePRF(t *testing.T) {
	root := make([]byte, 32)
	for i := range root {
		root[i] = byte(i)
	}
	for _, c := range []struct{ tenant, recipient, profile, domain, epoch, typ, canonical, want string }{
		{"acme", "internal", "analytics", "device", "2026Q3", "imei", "353417803685978", "0532c887f624607135b58f4775a84ad4"},
		{"acme", "univ-a", "academic", "device", "proj-17", "imei", "353417803685978", "bc3b8e3d2b2f1d5e34303b638250cd2e"},
		{"acme", "internal", "analytics", "ap", "2026Q3", "mac", "00005e005301", "c06d2f991031666d56c880ebb804c144"},
	} {
		var o oraclePRF
		got := hex.EncodeToString(o.sum(root, c.tenant, c.recipient, c.profile, c.domain, c.epoch, c.typ, c.canonical))
		if got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.canonical, c.domain, got, c.want)
		}
	}
	if got := base62([]byte{15: 61}); got != "000000000000000000000z" {
		t.Errorf("61 is %s", got)
	}
}
