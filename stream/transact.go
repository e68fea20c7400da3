package stream

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"

	"redactor/metrics"
)

// The requests of a transaction (KIP-98, and the generation of KIP-447), in
// the order in which they are sent. Each returns the error code of its answer.
// All of them may be repeated: a coordinator that has done one already says so
// by success.

// txn is who writes: a transactional id, and the producer that was given it
// last. Brokers refuse all who were given it before.
type txn struct {
	id string
	producerID
}

func (t txn) coordinated() coordinated { return coordinated{coordinatesTransaction, t.id} }

// outPartition is a partition that takes part in a transaction.
type outPartition struct {
	topic     string
	partition int32
}

// anyProducer stands for whichever producer has a transactional id.
var anyProducer = producerID{-1, -1}

// initTransactions takes the transactional id over from a producer: whoever had
// it is fenced, and what they had open is aborted. It succeeds when that is
// done, markers and offsets included; until then the answer is
// CONCURRENT_TRANSACTIONS. A broker may refuse when another producer has it
// (KIP-360, since 2.5), and need not.
func (c *cluster) initTransactions(ctx context.Context, t txn, timeout time.Duration) (producerID, int16, error) {
	m, err := c.askCoordinator(ctx, metrics.APIInitProducerID, t.coordinated(), &initproducerid.Request{TransactionalID: t.id,
		TransactionTimeoutMs: int32(timeout.Milliseconds()), ProducerID: t.producerID.id, ProducerEpoch: t.epoch})
	if err != nil {
		return producerID{}, 0, err
	}
	res, ok := m.(*initproducerid.Response)
	if !ok {
		return producerID{}, 0, errProtocol
	}
	code, err := c.judge(t.coordinated(), res.ErrorCode)
	return producerID{res.ProducerID, res.ProducerEpoch}, code, err
}

// addPartitions makes partitions part of the transaction, and begins it. A
// leader refuses transactional records of others.
func (c *cluster) addPartitions(ctx context.Context, t txn, parts []outPartition) (int16, error) {
	req := &addpartitionstotxn.Request{TransactionalID: t.id, ProducerID: t.producerID.id, ProducerEpoch: t.epoch}
	for _, p := range parts {
		n := len(req.Topics)
		if n == 0 || req.Topics[n-1].Name != p.topic {
			req.Topics = append(req.Topics, addpartitionstotxn.RequestTopic{Name: p.topic})
			n++
		}
		req.Topics[n-1].Partitions = append(req.Topics[n-1].Partitions, p.partition)
	}
	m, err := c.askTransaction(ctx, t, req)
	if err != nil {
		return 0, err
	}
	res, ok := m.(*addpartitionstotxn.Response)
	if !ok {
		return 0, errProtocol
	}
	for _, topic := range res.Results {
		for _, p := range topic.Results {
			// When one is refused, the others are answered with
			// OPERATION_NOT_ATTEMPTED, which says nothing.
			if p.ErrorCode != 0 && p.ErrorCode != notAttempted {
				return c.judge(t.coordinated(), p.ErrorCode)
			}
		}
	}
	return 0, nil
}

const (
	notAttempted = 55
	codeUnstable = 88 // a transaction is about to change the offset
)

// addOffsets makes the group's offsets part of the transaction.
func (c *cluster) addOffsets(ctx context.Context, t txn, group string) (int16, error) {
	m, err := c.askTransaction(ctx, t, &addoffsetstotxn.Request{
		TransactionalID: t.id, ProducerID: t.producerID.id, ProducerEpoch: t.epoch, GroupID: group})
	if err != nil {
		return 0, err
	}
	res, ok := m.(*addoffsetstotxn.Response)
	if !ok {
		return 0, errProtocol
	}
	return c.judge(t.coordinated(), res.ErrorCode)
}

// commitOffset puts the next offset of a source partition into the
// transaction. It goes to the coordinator of the group, which refuses a
// generation that has passed.
func (c *cluster) commitOffset(ctx context.Context, t txn, who member, topic string, partition int32, next int64) (int16, error) {
	m, err := c.askCoordinator(ctx, metrics.APITransaction, who.coordinated(), &txnoffsetcommit.Request{
		TransactionalID: t.id, ProducerID: t.producerID.id, ProducerEpoch: t.epoch,
		GroupID: who.group, GenerationID: who.generation, MemberID: who.id,
		Topics: []txnoffsetcommit.RequestTopic{{Name: topic, Partitions: []txnoffsetcommit.RequestPartition{
			{Partition: partition, CommittedOffset: next, CommittedLeaderEpoch: -1}}}},
	})
	if err != nil {
		return 0, err
	}
	res, ok := m.(*txnoffsetcommit.Response)
	if !ok || len(res.Topics) != 1 || len(res.Topics[0].Partitions) != 1 {
		return 0, errProtocol
	}
	return c.judge(who.coordinated(), res.Topics[0].Partitions[0].ErrorCode)
}

// endTransaction commits the transaction. Success means that the decision is
// on disk; the markers that make it visible follow.
func (c *cluster) endTransaction(ctx context.Context, t txn) (int16, error) {
	m, err := c.askTransaction(ctx, t, &endtxn.Request{
		TransactionalID: t.id, ProducerID: t.producerID.id, ProducerEpoch: t.epoch, Committed: true})
	if err != nil {
		return 0, err
	}
	res, ok := m.(*endtxn.Response)
	if !ok {
		return 0, errProtocol
	}
	return c.judge(t.coordinated(), res.ErrorCode)
}

func (c *cluster) askTransaction(ctx context.Context, t txn, m protocol.Message) (protocol.Message, error) {
	return c.askCoordinator(ctx, metrics.APITransaction, t.coordinated(), m)
}
