package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// double is a record that is in an output twice.
type double struct {
	topic     string
	partition int      // of the topic
	source    int      // the partition that it comes from
	at        [2]int64 // offsets
}

const (
	mostExcerpts = 3
	around       = 300 // offsets before the first and after the second of a double
	bitControl   = 0x20
)

// excerpts prints the batches and the markers around doubles, as the leader has
// them: whose transactions these were and how they ended says how a record came
// to be there twice, and the brokers' disks are gone when somebody reads this.
func excerpts(ctx context.Context, w io.Writer, b broker, doubles []double) {
	if len(doubles) == 0 {
		return
	}
	k, err := kgo.NewClient(b.client()...)
	if err != nil {
		return
	}
	defer k.Close()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for _, d := range doubles {
		fmt.Fprintf(w, "excerpt of %s, partition %d:\n", d.topic, d.partition)
		if err := excerpt(ctx, w, k, d); err != nil {
			fmt.Fprintln(w, "  ", err)
		}
	}
}

func excerpt(ctx context.Context, w io.Writer, k *kgo.Client, d double) error {
	meta := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(d.topic)
	meta.Topics = append(meta.Topics, topic)
	known, err := meta.RequestWith(ctx, k)
	if err != nil {
		return err
	}
	if len(known.Topics) != 1 || d.partition >= len(known.Topics[0].Partitions) {
		return fmt.Errorf("the topic is not known")
	}
	leader := int32(-1)
	for _, p := range known.Topics[0].Partitions {
		if p.Partition == int32(d.partition) {
			leader = p.Leader
		}
	}
	for from := max(0, d.at[0]-around); from < d.at[1]+around; {
		p, err := fetch(ctx, k.Broker(int(leader)), &known.Topics[0], int32(d.partition), from)
		if err != nil {
			return err
		}
		for _, a := range p.AbortedTransactions {
			fmt.Fprintf(w, "   the leader names as aborted: producer %d from offset %d\n", a.ProducerID, a.FirstOffset)
		}
		next := describe(w, p.RecordBatches)
		if next <= from {
			return nil // the end
		}
		from = next
	}
	return nil
}

// fetch reads on from an offset, with what consumers are told to leave out.
func fetch(ctx context.Context, k *kgo.Broker, of *kmsg.MetadataResponseTopic, partition int32, from int64) (*kmsg.FetchResponseTopicPartition, error) {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes, req.IsolationLevel = 100, 0, 1<<20, 1
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = *of.Topic, of.TopicID
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.FetchOffset, p.PartitionMaxBytes = partition, from, 64<<10
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	resp, err := k.Request(ctx, req)
	if err != nil {
		return nil, err
	}
	for _, t := range resp.(*kmsg.FetchResponse).Topics {
		for i := range t.Partitions {
			return &t.Partitions[i], kerr.ErrorForCode(t.Partitions[i].ErrorCode)
		}
	}
	return nil, fmt.Errorf("nothing came")
}

// describe prints a line for each whole batch in p, and returns the offset after
// them.
func describe(w io.Writer, p []byte) (next int64) {
	const head = 12 // what Length does not count
	for len(p) > head {
		n := head + int(binary.BigEndian.Uint32(p[8:]))
		var b kmsg.RecordBatch
		if n > len(p) || b.ReadFrom(p[:n]) != nil {
			return next
		}
		p = p[n:]
		next = b.FirstOffset + int64(b.LastOffsetDelta) + 1
		by := fmt.Sprintf("producer %d epoch %d, leader epoch %d", b.ProducerID, b.ProducerEpoch, b.PartitionLeaderEpoch)
		if b.Attributes&bitControl != 0 {
			fmt.Fprintf(w, "   %d: %s, %s\n", b.FirstOffset, marker(b.Records), by)
			continue
		}
		fmt.Fprintf(w, "   %d to %d: %d records from sequence %d, %s, %s\n", b.FirstOffset, next-1, b.NumRecords, b.FirstSequence, by,
			time.UnixMilli(b.FirstTimestamp).UTC().Format("15:04:05.000"))
	}
	return next
}

// marker says how a transaction ended: the only record of a control batch.
func marker(p []byte) string {
	var r kmsg.Record
	if r.ReadFrom(p) != nil || len(r.Key) < 4 {
		return "a marker that cannot be read"
	}
	coordinator := "?"
	if len(r.Value) >= 6 {
		coordinator = fmt.Sprint(binary.BigEndian.Uint32(r.Value[2:]))
	}
	how := "aborted"
	if binary.BigEndian.Uint16(r.Key[2:]) == 1 {
		how = "committed"
	}
	return how + " by coordinator epoch " + coordinator
}
