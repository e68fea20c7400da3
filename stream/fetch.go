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

// readUncommitted is what a high water mark is asked with.
const readUncommitted = 0

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
	p := f.appendHead(f.out[:0], f.clientID, f.maxWait, f.minBytes)
	p = be.AppendUint32(p, 1)
	p = appendString(p, f.topic)
	p = be.AppendUint32(p, 1)
	p = f.appendPart(p, f.partition, f.offset, f.maxBytes)
	f.out = f.appendTail(p)
}

// appendHead appends what stands before the topics.
func (f *fetchRequest) appendHead(p []byte, clientID string, maxWait time.Duration, minBytes int32) []byte {
	p = appendHeader(p, protocol.Fetch, f.version, clientID)
	p = be.AppendUint32(p, 0xffffffff) // replica id: a consumer
	p = be.AppendUint32(p, uint32(maxWait.Milliseconds()))
	p = be.AppendUint32(p, uint32(minBytes))
	// The partitions' own limits bound the answer. kfake leaves the aborted
	// transactions out of an answer that this one cuts.
	p = be.AppendUint32(p, math.MaxInt32)
	p = append(p, readCommitted)
	if f.version >= 7 { // no incremental session (KIP-227): which partitions wait changes all the time
		p = be.AppendUint32(p, 0)
		p = be.AppendUint32(p, 0xffffffff)
	}
	return p
}

// appendPart appends one partition.
func (f *fetchRequest) appendPart(p []byte, partition int32, offset int64, maxBytes int32) []byte {
	p = be.AppendUint32(p, uint32(partition))
	if f.version >= 9 {
		p = be.AppendUint32(p, 0xffffffff) // leader epoch: not known
	}
	p = be.AppendUint64(p, uint64(offset))
	if f.version >= 5 {
		p = be.AppendUint64(p, 0xffffffffffffffff) // log start of a follower
	}
	return be.AppendUint32(p, uint32(maxBytes))
}

// appendTail appends what stands after the topics, and sets the size.
func (f *fetchRequest) appendTail(p []byte) []byte {
	if f.version >= 7 {
		p = be.AppendUint32(p, 0) // no forgotten topics
	}
	if f.version >= 11 {
		p = appendString(p, "") // rack: read from leaders only
	}
	be.PutUint32(p, uint32(len(p)-4))
	return p
}

func (f *fetchRequest) decode() error {
	r := reader{p: f.body}
	f.records, f.aborted = nil, f.aborted[:0]
	if f.code = f.decodeHead(&r); f.code != 0 {
		return nil
	}
	if r.array() != 1 || string(r.str()) != f.topic || r.array() != 1 || r.int32() != f.partition {
		return errProtocol
	}
	a := f.decodePart(&r)
	if r.bad {
		return errProtocol
	}
	f.code, f.highWater, f.records = a.code, a.highWater, a.records
	return nil
}

// decodeHead reads what stands before the topics: an error of the request as a
// whole.
func (f *fetchRequest) decodeHead(r *reader) (code int16) {
	r.int32() // throttle time: brokers since 2.0 mute the connection themselves (KIP-219)
	if f.version >= 7 {
		if code = r.int16(); code != 0 {
			return code
		}
		r.int32() // session id
	}
	return 0
}

// decodePart reads the answer for one partition, from behind its number.
// Aborted transactions go to the buffer of f.
func (f *fetchRequest) decodePart(r *reader) (a partAnswer) {
	a.code = r.int16()
	a.highWater = r.int64()
	a.stable = r.int64()
	if f.version >= 5 {
		r.int64() // log start
	}
	from := len(f.aborted)
	for n := r.array(); n > 0 && !r.bad; n-- {
		f.aborted = append(f.aborted, abortedTxn{ProducerID: r.int64(), FirstOffset: r.int64()})
	}
	a.aborted = f.aborted[from:len(f.aborted):len(f.aborted)]
	if f.version >= 11 {
		r.int32() // preferred read replica: none, without a rack
	}
	if n := int(r.int32()); n > 0 {
		a.records = r.bytes(n)
	}
	return a
}
