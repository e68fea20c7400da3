package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
)

// A mutant is one small mistake in one file.
type mutant struct {
	file string
	line int
	what string // for people
}

// swaps are the operators that get mistaken for one another.
var swaps = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
}

// A site is a piece of source that a mutant changes. Sites nest: the left side
// of an && may be a comparison.
type site struct {
	start, end int // bytes

	// build returns what stands in the place of the piece: code that does as
	// before unless the mutant is the one that runs. inner emits a part of it.
	build func(inner func(start, end int) string) string
}

// source is a file with all its mutants in it. Compiling each mistake for
// itself would take most of the time.
type source struct {
	text    []byte
	set     *token.FileSet
	sites   []site
	mutants []mutant
	first   int // number of the first mutant
}

// readSource finds what can be got wrong in a file: a condition negated, a
// comparison that is off by one or the wrong way round, a step left out. The
// step of a for loop is not: without it a loop hangs.
func readSource(file string, first int) (*source, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s := &source{text: text, set: token.NewFileSet(), first: first}
	tree, err := parser.ParseFile(s.set, file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range tree.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			ast.Inspect(f.Body, s.visit)
		}
	}
	// What is around something comes before it; the negation of a condition,
	// which was found first, before the condition's own operator.
	slices.SortStableFunc(s.sites, func(a, b site) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	return s, nil
}

func (s *source) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		s.negated(n.Cond)
	case *ast.BinaryExpr:
		if to, ok := swaps[n.Op]; ok {
			s.swapped(n, to)
		}
	case *ast.BlockStmt:
		s.steps(n.List)
	case *ast.CaseClause:
		s.steps(n.Body)
	}
	return true
}

func (s *source) steps(list []ast.Stmt) {
	for _, stmt := range list {
		if labeled, ok := stmt.(*ast.LabeledStmt); ok {
			stmt = labeled.Stmt
		}
		if step, ok := stmt.(*ast.IncDecStmt); ok {
			s.leftOut(step)
		}
	}
}

func (s *source) at(p token.Pos) int { return s.set.Position(p).Offset }

// add makes a mutant of a piece and returns its number.
func (s *source) add(n ast.Node, what string) int {
	at := s.set.Position(n.Pos())
	piece := strings.Join(strings.Fields(string(s.text[at.Offset:s.at(n.End())])), " ")
	s.mutants = append(s.mutants, mutant{at.Filename, at.Line, what + ": " + piece})
	return s.first + len(s.mutants) - 1
}

func (s *source) negated(cond ast.Expr) {
	id, start, end := s.add(cond, "negated"), s.at(cond.Pos()), s.at(cond.End())
	s.sites = append(s.sites, site{start, end, func(inner func(int, int) string) string {
		return fmt.Sprintf("((%s) != (mutant == %d))", inner(start, end), id)
	}})
}

func (s *source) swapped(n *ast.BinaryExpr, to token.Token) {
	id := s.add(n, fmt.Sprintf("%s for %s", to, n.Op))
	s.sites = append(s.sites, site{s.at(n.Pos()), s.at(n.End()), func(inner func(int, int) string) string {
		left, right := inner(s.at(n.X.Pos()), s.at(n.X.End())), inner(s.at(n.Y.Pos()), s.at(n.Y.End()))
		return fmt.Sprintf("(mutant == %d && (%s %s %s) || mutant != %d && (%s %s %s))", id, left, to, right, id, left, n.Op, right)
	}})
}

func (s *source) leftOut(n *ast.IncDecStmt) {
	id, start, end := s.add(n, "left out"), s.at(n.Pos()), s.at(n.End())
	s.sites = append(s.sites, site{start, end, func(inner func(int, int) string) string {
		return fmt.Sprintf("if mutant != %d { %s }", id, inner(start, end))
	}})
}

// instrumented returns the file with every mutant in it.
func (s *source) instrumented() string { return s.emit(0, 0, len(s.text)) }

// emit returns a part of the file with the sites from the i-th on built.
func (s *source) emit(i, start, end int) string {
	var b strings.Builder
	for ; i < len(s.sites) && s.sites[i].start < end; i++ {
		x := s.sites[i]
		if x.start < start || x.end > end {
			continue // beside this part, or inside what was built
		}
		b.Write(s.text[start:x.start])
		b.WriteString(x.build(func(from, to int) string { return s.emit(i+1, from, to) }))
		start = x.end
	}
	b.Write(s.text[start:end])
	return b.String()
}
