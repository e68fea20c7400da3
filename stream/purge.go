package stream

import (
	"context"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"redactor/metrics"
)

// deleteRecords asks the leader of one partition to forget what is before an
// offset, versions 0 and 1 (Apache Kafka protocol guide, "DeleteRecords API"),
// and is its own answer. kafka-go does not know the request.
type deleteRecords struct {
	clientID  string
	leader    int32
	topic     string
	partition int32
	before    int64
	timeout   int32 // milliseconds

	code    int16
	version int16
}

func (m *deleteRecords) ApiKey() protocol.ApiKey { return protocol.DeleteRecords }

func (m *deleteRecords) Broker(protocol.Cluster) (protocol.Broker, error) {
	if m.leader < 0 {
		return protocol.Broker{}, kafka.LeaderNotAvailable
	}
	return protocol.Broker{ID: m.leader}, nil
}

// Required is called with the versions that both sides speak. kafka-go speaks
// none of this request, and brokers of 0.11 and later all speak version 0.
func (m *deleteRecords) Required(map[protocol.ApiKey]int16) bool {
	m.version = 0
	return true
}

func (m *deleteRecords) exchange(rw io.ReadWriter) error {
	p := appendHeader(nil, protocol.DeleteRecords, m.version, m.clientID)
	p = be.AppendUint32(p, 1)
	p = appendString(p, m.topic)
	p = be.AppendUint32(p, 1)
	p = be.AppendUint32(p, uint32(m.partition))
	p = be.AppendUint64(p, uint64(m.before))
	p = be.AppendUint32(p, uint32(m.timeout))
	be.PutUint32(p, uint32(len(p)-4))
	if _, err := rw.Write(p); err != nil {
		return err
	}
	n, err := readHeader(rw, p)
	if err != nil {
		return err
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(rw, body); err != nil {
		return err
	}
	r := reader{p: body}
	r.int32() // throttle time
	if r.array() != 1 || string(r.str()) != m.topic || r.array() != 1 || r.int32() != m.partition {
		return errProtocol
	}
	r.int64() // the first offset now
	if m.code = r.int16(); r.bad {
		return errProtocol
	}
	return nil
}

// Purge makes the brokers forget all records of a partition before an offset.
// It needs the right to DELETE the topic's records.
func (c *Client) Purge(ctx context.Context, topic string, partition int32, before int64) error {
	if err := c.know(ctx, topic); err != nil {
		return err
	}
	m := &deleteRecords{clientID: c.cfg.ClientID, topic: topic, partition: partition, before: before, timeout: int32(c.cfg.RequestTimeout.Milliseconds())}
	err := c.try(ctx, func() (int16, error) {
		m.leader = c.cluster.leader(topic, partition)
		err := c.cluster.do(ctx, metrics.APIOther, m, c.cfg.RequestTimeout*3/2)
		return m.code, err
	})
	if err != nil {
		return fmt.Errorf("topic %s, partition %d: %w", topic, partition, err)
	}
	return nil
}
