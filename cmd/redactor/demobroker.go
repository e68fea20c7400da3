package main

import (
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kfake"
)

const (
	demoPartitions = 4
	demoQuarantine = "redactor.quarantine"

	// What the embedded broker keeps per partition. It keeps it in memory, and
	// the demo may run for days; the generator never lets the proxy fall behind
	// by so much (maxBehind).
	demoRetention = 8 << 20
)

// The source topics of the demo, which the starter policy reads.
const (
	topicAndroid = "device.logs.android"
	topicIOS     = "device.logs.ios"
	topicUsage   = "usage.events"
)

var demoSources = []string{topicAndroid, topicIOS, topicUsage}

// demoBroker is a Kafka broker in this process: the real protocol over TCP,
// kept in memory.
type demoBroker struct {
	*kfake.Cluster
	addr string
}

func startBroker() (*demoBroker, error) {
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.BrokerConfigs(map[string]string{"log.cleaner.backoff.ms": "5000"}), // how often retention is applied
	)
	if err != nil {
		return nil, err
	}
	return &demoBroker{cluster, cluster.ListenAddrs()[0]}, nil
}

// create makes the topics with the demo's retention.
func (b *demoBroker) create(topics []string) error {
	config := map[string]string{"retention.bytes": strconv.Itoa(demoRetention)}
	for _, t := range topics {
		if err := b.CreateTopic(t, demoPartitions, config); err != nil {
			return fmt.Errorf("topic %s: %w", t, err)
		}
	}
	return nil
}

// written returns how many records the topic has ever taken: what the broker
// says, not what the proxy says.
func (b *demoBroker) written(topic string) int64 {
	var n int64
	for _, p := range b.PartitionInfos(topic) {
		n += p.HighWatermark
	}
	return n
}
