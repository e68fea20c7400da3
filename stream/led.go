package stream

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"redactor/metrics"
	"redactor/redact"
)

// A transaction ends on each of its partitions with a marker that the leader
// writes. The coordinators of Kafka 4.3 and 4.4 take a partition that has no
// leader just then for one that was deleted, and forget its marker
// (KAFKA-20734): what was aborted there is to be seen with the producer's next
// commit, what was committed goes with its next abort. At such a coordinator a
// transaction of ours ends, by EndTxn or because its transactional id is taken,
// only when its partitions are led, as the coordinator knows it and as the leaders
// say. That delays nothing: other coordinators wait for a leader themselves.
//
//	endable: ApiVersions (once a minute), DescribeTransactions, Metadata   to the coordinator
//	         ListOffsets                                                  to the leaders
//
// What is left is a leader that is gone between that and the marker, with no
// replica in sync to follow it.

// ledWithin is how long a transaction may be open and end without a question:
// those that were in sync when it was written are there then, or have just begun
// to be missed. For a partition that has one replica in sync that is not true.
const ledWithin = time.Second

// completeAbort is the state of a transaction that the coordinator has aborted:
// as its timeout was over, while a partition of it may have been without a leader.
const completeAbort = "CompleteAbort"

// endable returns the state of a transaction, and no error and no code when it
// may be ended. The state is "" where there is nothing to fear.
func (c *cluster) endable(ctx context.Context, t txn) (state string, code int16, err error) {
	of := t.coordinated()
	node, err := c.coordinator(ctx, of)
	if err != nil {
		return "", 0, err
	}
	defer func() {
		if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
			c.forgetCoordinator(of)
		}
	}()
	loses, err := c.losesMarkers(ctx, node)
	if err != nil || !loses {
		return "", 0, err
	}
	q := &transactionQuery{node: node, clientID: c.clientID, id: t.id}
	if err := c.do(ctx, metrics.APITransaction, q, c.timeout); err != nil {
		return "", 0, err
	}
	switch {
	case q.code == codeNoTransactionalID:
		return "", 0, nil
	case q.code != 0:
		code, err = c.judge(of, q.code)
		return "", code, err
	}
	code, err = c.led(ctx, node, q.parts)
	return q.state, code, err
}

// led asks a broker who leads some partitions, and those whether they do. The
// code is that of the first that is not led. The group's own topic is left out:
// its coordinator is heard by other ways, and to ask for the topic is another right.
func (c *cluster) led(ctx context.Context, node int32, parts []outPartition) (int16, error) {
	wanted := make(map[outPartition]bool)
	meta := new(metadata.Request)
	for _, p := range parts {
		if strings.HasPrefix(p.topic, "__") {
			continue
		}
		if wanted[p] = true; len(meta.TopicNames) == 0 || meta.TopicNames[len(meta.TopicNames)-1] != p.topic {
			meta.TopicNames = append(meta.TopicNames, p.topic)
		}
	}
	if len(wanted) == 0 {
		return 0, nil
	}
	m, err := c.ask(ctx, metrics.APIMetadata, node, meta)
	if err != nil {
		return 0, err
	}
	res, ok := m.(*metadata.Response)
	if !ok {
		return 0, errProtocol
	}
	asked := make(map[int32]*listoffsets.Request)
	for _, t := range res.Topics {
		for _, p := range t.Partitions {
			if part := (outPartition{t.Name, p.PartitionIndex}); wanted[part] && p.LeaderID >= 0 {
				delete(wanted, part)
				askEnd(asked, p.LeaderID, part)
			}
		}
	}
	if len(wanted) > 0 {
		return int16(kafka.LeaderNotAvailable), nil
	}
	for leader, req := range asked {
		if code, err := c.leads(ctx, leader, req); code != 0 || err != nil {
			return code, err
		}
	}
	return 0, nil
}

// askEnd adds the end of a partition to what its leader is asked for.
func askEnd(asked map[int32]*listoffsets.Request, leader int32, p outPartition) {
	req := asked[leader]
	if req == nil {
		req = &listoffsets.Request{ReplicaID: -1, IsolationLevel: readUncommitted}
		asked[leader] = req
	}
	n := len(req.Topics)
	if n == 0 || req.Topics[n-1].Topic != p.topic {
		req.Topics = append(req.Topics, listoffsets.RequestTopic{Topic: p.topic})
		n++
	}
	req.Topics[n-1].Partitions = append(req.Topics[n-1].Partitions, listoffsets.RequestPartition{
		Partition: p.partition, CurrentLeaderEpoch: -1, Timestamp: kafka.LastOffset})
}

// leads asks a broker for the ends of partitions, which only their leader tells.
func (c *cluster) leads(ctx context.Context, leader int32, req *listoffsets.Request) (int16, error) {
	m, err := c.ask(ctx, metrics.APIListOffsets, leader, req)
	if err != nil {
		return 0, err
	}
	res, ok := m.(*listoffsets.Response)
	if !ok || len(res.Topics) != len(req.Topics) {
		return 0, errProtocol
	}
	for i := range res.Topics {
		if len(res.Topics[i].Partitions) != len(req.Topics[i].Partitions) {
			return 0, errProtocol
		}
		for _, p := range res.Topics[i].Partitions {
			if p.ErrorCode != 0 {
				return p.ErrorCode, nil
			}
		}
	}
	return 0, nil
}

// endable is asked right before EndTxn, each time, unless the transaction is too
// young. Whoever keeps the offsets has a marker to write, too.
func (t *transaction) endable(ctx context.Context) (int16, error) {
	if time.Since(t.begun) < ledWithin {
		return 0, nil
	}
	state, code, err := t.p.cluster.endable(ctx, t.p.txn)
	if state == "" || code != 0 || err != nil {
		return code, err
	}
	if code, err = t.p.cluster.heartbeat(ctx, t.p.commits.who); code == codeRebalance {
		code = 0 // a member still
	}
	return code, err
}

// reach is what a transaction of this transactional id may have had.
func (p *pipeline) reach() (parts []outPartition) {
	for i := range p.plan.outputs {
		o := &p.plan.outputs[i]
		if o.how == redact.PartitionSame {
			parts = append(parts, outPartition{o.topic, p.partition})
			continue
		}
		for n := range o.partitions {
			parts = append(parts, outPartition{o.topic, int32(n)})
		}
	}
	if p.cfg.Quarantine != "" {
		parts = append(parts, p.quarantinePartition())
	}
	return parts
}

// quarantinePartition is where all quarantine records of the source partition
// go, in order.
func (p *pipeline) quarantinePartition() outPartition {
	n := p.cluster.partitions(p.cfg.Quarantine)
	return outPartition{p.cfg.Quarantine, p.partition % int32(max(n, 1))}
}
