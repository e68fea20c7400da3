package rules

import (
	"errors"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

// profileProps are the properties of a profile.
var profileProps = []prop{
	{name: "internal", doc: "true for a recipient inside the owner's organization: identifiers may be kept and unknown values let through.", schema: schemaBool},
	{name: "purpose", doc: "What the recipient uses the data for, for the record of processing.", schema: schemaText},
	{name: "key", doc: "The name of the pseudonym key; redactor.yaml binds it to a secret file. Every profile has its own. {name: …, why: …} says why it may live for more than 30 days.", schema: schemaKey},
	{name: "extends", doc: "Another profile whose levels, fields, filters and record this one begins with; never its key, nor internal.", schema: schemaName},
	{name: "levels", doc: "What becomes of a field of each level that fields: does not name. A level that is not here is dropped.", schema: func() schema {
		levels := schema{}
		for _, l := range levelNames {
			levels[l] = ruleRef()
		}
		return schema{"type": "object", "properties": levels, "additionalProperties": false}
	}},
	{name: "fields", doc: "What becomes of single fields, by name.", schema: func() schema {
		return schema{"type": "object", "additionalProperties": ruleRef()}
	}},
	{name: "unknown", doc: "What becomes of a value that no entry names: drop (the default), quarantine, and for internal profiles null or keep.", schema: func() schema {
		return schema{"enum": []any{"drop", "quarantine", "null", nil, "keep"}}
	}},
	{name: "only", doc: "Only records for which every condition holds are sent: {\"$.type\": [crash, anr]}.", schema: schemaFilters},
	{name: "except", doc: "Records for which any condition holds are not sent: {\"$.age\": {below: 18}}.", schema: schemaFilters},
	{name: "record", doc: "What becomes of the record's timestamp, headers and partition.", schema: func() schema { return schemaObject(recordProps) }},
	{name: "unfit", doc: "A value that a transform cannot take becomes null; quarantine sets the record aside instead.", schema: func() schema {
		return schema{"enum": []any{"null", nil, "quarantine"}}
	}},
	{name: "guard", doc: "Before a record leaves it is read once more, for identifiers that the profile does not allow: off, all, or {sample: 100, stop: {leaks: 50, minutes: 10}}. When not given: all for an outside recipient, off for an internal one.", schema: schemaGuard},
	{name: "format", doc: "How the recipient's records are written, where the stream's format leaves room for it.", schema: func() schema { return schemaObject(outputProps) }},
	{name: "layout", doc: "keep leaves white space as the client sent it; compact removes it, since it shows which client that was.", schema: func() schema { return schemaEnum(layoutNames...) }},
}

var outputProps = []prop{
	{name: "csv", doc: "Of CSV: dropped: empty leaves the columns that an entry drops in their place, empty, for readers who count columns; remove, the default, takes them out. Columns that no entry names go in either case.", schema: func() schema { return schemaObject(outputCSVProps) }, required: true},
}

var outputCSVProps = []prop{
	{name: "dropped", doc: "remove (the default) or empty.", schema: func() schema { return schemaEnum(droppedNames...) }, required: true},
}

var droppedNames = []string{"remove", "empty"}

var recordProps = []prop{
	{name: "time", doc: "The unit that the record's timestamp is cut to: keep, second, minute, hour, day, week, month, quarter, year. When not given: keep for an internal profile, else the coarsest unit of the payload.", schema: func() schema { return schemaEnum(unitNames...) }},
	{name: "headers", doc: "Headers that pass by name although no entry names them.", schema: func() schema {
		return schema{"type": "array", "items": schemaText()}
	}},
	{name: "partition", doc: "same keeps the partition number; by-key chooses it by the new key; spread at random.", schema: func() schema { return schemaEnum(partitionNames...) }},
	{name: "stamp", doc: "true adds a header with the policy's name and digest.", schema: schemaBool},
}

var boundProps = []prop{
	{name: "below", doc: "Numbers less than this.", schema: schemaNumber},
	{name: "at_least", doc: "Numbers of this or more.", schema: schemaNumber},
}

func schemaFilters() schema {
	scalar := schema{"type": []string{"string", "number", "boolean", "null"}}
	return schema{"type": "object", "additionalProperties": schema{"oneOf": []schema{
		scalar, {"type": "array", "items": scalar, "minItems": 1}, schemaObject(boundProps)}}}
}

var (
	partitionNames = []string{redact.PartitionSame: "same", redact.PartitionByKey: "by-key", redact.PartitionSpread: "spread"}
	unknownNames   = []string{redact.UnknownDrop: "drop", redact.UnknownNull: "null", redact.UnknownKeep: "keep", redact.UnknownQuarantine: "quarantine"}
	layoutNames    = []string{"keep", "compact"}
)

// maxProfiles bounds the recipients: every field is decided for each.
const maxProfiles = 256

// profiles reads the profiles and merges what they inherit into them.
func (p *parser) profiles(pol *Policy, n *yaml.Node) {
	p.pairs(n, "profiles", func(k, v *yaml.Node) {
		name, ok := p.name(k, "profile")
		if !ok {
			return
		}
		pol.Profiles = append(pol.Profiles, p.profile(name, k, v))
	})
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.report(idEmpty, posOf(n), "there are no profiles: nobody gets anything")
	}
	if len(pol.Profiles) > maxProfiles {
		p.report(idName, posOf(n), "%d profiles; a policy may have %d", len(pol.Profiles), maxProfiles).hint("split the policy by source")
		pol.Profiles = pol.Profiles[:maxProfiles]
	}
	p.inherit(pol)
}

func (p *parser) profile(name string, k, n *yaml.Node) Profile {
	pr := Profile{Name: name, Pos: posOf(k), Fields: map[string]*Rule{}}
	o := p.mapping(n, "a profile", profileProps)
	if n.Kind != yaml.MappingNode {
		return pr
	}
	if v := o.get("internal"); v != nil {
		pr.Internal = p.boolean(v, "internal")
	}
	if v := o.get("purpose"); v != nil {
		pr.Purpose, _ = p.text(v, "purpose")
	}
	if v := o.get("key"); v != nil {
		p.key(&pr, v)
	}
	if v := o.get("extends"); v != nil {
		if s, ok := p.name(v, "extends"); ok {
			pr.Extends = Word{s, posOf(v)}
		}
	}
	p.levels(&pr, o)
	if v := o.get("fields"); v != nil {
		p.pairs(v, "fields", func(k, v *yaml.Node) {
			if r := p.rule(v); r != nil {
				r.Pos = posOf(k)
				pr.Fields[k.Value] = r
			} else {
				pr.Fields[k.Value] = &Rule{action: dropAction, Pos: posOf(k)} // reported; no second complaint for lack of it
			}
		})
	}
	p.handling(&pr, o)
	return pr
}

func (p *parser) levels(pr *Profile, o *object) {
	v := o.get("levels")
	if v == nil {
		return
	}
	p.pairs(v, "levels", func(k, v *yaml.Node) {
		for i, name := range levelNames {
			if k.Value == name {
				if r := p.rule(v); r != nil {
					r.Pos = posOf(k)
					p.onlyInFields(r, "a level")
					pr.Levels[i+1] = r
				}
				return
			}
		}
		p.report(idNotOneOf, posOf(k), "a level is one of L1, L2, L3, L4, not %q", clip(k.Value)).hintText(didYouMean(k.Value, levelNames))
	})
}

// handling reads what is not about single fields.
func (p *parser) handling(pr *Profile, o *object) {
	if v := o.get("unknown"); v != nil {
		word := v.Value // YAML's null spelled out is the word
		if !(v.Kind == yaml.ScalarNode && word == "null") {
			word, _ = p.oneOf(v, "unknown", unknownNames)
		}
		pr.Unknown = redact.Unknown(max(0, indexOf(unknownNames, word)))
		pr.unknownAt = posOf(v)
	}
	if v := o.get("only"); v != nil {
		pr.Only = p.filters(v, "only")
	}
	if v := o.get("except"); v != nil {
		pr.Except = p.filters(v, "except")
	}
	if v := o.get("record"); v != nil {
		p.envelope(&pr.Record, v)
	}
	if v := o.get("unfit"); v != nil {
		word := v.Value
		if !(v.Kind == yaml.ScalarNode && word == "null") {
			word, _ = p.oneOf(v, "unfit", []string{"null", "quarantine"})
		}
		pr.Unfit, pr.unfitSet = word == "quarantine", true
	}
	if v := o.get("guard"); v != nil {
		p.guard(pr, v)
	}
	if v := o.get("format"); v != nil {
		if v := p.mapping(v, "format", outputProps).get("csv"); v != nil {
			if v := p.mapping(v, "csv", outputCSVProps).get("dropped"); v != nil {
				word, _ := p.oneOf(v, "dropped", droppedNames)
				pr.KeepColumns, pr.columnSet = word == "empty", true
			}
		}
	}
	if v := o.get("layout"); v != nil {
		word, _ := p.oneOf(v, "layout", layoutNames)
		pr.Compact, pr.layoutSet = word == "compact", true
	}
}

func indexOf(words []string, word string) int {
	for i, w := range words {
		if w == word {
			return i
		}
	}
	return -1
}

func (p *parser) envelope(e *Envelope, n *yaml.Node) {
	o := p.mapping(n, "record", recordProps)
	if v := o.get("time"); v != nil {
		if word, ok := p.oneOf(v, "time", unitNames); ok {
			e.Time, e.TimeSet, e.timeAt = unitOf(word), true, posOf(v)
		}
	}
	if v := o.get("headers"); v != nil {
		e.headersSet = true
		if !(v.Kind == yaml.SequenceNode && len(v.Content) == 0) { // [] takes back what was inherited
			for _, w := range p.words(v, "headers") {
				if foldName(w.Text) == "" || strings.ContainsAny(w.Text, "* \t\r\n") {
					p.report(idHeader, w.Pos, "%q is no header's name", clip(w.Text)).hint("headers are named one by one, without wildcards")
					continue
				}
				e.Headers = append(e.Headers, w)
			}
		}
	}
	if v := o.get("partition"); v != nil {
		word, _ := p.oneOf(v, "partition", partitionNames)
		e.Partition, e.partitionSet = redact.Partition(max(0, indexOf(partitionNames, word))), true
	}
	if v := o.get("stamp"); v != nil {
		e.Stamp, e.stampSet = p.boolean(v, "stamp"), true
	}
}

// filters reads only: or except:, a mapping of paths to what their values are
// compared with.
func (p *parser) filters(n *yaml.Node, what string) []Filter {
	var out []Filter
	p.pairs(n, what, func(k, v *yaml.Node) {
		f := Filter{Pos: posOf(k)}
		f.Path = k.Value
		if !p.path(Word{k.Value, posOf(k)}) {
			return
		}
		if p.condition(&f.Condition, v, what) {
			out = append(out, f)
		}
	})
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.report(idEmpty, posOf(n), "%s: has no condition", what).hint("remove the line, or say which records")
	}
	return out
}

func (p *parser) condition(c *redact.Condition, n *yaml.Node, what string) bool {
	switch n.Kind {
	case yaml.ScalarNode:
		c.In = []string{n.Value}
		if n.Value == "" && n.ShortTag() == "!!null" {
			p.report(idFilter, posOf(n), "%s: compares with nothing here", what).hint("write [crash, anr], or {below: 18}")
			return false
		}
		return true
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			p.report(idEmpty, posOf(n), "%s: compares with no value here", what).hint("say which: [crash, anr]")
			return false
		}
		for _, v := range n.Content {
			if v.Kind != yaml.ScalarNode {
				p.report(idFilter, posOf(v), "%s: compares with texts, numbers, true, false and null, not with %s", what, describe(v))
				return false
			}
			c.In = append(c.In, v.Value)
		}
		return true
	}
	o := p.mapping(n, "a condition", boundProps)
	ok := o.ok
	for _, b := range []struct {
		name string
		v    **float64
	}{{"below", &c.Below}, {"at_least", &c.AtLeast}} {
		if v := o.get(b.name); v != nil {
			f, good := p.number(v, b.name)
			*b.v, ok = &f, ok && good
		}
	}
	switch {
	case !ok:
		return false
	case c.Below == nil && c.AtLeast == nil && o.strange:
		return false
	case c.Below == nil && c.AtLeast == nil:
		p.report(idFilter, posOf(n), "%s: has no bound here", what).hint("write {below: 18} or {at_least: 65}")
		return false
	case c.Below != nil && c.AtLeast != nil && *c.AtLeast >= *c.Below:
		p.report(idFilter, posOf(n), "no number is at least %s and below %s", spell(*c.AtLeast), spell(*c.Below)).
			hint("both bounds hold at once: at_least is the smaller one")
		return false
	}
	return true
}

// path checks a path with the engine's own parser.
func (p *parser) path(w Word) bool {
	err := redact.ValidatePath(w.Text)
	if err == nil {
		return true
	}
	var pe *redact.PathError
	if errors.As(err, &pe) {
		p.report(idPath, w.Pos, "path %s, character %s: %s", strconv.Quote(clip(w.Text)), strconv.Itoa(pe.At+1), pe.Message).hintText(pe.Hint)
	} else {
		p.report(idPath, w.Pos, "%v", err)
	}
	return false
}
