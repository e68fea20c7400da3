package stream

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// message is a request that encodes and decodes itself: kafka.Transport dials,
// does TLS, SASL and ApiVersions, and picks the broker that Broker names; the
// bytes on the connection are ours (protocol.RawExchanger).
//
// An error of exchange closes the connection, so that half of an answer can
// never be taken for the next one.
type message interface {
	protocol.Message
	protocol.BrokerMessage
	Required(versions map[protocol.ApiKey]int16) bool
	exchange(rw io.ReadWriter) error
}

// deadliner is what kafka-go hands to RawExchange besides an io.ReadWriter.
type deadliner interface {
	SetDeadline(time.Time) error
	SetReadDeadline(time.Time) error
}

var (
	errAbandoned = errors.New("request abandoned before it was sent")
	longAgo      = time.Unix(1, 0)
)

type guardState uint8

const (
	guardQueued guardState = iota
	guardRunning
	guardFinished
	guardAbandoned
)

// guarded makes a message safe to take back. RoundTrip returns as soon as its
// context ends, while the goroutine of the connection still writes from and
// reads into the message's buffers: whoever reuses them then corrupts a
// request on the wire, or a record of somebody else's.
type guarded struct {
	message
	mu    sync.Mutex // guards state and conn
	state guardState
	conn  deadliner
	done  chan struct{} // closed when exchange has returned; orders err
	err   error
}

// RawExchange implements protocol.RawExchanger. It runs on the goroutine of
// the connection.
func (g *guarded) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	g.mu.Lock()
	if g.state == guardAbandoned {
		g.mu.Unlock()
		return nil, errAbandoned
	}
	g.state = guardRunning
	g.conn, _ = rw.(deadliner)
	g.mu.Unlock()

	g.err = g.message.exchange(rw)

	g.mu.Lock()
	g.state = guardFinished
	g.mu.Unlock()
	close(g.done)
	// Never kafka-go's own response: the pool switches on the types of those
	// and asserts the request's.
	return g, g.err
}

// exchange sends m and waits for the answer. When it returns, m and its
// buffers belong to the caller again, whatever happened. ctx may be canceled
// at any time: an exchange that runs then is cut short through the deadline of
// its connection.
func exchange(ctx context.Context, t *kafka.Transport, addr net.Addr, m message, timeout time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	g := &guarded{message: m, done: make(chan struct{})}
	_, err := t.RoundTrip(limited, addr, g)
	if err == nil {
		return nil
	}
	g.mu.Lock()
	if g.state == guardQueued {
		g.state = guardAbandoned
		g.mu.Unlock()
		return err
	}
	if g.state == guardRunning && g.conn != nil && ctx.Err() != nil {
		_ = g.conn.SetDeadline(longAgo) // a closed connection ends the exchange just as well
	}
	g.mu.Unlock()
	<-g.done
	return g.err // nil when the exchange came through after all
}
