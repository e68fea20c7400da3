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
	m.ObserveCache(func() metrics.CacheStats {
		s := c.Stats()
		return metrics.CacheStats{
			Hits: int64(s.Hits), Misses: int64(s.Misses), Bypassed: int64(s.Bypassed), Evictions: int64(s.Evictions),
			Entries: int64(s.Entries), CapacityBytes: int64(s.Capacity),
		}
	})
}
