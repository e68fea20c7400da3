package rules

import (
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v4"
)

// APIVersion is the version of the language that this package reads.
const APIVersion = "redactor/v1"

// policyProps are the properties of a policy, in the order in which one reads.
var policyProps = []prop{
	{name: "apiVersion", doc: "The version of the language: " + APIVersion + ".", schema: func() schema { return schemaEnum(APIVersion) }, required: true},
	{name: "name", doc: "What the policy is called, in metrics and in the audit log.", schema: schemaName, required: true},
	{name: "namespace", doc: "Separates the pseudonyms of different owners; part of every derivation. Changing it changes every pseudonym.", schema: schemaName, required: true},
	{name: "revision", doc: "A label of this version of the file, for people; it shows in metrics.", schema: schemaText},
	{name: "owner", doc: "Who answers for the policy.", schema: schemaText},
	{name: "approved", doc: "Who signed the table, when, and until when.", schema: func() schema { return schemaObject(approvalProps) }},
	{name: "use", doc: "Built-in groups of the catalog, such as std/device: redactor matrix std/device prints one.", schema: func() schema { return schemaList(schemaEnum(stdGroupNames()...)) }},
	{name: "containers", doc: "Names of objects and arrays that carry no data themselves, so that what is inside is looked at.", schema: func() schema { return schemaList(schemaText()) }},
	{name: "fields", doc: "The catalog: what the data is called, what it is, and how much it tells. What no entry names is unknown and does not leave.", schema: func() schema {
		return schema{"type": "array", "items": schemaObject(entryProps)}
	}},
	{name: "transforms", doc: "Transforms named once, so that a reviewer reads town and not a number.", schema: func() schema {
		return schema{"type": "object", "additionalProperties": ruleRef()}
	}},
	{name: "profiles", doc: "The recipients: who gets what.", schema: func() schema {
		return schema{"type": "object", "additionalProperties": schemaObject(profileProps)}
	}, required: true},
	{name: "streams", doc: "Where records come from and which recipients get them.", schema: func() schema {
		return schema{"type": "array", "items": schemaObject(streamProps)}
	}, required: true},
	{name: "on_error", doc: "What happens to a record that cannot be judged: quarantine (the default), stop, drop. There is no pass.", schema: func() schema { return schemaEnum(onErrorNames...) }},
	{name: "tests", doc: "Records and what each recipient must get of them.", schema: func() schema {
		return schema{"type": "array", "items": schemaObject(testProps)}
	}},
	{name: "demo", doc: "true marks a starter policy, which run refuses.", schema: schemaBool},
}

var approvalProps = []prop{
	{name: "by", doc: "Who signed.", schema: schemaText, required: true},
	{name: "date", doc: "When, YYYY-MM-DD.", schema: schemaDate, required: true},
	{name: "expires", doc: "Until when, YYYY-MM-DD; validate warns after it.", schema: schemaDate},
	{name: "ticket", doc: "Where the decision is written down.", schema: schemaText},
}

func schemaDate() schema { return schema{"type": "string", "pattern": `^\d{4}-\d{2}-\d{2}$`} }

var onErrorNames = []string{"quarantine", "stop", "drop"}

// Load reads and parses the policy file at path; see [Parse].
func Load(path string) (*Policy, Problems) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Problems{unreadable(path, err)}
	}
	defer f.Close()
	// One byte more than a policy may have: a larger file is never read whole.
	src := make([]byte, 0, 64<<10)
	src, err = readAtMost(f, src, maxSource+1)
	if err != nil {
		return nil, Problems{unreadable(path, err)}
	}
	return ParseWith(path, src, TablesBeside(path))
}

func unreadable(path string, err error) Problem {
	return Problem{Place: Place{File: path}, ID: idSource, Message: "cannot be read: " + reason(err)}
}

// A TableSource reads a table that the policy names, by its path relative to the
// policy. It may return one byte more than MaxTable, not all of a longer file.
type TableSource func(name string) ([]byte, error)

// TablesBeside reads tables from the directory that the file of a policy is in.
func TablesBeside(policy string) TableSource {
	return func(name string) ([]byte, error) {
		f, err := os.Open(filepath.Join(filepath.Dir(policy), name))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readAtMost(f, nil, MaxTable+1)
	}
}

// Parse reads a policy that names no tables by file. name is what its places are shown with. It returns all
// problems at once, in the order of the file; the policy is nil when one of
// them is an error.
func Parse(name string, src []byte) (*Policy, Problems) {
	return ParseWith(name, src, nil)
}

// ParseWith is Parse for a policy whose tables are read from tables.
func ParseWith(name string, src []byte, tables TableSource) (*Policy, Problems) {
	return parseWith(name, src, tables, time.Now())
}

func parseAt(name string, src []byte, now time.Time) (*Policy, Problems) {
	return parseWith(name, src, nil, now)
}

func parseWith(name string, src []byte, tables TableSource, now time.Time) (*Policy, Problems) {
	p := &parser{file: name, used: map[string]bool{}, tables: tables}
	root := p.tree(src)
	if root == nil {
		return nil, p.problems.sort()
	}
	pol := p.policy(root)
	pol.Tables = p.read
	p.check(pol, now)
	if !p.problems.HasErrors() {
		p.prove(pol)
	}
	if p.problems.HasErrors() {
		return nil, p.problems.sort()
	}
	return pol, p.problems.sort()
}

func (p *parser) policy(root *yaml.Node) *Policy {
	pol := &Policy{File: p.file, lines: p.lines, entries: map[string]int{}}
	if root.Kind == yaml.MappingNode && !p.version(root) {
		return pol
	}
	o := p.mapping(root, "the policy", policyProps)
	if root.Kind != yaml.MappingNode {
		return pol
	}
	if n := o.get("name"); n != nil {
		pol.Name, _ = p.name(n, "name")
	}
	if n := o.get("namespace"); n != nil {
		pol.Namespace, _ = p.name(n, "namespace")
	}
	if n := o.get("revision"); n != nil {
		pol.Revision, _ = p.text(n, "revision")
	}
	if n := o.get("owner"); n != nil {
		pol.Owner, _ = p.text(n, "owner")
	}
	if n := o.get("approved"); n != nil {
		pol.Approved = p.approval(n)
	}
	if n := o.get("demo"); n != nil {
		pol.Demo = p.boolean(n, "demo")
	}
	if n := o.get("on_error"); n != nil {
		pol.OnError = p.onError(n)
	}
	p.catalog(pol, o)
	if n := o.get("transforms"); n != nil {
		p.variants = p.transforms(n)
		pol.variants = p.variants
	}
	if n := o.get("profiles"); n != nil {
		p.profiles(pol, n)
	}
	if n := o.get("streams"); n != nil {
		p.streams(pol, n)
	}
	if n := o.get("tests"); n != nil {
		p.tests(pol, n)
	}
	return pol
}

// version checks apiVersion before anything else: what follows may be of a
// language that this build does not know, and complaints about it would be
// noise.
func (p *parser) version(root *yaml.Node) bool {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "apiVersion" {
			continue
		}
		v := root.Content[i+1]
		if v.Kind == yaml.ScalarNode && v.Value == APIVersion {
			return true
		}
		p.report(idVersion, posOf(v), "this build reads apiVersion: %s, not %q", APIVersion, clip(v.Value)).
			hint("write %s; a newer version wants a newer redactor", APIVersion)
		return false
	}
	return true // missing: said with the other required properties
}

func (p *parser) onError(n *yaml.Node) OnError {
	if n.Kind == yaml.ScalarNode {
		switch n.Value {
		case "pass", "ignore", "continue", "skip", "passthrough", "forward":
			p.report(idOnErrorPass, posOf(n), "on_error: %s would let a record through that nobody could judge", n.Value).
				hint("quarantine keeps it aside; drop forgets it; stop halts its partition")
			return 0
		}
	}
	word, _ := p.oneOf(n, "on_error", onErrorNames)
	for i, name := range onErrorNames {
		if name == word {
			return OnError(i)
		}
	}
	return 0
}

func (p *parser) approval(n *yaml.Node) *Approval {
	o := p.mapping(n, "approved", approvalProps)
	a := &Approval{pos: o.pos("expires")}
	if v := o.get("by"); v != nil {
		a.By, _ = p.text(v, "by")
	}
	if v := o.get("date"); v != nil {
		a.Date = p.date(v, "date")
	}
	if v := o.get("expires"); v != nil {
		a.Expires = p.date(v, "expires")
	}
	if v := o.get("ticket"); v != nil {
		a.Ticket, _ = p.text(v, "ticket")
	}
	if a.Date != "" && a.Expires != "" && a.Expires < a.Date {
		p.report(idDate, a.pos, "the approval expires before it was given")
	}
	return a
}

func (p *parser) date(n *yaml.Node, what string) string {
	s, ok := p.text(n, what)
	if !ok {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		p.report(idDate, posOf(n), "%s is a date written YYYY-MM-DD, not %q", what, clip(s))
		return ""
	}
	return s
}

// transforms reads the named variants, each made of a built-in.
func (p *parser) transforms(n *yaml.Node) []variant {
	var out []variant
	p.pairs(n, "transforms", func(k, v *yaml.Node) {
		name, ok := p.name(k, "transform")
		if !ok {
			return
		}
		if kindOf(name) != nil {
			p.report(idName, posOf(k), "%s is a built-in transform; a variant needs a name of its own", name).
				hint("a name that says what for reads best: town, decade, last4")
			return
		}
		r := p.rule(v)
		p.onlyInFields(r, "transforms:")
		w := variant{name: Word{name, posOf(k)}}
		if r != nil {
			w.action = r.action
			if r.Why != "" {
				p.report(idUnknownKey, r.Pos, "why: belongs where a profile uses %s, not to its definition", name)
			}
		}
		out = append(out, w)
	})
	return out
}
