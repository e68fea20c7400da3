package rules

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestBroken walks policies that are wrong in one way each: what a stranger is
// shown must not change unnoticed.
func TestBroken(t *testing.T) {
	paths, err := filepath.Glob("testdata/broken/*.txtar")
	if err != nil || len(paths) < 60 {
		t.Fatalf("%d broken policies, %v", len(paths), err)
	}
	shown := map[string]bool{}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a := readArchive(t, path)
			pol, problems := parseWith("policy.yaml", []byte(a.file("policy.yaml")), a.table, testDay)
			if (pol == nil) != problems.HasErrors() {
				t.Errorf("policy %v with problems %v", pol != nil, problems)
			}
			if len(problems) == 0 {
				t.Error("nothing is wrong with it")
			}
			for _, p := range problems {
				shown[p.ID] = true
			}
			a.golden(t, "want", render(t, problems))
		})
	}
	// These need more than a policy's text; each has a test of its own.
	for _, id := range []string{idSource, idKeyUnbound, idKeyBytes, idKeyRotation, idCompile, idQuarantine} {
		shown[id] = true
	}
	for _, f := range Findings {
		if !shown[f.ID] {
			t.Errorf("no broken policy shows %s: %s", f.ID, f.Doc)
		}
	}
}

func render(t *testing.T, ps Problems) string {
	t.Helper()
	var b strings.Builder
	if err := ps.Render(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String() + ps.Summary() + "\n"
}
