package main

import (
	"bytes"
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"redactor/internal/synth"
)

const (
	// maxBehind is how many records the proxy, or who reads its outputs, may be
	// behind before the generator waits: far below what the broker retains.
	maxBehind = 50_000

	malformedEvery = 2000 // one record in so many is cut off in the middle
	tombstoneEvery = 500  // one in so many has a null value

	generatorTick = 10 * time.Millisecond

	// demoStart is when the made-up events begin, in Unix milliseconds: a fixed
	// time, so that a seed makes the same records every day, and one at which
	// rounding to the hour shows.
	demoStart = 1795252417_000 // 2026-11-21T09:13:37Z
)

// generator produces made-up records at a rate. Two with one seed produce the
// same records in the same order.
type generator struct {
	client *kgo.Client
	gen    *synth.Gen
	check  *inspector
	buf    []byte

	made     int64            // records made so far
	sent     map[string]int64 // acknowledged or on their way, by topic
	total    int64            // of sent
	lost     atomic.Int64     // not acknowledged: the books could not balance
	consumed atomic.Int64     // what the proxy has read, as /metrics says
	unread   atomic.Int64     // what it has written and the inspector not yet read
}

func newGenerator(broker string, seed uint64, check *inspector) (*generator, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(broker),
		kgo.ProducerLinger(2*time.Millisecond),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	if err != nil {
		return nil, err
	}
	return &generator{
		client: client,
		gen:    synth.NewWith(synth.Options{Seed: seed, Start: demoStart, Track: true}),
		check:  check,
		sent:   make(map[string]int64),
	}, nil
}

func (g *generator) close() { g.client.Close() }

// next makes one record: flat device records, usage events, records with
// rarer fields, and now and then a tombstone or one that is cut off. It is
// valid until the next call.
func (g *generator) next() *kgo.Record {
	g.made++
	kind, topic := synth.Flat, topicAndroid
	switch n := g.made % 20; {
	case g.made%tombstoneEvery == 0:
		kind = synth.Tombstone
	case n >= 16:
		kind, topic = synth.Wide, topicIOS
	case n >= 10:
		kind, topic = synth.Nested, topicUsage
	}
	g.buf = g.gen.Append(g.buf[:0], kind)
	r := &kgo.Record{Topic: topic, Key: g.gen.AppendKey(nil), Timestamp: time.Now()}
	switch {
	case g.gen.Null():
	case g.made%malformedEvery == malformedEvery-1:
		r.Value = bytes.Clone(g.buf[:len(g.buf)/2])
	default:
		r.Value = bytes.Clone(g.buf)
	}
	g.check.plant(g.gen.Planted())
	return r
}

// send hands a record to the producer.
func (g *generator) send(ctx context.Context, r *kgo.Record) {
	g.sent[r.Topic]++
	g.total++
	g.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		if err != nil {
			g.lost.Add(1)
		}
	})
}

// tooFar reports whether the proxy, or the inspector behind it, has fallen
// back by as much as the broker's retention allows.
func (g *generator) tooFar() bool {
	return g.total-g.consumed.Load() >= maxBehind || g.unread.Load() >= maxBehind
}

// run produces until ctx is done or, when limit is not 0, until so many
// records were made. What is on its way is acknowledged when it returns.
func (g *generator) run(ctx context.Context, rate int, limit int64) error {
	tick := time.NewTicker(generatorTick)
	defer tick.Stop()
	start, base := time.Now(), g.made
	for ctx.Err() == nil {
		due := int64(math.MaxInt64)
		if rate > 0 {
			due = base + int64(time.Since(start).Seconds()*float64(rate))
		}
		if limit > 0 {
			due = min(due, limit)
		}
		for i := 0; g.made < due && i < 1000 && !g.tooFar(); i++ {
			g.send(context.WithoutCancel(ctx), g.next())
		}
		if limit > 0 && g.made >= limit {
			break
		}
		if g.made >= due || g.tooFar() {
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	}
	return g.client.Flush(context.WithoutCancel(ctx))
}
