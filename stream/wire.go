package stream

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"

	"redactor/internal/chaospoint"
)

// Fetch and Produce are encoded here by hand, everything else by kafka-go's
// protocol package. The frames of both directions are
//
//	request:  size int32, api key int16, version int16, correlation id int32, client id string, body
//	response: size int32, correlation id int32, body
//
// (Apache Kafka protocol guide, headers of version 1 and 0; the versions used
// here are older than flexible headers, KIP-482).

// correlationID is the same for every request: a connection of
// kafka.Transport serves one exchange at a time, and any error closes it, so
// that an answer can only belong to the request that waits for it.
const correlationID = 1

// maxFrame bounds a response. A broker answers with at least one whole batch
// whatever limit the request names (KIP-74), and a batch is bounded by the
// topic's max.message.bytes: a larger frame is not a Kafka response, but what
// some other server says on that port.
const maxFrame = 512 << 20

var (
	errProtocol = errors.New("malformed response")
	errVersion  = errors.New("the broker is older than Kafka 0.11")
)

var be = binary.BigEndian

func appendString(p []byte, s string) []byte {
	p = be.AppendUint16(p, uint16(len(s)))
	return append(p, s...)
}

// appendHeader appends the request header with an empty size.
func appendHeader(p []byte, key protocol.ApiKey, version int16, clientID string) []byte {
	p = append(p, 0, 0, 0, 0)
	p = be.AppendUint16(p, uint16(key))
	p = be.AppendUint16(p, uint16(version))
	p = be.AppendUint32(p, correlationID)
	return appendString(p, clientID)
}

const responseHeader = 8 // size and correlation id

// readHeader reads the header of a response into h and returns the length of
// the body.
func readHeader(r io.Reader, h []byte) (int, error) {
	h = h[:responseHeader]
	if _, err := io.ReadFull(r, h); err != nil {
		return 0, err
	}
	n := int(int32(be.Uint32(h))) - 4
	if n < 0 || n > maxFrame || be.Uint32(h[4:]) != correlationID {
		return 0, errProtocol
	}
	return n, nil
}

// reader takes a response apart. It never panics: what is missing is zero and
// sets bad, which the caller checks once, at the end.
type reader struct {
	p   []byte
	bad bool
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.p) {
		r.bad, r.p = true, nil
		return nil
	}
	v := r.p[:n:n]
	r.p = r.p[n:]
	return v
}

func (r *reader) int16() int16 {
	if v := r.bytes(2); v != nil {
		return int16(be.Uint16(v))
	}
	return 0
}

func (r *reader) int32() int32 {
	if v := r.bytes(4); v != nil {
		return int32(be.Uint32(v))
	}
	return 0
}

func (r *reader) int64() int64 {
	if v := r.bytes(8); v != nil {
		return int64(be.Uint64(v))
	}
	return 0
}

// str reads a string; null is empty.
func (r *reader) str() []byte {
	n := int(r.int16())
	if n < 0 {
		return nil
	}
	return r.bytes(n)
}

// array reads the length of an array; null is empty. A length that the rest
// cannot hold, at a byte an element, ends the reading.
func (r *reader) array() int {
	n := int(r.int32())
	if n > len(r.p) {
		r.bad, r.p = true, nil
		return 0
	}
	return max(n, 0)
}

// routed sends a message of kafka-go's to a broker of our choice, so that a
// known leader or coordinator costs no lookup and a stale cache inside
// kafka.Transport decides nothing.
type routed struct {
	msg      protocol.Message
	node     int32 // anyBroker: whichever bootstrap broker answers
	clientID string
	version  int16
	res      protocol.Message
}

const anyBroker = -1

// oldest are the requests whose later answers kafka-go misreads: it expects the
// error code before the throttle time and not behind it, and takes every
// refusal for a success.
var oldest = map[protocol.ApiKey]bool{protocol.Heartbeat: true, protocol.LeaveGroup: true}

func (r *routed) ApiKey() protocol.ApiKey { return r.msg.ApiKey() }

func (r *routed) Broker(protocol.Cluster) (protocol.Broker, error) {
	return protocol.Broker{ID: r.node}, nil
}

func (r *routed) Required(versions map[protocol.ApiKey]int16) bool {
	r.version = versions[r.msg.ApiKey()]
	switch key := r.msg.ApiKey(); {
	case oldest[key]:
		r.version = 0
	case key == protocol.OffsetFetch && knowsStable(versions):
		r.version = stableOffsets
	}
	return true
}

func (r *routed) exchange(rw io.ReadWriter) error {
	if chaospoint.Enabled && r.msg.ApiKey() == protocol.EndTxn {
		rw = awaiting{rw}
	}
	if req, ok := r.msg.(*offsetfetch.Request); ok && r.version == stableOffsets {
		res, err := fetchStable(rw, r.clientID, req)
		r.res = res
		return err
	}
	res, err := protocol.RoundTrip(rw, r.version, correlationID, r.clientID, r.msg)
	r.res = res
	return err
}

// awaiting is a connection whose reader waits for the end of a transaction.
type awaiting struct{ io.ReadWriter }

func (a awaiting) Read(p []byte) (int, error) {
	chaospoint.At(chaospoint.EndSent)
	return a.ReadWriter.Read(p)
}

// errorOf is the error of a Kafka error code; nil for 0.
func errorOf(code int16) error {
	if code == 0 {
		return nil
	}
	return kafka.Error(code)
}
