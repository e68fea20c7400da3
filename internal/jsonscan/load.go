//go:build !purego && (amd64 || arm64 || loong64 || ppc64le || riscv64)

package jsonscan

import "unsafe"

// Load64 returns the eight bytes at src[i] as a little-endian word. The caller
// has made sure that 0 <= i and i+8 <= len(src): the check is where it costs
// least, once for several loads.
func Load64(src []byte, i int) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(src)), i))
}

// Load8 returns src[i]. The caller has made sure that it is there.
func Load8(src []byte, i int) byte {
	return *(*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(src)), i))
}

// Store64 stores a word as eight little-endian bytes at dst[i]. The caller has
// made sure that 0 <= i and i+8 <= len(dst).
func Store64(dst []byte, i int, x uint64) {
	*(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(dst)), i)) = x
}
