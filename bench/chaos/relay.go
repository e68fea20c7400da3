package main

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// relay is the network between the proxies and one broker: it listens where the
// broker says that it does, and can be slow, deaf on one ear, or gone. Whoever
// checks the proxies speaks to the broker directly.
type relay struct {
	ln     net.Listener
	target string

	gone  atomic.Bool    // connections are refused
	delay atomic.Int64   // nanoseconds that everything takes longer, either way
	hole  [2]atomic.Bool // nothing passes: to the broker, from the broker
	trap  atomic.Pointer[trap]

	stragglers atomic.Int64 // that came to the broker

	mu    sync.Mutex // guards conns
	conns map[net.Conn]struct{}
}

const (
	toBroker   = 0
	fromBroker = 1
)

// newRelay listens on address; "127.0.0.1:0" takes any port.
func newRelay(address, target string) (*relay, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	r := &relay{ln: ln, target: target, conns: make(map[net.Conn]struct{})}
	go r.serve()
	return r, nil
}

func (r *relay) address() string { return r.ln.Addr().String() }

func (r *relay) serve() {
	for {
		c, err := r.ln.Accept()
		if err != nil {
			return
		}
		if r.gone.Load() {
			reset(c)
			continue
		}
		go r.join(c)
	}
}

func (r *relay) join(c net.Conn) {
	b, err := net.DialTimeout("tcp", r.target, 5*time.Second)
	if err != nil {
		reset(c)
		return
	}
	r.keep(c, b)
	var both sync.WaitGroup
	both.Go(func() { r.requests(b, c) })
	both.Go(func() { r.answers(c, b) })
	both.Wait()
	r.drop(c, b)
}

// answers passes on what the broker says until one side ends, and ends the
// other.
func (r *relay) answers(dst, src net.Conn) {
	defer dst.Close()
	defer src.Close()
	r.forward(dst, src, fromBroker, make([]byte, 64<<10))
}

// forward moves bytes through buf to the end of src. It reports false when the
// other side has ended before.
func (r *relay) forward(dst net.Conn, src io.Reader, way int, buf []byte) bool {
	for {
		n, err := src.Read(buf)
		if d := r.delay.Load(); d > 0 {
			time.Sleep(time.Duration(d))
		}
		for r.hole[way].Load() {
			if r.gone.Load() {
				return false
			}
			time.Sleep(5 * time.Millisecond)
		}
		if n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				return false
			}
		}
		if err != nil {
			return err == io.EOF
		}
	}
}

func (r *relay) keep(cs ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range cs {
		r.conns[c] = struct{}{}
	}
}

func (r *relay) drop(cs ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range cs {
		delete(r.conns, c)
		c.Close()
	}
}

// holds reports whether one of the relay's own ends is address.
func (r *relay) holds(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		if c.LocalAddr().String() == address {
			return true
		}
	}
	return false
}

// hangUp breaks all connections without a goodbye.
func (r *relay) hangUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		reset(c)
	}
}

// heal makes the network good again.
func (r *relay) heal() {
	r.gone.Store(false)
	r.delay.Store(0)
	r.hole[toBroker].Store(false)
	r.hole[fromBroker].Store(false)
}

func (r *relay) close() {
	r.ln.Close()
	r.heal()
	r.hangUp()
}

// reset closes with RST, as the kernel of a host that died does.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}
