package stream

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Two implementations that share no code with ours, kafka-go's and
// franz-go's, read what we write and write what we read, with every codec.

func TestWitnessKafkaGo(t *testing.T) {
	want := testRecords(200)
	for c := compressNone; c <= compressZstd; c++ {
		t.Run(c.String(), func(t *testing.T) {
			diff(t, kafkaGoRead(t, testBatch(200, c)), want)
			diff(t, records(t, kafkaGoWrite(t, want, c)), want)
		})
	}
}

func kafkaGoRead(t *testing.T, p []byte) (out []testRec) {
	t.Helper()
	var rs protocol.RecordSet
	sized := append(binary.BigEndian.AppendUint32(nil, uint32(len(p))), p...)
	if _, err := rs.ReadFrom(bytes.NewBuffer(sized)); err != nil {
		t.Fatal(err)
	}
	for {
		r, err := rs.Records.ReadRecord()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		x := testRec{ts: r.Time.UnixMilli(), key: kafkaGoBytes(t, r.Key), value: kafkaGoBytes(t, r.Value)}
		for _, h := range r.Headers {
			x.heads = append(x.heads, testHeader{h.Key, h.Value})
		}
		out = append(out, x)
	}
}

func kafkaGoBytes(t *testing.T, b protocol.Bytes) []byte {
	t.Helper()
	p, err := protocol.ReadAll(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func kafkaGoWrite(t *testing.T, recs []testRec, c compression) []byte {
	t.Helper()
	var rs []protocol.Record
	for _, r := range recs {
		x := protocol.Record{Time: time.UnixMilli(r.ts), Key: protocol.NewBytes(r.key), Value: protocol.NewBytes(r.value)}
		for _, h := range r.heads {
			x.Headers = append(x.Headers, protocol.Header{Key: h.name, Value: h.value})
		}
		rs = append(rs, x)
	}
	set := protocol.RecordSet{Version: 2, Attributes: protocol.Attributes(c), Records: protocol.NewRecordReader(rs...)}
	var out bytes.Buffer
	if _, err := set.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()[4:]
}

func TestWitnessFranzGo(t *testing.T) {
	want := testRecords(200)
	for c := compressNone; c <= compressZstd; c++ {
		t.Run(c.String(), func(t *testing.T) {
			diff(t, franzGoRead(t, testBatch(200, c)), want)
			diff(t, records(t, franzGoWrite(t, want, c)), want)
		})
	}
}

func franzGoRead(t *testing.T, p []byte) (out []testRec) {
	t.Helper()
	part := kmsg.NewFetchResponseTopicPartition()
	part.RecordBatches = p
	got, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{}, &part, kgo.DefaultDecompressor(), nil)
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	for i, r := range got.Records {
		if r.Offset != int64(i) || r.ProducerID != 7 || r.ProducerEpoch != 3 || !r.Attrs.IsTransactional() {
			t.Fatalf("record %d: %+v", i, r)
		}
		x := testRec{ts: r.Timestamp.UnixMilli(), key: r.Key, value: r.Value}
		for _, h := range r.Headers {
			x.heads = append(x.heads, testHeader{h.Key, h.Value})
		}
		out = append(out, x)
	}
	if int(next) != len(out) {
		t.Fatalf("next offset %d", next)
	}
	return out
}

func franzGoWrite(t *testing.T, recs []testRec, c compression) []byte {
	t.Helper()
	var plain []byte
	for i, r := range recs {
		x := kmsg.Record{TimestampDelta64: r.ts - recs[0].ts, OffsetDelta: int32(i), Key: r.key, Value: r.value}
		for _, h := range r.heads {
			x.Headers = append(x.Headers, kmsg.Header{Key: h.name, Value: h.value})
		}
		x.Length = int32(len(x.AppendTo(nil)) - 1) // a Length of 0 takes a byte
		plain = x.AppendTo(plain)
	}
	codec := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}[c]
	z, err := kgo.DefaultCompressor(codec)
	if err != nil {
		t.Fatal(err)
	}
	if z != nil {
		plain, _ = z.Compress(new(bytes.Buffer), plain)
	}
	last := int32(len(recs) - 1)
	b := kmsg.RecordBatch{
		Magic: 2, Attributes: int16(c), LastOffsetDelta: last, FirstTimestamp: recs[0].ts, MaxTimestamp: recs[0].ts,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: last + 1, Records: plain,
	}
	p := b.AppendTo(nil)
	binary.BigEndian.PutUint32(p[8:], uint32(len(p)-batchFrame))
	binary.BigEndian.PutUint32(p[crcAt:], crc32.Checksum(p[crcFrom:], crc32.MakeTable(crc32.Castagnoli)))
	return p
}
