package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// notRun are the indented commands of the documents, which TestDocsRun does not
// run, and why. Whatever is not here has to stand in a block that is marked sh.
var notRun = []struct{ file, begins, why string }{
	{"README.md", "go run ./cmd/redactor demo", "step demo of .ci/run, and demo.txtar"},
	{"README.md", "go test ./...", "this"},
	{"README.md", "go build -o redactor ./cmd/redactor", "what TestDocsRun does first"},
	{"README.md", "./redactor init", "TestReadmeCommands"},
	{"README.md", "../redactor run", "needs the reader's broker; getting-started.md has it with one, and runs"},
	{"README.md", "../redactor", "TestReadmeCommands"},
	{"README.md", "echo", "TestReadmeCommands"},
	{"getting-started.md", "go build -o redactor ./cmd/redactor", "what TestDocsRun does first"},
	{"getting-started.md", "for t in", "Kafka's own program; TestDocsMakeTheTopics holds the names to those that are there when the page runs"},
	{"getting-started.md", "while :;", "Kafka's own program; TestComposeSamplePasses of deploy judges what it writes"},
	{"getting-started.md", "cat > prometheus.yml", "needs Prometheus: TestPrometheusOfGettingStarted of internal/e2e"},
	{"getting-started.md", "prometheus --config.file", "the same"},
	{"kafka-notes.md", "go run ./bench/chaos", "stands for four commands, of which step chaos of .ci/run runs three"},
	{"deploy/README.md", "bash .ci/run", "this too"},
}

// typed are the words that begin a line which somebody types. What else is
// indented is output, or a part of a file.
var typed = regexp.MustCompile(`^    ((?:\.\.?/)?redactor|go|sh|bash|make|docker|helm|kubectl|systemctl|install|for|while|cat|echo|curl|prometheus|promtool|kafka-\S+|kcat|age) `)

// TestDocsRunWhatTheyShow: a command that a document shows is run by a test, or
// it is known why not.
func TestDocsRunWhatTheyShow(t *testing.T) {
	used := make([]bool, len(notRun))
	for _, file := range docs(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := ""
		heredoc := false
		for n, line := range strings.Split(string(text), "\n") {
			switch {
			case kind == "" && strings.HasPrefix(line, "```"):
				kind = strings.TrimPrefix(line, "```") + " "
			case strings.HasPrefix(line, "```"):
				kind = ""
			case kind == "bash " || kind == "shell " || kind == "console ":
				t.Errorf("%s:%d: a block with commands is marked sh, so that it runs", file, n+1)
			case kind != "" && kind != " " && !strings.HasPrefix(kind, "sh "):
			case kind == " " && typed.MatchString("    "+line):
				t.Errorf("%s:%d: a block with commands is marked sh, so that it runs: %s", file, n+1, line)
			case kind == "" && typed.MatchString(line) && !heredoc:
				i := slices.IndexFunc(notRun, func(e struct{ file, begins, why string }) bool {
					return strings.HasSuffix(filepath.ToSlash(file), "/"+e.file) && strings.HasPrefix(line, "    "+e.begins)
				})
				if i < 0 {
					t.Errorf("%s:%d: no test runs %s", file, n+1, strings.TrimSpace(line))
					continue
				}
				used[i] = true
				heredoc = strings.Contains(line, "<<'END'")
			case line == "    END" || line == "":
				heredoc = false
			}
		}
	}
	for i, e := range notRun {
		if !used[i] {
			t.Errorf("%s does not show %q any more", e.file, e.begins)
		}
	}
}

// otherPrograms are the commands of other programs that sentences mention, and
// what stands for running them.
var otherPrograms = map[string]string{
	"age -d -i quarantine.identity": "internal/seal opens what it seals with age's own package",
	"systemctl reload redactor":     "reload.txtar: the unit's ExecReload sends SIGHUP",
	"curl -X POST -u NAME:TOKEN -d profile=PROFILE http://ADMIN/breaker/reset": "TestOrders of internal/admin, breaker.txtar",
}

// TestDocsNameOtherPrograms: whoever mentions a command of another program says
// what it was tested with.
func TestDocsNameOtherPrograms(t *testing.T) {
	mentioned := regexp.MustCompile("`((?:curl|systemctl|age|age-keygen|helm|kubectl|docker|promtool|amtool|prometheus|bash|sh|go run|go build|kafka-[a-z]+|kcat|git) [^`\n]+)`")
	found := make(map[string]bool)
	for _, file := range docs(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mentioned.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
			if otherPrograms[m[1]] == "" {
				t.Errorf("%s: nothing stands for running %s", file, m[1])
			}
		}
	}
	for command := range otherPrograms {
		if !found[command] {
			t.Errorf("no document mentions %s any more", command)
		}
	}
}

// TestDocsMakeTheTopics: the topics that getting-started.md has its reader make
// are those that are there when its other blocks run.
func TestDocsMakeTheTopics(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "getting-started.md"))
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`(?m)^    for t in (.*); do$`).FindStringSubmatch(string(b))
	there := regexp.MustCompile(`<!-- broker: (.*) -->`).FindStringSubmatch(string(b))
	if made == nil || there == nil {
		t.Fatal("the page makes no topics, or has no broker")
	}
	if made[1] != there[1] {
		t.Errorf("the page makes %s, and runs with %s", made[1], there[1])
	}
}

// call is a command of redactor with the flags that it was given.
type call struct {
	path  string
	flags []string
}

// readCall understands a call without running it; "" for the path where there
// is no such command.
func readCall(line string) call {
	args := strings.Fields(strings.ReplaceAll(line, "…", ""))[1:]
	root := newRoot()
	cmd, rest, err := root.Find(args)
	if err != nil || cmd == root {
		return call{}
	}
	_ = cmd.ParseFlags(rest) // scripts make mistakes on purpose; those of documents are TestDocsShowCommandsThatExist's
	c := call{path: cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) { c.flags = append(c.flags, f.Name) })
	return c
}

// TestDocsMentionWhatRuns: a call that a sentence mentions is one whose command
// a script or a block of a document runs, with each of the flags.
func TestDocsMentionWhatRuns(t *testing.T) {
	run := make(map[string]map[string]bool) // flags by command
	note := func(line string) {
		c := readCall(line)
		if run[c.path] == nil {
			run[c.path] = make(map[string]bool)
		}
		for _, f := range c.flags {
			run[c.path][f] = true
		}
	}
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("%v, %v", scripts, err)
	}
	for _, file := range scripts {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^(?:! )?(?:exec|exits \d+) (redactor .*)$`).FindAllStringSubmatch(string(text), -1) {
			note(m[1])
		}
	}
	type mention struct{ where, line string }
	var mentions []mention
	for _, file := range docs(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		script := docScript(string(text))
		for _, m := range regexp.MustCompile(`(?m)(?:^|[|;] ?|if )(redactor [^|&;<>#]*)`).FindAllStringSubmatch(script, -1) {
			note(m[1])
		}
		for n, line := range strings.Split(string(text), "\n") {
			for _, m := range quoted.FindAllStringSubmatch(line, -1) {
				mentions = append(mentions, mention{fmt.Sprintf("%s:%d", file, n+1), m[1]})
			}
		}
	}
	if len(mentions) < 30 {
		t.Errorf("only %d calls are mentioned: the documents are written in a way that this test does not read", len(mentions))
	}
	for _, m := range mentions {
		c := readCall(m.line)
		flags, ok := run[c.path]
		if !ok {
			t.Errorf("%s: no test runs %s", m.where, m.line)
		}
		for _, f := range c.flags {
			if ok && !flags[f] {
				t.Errorf("%s: no test runs %s with --%s", m.where, c.path, f)
			}
		}
	}
}

// TestDocsNameTestsThatExist: a go test that a sentence mentions finds a test,
// and the package has the flags that it is given.
func TestDocsNameTestsThatExist(t *testing.T) {
	root := filepath.Join("..", "..")
	files := append(docs(t), filepath.Join(root, "DESIGN.md"))
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("`go test (\\./[a-z/]+)( [^`]*)`").FindAllStringSubmatch(string(text), -1) {
			found++
			tests, err := filepath.Glob(filepath.Join(root, m[1], "*_test.go"))
			if err != nil || len(tests) == 0 {
				t.Errorf("%s: %s has no tests", file, m[1])
				continue
			}
			var sources strings.Builder
			for _, name := range tests {
				source, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				sources.Write(source)
			}
			words := strings.Fields(m[2])
			for i, w := range words {
				name, isFlag := strings.CutPrefix(w, "-")
				arg := ""
				if i+1 < len(words) {
					arg = strings.Trim(words[i+1], "'")
				}
				switch {
				case !isFlag || name == "benchtime" || name == "count" || name == "timeout" || name == "v":
				case name == "run" && arg == "^$":
				case name == "run" || name == "bench":
					kind := map[string]string{"run": "(?:Test|Fuzz)", "bench": "Benchmark"}[name]
					top, _, _ := strings.Cut(arg, "/")
					if !matchesTest(sources.String(), kind, top) {
						t.Errorf("%s: go test %s finds nothing called %s", file, m[1], top)
					}
				case !regexp.MustCompile(`flag\.\w+\("` + regexp.QuoteMeta(name) + `"`).MatchString(sources.String()):
					t.Errorf("%s: the tests of %s have no flag -%s", file, m[1], name)
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d go tests are mentioned: the documents are written in a way that this test does not read", found)
	}
}

// matchesTest reports whether a pattern of go test -run finds a function of
// that kind in a source.
func matchesTest(source, kind, pattern string) bool {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return false
	}
	for _, f := range regexp.MustCompile(`(?m)^func (`+kind+`\w*)\(`).FindAllStringSubmatch(source, -1) {
		if wanted.MatchString(f[1]) {
			return true
		}
	}
	return false
}
