package main

import "github.com/valyala/fastjson"

// fastjsonSet parses into fastjson's tree, which its parser owns and reuses,
// sets the eight values and writes the tree.
func fastjsonSet(w *work) rewriter {
	var p fastjson.Parser
	stars := fastjson.MustParse(rawMask)
	var set func(v *fastjson.Value, n *node)
	set = func(v *fastjson.Value, n *node) {
		for name, kid := range n.kids {
			if name == "*" {
				for _, x := range v.GetArray() {
					set(x, kid)
				}
				continue
			}
			y := v.Get(name)
			switch {
			case y == nil:
			case kid.leaf:
				v.Set(name, stars)
			default:
				set(y, kid)
			}
		}
	}
	return func(dst, record []byte) ([]byte, error) {
		v, err := p.ParseBytes(record)
		if err != nil {
			return nil, err
		}
		set(v, w.tree)
		return v.MarshalTo(dst), nil
	}
}
