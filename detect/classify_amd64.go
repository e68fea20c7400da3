package detect

import "golang.org/x/sys/cpu"

var useVBMI = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI && cpu.X86.HasAVX512GFNI && cpu.X86.HasBMI2

// classify fills w with the windows of t, up to the whole of w, and returns how many.
func (s *Scanner) classify(w *[windows]window, t []byte) int {
	if !useVBMI || s.portable {
		return classifyPortable(s.table, w, t)
	}
	n := min(windowsOf(len(t)), windows)
	if n > 0 {
		classifyVBMI(&s.table.bits, &w[0], n, &t[0], len(t))
	}
	return n
}

// classifyVBMI fills n windows of the size bytes at t; bytes behind the end of
// the text are of no class and are not read.
//
//go:noescape
func classifyVBMI(bits *[256]uint8, w *window, n int, t *byte, size int)
