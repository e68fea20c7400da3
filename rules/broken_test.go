package rules

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testDay is the day of every test that looks at dates.
var testDay = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// archive splits a txtar file into its files, by name; "" is the comment.
func archive(t *testing.T, path string) map[string]string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files, name := map[string]string{}, ""
	for line := range strings.Lines(string(src)) {
		if rest, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "-- "); ok && strings.HasSuffix(rest, " --") {
			name = strings.TrimSuffix(rest, " --")
			files[name] = ""
			continue
		}
		files[name] += line
	}
	return files
}

// golden compares got with the file NAME of a txtar archive, or writes it.
func golden(t *testing.T, path, name, got string) {
	t.Helper()
	files := archive(t, path)
	if files[name] == got {
		return
	}
	if !*update {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, files[name])
		return
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(src), "-- "+name+" --\n")
	if err := os.WriteFile(path, []byte(head+"-- "+name+" --\n"+got), 0o644); err != nil {
		t.Fatal(err)
	}
}

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
			files := archive(t, path)
			pol, problems := parseAt("policy.yaml", []byte(files["policy.yaml"]), testDay)
			if (pol == nil) != problems.HasErrors() {
				t.Errorf("policy %v with problems %v", pol != nil, problems)
			}
			if len(problems) == 0 {
				t.Error("nothing is wrong with it")
			}
			for _, p := range problems {
				shown[p.ID] = true
			}
			golden(t, path, "want", render(t, problems))
		})
	}
	// These need more than a policy's text; each has a test of its own.
	for _, id := range []string{idSource, idKeyUnbound, idKeyBytes, idCompile, idQuarantine} {
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
