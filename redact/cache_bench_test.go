package redact

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/coocood/freecache"

	"redactor/detect"
	"redactor/pseudonym"
)

// This file measures what a cache in front of a keyed transform costs and buys,
// with the transforms of this build: the ground for having one or not. Raw
// output is in bench/results/cache.txt; -benchtime 200000x keeps unique values
// unique.

// cacheKey is a keyed hash of a value: what a cache is looked up by, so that no
// identifier stands in it. 128 bits, since two values that share a key would
// share a pseudonym.
func cacheKey(seeds *[2]maphash.Seed, v []byte) (key [16]byte) {
	binary.LittleEndian.PutUint64(key[:], maphash.Bytes(seeds[0], v))
	binary.LittleEndian.PutUint64(key[8:], maphash.Bytes(seeds[1], v))
	return key
}

var benchSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// applyBy is one worker's way to a result.
type applyBy func(w *worker, dst, v []byte) []byte

// withoutTable is FPE as it is behind the product's own table.
type withoutTable struct{ *fpe }

func (f withoutTable) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	return f.compute(w, dst, v, k)
}

func bare(tr Transform) Transform {
	if f, ok := tr.fn.(*fpe); ok {
		tr.fn = withoutTable{f}
	}
	return tr
}

func direct(tr Transform) applyBy {
	return func(w *worker, dst, v []byte) []byte {
		dst, _ = tr.fn.apply(w, dst, v, KindString)
		return dst
	}
}

// byFreecache shares one cache between all workers.
func byFreecache(tr Transform, c *freecache.Cache) applyBy {
	return func(w *worker, dst, v []byte) []byte {
		key := cacheKey(&benchSeeds, v)
		from := len(dst)
		if c.GetFn(key[:], func(hit []byte) error { dst = append(dst, hit...); return nil }) == nil {
			return dst
		}
		dst, _ = tr.fn.apply(w, dst, v, KindString)
		c.Set(key[:], dst[from:], 0)
		return dst
	}
}

// slot is one line of a worker's own table.
type slot struct {
	key  [16]byte
	n    uint8
	text [47]byte
}

// byTable gives a worker a direct-mapped table of its own.
func byTable(tr Transform, slots int) applyBy {
	table := make([]slot, slots)
	return func(w *worker, dst, v []byte) []byte {
		key := cacheKey(&benchSeeds, v)
		s := &table[binary.LittleEndian.Uint64(key[:])&uint64(slots-1)]
		if s.key == key {
			return append(dst, s.text[:s.n]...)
		}
		from := len(dst)
		dst, _ = tr.fn.apply(w, dst, v, KindString)
		if len(dst)-from <= len(s.text) {
			s.key, s.n = key, uint8(copy(s.text[:], dst[from:]))
		}
		return dst
	}
}

// benchIMEIs are right IMEIs: of 100,000 devices by Zipf's law, as in a log, or
// each only once.
func benchIMEIs(unique bool) [][]byte {
	n := 1 << 17
	if unique {
		n = 1 << 20
	}
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.1, 1, 99_999)
	out := make([][]byte, n)
	for i := range out {
		serial := uint64(i)
		if !unique {
			serial = z.Uint64() * 7919 % 1_000_000
		}
		out[i] = appendCheckDigit(fmt.Appendf(nil, "3569380%07d", serial))
	}
	return out
}

// appendCheckDigit appends the Luhn digit.
func appendCheckDigit(v []byte) []byte {
	sum := 0
	for i, c := range v {
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return append(v, byte('0'+(10-sum%10)%10))
}

func cachedTransforms(t testing.TB) map[string]Transform {
	secret := pseudonym.TestSecret("bench")
	ff1, err := secret.FF1(10, "acme", "r", "r", "device", "0")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Transform{
		"hmac": must(t)(Pseudonym(PseudonymOptions{Subkey: secret.Subkey("acme", "r", "r", "device", "0"), Class: detect.IMEI})),
		"cmac": must(t)(Pseudonym(PseudonymOptions{Subkey: secret.SubkeyOf(pseudonym.AESCMAC, "acme", "r", "r", "device", "0"), Class: detect.IMEI})),
		"ff1":  must(t)(FPE(FPEOptions{Class: detect.IMEI, FF1: ff1})),
	}
}

// TestCachesAgree: what is measured makes the same results, or the measurement
// means nothing.
func TestCachesAgree(t *testing.T) {
	values := benchIMEIs(false)[:20_000]
	for name, tr := range cachedTransforms(t) {
		shared := freecache.NewCache(1 << 20)
		bare := bare(tr)
		ways := []applyBy{direct(bare), byFreecache(bare, shared), byTable(bare, 1<<10), direct(tr)}
		w := new(worker)
		for _, v := range values {
			want := string(ways[0](w, nil, v))
			for i, way := range ways[1:] {
				if got := string(way(w, nil, v)); got != want || got == string(v) {
					t.Fatalf("%s, cache %d: %s is %s, want %s", name, i, v, got, want)
				}
			}
		}
	}
}

func BenchmarkCache(b *testing.B) {
	sets := map[string][][]byte{"zipf": benchIMEIs(false), "unique": benchIMEIs(true)}
	for _, name := range []string{"cmac", "hmac", "ff1"} {
		product := cachedTransforms(b)[name]
		tr := bare(product)
		shared := freecache.NewCache(64 << 20)
		for _, way := range []struct {
			name string
			make func() applyBy
		}{
			{"none", func() applyBy { return direct(tr) }},
			{"freecache", func() applyBy { return byFreecache(tr, shared) }},
			{"table-4Ki", func() applyBy { return byTable(tr, 1<<12) }},
			{"product", func() applyBy { return direct(product) }},
			{"table-64Ki", func() applyBy { return byTable(tr, 1<<16) }},
		} {
			for _, values := range []string{"zipf", "unique"} {
				for workers := 1; workers <= 2; workers++ {
					b.Run(fmt.Sprintf("%s/%s/%s/workers=%d", name, way.name, values, workers), func(b *testing.B) {
						benchCache(b, way.make, shared, sets[values], workers)
					})
				}
			}
		}
	}
}

// benchCache reports the processor time of one value: the clock on the wall
// tells more about what else the machine does.
func benchCache(b *testing.B, way func() applyBy, shared *freecache.Cache, values [][]byte, workers int) {
	shared.Clear()
	ways := make([]applyBy, workers)
	cold := values[:len(values)/2]
	for i := range ways {
		ways[i] = way()
		w, dst := new(worker), make([]byte, 0, 64)
		for _, v := range values[len(values)/2:][:1<<16] { // warm
			dst = ways[i](w, dst[:0], v)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	begun := cpuTime(b)
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			w, dst := new(worker), make([]byte, 0, 64)
			for n := range b.N {
				dst = ways[i](w, dst[:0], cold[(n+i*len(cold)/2)%len(cold)])
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(cpuTime(b)-begun)/float64(b.N*workers), "cpu-ns/value")
}
