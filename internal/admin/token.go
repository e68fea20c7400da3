package admin

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

const (
	minToken = 16   // bytes; 16 random hex digits are 64 bits, and there is no offline attack on them
	maxToken = 4096 // bytes; a token file is a line
)

// Token is the secret of the admin address. It holds a hash only, so that it
// can neither be printed nor compared in a time that tells its length.
type Token struct {
	sum [sha256.Size]byte
	set bool
}

// LoadToken reads a token from the first and only line of a file, which
// others may not read. Errors never hold the file's content.
func LoadToken(path string) (Token, error) {
	f, err := os.Open(path)
	if err != nil {
		return Token{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Token{}, err
	}
	if mode := info.Mode().Perm(); mode&0o027 != 0 {
		return Token{}, fmt.Errorf("%s: mode %#o lets others read or the group write it; chmod 600 it", path, mode)
	}
	line, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil {
		return Token{}, err
	}
	line = bytes.TrimRight(line, "\r\n")
	switch {
	case len(line) > maxToken || bytes.ContainsAny(line, "\r\n \t"):
		return Token{}, fmt.Errorf("%s: a token is one line without spaces", path)
	case len(line) < minToken:
		return Token{}, fmt.Errorf("%s: a token has at least %d characters", path, minToken)
	}
	return Token{sum: sha256.Sum256(line), set: true}, nil
}

// IsZero reports whether there is no token.
func (t Token) IsZero() bool { return !t.set }
