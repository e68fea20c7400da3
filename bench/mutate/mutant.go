package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
)

// A mutant is one small mistake in one file.
type mutant struct {
	file       string
	start, end int    // what is replaced, in bytes
	text       string // by what
	line       int
	what       string // for people
}

// swaps are the operators that get mistaken for one another.
var swaps = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
}

// mutantsOf lists what can be got wrong in a file: a condition negated, a
// comparison that is off by one or the wrong way round, a step left out.
func mutantsOf(file string) ([]mutant, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []mutant
	add := func(from, to token.Pos, text, what string) {
		at := set.Position(from)
		all = append(all, mutant{file: file, start: at.Offset, end: set.Position(to).Offset, text: text, line: at.Line, what: what})
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			cond := string(src[set.Position(n.Cond.Pos()).Offset:set.Position(n.Cond.End()).Offset])
			add(n.Cond.Pos(), n.Cond.End(), "!("+cond+")", "negated: "+cond)
		case *ast.BinaryExpr:
			if to, ok := swaps[n.Op]; ok {
				expr := string(src[set.Position(n.Pos()).Offset:set.Position(n.End()).Offset])
				add(n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), to.String(), fmt.Sprintf("%s for %s: %s", to, n.Op, expr))
			}
		case *ast.IncDecStmt:
			expr := string(src[set.Position(n.Pos()).Offset:set.Position(n.End()).Offset])
			add(n.Pos(), n.End(), "", "left out: "+expr)
		}
		return true
	})
	return all, nil
}

// write puts the file with the mistake at path.
func (m *mutant) write(path string) error {
	src, err := os.ReadFile(m.file)
	if err != nil {
		return err
	}
	out := append([]byte(nil), src[:m.start]...)
	out = append(out, m.text...)
	return os.WriteFile(path, append(out, src[m.end:]...), 0o644)
}
