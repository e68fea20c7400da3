package pseudonym

import (
	"crypto/fips140"

	"golang.org/x/sys/cpu"
)

// useSHA says that short messages go through hmacPair. In FIPS mode the
// validated module does all of it. It is a variable only so that tests can
// compare the two ways.
var useSHA = cpu.X86.HasAVX && cpu.X86.HasSSSE3 && cpu.X86.HasSSE41 && sevenB()>>29&1 != 0 && !fips140.Enabled()

// hmacPair computes the first halves of two HMACs of one padded block each.
//
//go:noescape
func hmacPair(a, b *padStates, ma, mb *[64]byte, out *[2][16]byte)

// sevenB returns EBX of CPUID's leaf 7: bit 29 is the SHA extensions, which
// x/sys/cpu does not tell.
func sevenB() uint32
