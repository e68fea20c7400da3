package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// source writes the oracle's records, in order, at a pace. Its client is
// idempotent and never gives up, so that what it has sent is in the log once,
// whatever brokers do.
type source struct {
	o    *oracle
	k    *kgo.Client
	rate int // records a second, all partitions together
	err  chan error
}

func newSource(o *oracle, b broker, rate int) (*source, error) {
	k, err := kgo.NewClient(append(b.client(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(5*time.Millisecond), kgo.MaxBufferedRecords(50_000),
		kgo.ProducerBatchCompression(kgo.SnappyCompression()), kgo.DefaultProduceTopic(topicSource))...)
	return &source{o: o, k: k, rate: rate, err: make(chan error, 1)}, err
}

// tick is how often the source writes.
const tick = 20 * time.Millisecond

// run writes until ctx ends, and returns when all of it is acknowledged.
func (s *source) run(ctx context.Context) error {
	defer s.k.Close()
	t := time.NewTicker(tick)
	defer t.Stop()
	begun, sent, p := time.Now(), 0, 0
	for {
		select {
		case <-ctx.Done():
			return s.k.Flush(context.Background())
		case err := <-s.err:
			return err
		case <-t.C:
		}
		for due := int(time.Since(begun).Seconds() * float64(s.rate)); sent < due && ctx.Err() == nil; sent++ {
			if err := s.one(p); err != nil {
				return err
			}
			p = (p + 1) % len(s.o.gens)
		}
	}
}

func (s *source) one(p int) error {
	r, err := s.o.issue(p)
	if err != nil {
		return err
	}
	s.k.Produce(context.Background(), &kgo.Record{Partition: int32(p), Key: r.key, Value: r.value, Timestamp: time.UnixMilli(r.time)}, func(got *kgo.Record, err error) {
		if err != nil {
			select {
			case s.err <- err:
			default:
			}
			return
		}
		s.o.book.acknowledged(p, r.number, got.Offset)
	})
	return nil
}

// abort writes records between those of the source that no reader may see: all
// of its transactions are aborted, or left open until the broker aborts them.
func abort(ctx context.Context, b broker, rng *rand.Rand, partitions int) {
	for n := 0; ctx.Err() == nil; {
		k, err := kgo.NewClient(append(b.client(), kgo.TransactionalID("chaos-aborter"), kgo.TransactionTimeout(5*time.Second),
			kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DefaultProduceTopic(topicSource))...)
		if err != nil {
			return
		}
		for err == nil && ctx.Err() == nil {
			if err = k.BeginTransaction(); err != nil {
				break
			}
			for range 1 + rng.IntN(40) {
				k.Produce(ctx, &kgo.Record{Partition: int32(rng.IntN(partitions)), Value: never(n), Timestamp: time.Now().Add(-24 * time.Hour)}, nil)
				n++
			}
			if err = k.Flush(ctx); err == nil {
				err = k.EndTransaction(ctx, kgo.TryAbort)
			}
			pause(ctx, time.Duration(50+rng.IntN(400))*time.Millisecond)
		}
		k.Close()
		pause(ctx, 200*time.Millisecond)
	}
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
