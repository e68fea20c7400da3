// Package jsonscan knows JSON text (RFC 8259) byte by byte: where a string, a
// number or a literal ends, what an escape stands for. It holds no state and
// decides nothing about documents; the engine above it does.
//
// Functions take the whole source and an index and return the index after
// what they read, or -1 when it is not there. None reads a byte beyond
// len(src).
package jsonscan
