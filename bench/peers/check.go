package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"redactor/bench"
)

// decoded reads a document as encoding/json does, with numbers as they are
// spelled: two that are deeply equal say the same.
func decoded(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return v, nil
}

// A check compares what somebody made of a record with what was asked for.
type check func(record, out []byte) error

// decode makes a check of one that looks at what the documents say.
func decode(c func(before, after any) error) check {
	return func(record, out []byte) error {
		before, err := decoded(record)
		if err != nil {
			return err
		}
		after, err := decoded(out)
		if err != nil {
			return err
		}
		return c(before, after)
	}
}

// masked asks for the mask at the paths, and for everything else as it was.
func (w *work) masked(nullsNumbers bool) check {
	return decode(func(before, after any) error {
		if nullsNumbers {
			after = stars(after, w.tree)
		}
		return same(after, mask(before, w.tree))
	})
}

// stars puts the mask where a peer could only write null.
func stars(v any, n *node) any {
	if n.leaf && v == nil {
		return bench.Mask
	}
	return along(v, n, stars)
}

// pseudonymized asks for other values at the paths, none of them raw, and for
// everything else as it was. null stands for a placeholder, which is nobody.
func (w *work) pseudonymized() check {
	return decode(func(before, after any) error {
		raw, made := leavesAt(nil, before, w.tree), leavesAt(nil, after, w.tree)
		if len(raw) != len(made) || len(raw) < 8 {
			return fmt.Errorf("%d values became %d", len(raw), len(made))
		}
		for i, v := range made {
			s, isText := v.(string)
			if v != nil && (!isText || len(s) < 22 || slices.Contains(raw, v)) {
				return fmt.Errorf("value %d is no pseudonym", i)
			}
		}
		return same(mask(after, w.tree), mask(before, w.tree))
	})
}

// leavesAt lists the values at the paths, in the order of their names.
func leavesAt(to []any, v any, n *node) []any {
	if n.leaf {
		return append(to, v)
	}
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(n.kids)) {
			if y, ok := x[k]; ok {
				to = leavesAt(to, y, n.kids[k])
			}
		}
	case []any:
		for i := range x {
			to = leavesAt(to, x[i], n.kids["*"])
		}
	}
	return to
}

// denied asks for what the first recipient of bench.Catalog may see.
func denied() check { return named(bench.CatalogNames()) }

// anyDepth asks for the mask at every name of bench.AnyDepth.
func anyDepth() check { return named(bench.AnyDepthNames(), nil) }

// named asks for the mask at some names and for the absence of others,
// wherever they stand.
func named(masked, dropped []string) check {
	var walk func(v any) any
	walk = func(v any) any {
		switch x := v.(type) {
		case map[string]any:
			for k := range x {
				switch {
				case slices.Contains(dropped, k):
					delete(x, k)
				case slices.Contains(masked, k):
					x[k] = bench.Mask
				default:
					x[k] = walk(x[k])
				}
			}
		case []any:
			for i := range x {
				x[i] = walk(x[i])
			}
		}
		return v
	}
	return decode(func(before, after any) error { return same(after, walk(before)) })
}

// verbatim asks for the bytes.
func verbatim(record, out []byte) error {
	if !bytes.Equal(record, out) {
		return fmt.Errorf("bytes differ")
	}
	return nil
}

func same(got, want any) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	return fmt.Errorf("got  %s\nwant %s", g, w)
}
