package stream

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/listoffsets"

	"redactor/metrics"
	"redactor/redact"
)

// A transaction ends on each of its partitions with a marker that the leader
// writes. The coordinators of Kafka 4.3 and 4.4 take a partition that has no
// leader just then for one that was deleted, and forget its marker
// (KAFKA-20734): what was aborted there is to be seen with the producer's next
// commit, what was committed goes with its next abort. So a transaction of ours
// ends, by EndTxn or because its transactional id is taken, only when those who
// lead its partitions have just said so. It delays nothing that would not wait:
// other coordinators wait for a leader themselves.
//
// What is left is a leader that dies between that and the marker, with no
// replica in sync to follow it, and a transaction that its timeout ends.

// ledWithin is how long the sign of life of a leader is good for. To be without
// one, a partition must lose all that were in sync with it when it was written
// to, and controllers give a broker broker.session.timeout.ms, 9 s, to come back.
const ledWithin = time.Second

// led asks those who lead some partitions whether they do. The code is that of
// the first who does not.
func (c *cluster) led(ctx context.Context, parts []outPartition) (int16, error) {
	byLeader := make(map[int32]*listoffsets.Request)
	for _, p := range parts {
		leader := c.leader(p.topic, p.partition)
		if leader < 0 {
			return int16(kafka.LeaderNotAvailable), nil
		}
		req := byLeader[leader]
		if req == nil {
			req = &listoffsets.Request{ReplicaID: -1, IsolationLevel: readUncommitted}
			byLeader[leader] = req
		}
		n := len(req.Topics)
		if n == 0 || req.Topics[n-1].Topic != p.topic {
			req.Topics = append(req.Topics, listoffsets.RequestTopic{Topic: p.topic})
			n++
		}
		req.Topics[n-1].Partitions = append(req.Topics[n-1].Partitions, listoffsets.RequestPartition{
			Partition: p.partition, CurrentLeaderEpoch: -1, Timestamp: kafka.LastOffset})
	}
	for leader, req := range byLeader {
		m, err := c.ask(ctx, metrics.APIListOffsets, leader, req)
		if err != nil {
			return 0, err
		}
		res, ok := m.(*listoffsets.Response)
		if !ok {
			return 0, errProtocol
		}
		for _, t := range res.Topics {
			for _, p := range t.Partitions {
				if p.ErrorCode != 0 {
					return p.ErrorCode, nil
				}
			}
		}
	}
	return 0, nil
}

// awaitLeaders waits until all of the partitions are led, or ctx ends.
func (p *pipeline) awaitLeaders(ctx context.Context, s stage, parts []outPartition) error {
	return p.insist(ctx, s, false, func() (int16, error) { return p.cluster.led(ctx, parts) })
}

// reach is what an open transaction of this transactional id may have: whose it
// is, and how far it has come, nobody says.
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

// led waits for the leaders of the transaction's partitions, unless it is too
// short for one to be gone.
func (t *transaction) led(ctx context.Context) error {
	if time.Since(t.begun) < ledWithin {
		return nil
	}
	return t.p.awaitLeaders(ctx, stageCommit, slices.SortedFunc(maps.Keys(t.joined), outPartition.compare))
}
