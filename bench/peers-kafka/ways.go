package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/benthosdev/benthos/v4/public/service"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	_ "github.com/benthosdev/benthos/v4/public/components/io"
	_ "github.com/benthosdev/benthos/v4/public/components/kafka"
	_ "github.com/benthosdev/benthos/v4/public/components/pure"
)

// fields are the eight that are replaced.
var fields = []string{"imei", "imsi", "android_id", "mac", "ip", "ssid", "lat", "lon"}

const mask = "***"

// policy says the same to redactor: everything else is kept.
var policy = `apiVersion: redactor/v1
name: peers
namespace: peers
fields:
` + func() string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "  - {name: %s, level: L4, is: text, paths: [\"$.%s\"]}\n", strings.ReplaceAll(f, "_", "-"), f)
	}
	return b.String()
}() + `profiles:
  internal:
    internal: true
    unknown: keep
    levels: {L4: {replace: "***"}}
    fields: {` + func() string {
	var all []string
	for _, f := range fields {
		all = append(all, strings.ReplaceAll(f, "_", "-")+`: {replace: "***"}`)
	}
	return strings.Join(all, ", ")
}() + `}
streams:
  - {from: in, format: json, to: {internal: out}}
on_error: quarantine
`

// names lists the ways in the order of the table; the first is the measure.
func names() []string {
	return []string{"redactor at least once", "redactor exactly once", "franz-go mirror", "franz-go", "kafka-go", "benthos"}
}

// ways are what this program can be; redactor is its own.
var ways = map[string]func(broker string) error{
	"kafka-go":        kafkaGo,
	"franz-go":        func(b string) error { return franz(b, redactMap) },
	"franz-go mirror": func(b string) error { return franz(b, func(v []byte) ([]byte, error) { return v, nil }) },
	"benthos":         benthos,
}

func group() string { return os.Getenv("PEERS_GROUP") }

// redactMap is how most would do it: into a map, and out again.
func redactMap(value []byte) ([]byte, error) {
	var m map[string]any
	if err := json.Unmarshal(value, &m); err != nil {
		return nil, err
	}
	for _, f := range fields {
		if _, ok := m[f]; ok {
			m[f] = mask
		}
	}
	return json.Marshal(m)
}

// kafkaGo is the loop of kafka-go's README, with batches and acknowledgements.
func kafkaGo(broker string) error {
	ctx := interrupted()
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, GroupID: group(), Topic: "in", MinBytes: 1, MaxBytes: 10e6, StartOffset: kafka.FirstOffset, CommitInterval: time.Second})
	defer r.Close()
	w := &kafka.Writer{Addr: kafka.TCP(broker), Topic: "out", RequiredAcks: kafka.RequireAll, BatchSize: 2000, BatchBytes: 1 << 20, BatchTimeout: 10 * time.Millisecond, Balancer: &kafka.Hash{}}
	defer w.Close()
	const chunk = 2000
	batch := make([]kafka.Message, 0, chunk)
	for {
		m, err := r.FetchMessage(ctx)
		if err != nil {
			return err
		}
		value, err := redactMap(m.Value)
		if err != nil {
			return err
		}
		batch = append(batch, kafka.Message{Key: m.Key, Value: value, Time: m.Time})
		if len(batch) < chunk {
			continue
		}
		if err := w.WriteMessages(ctx, batch...); err != nil {
			return err
		}
		if err := r.CommitMessages(ctx, m); err != nil {
			return err
		}
		batch = batch[:0]
	}
}

// franz reads, redacts, writes and commits after the acknowledgements.
func franz(broker string, redact func([]byte) ([]byte, error)) error {
	ctx := interrupted()
	k, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumerGroup(group()), kgo.ConsumeTopics("in"), kgo.DefaultProduceTopic("out"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DisableAutoCommit(), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MaxBufferedRecords(100_000), kgo.FetchMaxPartitionBytes(1<<20), kgo.FetchMaxBytes(8<<20), kgo.BlockRebalanceOnPoll())
	if err != nil {
		return err
	}
	defer k.Close()
	for commit := time.Now(); ctx.Err() == nil; {
		f := k.PollRecords(ctx, 20_000)
		var failed error
		f.EachRecord(func(r *kgo.Record) {
			value, err := redact(r.Value)
			if err != nil {
				failed = err
				return
			}
			k.Produce(ctx, &kgo.Record{Partition: r.Partition, Key: r.Key, Value: value, Timestamp: r.Timestamp}, nil)
		})
		if failed != nil {
			return failed
		}
		if err := k.Flush(ctx); err != nil {
			return err
		}
		if time.Since(commit) > time.Second {
			commit = time.Now()
			if err := k.CommitUncommittedOffsets(ctx); err != nil {
				return err
			}
		}
		k.AllowRebalance()
	}
	return nil
}

// benthos is Benthos's franz-go input and output with a mutation between, in
// batches, all cores at work.
func benthos(broker string) error {
	var mutation strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&mutation, "        root.%s = %q\n", f, mask)
	}
	b := service.NewStreamBuilder()
	if err := b.SetYAML(fmt.Sprintf(`
input:
  kafka_franz:
    seed_brokers: [%q]
    topics: [in]
    consumer_group: %q
    batching: {count: 2000, period: 10ms}
pipeline:
  threads: -1
  processors:
    - mutation: |
%s
output:
  kafka_franz:
    seed_brokers: [%q]
    topic: out
    key: ${! meta("kafka_key") }
    partitioner: manual
    partition: ${! meta("kafka_partition") }
    max_in_flight: 16
    compression: none
logger: {level: error}
`, broker, group(), mutation.String(), broker)); err != nil {
		return err
	}
	s, err := b.Build()
	if err != nil {
		return err
	}
	return s.Run(context.Background())
}
