//go:build !amd64

package detect

// candidateBlocks is scratch that only vectors need.
type candidateBlocks struct{}

// scanVector reports false: there are no vectors for this machine.
func (s *Scanner) scanVector([]byte) bool { return false }
