package redact

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestMemoTellsNamesApart: what is remembered of a name is never taken for
// another's, however much of them is equal. A map is the twin.
func TestMemoTellsNamesApart(t *testing.T) {
	m := newMemo()
	r := rand.New(rand.NewPCG(11, 12))
	part := func(n int) string { // few enough that every part meets every other
		return fmt.Sprintf("%0*d", n, r.IntN(6))
	}
	known := make(map[string]stateID)
	found := 0
	for range 60_000 {
		var name string
		switch r.IntN(4) {
		case 0:
			name = part(1 + r.IntN(8))
		case 1:
			name = part(8) + part(1+r.IntN(8))
		default: // beginning, middle and end differ alone or together
			name = part(8) + part(1+r.IntN(memoLong-memoShort)) + part(8)
		}
		state := stateID(r.IntN(3))
		tag := memoTag(state, len(name))
		key := fmt.Sprint(state, name)
		if e := m.find([]byte(name), tag); e != nil {
			if found++; e.next != known[key] || known[key] == 0 {
				t.Fatalf("%q in state %d: found what was remembered as %d, want %d", name, state, e.next, known[key])
			}
			continue
		}
		if known[key] == 0 {
			known[key] = stateID(len(known) + 1)
		}
		m.add([]byte(name), spelled{tag: tag, next: known[key]})
		if e := m.find([]byte(name), tag); e == nil || e.next != known[key] {
			t.Fatalf("%q in state %d is forgotten at once", name, state)
		}
	}
	if found < 5000 {
		t.Errorf("%d names were found: nothing is remembered", found)
	}
}

// TestMemoHasTwoWays: a new spelling does not push out the one that is met again
// and again, in sets of short and of long names.
func TestMemoHasTwoWays(t *testing.T) {
	for _, n := range []int{6, 40} {
		m := newMemo()
		often := fmt.Sprintf("%0*d", n, 0)
		m.add([]byte(often), spelled{tag: memoTag(1, n), next: 1})
		for i := range 20_000 {
			m.add(fmt.Appendf(nil, "%0*d", n, i+1), spelled{tag: memoTag(1, n), next: 2})
			if e := m.find([]byte(often), memoTag(1, n)); e == nil || e.next != 1 {
				t.Fatalf("names of %d bytes: the one met often was pushed out by %d others", n, i+1)
			}
		}
	}
}

// TestNamesThatBeginAlike: of names of 1 to 70 bytes, each of which the next one
// begins with, each has a field of its own, and is met when the others are
// remembered: where one ends is where it ends, on both paths.
func TestNamesThatBeginAlike(t *testing.T) {
	const longest = "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz01234567"
	spec := Spec{Profiles: []Profile{{Name: "p", Unknown: UnknownKeep}, {Name: "q"}}}
	for n := 1; n < len(longest); n += 2 { // the others are unknown
		spec.Fields = append(spec.Fields, Field{Name: fmt.Sprint(n), Level: 4, Keys: []string{longest[:n]}})
		for i := range spec.Profiles {
			spec.Profiles[i].Transforms = append(spec.Profiles[i].Transforms, tag(fmt.Sprint("p", n, " "), RankPseudonym))
		}
	}
	x := newTwinRun(t, spec)
	r := rand.New(rand.NewPCG(15, 16))
	for range 300 {
		doc := []byte("{")
		for k := range 12 {
			if k > 0 {
				doc = append(doc, ',')
			}
			doc = fmt.Appendf(doc, `%s"%s"%s:"%d"`, pick(r, []string{"", "", " "}), longest[:1+r.IntN(len(longest))], pick(r, []string{"", "", " ", "\n\t"}), k)
		}
		x.compare(t, append(doc, '}'))
	}
}
