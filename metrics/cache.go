package metrics

import "github.com/prometheus/client_golang/prometheus"

// CacheStats are what the cache of slow transforms did since the start, and
// what it holds.
type CacheStats struct {
	Hits, Misses, Evictions, BytesPut uint64
	Entries, Capacity                 int
}

// WatchCache adds the series of a cache, which are read when they are scraped.
// Without a call there are none: an instance without a cache has nothing to say.
func (m *Metrics) WatchCache(read func() CacheStats) { m.reg.MustRegister(&cacheCollector{read: read}) }

var (
	cacheRequests  = prometheus.NewDesc("redactor_cache_requests_total", "Look-ups in the cache of slow transforms.", []string{"result"}, nil)
	cacheEvictions = prometheus.NewDesc("redactor_cache_evictions_total", "Entries that made room for others in the cache of slow transforms.", nil, nil)
	cacheBytes     = prometheus.NewDesc("redactor_cache_put_bytes_total", "Bytes of results that were put into the cache of slow transforms.", nil, nil)
	cacheEntries   = prometheus.NewDesc("redactor_cache_entries", "Entries in the cache of slow transforms.", nil, nil)
	cacheCapacity  = prometheus.NewDesc("redactor_cache_capacity_bytes", "Configured size of the cache of slow transforms.", nil, nil)
)

// cacheCollector reads the cache once a scrape, so that its series agree.
type cacheCollector struct{ read func() CacheStats }

func (c *cacheCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{cacheRequests, cacheEvictions, cacheBytes, cacheEntries, cacheCapacity} {
		ch <- d
	}
}

func (c *cacheCollector) Collect(ch chan<- prometheus.Metric) {
	s := c.read()
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	counter(cacheRequests, s.Hits, "hit")
	counter(cacheRequests, s.Misses, "miss")
	counter(cacheEvictions, s.Evictions)
	counter(cacheBytes, s.BytesPut)
	ch <- prometheus.MustNewConstMetric(cacheEntries, prometheus.GaugeValue, float64(s.Entries))
	ch <- prometheus.MustNewConstMetric(cacheCapacity, prometheus.GaugeValue, float64(s.Capacity))
}
