package main

import "github.com/go-faster/jx"

// jxSpans walks the document with jx's decoder and notes where the values are
// that it returns raw. The closures are made once, one for each node.
type jxSpans struct {
	dec     jx.Decoder
	record  []byte
	spans   []span
	members map[*node]func(*jx.Decoder, []byte) error
	array   map[*node]func(*jx.Decoder) error
}

func jxSplice(w *work) rewriter {
	j := &jxSpans{members: make(map[*node]func(*jx.Decoder, []byte) error), array: make(map[*node]func(*jx.Decoder) error)}
	j.prepare(w.tree)
	return func(dst, record []byte) ([]byte, error) {
		j.spans, j.record = j.spans[:0], record
		j.dec.ResetBytes(record)
		if err := j.value(&j.dec, w.tree); err != nil {
			return nil, err
		}
		return splice(dst, record, j.spans), nil
	}
}

func (j *jxSpans) prepare(n *node) {
	j.members[n] = func(d *jx.Decoder, name []byte) error { return j.value(d, n.kids[string(name)]) }
	j.array[n] = func(d *jx.Decoder) error { return j.value(d, n.kids["*"]) }
	for _, kid := range n.kids {
		j.prepare(kid)
	}
}

func (j *jxSpans) value(d *jx.Decoder, n *node) error {
	switch {
	case n == nil:
		return d.Skip()
	case n.leaf:
		raw, err := d.Raw()
		if err != nil {
			return err
		}
		at := offset(raw, j.record)
		j.spans = append(j.spans, span{at, at + len(raw)})
		return nil
	}
	switch d.Next() {
	case jx.Object:
		return d.ObjBytes(j.members[n])
	case jx.Array:
		return d.Arr(j.array[n])
	}
	return d.Skip()
}
