package rules

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testDay is the day of every test that looks at dates.
var testDay = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// archive is a txtar file: a comment and files, one policy and what is to come
// of it.
type archive struct {
	path  string
	names []string // "" is the comment
	files []string
}

func readArchive(t *testing.T, path string) *archive {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a := &archive{path: path, names: []string{""}, files: []string{""}}
	for line := range strings.Lines(string(src)) {
		if rest, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "-- "); ok && strings.HasSuffix(rest, " --") {
			a.names, a.files = append(a.names, strings.TrimSuffix(rest, " --")), append(a.files, "")
			continue
		}
		a.files[len(a.files)-1] += line
	}
	return a
}

// file returns a file of the archive, "" when it has none of the name.
func (a *archive) file(name string) string {
	if i := slices.Index(a.names, name); i >= 0 {
		return a.files[i]
	}
	return ""
}

// table is a TableSource of the archive's files.
func (a *archive) table(name string) ([]byte, error) {
	if !a.has(name) {
		return nil, os.ErrNotExist
	}
	return []byte(a.file(name)), nil
}

// has reports whether the archive asks for a file.
func (a *archive) has(name string) bool { return slices.Contains(a.names, name) }

// golden compares got with a file of the archive; -update writes it instead.
func (a *archive) golden(t *testing.T, name, got string) {
	t.Helper()
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	if a.file(name) == got {
		return
	}
	if !*update {
		t.Errorf("%s, %s: got\n%s\nwant\n%s", a.path, name, got, a.file(name))
		return
	}
	i := slices.Index(a.names, name)
	if i < 0 {
		a.names, a.files, i = append(a.names, name), append(a.files, ""), len(a.files)
	}
	a.files[i] = got
	out := a.files[0]
	for i := 1; i < len(a.names); i++ {
		out += "-- " + a.names[i] + " --\n" + a.files[i]
	}
	if err := os.WriteFile(a.path, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

// policyOf parses a policy that must be fine.
func policyOf(t testing.TB, src string) *Policy { return policyWith(t, src, nil) }

// policyWith is policyOf with tables.
func policyWith(t testing.TB, src string, tables TableSource) *Policy {
	t.Helper()
	pol, problems := parseWith("policy.yaml", []byte(src), tables, testDay)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	return pol
}
