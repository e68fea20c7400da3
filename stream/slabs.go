package stream

import "sync"

// slabs keeps large buffers between their uses, for all partitions together:
// a partition without traffic holds none. What lies here is not part of the
// memory budget; the garbage collector takes it away when nobody asks for it.
//
// A slab is cleared by nobody: it holds raw records until the next use. It
// never leaves the process, and a core file would hold them anyway.
type slabs struct{ pool sync.Pool }

// keepSlab bounds what is kept: one record of a hundred megabytes must not pin
// that much for good.
const keepSlab = 8 << 20

// get returns a buffer of n bytes with unspecified content.
func (s *slabs) get(n int) []byte {
	if p, _ := s.pool.Get().(*[]byte); p != nil && cap(*p) >= n {
		return (*p)[:n]
	}
	// Fetches of one topic are of about one size: some room saves most of the
	// reallocations that its variation would cause.
	return make([]byte, n, n+n/8)
}

// put takes a buffer back. The caller must not use it any more.
func (s *slabs) put(p []byte) {
	if cap(p) <= emptyResponse || cap(p) > keepSlab {
		return
	}
	p = p[:0]
	s.pool.Put(&p)
}
