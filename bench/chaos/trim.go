package main

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// progress is how far a consumer has come.
type progress struct {
	mu   sync.Mutex // guards next
	next map[string]map[int32]int64
}

func (p *progress) note(r *kgo.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		p.next = make(map[string]map[int32]int64)
	}
	if p.next[r.Topic] == nil {
		p.next[r.Topic] = make(map[int32]int64)
	}
	p.next[r.Topic][r.Partition] = r.Offset + 1
}

func (p *progress) at(topic string, partition int32) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next[topic][partition]
}

// trim has the cluster forget what everybody has read: kfake keeps it all in
// memory, and a soak of an hour is tens of millions of records.
func (t *trial) trim(ctx context.Context) {
	for ; ctx.Err() == nil; pause(ctx, 10*time.Second) {
		for p := range int32(len(t.book.parts)) {
			committed := t.book.committedBefore(int(p), time.Now())
			t.b.forget(topicSource, p, min(committed, t.witnessed.at(topicSource, p)))
			for _, topic := range outputs {
				t.b.forget(topic, p, t.reader.progress.at(topic, p))
			}
		}
	}
}
