package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

var errInvalid = errors.New("no JSON")

// sjsonSet sets one path after the other. The option promises that the paths
// exist, as the documentation advises for speed.
func sjsonSet(w *work) rewriter {
	o := &sjson.Options{Optimistic: true}
	return func(dst, record []byte) (_ []byte, err error) {
		if !gjson.ValidBytes(record) {
			return nil, errInvalid
		}
		out := record
		for _, p := range w.paths {
			before, after, star := strings.Cut(p, "*")
			if !star {
				if out, err = sjson.SetRawBytesOptions(out, p, []byte(rawMask), o); err != nil {
					return nil, err
				}
				continue
			}
			for i := range gjson.GetBytes(out, before+"#").Int() {
				path := before + strconv.FormatInt(i, 10) + after
				if out, err = sjson.SetRawBytesOptions(out, path, []byte(rawMask), o); err != nil {
					return nil, err
				}
			}
		}
		return append(dst, out...), nil
	}
}

// gjsonSplice asks for each path and splices at the indexes that the results
// carry.
func gjsonSplice(w *work) rewriter {
	var paths []string
	for _, p := range w.paths {
		paths = append(paths, strings.ReplaceAll(p, "*", "#"))
	}
	var spans []span
	return func(dst, record []byte) ([]byte, error) {
		if !gjson.ValidBytes(record) {
			return nil, errInvalid
		}
		spans = spans[:0]
		for _, p := range paths {
			r := gjson.Get(text(record), p)
			if len(r.Indexes) > 0 {
				for i, e := range r.Array() {
					spans = insert(spans, r.Indexes[i], r.Indexes[i]+len(e.Raw))
				}
			} else if r.Index > 0 {
				spans = insert(spans, r.Index, r.Index+len(r.Raw))
			}
		}
		return splice(dst, record, spans), nil
	}
}

// gjsonWalk visits the members with ForEach, once, and splices.
func gjsonWalk(w *work) rewriter {
	var spans []span
	return func(dst, record []byte) ([]byte, error) {
		if !gjson.ValidBytes(record) {
			return nil, errInvalid
		}
		spans = gjsonSpans(spans[:0], text(record), 0, w.tree)
		return splice(dst, record, spans), nil
	}
}

func gjsonSpans(spans []span, raw string, base int, n *node) []span {
	container := gjson.Parse(raw)
	elements := n.kids["*"]
	container.ForEach(func(name, v gjson.Result) bool {
		kid := elements
		if kid == nil {
			kid = n.kids[name.Str]
		}
		at := base + v.Index
		switch {
		case kid == nil:
		case kid.leaf:
			spans = insert(spans, at, at+len(v.Raw))
		case v.Type == gjson.JSON:
			spans = gjsonSpans(spans, v.Raw, at, kid)
		}
		return true
	})
	return spans
}
