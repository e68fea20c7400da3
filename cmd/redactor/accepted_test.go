package main

import (
	"testing"
	"time"

	"redactor/rules"
)

// TestStateKeepsTables: a policy that names a table by file is compared with the
// table that was accepted, whatever becomes of the file.
func TestStateKeepsTables(t *testing.T) {
	src := []byte(`
apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: imei, level: L4, is: imei, keys: [imei]}
profiles:
  p: {fields: {imei: {map: {by: tac, file: tac.csv}}}}
streams:
  - {from: a, to: {p: b}}
`)
	policy := func(rows string) *rules.Policy {
		t.Helper()
		p, problems := rules.ParseWith("policy.yaml", src, func(string) ([]byte, error) { return []byte(rows), nil })
		if problems.HasErrors() {
			t.Fatal(problems.Err())
		}
		return p
	}
	dir, now := t.TempDir(), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	s, err := loadPolicyState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.accept(policy("35693803,A\n"), src, now); err != nil {
		t.Fatal(err)
	}
	if s, err = loadPolicyState(dir); err != nil || s.policy == nil || s.unlike {
		t.Fatalf("what was accepted cannot be read again: %v %+v", err, s)
	}
	if err := s.judge(policy("35693803,A\n"), now); err != nil {
		t.Errorf("the same policy: %v", err)
	}
	if s.judge(policy("35693803,A\n86123456,B\n"), now) == nil {
		t.Error("a longer table was taken without a signature")
	}
}
