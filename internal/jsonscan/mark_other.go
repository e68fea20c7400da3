//go:build purego || !amd64

package jsonscan

// Vector reports that Marks can be used.
const Vector = false

func mark(*byte, int, uint32, *Marks) {
	panic("jsonscan: internal error: no vectors on this architecture")
}
