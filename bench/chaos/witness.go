package main

import (
	"context"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// watchSource reads the source as another consumer would that must not see what
// is not committed. It notes in the book how far it comes, and the aborted
// records that the cluster shows it all the same.
func watchSource(ctx context.Context, b broker, book *book, far *progress, found *atomic.Int64) {
	from := map[string]map[int32]kgo.Offset{topicSource: {}}
	for p := range book.parts {
		from[topicSource][int32(p)] = kgo.NewOffset().AtStart()
	}
	k, err := kgo.NewClient(append(b.client(), kgo.ConsumePartitions(from), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		return
	}
	defer k.Close()
	for ctx.Err() == nil {
		k.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			far.note(r)
			switch n, ok := numberOf(r.Value); {
			case !ok:
			case n >= neverNumber:
				found.Add(1)
			default:
				book.readable(int(r.Partition), n)
			}
		})
	}
}
