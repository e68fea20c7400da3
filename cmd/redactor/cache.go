package main

import (
	"redactor/metrics"
	"redactor/redact"
)

// newCache returns the cache of slow transforms that the configuration asks for,
// nil for none.
func (c *config) newCache() (*redact.Cache, error) {
	if c.Cache.Size == 0 {
		return nil, nil
	}
	cache, err := redact.NewCache(int(c.Cache.Size))
	if err != nil {
		return nil, configf("cache.size: %w", err)
	}
	return cache, nil
}

// watchCache lets the cache be scraped.
func watchCache(m *metrics.Metrics, c *redact.Cache) {
	if c == nil {
		return
	}
	m.WatchCache(func() metrics.CacheStats {
		s := c.Stats()
		return metrics.CacheStats{Hits: s.Hits, Misses: s.Misses, Evictions: s.Evictions, BytesPut: s.BytesPut, Entries: s.Entries, Capacity: s.Capacity}
	})
}
