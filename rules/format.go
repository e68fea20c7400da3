package rules

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

// This file is how a policy says in which format records are written.
//
//	format: logfmt
//	format: {csv: {columns: [ts, imei, battery], separator: ";"}}
//	format: {access: {pattern: '$remote_addr [$time_local] "$request" $status'}}

// formatNames are the formats of streams. Forms and cookies are formats of
// values only: see transform_json.go.
var formatNames = []string{"json", "ndjson", "array", "text", "logfmt", "csv", "syslog", "access"}

// accessPatterns are patterns of access logs that have a name.
var accessPatterns = map[string]string{"combined": redact.PatternCombined, "common": redact.PatternCommon}

var csvProps = []prop{
	{name: "columns", doc: "The names of the columns, in their order. When not given, the first line of each record names them.", schema: func() schema { return schemaList(schemaText()) }},
	{name: "separator", doc: "What stands between cells: one character, tab for a tab; a comma when not given.", schema: schemaText},
}

var accessProps = []prop{
	{name: "pattern", doc: "The log_format that the lines were written with, in nginx's words, or combined (the default) or common. $http_NAME is the field NAME, $request is request_method, url and server_protocol.", schema: schemaText, required: true},
}

func schemaFormat() schema {
	return schema{"oneOf": []schema{schemaEnum(formatNames...), schemaObject([]prop{
		{name: "csv", doc: "RFC 4180.", schema: func() schema { return schemaObject(csvProps) }},
		{name: "access", doc: "Access logs.", schema: func() schema { return schemaObject(accessProps) }},
	})}}
}

// format reads a format: a word, or one with its arguments.
func (p *parser) format(n *yaml.Node) redact.Format {
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		return p.formatWith(n.Content[0], n.Content[1])
	}
	if n.Kind == yaml.MappingNode {
		p.report(idFormat, posOf(n), "a stream has one format: a word, or {csv: …} or {access: …}")
		return redact.Format{}
	}
	word, ok := p.text(n, "format")
	if !ok {
		return redact.Format{}
	}
	return redact.Format{Kind: p.formatKind(word, posOf(n))}
}

func (p *parser) formatKind(word string, at Pos) redact.FormatKind {
	k, _ := redact.ParseFormatKind(word)
	if !slices.Contains(formatNames, word) {
		p.report(idFormat, at, "there is no format %q", clip(word)).hintText(orList(didYouMean(word, formatNames), "there are ", formatNames))
		return redact.FormatJSON
	}
	return k
}

func (p *parser) formatWith(name, args *yaml.Node) redact.Format {
	f := redact.Format{Kind: p.formatKind(name.Value, posOf(name))}
	switch f.Kind {
	case redact.FormatCSV:
		p.csv(&f, args)
	case redact.FormatAccess:
		p.access(&f, args)
	default:
		if slices.Contains(formatNames, name.Value) {
			p.report(idFormat, posOf(args), "%s takes no arguments", name.Value).hint("write format: %s", name.Value)
		}
	}
	return f
}

func (p *parser) csv(f *redact.Format, args *yaml.Node) {
	o := p.mapping(args, "csv", csvProps)
	if v := o.get("columns"); v != nil {
		for _, w := range p.words(v, "columns") {
			if foldName(w.Text) == "" {
				p.report(idFormatArgs, w.Pos, "%q is no name of a column", clip(w.Text)).hint("every column has a name, by which the catalog finds it")
				continue
			}
			if slices.Contains(f.Columns, w.Text) {
				p.report(idFormatArgs, w.Pos, "there are two columns %q", clip(w.Text))
			}
			f.Columns = append(f.Columns, w.Text)
		}
	}
	if v := o.get("separator"); v != nil {
		word, ok := p.text(v, "separator")
		if word == "tab" {
			word = "\t"
		}
		switch {
		case !ok:
		case len(word) != 1 || word[0] >= 0x7F || word[0] < ' ' && word[0] != '\t' || word == `"`:
			p.report(idFormatArgs, posOf(v), "%q cannot separate cells", clip(word)).hint("one ASCII character that is no quote; tab for a tab")
		default:
			f.Separator = word[0]
		}
	}
}

func (p *parser) access(f *redact.Format, args *yaml.Node) {
	o := p.mapping(args, "access", accessProps)
	v := o.get("pattern")
	if v == nil {
		return
	}
	word, ok := p.text(v, "pattern")
	if !ok {
		return
	}
	if named, ok := accessPatterns[word]; ok {
		word = named
	}
	if err := redact.ValidateFormat(redact.Format{Kind: redact.FormatAccess, Pattern: word}); err != nil {
		p.report(idFormatArgs, posOf(v), "%v", err).hint("the words of nginx's log_format: '$remote_addr [$time_local] \"$request\" $status'")
		return
	}
	f.Pattern = word
}

// spellFormat spells a format with its arguments, canonically.
func spellFormat(f redact.Format) string {
	s := f.Kind.String()
	if len(f.Columns) > 0 {
		quoted := make([]string, len(f.Columns))
		for i, c := range f.Columns {
			quoted[i] = strconv.Quote(c)
		}
		s += " columns " + strings.Join(quoted, ",")
	}
	if f.Separator != 0 {
		s += " separator " + strconv.Quote(string(f.Separator))
	}
	if f.Pattern != "" {
		s += " pattern " + strconv.Quote(f.Pattern)
	}
	return s
}

// namesElements reports whether the policy names places in an array at the
// root: then such a record is one record, else it is its elements (design 3.15).
func (p *Policy) namesElements(eventTime string) bool {
	names := func(path string) bool {
		rest, ok := strings.CutPrefix(path, "$[")
		rest = strings.TrimLeft(rest, " ")
		return ok && rest != "" && (rest[0] == '*' || '0' <= rest[0] && rest[0] <= '9')
	}
	for i := range p.Catalog {
		if slices.ContainsFunc(p.Catalog[i].Paths, names) {
			return true
		}
	}
	for i := range p.Profiles {
		for _, f := range slices.Concat(p.Profiles[i].Only, p.Profiles[i].Except) {
			if names(f.Path) {
				return true
			}
		}
	}
	return names(eventTime)
}

// elementWord is what an element of a record is called.
func elementWord(f redact.Format) string {
	switch f.Kind {
	case redact.FormatJSON, redact.FormatArray:
		return "element"
	case redact.FormatCSV:
		return "row"
	}
	return "line"
}

// images returns the records that a record of a format holds, each as the JSON
// text that says the same; nil for one that cannot be read.
func images(f redact.Format, value []byte) [][]byte {
	if value == nil {
		return nil
	}
	list, ok := redact.Images(f, value)
	if !ok {
		return [][]byte{nil}
	}
	return list
}

// listed reports whether an output of a format is compared as a list of
// records: one line of a log is a record, not a list of one.
func listed(f redact.Format, n int) bool {
	switch f.Kind {
	case redact.FormatNDJSON, redact.FormatArray, redact.FormatCSV:
		return true
	}
	return n > 1
}

// decodeOutput reads an output into the form that expectations have. Members
// of a log whose place is empty are not there.
func decodeOutput(f redact.Format, out []byte) *want {
	if out == nil || f.Kind == redact.FormatJSON {
		return decodeJSON(out)
	}
	list, ok := redact.Images(f, out)
	if !ok {
		return &want{kind: wantString, text: string(out)}
	}
	w := &want{kind: wantArray}
	for _, text := range list {
		item := decodeJSON(text)
		if f.Kind == redact.FormatSyslog || f.Kind == redact.FormatAccess {
			item.members = slices.DeleteFunc(item.members, func(m namedWant) bool { return m.want.kind == wantNull })
		}
		w.items = append(w.items, *item)
	}
	if !listed(f, len(w.items)) && len(w.items) == 1 {
		return &w.items[0]
	}
	return w
}
