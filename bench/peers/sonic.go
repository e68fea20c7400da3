package main

import (
	"strconv"
	"unsafe"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/ast"

	"redactor/bench"
)

// sonicAST loads the document into sonic's tree, sets the eight nodes and
// encodes the tree.
func sonicAST(w *work) rewriter {
	stars := ast.NewString(bench.Mask)
	return func(_, record []byte) ([]byte, error) {
		root, err := sonic.Get(record)
		if err != nil {
			return nil, err
		}
		if err := root.Load(); err != nil {
			return nil, err
		}
		if err := sonicSet(&root, w.tree, stars); err != nil {
			return nil, err
		}
		return root.MarshalJSON()
	}
}

func sonicSet(x *ast.Node, n *node, stars ast.Node) error {
	for name, kid := range n.kids {
		if name == "*" {
			count, err := x.Len()
			for i := 0; i < count && err == nil; i++ {
				err = sonicSet(x.Index(i), kid, stars)
			}
			if err != nil {
				return err
			}
			continue
		}
		y := x.Get(name)
		if !y.Exists() {
			continue
		}
		if kid.leaf {
			if _, err := x.Set(name, stars); err != nil {
				return err
			}
		} else if err := sonicSet(y, kid, stars); err != nil {
			return err
		}
	}
	return nil
}

// sonicSplice asks for the raw value at each path and splices. The first search
// checks the document as far as it goes.
func sonicSplice(w *work) rewriter {
	var paths [][]any
	for _, names := range w.indexed(mostElements, strconv.Itoa) {
		var path []any
		for _, n := range names {
			if i, err := strconv.Atoi(n); err == nil {
				path = append(path, i)
			} else {
				path = append(path, n)
			}
		}
		paths = append(paths, path)
	}
	var spans []span
	return func(dst, record []byte) ([]byte, error) {
		spans = spans[:0]
		for i, path := range paths {
			s := ast.NewSearcher(text(record))
			s.ValidateJSON = i == 0
			found, err := s.GetByPath(path...)
			if err == ast.ErrNotExist {
				continue
			}
			if err != nil {
				return nil, err
			}
			raw, err := found.Raw()
			if err != nil {
				return nil, err
			}
			at := offset(unsafe.Slice(unsafe.StringData(raw), len(raw)), record)
			spans = insert(spans, at, at+len(raw))
		}
		return splice(dst, record, spans), nil
	}
}
