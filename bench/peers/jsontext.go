package main

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// tokens copies a document token by token and skips what is replaced: the way
// of jsontext's documentation.
type tokens struct {
	in  bytes.Reader
	out bytes.Buffer
	dec *jsontext.Decoder
	enc *jsontext.Encoder
}

func jsontextTokens(w *work) rewriter {
	t := new(tokens)
	t.dec = jsontext.NewDecoder(&t.in)
	t.enc = jsontext.NewEncoder(&t.out)
	return func(dst, record []byte) ([]byte, error) {
		t.in.Reset(record)
		t.out.Reset()
		t.dec.Reset(&t.in, jsontext.AllowDuplicateNames(true))
		t.enc.Reset(&t.out, jsontext.AllowDuplicateNames(true))
		if err := t.value(w.tree); err != nil {
			return nil, err
		}
		return append(dst, t.out.Bytes()...), nil
	}
}

func (t *tokens) value(n *node) error {
	if n != nil && n.leaf {
		if err := t.dec.SkipValue(); err != nil {
			return err
		}
		return t.enc.WriteToken(jsontext.String("***"))
	}
	kind := t.dec.PeekKind()
	if n == nil || kind != '{' && kind != '[' {
		v, err := t.dec.ReadValue()
		if err != nil {
			return err
		}
		return t.enc.WriteValue(v)
	}
	if err := t.token(); err != nil {
		return err
	}
	for k := t.dec.PeekKind(); k != '}' && k != ']'; k = t.dec.PeekKind() {
		kid := n.kids["*"]
		if kind == '{' {
			name, err := t.dec.ReadToken()
			if err != nil {
				return err
			}
			kid = n.kids[name.String()]
			if err := t.enc.WriteToken(name); err != nil {
				return err
			}
		}
		if err := t.value(kid); err != nil {
			return err
		}
	}
	return t.token()
}

func (t *tokens) token() error {
	token, err := t.dec.ReadToken()
	if err != nil {
		return err
	}
	return t.enc.WriteToken(token)
}
