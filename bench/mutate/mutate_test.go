package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const source = `package p

func f(a, b int) int {
	if a < b && a != 0 {
		a++
	}
	return a
}
`

func TestMutantsOf(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "p.go")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	all, err := mutantsOf(file)
	if err != nil {
		t.Fatal(err)
	}
	var whats []string
	for _, m := range all {
		whats = append(whats, m.what)
		changed := filepath.Join(dir, "changed.go")
		if err := m.write(changed); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(changed)
		if err != nil || string(text) == source {
			t.Errorf("%s: nothing changed, %v", m.what, err)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), changed, nil, 0); err != nil {
			t.Errorf("%s: %v", m.what, err)
		}
		if m.line != 4 && m.line != 5 {
			t.Errorf("%s: line %d", m.what, m.line)
		}
	}
	want := []string{"negated: a < b && a != 0", "|| for &&: a < b && a != 0", "<= for <: a < b", "== for !=: a != 0", "left out: a++"}
	if !slices.Equal(whats, want) {
		t.Errorf("%q", whats)
	}
}

// TestTargets: the files are there, and are worth their place.
func TestTargets(t *testing.T) {
	for _, file := range targets {
		all, err := mutantsOf(filepath.Join("..", "..", file))
		if err != nil || len(all) == 0 {
			t.Errorf("%s: %d mutants, %v", file, len(all), err)
		}
	}
}
