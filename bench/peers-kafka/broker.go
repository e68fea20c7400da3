package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"os/signal"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"redactor/bench"
)

const (
	partitions   = 8
	batchRecords = 1000
)

// broker gives the same batch to every fetch and counts what it is sent.
type broker struct {
	c           *kfake.Cluster
	addr        string
	produced    atomic.Int64 // records
	starred     atomic.Int64 // values that were replaced in them
	rounds      int
	recordBytes int
}

func startBroker() (*broker, error) {
	set := bench.Flat()
	b := &broker{}
	batch := encode(set.Records[:batchRecords])
	b.recordBytes = len(batch) / batchRecords
	var err error
	b.c, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, "in", "out", "quarantine"),
		kfake.BrokerConfigs(map[string]string{"message.max.bytes": "16777216"}),
		kfake.BlackholeProduce(), kfake.SyntheticFetch(kfake.SyntheticBatch{Batch: batch}))
	if err != nil {
		return nil, err
	}
	b.addr = b.c.ListenAddrs()[0]
	b.c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		b.c.KeepControl()
		for _, t := range r.(*kmsg.ProduceRequest).Topics {
			for _, p := range t.Partitions {
				if len(p.Records) >= 61 { // nobody writes to anything but the output
					b.produced.Add(int64(binary.BigEndian.Uint32(p.Records[57:])))
					b.starred.Add(int64(bytes.Count(p.Records, []byte(`"`+mask+`"`))))
				}
			}
		}
		return nil, nil, false
	})
	return b, nil
}

func (b *broker) close() { b.c.Close() }

// encode makes a record batch without compression (Apache Kafka, message
// format v2).
func encode(records [][]byte) []byte {
	var body bytes.Buffer
	for i, value := range records {
		var r []byte
		r = append(r, 0)                                    // attributes
		r = binary.AppendVarint(r, 0)                       // timestamp delta
		r = binary.AppendVarint(r, int64(i))                // offset delta
		r = binary.AppendVarint(r, 11)                      // key
		r = append(r, "u-000000001"...)                     //
		r = binary.AppendVarint(r, int64(len(value)))       // value
		r = binary.AppendVarint(append(r, value...), 0)     // headers
		body.Write(binary.AppendVarint(nil, int64(len(r)))) // length
		body.Write(r)
	}
	tail := binary.BigEndian.AppendUint16(nil, 0)                      // attributes
	tail = binary.BigEndian.AppendUint32(tail, uint32(len(records)-1)) // last offset delta
	const ms = 1795219200000
	tail = binary.BigEndian.AppendUint64(tail, ms)
	tail = binary.BigEndian.AppendUint64(tail, ms)
	tail = binary.BigEndian.AppendUint64(tail, ^uint64(0)) // no producer
	tail = binary.BigEndian.AppendUint16(tail, 0xffff)
	tail = binary.BigEndian.AppendUint32(tail, 0xffffffff)
	tail = binary.BigEndian.AppendUint32(tail, uint32(len(records)))
	tail = append(tail, body.Bytes()...)
	b := binary.BigEndian.AppendUint64(nil, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(4+1+4+len(tail)))
	b = binary.BigEndian.AppendUint32(b, 0) // leader epoch
	b = append(b, 2)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(tail, crc32.MakeTable(crc32.Castagnoli)))
	return append(b, tail...)
}

func notify(c chan os.Signal, s os.Signal) { signal.Notify(c, s) }
