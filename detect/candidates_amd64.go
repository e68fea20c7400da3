package detect

import (
	"math/bits"

	"golang.org/x/sys/cpu"
)

var useVBMI = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VBMI && cpu.X86.HasAVX512GFNI && cpu.X86.HasBMI2

// lanes is how many windows are looked at side by side, and laneGroups how many
// times that is done in one call.
const (
	lanes      = 8
	laneGroups = windows / lanes
)

// A block is the candidates of eight windows, by family, the rare bytes, and all
// digits.
type block [blockRows][lanes]uint64

const (
	blockRare   = numFamilies
	blockDigits = numFamilies + 1
	blockRows   = numFamilies + 2
)

//lint:ignore U1000 the assembly goes from block to block by it
const blockSize = int(blockRows) * lanes * 8

// candidateBlocks is a Scanner's scratch for scanVector.
type candidateBlocks [laneGroups]block

// scanVector is scanPortable with vectors: false where there are none.
func (s *Scanner) scanVector(text []byte) bool {
	if !useVBMI || s.portable {
		return false
	}
	if s.blocks == nil {
		s.blocks = new(candidateBlocks)
	}
	for o := 0; o < len(text); {
		t := text[o:]
		n := min(windowsOf(len(t)), windows)
		final := windows
		if len(t)-(n-1)*windowStep <= 64 {
			final = n - 1
		}
		for hits := candidatesVBMI(s.table, &s.enabled, &t[0], len(t), n, final, s.blocks); hits != 0; hits &= hits - 1 {
			i := bits.TrailingZeros64(hits)
			s.judge(&s.blocks[i/lanes], i%lanes, o+i*windowStep)
		}
		if final < windows {
			break
		}
		o += n * windowStep
	}
	return true
}

// judge hands the candidates of the window at text[o:] to the verifiers.
func (s *Scanner) judge(b *block, lane, o int) {
	var signs uint64
	if r := b[blockRare][lane]; r != 0 {
		signs = s.rare(r, o)
	}
	if a := b[familyNumber][lane]; a != 0 {
		s.numbers(a, b[blockDigits][lane], o)
	}
	s.verify(familyHex, b[familyHex][lane], o, (*Scanner).findHex)
	s.verify(familyDashed, b[familyDashed][lane], o, (*Scanner).findDashed)
	s.verify(familyOctets, b[familyOctets][lane], o, (*Scanner).findOctets)
	s.verify(familyCisco, b[familyCisco][lane], o, (*Scanner).findCisco)
	s.verify(familyColon, b[familyColon][lane], o, (*Scanner).findIPv6)
	s.verify(familyQuad, b[familyQuad][lane], o, (*Scanner).findIPv4)
	s.verify(familyDegrees, b[familyDegrees][lane], o, (*Scanner).findCoordinates)
	if s.hasExtra {
		s.verify(familyToken, b[familyToken][lane], o, (*Scanner).findToken)
		s.verify(familyArmor, b[familyArmor][lane], o, (*Scanner).findArmor)
		if signs = signs&s.enabled[familyLabel] | b[familyLabel][lane]; signs != 0 {
			s.labels(signs, o)
		}
	}
}

// candidatesVBMI fills out with the candidates of the first n windows of the
// size bytes at t, and returns which windows have any. In the window final every
// byte may be the first of a candidate, in the others those before windowStep.
// Bytes behind the end of the text are of no class and are not read.
//
//go:noescape
func candidatesVBMI(tab *classTable, enabled *[numFamilies]uint64, t *byte, size, n, final int, out *candidateBlocks) (hits uint64)
