package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"redactor/rules"
)

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// section returns the text under a heading of the second level.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("README.md has no section %q", heading)
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

// shellLines returns the indented lines of a text: what its reader types.
func shellLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if typed, ok := strings.CutPrefix(line, "    "); ok {
			lines = append(lines, strings.TrimSuffix(typed, "\n"))
		}
	}
	return lines
}

// What README tells a new user to type works in an empty folder as it stands
// there. Building is what go test has done already, and run wants a broker:
// run.txtar is the same road with one.
func TestReadmeCommands(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh on this machine")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "redactor")); err != nil {
		t.Fatal(err)
	}
	lines := shellLines(section(t, readme(t), "From an empty folder to a sanitized topic"))
	typed := len(lines)
	lines = slices.DeleteFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "go build ") || strings.HasPrefix(l, "../redactor run ")
	})
	if len(lines) != typed-2 || len(lines) < 5 {
		t.Fatalf("go build, run and something between them are wanted; there is\n%s", strings.Join(lines, "\n"))
	}
	cmd := exec.Command(sh, "-e")
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := strings.TrimSpace(string(out))
	last := all[strings.LastIndexByte(all, '\n')+1:]
	if want := regexp.MustCompile(`^\{"imei":"test_[0-9A-Za-z]{22}","model":"PGU110"\}$`); !want.MatchString(last) {
		t.Errorf("the last command wrote %s", last)
	}
}

// The policy that README reads line by line is one. Its tests are left out
// there, and that they are missing is all that there is to say about it.
func TestReadmePolicy(t *testing.T) {
	_, rest, _ := strings.Cut(section(t, readme(t), "A policy, read line by line"), "```yaml\n")
	policy, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("no policy in README.md")
	}
	_, problems := rules.Parse("README.md", []byte(policy))
	for _, p := range problems {
		if p.Severity != rules.Warning || !strings.HasPrefix(p.Message, "no test mentions ") {
			t.Errorf("%d:%d: %s", p.Line, p.Col, p.Message)
		}
	}
}

// The command line that README lists is the one there is.
func TestReadmeListsCommands(t *testing.T) {
	_, rest, _ := strings.Cut(readme(t), "\nThe commands: ")
	list, _, _ := strings.Cut(rest, ". Each has")
	var listed []string
	for _, m := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(list, -1) {
		listed = append(listed, m[1])
	}
	there := []string{"completion"} // cobra adds it when a command line is executed
	for _, c := range newRoot().Commands() {
		there = append(there, c.Name())
	}
	slices.Sort(listed)
	slices.Sort(there)
	if !slices.Equal(listed, there) {
		t.Errorf("README.md lists %q\nthere are %q", listed, there)
	}
}
