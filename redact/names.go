package redact

import (
	"math/bits"

	"redactor/internal/jsonscan"
)

// A nameTable maps names to numbers: open addressing, at most half full, built
// once and never changed. Chains are only as long as the policy's own names
// made them, whatever names a record brings.
type nameTable struct {
	names   []string
	slots   []int32 // number of a name, or -1
	longest int     // no name is longer: longer ones need no look-up
}

func newNameTable(names []string) *nameTable {
	t := &nameTable{names: names}
	t.slots = make([]int32, 1<<bits.Len(uint(2*len(names)+1)))
	for i := range t.slots {
		t.slots[i] = -1
	}
	for n, name := range names {
		t.longest = max(t.longest, len(name))
		i := hashName([]byte(name)) & uint64(len(t.slots)-1)
		for t.slots[i] >= 0 {
			i = (i + 1) & uint64(len(t.slots)-1)
		}
		t.slots[i] = int32(n)
	}
	return t
}

// find returns the number of name, or -1.
func (t *nameTable) find(name []byte) int {
	if len(name) > t.longest || len(t.names) == 0 {
		return -1
	}
	for i := hashName(name) & uint64(len(t.slots)-1); ; i = (i + 1) & uint64(len(t.slots)-1) {
		n := t.slots[i]
		if n < 0 || t.names[n] == string(name) {
			return int(n)
		}
	}
}

// hashName need not resist an attacker: see nameTable.
func hashName(name []byte) uint64 {
	const k = 0x9E3779B97F4A7C15
	h := uint64(len(name)) * k
	i := 0
	for ; i+8 <= len(name); i += 8 {
		h = (h ^ jsonscan.Load64(name, i)) * k
		h ^= h >> 32
	}
	h = (h ^ partial(name[i:])) * k
	return h ^ h>>32
}

// A nameSet collects distinct names in the order of their first use.
type nameSet struct {
	names []string
	index map[string]int
}

func (s *nameSet) add(name string) int {
	if n, ok := s.index[name]; ok {
		return n
	}
	if s.index == nil {
		s.index = map[string]int{}
	}
	s.index[name] = len(s.names)
	s.names = append(s.names, name)
	return len(s.names) - 1
}
