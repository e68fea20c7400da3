package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"redactor/pseudonym"
	"redactor/rules"
)

// A keyBinding says where the secret of a key is: in one file for ever, or in a
// directory with one file for each epoch.
type keyBinding struct {
	file  string
	dir   string
	rules pseudonym.EpochRules // of a directory
	line  int                  // where the name stands in the configuration
}

// load reads the key. There is no way from here to a test key.
func (b keyBinding) load() (*pseudonym.Epochs, error) {
	if b.dir != "" {
		return pseudonym.LoadEpochs(b.dir, b.rules)
	}
	s, err := pseudonym.LoadKeyFile(b.file)
	if err != nil {
		return nil, err
	}
	return pseudonym.WithoutEpochs(s), nil
}

func (b keyBinding) place() string {
	if b.dir != "" {
		return b.dir
	}
	return b.file
}

// Bounds of an epoch. The longest is a mistake, not a policy: a key without
// epochs says that it is for ever.
const (
	shortestEpoch = 24 * time.Hour
	longestEpoch  = 10 * 366 * 24 * time.Hour
	longestWindow = 30 * 24 * time.Hour
)

// keys reads the one section whose names are the policy's.
func (l *configLoader) keys(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		l.at(n, "keys: is a section of names, each with its file", "join-analytics: {file: keys/join-analytics}")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if _, twice := l.c.Keys[k.Value]; twice {
			l.at(k, fmt.Sprintf("the key %q stands here a second time", k.Value), "")
			continue
		}
		if b, ok := l.binding(k, v); ok {
			b.line = k.Line
			l.c.Keys[k.Value] = b
		}
	}
}

func (l *configLoader) binding(k, v *yaml.Node) (b keyBinding, ok bool) {
	if v.Kind != yaml.MappingNode {
		l.unbound(k, v)
		return b, false
	}
	given := map[string]*yaml.Node{}
	for i := 0; i+1 < len(v.Content); i += 2 {
		name, value := v.Content[i], v.Content[i+1]
		switch name.Value {
		case "file", "dir", "rotate", "overlap", "window":
		default:
			l.unbound(k, v)
			return b, false
		}
		if value.Kind != yaml.ScalarNode || value.Value == "" || given[name.Value] != nil {
			l.unbound(k, v)
			return b, false
		}
		given[name.Value] = value
	}
	switch file, dir := given["file"], given["dir"]; {
	case file != nil && len(given) == 1:
		return keyBinding{file: l.c.base(file.Value)}, true
	case dir == nil || file != nil:
		l.unbound(k, v)
		return b, false
	default:
		b.dir = l.c.base(dir.Value)
	}
	b.rules.Window = pseudonym.DefaultWindow
	if given["rotate"] == nil {
		l.at(v, fmt.Sprintf("the key %s is a directory of epochs and does not say how long one lasts", k.Value), "rotate: 30d")
		return b, false
	}
	return b, l.span(given["rotate"], "rotate", shortestEpoch, longestEpoch, &b.rules.Rotate) &&
		l.span(given["overlap"], "overlap", 0, longestWindow, &b.rules.Overlap) &&
		l.span(given["window"], "window", time.Minute, longestWindow, &b.rules.Window)
}

// unbound says how a key is bound. No excerpt: a key pasted here must not be
// shown.
func (l *configLoader) unbound(k, v *yaml.Node) {
	l.problems = append(l.problems, rules.Problem{
		Place: rules.NewPlace(l.file, v.Line, v.Column, ""), ID: "configuration",
		Message: fmt.Sprintf("the key %s is named by its file, never written here", k.Value),
		Hint:    k.Value + ": {file: keys/" + k.Value + "}, or with epochs {dir: keys/" + k.Value + ", rotate: 30d}",
	})
}

// span reads a length of time, in days too; a node that is not there leaves
// what is set.
func (l *configLoader) span(n *yaml.Node, name string, least, most time.Duration, into *time.Duration) bool {
	if n == nil {
		return true
	}
	d, err := parseDays(n.Value)
	switch {
	case err != nil:
		l.at(n, name+": "+err.Error(), "")
		return false
	case d < least || d > most:
		l.at(n, fmt.Sprintf("%s: it may be %s to %s", name, formatDays(least), formatDays(most)), "")
		return false
	case name != "window" && d%(24*time.Hour) != 0:
		l.at(n, name+": epochs begin at midnight in UTC and last whole days", "30d")
		return false
	}
	*into = d
	return true
}

// parseDays reads a duration that may be given in days: 30d, 36h.
func parseDays(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, fmt.Errorf("a length of time is a number and d, h or m, such as 30d")
}

func formatDays(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return d.String()
}
