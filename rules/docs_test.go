package rules

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// Parts of the documentation are written by these tests, between
//
//	<!-- begin NAME: … -->
//	<!-- end NAME -->
//
// so that they say what the program does: run them with -update.

// document is a page with parts that are written by tests.
type document struct {
	path, text string
}

func readDocument(t *testing.T, path string) *document {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &document{path, string(text)}
}

// part compares a part of the page with what it must be, or writes it.
func (d *document) part(t *testing.T, name, want string) {
	t.Helper()
	head, rest, ok := strings.Cut(d.text, "<!-- begin "+name+":")
	line, rest, ok2 := strings.Cut(rest, "\n")
	old, tail, ok3 := strings.Cut(rest, "<!-- end "+name+" -->")
	if !ok || !ok2 || !ok3 {
		t.Fatalf("%s has no part %s", d.path, name)
	}
	want = "\n" + strings.TrimRight(want, "\n") + "\n\n"
	if old == want {
		return
	}
	if !*update {
		t.Errorf("%s, %s is not what the program does: run go test ./rules -run TestDocs -update", d.path, name)
		return
	}
	d.text = head + "<!-- begin " + name + ":" + line + "\n" + want + "<!-- end " + name + " -->" + tail
	if err := os.WriteFile(d.path, []byte(d.text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// codeBlocks returns the blocks of a page in one language.
func (d *document) codeBlocks(language string) []string {
	var out []string
	for i, part := range strings.Split(d.text, "\n```") {
		if code, ok := strings.CutPrefix(part, language+"\n"); ok && i%2 == 1 {
			out = append(out, code+"\n")
		}
	}
	return out
}

func table(head []string, rows [][]string) string {
	var b strings.Builder
	writeMarkdownRow(&b, head)
	b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	for _, row := range rows {
		writeMarkdownRow(&b, row)
	}
	return b.String()
}

func TestDocsCatalog(t *testing.T) {
	d := readDocument(t, "../docs/catalog.md")
	d.part(t, "coverage", coverageOfRealNames(t))
	var b strings.Builder
	for _, group := range stdGroupNames() {
		entries, _ := stdGroup(group)
		fmt.Fprintf(&b, "### %s\n\n", group)
		var rows [][]string
		for _, e := range entries {
			domain := e.Domain
			if domain == "" {
				domain = e.Class.Domain()
			}
			rows = append(rows, []string{e.Name, levelNames[e.Level-1], e.Class.Domain(), domain, e.Doc, strings.Join(e.Keys, ", "), e.Source})
		}
		b.WriteString(table([]string{"field", "level", "is", "domain", "what it is", "names", "source of the names"}, rows) + "\n")
	}
	d.part(t, "groups", b.String())
	d.part(t, "containers", "`"+strings.Join(stdContainers(), "`, `")+"`")
}

// realNames are the fields of one log that others write.
type realNames struct {
	source          string
	personal, other []string
}

func readRealNames(t *testing.T) []realNames {
	text, err := os.ReadFile("testdata/real-names.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []realNames
	for line := range strings.Lines(string(text)) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case kind == "source":
			out = append(out, realNames{source: rest})
		case kind == "personal":
			out[len(out)-1].personal = strings.Fields(rest)
		case kind == "other":
			out[len(out)-1].other = strings.Fields(rest)
		case kind != "" && kind[0] != '#':
			t.Fatalf("real-names.txt: %q", line)
		}
	}
	return out
}

// unseen marks a list that no entry of the catalog was written from.
const unseen = "(unseen)"

// highestLevel returns the level of the entries of the catalog that match a
// name, 0 when none does.
func highestLevel(name string) (level int) {
	exact, wild := stdMatches(name)
	for _, e := range append(exact, wild...) {
		level = max(level, e.Level)
	}
	return level
}

// coverageOfRealNames runs other people's names against the catalog. A name
// that it does not know is safe, for what is unknown is dropped, but nobody can
// use it; a personal name that it takes for harmless would leak.
func coverageOfRealNames(t *testing.T) string {
	var rows [][]string
	var missing, low []string
	var known, personal [2]int // of lists that the catalog was extended from, and of others
	for _, r := range readRealNames(t) {
		k, o := 0, 0
		for _, name := range r.personal {
			switch level := highestLevel(name); {
			case level == 0:
				missing = append(missing, name)
			case level <= 2:
				low = append(low, name)
			default:
				k++
			}
		}
		for _, name := range r.other {
			if highestLevel(name) > 0 {
				o++
			}
		}
		of := boolInt(strings.HasSuffix(r.source, unseen))
		known[of], personal[of] = known[of]+k, personal[of]+len(r.personal)
		rows = append(rows, []string{r.source, fmt.Sprintf("%d of %d", k, len(r.personal)), fmt.Sprintf("%d of %d", o, len(r.other))})
	}
	slices.Sort(missing)
	slices.Sort(low)
	missing, low = slices.Compact(missing), slices.Compact(low)
	if 10*known[1] < 6*personal[1] {
		t.Errorf("the catalog knows %d of %d personal names of logs that it was not written from; less than 60 %% is no catalog", known[1], personal[1])
	}
	s := table([]string{"log", "personal names known, as L3 or L4", "other names known"}, rows)
	s += fmt.Sprintf("\nOf the lists that the catalog was extended from, %d of %d personal names (%d %%; 74 %% before that); of those marked as unseen, %d of %d (%d %%).\n",
		known[0], personal[0], 100*known[0]/personal[0], known[1], personal[1], 100*known[1]/personal[1])
	if len(missing) > 0 {
		s += "\nPersonal, and not known, so dropped unless a policy names them: " + strings.Join(missing, ", ") + ".\n"
	}
	if len(low) > 0 {
		s += "\nPersonal for us, and at L1 or L2 in the catalog, so kept by a policy that keeps that level: " + strings.Join(low, ", ") + ".\n"
	}
	return s
}

func TestDocsPolicy(t *testing.T) {
	d := readDocument(t, "../docs/policy.md")
	var b strings.Builder
	for _, part := range []struct {
		title string
		props []prop
	}{
		{"The file", policyProps}, {"approved", approvalProps}, {"fields: an entry of the catalog", entryProps}, {"profiles: a recipient", profileProps},
		{"profiles: record", recordProps}, {"profiles: guard", guardProps}, {"profiles: guard: stop", stopProps}, {"profiles: a condition with bounds", boundProps}, {"streams: a stream", streamProps},
		{"tests: a test", testProps}, {"tests: what a recipient must get", expectProps},
	} {
		var rows [][]string
		for _, pr := range part.props {
			must := ""
			if pr.required {
				must = "yes"
			}
			rows = append(rows, []string{pr.name, must, pr.doc})
		}
		b.WriteString("### " + part.title + "\n\n" + table([]string{"property", "required", "what it says"}, rows) + "\n")
	}
	d.part(t, "properties", b.String())

	var rows [][]string
	for _, k := range kinds {
		var note []string
		if k.keyed {
			note = append(note, "needs a key")
		}
		if k.insideOnly != "" {
			note = append(note, "internal profiles only")
		}
		rows = append(rows, []string{k.name, k.usage, k.doc, strings.Join(note, ", ")})
	}
	d.part(t, "transforms", table([]string{"transform", "by example", "what it does", ""}, rows))

	rows = nil
	for _, f := range Findings {
		rows = append(rows, []string{f.ID, f.Severity.String(), f.Doc})
	}
	d.part(t, "findings", table([]string{"id", "severity", "what holds when it is silent"}, rows))
	var classes []string
	for _, c := range classNames() {
		classes = append(classes, "`"+c+"`")
	}
	d.part(t, "classes", strings.Join(classes, ", "))

	blocks := d.codeBlocks("yaml")
	if len(blocks) < 3 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, src := range blocks {
		p, problems := parseAt("policy.yaml", []byte(src), testDay)
		if len(problems) > 0 {
			t.Errorf("an example has problems:\n%s\n%s", src, render(t, problems))
		} else if report := p.RunTests(); report.Failed() > 0 {
			t.Errorf("a test of an example fails:\n%s\n%s", src, shown(t, func(w io.Writer) error { return report.WriteText(w, false) }))
		}
	}
}

// The README shows what the commands print of the policy that it reads line by
// line.
func TestDocsReadme(t *testing.T) {
	d := readDocument(t, "../README.md")
	blocks := d.codeBlocks("yaml")
	if len(blocks) == 0 {
		t.Fatal("the README has no policy")
	}
	src := blocks[0]
	p := policyOf(t, src)
	matrix := shown(t, p.Matrix().WriteText)
	d.part(t, "matrix", indented(linesOf(matrix, "field", "──", "imei", "client-ip", "coordinates", "password", "device-model", "event-time", "battery")))
	x, err := p.Explain("device.logs.android", &Record{Value: []byte(`{"imei":"356938035643809","telemetry":{"lat":48.85837},"new_field":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	d.part(t, "explain", indented(shown(t, func(w io.Writer) error { return x.WriteText(w, false) })))
	broken := strings.NewReplacer("level: L1", "level: L5", "town: {round: 1}", "town: {rond: 1}").Replace(src)
	_, problems := parseAt("policy.yaml", []byte(broken), testDay)
	if len(problems) != 2 {
		t.Errorf("the README's mistakes are %d problems", len(problems))
	}
	d.part(t, "broken", indented(render(t, problems)))
}

// linesOf returns the lines that begin with one of the words.
func linesOf(text string, words ...string) string {
	out := ""
	for line := range strings.Lines(text) {
		first, _, _ := strings.Cut(line, " ")
		if slices.ContainsFunc(words, func(w string) bool { return first == w || strings.HasPrefix(first, "──") && w == "──" }) {
			out += line
		}
	}
	return out
}

// indented makes a block of code of a text.
func indented(text string) string {
	out := ""
	for line := range strings.Lines(text) {
		if line != "\n" {
			line = "    " + line
		}
		out += line
	}
	return out
}
