package redact

import (
	"fmt"
	"strings"
	"testing"
)

// collide returns three names of the given length that share a set.
func collide(length int) []string {
	sets := map[uint64][]string{}
	for n := 0; ; n++ {
		name := fmt.Sprintf("%0*d", length, n)
		k0, k1 := memoKeys([]byte(name))
		set := memoHash(k0, k1, memoTag(7, length)) >> (64 - memoBits)
		if sets[set] = append(sets[set], name); len(sets[set]) == 3 {
			return sets[set]
		}
	}
}

func TestMemo(t *testing.T) {
	for _, length := range []int{5, 8, 9, 16, 17, 40, 61} {
		m := newMemo()
		tag := memoTag(7, length)
		names := collide(length)
		put := func(n int) { m.add([]byte(names[n]), spelled{tag: tag, meta: meta(n + 1)}) }
		has := func(n int) bool {
			e := m.find([]byte(names[n]), tag)
			if e != nil && e.meta != meta(n+1) {
				t.Fatalf("%s is taken for name %d", names[n], e.meta-1)
			}
			return e != nil
		}
		if has(0) {
			t.Errorf("length %d: found in an empty memory", length)
		}
		put(0)
		put(1)
		if !has(0) || !has(1) || !has(0) { // 1 moved to the front, then 0
			t.Errorf("length %d: two names of a set", length)
		}
		put(2)
		if !has(0) || has(1) {
			t.Errorf("length %d: the name in front was evicted", length)
		}
		for range 2 { // found behind, moved to the front, found there
			if !has(2) {
				t.Errorf("length %d: the new name is not there", length)
			}
		}
		other := []byte(names[0])
		if m.find(other, memoTag(8, length)) != nil {
			t.Errorf("length %d: found in another state", length)
		}
		for i := range other {
			other[i] ^= 1
			if m.find(other, tag) != nil {
				t.Errorf("length %d: %s is taken for %s", length, other, names[0])
			}
			other[i] ^= 1
		}
	}
}

// TestNamesOfEveryLength: at the edges of what is looked up at a glance, what
// is remembered and what is resolved every time; near the end of the record
// and far from it; and in more than one state.
func TestNamesOfEveryLength(t *testing.T) {
	for length := 1; length < 80; length++ {
		name := strings.Repeat("n", length-1) + "x"
		p := compile(t, Spec{
			Fields:   []Field{{Name: "key", Level: 4, Keys: []string{name}}, {Name: "path", Level: 4, Paths: []string{"$.a['" + name + "']"}}},
			Profiles: []Profile{{Unknown: UnknownKeep, Transforms: []Transform{tag("k", RankMask), tag("p", RankPseudonym)}}},
		})
		m := p.NewMachine()
		for _, tail := range []string{"", `,"z":"a value of some length, so that a word fits"`} {
			record := fmt.Sprintf(`{"%[1]s":1,"%[1]sx":2,"a":{"%[1]s":3},"%[2]s":4,"b":{"%[1]s":5%[3]s}}`, name, name[1:], tail)
			want := fmt.Sprintf(`{"%[1]s":"k1","%[1]sx":2,"a":{"%[1]s":"p3"},"%[2]s":4,"b":{"%[1]s":"k5"%[3]s}}`, name, name[1:], tail)
			for range 3 {
				m.Scan([]byte(record))
				if out, _ := m.Render(nil, 0); string(out) != want {
					t.Fatalf("length %d: got %s, want %s", length, out, want)
				}
			}
		}
	}
}
