//go:build !purego

package jsonscan

import "golang.org/x/sys/cpu"

// Vector reports that the processor can do what Marks needs: AVX-512 with
// bytes (BW), permutations of bytes (VBMI), compression and double shifts
// (VBMI2) and carry-less multiplication of vectors, as Intel has since Ice
// Lake and AMD since Zen 4.
var Vector = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL &&
	cpu.X86.HasAVX512VBMI && cpu.X86.HasAVX512VBMI2 && cpu.X86.HasAVX512VPCLMULQDQ &&
	cpu.X86.HasBMI1 && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT

// mark reads the n bytes at src, which stand at position base of the text. It
// reads none beside them.
//
// The grammar is two rules. Of all that is outside strings and no white space,
// F is the characters after which a value or name must come, {[,: and the
// beginning of the text; all else ends a value. So
//
//   - strings, numbers, words and open brackets begin behind an F;
//   - commas, colons and closing brackets do not stand behind an F, but for the
//     closing bracket of an empty container.
//
//go:noescape
func mark(src *byte, n int, base uint32, m *Marks)
