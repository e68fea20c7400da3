package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"redactor/metrics"
)

// Client reads and writes topics for the tools of an operator: the same
// requests as a Proxy, without a group, one partition after the other. It is
// not for the data path, and for one goroutine.
type Client struct {
	cfg     *Config
	conn    *connection
	cluster *cluster
	memory  *budget
	slabs   *slabs
	inflate inflater
}

// NewClient reads the files that cfg names for TLS and SASL, and no routes. It
// does not speak to Kafka.
func NewClient(cfg Config) (*Client, error) {
	cfg.setDefaults()
	if len(cfg.Brokers) == 0 {
		return nil, errors.New("no brokers")
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metrics.New(metrics.Config{})
	}
	conn, err := newConnection(&cfg)
	if err != nil {
		return nil, err
	}
	return &Client{cfg: &cfg, conn: conn, cluster: newCluster(conn.transport, &cfg), memory: newBudget(cfg.Memory), slabs: new(slabs)}, nil
}

// Close ends the connections.
func (c *Client) Close() { c.conn.transport.CloseIdleConnections() }

// Record is a record of a topic.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Timestamp int64  // milliseconds since 1970
	Key       []byte // nil: null
	Value     []byte // nil: null
	Headers   []OriginalHeader
}

// Header returns the first header of a name; nil when there is none.
func (r *Record) Header(name string) []byte {
	for _, h := range r.Headers {
		if string(h.Name) == name {
			return h.Value
		}
	}
	return nil
}

// Partitions returns how many partitions the topic has.
func (c *Client) Partitions(ctx context.Context, topic string) (int, error) {
	bad, err := c.cluster.describe(ctx, []string{topic})
	if err != nil {
		return 0, unreachable(err, c.cfg)
	}
	n := c.cluster.partitions(topic)
	if bad[topic] != 0 || n == 0 {
		return 0, &TopicError{[]string{describeProblem("topic", topic, bad[topic])}}
	}
	return n, nil
}

// know makes sure that the leaders of a topic are known.
func (c *Client) know(ctx context.Context, topic string) error {
	if c.cluster.partitions(topic) > 0 {
		return nil
	}
	_, err := c.Partitions(ctx, topic)
	return err
}

// Bounds returns the first offset of a partition and the one after its last
// record of a finished transaction.
func (c *Client) Bounds(ctx context.Context, topic string, partition int32) (first, end int64, err error) {
	if first, err = c.offset(ctx, topic, partition, kafka.FirstOffset); err == nil {
		end, err = c.offset(ctx, topic, partition, kafka.LastOffset)
	}
	return first, end, err
}

func (c *Client) offset(ctx context.Context, topic string, partition int32, at int64) (offset int64, err error) {
	if err := c.know(ctx, topic); err != nil {
		return 0, err
	}
	err = c.try(ctx, func() (code int16, err error) {
		offset, code, err = c.cluster.offsetAt(ctx, topic, partition, at, readCommitted)
		return code, err
	})
	return offset, err
}

// toolPatience is how long a tool tries again what brokers say will pass.
const toolPatience = 30 * time.Second

// try calls f until it succeeds, or fails for good, or for too long.
func (c *Client) try(ctx context.Context, f func() (int16, error)) error {
	deadline := time.Now().Add(toolPatience)
	for n := 1; ; n++ {
		code, err := f()
		cl, _ := classifyError(err)
		if err == nil {
			if cl, _ = classify(code); cl == classOK {
				return nil
			}
			err = kafka.Error(code)
		}
		if cl == classStalled || cl == classSplit || cl == classRange || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		c.cluster.recover(ctx, cl, err)
		if !wait(ctx, backoff(cl, n)) {
			return ctx.Err()
		}
	}
}

// Read calls each with every committed record of the topic, from its beginning
// to where it ended when Read was called, in order within a partition. The
// slices of a record are the caller's.
func (c *Client) Read(ctx context.Context, topic string, each func(*Record) error) error {
	n, err := c.Partitions(ctx, topic)
	if err != nil {
		return err
	}
	for p := range int32(n) {
		first, end, err := c.Bounds(ctx, topic, p)
		if err != nil {
			return fmt.Errorf("topic %s, partition %d: %w", topic, p, err)
		}
		if err := c.ReadPartition(ctx, topic, p, first, end, each); err != nil {
			return err
		}
	}
	return nil
}

// ReadPartition is Read for the offsets from up to until.
func (c *Client) ReadPartition(ctx context.Context, topic string, partition int32, from, until int64, each func(*Record) error) error {
	f := &fetchRequest{clientID: c.cfg.ClientID, topic: topic, partition: partition, offset: from, minBytes: 1, maxBytes: int32(c.cfg.Fetch.Bytes),
		maxWait: c.cfg.Fetch.MaxWait, timeout: c.cfg.Fetch.MaxWait + c.cfg.RequestTimeout, ctx: ctx, memory: c.memory, slabs: c.slabs}
	for f.offset < until {
		err := c.try(ctx, func() (int16, error) {
			f.leader = c.cluster.leader(topic, partition)
			err := c.cluster.do(ctx, metrics.APIFetch, f, f.timeout)
			return f.code, err
		})
		if err != nil {
			return fmt.Errorf("topic %s, partition %d, offset %d: %w", topic, partition, f.offset, err)
		}
		err = c.records(f, until, each)
		f.free()
		if err != nil {
			return err
		}
	}
	return nil
}

// records walks through one answer and moves the offset behind it.
func (c *Client) records(f *fetchRequest, until int64, each func(*Record) error) error {
	var aborted abortedFilter
	aborted.reset(f.aborted)
	from := f.offset
	for rest := f.records; len(rest) > 0; {
		whole := rest
		var next int64
		var st batchStatus
		if rest, next, st = wholeBatch(rest); st == batchShort && f.offset == from && f.maxBytes < maxFrame/2 {
			f.maxBytes *= 2
			return nil
		} else if st == batchShort {
			return nil
		} else if st != batchOK {
			return fmt.Errorf("topic %s, partition %d: the batch at offset %d is damaged", f.topic, f.partition, f.offset)
		}
		if err := c.batch(f, whole, &aborted, from, until, each); err != nil {
			return err
		}
		f.offset = max(f.offset, next)
	}
	return nil
}

// batch calls each with the records of the batch at the head of p.
func (c *Client) batch(f *fetchRequest, p []byte, aborted *abortedFilter, from, until int64, each func(*Record) error) error {
	var b batch
	if _, st := b.next(p); st != batchOK {
		return fmt.Errorf("topic %s, partition %d: the batch at offset %d has the format of before Kafka 0.11", f.topic, f.partition, f.offset)
	}
	if aborted.skip(&b) {
		return nil
	}
	plain, st := c.inflate.records(&b, c.cfg.Fetch.MaxBatch)
	if st != batchOK {
		return fmt.Errorf("topic %s, partition %d: the batch at offset %d cannot be read: %s", f.topic, f.partition, b.BaseOffset, st)
	}
	for range b.Count {
		var r record
		var ok bool
		if plain, ok = r.next(plain); !ok {
			return fmt.Errorf("topic %s, partition %d: the batch at offset %d holds something else than records", f.topic, f.partition, b.BaseOffset)
		}
		offset := b.BaseOffset + r.OffsetDelta
		if offset < from || offset >= until {
			continue
		}
		if err := each(ownRecord(f.topic, f.partition, offset, b.timestamp(&r), &r)); err != nil {
			return err
		}
	}
	return nil
}

// ownRecord copies a record out of the buffer that it was read into.
func ownRecord(topic string, partition int32, offset, timestamp int64, r *record) *Record {
	own := func(p []byte) []byte {
		if p == nil {
			return nil
		}
		return append([]byte{}, p...)
	}
	out := &Record{Topic: topic, Partition: partition, Offset: offset, Timestamp: timestamp, Key: own(r.Key), Value: own(r.Value)}
	for h := headersOf(r.Headers); h.next(); {
		out.Headers = append(out.Headers, OriginalHeader{own(h.Name), own(h.Value)})
	}
	return out
}

// Write appends records to one partition and waits until every replica in sync
// has them. What a topic does not take for what it is, is an error; a record
// may be there twice when its acknowledgement was lost.
func (c *Client) Write(ctx context.Context, topic string, partition int32, records ...*Record) error {
	if err := c.know(ctx, topic); err != nil {
		return err
	}
	room := produceHeadroom(c.cfg.ClientID, "", topic)
	for len(records) > 0 {
		var b builder
		var headers headerBlock
		b.reset(room)
		n := 0
		for n < len(records) && (n == 0 || b.len() < c.cfg.Batch.Bytes) {
			r := records[n]
			headers.reset()
			for _, h := range r.Headers {
				headers.add(h.Name, h.Value)
			}
			b.append(r.Timestamp, r.Key, r.Value, headers.bytes())
			n++
		}
		if err := c.send(ctx, topic, partition, &b); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}
