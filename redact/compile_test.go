package redact

import (
	"strings"
	"testing"
)

func TestCompileRefuses(t *testing.T) {
	good := func() Spec {
		return Spec{
			Fields:   []Field{{Name: "imei", Level: 4, Keys: []string{"imei"}}},
			Profiles: []Profile{{Name: "p", Transforms: []Transform{Drop()}}},
		}
	}
	for _, c := range []struct {
		spoil func(*Spec)
		says  string
	}{
		{func(s *Spec) { s.Profiles = nil }, "0 profiles"},
		{func(s *Spec) { s.Profiles[0].Transforms = nil }, "0 transforms for 1 fields"},
		{func(s *Spec) { s.Profiles[0].Unknown = 9 }, "no such Unknown"},
		{func(s *Spec) { s.Fields[0].Level = 0 }, "level 0"},
		{func(s *Spec) { s.Fields[0].Level = 5 }, "level 5"},
		{func(s *Spec) { s.Fields[0].Keys = []string{"_-"} }, "nothing to compare"},
		{func(s *Spec) { s.Fields[0].Keys = []string{""} }, "nothing to compare"},
		{func(s *Spec) { s.Fields[0].Keys = []string{"\xff"} }, "not valid UTF-8"},
		{func(s *Spec) { s.Fields[0].Headers = []string{"\u200b"} }, "nothing to compare"},
		{func(s *Spec) { s.Fields[0].Paths = []string{"$.*"} }, ".* would select"},
		{func(s *Spec) { s.Containers = []string{"data*"} }, "no wildcards"},
		{func(s *Spec) { s.Containers = []string{"."} }, "nothing to compare"},
		{func(s *Spec) { s.MaxDepth = -1 }, "MaxDepth"},
		{func(s *Spec) { s.MaxDepth = 1 << 20 }, "MaxDepth"},
		{func(s *Spec) { s.MaxRecord = 1 << 31 }, "MaxRecord"},
		{func(s *Spec) { s.Profiles[0].Only = []Condition{{Path: "x", In: []string{"a"}}} }, "starts with $"},
		{func(s *Spec) { s.Profiles[0].Except = []Condition{{Path: "$.x"}} }, "compares with nothing"},
		{func(s *Spec) {
			s.Profiles[0].Transforms = []Transform{{OpApply, RankReplace, "replace", never{}}}
		}, "makes no value"},
	} {
		s := good()
		c.spoil(&s)
		if _, err := Compile(s); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("want an error about %q, got %v", c.says, err)
		}
	}
	if _, err := Compile(good()); err != nil {
		t.Error(err)
	}
}

// TestStatesAreBounded: paths that combine exponentially are refused.
func TestStatesAreBounded(t *testing.T) {
	s := Spec{Profiles: []Profile{{Name: "p"}}}
	for n := range 24 {
		// Which of these are alive below $..a_n is any subset.
		p := "$..a" + string(rune('a'+n)) + ".x.y"
		for range 3 {
			p += "..b" + string(rune('a'+n))
		}
		s.Fields = append(s.Fields, Field{Level: 4, Paths: []string{p}})
		s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, Drop())
	}
	if _, err := Compile(s); err == nil || !strings.Contains(err.Error(), "too many states") {
		t.Errorf("got %v", err)
	}
}

func TestProgramString(t *testing.T) {
	p := compile(t, Spec{
		Containers: []string{"Net_Info"},
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"IMEI_1", "imei*"}, Headers: []string{"x-imei"}, RecordKey: true},
			{Name: "lat", Level: 4, Paths: []string{"$.trip[*].lat", "$.trip[0]", "$..geo"}},
			{Name: "tree", Level: 2, Paths: []string{"$.tree..*"}},
		},
		Profiles: []Profile{
			{Name: "analytics", Transforms: []Transform{tag("pseudonym", RankPseudonym), Null(), Keep()}, Except: []Condition{{Path: "$.child", In: []string{"true"}}}},
			{Name: "internal", Unknown: UnknownKeep, Transforms: []Transform{stars(), Drop(), Keep()}},
		},
	})
	const want = `depth 512, record 16777216
tape: unknown values true, containers true
root -> 1
state 0
state 1
  "trip" -> 2
  "tree" -> 3
  "child" -> 0 condition 0
state 2
  [0] -> 4 lat
  [*] -> 4
state 3
  other -> 3 tree
  [*] -> 3 tree
state 4
  "lat" -> 0 lat
key "geo" exactly: lat
key "imei1": imei
container "netinfo"
key "imei*": imei
header "ximei": imei
profile analytics: unknown drop
  imei: pseudonym
  lat: null
  tree: keep
profile internal: unknown keep
  imei: replace
  lat: drop
  tree: keep
`
	if got := p.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
