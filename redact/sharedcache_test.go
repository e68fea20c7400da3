package redact

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"redactor/detect"
	"redactor/pseudonym"
)

// slowSpec has what the shared cache is for: a scrub with patterns of the
// policy's own, one with pseudonyms under a key of the given name, and Laplace
// noise.
func slowSpec(t testing.TB, key string, c *Cache) Spec {
	t.Helper()
	sub := pseudonym.TestSecret(key).Subkey("acme", "r", "r", "account", "0")
	config := detect.Config{Set: detect.AllDetectors, Custom: []detect.CustomPattern{
		{Name: "build", Pattern: `Build/[A-Z0-9.]+`}, {Name: "device", Pattern: `; [A-Za-z]+-[A-Z0-9]{4,} `},
	}}
	scrub := must(t)(Scrub(ScrubOptions{Detect: config}))
	marked := must(t)(Scrub(ScrubOptions{Detect: config, Subkey: func(detect.Class) *pseudonym.Subkey { return sub }}))
	noise := must(t)(Laplace(LaplaceOptions{Radius: 500, Subject: Subject{0, detect.Account}, Subkey: sub}))
	return Spec{
		Fields: []Field{
			{Name: "user", Class: detect.Account, Level: 4, Keys: []string{"user"}},
			{Name: "ua", Class: detect.Text, Level: 2, Keys: []string{"ua"}},
			{Name: "msg", Class: detect.Text, Level: 4, Keys: []string{"msg"}},
			{Name: "place", Class: detect.Location, Level: 4, Keys: []string{"lat", "lon"}},
		},
		Profiles: []Profile{{Name: "p", Transforms: []Transform{Keep(), scrub, marked, noise}}},
		Cache:    c,
	}
}

// slowRecord is the nth of few different ones, in the order of nothing.
func slowRecord(r *rand.Rand, different int) []byte {
	n := r.IntN(different)
	return fmt.Appendf(nil, `{"user":"u-%d","ua":"Mozilla/5.0 (Linux; Android 14; SM-S91%dB Build/UP1A.%d) \"q\"","msg":"mail a%d@example.com \u0041","lat":%d.5,"lon":116.%d}`,
		n%50, n%10, n, n, n%60, n%90)
}

func newCache(t testing.TB, size int) *Cache {
	t.Helper()
	c, err := NewCache(size)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCacheChangesNothing: with a large cache, with one that evicts all the
// time, after it was cleared and from two workers at once, the results are those
// without.
func TestCacheChangesNothing(t *testing.T) {
	large, small := newCache(t, 16<<20), newCache(t, MinCache)
	plain := compile(t, slowSpec(t, "k", nil)).NewMachine()
	progs := []*Program{compile(t, slowSpec(t, "k", large)), compile(t, slowSpec(t, "k", small))}
	var records [][]byte
	var want []string
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		rec := slowRecord(r, 2500)
		plain.Scan(rec)
		out, v := plain.Render(nil, 0)
		if v.Outcome != Passed {
			t.Fatalf("%s: %v", rec, v)
		}
		records, want = append(records, rec), append(want, string(out))
	}
	for _, p := range progs {
		var all sync.WaitGroup
		for worker := range 2 {
			all.Go(func() {
				m := p.NewMachine()
				var dst []byte
				for i, rec := range records {
					if i == len(records)/2 && worker == 0 && p == progs[0] { // the small one would forget its evictions
						p.spec.Cache.Clear()
					}
					m.Scan(rec)
					dst, _ = m.Render(dst[:0], 0)
					if string(dst) != want[i] {
						t.Errorf("%s became\n%s, without a cache\n%s", rec, dst, want[i])
						return
					}
				}
			})
		}
		all.Wait()
	}
	if s := large.Stats(); s.Hits == 0 || s.Misses == 0 || s.Entries == 0 || s.Capacity != 16<<20 || s.Evictions != 0 {
		t.Errorf("the large cache counted %+v", s)
	}
	if s := small.Stats(); s.Hits == 0 || s.Evictions == 0 {
		t.Errorf("the small cache counted %+v", s)
	}
}

// TestCacheCounts: what is found again is counted again.
func TestCacheCounts(t *testing.T) {
	var found [2]uint64
	for i, c := range []*Cache{nil, newCache(t, 1<<20)} {
		m := compile(t, slowSpec(t, "k", c)).NewMachine()
		for range 3 {
			m.Scan([]byte(`{"msg":"mail a@example.com and b@example.com"}`))
			m.Render(nil, 0)
		}
		m.Counts().Profiles[0].Detectors(func(_ string, n, _ int) { found[i] += uint64(n) })
	}
	if found[0] != 6 || found[1] != 6 {
		t.Errorf("%d found without a cache, %d with one", found[0], found[1])
	}
}

// TestCacheIsOfOneProgram: what a program has put into a cache, another one
// with another key, or with the same, does not find.
func TestCacheIsOfOneProgram(t *testing.T) {
	c := newCache(t, 1<<20)
	record := []byte(`{"user":"u","msg":"mail eve@example.com"}`)
	outs := map[string]bool{}
	for _, key := range []string{"k1", "k2", "k1"} {
		m := compile(t, slowSpec(t, key, c)).NewMachine()
		m.Scan(record)
		out, _ := m.Render(nil, 0)
		outs[string(out)] = true
	}
	if s := c.Stats(); s.Hits != 0 || len(outs) != 2 {
		t.Errorf("%d hits, %d different results", s.Hits, len(outs))
	}
}

// TestCacheBypass: an entry of more than 1/1024 of the cache is not put in, and
// a worker's look-ups allocate nothing.
func TestCacheBypass(t *testing.T) {
	c := newCache(t, MinCache)
	m := compile(t, slowSpec(t, "k", c)).NewMachine()
	long := fmt.Appendf(nil, `{"ua":"%0600d"}`, 0)
	m.Scan(long)
	m.Render(nil, 0)
	if s := c.Stats(); s.Entries != 0 || s.Misses != 0 || s.Bypassed != 1 {
		t.Errorf("a long text: %+v", s)
	}
	rec := []byte(`{"user":"u-1","ua":"Android Build/UP1A","msg":"a@example.com","lat":1.5,"lon":2.5}`)
	dst := make([]byte, 0, 1<<10)
	run := func() { m.Scan(rec); dst, _ = m.Render(dst[:0], 0) }
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations for hits", n)
	}
	if s := c.Stats(); s.Hits < 400 {
		t.Errorf("%+v", s)
	}
	if _, err := NewCache(MinCache - 1); err == nil {
		t.Error("a cache that is too small was made")
	}
}

// TestCosts: the compiler puts the cache before what is slow, wherever it
// stands, and before nothing else.
func TestCosts(t *testing.T) {
	spec := slowSpec(t, "k", newCache(t, MinCache))
	scrub, noise := spec.Profiles[0].Transforms[1], spec.Profiles[0].Transforms[3]
	fpe := cachedTransforms(t)["ff1"]
	for name, c := range map[string]struct {
		t    Transform
		want Cost
	}{
		"keep": {Keep(), CostLow}, "hmac": {cachedTransforms(t)["hmac"], CostLow}, "ff1": {fpe, CostTable},
		"patterns": {scrub, CostHigh}, "laplace": {noise, CostHigh}, "by epoch": {ByEpoch([]Transform{{}, noise}), CostHigh},
		"sibling":       {must(t)(WithSiblings(cachedTransforms(t)["hmac"], Sibling{"x", scrub})), CostHigh},
		"detectors":     {must(t)(Scrub(ScrubOptions{Detect: detect.Config{Set: detect.AllDetectors}})), CostLow},
		"grid":          {must(t)(Grid(500, PlaceOptions{})), CostLow},
		"ff1 by epochs": {ByEpoch([]Transform{fpe}), CostTable},
	} {
		if got := c.t.Cost(); got != c.want {
			t.Errorf("%s is of cost %v, want %v", name, got, c.want)
		}
		made := withCache(spec.Cache, c.t.fn, map[applier]applier{})
		uses := false
		eachPart(made, func(fn applier) {
			_, text := fn.(*cachedScrub)
			l, place := fn.(*located)
			uses = uses || text || place && l.noise != nil && l.noise.cache == spec.Cache
		})
		if uses != (c.want == CostHigh) {
			t.Errorf("%s uses the cache: %v", name, uses)
		}
	}
}

// BenchmarkSharedCache measures what the product's cache costs and buys before
// the transforms that it is given to. Raw output is in
// bench/results/sharedcache.txt.
func BenchmarkSharedCache(b *testing.B) {
	spec := slowSpec(b, "k", nil)
	texts := map[string][][]byte{"zipf": benchTexts(false), "unique": benchTexts(true)}
	for _, name := range []string{"scrub 2 patterns", "laplace"} {
		tr := spec.Profiles[0].Transforms[map[string]int{"scrub 2 patterns": 1, "laplace": 3}[name]]
		for _, values := range []string{"zipf", "unique"} {
			for _, way := range []string{"none", "freecache"} {
				for workers := 1; workers <= 2; workers++ {
					b.Run(fmt.Sprintf("%s/%s/%s/workers=%d", name, way, values, workers), func(b *testing.B) {
						fn := tr.fn
						if way == "freecache" {
							fn = withCache(newCache(b, 64<<20), fn, map[applier]applier{})
						}
						benchShared(b, fn, texts[values], workers, name == "laplace")
					})
				}
			}
		}
	}
}

// benchTexts are user agents: of 20,000 by Zipf's law, or each only once.
func benchTexts(unique bool) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.1, 1, 19_999)
	out := make([][]byte, 1<<18)
	for i := range out {
		n := uint64(i)
		if !unique {
			n = z.Uint64()
		}
		out[i] = fmt.Appendf(nil, "Mozilla/5.0 (Linux; Android %d; SM-S%dB Build/UP1A.%06d; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/1%d.0 Mobile Safari/537.36", 10+n%6, 900+n%97, n, 10+n%30)
	}
	return out
}

func benchShared(b *testing.B, fn applier, texts [][]byte, workers int, place bool) {
	half := len(texts) / 2
	run := func(w *worker, dst, v []byte, n int) []byte {
		if place {
			w.subject = v[len("Mozilla/5.0 (Linux; Android 10; "):][:24]
			w.beside = besideValue{isLat, 116.4074}
			dst, _ = fn.apply(w, dst, []byte("39.9042"), KindNumber)
			return dst
		}
		dst, _ = fn.apply(w, dst, v, KindString)
		return dst
	}
	w, dst := new(worker), make([]byte, 0, 512)
	for n, v := range texts[half:] {
		dst = run(w, dst[:0], v, n)
	}
	b.ReportAllocs()
	b.ResetTimer()
	begun := cpuTime(b)
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			w, dst := new(worker), make([]byte, 0, 512)
			for n := range b.N {
				dst = run(w, dst[:0], texts[(n+i*half/2)%half], n)
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(cpuTime(b)-begun)/float64(b.N*workers), "cpu-ns/value")
}

// TestCacheKeepsTheGuardsEyes: what is copied into a sibling is guarded with a
// cache as it is without.
func TestCacheKeepsTheGuardsEyes(t *testing.T) {
	scrub, err := Scrub(ScrubOptions{Detect: detect.Config{Set: detect.SetOf(detect.DetectPhone)}})
	if err != nil {
		t.Fatal(err)
	}
	beside, err := WithSiblings(Drop(), Sibling{"summary", scrub})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := NewCache(MinCache)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Cache{nil, cache} {
		m := compile(t, Spec{
			Cache:    c,
			Fields:   []Field{{Name: "msg", Level: 4, Keys: []string{"msg"}}},
			Profiles: []Profile{{Name: "partner", Guard: GuardAll, Transforms: []Transform{beside}}},
		}).NewMachine()
		m.Scan([]byte(`{"msg":"call 13800138000 or write to li@example.com"}`))
		if out, v := m.Render(nil, 0); v.Reason != ReasonLeak {
			t.Errorf("cache %v: %s %v", c != nil, out, v)
		}
	}
}
