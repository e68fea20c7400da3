package main

import (
	"context"
	"math/rand/v2"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// broker is the cluster of a run: kfake in this process, or Apache Kafka in
// processes of its own. The proxies reach it through relays, the harness does
// not.
type broker interface {
	client() []kgo.Opt   // of the harness
	bootstrap() []string // of the proxies
	relays() []*relay
	create(ctx context.Context, topic string, partitions int) error
	faults() []fault // what only this broker can do
	tend(ctx context.Context)
	calm()       // no injected errors any more
	killed() int // brokers so far
	forget(topic string, partition int32, before int64)
	close()
}

// A fault is one thing that goes wrong, and comes right before do returns.
type fault struct {
	name   string
	weight int
	do     func(ctx context.Context, rng *rand.Rand) error
}

// direct returns client options that lead around the relays.
func direct(relays []*relay, more ...kgo.Opt) []kgo.Opt {
	around := make(map[string]string)
	var seeds []string
	for _, r := range relays {
		around[r.address()] = r.target
		seeds = append(seeds, r.address())
	}
	return append([]kgo.Opt{
		kgo.SeedBrokers(seeds...), kgo.ClientID("chaos-harness"), kgo.AlwaysRetryEOF(),
		kgo.MetadataMinAge(100 * time.Millisecond), kgo.MetadataMaxAge(10 * time.Second), kgo.RetryBackoffFn(func(int) time.Duration { return 100 * time.Millisecond }),
		kgo.Dialer(func(ctx context.Context, network, host string) (net.Conn, error) {
			if to, ok := around[host]; ok {
				host = to
			}
			d := net.Dialer{Timeout: 5 * time.Second}
			return d.DialContext(ctx, network, host)
		}),
	}, more...)
}
