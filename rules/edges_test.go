package rules

import (
	"io"
	"strings"
	"testing"
)

// TestOddNames: names that are no identifiers are found again in outputs, and
// paths of explanations and differences can be pasted into a policy.
func TestOddNames(t *testing.T) {
	pol := policyOf(t, `
apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: odd, level: L1, paths: ["$['odd key']", "$['it\\'s']", "$['back\\\\slash']", "$['tab\\u0009']", "$['']", "$['7']", "$.王"]}
profiles:
  p: {internal: true, fields: {odd: {replace: x}}}
streams:
  - {from: a, to: {p: b}}
tests:
  - name: all of them
    given: {odd key: 1, it's: 2, 'back\slash': 3, "tab\t": 4, "": 5, "7": 6, 王: 7}
    expect: {p: {value: {odd key: x, it's: {same_as: "$['odd key']"}, 'back\slash': {same_as: "$['it\\'s']"}, "tab\t": {same_as: "$['tab\\u0009']"}, "": {same_as: "$['']"}, "7": {same_as: "$['7']"}, 王: {same_as: 王}}}}
`)
	if rep := pol.RunTests(); rep.Failed() > 0 {
		t.Error(shown(t, func(w io.Writer) error { return rep.WriteText(w, false) }))
	}
	x, err := pol.Explain("a", &Record{Value: pol.Tests[0].Value})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range x.Fields {
		if f.Unknown || f.Outcomes[0].After != "<1 letter>" {
			t.Errorf("%s: %+v", f.Path, f.Outcomes)
		}
	}
}

// TestUnknownInExplanations: each way to treat unknown values is told, for
// values, the key and headers, and so is a change of it.
func TestUnknownInExplanations(t *testing.T) {
	policy := func(unknown string) *Policy {
		return policyOf(t, strings.ReplaceAll(`
apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: a, level: L1, keys: [a], headers: [x-a]}
  - {name: a-twin, level: L3, headers: [X_A]}
profiles:
  p: {internal: true, levels: {L1: keep}, fields: {a-twin: {mask: {keep_last: 1}}}, unknown: HOW, record: {headers: [x-b]}}
streams:
  - {from: a, to: {p: b}}
`, "HOW", unknown))
	}
	record := &Record{Key: []byte("k"), Headers: []Header{{"x-a", []byte("value")}, {"x-b", []byte("value")}, {"x-c", []byte("value")}}, Value: []byte(`{"a":1,"b":2}`)}
	for how, want := range map[string][5]string{ // key, x-a, x-b, x-c, $.b
		"drop": {"absent", "<text, 5 characters>", "same", "absent", "absent"},
		"null": {"absent", "<text, 5 characters>", "same", "absent", "null"},
		"keep": {"same", "<text, 5 characters>", "same", "absent", "same"},
	} {
		x, err := policy(how).Explain("a", record)
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range []int{0, 1, 2, 3, 5} {
			if got := x.Fields[at].Outcomes[0]; got.After != want[i] {
				t.Errorf("unknown: %s, %s: %s, want %s (%s)", how, x.Fields[at].Path, got.After, want[i], got.Why)
			}
		}
		if decided := x.Fields[1].Outcomes[0].Field; decided != "a-twin" {
			t.Errorf("the header x-a is decided by %s, want the stricter a-twin", decided)
		}
	}
	for _, c := range []struct {
		old, new string
		loosens  bool
	}{{"drop", "null", true}, {"null", "keep", true}, {"keep", "null", false}, {"null", "drop", false}, {"drop", "quarantine", false}, {"quarantine", "drop", true}} {
		if d := Diff(policy(c.old), policy(c.new)); d.Loosens() != c.loosens || len(d.Changes) == 0 {
			t.Errorf("unknown: %s → %s: %+v", c.old, c.new, d.Changes)
		}
	}
}

// TestUnsuitedLevels: a reviewer sees why a level's transform does not apply.
func TestUnsuitedLevels(t *testing.T) {
	pol := policyOf(t, `
apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: spot, level: L4, is: location, keys: [spot]}
  - {name: pass, level: L3, is: secret, keys: [pass]}
  - {name: model, level: L2, keys: [model]}
profiles:
  p: {internal: true, key: k, levels: {L4: pseudonym, L3: keep, L2: {time: hour}}, record: {time: hour}}
streams:
  - {from: a, to: {p: b}}
`)
	for i, want := range []string{
		"L4 says pseudonym, which is for identifiers; this is: location",
		"L3 says keep, which is for all but secrets; this is: secret",
		"L2 says time hour, which is for time; this has no is:",
	} {
		if c := pol.Matrix().Rows[i].Cells[0]; c.Note != want || c.Text != "drop" || c.By != "default" {
			t.Errorf("%+v, want the note %q", c, want)
		}
	}
}

// TestHints: what is suggested instead of keep fits the class.
func TestHints(t *testing.T) {
	for class, want := range map[string]string{
		"ip": "cut it to its network", "location": "round it", "name": "drop it", "address": "drop it", "imei": "make it a pseudonym",
	} {
		_, problems := parseAt("policy.yaml", []byte(`
apiVersion: redactor/v1
name: logs
namespace: acme
fields: [{name: f, level: L4, is: `+class+`, keys: [f]}]
profiles: {p: {fields: {f: keep}}}
streams: [{from: a, to: {p: b}}]
`), testDay)
		if len(problems) == 0 || problems[0].ID != idKeepIdentifies || !strings.HasPrefix(problems[0].Hint, want) {
			t.Errorf("%s: %v", class, problems)
		}
	}
}
