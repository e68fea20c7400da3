package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// CacheStats is what the pseudonym cache has counted since the start.
type CacheStats struct {
	Hits, Misses  int64
	Bypassed      int64 // values that are too long for an entry
	Evictions     int64
	Entries       int64 // now
	CapacityBytes int64 // as configured
}

// ObserveCache makes read, which is called at every scrape, the source of the
// cache's metrics. Without it they are 0: there is no cache.
func (m *Metrics) ObserveCache(read func() CacheStats) { m.cache.read.Store(&read) }

type cacheCollector struct {
	requests, evictions, entries, capacity *prometheus.Desc

	read atomic.Pointer[func() CacheStats]
}

func newCacheCollector() *cacheCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("redactor_cache_"+name, help, labels, nil)
	}
	return &cacheCollector{
		requests:  desc("requests_total", "Look-ups in the cache of slow transforms.", "result"),
		evictions: desc("evictions_total", "Entries that made room for others in the cache."),
		entries:   desc("entries", "Entries in the cache."),
		capacity:  desc("capacity_bytes", "Configured size of the cache; 0 without one."),
	}
}

// Describe implements prometheus.Collector.
func (c *cacheCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.requests, c.evictions, c.entries, c.capacity} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *cacheCollector) Collect(ch chan<- prometheus.Metric) {
	var s CacheStats
	if read := c.read.Load(); read != nil {
		s = (*read)()
	}
	emit := func(d *prometheus.Desc, t prometheus.ValueType, n int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, t, float64(n), labels...)
	}
	emit(c.requests, prometheus.CounterValue, s.Hits, "hit")
	emit(c.requests, prometheus.CounterValue, s.Misses, "miss")
	emit(c.requests, prometheus.CounterValue, s.Bypassed, "bypass")
	emit(c.evictions, prometheus.CounterValue, s.Evictions)
	emit(c.entries, prometheus.GaugeValue, s.Entries)
	emit(c.capacity, prometheus.GaugeValue, s.CapacityBytes)
}
