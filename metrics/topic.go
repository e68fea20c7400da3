package metrics

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Topic is the handle of one source topic.
type Topic struct {
	m     *Metrics
	name  string
	label string // name, or Other beyond MaxTopics

	consumed, bytes, unknown prometheus.Counter
	last, assigned, stopped  prometheus.Gauge

	mu      sync.Mutex // guards newest
	newest  int64
	started bool
}

// ForTopic returns the handle of a source topic, creating its series at 0. It
// is called when partitions are assigned, before the first record.
func (m *Metrics) ForTopic(name string) *Topic {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t, ok := m.topics[name]; ok {
		return t
	}
	if len(m.topics) >= MaxTopics {
		return m.newTopic(name, Other) // not remembered: the map is bounded too
	}
	t := m.newTopic(name, name)
	m.topics[name] = t
	return t
}

func (m *Metrics) newTopic(name, label string) *Topic {
	return &Topic{
		m:        m,
		name:     name,
		label:    label,
		consumed: m.vec.consumed.WithLabelValues(label),
		bytes:    m.vec.consumedBytes.WithLabelValues(label),
		unknown:  m.vec.unknown.WithLabelValues(label),
		last:     m.vec.lastRecord.WithLabelValues(label),
		assigned: m.vec.assigned.WithLabelValues(label),
		stopped:  m.vec.stopped.WithLabelValues(label),
	}
}

// Consumed counts n records with that many bytes of keys, values and headers.
func (t *Topic) Consumed(n, bytes int) {
	t.consumed.Add(float64(n))
	t.bytes.Add(float64(bytes))
}

// Unknown counts n values that no catalog entry names.
func (t *Topic) Unknown(n int) { t.unknown.Add(float64(n)) }

// LastRecord notes the broker timestamp of a processed record, in
// milliseconds. Only the newest is shown: partitions of one topic report in
// any order.
func (t *Topic) LastRecord(ms int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.started && ms <= t.newest {
		return
	}
	t.newest, t.started = ms, true
	t.last.Set(float64(ms) / 1000)
}

// Assigned notes that the instance owns a partition. Its lag counts from the
// first call of Lag on.
func (t *Topic) Assigned(partition int) {
	t.assigned.Inc()
	t.m.lag.set(t.name, t.label, partition, 0)
}

// Revoked notes that the instance owns a partition no more. Its lag is
// somebody else's to report.
func (t *Topic) Revoked(partition int) {
	t.assigned.Dec()
	t.m.lag.forget(t.name, partition)
}

// Stopped notes that on_error: stop has halted a partition, or that it goes on.
func (t *Topic) Stopped(halted bool) {
	if halted {
		t.stopped.Inc()
	} else {
		t.stopped.Dec()
	}
}

// Lag notes how many records are between the next offset of an assigned
// partition and its high water mark.
func (t *Topic) Lag(partition int, records int64) {
	t.m.lag.set(t.name, t.label, partition, max(records, 0))
}

// allPartitions is the partition label when lag is summed per topic.
const allPartitions = "all"

// lagCollector holds the lag of the assigned partitions. It is a collector of
// its own, because which series there are changes with every rebalance and
// with the number of partitions, and a scrape must not see half of a change.
type lagCollector struct {
	desc    *prometheus.Desc
	byTopic bool

	mu     sync.Mutex // guards topics and count
	topics map[string]*topicLag
	count  int // partitions in topics
}

type topicLag struct {
	label      string
	partitions map[int]int64
}

func newLagCollector(byTopic bool) *lagCollector {
	return &lagCollector{
		desc: prometheus.NewDesc("redactor_consumer_lag_records",
			`High water mark minus next offset, for assigned partitions. One series per topic with partition "all" when there are too many.`,
			[]string{"topic", "partition"}, nil),
		byTopic: byTopic,
		topics:  make(map[string]*topicLag),
	}
}

func (c *lagCollector) set(topic, label string, partition int, records int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics[topic]
	if t == nil {
		t = &topicLag{label: label, partitions: make(map[int]int64)}
		c.topics[topic] = t
	}
	if _, ok := t.partitions[partition]; !ok {
		c.count++
	}
	t.partitions[partition] = records
}

func (c *lagCollector) forget(topic string, partition int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics[topic]
	if t == nil {
		return
	}
	if _, ok := t.partitions[partition]; !ok {
		return
	}
	c.count--
	delete(t.partitions, partition)
	if len(t.partitions) == 0 {
		delete(c.topics, topic)
	}
}

// Describe implements prometheus.Collector.
func (c *lagCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

// Collect implements prometheus.Collector.
func (c *lagCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	byTopic := c.byTopic || c.count > MaxLagPartitions
	sums := make(map[string]int64)
	for _, t := range c.topics {
		for p, n := range t.partitions {
			if byTopic || t.label == Other {
				sums[t.label] += n
			} else {
				c.emit(ch, n, t.label, strconv.Itoa(p))
			}
		}
	}
	for label, n := range sums {
		c.emit(ch, n, label, allPartitions)
	}
}

func (c *lagCollector) emit(ch chan<- prometheus.Metric, records int64, topic, partition string) {
	ch <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(records), topic, partition)
}
