package redactor_test

import (
	"go/ast"
	"go/parser"
	"strings"
	"testing"
)

// logMethods are the methods of slog.Logger, with the place of the message among their arguments.
var logMethods = map[string]int{"Debug": 0, "Info": 0, "Warn": 0, "Error": 0, "DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "Log": 2, "LogAttrs": 2}

// rawInLog says what is wrong with a call of a logger; "" for nothing, or for no such call. The handler withholds
// every type that could hold a record, but a record can become a string on its way there. So a message is words of the
// program (the limit of repetitions counts on that too), and no argument turns bytes into text or formats anything.
func rawInLog(call *ast.CallExpr) string {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	at, ok := logMethods[method.Sel.Name]
	if on, bare := method.X.(*ast.Ident); !ok || len(call.Args) <= at || bare && (on.Name == "t" || on.Name == "b" || on.Name == "rules") {
		return ""
	}
	why := ""
	ast.Inspect(call.Args[at], func(n ast.Node) bool {
		switch n.(type) {
		case *ast.CallExpr, *ast.IndexExpr, *ast.SliceExpr:
			why = "the message is made, and not written"
		}
		return true
	})
	for _, arg := range call.Args[at+1:] {
		ast.Inspect(arg, func(n ast.Node) bool {
			made, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch f := made.Fun.(type) {
			case *ast.Ident:
				if f.Name == "string" {
					why = "an argument turns bytes into text"
				}
			case *ast.SelectorExpr:
				if p, ok := f.X.(*ast.Ident); ok && p.Name == "fmt" {
					why = "an argument formats something"
				}
			}
			return true
		})
	}
	return why
}

// TestLogsAreWritten: no log line of the program is made of what it reads.
func TestLogsAreWritten(t *testing.T) {
	calls := 0
	for _, f := range sources(t) {
		if f.test() || strings.HasPrefix(f.path, "bench/") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if m, ok := call.Fun.(*ast.SelectorExpr); ok {
				if at, known := logMethods[m.Sel.Name]; known && len(call.Args) > at {
					calls++
				}
			}
			if why := rawInLog(call); why != "" {
				t.Errorf("%s: %s", f.at(call.Pos()), why)
			}
			return true
		})
	}
	if calls < 30 {
		t.Errorf("only %d calls of a logger were seen: this test does not know how they are written", calls)
	}
}

// TestLogsAreWrittenRefuses shows that the judge above refuses what it is there to refuse.
func TestLogsAreWrittenRefuses(t *testing.T) {
	for source, refused := range map[string]bool{
		`log.Info("joined the group", slog.Int("partitions", n))`:             false,
		`p.log.Error("stalled", "error", err)`:                                false,
		`p.log.LogAttrs(ctx, slog.LevelError, "it stops: "+why, where)`:       false,
		`log.Info(fmt.Sprintf("record %s", value))`:                           true,
		`p.log.Warn(err.Error())`:                                             true,
		`p.log.LogAttrs(ctx, slog.LevelInfo, names[i])`:                       true,
		`log.Info("a record", slog.String("value", string(value)))`:           true,
		`log.With("with", 1).Info("a record", "v", fmt.Sprint(record.Value))`: true,
		`t.Error(fmt.Sprint(value))`:                                          false,
		`err.Error()`:                                                         false,
	} {
		e, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		if why := rawInLog(e.(*ast.CallExpr)); (why != "") != refused {
			t.Errorf("%s: %q", source, why)
		}
	}
}
