package rules

import (
	"io"
	"os"
)

// readAtMost reads r to its end or to max bytes.
func readAtMost(r io.Reader, buf []byte, max int64) ([]byte, error) {
	rest, err := io.ReadAll(io.LimitReader(r, max))
	return append(buf, rest...), err
}

// reason says why a file cannot be read, without its path, which the place
// shows already.
func reason(err error) string {
	switch {
	case os.IsNotExist(err):
		return "no such file"
	case os.IsPermission(err):
		return "permission denied"
	}
	if pe, ok := err.(*os.PathError); ok {
		return pe.Err.Error()
	}
	return err.Error()
}
