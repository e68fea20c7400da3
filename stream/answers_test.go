package stream

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A refusal is read as one, in the version that brokers of today agree on, and
// with a throttle time before it. kafka-go misreads some of these answers: then
// a zombie takes itself for a member.
func TestRefusalsAreRead(t *testing.T) {
	const code, throttle = 27, 7
	who, id := member{"g", "m", 1}, txn{id: "x"}
	for _, c := range []struct {
		name string
		key  kmsg.Key
		fill func(kmsg.Response)
		call func(context.Context, *cluster) (int16, error)
	}{
		{"heartbeat", kmsg.Heartbeat, func(r kmsg.Response) { r.(*kmsg.HeartbeatResponse).ErrorCode = code },
			func(ctx context.Context, c *cluster) (int16, error) { return c.heartbeat(ctx, who) }},
		{"commit", kmsg.OffsetCommit, func(r kmsg.Response) {
			r.(*kmsg.OffsetCommitResponse).Topics = []kmsg.OffsetCommitResponseTopic{{Topic: "in", Partitions: []kmsg.OffsetCommitResponseTopicPartition{{ErrorCode: code}}}}
		}, func(ctx context.Context, c *cluster) (int16, error) {
			return c.commit(ctx, who, map[string]map[int]int64{"in": {0: 5}})
		}},
		{"committed", kmsg.OffsetFetch, func(r kmsg.Response) { r.(*kmsg.OffsetFetchResponse).ErrorCode = code },
			func(ctx context.Context, c *cluster) (int16, error) {
				_, code, err := c.committed(ctx, who, map[string][]int32{"in": {0}})
				return code, err
			}},
		{"committed, one partition", kmsg.OffsetFetch, func(r kmsg.Response) {
			r.(*kmsg.OffsetFetchResponse).Topics = []kmsg.OffsetFetchResponseTopic{{Topic: "in", Partitions: []kmsg.OffsetFetchResponseTopicPartition{{ErrorCode: code}}}}
		}, func(ctx context.Context, c *cluster) (int16, error) {
			_, code, err := c.committed(ctx, who, map[string][]int32{"in": {0}})
			return code, err
		}},
		{"init transactions", kmsg.InitProducerID, func(r kmsg.Response) { r.(*kmsg.InitProducerIDResponse).ErrorCode = code },
			func(ctx context.Context, c *cluster) (int16, error) {
				_, code, err := c.initTransactions(ctx, txn{"x", anyProducer}, time.Minute)
				return code, err
			}},
		{"producer id", kmsg.InitProducerID, func(r kmsg.Response) { r.(*kmsg.InitProducerIDResponse).ErrorCode = code },
			func(ctx context.Context, c *cluster) (int16, error) {
				_, code, err := c.newProducerID(ctx)
				return code, err
			}},
		{"add partitions", kmsg.AddPartitionsToTxn, func(r kmsg.Response) {
			r.(*kmsg.AddPartitionsToTxnResponse).Topics = []kmsg.AddPartitionsToTxnResponseTopic{{Topic: "out.a", Partitions: []kmsg.AddPartitionsToTxnResponseTopicPartition{{ErrorCode: code}}}}
		}, func(ctx context.Context, c *cluster) (int16, error) {
			return c.addPartitions(ctx, id, []outPartition{{"out.a", 0}})
		}},
		{"add offsets", kmsg.AddOffsetsToTxn, func(r kmsg.Response) { r.(*kmsg.AddOffsetsToTxnResponse).ErrorCode = code },
			func(ctx context.Context, c *cluster) (int16, error) { return c.addOffsets(ctx, id, "g") }},
		{"commit in a transaction", kmsg.TxnOffsetCommit, func(r kmsg.Response) {
			r.(*kmsg.TxnOffsetCommitResponse).Topics = []kmsg.TxnOffsetCommitResponseTopic{{Topic: "in", Partitions: []kmsg.TxnOffsetCommitResponseTopicPartition{{ErrorCode: code}}}}
		}, func(ctx context.Context, c *cluster) (int16, error) { return c.commitOffset(ctx, id, who, "in", 0, 5) }},
		{"end", kmsg.EndTxn, func(r kmsg.Response) { r.(*kmsg.EndTxnResponse).ErrorCode = code },
			func(ctx context.Context, c *cluster) (int16, error) { return c.endTransaction(ctx, id) }},
		{"offset", kmsg.ListOffsets, func(r kmsg.Response) {
			r.(*kmsg.ListOffsetsResponse).Topics = []kmsg.ListOffsetsResponseTopic{{Topic: "in", Partitions: []kmsg.ListOffsetsResponseTopicPartition{{ErrorCode: code}}}}
		}, func(ctx context.Context, c *cluster) (int16, error) {
			_, code, err := c.offsetAt(ctx, "in", 0, 0, 0)
			return code, err
		}},
		{"join", kmsg.JoinGroup, func(r kmsg.Response) { r.(*kmsg.JoinGroupResponse).ErrorCode = code },
			func(ctx context.Context, c *cluster) (int16, error) {
				_, err := joining(c).joinGroup(ctx)
				return codeOf(err)
			}},
		{"sync", kmsg.SyncGroup, func(r kmsg.Response) { r.(*kmsg.SyncGroupResponse).ErrorCode = code },
			func(ctx context.Context, c *cluster) (int16, error) {
				_, err := joining(c).next(ctx)
				return codeOf(err)
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a"))
			asked := 0
			l.cluster.ControlKey(int16(c.key), func(req kmsg.Request) (kmsg.Response, error, bool) {
				l.cluster.KeepControl()
				res := req.ResponseKind()
				if r, ok := res.(kmsg.SetThrottleResponse); ok {
					r.SetThrottle(throttle)
				}
				c.fill(res)
				asked++
				return res, nil, true
			})
			p, err := New(l.config(keepRoute(t, "in", "a")))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.shared.cluster.describe(l.context(), []string{"in"}); err != nil {
				t.Fatal(err)
			}
			if got, err := c.call(l.context(), p.shared.cluster); got != code || err != nil || asked == 0 {
				t.Errorf("code %d, %v after %d requests, want %d", got, err, asked, code)
			}
		})
	}
}

// joining is somebody who is about to join the group.
func joining(c *cluster) *membership {
	cfg := Config{Group: "g"}
	cfg.setDefaults()
	return (&Proxy{cfg: &cfg, shared: &shared{cluster: c}}).join(&subscription{})
}

// codeOf takes the code out of the error of an answer.
func codeOf(err error) (int16, error) {
	var code kafka.Error
	if errors.As(err, &code) {
		return int16(code), nil
	}
	return 0, err
}
