//go:build !amd64

package pseudonym

const useVAES = false

func bitsVAES(*[176]byte, *byte, int, int, uint64) uint64 {
	panic("pseudonym: internal error: no VAES on this architecture")
}

func bits4VAES(*[176]byte, *v4Blocks, *blockShifts, int, uint64) uint32 {
	panic("pseudonym: internal error: no VAES on this architecture")
}

func pfxVAES(*[176]byte, *[176]byte, uint64, *blockShifts) uint32 {
	panic("pseudonym: internal error: no VAES on this architecture")
}
