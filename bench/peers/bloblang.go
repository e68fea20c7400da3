package main

import (
	"fmt"
	"strings"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure" // hash and encode
	"github.com/redpanda-data/benthos/v4/public/service"
)

// Redpanda Connect's two processors: mapping makes a new document, mutation
// changes the one that came. Both are given a message and asked for its bytes,
// as an output asks.

func mapping(program string) (rewriter, error) {
	e, err := bloblang.Parse("root = this\n" + program)
	if err != nil {
		return nil, err
	}
	return func(_, record []byte) ([]byte, error) {
		m, err := service.NewMessage(record).BloblangQuery(e)
		if err != nil {
			return nil, err
		}
		return m.AsBytes()
	}, nil
}

func mutation(program string) (rewriter, error) {
	e, err := bloblang.Parse(program)
	if err != nil {
		return nil, err
	}
	return func(_, record []byte) ([]byte, error) {
		m, err := service.NewMessage(record).BloblangMutate(e)
		if err != nil {
			return nil, err
		}
		return m.AsBytes()
	}, nil
}

// blobMasks assigns the mask to each path.
func (w *work) blobMasks() string { return w.assignments(func(string) string { return rawMask }) }

// blobHashes assigns the HMAC of the value at each path, in hexadecimal.
// Numbers have to become text first.
func (w *work) blobHashes() string {
	return w.assignments(func(from string) string {
		return fmt.Sprintf("%s.string().hash(%q, %q).encode(%q)", from, "hmac_sha256", "0123456789abcdef0123456789abcdef", "hex")
	})
}

func (w *work) assignments(value func(from string) string) string {
	var b strings.Builder
	for _, p := range w.paths {
		list, member, star := strings.Cut(p, ".*.")
		if star {
			fmt.Fprintf(&b, "root.%s = this.%s.map_each(e -> e.assign({%q: %s}))\n", list, list, member, value("e."+member))
			continue
		}
		fmt.Fprintf(&b, "root.%s = %s\n", p, value("this."+p))
	}
	return b.String()
}

// blob is a peer of a bloblang program.
func blob(program func(*work) string, processor func(string) (rewriter, error)) func(*work) rewriter {
	return func(w *work) rewriter {
		r, err := processor(program(w))
		if err != nil {
			panic("peers: internal error: " + err.Error())
		}
		return r
	}
}
