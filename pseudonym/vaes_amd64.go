package pseudonym

import "golang.org/x/sys/cpu"

// useVAES is a variable only so that tests can compare the two paths.
var useVAES = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VAES && cpu.X86.HasBMI2

// bitsVAES encrypts n blocks of AES-128, a multiple of 16 and at most 64, and
// returns a bit of each, that of block i as bit i. In each of a block's two
// 64-bit lanes the bit that shift moves to the sign is looked at; lanes, for
// sixteen blocks, picks the lane.
//
//go:noescape
func bitsVAES(xk *[176]byte, src *byte, n, shift int, lanes uint64) uint64

// bits4VAES is bitsVAES for the 32 blocks that in and shifts describe.
//
//go:noescape
func bits4VAES(xk *[176]byte, in *v4Blocks, shifts *blockShifts, shift int, lanes uint64) uint32

// pfxVAES encrypts the 32 blocks of a mapped address under both keys and returns
// the sum of the two last bits of each, that of block i as bit i.
//
//go:noescape
func pfxVAES(k1, k2 *[176]byte, mapped uint64, shifts *blockShifts) uint32
