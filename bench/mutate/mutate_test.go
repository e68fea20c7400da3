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
	for _, file := range assemblies {
		a, err := readAssembly(filepath.Join("..", "..", file), 1)
		if err != nil || len(a.mutants) < 100 {
			t.Errorf("%s: too few mutants, %v", file, err)
		}
	}
}

const smallAssembly = `#include "textflag.h"

DATA table<>+0x00(SB)/8, $0x0000000000000022
GLOBL table<>(SB), RODATA|NOPTR, $8

#define MASK(x) \
	ANDQ $7, x \
	XORQ x, x

// func f(n int)
TEXT ·f(SB), NOSPLIT, $0-8
	MOVQ n+0(FP), CX // moved
	LEAQ table<>(SB), AX
loop:
	MASK(CX)
	CMPQ CX, $const_n
	JBE loop // not yet
	VPTERNLOGQ $0xFE, Z1, Z2, Z3
	ANDNQ BX, AX, CX
	RET
`

func TestAssemblyMutants(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f_amd64.s")
	if err := os.WriteFile(file, []byte(smallAssembly), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := readAssembly(file, 7)
	if err != nil {
		t.Fatal(err)
	}
	var whats []string
	for _, m := range a.mutants {
		whats = append(whats, m.what)
	}
	want := []string{
		"lowest bit flipped: DATA table<>+0x00(SB)/8, $0x0000000000000022", "highest bit flipped: DATA table<>+0x00(SB)/8, $0x0000000000000022",
		"ORQ for ANDQ: ANDQ $7, x", "8 for 7: ANDQ $7, x", "const_n+1 for const_n: CMPQ CX, $const_n", "JB for JBE: JBE loop", "JA for JBE: JBE loop",
		"0xFF for 0xFE: VPTERNLOGQ $0xFE, Z1, Z2, Z3", "0xEE for 0xFE: VPTERNLOGQ $0xFE, Z1, Z2, Z3", "0x7E for 0xFE: VPTERNLOGQ $0xFE, Z1, Z2, Z3", "operands swapped: ANDNQ BX, AX, CX",
	}
	if !slices.Equal(whats, want) {
		t.Errorf("%q", whats)
	}
	text := a.instrumented()
	for _, piece := range []string{
		"$·f_11(SB)", "TEXT ·f(SB), NOSPLIT|NOFRAME, $0-8", "TEXT ·f_0(SB), NOSPLIT, $0-8", "SUBQ $6, AX", "CMPQ AX, $11", // the choice
		"DATA table_1<>+0x00(SB)/8, $0x23\nGLOBL table_1<>(SB), RODATA|NOPTR, $8\nTEXT ·f_1(SB)", "LEAQ table_1<>(SB), AX", "DATA table_2<>+0x00(SB)/8, $0x8000000000000022",
		"#undef MASK\n#define MASK(x) \\\n\tORQ $7, x \\\n\tXORQ x, x\nTEXT ·f_3(SB)", "CMPQ CX, $(const_n+1)", "\tJA loop\n", "ANDNQ AX, BX, CX",
	} {
		if !strings.Contains(text, piece) {
			t.Errorf("no %q in\n%s", piece, text)
		}
	}
	if n := strings.Count(text, "\tJBE loop"); n != len(want)+1-2 {
		t.Errorf("%d copies have the jump as it is", n)
	}
}
