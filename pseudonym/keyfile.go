package pseudonym

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// A key file is one line:
//
//	redactor-key-1:<base64 of 32 random bytes>:<first 8 hex digits of their SHA-256>
//
// The name says what the file is when somebody finds it, the version leaves
// room, and the checksum finds the file that was cut or edited before its
// pseudonyms join with nothing.
const (
	keyPrefix  = "redactor-key-1:"
	keyB64Size = 44
	keyIDSize  = 8
	keySize    = len(keyPrefix) + keyB64Size + 1 + keyIDSize

	// maxKeyFile bounds what is read of a path that is no key file.
	maxKeyFile = 4096
)

// strict refuses the second spellings of the last digit, which would let two
// files that differ hold one key.
var strict = base64.StdEncoding.Strict()

// KeyProblem says what is wrong with a key.
type KeyProblem uint8

const (
	KeyUnreadable KeyProblem = iota + 1 // the file cannot be opened or read
	KeyNotFile                          // the path is a directory, a pipe or a device
	KeyExposed                          // others may read it, or others or the group may write it
	KeyEmpty                            // no bytes
	KeyFormat                           // not a key line
	KeyLength                           // a key line whose secret is not 32 bytes
	KeyChecksum                         // the checksum is not that of the secret
	KeyWeak                             // the secret is no random bytes: constant, repeated, counting, text
	KeyTest                             // the secret is a test secret
	KeyName                             // the file is not named as the key of an epoch
	KeyNoEpochs                         // the directory has no epoch
	KeyRepeated                         // two epochs hold the same bytes
	KeyReturned                         // the key of an epoch that was destroyed is there
	KeyUnwritable                       // the file cannot be overwritten or removed
	KeyInline                           // the path is a key
)

// keyProblems has for each problem what it is and what to do.
var keyProblems = [...][2]string{
	KeyUnreadable: {"cannot be read", "make it readable for the user that runs redactor"},
	KeyNotFile:    {"is not a regular file", "name the file itself"},
	KeyExposed:    {"is open to other users", "chmod 0400, or 0440 to share it with its group"},
	KeyEmpty:      {"is empty", `write one with "redactor keygen"`},
	KeyFormat:     {"is not one line of the form redactor-key-1:<base64>:<checksum>", `write one with "redactor keygen"`},
	KeyLength:     {"does not hold 32 bytes", `write one with "redactor keygen"`},
	KeyChecksum:   {"does not match its checksum", "restore it from its copy: it was cut or edited"},
	KeyWeak:       {"does not hold random bytes", `write one with "redactor keygen"`},
	KeyTest:       {"holds a test key, which everybody can compute", `write one with "redactor keygen"`},
	KeyName:       {"is not named by the day on which its epoch begins, such as 2026-11-21.key", `move it elsewhere; "redactor keys rotate" makes the keys of epochs`},
	KeyNoEpochs:   {"holds the key of no epoch", `make one with "redactor keys rotate"`},
	KeyRepeated:   {"holds the same bytes as another epoch, so that the two can be joined", `make the keys of epochs with "redactor keys rotate"`},
	KeyReturned:   {"stands beside the mark of its destruction", `destroy it with "redactor keys destroy", and find out who brought it back`},
	KeyUnwritable: {"cannot be overwritten and removed", "run it as the user that owns the key"},
	KeyInline:     {"stands in the place of its file's name", `write a new one with "redactor keygen", since this one has been shown, and name its file`},
}

// A KeyError says why a key was refused. It never holds any of the key.
type KeyError struct {
	Path    string // the file; "" when the key did not come from one
	Problem KeyProblem
	Err     error // why the file is unreadable, or nil
}

func (e *KeyError) Error() string {
	p := keyProblems[e.Problem]
	s := "key "
	if e.Path != "" {
		s += "file " + e.Path + " "
	}
	s += p[0]
	if e.Err != nil {
		s += " (" + e.Err.Error() + ")"
	}
	return s + ": " + p[1]
}

// Unwrap returns what the system said about a file that cannot be read.
func (e *KeyError) Unwrap() error { return e.Err }

// Fix returns what to do about it.
func (e *KeyError) Fix() string { return keyProblems[e.Problem][1] }

// ParseKey reads a key line, with or without its newline. The error is a
// *KeyError without a path.
func ParseKey(line []byte) (*Secret, error) {
	m := new(material)
	if p := parseKey(&m.b, line); p != 0 {
		clear(m.b[:])
		return nil, &KeyError{Problem: p}
	}
	return &Secret{m: seal(m)}, nil
}

func parseKey(dst *[SecretSize]byte, line []byte) KeyProblem {
	line = bytes.TrimSuffix(line, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return KeyEmpty
	}
	rest, ok := bytes.CutPrefix(line, []byte(keyPrefix))
	if !ok {
		return KeyFormat
	}
	b64, sum, ok := bytes.Cut(rest, []byte(":"))
	if !ok || len(sum) != keyIDSize {
		return KeyFormat
	}
	if bytes.ContainsAny(b64, "\r\n") { // which the decoder would skip
		return KeyFormat
	}
	buf := make([]byte, strict.DecodedLen(len(b64)))
	defer clear(buf)
	n, err := strict.Decode(buf, b64)
	if err != nil {
		return KeyFormat
	}
	if n != SecretSize {
		return KeyLength
	}
	copy(dst[:], buf)
	switch {
	case subtle.ConstantTimeCompare([]byte(keyID(dst)), sum) != 1:
		return KeyChecksum
	case isTestBytes(dst):
		return KeyTest
	case weak(dst):
		return KeyWeak
	}
	return 0
}

// weak reports whether the bytes were plainly not drawn at random: a constant,
// a short block repeated, a count up or down, or a passphrase. 32 random
// bytes have about 30 different values and as many different steps from one to
// the next; they fall below the limit, or are all printable, with a
// probability under 2^-45.
func weak(b *[SecretSize]byte) bool {
	const (
		few    = 16 // different values, or steps between neighbors
		period = SecretSize / 2
	)
	var value, step [256]bool
	values, steps, texts := 0, 0, 0
	repeats := true
	for i, c := range b {
		if !value[c] {
			value[c] = true
			values++
		}
		if c >= ' ' && c <= '~' {
			texts++
		}
		if i >= period && c != b[i-period] {
			repeats = false
		}
		if i > 0 && !step[c-b[i-1]] {
			step[c-b[i-1]] = true
			steps++
		}
	}
	return values < few || steps < few || repeats || texts == SecretSize
}

// exposed are the permission bits that a key file must not have. The group may
// read it: that is how Kubernetes and systemd hand secrets to a process that
// does not run as root.
const exposed fs.FileMode = 0o026

// HoldsKey reports whether a text has a key line in it. Where a file or the name
// of a key is asked for, such a text must not be quoted back.
func HoldsKey(text string) bool { return strings.Contains(text, keyPrefix) }

// LoadKeyFile reads a key file. A symbolic link is followed, since Kubernetes
// mounts secrets through two of them; what counts is the mode of the file that
// was opened, not of a path that may change in between. The error is a
// *KeyError.
func LoadKeyFile(path string) (*Secret, error) {
	fail := func(p KeyProblem, err error) (*Secret, error) {
		return nil, &KeyError{path, p, cause(err)}
	}
	if HoldsKey(path) {
		return nil, &KeyError{Problem: KeyInline}
	}
	// Without O_NONBLOCK the open of a pipe waits for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fail(KeyUnreadable, err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fail(KeyUnreadable, err)
	}
	if !st.Mode().IsRegular() {
		return fail(KeyNotFile, nil)
	}
	if st.Mode().Perm()&exposed != 0 {
		return fail(KeyExposed, nil)
	}
	buf := make([]byte, maxKeyFile)
	defer clear(buf)
	n, err := io.ReadFull(f, buf)
	if err == nil {
		return fail(KeyFormat, nil) // a key line is far shorter
	}
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return fail(KeyUnreadable, err)
	}
	s, err := ParseKey(buf[:n])
	if ke, ok := errors.AsType[*KeyError](err); ok {
		ke.Path = path
		return nil, ke
	}
	return s, nil
}

// cause strips the operation and path from a system error: the path is said
// once.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// NewKeyLine returns the line of a fresh key, without a newline. What it
// returns is the key: it goes to a file and nowhere else.
func NewKeyLine() (string, error) {
	var b [SecretSize]byte
	defer clear(b[:])
	if _, err := rand.Read(b[:]); err != nil {
		return "", errors.New("the system gives no random bytes")
	}
	return keyLine(&b), nil
}

func keyLine(b *[SecretSize]byte) string {
	line := make([]byte, 0, keySize)
	line = append(line, keyPrefix...)
	line = strict.AppendEncode(line, b[:])
	line = append(line, ':')
	line = append(line, keyID(b)...)
	return string(line)
}
