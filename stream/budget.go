package stream

import (
	"container/list"
	"sync"
)

// budget is the memory that all partitions of one process share
// (pipeline.memory). It counts what records need on their way through: a
// fetched chunk takes its part from the moment its size is known, before its
// bytes are read off the socket, and gives it back when the last output made
// of it has been acknowledged. When the budget is spent, fetching waits, and
// TCP passes that on to the broker; heartbeats go on.
//
// Waiters are served in order, so that a partition with large batches is not
// starved by others with small ones. No part is ever taken in two steps: what
// holds a part can always finish without another.
type budget struct {
	mu      sync.Mutex
	total   int64
	used    int64
	waiters list.List // of *claim, oldest first
}

type claim struct {
	n     int64
	given chan struct{}
}

func newBudget(total int64) *budget { return &budget{total: total} }

// fits reports whether n may be taken now. More than there is in all is given
// to whoever is alone: a record may be larger than the budget, and must pass.
func (b *budget) fits(n int64) bool { return b.used+n <= b.total || b.used == 0 }

// acquire takes n bytes, waiting until they are free. It reports false, and
// takes nothing, when done is closed first.
func (b *budget) acquire(done <-chan struct{}, n int64) bool {
	b.mu.Lock()
	if b.waiters.Len() == 0 && b.fits(n) {
		b.used += n
		b.mu.Unlock()
		return true
	}
	c := &claim{n, make(chan struct{})}
	e := b.waiters.PushBack(c)
	b.mu.Unlock()

	select {
	case <-c.given:
		return true
	case <-done:
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-c.given: // between the two: it goes to the next
		b.used -= n
	default:
		b.waiters.Remove(e)
	}
	b.serve()
	return false
}

// tryAcquire takes n bytes if they are free now and nobody waits.
func (b *budget) tryAcquire(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiters.Len() > 0 || !b.fits(n) {
		return false
	}
	b.used += n
	return true
}

// release gives n bytes back.
func (b *budget) release(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.used < 0 {
		panic("stream: internal error: more memory released than taken")
	}
	b.serve()
}

// serve gives to waiters in order, as far as it reaches.
func (b *budget) serve() {
	for e := b.waiters.Front(); e != nil; e = b.waiters.Front() {
		c := e.Value.(*claim)
		if !b.fits(c.n) {
			return
		}
		b.used += c.n
		b.waiters.Remove(e)
		close(c.given)
	}
}

// inUse returns the bytes taken and the number of waiters.
func (b *budget) inUse() (bytes int64, waiting int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used, b.waiters.Len()
}
