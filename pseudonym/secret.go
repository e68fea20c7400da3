package pseudonym

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// SecretSize is the length of a secret in bytes.
const SecretSize = 32

// A Secret is the root key of one profile in one epoch. Secrets are
// independent random bytes, never derived from one another: destroying one
// makes the pseudonyms below it random labels, and says nothing about others.
//
// A Secret prints as [secret] in every way.
type Secret struct {
	unprintable
	m sealed[material]
}

type material struct {
	b    [SecretSize]byte
	test bool
}

// testMark is the key, public on purpose, that ties the last bytes of a test
// secret to its first. It makes every test secret recognizable whatever its
// name was, so that a file that holds one is refused; a random secret looks
// like a test secret once in 2^64.
const testMark = "redactor test secret: everybody knows it"

// testTagSize is how many of a test secret's bytes are its mark.
const testTagSize = 8

// TestSecret returns the test secret of a key's name. It is the same on every
// machine and protects nothing: it makes examples and the tests inside policies
// reproducible. Its IsTest is true, and a key file that holds it is refused.
func TestSecret(name string) *Secret {
	m := &material{test: true}
	sum := sha256.Sum256([]byte(testMark + "\x00" + name))
	copy(m.b[:], sum[:])
	copy(m.b[SecretSize-testTagSize:], testTag(&m.b))
	return &Secret{m: seal(m)}
}

func testTag(b *[SecretSize]byte) []byte {
	h := hmac.New(sha256.New, []byte(testMark))
	h.Write(b[:SecretSize-testTagSize])
	return h.Sum(nil)[:testTagSize]
}

func isTestBytes(b *[SecretSize]byte) bool {
	return subtle.ConstantTimeCompare(testTag(b), b[SecretSize-testTagSize:]) == 1
}

// IsTest reports whether the secret is public because it comes from TestSecret.
func (s *Secret) IsTest() bool { return s.m().test }

// ID returns the key id: the first 8 hex digits of the SHA-256 of the secret,
// which also end its line in a key file. It may be shown: of 32 random bytes it
// tells 32 bits of a hash.
func (s *Secret) ID() string { return keyID(&s.m().b) }

// Digest returns the SHA-256 of the secret in hex, for the certificate of its
// destruction: who finds the bytes later can tell that they are the ones. It may
// be shown, as ID may.
func (s *Secret) Digest() string {
	sum := sha256.Sum256(s.m().b[:])
	return hex.EncodeToString(sum[:])
}

func keyID(b *[SecretSize]byte) string {
	sum := sha256.Sum256(b[:])
	return hex.EncodeToString(sum[:4])
}

// Equal reports whether two secrets are the same bytes, in constant time.
func (s *Secret) Equal(t *Secret) bool {
	return subtle.ConstantTimeCompare(s.m().b[:], t.m().b[:]) == 1
}
