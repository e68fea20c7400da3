package main

import (
	"github.com/minio/simdjson-go"

	"redactor/bench"
)

// simdjsonSet parses onto simdjson-go's tape, changes the tape in place and
// writes it. A number on the tape cannot become a string: it becomes null.
func simdjsonSet(w *work) rewriter {
	var parsed *simdjson.ParsedJson
	return func(dst, record []byte) ([]byte, error) {
		var err error
		if parsed, err = simdjson.Parse(record, parsed, simdjson.WithCopyStrings(false)); err != nil {
			return nil, err
		}
		top := parsed.Iter()
		top.AdvanceInto()
		var inner simdjson.Iter
		kind, root, err := top.Root(&inner)
		if err != nil {
			return nil, err
		}
		if err := simdjsonValue(root, kind, w.tree); err != nil {
			return nil, err
		}
		all := parsed.Iter()
		return all.MarshalJSONBuffer(dst)
	}
}

func simdjsonValue(it *simdjson.Iter, kind simdjson.Type, n *node) error {
	switch kind {
	case simdjson.TypeObject:
		var o simdjson.Object
		if _, err := it.Object(&o); err != nil {
			return err
		}
		return simdjsonMembers(&o, n)
	case simdjson.TypeArray:
		kid := n.kids["*"]
		var a simdjson.Array
		if _, err := it.Array(&a); err != nil || kid == nil {
			return err
		}
		elements := a.Iter()
		for kind := elements.Advance(); kind != simdjson.TypeNone; kind = elements.Advance() {
			if err := simdjsonValue(&elements, kind, kid); err != nil {
				return err
			}
		}
	}
	return nil
}

func simdjsonMembers(o *simdjson.Object, n *node) error {
	var it simdjson.Iter
	for {
		name, kind, err := o.NextElementBytes(&it)
		if err != nil || kind == simdjson.TypeNone {
			return err
		}
		kid := n.kids[string(name)]
		switch {
		case kid == nil:
		case kid.leaf && kind == simdjson.TypeString:
			err = it.SetString(bench.Mask)
		case kid.leaf:
			err = it.SetNull()
		default:
			err = simdjsonValue(&it, kind, kid)
		}
		if err != nil {
			return err
		}
	}
}
