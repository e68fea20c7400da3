package rules

import (
	"strconv"
	"strings"
)

// showPath returns a path as it may be shown: member names are data too.
func showPath(path string) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range pathSteps(path) {
		switch shown := showName(s.name); {
		case !s.member:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case shown != s.name:
			b.WriteString("." + shown)
		default:
			b.WriteString(memberPath(s.name))
		}
	}
	return b.String()
}

// yamlFor returns the entry of the catalog that would name the value at a path:
// its exact place, at L4 until somebody decides. Where a name on the way looks
// like data itself, the entry names the subtree around it.
func yamlFor(path string) string {
	steps := pathSteps(path)
	at, name := "$", "record"
	for i, s := range steps {
		if !s.member {
			at += "[*]"
			continue
		}
		if showName(s.name) != s.name {
			return entryLine(name, at+"..*")
		}
		at += memberPath(s.name)
		if i == len(steps)-1 || name == "record" || len(yamlName(s.name)) > 1 {
			name = s.name
		}
	}
	return entryLine(name, at)
}

func entryLine(name, path string) string {
	is := ""
	if c := looksLike(name); c != "" {
		is = ", is: " + c
	}
	return "- {name: " + yamlName(name) + ", level: L4" + is + ", paths: [" + strconv.Quote(path) + "]}"
}

// yamlName makes a name of the policy of a member name.
func yamlName(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case 'A' <= r && r <= 'Z':
			if i > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r + 'a' - 'A')
		case r == '_' || r == ' ' || r == '.':
			b.WriteByte('-')
		case r != ':' && isWordRune(r):
			b.WriteRune(r)
		}
	}
	s := strings.Trim(b.String(), "-")
	for strings.Contains(s, "--") {
		s = strings.ReplaceAll(s, "--", "-")
	}
	if s == "" || s == "null" || !validName(s) { // null is YAML's nothing
		return "field"
	}
	return s
}

// looksLike guesses the class of a value from the built-in catalog's names, for
// a proposal: the class of the entry whose key the name ends in.
func looksLike(name string) string {
	folded := foldName(name)
	best, class := 0, ""
	for _, g := range stdGroupNames() {
		entries, _ := stdGroup(g)
		for _, e := range entries {
			for _, k := range e.Keys {
				f := strings.Trim(foldName(k), "*")
				if len(f) >= 4 && len(f) > best && strings.HasSuffix(folded, f) && e.Class != 0 {
					best, class = len(f), e.Class.String()
				}
			}
		}
	}
	return class
}
