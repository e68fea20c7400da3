//go:build hyperscan

package main

/*
#cgo pkg-config: libhs
#include <hs.h>
#include <stdlib.h>

static int count(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *n) {
	(*(long *)n)++;
	return 0;
}

static long scan(const hs_database_t *db, hs_scratch_t *scratch, const char *text, unsigned int size) {
	long n = 0;
	if (hs_scan(db, text, size, 0, scratch, count, &n) != HS_SUCCESS) return -1;
	return n;
}

static hs_database_t *compile(const char **patterns, unsigned int *flags, unsigned int *ids, unsigned int n) {
	hs_database_t *db = NULL;
	hs_compile_error_t *err = NULL;
	if (hs_compile_multi(patterns, flags, ids, n, HS_MODE_BLOCK, NULL, &db, &err) != HS_SUCCESS) return NULL;
	return db;
}
*/
import "C"

import (
	"log"
	"unsafe"
)

// hyperscan compiles the ten patterns into one database. Ends only is the least
// that it can do, one call for the whole text its best case: to replace
// something, starts must be known as well.
func hyperscan() []variant {
	ends, starts := newDatabase(0), newDatabase(C.HS_FLAG_SOM_LEFTMOST)
	whole := func(t *text, _, _ int) int { return ends.scan(t.whole) }
	each := func(db *database) func(*text, int, int) int {
		return func(t *text, _, _ int) int {
			n := 0
			for _, line := range t.lines {
				n += db.scan(line)
			}
			return n
		}
	}
	return []variant{{"Hyperscan, ends, one call", 1, whole}, {"Hyperscan, ends, call a line", 1, each(ends)}, {"Hyperscan, starts, call a line", 1, each(starts)}}
}

type database struct {
	db      *C.hs_database_t
	scratch *C.hs_scratch_t
}

func newDatabase(flag C.uint) *database {
	n := len(patterns)
	sources := (*[1 << 10]*C.char)(C.malloc(C.size_t(n) * C.size_t(unsafe.Sizeof(uintptr(0)))))[:n:n]
	flags, ids := make([]C.uint, n), make([]C.uint, n)
	for i, p := range patterns {
		sources[i], flags[i], ids[i] = C.CString(p), flag, C.uint(i)
	}
	d := &database{db: C.compile(&sources[0], &flags[0], &ids[0], C.uint(n))}
	if d.db == nil || C.hs_alloc_scratch(d.db, &d.scratch) != C.HS_SUCCESS {
		log.Fatal("Hyperscan does not compile the patterns")
	}
	return d
}

func (d *database) scan(text []byte) int {
	return int(C.scan(d.db, d.scratch, (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.uint(len(text))))
}
