package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/rules"
)

const maxConfig = 1 << 20 // bytes; a configuration is a page

// configLoader reads one configuration file and collects all that is wrong
// with it.
type configLoader struct {
	c        *config
	file     string
	lines    []string
	seen     map[string]bool // paths that the file sets
	problems rules.Problems
}

// loadConfig reads redactor.yaml, then lets the environment override it.
// Warnings come back beside a usable configuration.
func loadConfig(path string, environ []string) (*config, rules.Problems) {
	l := &configLoader{c: defaultConfig(), file: path, seen: make(map[string]bool)}
	l.c.file = path
	src, err := readAtMost(path, maxConfig)
	if err != nil {
		l.report(0, 0, rules.Error, err.Error(), "")
		return nil, l.problems
	}
	l.lines = strings.Split(string(src), "\n")
	if root := l.parse(src); root != nil {
		l.mapping(root, "")
		l.complete()
	}
	l.environment(environ)
	if l.problems.HasErrors() {
		return nil, l.problems
	}
	return l.c, l.problems
}

func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		if pe := new(os.PathError); errors.As(err, &pe) {
			err = pe.Err // the place names the file already
		}
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(src)) > limit {
		err = fmt.Errorf("larger than %s", formatSize(float64(limit)))
	}
	return src, err
}

func (l *configLoader) report(line, col int, s rules.Severity, message, hint string) {
	excerpt := ""
	if line > 0 && line <= len(l.lines) {
		excerpt = l.lines[line-1]
	}
	l.problems = append(l.problems, rules.Problem{
		Place: rules.NewPlace(l.file, line, col, excerpt), Severity: s, ID: "configuration", Message: message, Hint: hint,
	})
}

func (l *configLoader) at(n *yaml.Node, message, hint string) {
	l.report(n.Line, n.Column, rules.Error, message, hint)
}

// parse returns the mapping that the file holds, or nil.
func (l *configLoader) parse(src []byte) *yaml.Node {
	var docs []yaml.Node
	err := yaml.Load(src, &docs, yaml.WithAllDocuments())
	if errs := new(yaml.LoadErrors); errors.As(err, &errs) {
		for _, e := range errs.Errors {
			l.report(e.Mark.Line, e.Mark.Column, rules.Error, "not YAML: "+strings.TrimPrefix(e.Message, "yaml: "), "")
		}
		return nil
	}
	switch {
	case err != nil:
		l.report(0, 0, rules.Error, "not YAML", "")
	case len(docs) == 0 || len(docs[0].Content) == 0:
		l.report(1, 1, rules.Error, "the file is empty", "`redactor init` writes one to start from")
	case len(docs) > 1:
		l.at(&docs[1], "a second YAML document begins here; a configuration is one", "")
	case docs[0].Content[0].Kind != yaml.MappingNode:
		l.report(1, 1, rules.Error, "a configuration is a mapping of names to values", "`redactor init` writes one to start from")
	default:
		return docs[0].Content[0]
	}
	return nil
}

// mapping walks one level; prefix is its path with a dot behind, or "".
func (l *configLoader) mapping(n *yaml.Node, prefix string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		path := prefix + k.Value
		switch {
		case k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge":
			l.at(k, "a name is wanted here", "merge keys and complex keys are not for configurations")
		case v.Kind == yaml.AliasNode:
			l.at(v, "aliases are not for configurations", "write the value out")
		case l.seen[path]:
			l.at(k, fmt.Sprintf("%q stands here a second time", path), "")
		case path == "keys":
			l.seen[path] = true
			l.keys(v)
		default:
			l.seen[path] = true
			l.entry(k, v, path)
		}
	}
}

func (l *configLoader) entry(k, v *yaml.Node, path string) {
	if s, ok := settingAt(path); ok {
		l.leaf(s, v)
		return
	}
	if isSection(path) {
		if path == "kafka.tls" {
			l.c.Kafka.TLS.Enabled = true
		}
		if v.Kind != yaml.MappingNode {
			l.at(v, fmt.Sprintf("%s is a section: it has %s", path, strings.Join(namesBelow(path+"."), ", ")), "")
			return
		}
		l.mapping(v, path+".")
		return
	}
	if file, ok := secretSettings[path]; ok {
		// The excerpt of this line would show the secret.
		l.problems = append(l.problems, rules.Problem{
			Place: rules.NewPlace(l.file, k.Line, k.Column, ""), ID: "configuration",
			Message: fmt.Sprintf("%s: a secret does not stand in a configuration", path), Hint: "write it to a file and set " + file,
		})
		return
	}
	if why, ok := laterSettings[path]; ok {
		l.at(k, fmt.Sprintf("%s is not in this build", path), why)
		return
	}
	parent := path[:strings.LastIndexByte(path, '.')+1]
	hint := rules.DidYouMean(k.Value, namesBelow(parent))
	if hint == "" {
		hint = "it may be " + strings.Join(namesBelow(parent), ", ")
	}
	l.at(k, fmt.Sprintf("there is no setting %q", path), hint)
}

func (l *configLoader) leaf(s setting, n *yaml.Node) {
	v := value{text: n.Value}
	switch n.Kind {
	case yaml.SequenceNode:
		v = value{isList: true}
		for _, e := range n.Content {
			if e.Kind != yaml.ScalarNode {
				l.at(e, s.path+": a list of values is wanted", "")
				return
			}
			v.list = append(v.list, e.Value)
		}
	case yaml.MappingNode:
		l.at(n, s.path+": one value is wanted, not a section", "")
		return
	}
	if s.dir {
		v.text = l.c.base(v.text)
	}
	if err := s.set(l.c, v); err != nil {
		if s.mute {
			l.problems = append(l.problems, rules.Problem{Place: rules.NewPlace(l.file, n.Line, n.Column, ""), ID: "configuration", Message: s.path + ": " + err.Error()})
			return
		}
		l.at(n, s.path+": "+err.Error(), suggestion(s, n.Value))
	}
}

// suggestion proposes a word of a closed set; other values have no neighbors.
func suggestion(s setting, given string) string {
	probe := defaultConfig()
	err := s.set(probe, value{text: "\x00"})
	if err == nil {
		return ""
	}
	words, ok := strings.CutPrefix(err.Error(), "it may be ")
	if !ok || given == "" {
		return ""
	}
	return rules.DidYouMean(given, strings.Split(words, ", "))
}

// complete checks what only the whole can tell.
func (l *configLoader) complete() {
	k := &l.c.Kafka
	hasSASL := k.SASL.Mechanism != "" || k.SASL.Username != "" || k.SASL.PasswordFile != ""
	switch {
	case !hasSASL:
	case k.SASL.Mechanism == "" || k.SASL.Username == "" || k.SASL.PasswordFile == "":
		l.report(0, 0, rules.Error, "kafka.sasl needs mechanism, username and password_file", "")
	case k.SASL.Mechanism == "plain" && !k.TLS.Enabled:
		l.report(0, 0, rules.Error, "kafka.sasl: plain sends the password as it is; without kafka.tls everybody on the way reads it", "add kafka.tls, or use scram-sha-512")
	}
	if (k.TLS.Cert == "") != (k.TLS.Key == "") {
		l.report(0, 0, rules.Error, "kafka.tls.cert and kafka.tls.key go together", "")
	}
}

// environment applies REDACTOR_… variables; an empty one counts as not set.
// One that is no setting is warned about.
func (l *configLoader) environment(environ []string) {
	l.file, l.lines = "environment", nil
	known, secret := make(map[string]setting), make(map[string]string)
	for _, s := range settings {
		known[s.envName()] = s
	}
	for path, instead := range secretSettings {
		secret[setting{path: path}.envName()] = instead
	}
	for _, kv := range slices.Sorted(slices.Values(environ)) {
		name, text, _ := strings.Cut(kv, "=")
		if text == "" || name == envConfig || !strings.HasPrefix(name, "REDACTOR_") || madeByKubernetes(name) {
			continue
		}
		if s, ok := known[name]; ok {
			if err := s.set(l.c, value{text: text}); err != nil {
				l.report(0, 0, rules.Error, name+": "+err.Error(), suggestion(s, text))
			}
		} else if instead, ok := secret[name]; ok {
			l.report(0, 0, rules.Error, name+": a secret does not stand in the environment, where every child process and crash report reads it", "write it to a file and set "+instead)
		} else {
			l.report(0, 0, rules.Warning, name+" is no setting and has no effect", rules.DidYouMean(name, slices.Sorted(maps.Keys(known))))
		}
	}
}

// madeByKubernetes reports whether Kubernetes makes the variable: every pod
// beside a Service called redactor gets REDACTOR_PORT… and REDACTOR_SERVICE_….
func madeByKubernetes(name string) bool {
	return strings.HasPrefix(name, "REDACTOR_SERVICE_") || name == "REDACTOR_PORT" || strings.HasPrefix(name, "REDACTOR_PORT_")
}

func settingAt(path string) (setting, bool) {
	for _, s := range settings {
		if s.path == path {
			return s, true
		}
	}
	return setting{}, false
}

func isSection(path string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return strings.HasPrefix(s.path, path+".") })
}

// namesBelow returns what may stand below a prefix such as "kafka." or "".
func namesBelow(prefix string) []string {
	var names []string
	for _, s := range settings {
		rest, ok := strings.CutPrefix(s.path, prefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if prefix == "" {
		names = append(names, "keys")
	}
	return names
}
