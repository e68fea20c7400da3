package stream

import "encoding/binary"

// headerIter walks a raw header block in its order, repeats included:
//
//	count varint, then for each: name length varint, name,
//	value length varint (-1: null), value
//
//	for h := headersOf(r.Headers); h.next(); {
//		h.Name, h.Value …
//	}
//
// A block of a record that record.next accepted is well-formed; any other
// bytes are safe to walk and end the walk where they stop making sense.
type headerIter struct {
	Name, Value []byte // alias the block; a nil Value is null
	left        int64  // headers not yet read; -1: the block is malformed
	rest        []byte
}

func headersOf(block []byte) headerIter {
	n, w := varint(block)
	if w <= 0 || n < 0 {
		return headerIter{left: -1}
	}
	return headerIter{left: n, rest: block[w:]}
}

// count is the number of headers that the block still claims: fit for a
// decision, not for an allocation.
func (h *headerIter) count() int64 { return max(h.left, 0) }

func (h *headerIter) next() bool {
	if h.left <= 0 {
		return false
	}
	h.left--
	var ok bool
	if h.Name, h.rest, ok = nullable(h.rest); !ok || h.Name == nil {
		h.left = -1
		return false
	}
	if h.Value, h.rest, ok = nullable(h.rest); !ok {
		h.left = -1
		return false
	}
	return true
}

// wellFormed reports whether block is a header block and nothing else.
func wellFormed(block []byte) bool {
	h := headersOf(block)
	for h.next() {
	}
	return h.left == 0 && len(h.rest) == 0
}

// headerBlock builds a header block. The zero value is an empty one, ready for
// use; reset makes it that again and keeps the memory.
type headerBlock struct {
	buf []byte // headRoom free bytes, then the headers
	n   int
}

// headRoom is the room for the count, which is known last: the longest varint
// of an int32.
const headRoom = 5

func (b *headerBlock) reset() {
	b.n = 0
	b.buf = b.buf[:min(len(b.buf), headRoom)]
}

// add appends a header; a nil value is null.
func (b *headerBlock) add(name, value []byte) {
	if len(b.buf) == 0 {
		b.buf = append(b.buf, make([]byte, headRoom)...)
	}
	b.n++
	p := binary.AppendVarint(b.buf, int64(len(name)))
	p = append(p, name...)
	if value == nil {
		b.buf = binary.AppendVarint(p, -1)
		return
	}
	p = binary.AppendVarint(p, int64(len(value)))
	b.buf = append(p, value...)
}

// bytes returns the block, for builder.append; nil when there are no headers.
// It is valid until the next add or reset.
func (b *headerBlock) bytes() []byte {
	if b.n == 0 {
		return nil
	}
	from := headRoom - varintLen(int64(b.n))
	binary.PutVarint(b.buf[from:headRoom:headRoom], int64(b.n))
	return b.buf[from:]
}
