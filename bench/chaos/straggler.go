package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// A straggler is a request whose connection breaks under it and which reaches
// the broker all the same, later than the one that was sent in its place: what
// lies in buffers on a way that is cut and mended arrives so.

// trap catches the next request of some kinds, whichever broker it goes to.
type trap struct {
	keys   []kmsg.Key
	late   time.Duration
	caught atomic.Bool
}

func (t *trap) takes(key kmsg.Key) bool {
	return slices.Contains(t.keys, key) && t.caught.CompareAndSwap(false, true)
}

// requests passes whole requests on to the broker until one side ends, or one
// of them is caught: that ends both.
func (r *relay) requests(dst, src net.Conn) {
	defer dst.Close()
	defer src.Close()
	in, buf := bufio.NewReaderSize(src, 64<<10), make([]byte, 64<<10)
	for {
		head, err := in.Peek(6)
		if err != nil {
			return
		}
		size := 4 + int64(binary.BigEndian.Uint32(head))
		key := kmsg.Key(binary.BigEndian.Uint16(head[4:]))
		if t := r.trap.Load(); t != nil && t.takes(key) {
			request := make([]byte, size)
			if _, err := io.ReadFull(in, request); err != nil {
				return
			}
			reset(src)
			reset(dst)
			time.Sleep(t.late)
			r.deliver(request)
			return
		}
		if !r.forward(dst, io.LimitReader(in, size), toBroker, buf) {
			return
		}
	}
}

// deliver hands a request over on a connection of its own. Nobody wants the
// answer, but that there is one says that the broker has looked at it.
func (r *relay) deliver(request []byte) {
	c, err := net.DialTimeout("tcp", r.target, 5*time.Second)
	if err != nil {
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Write(request); err != nil {
		return
	}
	if _, err := io.ReadFull(c, request[:4]); err == nil {
		r.stragglers.Add(1)
	}
}

// straggle sets a trap until something is caught.
func (c *chaos) straggle(ctx context.Context, rng *rand.Rand) error {
	keys := []kmsg.Key{kmsg.Produce}
	if c.crew.book.exactly {
		keys = []kmsg.Key{kmsg.Produce, kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit, kmsg.EndTxn}
	}
	t := &trap{keys: keys[rng.IntN(len(keys)):][:1], late: time.Duration(rng.IntN(1500)) * time.Millisecond}
	for _, r := range c.broker.relays() {
		r.trap.Store(t)
	}
	for range 60 {
		if pause(ctx, 50*time.Millisecond); ctx.Err() != nil || t.caught.Load() {
			break
		}
	}
	for _, r := range c.broker.relays() {
		r.trap.CompareAndSwap(t, nil)
	}
	c.crew.book.await("straggler", time.Now())
	return nil
}
