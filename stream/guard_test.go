package stream

import (
	"context"
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// heldFetches is a cluster that answers the fetches of one partition only when
// the test lets it: arrived says that one is there, release lets it go.
func heldFetches(t *testing.T) (c *kfake.Cluster, arrived, release chan struct{}) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	arrived, release = make(chan struct{}, 8), make(chan struct{}, 8)
	c.ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		arrived <- struct{}{}
		c.SleepControl(func() { <-release })
		return nil, nil, false
	})
	return c, arrived, release
}

func testFetch() *fetchRequest {
	return &fetchRequest{
		clientID: "test", topic: "in", maxWait: time.Millisecond, maxBytes: 1 << 20, timeout: labDeadline,
		ctx: context.Background(), memory: newBudget(1 << 30), slabs: new(slabs), body: make([]byte, 4096),
	}
}

// scribble uses everything that a fetch owns, as its owner may.
func scribble(f *fetchRequest) {
	for i := range f.body[:cap(f.body)] {
		f.body[:cap(f.body)][i] = 0xff
	}
	for i := range f.out {
		f.out[i] = 0xff
	}
	f.head = [responseHeader]byte{}
	f.code, f.version, f.records = -1, -1, nil
	f.body = f.body[:0]
}

// slow is a message that goes on for a while after its connection is cut. The
// fields are plain on purpose: that they may be read after the exchange is what
// the guard is for.
type slow struct {
	*fetchRequest
	started  chan struct{}
	finished bool
}

func (s *slow) exchange(rw io.ReadWriter) error {
	close(s.started)
	var b [1]byte
	_, err := rw.Read(b[:]) // of a broker that was asked nothing
	for range 1000 {
		runtime.Gosched()
	}
	s.finished = true
	return err
}

func TestExchangeWaitsForItsMessage(t *testing.T) {
	c, _, _ := heldFetches(t)
	transport := &kafka.Transport{}
	for name, run := range map[string]func(context.Context, context.CancelFunc, *slow) error{
		"canceled": func(ctx context.Context, cancel context.CancelFunc, m *slow) error {
			go func() { <-m.started; cancel() }()
			return exchange(ctx, transport, kafka.TCP(c.ListenAddrs()...), m, labDeadline)
		},
		"expired": func(ctx context.Context, _ context.CancelFunc, m *slow) error {
			return exchange(ctx, transport, kafka.TCP(c.ListenAddrs()...), m, 50*time.Millisecond)
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			m := &slow{fetchRequest: testFetch(), started: make(chan struct{})}
			begun := time.Now()
			if err := run(ctx, cancel, m); err == nil {
				t.Error("an exchange without an answer succeeded")
			}
			if !m.finished {
				t.Error("the message is still in use")
			}
			if d := time.Since(begun); d > labDeadline/2 {
				t.Errorf("it took %s to let go", d)
			}
		})
	}
}

// After an exchange that was cut short the message serves the next one.
func TestCanceledExchangeGivesItsBuffersBack(t *testing.T) {
	c, arrived, release := heldFetches(t)
	transport := &kafka.Transport{}
	addr := kafka.TCP(c.ListenAddrs()...)
	f := testFetch()
	for range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- exchange(ctx, transport, addr, f, labDeadline) }()
		<-arrived
		cancel()
		if err := <-done; err == nil {
			t.Error("a canceled exchange without an answer succeeded")
		}
		scribble(f)
		release <- struct{}{}
	}
	go func() { <-arrived; release <- struct{}{} }()
	if err := exchange(context.Background(), transport, addr, f, labDeadline); err != nil {
		t.Fatalf("the next exchange: %v", err)
	}
	if f.code != 0 {
		t.Errorf("the next exchange: code %d", f.code)
	}
}

// Without the guard the same steps race: that is what it is for. The test
// cannot look for the race itself; it shows the cause, which is that the call
// returns while the message is still in use.
func TestRoundTripReturnsBeforeItsMessageIsFree(t *testing.T) {
	c, arrived, release := heldFetches(t)
	m := &watched{fetchRequest: testFetch(), finished: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-arrived; cancel() }()
	transport := &kafka.Transport{}
	_, err := transport.RoundTrip(ctx, kafka.TCP(c.ListenAddrs()...), m)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("round trip: %v", err)
	}
	select {
	case <-m.finished:
		t.Error("kafka-go waits for its connection now: is the guard still needed?")
	default:
	}
	release <- struct{}{}
	<-m.finished
}

// watched is a fetch without the guard that tells when it has finished.
type watched struct {
	*fetchRequest
	finished chan struct{}
}

func (w *watched) RawExchange(rw io.ReadWriter) (kafka.Response, error) {
	defer close(w.finished)
	return w, w.exchange(rw)
}

func TestExchangeDeadline(t *testing.T) {
	c, arrived, release := heldFetches(t)
	f := testFetch()
	go func() { <-arrived }()
	begun := time.Now()
	err := exchange(context.Background(), &kafka.Transport{}, kafka.TCP(c.ListenAddrs()...), f, 50*time.Millisecond)
	if cl, _ := classifyError(err); err == nil || cl != classRefresh {
		t.Errorf("after the deadline: %v, class %d", err, cl)
	}
	if d := time.Since(begun); d > labDeadline/2 {
		t.Errorf("the deadline of 50 ms took %s", d)
	}
	release <- struct{}{}
}

// An exchange that is abandoned in the queue never touches its message.
func TestAbandonedBeforeSent(t *testing.T) {
	g := &guarded{message: testFetch(), state: guardAbandoned, done: make(chan struct{})}
	if _, err := g.RawExchange(nil); !errors.Is(err, errAbandoned) {
		t.Errorf("abandoned: %v", err)
	}
}
