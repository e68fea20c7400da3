package pseudonym

import (
	"encoding/hex"
	"errors"
)

// The known answers of SelfTest. testdata/prf.json has these and more, and a
// test holds the two together.
const (
	katRoot    = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	katSubkey  = "09329b6970068726a404e84a5ad921eb385355da2c60a7eb69cd0d5cae779395"
	katIMEI    = "0532c887f624607135b58f4775a84ad4" // imei 353417803685978, in one block
	katLong    = "c814ee72d9f374b9e942b10e8b911957" // a text of 100 letters a, over one block
	katCMACKey = "2b7e151628aed2a6abf7158809cf4f3c"
	katCMAC    = "070a16b46b4d4144f79bdd9dd04a287c" // RFC 4493 section 4, example 2
	katCMACMsg = "6bc1bee22e409f96e93d7e117393172a"
)

// SelfTest computes known answers with the code that makes pseudonyms. A
// program runs it before it handles the first record: an error means that this
// build of the cryptography, or its compiler, is broken, and that nothing may
// be produced.
func SelfTest() error {
	var m material
	hex.Decode(m.b[:], []byte(katRoot))
	root := &Secret{m: seal(&m)}
	parts := []string{version, "acme", "internal", "analytics", "device", "2026Q3"}
	if hex.EncodeToString(root.derive(parts, SecretSize)) != katSubkey {
		return errors.New("self-test: HKDF-SHA-256 gives a wrong key")
	}
	h := NewHasher()
	k := root.Subkey("acme", "internal", "analytics", "device", "2026Q3")
	if !known(h.Sum(k, "imei", []byte("353417803685978")), katIMEI) {
		return errors.New("self-test: HMAC-SHA-256 gives a wrong pseudonym")
	}
	var long [100]byte
	for i := range long {
		long[i] = 'a'
	}
	if !known(h.Sum(k, "text", long[:]), katLong) {
		return errors.New("self-test: HMAC-SHA-256 gives a wrong pseudonym of a long value")
	}
	var key, msg [16]byte
	hex.Decode(key[:], []byte(katCMACKey))
	hex.Decode(msg[:], []byte(katCMACMsg))
	if !known(h.s().mac(newCMACKey(key[:]), msg[:]), katCMAC) {
		return errors.New("self-test: AES-CMAC gives a wrong answer")
	}
	return nil
}

func known(sum [16]byte, want string) bool { return hex.EncodeToString(sum[:]) == want }
