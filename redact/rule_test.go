package redact

import (
	"errors"
	"fmt"
	"testing"
)

// TestStrictness: of two entries that match one value the stricter outcome
// wins, for each profile alone; then the higher level; then path over exact
// name over wildcard.
func TestStrictness(t *testing.T) {
	ranked := []Transform{
		Keep(), tag("mask ", RankMask), tag("generalize ", RankGeneralize), tag("pseudonym ", RankPseudonym), stars(), Null(), Drop(),
	}
	want := []string{`{"v":"x"}`, `{"v":"mask x"}`, `{"v":"generalize x"}`, `{"v":"pseudonym x"}`, `{"v":"***"}`, `{"v":null}`, `{}`}
	for a := range ranked {
		for b := range ranked {
			// The weaker match and the lower level go with the stricter outcome.
			p := compile(t, Spec{
				Fields: []Field{{Name: "a", Level: 1, Keys: []string{"*v"}}, {Name: "b", Level: 4, Paths: []string{"$.v"}}},
				Profiles: []Profile{
					{Transforms: []Transform{ranked[a], ranked[b]}},
					{Transforms: []Transform{ranked[b], ranked[a]}},
				},
			})
			m := p.NewMachine()
			m.Scan([]byte(`{"v":"x"}`))
			for i := range 2 {
				if out, _ := m.Render(nil, i); string(out) != want[max(a, b)] {
					t.Errorf("%v and %v, profile %d: %s", ranked[a], ranked[b], i, out)
				}
			}
		}
	}
}

func TestTiesOfRank(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b Field
		want string
	}{
		{"level", Field{Level: 3, Paths: []string{"$.v"}}, Field{Level: 4, Keys: []string{"*"}}, "b"},
		{"path over name", Field{Level: 4, Keys: []string{"v"}}, Field{Level: 4, Paths: []string{"$.v"}}, "b"},
		{"deep path over name", Field{Level: 4, Keys: []string{"v"}}, Field{Level: 4, Paths: []string{"$..v"}}, "b"},
		{"name over wildcard", Field{Level: 4, Keys: []string{"*v"}}, Field{Level: 4, Keys: []string{"v"}}, "b"},
		{"path over wildcard", Field{Level: 4, Paths: []string{"$..*"}}, Field{Level: 4, Keys: []string{"*v"}}, "a"},
	} {
		c.a.Name, c.b.Name = "a", "b"
		for _, order := range [][]Field{{c.a, c.b}, {c.b, c.a}} {
			pr := Profile{}
			for _, f := range order {
				pr.Transforms = append(pr.Transforms, tag(f.Name+" ", RankMask))
			}
			m := compile(t, Spec{Fields: order, Profiles: []Profile{pr}}).NewMachine()
			m.Scan([]byte(`{"v":"x"}`))
			if out, _ := m.Render(nil, 0); string(out) != `{"v":"`+c.want+` x"}` {
				t.Errorf("%s: %s", c.name, out)
			}
		}
	}
}

func TestAmbiguity(t *testing.T) {
	one, two := tag("1", RankMask), tag("2", RankMask)
	keys := func(k ...string) Field { return Field{Level: 4, Keys: k} }
	paths := func(p ...string) Field { return Field{Level: 4, Paths: p} }
	for _, c := range []struct {
		name string
		a, b Field
		ties bool
	}{
		{"one key", keys("imei"), keys("imei"), true},
		{"folded", keys("im_ei"), keys("x", "IMEI"), true},
		{"other key", keys("imei"), keys("imsi"), false},
		{"one path", paths("$.a.b"), paths("$.a.b"), true},
		{"paths meet", paths("$.a..b"), paths("$.x", "$.a.c.b"), true},
		{"deep name and path", paths("$..b"), paths("$.a.b"), true},
		{"subtree and path", paths("$.a..*"), paths("$.a.b"), true},
		{"subtree and deep name", paths("$.a..*"), paths("$..b"), true},
		{"two subtrees", paths("$.a..*"), paths("$.a.b..*"), true},
		{"elements", paths("$.a[*]"), paths("$.a[2]"), true},
		{"elements apart", paths("$.a[1]"), paths("$.a[2]"), false},
		{"array and its elements", paths("$.a"), paths("$.a[*]"), true},
		{"root", paths("$"), paths("$"), true},
		{"elements of the root", paths("$[*]"), paths("$[0]"), true},
		{"one wildcard", keys("volt*"), keys("VOLT_*"), true},
		{"wildcard within", keys("volt*"), keys("v*"), true},
		{"wildcards that meet", keys("a*"), keys("*b"), true}, // in ab, which is the shortest name of neither
		{"wildcards that meet in the middle", keys("a*x*c"), keys("ab*y*"), true},
		{"wildcards apart", keys("a*"), keys("b*"), false},
		{"wildcard ends apart", keys("a*b"), keys("*c"), false},
		{"header wildcards", Field{Level: 4, Headers: []string{"a*"}}, Field{Level: 4, Headers: []string{"*b"}}, true},
		{"headers", Field{Level: 4, Headers: []string{"x-id"}}, Field{Level: 4, Headers: []string{"X_ID"}}, true},
		{"header and key", Field{Level: 4, Headers: []string{"x-id"}}, keys("x-id"), false},
		{"record key", Field{Level: 4, RecordKey: true}, Field{Level: 4, RecordKey: true}, true},
	} {
		pair := []Field{c.a, c.b}
		_, err := Compile(Spec{Fields: pair, Profiles: []Profile{{Transforms: []Transform{one, one}}, {Transforms: []Transform{one, two}}}})
		var tie *AmbiguityError
		if errors.As(err, &tie) != c.ties || !c.ties && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.ties && tie != nil && (tie.A != 0 || tie.B != 1 || tie.Profile != 1) {
			t.Errorf("%s: %+v", c.name, tie)
		}
		// The same outcome is no tie, nor is another level.
		if _, err := Compile(Spec{Fields: pair, Profiles: []Profile{{Transforms: []Transform{one, one}}}}); err != nil {
			t.Errorf("%s, same outcome: %v", c.name, err)
		}
		pair = []Field{c.a, c.b}
		pair[1].Level = 3
		if _, err := Compile(Spec{Fields: pair, Profiles: []Profile{{Transforms: []Transform{one, two}}}}); err != nil {
			t.Errorf("%s, other level: %v", c.name, err)
		}
	}
}

// TestWildcardsThatMeetAtRunTime: a tie that only a record shows, since another
// entry settles the name that Compile tries, goes to the first entry, every
// time.
func TestWildcardsThatMeetAtRunTime(t *testing.T) {
	m := compile(t, Spec{
		Fields:   []Field{{Level: 4, Keys: []string{"a*"}}, {Level: 4, Keys: []string{"*b"}}, {Level: 4, Keys: []string{"ab"}}},
		Profiles: []Profile{{Unknown: UnknownKeep, Transforms: []Transform{tag("1", RankMask), tag("2", RankMask), tag("3", RankMask)}}},
	}).NewMachine()
	for range 3 {
		m.Scan([]byte(`{"axb":"x","a":"x","b":"x","ab":"x"}`))
		if out, _ := m.Render(nil, 0); string(out) != `{"axb":"1x","a":"1x","b":"2x","ab":"3x"}` {
			t.Errorf("got %s", out)
		}
	}
}

// TestJoinIsUnion: the rule of a union of matches is the join of their rules,
// in any order. Arrays rely on it.
func TestJoinIsUnion(t *testing.T) {
	s := Spec{Profiles: make([]Profile, 3)}
	for n := range 12 {
		s.Fields = append(s.Fields, Field{Name: fmt.Sprint(n), Level: uint8(1 + n%4)})
		for i := range s.Profiles {
			s.Profiles[i].Unknown = Unknown(i)
			s.Profiles[i].Transforms = append(s.Profiles[i].Transforms, Transform{OpApply, Rank((n*5 + i*3) % 4), "t", fixed{fmt.Sprint(n)}})
		}
	}
	r := compile(t, s).NewMachine().rules
	for bits := 1; bits < 1<<12; bits += 3 {
		var all, left, right []match
		for n := range 12 {
			if bits>>n&1 == 0 {
				continue
			}
			m := newMatch(uint32(n), strength(n%3))
			all = append(all, m)
			if n%2 == 0 {
				left = append(left, m)
			} else {
				right = append(right, m)
			}
		}
		want := r.of(all)
		l, rr := r.of(left), r.of(right)
		if got := r.join(l, rr); got != want {
			t.Fatalf("%012b: join %v, union %v", bits, r.vector(got), r.vector(want))
		}
		if got := r.join(rr, l); got != want {
			t.Fatalf("%012b: join is not symmetric", bits)
		}
		if r.guard(r.guard(want)) != r.guard(want) || len(all) == 1 && r.guard(want) != r.of([]match{all[0] | guardBit}) {
			t.Fatalf("%012b: guard", bits)
		}
	}
}

// TestSuspiciousNames: a name that only wide folding finds gets the stricter of
// the entry's outcome and the outcome of unknown values, whichever they are.
func TestSuspiciousNames(t *testing.T) {
	const record = `{"imеi":"x"}` // a Cyrillic е
	entry := []Transform{Keep(), tag("p", RankPseudonym), stars(), Null(), Drop()}
	kept, applied, replaced, null, dropped, quarantined := record, `{"imеi":"px"}`, `{"imеi":"***"}`, `{"imеi":null}`, "{}", ""
	want := map[Unknown][]string{
		UnknownKeep:       {kept, applied, replaced, null, dropped},
		UnknownNull:       {null, null, null, null, dropped},
		UnknownDrop:       {dropped, dropped, dropped, dropped, dropped},
		UnknownQuarantine: {quarantined, quarantined, quarantined, quarantined, quarantined},
	}
	for unknown, outs := range want {
		for n, tr := range entry {
			m := compile(t, Spec{
				Fields:   []Field{{Name: "imei", Level: 4, Keys: []string{"imei"}}},
				Profiles: []Profile{{Unknown: unknown, Transforms: []Transform{tr}}},
			}).NewMachine()
			m.Scan([]byte(record))
			out, v := m.Render(nil, 0)
			if string(out) != outs[n] || (v == Verdict{Quarantined, ReasonUnknown}) != (outs[n] == "") {
				t.Errorf("unknown %d, %v: %s %v, want %s", unknown, tr, out, v, outs[n])
			}
		}
	}
}
