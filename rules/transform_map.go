package rules

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

var mapKind = kind{
	name:  "map",
	doc:   "Looks the value up in a table: by the whole text, the TAC of an IMEI or the OUI of a MAC address. What is not in it becomes the default, or null.",
	usage: "{map: {by: tac, values: {\"35693803\": Phone A}, default: other}}, or with file: tac.csv",
	suits: noClass,
	parse: parseMap,
	rank:  redact.RankGeneralize,
	schema: func() schema {
		s := schemaObject(mapProps)
		s["oneOf"] = []schema{{"required": []string{"values"}}, {"required": []string{"file"}}}
		return s
	},
}

// mapAction holds its table as one text, so that equal actions compare equal:
// a JSON array of keys and values in turn, by key.
type mapAction struct {
	by         redact.MapKey
	size       int // rows
	table      string
	fallback   string
	hasDefault bool
}

func (mapAction) kind() *kind { return &mapKind }

func (a mapAction) rows() (keys, values []string) {
	var all []string
	if err := json.Unmarshal([]byte(a.table), &all); err != nil {
		panic("rules: internal error: a table that is none")
	}
	for i := 0; i < len(all); i += 2 {
		keys, values = append(keys, all[i]), append(values, all[i+1])
	}
	return keys, values
}

// String names the table by its hash: a reviewer is shown how long it is, and
// the digest sees each row.
func (a mapAction) String() string {
	sum := sha256.Sum256([]byte(a.table))
	s := fmt.Sprintf("map %s of %s (%x)", a.by, plural(a.size, "value"), sum[:8])
	if a.hasDefault {
		s += " default " + strconv.Quote(a.fallback)
	}
	return s
}

func (a mapAction) digest() string {
	sum := sha256.Sum256([]byte(a.table))
	return a.String() + fmt.Sprintf(" %x", sum)
}

func (a mapAction) build(*binding) (redact.Transform, error) {
	keys, values := a.rows()
	return redact.Map(redact.MapOptions{By: a.by, Keys: keys, Values: values, Default: a.fallback, HasDefault: a.hasDefault})
}

var mapProps = []prop{
	{name: "by", doc: "What is looked up: the whole text (when not said), the tac of an IMEI, the oui of a MAC address.", schema: func() schema { return schemaEnum(mapKeyNames...) }},
	{name: "values", doc: "The table: from what is looked up to what is put in its place.", schema: func() schema {
		return schema{"type": "object", "additionalProperties": schemaText(), "minProperties": 1}
	}},
	{name: "file", doc: "The table as a file beside the policy: CSV, what is looked up and what is put in its place; # begins a comment.", schema: schemaText},
	{name: "default", doc: "What is put in the place of a value that the table has not; without it, null.", schema: schemaText},
}

var mapKeyNames = []string{redact.MapWhole: "whole", redact.MapTAC: "tac", redact.MapOUI: "oui"}

func parseMap(p *parser, args *yaml.Node) (action, bool) {
	o := p.mapping(args, "map", mapProps)
	var a mapAction
	ok := o.ok
	if n := o.get("by"); n != nil {
		word, ok2 := p.oneOf(n, "by", mapKeyNames)
		a.by = redact.MapKey(max(0, slices.Index(mapKeyNames, word)))
		ok = ok && ok2
	}
	if n := o.get("default"); n != nil {
		var ok2 bool
		a.fallback, ok2 = p.mapText(n, "default")
		a.hasDefault, ok = true, ok && ok2
	}
	values, file := o.get("values"), o.get("file")
	switch {
	case values == nil && file == nil && !o.strange && o.ok:
		p.report(idMissing, posOf(args), "map needs values: or file:").hint("values: {wifi: fixed, 5g: mobile}, or file: networks.csv")
		return a, false
	case values != nil && file != nil:
		p.report(idTransformArgs, posOf(file), "map has values: and file:").hint("leave one of them")
		return a, false
	case values != nil || file != nil:
		var rows [][2]string
		var ok2 bool
		if values != nil {
			rows, ok2 = p.mapRows(values, a.by)
		} else {
			rows, ok2 = p.mapFile(file, a.by)
		}
		slices.SortFunc(rows, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
		flat := make([]string, 0, 2*len(rows))
		for _, r := range rows {
			flat = append(flat, r[0], r[1])
		}
		table, err := json.Marshal(flat)
		a.table, a.size, ok = string(table), len(rows), ok && ok2 && err == nil
	default:
		ok = false
	}
	return a, ok
}

func (p *parser) mapRows(n *yaml.Node, by redact.MapKey) (rows [][2]string, ok bool) {
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.report(idEmpty, posOf(n), "the table of values is empty").hint("values: {wifi: fixed, 5g: mobile}")
		return nil, false
	}
	if n.Kind != yaml.MappingNode {
		p.report(idType, posOf(n), "values is a mapping from what is looked up to what is put in its place, not %s", describe(n))
		return nil, false
	}
	ok = true
	seen := map[string]Pos{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		name, ok1 := p.text(k, "what is looked up")
		value, ok2 := p.mapText(v, "what is put in its place")
		key, ok3 := redact.AppendMapKey(nil, by, name)
		switch at, twice := seen[string(key)]; {
		case !ok1 || !ok2:
			ok = false
			continue
		case !ok3:
			p.report(idTransformArgs, posOf(k), "%q is no %s", clip(name), mapKeyForms[by]).hintText(mapKeyHints[by])
			ok = false
			continue
		case twice:
			p.also(p.report(idTwice, posOf(k), "%q is looked up twice", clip(name)), at, "the first is here")
			ok = false
		}
		seen[string(key)] = posOf(k)
		rows = append(rows, [2]string{string(key), value})
	}
	return rows, ok
}

var (
	mapKeyForms = [...]string{redact.MapWhole: "text", redact.MapTAC: "TAC", redact.MapOUI: "OUI"}
	mapKeyHints = [...]string{redact.MapWhole: "", redact.MapTAC: "a TAC is the first 8 digits of an IMEI, in quotes", redact.MapOUI: "an OUI is the first 6 hex digits of a MAC address: 00:1a:2b"}
)

// mapText reads a text of the table, which is written once for each value.
func (p *parser) mapText(n *yaml.Node, what string) (string, bool) {
	s, ok := p.text(n, what)
	if ok && len(s) > maxReplace {
		p.report(idTransformArgs, posOf(n), "%s has %d bytes; it may have %d", what, len(s), maxReplace)
		return "", false
	}
	return s, ok
}

func (a mapAction) form() string {
	_, values := a.rows()
	if a.hasDefault {
		values = append(values, a.fallback)
	}
	slices.Sort(values)
	return "one of " + list(slices.Compact(values), 6)
}
