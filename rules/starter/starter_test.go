package starter_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"redactor/internal/synth"
	"redactor/redact"
	"redactor/rules"
	"redactor/rules/starter"
)

func parse(t *testing.T) *rules.Policy {
	p, problems := rules.Parse("policy.yaml", starter.Policy)
	if len(problems) > 0 {
		problems.Render(os.Stderr, false)
		t.Fatal("the starter policy has problems; it teaches, so it has none, not even warnings")
	}
	return p
}

func TestPolicyIsADemo(t *testing.T) {
	p := parse(t)
	if !p.Demo {
		t.Error("the starter policy is not marked demo: true; run would take it for somebody's own")
	}
	var keys []string
	for i := range p.Profiles {
		keys = append(keys, p.Profiles[i].Key.Text)
	}
	if !slices.Equal(keys, starter.Keys) {
		t.Errorf("the policy names the keys %v, Keys says %v", keys, starter.Keys)
	}
	for _, key := range starter.Keys {
		if !bytes.Contains(starter.Config, []byte("\n  "+key+":")) {
			t.Errorf("redactor.yaml does not bind %s", key)
		}
	}
}

// The tests that stand in the policy pass, and touch all that it says.
func TestPolicyTests(t *testing.T) {
	report := parse(t).RunTests()
	if len(report.Results) < 6 {
		t.Errorf("%d tests stand in the policy", len(report.Results))
	}
	for _, r := range report.Results {
		for _, f := range r.Failures {
			t.Errorf("%s: %+v", r.Name, f)
		}
	}
	for _, c := range report.Coverage.Missing() {
		t.Errorf("no test touches %s (%v)", c.Name, c.Place)
	}
}

// No identifier that was put into a record is in any output for any recipient:
// in no value, no name and no key, neither as bytes nor decoded.
func TestNoIdentifierLeaves(t *testing.T) {
	streams, problems := parse(t).Compile(rules.TestKeys)
	if len(problems) > 0 {
		t.Fatal(problems.Err())
	}
	const records = 4000
	for _, s := range streams {
		t.Run(s.From, func(t *testing.T) {
			passed, planted := make([]int, len(s.To)), 0
			gen := synth.NewWith(synth.Options{Seed: 1, Tombstones: 100, Track: true})
			m := s.Program.NewMachine()
			var rec, key, out []byte
			for range records {
				rec = gen.Append(rec[:0], synth.Mixed)
				key = gen.AppendKey(key[:0])
				if gen.Null() {
					m.ScanTombstone()
				} else if v := m.Scan(rec); v.Outcome != redact.Passed {
					t.Fatalf("record %d of seed 1: %v", gen.Seq(), v.Reason)
				}
				planted += len(gen.Planted())
				for i, to := range s.To {
					var v redact.Verdict
					out = out[:0]
					if !gen.Null() {
						out, v = m.Render(out, i)
					}
					if v.Outcome == redact.Quarantined {
						t.Fatalf("record %d of seed 1, %s: %v", gen.Seq(), to.Profile, v.Reason)
					}
					if v.Outcome == redact.Filtered {
						continue
					}
					passed[i]++
					all := append(decoded(t, out), out...)
					all, _, _ = m.RenderKey(append(all, '\n'), key, i)
					for _, p := range gen.Planted() {
						if bytes.Contains(all, p.Value) {
							t.Fatalf("record %d of seed 1: the %s reaches %s", gen.Seq(), p.Name, to.Profile)
						}
					}
				}
			}
			if planted < 8*records {
				t.Errorf("%d identifiers were planted in %d records", planted, records)
			}
			for i, want := range []int{records * 9 / 10, records * 8 / 10, records / 50} {
				if passed[i] < want {
					t.Errorf("%s got %d of %d records, want %d or more: a test of nothing", s.To[i].Profile, passed[i], records, want)
				}
			}
		})
	}
}

// decoded returns every name, string and number of the value, one a line.
func decoded(t *testing.T, value []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var all []byte
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal("an output is no JSON")
		}
		switch v := tok.(type) {
		case string:
			all = append(all, v...)
		case json.Number:
			all = append(all, v...)
		}
		all = append(all, '\n')
	}
}

// What a recipient gets is worth having: the frame of the record, places and
// times as coarse as the policy says, a pseudonym that is the same each time
// and another for each recipient.
func TestOutputIsUseful(t *testing.T) {
	streams, _ := parse(t).Compile(rules.TestKeys)
	s := streams[0]
	m := s.Program.NewMachine()
	gen := synth.New(2)
	pseudonyms := map[string]map[string]string{} // by profile and raw user
	for range 2000 {
		rec := gen.Append(nil, synth.Flat)
		raw := string(gen.AppendKey(nil))
		if v := m.Scan(rec); v.Outcome != redact.Passed {
			t.Fatal(v.Reason)
		}
		for i, to := range s.To[:2] {
			out, v := m.Render(nil, i)
			if v.Outcome != redact.Passed {
				continue
			}
			var got struct {
				Seq     uint64  `json:"seq"`
				Ts      int64   `json:"ts"`
				User    string  `json:"user_id"`
				Lat     float64 `json:"lat"`
				Model   string  `json:"model"`
				Event   string  `json:"event"`
				Channel string  `json:"channel"`
			}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			if got.Seq != gen.Seq() || got.Lat == 0 || got.Model == "" || got.Event == "" || got.Channel == "" || !strings.HasPrefix(got.User, "test_") {
				t.Fatalf("%s got too little of record %d: %+v", to.Profile, gen.Seq(), got)
			}
			if day := gen.Time() / 86_400_000 * 86_400_000; to.Profile == "academic" && got.Ts != day || to.Profile == "analytics" && got.Ts != gen.Time() {
				t.Fatalf("%s got the time %d of a record of %d", to.Profile, got.Ts, gen.Time())
			}
			if pseudonyms[to.Profile] == nil {
				pseudonyms[to.Profile] = map[string]string{}
			}
			if first := pseudonyms[to.Profile][raw]; first != "" && first != got.User {
				t.Fatalf("%s got two pseudonyms for one user", to.Profile)
			}
			pseudonyms[to.Profile][raw] = got.User
		}
	}
	for raw, p := range pseudonyms["academic"] {
		if p == pseudonyms["analytics"][raw] {
			t.Fatalf("two recipients have one pseudonym for one user")
		}
	}
}
