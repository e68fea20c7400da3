package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"sync"
)

// planted is the set of all raw identifiers that the source has ever carried,
// also as they would look in base64 and in hex. Logs, metrics, the quarantine
// and whatever else is not known byte for byte is searched for them.
type planted struct {
	mu     sync.Mutex // guards all
	known  map[string]struct{}
	byHead map[[gram]byte][][]byte // what begins so
	values int
}

// gram is how many bytes are looked up at every place of a text: no planted
// value is shorter.
const gram = 6

func newPlanted() *planted {
	return &planted{known: make(map[string]struct{}), byHead: make(map[[gram]byte][][]byte)}
}

// add plants a value.
func (s *planted) add(value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.known[string(value)]; ok || len(value) < gram {
		return
	}
	s.known[string(value)] = struct{}{}
	s.values++
	s.form(bytes.Clone(value))
	s.form([]byte(hex.EncodeToString(value)))
	// What stands around a value shifts its base64 by 0, 1 or 2 bytes; the
	// digits that depend on the neighbors are left out.
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), value...))
		first := (8*shift + 5) / 6
		last := (8 * (shift + len(value))) / 6
		s.form([]byte(text[first:last]))
	}
}

func (s *planted) form(f []byte) {
	if len(f) < gram {
		return
	}
	head := [gram]byte(f)
	s.byHead[head] = append(s.byHead[head], f)
}

// in counts the places of text where a planted value stands.
func (s *planted) in(text []byte) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; i+gram <= len(text); i++ {
		for _, f := range s.byHead[[gram]byte(text[i:])] {
			if bytes.HasPrefix(text[i:], f) {
				n++
				break
			}
		}
	}
	return n
}
