package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// pair makes an identity file and a Sealer for it.
func pair(t testing.TB) (string, Recipient) {
	t.Helper()
	file, public, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, public
}

func batch(t testing.TB, rs ...Recipient) *Batch {
	t.Helper()
	s, err := New(rs...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Batch()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What Append writes is what age reads: age's own Decrypt is the oracle, at
// every size around the chunks.
func TestSealIsAge(t *testing.T) {
	path, public := pair(t)
	other, second := pair(t)
	b := batch(t, public, second)
	for _, n := range []int{0, 1, 100, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 300*chunkSize + 7} {
		plain := bytes.Repeat([]byte{byte(n), 7, 1}, n/3+1)[:n]
		sealed := b.Append([]byte("before"), plain)[len("before"):]
		if len(sealed) != b.Size(n) {
			t.Errorf("%d bytes became %d, Size says %d", n, len(sealed), b.Size(n))
		}
		for _, file := range []string{path, other} {
			ids, err := LoadIdentities(file)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := ids.Open(sealed); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes came back as %d: %v", n, len(got), err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := age.ParseIdentities(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r, err := age.Decrypt(bytes.NewReader(sealed), ids...)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("age reads %d bytes as %d: %v", n, len(got), err)
		}
	}
}

// The key of a payload is HKDF's, whatever the bytes.
func TestPayloadKey(t *testing.T) {
	for i := range 100 {
		fileKey, nonce := make([]byte, 16), make([]byte, nonceSize)
		rand.Read(fileKey)
		rand.Read(nonce)
		want, err := hkdf.Key(sha256.New, fileKey, nonce, "payload", 32)
		if err != nil {
			t.Fatal(err)
		}
		if got := payloadKey(fileKey, nonce); !bytes.Equal(got[:], want) {
			t.Fatalf("%d: %x, want %x", i, got, want)
		}
	}
}

// Two records of a batch have different keys: equal records do not look equal.
func TestEqualRecordsLookDifferent(t *testing.T) {
	_, public := pair(t)
	b := batch(t, public)
	plain := bytes.Repeat([]byte("x"), 64)
	one, two := b.Append(nil, plain)[len(b.header):], b.Append(nil, plain)[len(b.header):]
	if bytes.Equal(one[:nonceSize], two[:nonceSize]) || bytes.Equal(one[nonceSize:], two[nonceSize:]) {
		t.Error("two records were sealed with one key")
	}
	c := batch(t, public)
	if bytes.Equal(b.fileKey, c.fileKey) {
		t.Error("two batches have one file key")
	}
}

func TestOpenRefuses(t *testing.T) {
	path, public := pair(t)
	stranger, _ := pair(t)
	b := batch(t, public)
	sealed := b.Append(nil, []byte("358142035282084"))
	ours, err := LoadIdentities(path)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := LoadIdentities(stranger)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Open(sealed); !errors.Is(err, ErrNotForUs) {
		t.Errorf("a stranger: %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if got, err := ours.Open(bad); err == nil {
			t.Errorf("byte %d was altered, and it opens: %q", i, got)
		} else if strings.Contains(err.Error(), "358142035282084") {
			t.Errorf("the error holds the value: %v", err)
		}
	}
	for _, bad := range [][]byte{nil, []byte("{}"), sealed[:len(sealed)-1], sealed[:20]} {
		if _, err := ours.Open(bad); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

func TestParseRecipient(t *testing.T) {
	file, public, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ParseRecipient(" " + public.String() + "\n"); err != nil || r.String() != public.String() {
		t.Errorf("%v, %v", r, err)
	}
	secret := strings.Fields(file)[4]
	for _, s := range []string{secret, "", "age1", public.String() + "x", "age1pq1zz", "ssh-ed25519 AAAA"} {
		_, err := ParseRecipient(s)
		if err == nil {
			t.Errorf("%q is taken", s)
		} else if len(s) > 10 && strings.Contains(err.Error(), s) {
			t.Errorf("the error quotes what was pasted: %v", err)
		}
	}
}

func TestMixedKeys(t *testing.T) {
	_, public := pair(t)
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	pq, err := ParseRecipient(id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(public, pq); err == nil {
		t.Error("X25519 and post-quantum keys are mixed")
	}
	sealed := batch(t, pq).Append(nil, []byte("plain"))
	path := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(path, []byte(id.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ids, err := LoadIdentities(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ids.Open(sealed); err != nil || string(got) != "plain" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestLoadIdentitiesRefuses(t *testing.T) {
	path, _ := pair(t)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadIdentities(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("an identity that all may read: %v", err)
	}
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(bad, []byte("AGE-SECRET-KEY-1NOTONE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadIdentities(bad); err == nil || strings.Contains(err.Error(), "NOTONE") {
		t.Errorf("a damaged identity: %v", err)
	}
}

func TestIdentitiesCannotBePrinted(t *testing.T) {
	path, _ := pair(t)
	ids, err := LoadIdentities(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, ids); strings.Contains(s, "AGE-SECRET") || strings.Contains(s, "secretKey") {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}

// A record of a batch is cheap; what costs is the wrapping, once a batch.
func BenchmarkSeal(b *testing.B) {
	_, public := pair(b)
	s, err := New(public)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("batch", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Batch(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("record=500", func(b *testing.B) {
		one, plain, dst := batch(b, public), make([]byte, 500), []byte(nil)
		b.SetBytes(int64(len(plain)))
		b.ReportAllocs()
		for b.Loop() {
			dst = one.Append(dst[:0], plain)
		}
	})
}
