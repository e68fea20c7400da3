// Package seal encrypts records that could not be judged, so that only the
// holder of an identity file can read them: the proxy has the public key alone.
//
// What it writes are age files (age-encryption.org/v1), one for each record:
// "age -d -i identity" opens them without any part of this program. A Sealer
// holds the recipients; a Batch is one file key wrapped for all of them, and
// seals the records of one batch under it.
//
// The wrapping is two scalar multiplications a recipient, about a tenth of a
// millisecond; a record then costs a key derivation and ChaCha20-Poly1305. age
// itself makes a file key for each file. Here the records of one batch share
// it, and with it the header; each has 16 random bytes of its own from which the
// key of its payload is derived, so no two payloads share a key. What is shared
// is only who can open them, and that is the same for all of a batch anyway.
// Bytes can be moved between the files of a batch unnoticed: a payload names
// the record that it is of, and readers compare.
//
// There is no key management here and no way to open anything without an
// identity.
package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// The age format: a header, a nonce of 16 bytes, then chunks of 64 KiB, each
// with a tag of 16 bytes. The nonce of a chunk is its number in 11 bytes and a
// byte that is 1 for the last.
const (
	nonceSize    = 16
	chunkSize    = 64 << 10
	payloadLabel = "payload"
	lastChunk    = 1
)

// A Recipient is a public key, age1….
type Recipient struct {
	age  age.Recipient
	text string
}

// String returns the key as it was written: it is public.
func (r Recipient) String() string { return r.text }

// ParseRecipient reads an X25519 (age1…) or post-quantum (age1pq1…) public key.
// Its errors do not quote the text: who pastes the wrong half pastes a secret.
func ParseRecipient(s string) (Recipient, error) {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(strings.ToUpper(s), "AGE-SECRET-KEY-"):
		return Recipient{}, errors.New("this is a secret key; the public one begins with age1, and the secret one belongs to who may open the quarantine")
	case strings.HasPrefix(s, "age1pq1"):
		r, err := age.ParseHybridRecipient(s)
		if err != nil {
			return Recipient{}, errors.New("a damaged age1pq1… public key")
		}
		return Recipient{r, s}, nil
	}
	r, err := age.ParseX25519Recipient(s)
	if err != nil {
		return Recipient{}, errors.New("a recipient is an age public key, age1…")
	}
	return Recipient{r, s}, nil
}

// A Sealer seals for a fixed set of recipients. It is immutable.
type Sealer struct{ recipients []age.Recipient }

// New makes a Sealer. Keys of both kinds cannot be mixed: the weaker would open
// everything.
func New(recipients ...Recipient) (*Sealer, error) {
	if len(recipients) == 0 {
		return nil, errors.New("no recipients")
	}
	s := &Sealer{}
	for _, r := range recipients {
		s.recipients = append(s.recipients, r.age)
	}
	if _, err := s.Batch(); err != nil {
		return nil, errors.New("X25519 keys (age1…) and post-quantum keys (age1pq1…) cannot be mixed")
	}
	return s, nil
}

// A Batch seals records under one file key. It belongs to one goroutine.
type Batch struct {
	header  []byte
	fileKey []byte
}

// listener is a recipient that notes the file key on its way to another.
type listener struct {
	age.Recipient
	key *[]byte
}

func (l listener) WrapWithLabels(fileKey []byte) (s []*age.Stanza, labels []string, err error) {
	*l.key = bytes.Clone(fileKey)
	if r, ok := l.Recipient.(age.RecipientWithLabels); ok {
		return r.WrapWithLabels(fileKey)
	}
	s, err = l.Recipient.Wrap(fileKey)
	return s, nil, err
}

// Batch makes a file key and wraps it for every recipient.
func (s *Sealer) Batch() (*Batch, error) {
	b := &Batch{}
	recipients := append([]age.Recipient(nil), s.recipients...)
	recipients[0] = listener{recipients[0], &b.fileKey}
	var file bytes.Buffer
	if _, err := age.Encrypt(&file, recipients...); err != nil {
		return nil, err
	}
	b.header = file.Bytes()[:file.Len()-nonceSize] // Encrypt has written header and nonce, and no payload yet
	return b, nil
}

// Size returns the size of n bytes once they are sealed.
func (b *Batch) Size(n int) int {
	chunks := max((n+chunkSize-1)/chunkSize, 1)
	return len(b.header) + nonceSize + n + chunks*chacha20poly1305.Overhead
}

// Append appends plain as an age file to dst.
func (b *Batch) Append(dst, plain []byte) []byte {
	dst = append(dst, b.header...)
	at := len(dst)
	dst = append(dst, make([]byte, nonceSize)...)
	rand.Read(dst[at:])
	key := payloadKey(b.fileKey, dst[at:])
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic("seal: internal error: size of a key")
	}
	var nonce [chacha20poly1305.NonceSize]byte
	for n := uint64(0); ; n++ {
		for i, v := len(nonce)-2, n; v > 0; i, v = i-1, v>>8 {
			nonce[i] = byte(v)
		}
		if len(plain) <= chunkSize {
			nonce[len(nonce)-1] = lastChunk
			return aead.Seal(dst, nonce[:], plain, nil)
		}
		dst = aead.Seal(dst, nonce[:], plain[:chunkSize], nil)
		plain = plain[chunkSize:]
	}
}

// payloadKey is HKDF-SHA-256 (RFC 5869) of the file key with the nonce as salt
// and "payload" as info. crypto/hkdf takes sixteen allocations for it, and in a
// storm of poison every record has a key of its own.
func payloadKey(fileKey, nonce []byte) [sha256.Size]byte {
	var info [len(payloadLabel) + 1]byte
	copy(info[:], payloadLabel)
	info[len(payloadLabel)] = 1 // the first block of the output, which is all of it
	prk := mac(nonce, fileKey)
	return mac(prk[:], info[:])
}

// mac is HMAC-SHA-256 (RFC 2104) of a message of at most 32 bytes under a key
// of at most one block.
func mac(key, message []byte) [sha256.Size]byte {
	var in [sha256.BlockSize + 32]byte
	var out [sha256.BlockSize + sha256.Size]byte
	copy(in[:], key)
	copy(out[:], key)
	for i := range sha256.BlockSize {
		in[i] ^= 0x36
		out[i] ^= 0x5c
	}
	n := copy(in[sha256.BlockSize:], message)
	inner := sha256.Sum256(in[:sha256.BlockSize+n])
	copy(out[sha256.BlockSize:], inner[:])
	return sha256.Sum256(out[:])
}

// Identities can open what was sealed for them. They cannot be printed.
type Identities struct{ open func([]byte) ([]byte, error) }

// ErrNotForUs says that none of the identities is one that it was sealed for.
var ErrNotForUs = errors.New("it is sealed for another identity")

// ErrDamaged says that it is no age file, or not the one that was written.
var ErrDamaged = errors.New("it is damaged: no age file, or not as it was written")

// LoadIdentities reads an identity file, as age-keygen and redactor quarantine
// keygen write it. Others may not read it. Errors never hold its content.
func LoadIdentities(path string) (*Identities, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o027 != 0 {
		return nil, fmt.Errorf("%s: mode %#o lets others read or the group write it; chmod 600 it", path, mode)
	}
	ids, err := age.ParseIdentities(io.LimitReader(f, 1<<20))
	if err != nil || len(ids) == 0 {
		return nil, fmt.Errorf("%s holds no age identity: a line that begins with AGE-SECRET-KEY-", path)
	}
	return &Identities{func(sealed []byte) ([]byte, error) {
		r, err := age.Decrypt(bytes.NewReader(sealed), ids...)
		if no := new(age.NoIdentityMatchError); errors.As(err, &no) {
			return nil, ErrNotForUs
		}
		if err != nil {
			return nil, ErrDamaged
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			return nil, ErrDamaged
		}
		return plain, nil
	}}, nil
}

// Open returns what was sealed.
func (ids *Identities) Open(sealed []byte) ([]byte, error) { return ids.open(sealed) }

// NewIdentity makes a key pair: the lines of an identity file, and the public
// key to seal for.
func NewIdentity() (file string, public Recipient, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", Recipient{}, err
	}
	r := Recipient{id.Recipient(), id.Recipient().String()}
	return "# public key: " + r.text + "\n" + id.String() + "\n", r, nil
}
