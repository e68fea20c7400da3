package metrics

import (
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// book is what became of the records of one recipient. At every moment
//
//	routed = produced + filtered + failed + inFlight
//
// and a scrape sees one moment: it reads the whole book under its lock. Six
// counters of their own would be read one after the other while batches move
// between them, and the law would hold on quiet instances only.
type book struct {
	profile string

	mu       sync.Mutex // guards the rest; held for a few additions a batch
	routed   int64
	filtered int64
	inFlight int64
	failed   map[string]int64 // by reason, complete from the start
	produced map[string]*outputBook
}

type outputBook struct{ records, bytes int64 }

func newBook(profile string, reasons []string) *book {
	b := &book{profile: profile, failed: make(map[string]int64, len(reasons)), produced: make(map[string]*outputBook)}
	for _, r := range reasons {
		b.failed[r] = 0
	}
	return b
}

func (b *book) route(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.routed += int64(n)
	b.inFlight += int64(n)
}

func (b *book) filter(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.filtered += int64(n)
	b.inFlight -= int64(n)
}

func (b *book) fail(reason string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.failed[reason]; !ok {
		reason = Other
	}
	b.failed[reason] += int64(n)
	b.inFlight -= int64(n)
}

func (b *book) produce(o *outputBook, n, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o.records += int64(n)
	o.bytes += int64(bytes)
	b.inFlight -= int64(n)
}

// output returns the part of the book for an output topic.
func (b *book) output(topic string) *outputBook {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.produced[topic]
	if o == nil {
		o = new(outputBook)
		b.produced[topic] = o
	}
	return o
}

// bookDescs are the metrics that a book becomes.
type bookDescs struct {
	routed, produced, producedBytes, filtered, failed, inFlight *prometheus.Desc
}

func newBookDescs() bookDescs {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("redactor_"+name, help, labels, nil)
	}
	return bookDescs{
		routed:        desc("records_routed_total", "Records handed to a profile. Equals produced + filtered + failed + in flight at every scrape.", "profile"),
		produced:      desc("records_produced_total", "Records acknowledged by the output topic.", "profile", "topic"),
		producedBytes: desc("produced_bytes_total", "Bytes of keys, values and headers acknowledged by the output topic.", "profile", "topic"),
		filtered:      desc("records_filtered_total", "Records that the profile's filters withheld.", "profile"),
		failed:        desc("records_failed_total", "Records that did not reach a recipient because of an error. They were quarantined, dropped, or stopped their partition.", "profile", "reason"),
		inFlight:      desc("records_in_flight", "Records handed to a profile and not yet accounted for.", "profile"),
	}
}

// bookCollector shows all books. A profile of a policy that was replaced keeps
// its book: its records were routed all the same.
type bookCollector struct {
	descs bookDescs

	mu    sync.Mutex // guards books
	books []*book
}

// of returns the book of a profile; it is new at the first call. Two handles
// of one name, which only a profile called "other" can have, share a book.
func (c *bookCollector) of(profile string, reasons []string) *book {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.books {
		if b.profile == profile {
			return b
		}
	}
	b := newBook(profile, reasons)
	c.books = append(c.books, b)
	return b
}

// Describe implements prometheus.Collector.
func (c *bookCollector) Describe(ch chan<- *prometheus.Desc) {
	d := &c.descs
	for _, desc := range []*prometheus.Desc{d.routed, d.produced, d.producedBytes, d.filtered, d.failed, d.inFlight} {
		ch <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *bookCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	books := slices.Clone(c.books)
	c.mu.Unlock()
	for _, b := range books {
		for _, m := range c.page(b) {
			ch <- m
		}
	}
}

// page is one book at one moment. The lock is not held while somebody reads
// the channel.
func (c *bookCollector) page(b *book) []prometheus.Metric {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := &c.descs
	counter := func(desc *prometheus.Desc, n int64, labels ...string) prometheus.Metric {
		return prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	page := []prometheus.Metric{
		counter(d.routed, b.routed, b.profile),
		counter(d.filtered, b.filtered, b.profile),
		prometheus.MustNewConstMetric(d.inFlight, prometheus.GaugeValue, float64(b.inFlight), b.profile),
	}
	for _, reason := range slices.Sorted(maps.Keys(b.failed)) {
		page = append(page, counter(d.failed, b.failed[reason], b.profile, reason))
	}
	for topic, o := range b.produced {
		page = append(page, counter(d.produced, o.records, b.profile, topic), counter(d.producedBytes, o.bytes, b.profile, topic))
	}
	return page
}
