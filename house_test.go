package redactor_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors says which packages of ours a folder may import. A folder inside another follows the rule of the
// longest prefix that stands here. Imports go down only: what a reader of one floor must know is what
// stands below it, and the packages an auditor reads first (pseudonym, detect) stand on nothing of ours.
var floors = []struct {
	dir     string
	imports []string
	bare    bool   // only the standard library besides: it can be audited without leaving the repository
	but     string // a module that it may have all the same
}{
	{dir: "internal/jsonscan", bare: true},
	{dir: "detect", bare: true},
	{dir: "pseudonym", bare: true},
	{dir: "redact", imports: []string{"internal/jsonscan", "detect", "pseudonym"}, bare: true, but: "github.com/coocood/freecache"},
	{dir: "metrics"},
	{dir: "rules", imports: []string{"redact", "pseudonym", "detect"}},
	{dir: "internal/seal"},
	{dir: "internal/chaospoint", bare: true},
	{dir: "stream", imports: []string{"redact", "metrics", "internal/seal", "internal/chaospoint"}},
	{dir: "internal/admin", imports: []string{"metrics"}},
	{dir: "internal/audit"},
	{dir: "internal/synth"},
	{dir: "internal/freeport", bare: true},
	{dir: "internal/race", bare: true},
	{dir: "internal/e2e", imports: []string{"*"}},
	{dir: "cmd/redactor", imports: []string{"*"}},
	{dir: "bench", imports: []string{"*"}},
	{dir: "deploy", imports: []string{"*"}}, // tests alone: what is deployed, held to the code
	{dir: ".", imports: []string{"*"}},
}

// forTests are the packages that every test may use: the generated records, ports for its
// servers, and whether the race detector is on.
var forTests = []string{"internal/synth", "internal/freeport", "internal/race"}

// longestFile is the limit in lines. A file past it holds two things, and one of them has a name.
const longestFile = 600

// goFile is one parsed file of the module.
type goFile struct {
	path string // slash separated, from the module root
	ast  *ast.File
	set  *token.FileSet
	text []byte
}

func (f *goFile) test() bool { return strings.HasSuffix(f.path, "_test.go") }

func (f *goFile) at(p token.Pos) string {
	return fmt.Sprintf("%s:%d", f.path, f.set.Position(p).Line)
}

// sources parses every Go file of the module. Nested modules are other houses, testdata is nobody's.
func sources(t *testing.T) []*goFile {
	t.Helper()
	var all []*goFile
	err := fs.WalkDir(os.DirFS("."), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || exists(p+"/go.mod")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, &goFile{path: p, ast: tree, set: set, text: text})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("only %d Go files found: the test does not run at the module's root", len(all))
	}
	return all
}

func exists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

// floor finds the rule for a package folder.
func floor(dir string) (i int, ok bool) {
	best := -1
	for i, f := range floors {
		if f.dir != dir && !strings.HasPrefix(dir, f.dir+"/") {
			continue
		}
		if best < 0 || len(f.dir) > len(floors[best].dir) {
			best = i
		}
	}
	return best, best >= 0
}

func TestImportsGoDownOnly(t *testing.T) {
	for _, f := range sources(t) {
		dir := path.Dir(f.path)
		i, ok := floor(dir)
		if !ok {
			t.Errorf("%s: folder %s has no floor: add it to design and to this test's table", f.path, dir)
			continue
		}
		for _, imp := range f.ast.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			if problem := judge(i, dir, name, f.test()); problem != "" {
				t.Errorf("%s: %s imports %s: %s", f.at(imp.Pos()), dir, name, problem)
			}
		}
	}
}

// standsOn reports whether one of the packages imports another: what a test makes policies of by hand.
func standsOn(packages []string, other string) bool {
	return slices.ContainsFunc(packages, func(p string) bool {
		i, ok := floor(p)
		return ok && slices.Contains(floors[i].imports, other)
	})
}

// judge says what is wrong with one import, or nothing. A test may use what is there for tests, the packages
// that its own floor stands on and what these stand on, and other people's modules.
func judge(i int, dir, name string, test bool) string {
	rule := floors[i]
	ours, isOurs := strings.CutPrefix(name, "redactor/")
	if !isOurs {
		first, _, _ := strings.Cut(name, "/")
		// x/sys/cpu says what the machine can do; the vector paths must ask.
		if rule.bare && !test && strings.Contains(first, ".") && name != "golang.org/x/sys/cpu" && name != rule.but {
			return "this floor stands on the standard library and x/sys/cpu alone"
		}
		return ""
	}
	j, ok := floor(ours)
	switch {
	case !ok:
		return "that folder has no floor"
	case i == j, slices.Contains(rule.imports, "*"), slices.Contains(rule.imports, floors[j].dir):
		return ""
	case test && (slices.Contains(forTests, floors[j].dir) || standsOn(rule.imports, floors[j].dir)):
		return ""
	}
	return "imports go down only, " + rule.dir + " may import " + strings.Join(append(rule.imports, "nothing else of ours"), ", ")
}

// TestFloorsHold shows that the judge above refuses what it is there to refuse.
func TestFloorsHold(t *testing.T) {
	for _, c := range []struct {
		from, imports string
		test, refused bool
	}{
		{"redact", "redactor/pseudonym", false, false},
		{"redact", "redactor/rules", false, true},
		{"pseudonym", "redactor/detect", false, true},
		{"pseudonym", "golang.org/x/crypto/hkdf", false, true},
		{"pseudonym", "crypto/hkdf", false, false},
		{"stream", "redactor/rules", false, true},
		{"stream", "redactor/rules", true, true},
		{"stream", "redactor/detect", false, true},
		{"stream", "redactor/detect", true, false},
		{"stream/batch", "redactor/metrics", false, false},
		{"stream", "redactor/stream/batch", false, false},
		{"rules", "redactor/internal/synth", false, true},
		{"rules", "redactor/internal/synth", true, false},
		{"rules", "redactor/internal/freeport", false, true},
		{"rules", "redactor/internal/freeport", true, false},
		{"cmd/redactor", "redactor/rules", false, false},
		{"metrics", "redactor/elsewhere", false, true},
	} {
		i, ok := floor(c.from)
		if !ok {
			t.Fatalf("%s has no floor", c.from)
		}
		if got := judge(i, c.from, c.imports, c.test); (got != "") != c.refused {
			t.Errorf("%s imports %s (test %v): %q", c.from, c.imports, c.test, got)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, f := range sources(t) {
		if n := bytes.Count(f.text, []byte("\n")); n > longestFile {
			t.Errorf("%s has %d lines, the limit is %d", f.path, n, longestFile)
		}
	}
}

// A name that could stand on anything says nothing. The last word of a name is judged: it says what the thing is.
var vague = regexp.MustCompile(`(?i)^(utils?|commons?|helpers?|misc|managers?|services?|handlers?)$`)

// lastWord cuts requestManager, request_manager and RequestManager to manager.
func lastWord(name string) string {
	cut := strings.LastIndexAny(name, "_-.ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	switch {
	case cut < 0:
		return name
	case strings.ContainsAny(name[cut:cut+1], "_-."):
		return name[cut+1:]
	}
	return name[cut:]
}

func TestNamesSayWhatAThingIs(t *testing.T) {
	for _, f := range sources(t) {
		stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.path), ".go"), "_test")
		for _, name := range append(strings.Split(path.Dir(f.path), "/"), stem, f.ast.Name.Name) {
			if vague.MatchString(lastWord(name)) {
				t.Errorf("%s: %q is no name", f.path, name)
			}
		}
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				if n := s.(*ast.TypeSpec).Name; vague.MatchString(lastWord(n.Name)) {
					t.Errorf("%s: type %s is no name", f.at(n.Pos()), n.Name)
				}
			}
		}
	}
}

// unfinished is spelled apart, so that this file does not find itself.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

func TestNothingIsLeftForLater(t *testing.T) {
	for _, f := range sources(t) {
		for _, g := range f.ast.Comments {
			for _, c := range g.List {
				if m := unfinished.FindString(c.Text); m != "" {
					t.Errorf("%s: %s in a comment", f.at(c.Pos()), m)
				}
			}
		}
	}
}

// TestNoTestSleeps: a test that sleeps is slow where it is right and wrong where the machine is slow.
func TestNoTestSleeps(t *testing.T) {
	for _, f := range sources(t) {
		if !f.test() {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Sleep" {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				t.Errorf("%s: a test sleeps", f.at(s.Pos()))
			}
			return true
		})
	}
}

// refusedModules: assertion libraries hide what a test compares, mocks prove the mock.
var refusedModules = regexp.MustCompile(`testify|gomock|mockery|ginkgo|gomega|gocheck`)

// machinePaths are places on the machine of whoever wrote the line.
var machinePaths = regexp.MustCompile(`(^|[^.\w])/(work|root|home/\w+|Users/\w+)/`)

func TestTrackedFilesNameNoMachine(t *testing.T) {
	out, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Skip("not a git work tree: there is no list of what is tracked")
	}
	for _, p := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(p)
		if err != nil || p == "house_test.go" || bytes.IndexByte(text, 0) >= 0 {
			continue // deleted but not committed yet, this file's own patterns, or not text
		}
		for i, line := range strings.Split(string(text), "\n") {
			if machinePaths.MatchString(line) {
				t.Errorf("%s:%d: names a path of one machine", p, i+1)
			}
			if path.Base(p) == "go.mod" && refusedModules.MatchString(line) && !strings.Contains(line, "// indirect") {
				t.Errorf("%s:%d: requires a module that the house refuses", p, i+1)
			}
		}
	}
}
