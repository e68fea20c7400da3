//go:build !amd64

package pseudonym

const useSHA = false

func hmacPair(*padStates, *padStates, *[64]byte, *[64]byte, *[2][16]byte) {
	panic("pseudonym: internal error: no SHA extensions on this architecture")
}
