package stream

import (
	"io"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"redactor/internal/chaospoint"
)

// producePart is one batch for one partition. All parts of a request have the
// same topic and the same leader, and no two the same partition: one batch is
// in flight per partition, so that a retry can never overtake its successor.
type producePart struct {
	partition int32
	// buf is produceRequest.headroom() free bytes, then the batch. The request
	// is written into that room, so that request and batch leave in one write.
	buf []byte

	// What came of it: err, or else the code of the answer.
	err      error
	code     int16
	answered bool
}

// produceRequest sends batches with acks=all, versions 3 to 8 (Apache Kafka
// protocol guide, "Produce API"), and is its own answer.
type produceRequest struct {
	clientID string
	leader   int32
	topic    string
	txnID    string // "": no transaction
	timeout  int32  // milliseconds that the leader may wait for its replicas
	parts    []*producePart

	version int16
	in      []byte
	head    [responseHeader]byte
}

func (m *produceRequest) ApiKey() protocol.ApiKey { return protocol.Produce }

func (m *produceRequest) Broker(protocol.Cluster) (protocol.Broker, error) {
	if m.leader < 0 {
		return protocol.Broker{}, kafka.LeaderNotAvailable
	}
	return protocol.Broker{ID: m.leader}, nil
}

func (m *produceRequest) Required(versions map[protocol.ApiKey]int16) bool {
	m.version = versions[protocol.Produce]
	return true
}

const (
	acksAll  = 0xffff // -1: every replica in sync
	partHead = 4 + 4  // partition and size of the batch
)

// produceHeadroom is the room that a request needs in front of its first
// batch. Every batch has it, because any of them may come to be the first.
func produceHeadroom(clientID, txnID, topic string) int {
	return 4 + 2 + 2 + 4 + 2 + len(clientID) + // header
		2 + len(txnID) + 2 + 4 + // transaction, acks, timeout
		4 + 2 + len(topic) + 4 + // topic
		partHead
}

func (m *produceRequest) exchange(rw io.ReadWriter) error {
	if m.version < 3 {
		return errVersion
	}
	for _, p := range m.parts {
		p.answered = false
	}
	room := m.encode()
	for i, p := range m.parts {
		buf := p.buf
		if i > 0 {
			buf = buf[room-partHead:]
		}
		if _, err := rw.Write(buf); err != nil {
			return err
		}
	}
	chaospoint.At(chaospoint.Sent)
	n, err := readHeader(rw, m.head[:])
	if err != nil {
		return err
	}
	if n > cap(m.in) {
		m.in = make([]byte, n)
	}
	m.in = m.in[:n]
	if _, err := io.ReadFull(rw, m.in); err != nil {
		return err
	}
	return m.decode()
}

// encode writes the request into the room before the batches and returns the
// size of that room.
func (m *produceRequest) encode() int {
	room := produceHeadroom(m.clientID, m.txnID, m.topic)
	size := room - partHead
	for _, p := range m.parts {
		size += partHead + len(p.buf) - room
	}
	head := m.parts[0].buf[:room:room]
	p := appendHeader(head[:0], protocol.Produce, m.version, m.clientID)
	if m.txnID == "" {
		p = be.AppendUint16(p, 0xffff)
	} else {
		p = appendString(p, m.txnID)
	}
	p = be.AppendUint16(p, acksAll)
	p = be.AppendUint32(p, uint32(m.timeout))
	p = be.AppendUint32(p, 1)
	p = appendString(p, m.topic)
	p = be.AppendUint32(p, uint32(len(m.parts)))
	be.PutUint32(head, uint32(size-4))
	if len(p) != room-partHead {
		panic("stream: internal error: the room in front of a batch does not fit its request")
	}
	for _, p := range m.parts {
		at := p.buf[room-partHead:]
		be.PutUint32(at, uint32(p.partition))
		be.PutUint32(at[4:], uint32(len(p.buf)-room))
	}
	return room
}

func (m *produceRequest) decode() error {
	r := reader{p: m.in}
	if r.array() != 1 || string(r.str()) != m.topic {
		return errProtocol
	}
	for n := r.array(); n > 0 && !r.bad; n-- {
		id, code := r.int32(), r.int16()
		r.int64() // base offset
		r.int64() // log append time
		if m.version >= 5 {
			r.int64() // log start offset
		}
		if m.version >= 8 {
			r.skipRecordErrors()
		}
		for _, p := range m.parts {
			if p.partition == id {
				p.code, p.answered = code, true
			}
		}
	}
	if r.bad {
		return errProtocol
	}
	for _, p := range m.parts {
		if !p.answered {
			return errProtocol
		}
	}
	return nil
}

// skipRecordErrors skips which records were refused and the broker's messages.
// They may quote what they refuse.
func (r *reader) skipRecordErrors() {
	for n := r.array(); n > 0 && !r.bad; n-- {
		r.int32()
		r.str()
	}
	r.str()
}
