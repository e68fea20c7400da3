package redact

import "testing"

func envelopeProgram(t *testing.T) *Program {
	transforms := func(t Transform) []Transform { return []Transform{t, t, Keep()} }
	profile := func(name string, u Unknown, t Transform) Profile {
		return Profile{Name: name, Unknown: u, Transforms: transforms(t), PassHeaders: []string{"Content-Type", "x-user"}}
	}
	unfit := profile("unfit", UnknownDrop, Transform{OpApply, RankMask, "never", never{}})
	unfit.UnfitQuarantine = true
	hour := profile("hour", UnknownQuarantine, stars())
	hour.Time = TimeHour
	return compile(t, Spec{
		Fields: []Field{
			{Name: "user", Level: 4, RecordKey: true, Headers: []string{"x-user", "*-uid"}},
			{Name: "other", Level: 3, RecordKey: true},
			{Name: "trace", Level: 1, Headers: []string{"trace*"}},
		},
		Profiles: []Profile{
			profile("pseudonym", UnknownDrop, tag("p_", RankPseudonym)), profile("drop", UnknownKeep, Drop()), profile("null", UnknownKeep, Null()), hour, unfit,
			profile("keep", UnknownDrop, Keep()),
		},
	})
}

// never is a transform that takes no value.
type never struct{}

func (never) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) { return dst, ShapeUnfit }

func TestRenderKey(t *testing.T) {
	m := envelopeProgram(t).NewMachine()
	for i, want := range []struct {
		out  string
		null bool
		v    Verdict
	}{
		{"p_u\"1", false, Verdict{}}, // text, not JSON
		{"", true, Verdict{}},
		{"", true, Verdict{}},
		{"***", false, Verdict{}},
		{"", true, Verdict{Quarantined, ReasonUnfit}},
		{"u\"1", false, Verdict{}},
	} {
		out, null, v := m.RenderKey([]byte(">"), []byte("u\"1"), i)
		if string(out) != ">"+want.out || null != want.null || v != want.v {
			t.Errorf("profile %d: %q %t %v, want %q %t %v", i, out, null, v, ">"+want.out, want.null, want.v)
		}
	}
	for i, null := range []bool{false, true, true, false, false, false} {
		out, got, v := m.RenderKey([]byte(">"), []byte{}, i)
		want := ">"
		if i == 3 {
			want = ">***"
		}
		if string(out) != want || got != null || v.Outcome != Passed {
			t.Errorf("empty key, profile %d: %q %t %v", i, out, got, v)
		}
	}
}

func TestRenderKeyThatNoEntryNames(t *testing.T) {
	p := compile(t, Spec{Profiles: []Profile{{Unknown: UnknownDrop}, {Unknown: UnknownNull}, {Unknown: UnknownKeep}, {Unknown: UnknownQuarantine}}})
	m := p.NewMachine()
	for i, want := range []struct {
		out  string
		null bool
		v    Verdict
	}{
		{"", true, Verdict{}}, {"", true, Verdict{}}, {"u-1001", false, Verdict{}}, {"", true, Verdict{Quarantined, ReasonKey}},
	} {
		out, null, v := m.RenderKey(nil, []byte("u-1001"), i)
		if string(out) != want.out || null != want.null || v != want.v {
			t.Errorf("profile %d: %q %t %v", i, out, null, v)
		}
	}
}

func TestRenderHeader(t *testing.T) {
	m := envelopeProgram(t).NewMachine()
	for _, c := range []struct {
		name    string
		profile int
		out     string
		keep    bool
		v       Verdict
	}{
		{"x-user", 0, "p_v", true, Verdict{}}, // an entry goes before PassHeaders
		{"X_User", 0, "p_v", true, Verdict{}},
		{"app-uid", 0, "p_v", true, Verdict{}},
		{"x-user", 1, "", false, Verdict{}},
		{"x-user", 2, "", true, Verdict{}},
		{"x-user", 3, "***", true, Verdict{}},
		{"x-user", 4, "", true, Verdict{Quarantined, ReasonUnfit}},
		{"x-user", 5, "v", true, Verdict{}},
		{"x-uѕer", 5, "", false, Verdict{}}, // looks like it
		{"x-user\x00", 0, "", false, Verdict{}},
		{"content-type", 0, "v", true, Verdict{}},
		{"CONTENT_TYPE", 1, "v", true, Verdict{}},
		{"content-typo", 0, "", false, Verdict{}},
		{"cookie", 1, "", false, Verdict{}}, // unknown: keep is about values, not headers
		{"traceparent", 0, "v", true, Verdict{}},
		{"", 0, "", false, Verdict{}},
	} {
		out, keep, v := m.RenderHeader([]byte(">"), []byte(c.name), []byte("v"), c.profile)
		if string(out) != ">"+c.out || keep != c.keep || v != c.v {
			t.Errorf("%s, profile %d: %q %t %v, want %q %t %v", c.name, c.profile, out, keep, v, ">"+c.out, c.keep, c.v)
		}
	}
	// What an entry decided was counted, whether or not the header stayed.
	for i, want := range []uint64{3, 1, 1, 1, 1, 1} {
		if got := m.Counts().Profiles[i].Hits(0); got != want {
			t.Errorf("profile %d: %d headers counted, want %d", i, got, want)
		}
	}
}

func TestRecordTime(t *testing.T) {
	m := envelopeProgram(t).NewMachine()
	const ms = 1730448000000 + 3723004
	if got := m.RecordTime(ms, 0); got != ms {
		t.Errorf("kept: %d", got)
	}
	if got := m.RecordTime(ms, 3); got != 1730448000000+3600000 {
		t.Errorf("hour: %d", got)
	}
}

// BenchmarkRenderKey measures the key of a record, which is decided by the
// program and not by the record.
func BenchmarkRenderKey(b *testing.B) {
	p, err := Compile(Spec{
		Fields:   []Field{{Name: "user", Level: 4, RecordKey: true}},
		Profiles: []Profile{{Name: "keep", Transforms: []Transform{Keep()}}, {Name: "replace", Transforms: []Transform{Replace("***")}}},
	})
	if err != nil {
		b.Fatal(err)
	}
	m, dst, key := p.NewMachine(), make([]byte, 0, 64), []byte("user-000123")
	for i, name := range []string{"keep", "replace"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				dst, _, _ = m.RenderKey(dst[:0], key, i)
			}
		})
	}
}
