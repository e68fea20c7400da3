package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// reader reads all outputs and the quarantine as a consumer that must not see
// what is not committed, while they are written, and holds them to the book.
// franz-go is another implementation of the protocol than the proxy's.
type reader struct {
	o        *oracle
	k        *kgo.Client
	seen     atomic.Int64 // records
	progress progress
}

func newReader(o *oracle, b broker) (*reader, error) {
	topics := map[string]map[int32]kgo.Offset{topicQuarantine: {0: kgo.NewOffset().AtStart()}}
	for _, t := range outputs {
		topics[t] = make(map[int32]kgo.Offset)
		for p := range o.gens {
			topics[t][int32(p)] = kgo.NewOffset().AtStart()
		}
	}
	k, err := kgo.NewClient(append(b.client(), kgo.ConsumePartitions(topics), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()))...)
	return &reader{o: o, k: k}, err
}

func (r *reader) run(ctx context.Context) {
	for ctx.Err() == nil {
		r.poll(ctx)
	}
}

func (r *reader) poll(ctx context.Context) {
	fetches := r.k.PollFetches(ctx)
	fetches.EachError(func(_ string, _ int32, err error) {
		if loss := (*kgo.ErrDataLoss)(nil); errors.As(err, &loss) {
			r.o.book.setBack(loss.Topic, loss.Partition, loss.ConsumedTo, loss.ResetTo)
		}
	})
	fetches.EachRecord(func(rec *kgo.Record) {
		r.take(rec)
		r.progress.note(rec)
		r.seen.Add(1)
	})
}

// take holds one record of an output topic to the book.
func (r *reader) take(rec *kgo.Record) {
	if rec.Topic == topicQuarantine {
		r.quarantined(rec)
		return
	}
	i := slices.Index(outputs, rec.Topic)
	n, ok := numberOf(rec.Value)
	if ok && n >= neverNumber {
		r.o.book.neverCommitted(rec.Topic)
		return
	}
	want := ok && len(rec.Headers) == 0
	if !want || !r.o.book.arrive(i, int(rec.Partition), n, rec.Offset, r.o.hash(rec.Key, rec.Value, rec.Timestamp.UnixMilli())) {
		// What is known byte for byte holds nothing planted. This is not.
		r.o.book.damage(rec.Topic, int(rec.Partition), n)
		r.o.book.leak(r.o.planted.in(rec.Value)+r.o.planted.in(rec.Key), rec.Topic)
	}
}

func (r *reader) quarantined(rec *kgo.Record) {
	var q struct {
		Topic     string
		Partition int
		Offset    int64
		Timestamp int64
	}
	if err := json.Unmarshal(rec.Value, &q); err != nil || q.Topic != topicSource || q.Partition >= len(r.o.gens) || !r.o.book.spoiledAt(q.Partition, q.Timestamp) {
		r.o.book.damage(topicQuarantine, 0, -1)
		return
	}
	// The timestamp is known to be the record's. Its nine last digits may be a planted cell's number by chance: among a
	// thousand quarantine records and two hundred thousand values they were, once.
	value := bytes.Replace(rec.Value, strconv.AppendInt(nil, q.Timestamp, 10), nil, 1)
	leaks := r.o.planted.in(rec.Key) + r.o.planted.in(value)
	for _, h := range rec.Headers {
		leaks += r.o.planted.in([]byte(h.Key)) + r.o.planted.in(h.Value)
	}
	r.o.book.leak(leaks, "quarantine")
	r.o.book.quarantined(q.Partition, q.Offset, rec.Offset)
}
