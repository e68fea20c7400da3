package redact

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/coocood/freecache"

	"redactor/detect"
	"redactor/pseudonym"
)

// This file is the cache that all workers share, in front of transforms that
// take a microsecond and more on values that repeat: bench/results/sharedcache.txt
// says where it earns its place. A look-up costs more than an HMAC does, so the
// compiler asks each transform for its class of cost and gives it to none else.
//
// An entry is a pure function of the transform, with its keys, and the value:
// results are the same without the cache, on every instance and after a restart.
// No value stands in it, nor a hash that could be tried: an entry is found by
// AES-CMAC under a key that the process made for itself and never shows.

// A Cost is what a call of a transform costs, in classes of the caches that may
// stand before it.
type Cost uint8

const (
	CostLow   Cost = iota // below a look-up of any cache
	CostTable             // FF1: a worker's own table pays, see cache.go
	CostHigh              // a microsecond and more: the shared cache pays where values repeat
)

// costly is an applier that is not of CostLow.
type costly interface {
	applier
	cost() Cost
}

// cacheable is an applier of CostHigh.
type cacheable interface {
	costly
	// cached returns the same transform with the cache before it.
	cached(c *Cache, tag string) applier
}

// Cost returns the class of the transform, or the highest of what it is made of.
func (t Transform) Cost() Cost {
	highest := CostLow
	eachPart(t.fn, func(fn applier) {
		if c, ok := fn.(costly); ok {
			highest = max(highest, c.cost())
		}
	})
	return highest
}

// eachPart calls do for the appliers that a transform is made of.
func eachPart(fn applier, do func(applier)) {
	switch t := fn.(type) {
	case nil:
	case *byEpoch:
		for _, part := range t.fns {
			eachPart(part, do)
		}
	case surveyorByEpoch:
		eachPart(t.byEpoch, do)
	case *siblings:
		eachPart(t.base.fn, do)
		for i := range t.list {
			eachPart(t.list[i].fn, do)
		}
	default:
		do(fn)
	}
}

// MinCache is the smallest cache in bytes: what freecache takes at least.
const MinCache = 512 << 10

// entryShare is freecache's limit: an entry may be one part in so many of the
// cache. What is longer bypasses it.
const entryShare = 1024

// entryOverhead is what freecache writes beside a value: a header and the key.
const entryOverhead = 24 + 16

// A Cache holds results of slow transforms for any number of Programs and their
// Machines. It takes its memory at once.
type Cache struct {
	c    *freecache.Cache
	key  *pseudonym.Subkey
	size int
	tags atomic.Uint64 // of the transforms that have used it
	long atomic.Uint64 // values that passed it by
}

// NewCache returns a cache of so many bytes.
func NewCache(size int) (*Cache, error) {
	if size < MinCache {
		return nil, errors.New("cache: less than 512 KiB")
	}
	line, err := pseudonym.NewKeyLine()
	if err != nil {
		return nil, err
	}
	secret, err := pseudonym.ParseKey([]byte(line))
	if err != nil {
		return nil, err
	}
	return &Cache{
		c: freecache.NewCache(size), size: size,
		key: secret.SubkeyOf(pseudonym.AESCMAC, "", "", "", "cache", ""),
	}, nil
}

// CacheStats are counts since the cache was made, and what it holds.
type CacheStats struct {
	Hits, Misses, Evictions uint64
	Bypassed                uint64 // values that are too long for an entry
	Entries                 int
	Capacity                int // bytes
}

// Stats returns what the cache did. It is slow: for a scrape.
func (c *Cache) Stats() CacheStats {
	return CacheStats{
		Hits: uint64(c.c.HitCount()), Misses: uint64(c.c.MissCount()), Evictions: uint64(c.c.EvacuateCount()),
		Bypassed: c.long.Load(), Entries: int(c.c.EntryCount()), Capacity: c.size,
	}
}

// Clear forgets everything. Programs that are compiled later share nothing with
// earlier ones in any case: a new policy or key needs no call, its memory does.
func (c *Cache) Clear() { c.c.Clear() }

// fits reports whether an entry of n bytes may be put in.
func (c *Cache) fits(n int) bool { return n+entryOverhead <= c.size/entryShare }

// cacheScratch is a worker's way into the cache.
type cacheScratch struct {
	key   [16]byte
	found []byte
	take  func([]byte) error // appends to found; made once, so that a look-up allocates nothing
}

// find looks for the result of the transform of a tag for a text, and leaves it
// in w.cache.found.
func (c *Cache) find(w *worker, tag string, text []byte) bool {
	s := &w.cache
	if s.take == nil {
		s.take = func(b []byte) error { s.found = append(s.found[:0], b...); return nil }
	}
	if w.hasher == nil {
		w.hasher = pseudonym.NewHasher()
	}
	s.key = w.hasher.Sum(c.key, tag, text)
	return c.c.GetFn(s.key[:], s.take) == nil
}

// put keeps w.cache.found as the result for what was last looked for.
func (c *Cache) put(w *worker) {
	if !c.fits(len(w.cache.found)) {
		c.long.Add(1)
		return
	}
	// The only error is an entry that is too large, which this one is not.
	c.c.Set(w.cache.key[:], w.cache.found, 0)
}

// useCache puts the cache before the transforms that are slow enough. It runs
// last, when ties are settled: by then equal transforms need not look equal.
func (p *Program) useCache() {
	c := p.spec.Cache
	if c == nil {
		return
	}
	made := map[applier]applier{}
	for i := range p.spec.Profiles {
		pr := &p.spec.Profiles[i]
		pr.Transforms = slices.Clone(pr.Transforms)
		for n := range pr.Transforms {
			pr.Transforms[n].fn = withCache(c, pr.Transforms[n].fn, made)
		}
	}
}

// withCache returns fn with the cache before its slow parts. One transform of
// many fields shares its entries.
func withCache(c *Cache, fn applier, made map[applier]applier) applier {
	switch t := fn.(type) {
	case *byEpoch:
		return t.withCache(c, made)
	case surveyorByEpoch:
		return surveyorByEpoch{t.byEpoch.withCache(c, made)}
	case *siblings:
		out := &siblings{base: t.base, list: slices.Clone(t.list), copies: t.copies}
		out.base.fn = withCache(c, t.base.fn, made)
		for i := range out.list {
			out.list[i].fn = withCache(c, out.list[i].fn, made)
		}
		return out
	case cacheable:
		if t.cost() < CostHigh {
			return fn
		}
		if made[fn] == nil {
			made[fn] = t.cached(c, strconv.FormatUint(c.tags.Add(1), 36))
		}
		return made[fn]
	}
	return fn
}

func (t *byEpoch) withCache(c *Cache, made map[applier]applier) *byEpoch {
	out := &byEpoch{fns: slices.Clone(t.fns)}
	for i, fn := range out.fns {
		out.fns[i] = withCache(c, fn, made)
	}
	return out
}

// cost of a scrub is that of its patterns: the built-in detectors run at memory
// speed, Go's regexp does not.
func (s *scrubber) cost() Cost {
	if s.patterns == 0 {
		return CostLow
	}
	return CostHigh
}

func (s *scrubber) cached(c *Cache, tag string) applier { return &cachedScrub{s, c, tag} }

// cachedScrub is a scrubber of texts that repeat: user agents, templates of log
// lines, names of apps.
type cachedScrub struct {
	*scrubber
	cache *Cache
	tag   string
}

func (s *cachedScrub) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	switch {
	case k != KindString:
		return s.scrubber.apply(w, dst, v, k)
	case !s.cache.fits(len(v)):
		s.cache.long.Add(1)
		return s.scrubber.apply(w, dst, v, k)
	}
	if s.cache.find(w, s.tag, v) {
		return s.again(w, dst), ShapeText
	}
	key, from := w.cache.key, len(dst)
	dst, shape := s.scrubber.apply(w, dst, v, k)
	if len(w.spans) > maxCachedSpans {
		return dst, shape
	}
	// What was found is counted when it is found again.
	entry := append(w.cache.found[:0], byte(len(w.spans)))
	for _, f := range w.spans {
		entry = append(entry, byte(f.Detector))
	}
	w.cache.key, w.cache.found = key, append(entry, dst[from:]...)
	s.cache.put(w)
	return dst, shape
}

// maxCachedSpans is what a byte can count.
const maxCachedSpans = 255

// again appends an entry: how many detectors, which, and the text.
func (s *cachedScrub) again(w *worker, dst []byte) []byte {
	n := 1 + int(w.cache.found[0])
	for _, d := range w.cache.found[1:n] {
		w.count(detect.Detector(d))
	}
	return append(dst, w.cache.found[n:]...)
}

func (l *located) cost() Cost {
	if l.noise == nil {
		return CostLow
	}
	return CostHigh
}

func (l *located) cached(c *Cache, tag string) applier {
	out, noise := *l, *l.noise
	noise.cache, noise.tag = c, tag
	out.noise = &noise
	return &out
}

// remembered is where Laplace noise has moved a point before: w.canon says whose
// it is and which.
func (l *laplace) remembered(w *worker) (point, bool) {
	if l.cache == nil || !l.cache.find(w, l.tag, w.canon) {
		return point{}, false
	}
	b := w.cache.found
	return point{
		math.Float64frombits(binary.BigEndian.Uint64(b)),
		math.Float64frombits(binary.BigEndian.Uint64(b[8:])),
	}, true
}

// remember keeps where the point of the last remembered has come to.
func (l *laplace) remember(w *worker, p point) point {
	if l.cache != nil {
		b := binary.BigEndian.AppendUint64(w.cache.found[:0], math.Float64bits(p.lat))
		w.cache.found = binary.BigEndian.AppendUint64(b, math.Float64bits(p.lon))
		l.cache.put(w)
	}
	return p
}

func (f *fpe) cost() Cost { return CostTable }
