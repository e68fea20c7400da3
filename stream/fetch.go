package stream

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// readCommitted is the isolation level of every fetch: data of a transaction
// that may yet be withdrawn must not leave the house.
const readCommitted = 1

// fetchRequest asks the leader of one partition for records, versions 4 to 11
// (Apache Kafka protocol guide, "Fetch API"), and is its own answer. It owns
// its buffers and serves one exchange after the other.
type fetchRequest struct {
	clientID  string
	leader    int32
	topic     string
	partition int32
	offset    int64
	maxWait   time.Duration
	minBytes  int32
	maxBytes  int32 // of the partition; a single larger batch comes whole all the same (KIP-74)
	timeout   time.Duration

	// memory is asked for the response before its body is read. Its result is
	// kept in held, for the caller to release.
	ctx     context.Context
	memory  *budget
	overset int64 // what the records need beside the response itself
	slabs   *slabs

	// The answer. body is a slab; everything else aliases it.
	held      int64
	body      []byte
	code      int16
	highWater int64
	logStart  int64
	aborted   []abortedTxn
	records   []byte

	version int16
	out     []byte
	head    [responseHeader]byte
}

func (f *fetchRequest) ApiKey() protocol.ApiKey { return protocol.Fetch }

func (f *fetchRequest) Broker(protocol.Cluster) (protocol.Broker, error) {
	if f.leader < 0 {
		return protocol.Broker{}, kafka.LeaderNotAvailable
	}
	return protocol.Broker{ID: f.leader}, nil
}

func (f *fetchRequest) Required(versions map[protocol.ApiKey]int16) bool {
	f.version = versions[protocol.Fetch]
	return true
}

func (f *fetchRequest) exchange(rw io.ReadWriter) error {
	if f.version < 4 {
		return errVersion
	}
	f.encode()
	if _, err := rw.Write(f.out); err != nil {
		return err
	}
	n, err := readHeader(rw, f.head[:])
	if err != nil {
		return err
	}
	if err := f.reserve(rw, n); err != nil {
		return err
	}
	if _, err := io.ReadFull(rw, f.body); err != nil {
		return err
	}
	return f.decode()
}

// emptyResponse is a bound of a response without records: nothing to reserve
// for. A thousand idle partitions cost a thousand of these.
const emptyResponse = 512

// reserve takes the memory for a body of n bytes and all that becomes of it.
// Waiting for that may take longer than the request had: the deadline of the
// connection starts anew.
func (f *fetchRequest) reserve(rw io.ReadWriter, n int) error {
	if n > emptyResponse {
		need := int64(n) + f.overset
		if !f.memory.acquire(f.ctx.Done(), need) {
			return context.Cause(f.ctx)
		}
		f.held = need
		if c, ok := rw.(deadliner); ok {
			if err := c.SetReadDeadline(time.Now().Add(f.timeout)); err != nil {
				return err
			}
			if f.ctx.Err() != nil { // canceled before that: its deadline of long ago is overwritten
				return context.Cause(f.ctx)
			}
		}
	}
	f.body = f.slabs.get(n)
	return nil
}

// free gives the buffers and the memory of the last answer back.
func (f *fetchRequest) free() {
	f.slabs.put(f.body)
	f.body, f.records = nil, nil
	if f.held > 0 {
		f.memory.release(f.held)
		f.held = 0
	}
}

func (f *fetchRequest) encode() {
	p := appendHeader(f.out[:0], protocol.Fetch, f.version, f.clientID)
	p = be.AppendUint32(p, 0xffffffff) // replica id: a consumer
	p = be.AppendUint32(p, uint32(f.maxWait.Milliseconds()))
	p = be.AppendUint32(p, uint32(f.minBytes))
	// The partition's own limit bounds the answer. kfake leaves the aborted
	// transactions out of an answer that this one cuts.
	p = be.AppendUint32(p, math.MaxInt32)
	p = append(p, readCommitted)
	if f.version >= 7 { // no incremental session (KIP-227): it pays for many partitions in a request
		p = be.AppendUint32(p, 0)
		p = be.AppendUint32(p, 0xffffffff)
	}
	p = be.AppendUint32(p, 1)
	p = appendString(p, f.topic)
	p = be.AppendUint32(p, 1)
	p = be.AppendUint32(p, uint32(f.partition))
	if f.version >= 9 {
		p = be.AppendUint32(p, 0xffffffff) // leader epoch: not known
	}
	p = be.AppendUint64(p, uint64(f.offset))
	if f.version >= 5 {
		p = be.AppendUint64(p, 0xffffffffffffffff) // log start of a follower
	}
	p = be.AppendUint32(p, uint32(f.maxBytes))
	if f.version >= 7 {
		p = be.AppendUint32(p, 0) // no forgotten topics
	}
	if f.version >= 11 {
		p = appendString(p, "") // rack: read from leaders only
	}
	be.PutUint32(p, uint32(len(p)-4))
	f.out = p
}

func (f *fetchRequest) decode() error {
	r := reader{p: f.body}
	f.code, f.records, f.aborted = 0, nil, f.aborted[:0]
	r.int32() // throttle time: brokers since 2.0 mute the connection themselves (KIP-219)
	if f.version >= 7 {
		if f.code = r.int16(); f.code != 0 {
			return nil
		}
		r.int32() // session id
	}
	if r.array() != 1 || string(r.str()) != f.topic || r.array() != 1 || r.int32() != f.partition {
		return errProtocol
	}
	f.code = r.int16()
	f.highWater = r.int64()
	r.int64() // last stable offset
	f.logStart = -1
	if f.version >= 5 {
		f.logStart = r.int64()
	}
	for n := r.array(); n > 0 && !r.bad; n-- {
		f.aborted = append(f.aborted, abortedTxn{ProducerID: r.int64(), FirstOffset: r.int64()})
	}
	if f.version >= 11 {
		r.int32() // preferred read replica: none, without a rack
	}
	if n := int(r.int32()); n > 0 {
		f.records = r.bytes(n)
	}
	if r.bad {
		return errProtocol
	}
	return nil
}
