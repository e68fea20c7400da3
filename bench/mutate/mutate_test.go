package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const small = `package p

func f(a, b int) int {
	if a < b && a != 0 { // both
		a++
	}
	for i := 0; i < b; i++ {
	}
	return a
}
`

func TestMutants(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte(small), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := readSource(file, 7)
	if err != nil {
		t.Fatal(err)
	}
	var whats []string
	for _, m := range s.mutants {
		whats = append(whats, m.what)
	}
	slices.Sort(whats)
	want := []string{"<= for <: a < b", "<= for <: i < b", "== for !=: a != 0", "left out: a++", "negated: a < b && a != 0", "|| for &&: a < b && a != 0"}
	if !slices.Equal(whats, want) {
		t.Errorf("%q", whats)
	}
	text := s.instrumented()
	if _, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	for _, piece := range []string{"if ((", ") != (mutant == ", "(a <= b)", "(a < b)", "(a == 0)", "{ a++ }", "i++ {", "// both"} {
		if !strings.Contains(text, piece) {
			t.Errorf("no %q in\n%s", piece, text)
		}
	}
	for id := 7; id < 7+len(s.mutants); id++ {
		if !strings.Contains(text, "mutant == "+string(rune('0'+id))) && !strings.Contains(text, "mutant != "+string(rune('0'+id))) && id < 10 {
			t.Errorf("mutant %d is not there\n%s", id, text)
		}
	}
}

// TestTargets: the files are there, and are worth their place.
func TestTargets(t *testing.T) {
	for _, file := range targets {
		s, err := readSource(filepath.Join("..", "..", file), 1)
		if err != nil || len(s.mutants) == 0 {
			t.Errorf("%s: no mutants, %v", file, err)
		}
	}
}
