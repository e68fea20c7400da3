package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"

	"redactor/metrics"
)

// coordinated is what some broker coordinates: a consumer group, or the
// transactions of one transactional id.
type coordinated struct {
	kind int8 // as FindCoordinator numbers them
	key  string
}

const (
	coordinatesGroup       = 0
	coordinatesTransaction = 1
)

// coordinator returns the broker that coordinates of. kafka.Transport would
// ask for it before every single request.
func (c *cluster) coordinator(ctx context.Context, of coordinated) (int32, error) {
	c.mu.Lock()
	node, known := c.coordinators[of]
	c.mu.Unlock()
	if known {
		return node, nil
	}
	m, err := c.ask(ctx, metrics.APIFindCoordinator, anyBroker, &findcoordinator.Request{Key: of.key, KeyType: of.kind})
	if err != nil {
		return 0, err
	}
	res, ok := m.(*findcoordinator.Response)
	if !ok {
		return 0, errProtocol
	}
	if res.ErrorCode != 0 {
		return 0, fmt.Errorf("find the coordinator: %w", kafka.Error(res.ErrorCode))
	}
	c.mu.Lock()
	c.coordinators[of] = res.NodeID
	c.mu.Unlock()
	return res.NodeID, nil
}

func (c *cluster) forgetCoordinator(of coordinated) {
	c.mu.Lock()
	delete(c.coordinators, of)
	c.mu.Unlock()
}

// askCoordinator sends m to the coordinator. An error makes it look for the
// coordinator anew the next time, unless it is that the caller waits no longer;
// judge does so for an answer.
func (c *cluster) askCoordinator(ctx context.Context, api metrics.API, of coordinated, m protocol.Message) (protocol.Message, error) {
	return c.askCoordinatorFor(ctx, c.timeout, api, of, m)
}

// askCoordinatorFor is askCoordinator for an answer that may take its time.
func (c *cluster) askCoordinatorFor(ctx context.Context, timeout time.Duration, api metrics.API, of coordinated, m protocol.Message) (protocol.Message, error) {
	node, err := c.coordinator(ctx, of)
	if err != nil {
		return nil, err
	}
	res, err := c.askFor(ctx, timeout, api, node, m)
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		c.forgetCoordinator(of)
	}
	return res, err
}

// judge passes the code in an answer of a coordinator on. One that says that
// it coordinates no more is forgotten.
func (c *cluster) judge(of coordinated, code int16) (int16, error) {
	if cl, _ := classify(code); cl == classRefresh {
		c.forgetCoordinator(of)
	}
	return code, nil
}

// commit commits offsets in the name of a generation. The coordinator refuses
// one that has passed.
func (c *cluster) commit(ctx context.Context, who member, offsets map[string]map[int]int64) (int16, error) {
	req := &offsetcommit.Request{GroupID: who.group, GenerationID: who.generation, MemberID: who.id, RetentionTimeMs: -1}
	for topic, partitions := range offsets {
		t := offsetcommit.RequestTopic{Name: topic}
		for p, offset := range partitions {
			t.Partitions = append(t.Partitions, offsetcommit.RequestPartition{
				PartitionIndex: int32(p), CommittedOffset: offset, CommittedLeaderEpoch: -1})
		}
		req.Topics = append(req.Topics, t)
	}
	m, err := c.askCoordinator(ctx, metrics.APIOffsetCommit, who.coordinated(), req)
	if err != nil {
		return 0, err
	}
	res, ok := m.(*offsetcommit.Response)
	if !ok {
		return 0, errProtocol
	}
	for _, t := range res.Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				return c.judge(who.coordinated(), p.ErrorCode)
			}
		}
	}
	return 0, nil
}

// committed returns the offsets that the group has committed, -1 for none.
//
// A broker that does not know stableOffsets may answer what was before a
// transaction whose end it has acknowledged. After initTransactions, which waits
// for that, it does so no more, or hardly.
func (c *cluster) committed(ctx context.Context, who member, of map[string][]int32) (map[outPartition]int64, int16, error) {
	offsets := make(map[outPartition]int64)
	req := &offsetfetch.Request{GroupID: who.group}
	for topic, partitions := range of {
		req.Topics = append(req.Topics, offsetfetch.RequestTopic{Name: topic, PartitionIndexes: partitions})
	}
	if len(req.Topics) == 0 { // null is not "none": it asks for all that the group has
		return offsets, 0, nil
	}
	m, err := c.askCoordinator(ctx, metrics.APIOffsetFetch, who.coordinated(), req)
	if err != nil {
		return nil, 0, err
	}
	res, ok := m.(*offsetfetch.Response)
	if !ok {
		return nil, 0, errProtocol
	}
	code := res.ErrorCode
	for _, t := range res.Topics {
		for _, p := range t.Partitions {
			offsets[outPartition{t.Name, p.PartitionIndex}] = p.CommittedOffset
			if code == 0 {
				code = p.ErrorCode
			}
		}
	}
	if code != 0 {
		code, err := c.judge(who.coordinated(), code)
		return nil, code, err
	}
	for topic, partitions := range of {
		for _, id := range partitions {
			if _, ok := offsets[outPartition{topic, id}]; !ok {
				return nil, 0, errProtocol
			}
		}
	}
	return offsets, 0, nil
}

// settled is committed as a coordinator has it that knows our generation; the
// code is that of a heartbeat otherwise, and another coordinator is asked the
// next time. A broker that coordinates no more and has not noticed, after a long
// pause for one, answers with offsets of before: to read them it needs nobody.
// But the generation began at its successor.
func (c *cluster) settled(ctx context.Context, who member, of map[string][]int32) (map[outPartition]int64, int16, error) {
	node, err := c.coordinator(ctx, who.coordinated())
	if err != nil {
		return nil, 0, err
	}
	offsets, code, err := c.committed(ctx, who, of)
	if err != nil || code != 0 {
		return nil, code, err
	}
	if code, err = c.heartbeat(ctx, who); err != nil {
		return nil, 0, err
	}
	now, err := c.coordinator(ctx, who.coordinated())
	switch cl, _ := classify(code); {
	case err != nil:
		return nil, 0, err
	case now != node:
		return nil, codeNotCoordinator, nil
	case cl == classOK, code == codeRebalance: // of the members of our generation
		return offsets, 0, nil
	case cl == classFenced:
		c.forgetCoordinator(who.coordinated())
	}
	return nil, code, nil
}
