package redact

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"redactor/detect"
	"redactor/internal/race"
	"redactor/pseudonym"
)

const day = 24 * time.Hour

// at returns a time in milliseconds since 1970.
func at(t testing.TB, s string) int64 {
	t.Helper()
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return x.UnixMilli()
}

// epochsOf makes a directory of keys, destroys some, and loads it.
func epochsOf(t testing.TB, rules pseudonym.EpochRules, ids []string, destroyed ...string) *pseudonym.Epochs {
	t.Helper()
	dir := t.TempDir()
	for _, id := range append(ids, destroyed...) {
		line, err := pseudonym.NewKeyLine()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, id+".key"), []byte(line), 0o400)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range destroyed {
		if err := pseudonym.DestroyEpoch(dir, id); err != nil {
			t.Fatal(err)
		}
	}
	e, err := pseudonym.LoadEpochs(dir, rules)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// pseudonymsBy makes the transform of a field in every epoch.
func pseudonymsBy(t testing.TB, e *pseudonym.Epochs) Transform {
	ts := make([]Transform, e.Len())
	for i := range ts {
		if a := e.At(i); a.Secret != nil {
			ts[i] = must(t)(Pseudonym(PseudonymOptions{Subkey: a.Secret.Subkey("acme", "r", "r", "device", a.ID), Class: detect.IMEI}))
		}
	}
	return ByEpoch(ts)
}

func epochMachine(t testing.TB, e *pseudonym.Epochs, eventTime string) *Machine {
	t.Helper()
	keep := must(t)(TimeTruncate(TimeSecond))
	prog, err := Compile(Spec{
		Fields: []Field{
			{Name: "imei", Class: detect.IMEI, Level: 4, Keys: []string{"imei"}, RecordKey: true, Headers: []string{"x-imei"}},
			{Name: "ts", Level: 1, Keys: []string{"ts"}},
		},
		Profiles: []Profile{
			{Name: "academic", Transforms: []Transform{pseudonymsBy(t, e), keep}, Epochs: e},
			{Name: "plain", Transforms: []Transform{Drop(), keep}},
		},
		EventTime: eventTime,
	})
	if err != nil {
		t.Fatal(err)
	}
	return prog.NewMachine()
}

const imeiRecord = `{"imei":"356938035643809"}`

// seen renders the record for profile 0.
func seen(t *testing.T, m *Machine, rec string, record, now int64) (string, Verdict) {
	t.Helper()
	m.SetTime(record, now)
	if v := m.Scan([]byte(rec)); v.Outcome != Passed {
		t.Fatalf("scan: %v", v)
	}
	out, v := m.Render(nil, 0)
	return string(out), v
}

func TestEpochByRecordTime(t *testing.T) {
	e := epochsOf(t, pseudonym.EpochRules{Rotate: 30 * day, Overlap: 2 * day}, []string{"2026-09-01", "2026-11-01"}, "2026-10-01")
	m := epochMachine(t, e, "")
	now := at(t, "2026-11-20T12:00:00Z")
	get := func(when string) string {
		out, v := seen(t, m, imeiRecord, at(t, when), now)
		if v.Outcome != Passed {
			t.Fatalf("%s: %v", when, v)
		}
		return out
	}
	september, november := get("2026-09-01T00:00:00Z"), get("2026-11-01T00:00:00Z")
	const gone = `{"imei":null}`
	for when, want := range map[string]string{
		"2026-08-31T23:59:59Z": gone,      // before the first
		"2026-09-30T23:59:59Z": september, // to the last moment
		"2026-10-01T00:00:00Z": gone,      // destroyed
		"2026-10-31T23:59:59Z": gone,      // its mark keeps the days
		"2026-11-20T12:00:00Z": november,
		"2026-11-21T11:00:00Z": november, // ahead of the clock, within the window: now's
	} {
		if got := get(when); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	if september == november || september == gone || november == gone {
		t.Errorf("two epochs join: %s, %s", september, november)
	}
	if out, v := seen(t, m, imeiRecord, at(t, "2026-11-22T12:00:00Z"), now); v != (Verdict{Quarantined, ReasonTime}) || out != "" {
		t.Errorf("a timestamp two days ahead of the clock: %q %v", out, v)
	}
	if out, _ := seen(t, m, imeiRecord, -1, now); out != november {
		t.Errorf("a record without a timestamp: %s", out)
	}
	if out, v := m.Render(nil, 1); string(out) != `{}` || v.Outcome != Passed {
		t.Errorf("a profile without epochs: %s %v", out, v)
	}
}

// TestEpochFutureIsNeverUsed: an epoch that was made ahead of time has a
// secret that no record can reach before it begins.
func TestEpochFutureIsNeverUsed(t *testing.T) {
	e := epochsOf(t, pseudonym.EpochRules{Rotate: 30 * day, Window: 7 * day}, []string{"2026-11-01", "2026-11-21"})
	m := epochMachine(t, e, "$.ts")
	before, now := at(t, "2026-11-20T23:00:00Z"), at(t, "2026-11-20T23:30:00Z")
	want, _ := seen(t, m, imeiRecord, before, now)
	for _, rec := range []string{imeiRecord, `{"imei":"356938035643809","ts":"2026-11-23T00:00:00Z"}`} {
		got, v := seen(t, m, rec, at(t, "2026-11-22T00:00:00Z"), now)
		if v.Outcome != Passed || !strings.HasPrefix(got, want[:len(want)-1]) {
			t.Errorf("%s in an epoch to come: %s %v, want %s", rec, got, v, want)
		}
	}
	if got, _ := seen(t, m, imeiRecord, at(t, "2026-11-21T00:00:00Z"), at(t, "2026-11-21T00:00:00Z")); got == want {
		t.Error("the next epoch never begins")
	}
}

func TestEpochByEventTime(t *testing.T) {
	e := epochsOf(t, pseudonym.EpochRules{Rotate: 30 * day, Window: day}, []string{"2026-10-22", "2026-11-21"})
	m := epochMachine(t, e, "$..ts")
	record, now := at(t, "2026-11-21T06:00:00Z"), at(t, "2026-11-21T06:00:01Z")
	value := func(rec string) string {
		out, v := seen(t, m, rec, record, now)
		if v.Outcome != Passed {
			return v.Reason.String()
		}
		_, out, _ = strings.Cut(out, `"imei":`)
		return out[:strings.IndexAny(out, ",}")]
	}
	october, november := value(`{"ts":"2026-11-20T23:00:00Z","imei":"356938035643809"}`), value(imeiRecord)
	for rec, want := range map[string]string{
		`{"ts":1795215600000,"imei":"356938035643809"}`:                           october, // 2026-11-20T23:00:00Z
		`{"ts":"1795215600","imei":"356938035643809"}`:                            october,
		`{"ts":"2026-11-21T07:59:59+08:00","imei":"356938035643809"}`:             october,
		`{"imei":"356938035643809","ts":"2026-11-20 23:59:59.999"}`:               october, // behind the value that it is for
		`{"ts":"2026-11-21T00:00:00Z","imei":"356938035643809"}`:                  november,
		`{"ts":"2026-11-20T05:59:59Z","imei":"356938035643809"}`:                  "time", // forged: before the window
		`{"ts":"2026-11-22T06:00:01Z","imei":"356938035643809"}`:                  "time", // and after
		`{"ts":"soon","imei":"356938035643809"}`:                                  "time",
		`{"ts":null,"imei":"356938035643809"}`:                                    "time",
		`{"ts":1795215600000,"a":{"ts":1795215600001},"imei":"356938035643809"}`:  "time", // which of the two?
		`{"ts":-9223372036854775808,"imei":"356938035643809"}`:                    "time",
		`{"ts":7258118399,"imei":"356938035643809"}`:                              "time",
		`{"ts":"2026-02-30T00:00:00Z","imei":"356938035643809","x":"2026-11-21"}`: "time",
	} {
		if got := value(rec); got != want {
			t.Errorf("%s: %s, want %s", rec, got, want)
		}
	}
	if october == november {
		t.Error("two epochs join")
	}
}

// TestEpochOfEnvelope: key and headers have the epoch of their record, and a
// tombstone that of its timestamp.
func TestEpochOfEnvelope(t *testing.T) {
	e := epochsOf(t, pseudonym.EpochRules{Rotate: 30 * day}, []string{"2026-10-22", "2026-11-21"})
	m := epochMachine(t, e, "")
	now := at(t, "2026-11-22T00:00:00Z")
	out, _ := seen(t, m, imeiRecord, now, now)
	value := strings.Trim(strings.TrimPrefix(out, `{"imei":`), `"}`)
	key, null, v := m.RenderKey(nil, []byte("356938035643809"), 0)
	if string(key) != value || null || v.Outcome != Passed {
		t.Errorf("key: %s %v %v, want %s", key, null, v, value)
	}
	header, _, _ := m.RenderHeader(nil, []byte("X-IMEI"), []byte("356938035643809"), 0)
	if string(header) != value {
		t.Errorf("header: %s, want %s", header, value)
	}
	m.SetTime(now, now)
	m.ScanTombstone()
	if key, _, _ := m.RenderKey(nil, []byte("356938035643809"), 0); string(key) != value {
		t.Errorf("key of a tombstone: %s, want %s", key, value)
	}
	m.SetTime(now+2*day.Milliseconds(), now)
	m.ScanTombstone()
	if _, _, v := m.RenderKey(nil, []byte("356938035643809"), 0); v.Reason != ReasonTime {
		t.Errorf("key of a tombstone with a forged time: %v", v)
	}
	if _, v := m.Render(nil, 0); v.Reason != ReasonTime {
		t.Errorf("a tombstone with a forged time: %v", v)
	}
	// A caller that says no time gets no pseudonyms, whatever was said before.
	m.Scan([]byte(imeiRecord))
	if out, _ := m.Render(nil, 0); string(out) != `{"imei":null}` {
		t.Errorf("without a time: %s", out)
	}
}

func TestEpochsMustFit(t *testing.T) {
	e := epochsOf(t, pseudonym.EpochRules{Rotate: 30 * day}, []string{"2026-10-22", "2026-11-21"})
	for _, epochs := range []*pseudonym.Epochs{nil, pseudonym.WithoutEpochs(pseudonym.TestSecret("k")), epochsOf(t, pseudonym.EpochRules{Rotate: day}, []string{"2026-10-22"})} {
		_, err := Compile(Spec{
			Fields:   []Field{{Name: "imei", Level: 4, Keys: []string{"imei"}}},
			Profiles: []Profile{{Name: "p", Transforms: []Transform{pseudonymsBy(t, e)}, Epochs: epochs}},
		})
		if err == nil {
			t.Error("transforms of epochs that the key has not")
		}
	}
}

func TestEpochNoAllocs(t *testing.T) {
	race.Skip(t)
	e := epochsOf(t, pseudonym.EpochRules{Rotate: 30 * day}, []string{"2026-10-22", "2026-11-21"})
	m := epochMachine(t, e, "$.ts")
	rec := []byte(`{"imei":"356938035643809","ts":"2026-11-21T07:59:59.5+08:00"}`)
	now := at(t, "2026-11-21T01:00:00Z")
	dst := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() {
		m.SetTime(now, now)
		m.Scan(rec)
		dst, _ = m.Render(dst[:0], 0)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

var strictRFC3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:[0-5]\d)$`)

func FuzzEventMillis(f *testing.F) {
	for _, s := range []string{"2026-11-21T21:05:33.123+08:00", "2026-11-21 21:05:33", "2026-11-21T21:05:33,1Z", "2000-02-29T23:59:60-0930", "2026-11-21T21:05:33+08", "1795215600", "0001-01-01T0:00:00Z", "0001-01-01T00:00:00+00:60"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := rfc3339Millis([]byte(s))
		if !strictRFC3339.MatchString(s) {
			return // package time takes more: an hour of one digit, an offset of 60 minutes
		}
		want, err := time.Parse(time.RFC3339, s)
		if err == nil && want.Year() > 0 {
			_, offset := want.Zone()
			if offset%60 != 0 || offset > maxOffset*3600+59*60 || -offset > maxOffset*3600+59*60 {
				return
			}
			if !ok || got != want.UnixMilli() {
				t.Errorf("%q is %d %v, want %d", s, got, ok, want.UnixMilli())
			}
		}
	})
}
