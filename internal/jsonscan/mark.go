package jsonscan

//lint:file-ignore U1000 most fields of Marks are for the assembly alone

// Chunk is how many bytes Marks reads at a time.
const Chunk = 4096

// Spare is how many positions may be carried from chunk to chunk.
const Spare = 16

// Marks finds the structural characters of a JSON text, those of {}[],: that
// are outside strings, and checks nearly all that makes the text JSON, 512
// bytes at once. It needs a processor on which Vector is true.
//
// What is left to the caller, who walks the positions:
//
//   - that braces, brackets, commas and colons are those of the containers they
//     are in, and that a name is a string;
//   - that a value begins as one does, and that a word is true, false or null;
//   - where Odd is set, that what looks like a number is one;
//   - white space.
//
// What is certain then, if Next said so every time: between two structural
// characters stands one string, number or word and white space, or white space
// alone where the two are the brackets of an empty container. Strings are
// well-formed UTF-8 with good escapes and without control characters.
//
// A text in which something is amiss is to be read again in the slow way, which
// says what it is.
type Marks struct {
	// What the 512 bytes that are read last hold: see CLASSIFY in mark_amd64.s.
	quote, backslash, structural, bit6, bit2, control vector
	white, digit, dot, minus, zero, high              vector
	tail                                              [64]byte // the partial block, filled up with spaces

	// What the 512 bytes before them held: only the last bit counts.
	wasF, wasOpen, wasScalar, wasDigit, wasDot, wasMinus, wasLetter, wasZero vector

	bad, notSimple vector // positions at which something is wrong, or a scalar is no plain number or word

	inString uint64 // 1 in a string
	inEscape uint64 // 1 behind a backslash
	wasU     uint64 // where the block before has \u
	wasHigh  uint64 // 1 when the block before holds bytes of 0x80 or more
	dotCarry uint64 // 1 in the digits behind a dot
	later    uint64 // 0 in the first 512 bytes
	scratch  uint64
	failed   uint64 // not 0 when the text is no JSON

	odd uint64 // not 0: see Odd

	// Spaces is not 0 when there is white space outside of strings so far.
	Spaces uint64

	// Backslashes is not 0 when the text has any so far. Back has a bit for each
	// byte of the chunk.
	Backslashes uint64
	Back        [Chunk / 64]uint64

	// At[Spare:Spare+N] are the positions in the chunk that was read last. The
	// caller may put into At[:Spare] what it has left of the chunk before.
	N  int
	At [Spare + Chunk + 64]uint32
}

type vector [8]uint64

// Start forgets the text before.
func (m *Marks) Start() { m.later = 0 }

// Next reads the chunk of src at from, a multiple of Chunk below len(src). It
// reports false when the text is no JSON.
func (m *Marks) Next(src []byte, from int) bool {
	n := min(len(src)-from, Chunk)
	mark(&src[from], n, uint32(from), m)
	return m.failed == 0 && (from+n < len(src) || m.inString == 0)
}

// Odd reports that the text has numbers so far that are not simple, or none at
// all: exponents are such.
func (m *Marks) Odd() bool { return m.odd != 0 }

// HasBackslash reports whether there is one in bytes [i, j) of the text, where
// from is where the chunk begins that was read last and i is not before it.
func (m *Marks) HasBackslash(i, j, from int) bool {
	i, j = i-from, j-from
	w, last := i>>6, (j-1)>>6
	if w == last {
		return m.Back[w&63]>>(i&63)<<((i-j)&63) != 0
	}
	if m.Back[w&63]>>(i&63) != 0 {
		return true
	}
	for w++; w < last; w++ {
		if m.Back[w&63] != 0 {
			return true
		}
	}
	return m.Back[last&63]<<(-j&63) != 0
}
