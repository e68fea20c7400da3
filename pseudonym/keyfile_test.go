package pseudonym

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// lineOf writes the key line of any bytes, right in form.
func lineOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "redactor-key-1:" + base64.StdEncoding.EncodeToString(b) + ":" + hex.EncodeToString(sum[:4])
}

// random is a fixed secret that looks random.
func random() []byte {
	sum := sha256.Sum256([]byte("an example of a random secret"))
	return sum[:]
}

func TestParseKey(t *testing.T) {
	good := lineOf(random())
	test := TestSecret("join-analytics").m().b
	b64 := base64.StdEncoding.EncodeToString
	sum := good[len(good)-8:]
	count := func(step byte) []byte {
		b := make([]byte, 32)
		for i := range b {
			b[i] = byte(i) * step
		}
		return b
	}
	for _, c := range []struct {
		name, line string
		want       KeyProblem
	}{
		{"as written", good, 0},
		{"newline", good + "\n", 0},
		{"newline of DOS", good + "\r\n", 0},
		{"empty", "", KeyEmpty},
		{"only a newline", "\n", KeyEmpty},
		{"two newlines", good + "\n\n", KeyFormat},
		{"two lines", good + "\n" + good, KeyFormat},
		{"space before", " " + good, KeyFormat},
		{"space after", good + " ", KeyFormat},
		{"byte order mark", "\ufeff" + good, KeyFormat},
		{"another version", strings.Replace(good, "key-1", "key-2", 1), KeyFormat},
		{"another name", strings.Replace(good, "redactor", "REDACTOR", 1), KeyFormat},
		{"no checksum", good[:len(good)-9], KeyFormat},
		{"short checksum", good[:len(good)-1], KeyFormat},
		{"long checksum", good + "0", KeyFormat},
		{"upper-case checksum", good[:len(good)-8] + strings.ToUpper(sum), KeyChecksum},
		{"wrong checksum", good[:len(good)-8] + "00000000", KeyChecksum},
		{"no padding", "redactor-key-1:" + strings.TrimRight(b64(random()), "=") + ":" + sum, KeyFormat},
		{"newline in base64", good[:20] + "\n" + good[20:], KeyFormat},
		{"URL alphabet", "redactor-key-1:" + base64.URLEncoding.EncodeToString(bytes.Repeat([]byte{0xfb, 0xff, 1}, 11)[:32]) + ":" + sum, KeyFormat},
		{"raw key", string(random()), KeyFormat},
		{"hex key", hex.EncodeToString(random()), KeyFormat},
		{"16 bytes", lineOf(random()[:16]), KeyLength},
		{"31 bytes", lineOf(random()[:31]), KeyLength},
		{"33 bytes", lineOf(append(random(), 1)), KeyLength},
		{"no bytes", lineOf(nil), KeyLength},
		{"zeros", lineOf(make([]byte, 32)), KeyWeak},
		{"all ff", lineOf(bytes.Repeat([]byte{0xff}, 32)), KeyWeak},
		{"counting", lineOf(count(1)), KeyWeak},
		{"counting in steps", lineOf(count(0x25)), KeyWeak},
		{"a block repeated", lineOf(append(random()[:16:16], random()[:16]...)), KeyWeak},
		{"few values", lineOf(bytes.Repeat([]byte{1, 200, 3, 77}, 8)), KeyWeak},
		{"a passphrase", lineOf([]byte("correct horse battery staple 42!")), KeyWeak},
		{"hex as bytes", lineOf([]byte(hex.EncodeToString(random()[:16]))), KeyWeak},
		{"a test key", lineOf(test[:]), KeyTest},
	} {
		s, err := ParseKey([]byte(c.line))
		if c.want == 0 {
			if err != nil || s.IsTest() || !bytes.Equal(s.m().b[:], random()) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var ke *KeyError
		if !errors.As(err, &ke) || ke.Problem != c.want || s != nil {
			t.Errorf("%s: %v, want %v", c.name, err, keyProblems[c.want][0])
		}
	}
}

// TestStrictBase64: the last digit of 32 bytes carries two unused bits. A
// second spelling of a key is refused.
func TestStrictBase64(t *testing.T) {
	good := lineOf(random())
	i := len(keyPrefix) + keyB64Size - 2
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	at := strings.IndexByte(alphabet, good[i])
	for d := 1; d < 4; d++ {
		other := good[:i] + alphabet[at^d:at^d+1] + good[i+1:]
		if _, err := ParseKey([]byte(other)); err == nil {
			t.Errorf("another spelling of the last digit is accepted")
		}
	}
}

func TestNewKeyLine(t *testing.T) {
	a, err := NewKeyLine()
	if err != nil {
		t.Fatal(err)
	}
	b, _ := NewKeyLine()
	s, err := ParseKey([]byte(a))
	if err != nil || a == b || len(a) != keySize {
		t.Fatalf("a fresh key is refused or not fresh: %v", err)
	}
	if !strings.HasSuffix(a, ":"+s.ID()) {
		t.Error("the line does not end with the key id")
	}
}

// FuzzParseKey: no input makes it panic, no error holds any of the input, and
// what is accepted is written back as it was.
func FuzzParseKey(f *testing.F) {
	f.Add([]byte(lineOf(random())))
	f.Add([]byte("redactor-key-1:AAAA:00000000"))
	f.Add([]byte(strings.Repeat("redactor-key-1:", 3)))
	f.Fuzz(func(t *testing.T, line []byte) {
		s, err := ParseKey(line)
		if err == nil {
			if keyLine(&s.m().b) != strings.TrimRight(string(line), "\r\n") {
				t.Fatal("a second spelling of a key is accepted")
			}
			return
		}
		var ke *KeyError
		if !errors.As(err, &ke) || ke.Error() != (&KeyError{Problem: ke.Problem}).Error() {
			t.Fatalf("the error is not one of the fixed texts: %v", err)
		}
	})
}

func TestLoadKeyFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := lineOf(random()) + "\n"

	for _, mode := range []fs.FileMode{0o400, 0o600, 0o440, 0o640, 0o700, 0o750} {
		if _, err := LoadKeyFile(write("mode", good, mode)); err != nil {
			t.Errorf("mode %o is refused: %v", mode, err)
		}
		os.Remove(filepath.Join(dir, "mode"))
	}
	for _, mode := range []fs.FileMode{0o644, 0o444, 0o660, 0o620, 0o602, 0o604, 0o666, 0o777} {
		wantProblem(t, write("mode", good, mode), KeyExposed)
		os.Remove(filepath.Join(dir, "mode"))
	}

	wantProblem(t, filepath.Join(dir, "nothing"), KeyUnreadable)
	wantProblem(t, dir, KeyNotFile)
	wantProblem(t, write("empty", "", 0o400), KeyEmpty)
	wantProblem(t, write("cut", good[:40], 0o400), KeyFormat)
	wantProblem(t, write("long", good+strings.Repeat("#", maxKeyFile), 0o400), KeyFormat)
	wantProblem(t, write("test", lineOf(TestSecret("k").m().b[:]), 0o400), KeyTest)

	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err == nil {
		wantProblem(t, fifo, KeyNotFile)
	}

	// Kubernetes: key -> ..data/key, ..data -> ..2026_11_20/
	real := filepath.Join(dir, "..2026_11_20")
	if err := os.Mkdir(real, 0o755); err != nil {
		t.Fatal(err)
	}
	write("..2026_11_20/join.key", good, 0o440)
	link := func(old, name string) {
		if err := os.Symlink(old, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..2026_11_20", "..data")
	link("..data/join.key", "join.key")
	s, err := LoadKeyFile(filepath.Join(dir, "join.key"))
	if err != nil || !bytes.Equal(s.m().b[:], random()) {
		t.Errorf("a mounted secret is refused: %v", err)
	}
	write("..2026_11_20/join.key", good, 0o444)
	wantProblem(t, filepath.Join(dir, "join.key"), KeyExposed)
}

// wantProblem also checks that the message says where, what to do, and nothing
// that was in the file.
func wantProblem(t *testing.T, path string, want KeyProblem) {
	t.Helper()
	_, err := LoadKeyFile(path)
	var ke *KeyError
	if !errors.As(err, &ke) || ke.Problem != want {
		t.Errorf("%v, want %v", err, keyProblems[want][0])
		return
	}
	msg := err.Error()
	if strings.Count(msg, path) != 1 || !strings.HasSuffix(msg, ke.Fix()) {
		t.Errorf("the message lacks place or fix, or has one twice: %s", msg)
	}
	secret := base64.StdEncoding.EncodeToString(random())
	for i := 0; i+6 <= len(secret); i++ {
		if strings.Contains(msg, secret[i:i+6]) {
			t.Errorf("the message holds some of the key: %s", msg)
		}
	}
}

func TestKeyErrorUnwraps(t *testing.T) {
	_, err := LoadKeyFile(filepath.Join(t.TempDir(), "nothing"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not say that the file is not there", err)
	}
}

// TestKeyInPlaceOfItsFile: a key pasted where its file is asked for is not
// repeated in the error.
func TestKeyInPlaceOfItsFile(t *testing.T) {
	line := lineOf(random())
	for _, path := range []string{line, filepath.Join("secrets", line)} {
		_, err := LoadKeyFile(path)
		if ke, ok := errors.AsType[*KeyError](err); !ok || ke.Problem != KeyInline {
			t.Errorf("got %v", err)
		}
		if secret := line[len("redactor-key-1:"):20]; strings.Contains(err.Error(), secret) {
			t.Error("LEAK: the error repeats the key")
		}
	}
}
