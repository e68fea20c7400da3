package stream

import (
	"io"

	"github.com/segmentio/kafka-go/protocol"
)

// apiDescribeTransactions is the request of KIP-664 (Kafka 3.0), of which
// kafka-go knows nothing.
const apiDescribeTransactions protocol.ApiKey = 65

const codeNoTransactionalID = 105 // TRANSACTIONAL_ID_NOT_FOUND: nobody has used it yet

// transactionQuery asks the coordinator for the state of a transaction, and the
// partitions that it has while it is open. Those of topics that we may not
// describe are not among them. It is for brokers that are known to take it.
type transactionQuery struct {
	node     int32
	clientID string
	id       string

	code  int16
	state string
	parts []outPartition
}

func (q *transactionQuery) ApiKey() protocol.ApiKey { return apiDescribeTransactions }

func (q *transactionQuery) Broker(protocol.Cluster) (protocol.Broker, error) {
	return protocol.Broker{ID: q.node}, nil
}

func (q *transactionQuery) Required(map[protocol.ApiKey]int16) bool { return true }

// exchange sends a flexible request (KIP-482) of version 0.
func (q *transactionQuery) exchange(rw io.ReadWriter) error {
	p := appendHeader(nil, apiDescribeTransactions, 0, q.clientID)
	p = append(p, 0, 2) // no tagged fields; one id
	p = appendCompact(p, q.id)
	p = append(p, 0)
	body, err := answer(rw, p)
	if err != nil {
		return err
	}
	return q.read(body)
}

func (q *transactionQuery) read(p []byte) error {
	r := reader{p: p}
	r.skipTags()
	r.int32() // throttle time
	if r.compact() != 1 {
		return errProtocol
	}
	q.code = r.int16()
	r.bytes(r.compact()) // the id
	q.state = string(r.bytes(r.compact()))
	r.bytes(4 + 8 + 8 + 2) // timeout, begun, producer id and epoch
	q.parts = nil
	for range r.compact() {
		topic := string(r.bytes(r.compact()))
		for range r.compact() {
			q.parts = append(q.parts, outPartition{topic, r.int32()})
		}
		r.skipTags()
	}
	r.skipTags()
	r.skipTags()
	if r.bad {
		return errProtocol
	}
	return nil
}
