//go:build !amd64

package detect

// classify fills w with the windows of t, up to the whole of w, and returns how many.
func (s *Scanner) classify(w *[windows]window, t []byte) int {
	return classifyPortable(s.table, w, t)
}
