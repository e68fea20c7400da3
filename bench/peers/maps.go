package main

import (
	"bytes"
	"encoding/json"

	"github.com/bytedance/sonic"
	gojson "github.com/goccy/go-json"
)

// Decode into maps, change, encode: what most programs do, and what the
// documentation of these three shows first. UseNumber keeps long numbers, and
// no HTML escapes keep the text.

func stdMap(w *work) rewriter {
	var out bytes.Buffer
	return func(dst, record []byte) ([]byte, error) {
		d := json.NewDecoder(bytes.NewReader(record))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		out.Reset()
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		if err := e.Encode(mask(v, w.tree)); err != nil {
			return nil, err
		}
		return append(dst, out.Bytes()...), nil
	}
}

func goccyMap(w *work) rewriter {
	var out bytes.Buffer
	return func(dst, record []byte) ([]byte, error) {
		d := gojson.NewDecoder(bytes.NewReader(record))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		out.Reset()
		e := gojson.NewEncoder(&out)
		e.SetEscapeHTML(false)
		if err := e.EncodeWithOption(mask(v, w.tree), gojson.UnorderedMap()); err != nil {
			return nil, err
		}
		return append(dst, out.Bytes()...), nil
	}
}

// sonicAPI is sonic's fastest configuration that keeps long numbers and checks
// what is in strings.
var sonicAPI = sonic.Config{UseNumber: true, ValidateString: true}.Froze()

func sonicMap(w *work) rewriter {
	return func(_, record []byte) ([]byte, error) {
		var v any
		if err := sonicAPI.Unmarshal(record, &v); err != nil {
			return nil, err
		}
		return sonicAPI.Marshal(mask(v, w.tree))
	}
}
