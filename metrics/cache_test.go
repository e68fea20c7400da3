package metrics

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestWatchCache(t *testing.T) {
	m := New(Config{})
	if n, err := testutil.GatherAndCount(m.Registry(), "redactor_cache_entries"); err != nil || n != 0 {
		t.Errorf("%d series without a cache, %v", n, err)
	}
	m.WatchCache(func() CacheStats {
		return CacheStats{Hits: 5, Misses: 3, Evictions: 1, BytesPut: 700, Entries: 2, Capacity: 1 << 20}
	})
	const want = `# HELP redactor_cache_entries Entries in the cache of slow transforms.
# TYPE redactor_cache_entries gauge
redactor_cache_entries 2
# HELP redactor_cache_requests_total Look-ups in the cache of slow transforms.
# TYPE redactor_cache_requests_total counter
redactor_cache_requests_total{result="hit"} 5
redactor_cache_requests_total{result="miss"} 3
`
	if err := testutil.GatherAndCompare(m.Registry(), strings.NewReader(want), "redactor_cache_entries", "redactor_cache_requests_total"); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(m.Registry()); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}
