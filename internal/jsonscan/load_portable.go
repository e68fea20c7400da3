//go:build purego || !(amd64 || arm64 || loong64 || ppc64le || riscv64)

package jsonscan

import "encoding/binary"

// Load64 returns the eight bytes at src[i] as a little-endian word. The caller
// has made sure that 0 <= i and i+8 <= len(src).
func Load64(src []byte, i int) uint64 {
	return binary.LittleEndian.Uint64(src[i : i+8])
}

// Load8 returns src[i].
func Load8(src []byte, i int) byte { return src[i] }

// Store64 stores a word as eight little-endian bytes at dst[i]. The caller has
// made sure that 0 <= i and i+8 <= len(dst).
func Store64(dst []byte, i int, x uint64) {
	binary.LittleEndian.PutUint64(dst[i:i+8], x)
}
