package main

import (
	"strconv"

	"github.com/buger/jsonparser"
)

func (w *work) bracketed() [][]string {
	return w.indexed(mostElements, func(i int) string { return "[" + strconv.Itoa(i) + "]" })
}

// jsonparserSet sets one path after the other, those that are there.
func jsonparserSet(w *work) rewriter {
	paths := w.bracketed()
	return func(dst, record []byte) ([]byte, error) {
		out := record
		for _, p := range paths {
			_, kind, _, err := jsonparser.Get(out, p...)
			if err == jsonparser.KeyPathNotFoundError || kind == jsonparser.NotExist {
				continue
			}
			if err != nil {
				return nil, err
			}
			if out, err = jsonparser.Set(out, []byte(rawMask), p...); err != nil {
				return nil, err
			}
		}
		return append(dst, out...), nil
	}
}

// jsonparserSplice finds all paths in one pass and splices.
func jsonparserSplice(w *work) rewriter {
	paths := w.bracketed()
	var spans []span
	var record []byte
	found := func(_ int, v []byte, kind jsonparser.ValueType, _ error) {
		start := offset(v, record)
		end := start + len(v)
		if kind == jsonparser.String { // the value comes without its quotes
			start, end = start-1, end+1
		}
		spans = insert(spans, start, end)
	}
	return func(dst, in []byte) ([]byte, error) {
		spans, record = spans[:0], in
		jsonparser.EachKey(record, found, paths...)
		return splice(dst, record, spans), nil
	}
}
