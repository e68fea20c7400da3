package rules

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// TestPolicyTests runs the tests inside policies and compares the reports with
// what an author should see, in each form that the archive has.
func TestPolicyTests(t *testing.T) {
	paths, err := filepath.Glob("testdata/tests/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no policies", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a := readArchive(t, path)
			rep := policyWith(t, a.file("policy.yaml"), a.table).RunTests()
			for name, write := range map[string]func(io.Writer) error{
				"text":     func(w io.Writer) error { return rep.WriteText(w, false) },
				"coverage": rep.WriteCoverage,
				"json":     rep.WriteJSON,
				"junit":    rep.WriteJUnit,
				"github":   rep.WriteGitHub,
			} {
				if name != "text" && !a.has(name) {
					continue
				}
				var b bytes.Buffer
				if err := write(&b); err != nil {
					t.Fatal(err)
				}
				a.golden(t, name, b.String())
				if name == "json" && !json.Valid(b.Bytes()) {
					t.Error("the report is no JSON")
				}
				if name == "junit" {
					if err := xml.Unmarshal(b.Bytes(), new(junitSuite)); err != nil {
						t.Error("the report is no XML:", err)
					}
				}
			}
		})
	}
}

// TestReportShowsNoInput: of what a test puts in, a report shows the shape; of
// what comes out, what differs.
func TestReportShowsNoInput(t *testing.T) {
	pol := policyOf(t, `
apiVersion: redactor/v1
name: logs
namespace: acme
use: [std/device]
profiles:
  analytics: {internal: true, key: join-analytics, levels: {L4: pseudonym}}
streams:
  - {from: device.logs, to: {analytics: out.analytics}}
tests:
  - {name: wrong, key: secret-key, headers: {x: secret-header}, given: '{"imei":"356938035643809","note":"call 13800138000","13912345678":1}', expect: {analytics: {value: {}}}}
  - {name: no JSON, given: 'imei=356938035643809', expect: {analytics: {value: {}}}}
`)
	rep := pol.RunTests()
	if rep.Failed() != 2 {
		t.Fatalf("%d tests failed", rep.Failed())
	}
	var b bytes.Buffer
	for _, write := range []func(io.Writer) error{rep.WriteJSON, rep.WriteJUnit, rep.WriteGitHub, func(w io.Writer) error { return rep.WriteText(w, true) }} {
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
	}
	for _, raw := range []string{"356938035643809", "13800138000", "13912345678", "secret-key", "secret-header", "call"} {
		if strings.Contains(b.String(), raw) {
			t.Errorf("the reports show %s:\n%s", raw, b.String())
		}
	}
	if !strings.Contains(b.String(), "15 digits") {
		t.Error("the reports show no shape")
	}
}
