package rules

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// TestDiff walks pairs of policies and what of the difference is shown.
func TestDiff(t *testing.T) {
	paths, err := filepath.Glob("testdata/diff/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no pairs", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a := readArchive(t, path)
			before, after := policyOf(t, a.file("old.yaml")), policyOf(t, a.file("policy.yaml"))
			d := Diff(before, after)
			a.golden(t, "text", shown(t, func(w io.Writer) error { return d.WriteText(w, false) }))
			if a.has("markdown") {
				a.golden(t, "markdown", shown(t, d.WriteMarkdown))
				a.golden(t, "github", shown(t, d.WriteGitHub))
			}
			if text := shown(t, d.WriteJSON); !json.Valid([]byte(text)) || strings.Contains(text, `"loosens": true`) != d.Loosens() {
				t.Errorf("as JSON: %s", text)
			}
		})
	}
}

// TestDiffBothWays: what one way loosens, the other way tightens; and a policy
// differs from itself in nothing.
func TestDiffBothWays(t *testing.T) {
	base := `apiVersion: redactor/v1
name: logs
namespace: acme
containers: [device]
fields:
  - {name: user, level: L4, is: account, keys: [user_id], record_key: true}
  - {name: spot, level: L4, is: location, paths: ["$.spot[*].lat"]}
  - {name: age, level: L3, is: number, keys: [age]}
  - {name: peer, level: L3, is: ip, keys: [peer]}
  - {name: note, level: L4, keys: ["note*"]}
  - {name: at, level: L3, is: time, headers: [x-at], keys: [at]}
profiles:
  p: {internal: true, key: k, levels: {L1: keep}, fields: {user: pseudonym, spot: {round: 1}, age: {bucket: 10}, peer: {ip: {v4: 16}}, note: {mask: {keep_last: 2}}, at: {time: day}}, unknown: drop, only: {"$.a": [x]}, except: {"$.b": [y]}, record: {time: day, partition: by-key, headers: [h]}}
streams:
  - {from: in.one, to: {p: out.one}}
`
	for _, edit := range []struct {
		old, new string
		loosened bool // from base to the edited one
		back     bool
	}{
		{"user: pseudonym", "user: keep", true, false},
		{"user: pseudonym", "user: drop", false, true},
		{"user: pseudonym", "user: replace", false, true},
		{"user: pseudonym", "user: {pseudonym: {domain: other}}", true, true},
		{"user: pseudonym", "user: {pseudonym: {as: hex}}", false, false},
		{"{round: 1}", "{round: 2}", true, false},
		{"{round: 1}", "{round: 0}", false, true},
		{"{round: 1}", "{bucket: 0.1}", false, true},
		{"{bucket: 10}", "{bucket: 5}", true, false},
		{"{bucket: 10}", "{bucket: 20}", false, true},
		{"{bucket: 10}", "{bucket: 15}", true, true},
		{"{bucket: 10}", "{bucket: {width: 10, top: 90}}", true, true},
		{"{v4: 16}", "{v4: 24}", true, false},
		{"{v4: 16}", "{v4: 24, v6: 32}", true, true},
		{"{keep_last: 2}", "{keep_last: 3}", true, false},
		{"{keep_last: 2}", "{keep_last: 2, keep_first: 1}", true, false},
		{"{keep_last: 2}", "{keep_first: 2}", true, true},
		{"at: {time: day}", "at: {time: hour}", true, false},
		{"at: {time: day}}", "at: 'null'}", false, true},
		{"unknown: drop", "unknown: keep", true, false},
		{"unknown: drop", "unknown: quarantine", false, true},
		{`only: {"$.a": [x]}, `, "", true, false},
		{`only: {"$.a": [x]}`, `only: {"$.a": [x, z]}`, true, true},
		{`except: {"$.b": [y]}, `, "", true, false},
		{"record: {time: day", "record: {time: month", false, true},
		{"partition: by-key", "partition: same", true, false},
		{"headers: [h]", "headers: [h, i]", true, false},
		{"headers: [h]", "headers: []", false, true},
		{`["note*"]`, "[note, notes]", false, false}, // at the names that both know, the same
		{`["note*"]`, `["note*", memo]`, true, false},
		{`"$.spot[*].lat"`, `"$.spot[*].lat", "$.spot[*].lon"`, true, false},
		{"headers: [x-at], ", "", false, true},
		{", record_key: true", "", false, true},
		{"containers: [device]", "containers: [device, sdk]", true, false},
		{"key: k", "key: k2", false, false},
		{"namespace: acme", "namespace: other", false, false},
		{"from: in.one", `from: "in.*"`, true, true}, // another pattern: nobody can say
		{"out.one", "out.two", false, false},
		{"note, level: L4", "note, level: L1", false, false},
		{"is: account", "is: phone", true, true}, // the canonical form and the domain are others
	} {
		if !strings.Contains(base, edit.old) {
			t.Fatalf("the policy has no %s", edit.old)
		}
		before, after := policyOf(t, base), policyOf(t, strings.Replace(base, edit.old, edit.new, 1))
		if before.Digest() == after.Digest() {
			t.Errorf("%s → %s: one digest", edit.old, edit.new)
		}
		d, back := Diff(before, after), Diff(after, before)
		if d.Loosens() != edit.loosened || back.Loosens() != edit.back {
			t.Errorf("%s → %s: loosens %v, and back %v\n%s", edit.old, edit.new, d.Loosens(), back.Loosens(), shown(t, func(w io.Writer) error { return d.WriteText(w, false) }))
		}
	}
	if d := Diff(policyOf(t, base), policyOf(t, base)); len(d.Changes) > 0 {
		t.Errorf("a policy differs from itself: %+v", d.Changes)
	}
}
