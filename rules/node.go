package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// The bounds of a policy file. A policy is a text that people review: these
// are far above any, and keep a hostile file from costing memory or time.
const (
	maxSource = 4 << 20   // bytes
	maxDepth  = 64        // of nested lists and mappings
	maxNodes  = 1_000_000 // after aliases stand for what they name
)

// A parser turns the nodes of one file into a Policy and collects what is
// wrong on the way; it never stops at the first problem.
type parser struct {
	file     string
	lines    []string
	problems Problems

	variants []variant         // of transforms:, for those who call them
	used     map[string]bool   // the variants that are called
	tables   TableSource       // nil: the policy comes without the files beside it
	read     map[string][]byte // of tables
}

// maxProblems bounds what one file can make us say: past it, what is wrong is
// of one cause.
const maxProblems = 200

// report adds a problem at a place and returns it for what else there is to
// say about it.
func (p *parser) report(id string, at Pos, format string, args ...any) *Problem {
	if p.full() {
		return &Problem{}
	}
	p.problems = append(p.problems, Problem{
		Place:    p.place(at),
		Severity: severityOf(id),
		ID:       id,
		Message:  fmt.Sprintf(format, args...),
	})
	return &p.problems[len(p.problems)-1]
}

// full reports whether there is enough to show: what costs more than a look
// stops then.
func (p *parser) full() bool { return len(p.problems) >= maxProblems }

func (pr *Problem) hint(format string, args ...any) *Problem {
	pr.Hint = fmt.Sprintf(format, args...)
	return pr
}

// hintText takes a hint as it is: it may hold a name with a percent sign.
func (pr *Problem) hintText(s string) *Problem {
	if s != "" {
		pr.Hint = s
	}
	return pr
}

func (p *parser) also(pr *Problem, at Pos, note string) {
	if at.Line > 0 {
		pr.Related = &Related{p.place(at), note}
	}
}

func (p *parser) place(at Pos) Place {
	pl := Place{File: p.file, Line: at.Line, Col: at.Col}
	if at.Line > 0 && at.Line <= len(p.lines) {
		pl.text = p.lines[at.Line-1]
	}
	return pl
}

func posOf(n *yaml.Node) Pos { return Pos{n.Line, n.Column} }

// tree reads the file into nodes and checks what no policy may hold: several
// documents, merge keys, equal keys, keys that are no words, tags of other
// tools, aliases that blow up. It returns nil when there is nothing to go on.
func (p *parser) tree(src []byte) *yaml.Node {
	if len(src) > maxSource {
		p.report(idSource, Pos{}, "the file has %d bytes; a policy may have %d", len(src), maxSource).
			hint("split the catalog: a policy names what its own streams carry")
		return nil
	}
	if !utf8.Valid(src) {
		line := 1 + bytes.Count(src[:validPrefix(src)], []byte("\n"))
		p.report(idSource, Pos{Line: line, Col: 1}, "the file is not UTF-8 text").hint("save it as UTF-8")
		return nil
	}
	p.lines = strings.Split(lineBreaks.Replace(string(src)), "\n")
	if !p.plainText() {
		return nil
	}
	root := p.document(src)
	if root == nil {
		return nil
	}
	w := treeWalk{p: p, sizes: map[*yaml.Node]int{}}
	n := w.walk(root, 1)
	switch {
	case p.problems.HasErrors():
		return nil
	case n > maxNodes && w.aliases:
		p.report(idAlias, posOf(root), "aliases blow this file up to more than %d values", maxNodes).
			hint("write out what the aliases stand for")
		return nil
	case n > maxNodes:
		p.report(idSource, posOf(root), "the file holds more than %d values", maxNodes).
			hint("split the catalog: a policy names what its own streams carry")
		return nil
	}
	return root
}

// document reads the one YAML document of the file.
func (p *parser) document(src []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		panic("rules: internal error: " + err.Error())
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil && err != io.EOF {
		p.syntax(err)
		return nil
	}
	if len(doc.Content) == 0 {
		p.report(idSyntax, Pos{1, 1}, "the file is empty").hint("`redactor init` writes a policy to start from")
		return nil
	}
	switch err := loader.Load(&second); {
	case err == nil:
		p.report(idSyntax, posOf(&second), "a second YAML document begins here; a policy is one document").
			hint("put it into a file of its own")
		return nil
	case err != io.EOF:
		p.syntax(err)
		return nil
	}
	return doc.Content[0]
}

// keyLine finds the line of a key file, whole or in part. A key in a policy is
// burnt, and it need not travel on in what we say about it.
var keyLine = regexp.MustCompile(`redactor-key-\d+:[^\s"']*`)

// plainText looks at the lines before YAML does: for control characters, whose
// place the YAML parser does not tell, and for keys.
func (p *parser) plainText() bool {
	for i, line := range p.lines {
		if at := keyLine.FindStringIndex(line); at != nil {
			p.lines[i] = keyLine.ReplaceAllString(line, "[a key]")
			p.report(idKeyHere, Pos{i + 1, 1 + utf8.RuneCountInString(line[:at[0]])}, "a key stands here; a policy names keys and never holds one").
				hint("make another with redactor keygen, bind it by name in redactor.yaml, and forget this one: it has been shown")
		}
		if at := strings.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); at >= 0 {
			p.report(idSyntax, Pos{i + 1, 1 + utf8.RuneCountInString(line[:at])}, "a control character stands here, U+%04X", line[at]).hint("remove it")
		}
	}
	return !p.problems.HasErrors()
}

// lineBreaks are what YAML counts as the end of a line.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

func validPrefix(src []byte) int {
	i := 0
	for i < len(src) {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return i
}

// inText moves a place behind the last line, which YAML reports for what is
// never closed, to the end of the text.
func (p *parser) inText(at Pos) Pos {
	last := len(p.lines)
	for last > 0 && strings.TrimSpace(p.lines[last-1]) == "" {
		last--
	}
	if at.Line > last && last > 0 {
		return Pos{last, 1 + utf8.RuneCountInString(strings.TrimRight(p.lines[last-1], " "))}
	}
	return at
}

func (p *parser) syntax(err error) {
	add := func(e *yaml.LoadError) {
		msg := strings.TrimPrefix(e.Message, "yaml: ")
		at := p.inText(Pos{Line: e.Mark.Line, Col: e.Mark.Column})
		if e.ContextMsg != "" {
			msg += " (" + e.ContextMsg + ")"
		}
		pr := p.report(idSyntax, at, "not YAML: %s", msg)
		if e.ContextMark.Line > 0 && e.ContextMark.Line != at.Line {
			p.also(pr, Pos{e.ContextMark.Line, e.ContextMark.Column}, "it begins here")
		}
		if at.Line > 0 && at.Line <= len(p.lines) && strings.HasPrefix(strings.TrimLeft(p.lines[at.Line-1], " "), "\t") {
			pr.hint("YAML is indented by spaces; there is a tab here")
		}
		if strings.HasPrefix(msg, "mapping values") {
			pr.hint("a text that holds a colon wants quotes")
		}
	}
	var all *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &all):
		for _, e := range all.Errors {
			add(e)
		}
	case errors.As(err, &one):
		add(one)
	default:
		p.report(idSyntax, Pos{}, "not YAML: %v", err)
	}
}

// treeWalk visits every node once, however many aliases name it, puts the
// named node in the place of each alias, and adds up what the expanded tree
// would hold.
type treeWalk struct {
	p     *parser
	sizes map[*yaml.Node]int // of nodes with an anchor; 0 while inside one

	aliases bool // there are some
}

// walk returns the number of values below n, at most maxNodes+1.
func (w *treeWalk) walk(n *yaml.Node, depth int) int {
	if depth > maxDepth {
		w.p.report(idSource, posOf(n), "nested deeper than %d levels", maxDepth)
		return 1
	}
	if n.Anchor != "" && n.Kind != yaml.AliasNode {
		if size, seen := w.sizes[n]; seen {
			return size
		}
		w.sizes[n] = 0
	}
	w.tag(n)
	total := 1
	for i, c := range n.Content {
		if c.Kind == yaml.AliasNode {
			w.aliases = true
			size, seen := w.sizes[c.Alias]
			if seen && size == 0 {
				w.p.report(idAlias, posOf(c), "*%s stands inside of what it names", c.Value).
					hint("write out what it should hold")
				return maxNodes + 1
			}
			n.Content[i] = c.Alias
			total = min(total+size, maxNodes+1)
			continue
		}
		total = min(total+w.walk(c, depth+1), maxNodes+1)
	}
	if n.Kind == yaml.MappingNode {
		w.keys(n)
	}
	if n.Anchor != "" {
		w.sizes[n] = total
	}
	return total
}

func (w *treeWalk) tag(n *yaml.Node) {
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp", "!!merge":
	default:
		w.p.report(idSyntax, posOf(n), "the tag %s means nothing in a policy", tag).hint("remove it")
	}
}

// keys checks the keys of a mapping. YAML loaders differ in which of two equal
// keys counts; what a reviewer saw must be what runs.
func (w *treeWalk) keys(n *yaml.Node) {
	var seen map[string]*yaml.Node
	if len(n.Content) > 16 {
		seen = make(map[string]*yaml.Node, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			w.p.report(idSyntax, posOf(k), "a list or a mapping cannot be a key")
			continue
		}
		if k.ShortTag() == "!!merge" {
			w.p.report(idAlias, posOf(k), "merge keys (<<) hide what a reviewer should see").
				hint("write the lines out; profiles have extends:")
			continue
		}
		first := seen[k.Value]
		if seen != nil {
			seen[k.Value] = k
		} else {
			first = earlierKey(n, i)
		}
		if first != nil {
			w.p.also(w.p.report(idTwice, posOf(k), "the key %q stands here a second time", k.Value), posOf(first), "the first is here")
		}
	}
}

func earlierKey(n *yaml.Node, i int) *yaml.Node {
	for j := 0; j < i; j += 2 {
		if n.Content[j].Kind == yaml.ScalarNode && n.Content[j].Value == n.Content[i].Value {
			return n.Content[j]
		}
	}
	return nil
}
