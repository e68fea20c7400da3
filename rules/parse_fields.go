package rules

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
)

const docWhy = "The reason, for the reviewer, where the language asks for one."

// entryProps are the properties of an entry of the catalog.
var entryProps = []prop{
	{name: "name", doc: "What the field is called in this policy.", schema: schemaName, required: true},
	{name: "level", doc: "How much it tells: L1 technical, L2 identifies in combination, L3 relates to a person, L4 identifies a person or device, is a secret, or is sensitive.", schema: func() schema { return schemaEnum(levelNames...) }, required: true},
	{name: "is", doc: "What the values are: it decides their canonical form before a pseudonym, and which transforms suit them.", schema: func() schema { return schemaEnum(classNames()...) }},
	{name: "crs", doc: "The coordinate system of a location: wgs84 (GPS), gcj02 or bd09 (maps of China).", schema: func() schema { return schemaEnum(crsNames...) }},
	{name: "domain", doc: "Fields of one domain share pseudonyms, so that they can be joined within one profile.", schema: schemaName},
	{name: "keys", doc: "Member names at any depth; case, '_' and '-' are ignored, '*' stands for any characters.", schema: func() schema { return schemaList(schemaText()) }},
	{name: "paths", doc: "Exact places, an RFC 9535 subset: $.a.b, [*], [0], ['odd.key'], ..name, ..* for a whole subtree.", schema: func() schema { return schemaList(schemaText()) }},
	{name: "names", doc: "Paths of objects whose member names are the field's values: $.byImei for {\"byImei\": {\"358142035282084\": …}}. A name that is dropped takes its member with it.", schema: func() schema { return schemaList(schemaText()) }},
	{name: "headers", doc: "Names of record headers; case, '_' and '-' are ignored.", schema: func() schema { return schemaList(schemaText()) }},
	{name: "record_key", doc: "true when the key of the record is this field.", schema: schemaBool},
	{name: "doc", doc: "What it means, one sentence for the data dictionary.", schema: schemaText},
	{name: "why", doc: "The reason for a lower level or fewer names than the built-in entry of this name has.", schema: schemaText},
}

var levelNames = []string{"L1", "L2", "L3", "L4"}

var crsNames = []string{"wgs84", "gcj02", "bd09"}

// classNames are the words of is:.
func classNames() []string {
	var names []string
	for c := detect.None + 1; c <= detect.Number; c++ { // Number is the last
		names = append(names, c.String())
	}
	return names
}

// catalog reads use:, containers: and fields: and puts the catalog together:
// the policy's entries first, then the built-in ones that it does not replace.
func (p *parser) catalog(pol *Policy, o *object) {
	if n := o.get("use"); n != nil {
		pol.use = p.words(n, "use")
	}
	if n := o.get("containers"); n != nil {
		pol.containers = p.words(n, "containers")
		for _, w := range pol.containers {
			if foldName(w.Text) == "" || strings.ContainsRune(w.Text, '*') {
				p.report(idName, w.Pos, "%q is no container's name", clip(w.Text)).hint("containers are named one by one, without wildcards")
				continue
			}
			pol.Containers = append(pol.Containers, w.Text)
		}
	}
	if n := o.get("fields"); n != nil {
		p.items(n, "fields", func(n *yaml.Node) { p.entry(pol, n) })
	}
	p.builtIns(pol)
}

// entry reads one entry and adds it to the catalog when it has a name.
func (p *parser) entry(pol *Policy, n *yaml.Node) {
	o := p.mapping(n, "a field", entryProps)
	if n.Kind != yaml.MappingNode {
		return
	}
	e := Entry{Level: 4, Pos: posOf(n)}
	if v := o.get("name"); v != nil {
		e.Name, _ = p.name(v, "name")
	}
	if v := o.get("level"); v != nil {
		e.Level = p.level(v)
	}
	if v := o.get("is"); v != nil {
		e.Class = p.class(v)
	}
	if v := o.get("crs"); v != nil {
		e.CRS, _ = p.oneOf(v, "crs", crsNames)
		if e.Class != detect.Location {
			p.report(idCRS, posOf(v), "crs: is about coordinates, and %s is no location", e.Name).hint("add is: location, or remove crs:")
		}
	}
	if v := o.get("domain"); v != nil {
		e.Domain, _ = p.name(v, "domain")
	}
	if v := o.get("doc"); v != nil {
		e.Doc, _ = p.text(v, "doc")
	}
	if v := o.get("why"); v != nil {
		e.Why = p.reason(v)
	}
	p.selectors(o, &e)
	if e.Name == "" {
		return
	}
	if i, twice := pol.entries[e.Name]; twice {
		p.also(p.report(idTwice, e.Pos, "there are two fields %q", e.Name).hint("give one of them another name, or make them one"),
			pol.Catalog[i].Pos, "the first is here")
		return
	}
	pol.entries[e.Name] = len(pol.Catalog)
	pol.Catalog = append(pol.Catalog, e)
}

func (p *parser) selectors(o *object, e *Entry) {
	if v := o.get("keys"); v != nil {
		for _, w := range p.words(v, "keys") {
			if p.keyPattern(w) {
				e.Keys = append(e.Keys, w.Text)
			}
		}
	}
	if v := o.get("paths"); v != nil {
		for _, w := range p.words(v, "paths") {
			if p.path(w) {
				e.Paths = append(e.Paths, w.Text)
			}
		}
	}
	if v := o.get("names"); v != nil {
		for _, w := range p.words(v, "names") {
			if strings.HasSuffix(w.Text, "..*") {
				p.report(idPath, w.Pos, "names: %q is a subtree; names are those of an object", clip(w.Text)).hint("%s", strings.TrimSuffix(w.Text, "..*"))
			} else if p.path(w) {
				e.Names = append(e.Names, w.Text)
			}
		}
	}
	if v := o.get("headers"); v != nil {
		e.Headers = p.headerNames(v)
	}
	if v := o.get("record_key"); v != nil {
		e.RecordKey = p.boolean(v, "record_key")
	}
	if !o.strange && o.get("keys") == nil && o.get("paths") == nil && o.get("names") == nil && o.get("headers") == nil && o.get("record_key") == nil {
		p.report(idNoSelector, e.Pos, "%s says nowhere where it is", e.label()).
			hint("add keys: [name] for a name at any depth, or paths: [\"$.a.b\"] for one place")
	}
}

// label names an entry that may lack a name.
func (e *Entry) label() string {
	if e.Name == "" {
		return "this field"
	}
	return "field " + e.Name
}

func (p *parser) headerNames(n *yaml.Node) []string {
	var out []string
	for _, w := range p.words(n, "headers") {
		if foldName(w.Text) == "" || strings.ContainsAny(w.Text, "* \t\r\n") {
			p.report(idHeader, w.Pos, "%q is no header's name", clip(w.Text)).hint("headers are named one by one, without wildcards")
			continue
		}
		out = append(out, w.Text)
	}
	return out
}

func (p *parser) level(n *yaml.Node) int {
	s, ok := p.text(n, "level")
	if !ok {
		return 4
	}
	for i, name := range levelNames {
		if s == name {
			return i + 1
		}
	}
	pr := p.report(idNotOneOf, posOf(n), "level must be one of L1, L2, L3, L4")
	switch {
	case strings.TrimLeft(s, "lL") >= "5" && digits(strings.TrimLeft(s, "lL")):
		pr.hint("did you mean L4?")
	case suggest("L"+strings.TrimLeft(s, "lL"), levelNames) != "":
		pr.hintText(didYouMean("L"+strings.TrimLeft(s, "lL"), levelNames))
	default:
		pr.hint("L1 technical … L4 identifies a person or is a secret")
	}
	return 4
}

// foreignClasses are what people write for classes of ours.
var foreignClasses = map[string]string{
	"ipv4": "ip", "ipv6": "ip", "ipaddress": "ip", "lat": "location", "lon": "location", "gps": "location", "geo": "location",
	"token": "secret", "password": "secret", "credential": "secret", "mail": "email", "msisdn": "phone", "mobile": "phone",
	"timestamp": "time", "datetime": "time", "birthday": "date", "user": "account", "userid": "account", "id": "account",
	"string": "text", "freetext": "text", "float": "number", "int": "number", "integer": "number", "enum": "category", "guid": "uuid",
}

func (p *parser) class(n *yaml.Node) detect.Class {
	s, ok := p.text(n, "is")
	if !ok {
		return detect.None
	}
	if c, ok := detect.ParseClass(s); ok && c != detect.None {
		return c
	}
	pr := p.report(idNotOneOf, posOf(n), "there is no class %q", clip(s))
	if ours := foreignClasses[foldName(s)]; ours != "" {
		pr.hint("did you mean %s?", ours)
	} else if hint := didYouMean(s, classNames()); hint != "" {
		pr.hintText(hint)
	} else {
		pr.hint("is: is one of %s", strings.Join(classNames(), ", "))
	}
	return detect.None
}

// keyPattern checks a pattern of keys:.
func (p *parser) keyPattern(w Word) bool {
	folded := foldName(w.Text)
	switch {
	case strings.HasPrefix(w.Text, "$"):
		p.report(idPath, w.Pos, "%s is a path; keys: takes names", clip(w.Text)).hint("move it to paths:")
	case folded == "":
		p.report(idName, w.Pos, "%q names nothing: case, '_' and '-' are ignored", clip(w.Text))
	case strings.Trim(folded, "*") == "":
		p.report(idWideKey, w.Pos, "%s matches every name, which would undo default-deny", w.Text).
			hint("name the fields; for one whole subtree there is paths: [\"$.telemetry..*\"]")
	default:
		return true
	}
	return false
}

// foldName is how names are compared: ASCII letters in lower case, '_' and '-'
// ignored (design point 1).
func foldName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '_' || r == '-':
			return -1
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// builtIns adds the groups of use:, and those that come with them, to the
// catalog.
func (p *parser) builtIns(pol *Policy) {
	own := len(pol.Catalog)
	for i, w := range pol.use {
		if _, ok := stdGroup(w.Text); !ok {
			p.report(idNoSuch, w.Pos, "there is no built-in group %q", clip(w.Text)).
				hintText(orList(didYouMean(w.Text, stdGroupNames()), "the groups are ", stdGroupNames()))
		} else if j := indexWord(pol.use[:i], w.Text); j >= 0 {
			p.also(p.report(idTwice, w.Pos, "%s is used twice", w.Text), pol.use[j].Pos, "the first is here")
		}
	}
	for _, group := range stdUse(texts(pol.use)) {
		at := pol.use[max(0, indexWord(pol.use, group))].Pos
		entries, _ := stdGroup(group)
		for _, s := range entries {
			if j, taken := pol.entries[s.Name]; taken {
				if j < own {
					p.replaces(&pol.Catalog[j], s)
				}
				continue
			}
			pol.entries[s.Name] = len(pol.Catalog)
			pol.Catalog = append(pol.Catalog, Entry{
				Name: s.Name, Level: s.Level, Class: s.Class, Domain: s.Domain, Keys: s.Keys, Doc: s.Doc, Source: s.Source, Group: group, Pos: at,
			})
		}
	}
	if len(pol.use) > 0 {
		pol.Containers = append(pol.Containers, stdContainers()...)
	}
}

func indexWord(ws []Word, text string) int {
	for i := range ws {
		if ws[i].Text == text {
			return i
		}
	}
	return -1
}

// replaces checks an own entry that takes the place of a built-in one: it may
// neither lower its level nor lose its names unless it says why.
func (p *parser) replaces(e *Entry, s StdEntry) {
	if e.Why != "" {
		return
	}
	if e.Level < s.Level {
		p.report(idLowered, e.Pos, "%s is L%d in the built-in catalog; here it is L%d", e.Name, s.Level, e.Level).
			hint("raise it to L%d, or add why: with the reason", s.Level)
	}
	var lost []string
	for _, k := range s.Keys {
		if !coversKey(e.Keys, k) {
			lost = append(lost, k)
		}
	}
	if len(lost) > 0 {
		p.report(idNamesLost, e.Pos, "%s replaces the built-in entry and loses its names %s", e.Name, list(lost, 5)).
			hint("add them to keys:, give the entry another name, or add why: with the reason")
	}
}

func coversKey(patterns []string, key string) bool {
	for _, pat := range patterns {
		if globCovers(foldName(pat), foldName(key)) {
			return true
		}
	}
	return false
}
