package main

import (
	"strings"
	"unsafe"

	"redactor/bench"
)

// A work is the job that everybody is given: the values at eight paths become
// "***", and the rest stays.
type work struct {
	set   *bench.Set
	paths []string // a.b.c; * is every element of an array
	tree  *node
}

// A rewriter appends to dst what becomes of a record.
type rewriter func(dst, record []byte) ([]byte, error)

// A peer is one way of somebody else's to do the work.
type peer struct {
	name string
	make func(w *work) rewriter

	// trusts: it makes something of a record that is no JSON, and reports no
	// error.
	trusts bool

	// nullsNumbers: it cannot put a string where a number was.
	nullsNumbers bool
}

var flatPaths = []string{"imei", "imsi", "android_id", "mac", "ip", "ssid", "lat", "lon"}
var nestedPaths = []string{
	"device.imei", "device.ids.android_id", "net.ip", "net.wifi.*.bssid", "net.cell.imsi", "user.phone", "loc.lat", "loc.lon",
}

func newWork(set *bench.Set, paths []string) *work {
	return &work{set, paths, parsePaths(paths)}
}

const rawMask = `"` + bench.Mask + `"`

// A node is a name in the paths: a tree walk goes along it.
type node struct {
	kids map[string]*node
	leaf bool
}

func parsePaths(paths []string) *node {
	root := new(node)
	for _, p := range paths {
		n := root
		for s := range strings.SplitSeq(p, ".") {
			if n.kids == nil {
				n.kids = make(map[string]*node)
			}
			if n.kids[s] == nil {
				n.kids[s] = new(node)
			}
			n = n.kids[s]
		}
		n.leaf = true
	}
	return root
}

// indexed returns the paths for a library that knows no wildcard: one for each
// element up to most. spell writes the name of an element.
func (w *work) indexed(most int, spell func(i int) string) [][]string {
	var out [][]string
	for _, p := range w.paths {
		names := strings.Split(p, ".")
		star := -1
		for i, n := range names {
			if n == "*" {
				star = i
			}
		}
		if star < 0 {
			out = append(out, names)
			continue
		}
		for i := range most {
			one := append([]string(nil), names...)
			one[star] = spell(i)
			out = append(out, one)
		}
	}
	return out
}

// mostElements is the longest array on a path of the set.
const mostElements = 4

// mask is the work on a decoded value.
func mask(v any, n *node) any {
	if n.leaf {
		return bench.Mask
	}
	return along(v, n, mask)
}

// along puts what something makes of them in the place of the members and
// elements that the paths name.
func along(v any, n *node, something func(any, *node) any) any {
	switch x := v.(type) {
	case map[string]any:
		for k, kid := range n.kids {
			if y, ok := x[k]; ok {
				x[k] = something(y, kid)
			}
		}
	case []any:
		if kid := n.kids["*"]; kid != nil {
			for i := range x {
				x[i] = something(x[i], kid)
			}
		}
	}
	return v
}

// A span is where a value stands in a record. The fastest way to use a library
// that tells where values are is to copy what lies between.
type span struct{ start, end int }

// insert keeps spans in order: libraries report them as they were asked for.
func insert(spans []span, start, end int) []span {
	spans = append(spans, span{start, end})
	for i := len(spans) - 1; i > 0 && spans[i].start < spans[i-1].start; i-- {
		spans[i], spans[i-1] = spans[i-1], spans[i]
	}
	return spans
}

func splice(dst, record []byte, spans []span) []byte {
	at := 0
	for _, s := range spans {
		dst = append(dst, record[at:s.start]...)
		dst = append(dst, rawMask...)
		at = s.end
	}
	return append(dst, record[at:]...)
}

// text is the record without a copy, for libraries that read strings.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// offset tells where in the record a part of it begins.
func offset(part, record []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(record))))
}
