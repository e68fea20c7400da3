package stream

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

func TestBudgetOrder(t *testing.T) {
	b := newBudget(100)
	never := make(chan struct{})
	if !b.acquire(never, 60) {
		t.Fatal("60 of 100 were refused")
	}
	order := make(chan int64, 2)
	waitFor := func(n int64, waiting int) {
		go func() {
			b.acquire(never, n)
			order <- n
		}()
		for _, w := b.inUse(); w != waiting; _, w = b.inUse() {
		}
	}
	waitFor(50, 1)
	waitFor(10, 2) // would fit, and waits its turn: else the 50 could wait for ever
	b.release(60)
	if first, second := <-order, <-order; first+second != 60 {
		t.Errorf("served %d and %d", first, second)
	}
	if used, waiting := b.inUse(); used != 60 || waiting != 0 {
		t.Errorf("used %d, waiting %d", used, waiting)
	}
}

func TestBudgetGivesUp(t *testing.T) {
	b := newBudget(100)
	never := make(chan struct{})
	b.acquire(never, 100)
	done := make(chan struct{})
	given := make(chan bool)
	go func() { given <- b.acquire(done, 80) }()
	for _, w := b.inUse(); w != 1; _, w = b.inUse() {
	}
	close(done)
	if <-given {
		t.Error("memory was given to one who had left")
	}
	b.release(100)
	if used, waiting := b.inUse(); used != 0 || waiting != 0 {
		t.Errorf("used %d, waiting %d", used, waiting)
	}
}

// One who left must not stand in the way of those behind.
func TestBudgetPassesTheTurnOn(t *testing.T) {
	b := newBudget(100)
	never, done := make(chan struct{}), make(chan struct{})
	b.acquire(never, 50)
	left := make(chan bool)
	go func() { left <- b.acquire(done, 80) }()
	for _, w := b.inUse(); w != 1; _, w = b.inUse() {
	}
	served := make(chan bool)
	go func() { served <- b.acquire(never, 50) }()
	for _, w := b.inUse(); w != 2; _, w = b.inUse() {
	}
	close(done)
	<-left
	if !<-served {
		t.Error("not served")
	}
}

func TestBudgetLargerThanAll(t *testing.T) {
	b := newBudget(100)
	if !b.acquire(nil, 1000) {
		t.Fatal("a record larger than the budget must pass alone")
	}
	b.release(1000)
}

func TestBudgetBound(t *testing.T) {
	const total = 1000
	b := newBudget(total)
	var used, most atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		rng := rand.New(rand.NewPCG(uint64(i), 1))
		all.Go(func() {
			for range 500 {
				n := 1 + rng.Int64N(total)
				b.acquire(nil, n)
				if u := used.Add(n); u > total {
					most.Store(u)
				}
				used.Add(-n)
				b.release(n)
			}
		})
	}
	all.Wait()
	if m := most.Load(); m > 0 {
		t.Errorf("%d bytes of %d were given out", m, total)
	}
}

func TestSlabs(t *testing.T) {
	var s slabs
	for _, n := range []int{0, 1, emptyResponse, 100_000, 5000, 100_001, keepSlab, 3 * keepSlab, 200_000} {
		p := s.get(n)
		if len(p) != n {
			t.Fatalf("asked for %d bytes, got %d", n, len(p))
		}
		for i := range p {
			p[i] = 1
		}
		s.put(p)
	}
	for range 100 {
		if p := s.get(1); cap(p) > keepSlab {
			t.Fatalf("a slab of %d bytes was kept", cap(p))
		}
	}
}
