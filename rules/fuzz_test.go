package rules

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"redactor/redact"
)

// FuzzParse: whatever the text, the parser ends, says where, shows it, and a
// policy that it takes compiles, has a digest and can be shown and tested.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/broken/*.txtar", "testdata/tests/*.txtar", "testdata/shown/*.txtar"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			a := readArchive(&testing.T{}, path)
			f.Add([]byte(a.file("policy.yaml")))
		}
	}
	f.Add([]byte(everything))
	f.Add([]byte(digested))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<16 {
			return
		}
		pol, problems := parseAt("policy.yaml", src, testDay)
		if (pol == nil) != problems.HasErrors() {
			t.Fatalf("policy %v with %v", pol != nil, problems)
		}
		var b bytes.Buffer
		if err := problems.Render(&b, true); err != nil {
			t.Fatal(err)
		}
		lines := 1 + strings.Count(lineBreaks.Replace(string(src)), "\n")
		for _, p := range problems {
			if p.Line > lines || p.Line < 0 || p.Message == "" {
				t.Fatalf("a problem at line %d of %d: %s", p.Line, lines, p.Message)
			}
		}
		if pol == nil {
			return
		}
		if again := policyOf(t, string(src)).Digest(); again != pol.Digest() {
			t.Fatal("two digests of one policy")
		}
		if d := Diff(pol, pol); len(d.Changes) > 0 {
			t.Fatalf("a policy differs from itself: %+v", d.Changes)
		}
		if _, err := pol.Explain(exampleTopic(pol.Streams[0].From.Text), explained); err != nil {
			t.Fatal(err)
		}
		pol.RunTests()
		if err := pol.Matrix().WriteMarkdown(&b); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzWitness: the smallest record that has a place matches the entry there,
// by the engine's own judgment.
func FuzzWitness(f *testing.F) {
	for _, path := range []string{"$.a.b", "$['odd.key'][0]", "$..deep", `$["a\"b"][*].c`, "$.a..*", "$..['x'].y", `$['\u0061\'']`, "$[3][*]", "$"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if redact.ValidatePath(path) != nil || len(path) > 200 {
			return
		}
		prog, err := redact.Compile(redact.Spec{
			Fields:   []redact.Field{{Name: "f", Level: 1, Paths: []string{path}}},
			Profiles: []redact.Profile{{Name: "p", Transforms: []redact.Transform{redact.Keep()}}},
		})
		if err != nil {
			return
		}
		record := witness(pathSteps(path))
		m := prog.NewMachine()
		if v := m.Scan(record); v.Outcome != redact.Passed {
			t.Fatalf("%s is witnessed by %s, which is no record", path, record)
		}
		found := false
		for leaf := range m.Leaves {
			found = found || len(leaf.Fields) > 0
		}
		if !found && !bytes.Contains(record, []byte("null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null")) {
			t.Fatalf("%s is witnessed by %s, where the engine does not find it", path, record)
		}
	})
}
