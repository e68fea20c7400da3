package rules

import (
	"slices"
	"strings"

	"redactor/detect"
)

// Matrix is a policy as the table that a reviewer reads: fields by recipients.
type Matrix struct {
	Title    string // the policy's name, or a built-in group's
	File     string
	Digest   string
	Owner    string
	Approved string // who signed and until when, in words; "" for nobody
	Profiles []MatrixProfile
	Rows     []MatrixRow
}

// MatrixProfile is the head of a column: who the recipient is, and what is not
// about single fields.
type MatrixProfile struct {
	Name      string   `json:"name"`
	Internal  bool     `json:"internal"`
	Purpose   string   `json:"purpose,omitempty"`
	Key       string   `json:"key,omitempty"`
	Unknown   string   `json:"unknown"`
	Unfit     string   `json:"unfit"`
	Guard     string   `json:"guard"`
	Time      string   `json:"time"`
	Headers   []string `json:"headers"`
	Partition string   `json:"partition"`
	Layout    string   `json:"layout"`
	Only      []string `json:"only"`
	Except    []string `json:"except"`
	Topics    []string `json:"topics"`
}

// MatrixRow is a field of the catalog.
type MatrixRow struct {
	Name    string   `json:"name"`
	Level   int      `json:"level"`
	Class   string   `json:"is,omitempty"`
	Domain  string   `json:"domain"`
	Doc     string   `json:"doc,omitempty"`
	Source  string   `json:"source,omitempty"`
	Group   string   `json:"group,omitempty"`
	Keys    []string `json:"keys,omitempty"`
	Paths   []string `json:"paths,omitempty"`
	Headers []string `json:"headers,omitempty"`
	Key     bool     `json:"record_key,omitempty"`
	Line    int      `json:"line,omitempty"`
	Cells   []Cell   `json:"cells,omitempty"` // one for each profile
}

// Cell says what one profile does with one field. Text is what the table
// shows: the name of a variant, else the transform; Exact is always the
// transform.
type Cell struct {
	Profile string `json:"profile"`
	Text    string `json:"text"`
	Exact   string `json:"transform"`
	By      string `json:"by"` // fields, levels, or default: no rule
	Line    int    `json:"line,omitempty"`
	Why     string `json:"why,omitempty"`
	Note    string `json:"note,omitempty"`
	drops   bool
}

// Matrix returns the policy as a table.
func (p *Policy) Matrix() *Matrix {
	m := &Matrix{Title: p.Name, File: p.File, Digest: p.Digest(), Owner: p.Owner}
	if a := p.Approved; a != nil {
		m.Approved = a.By + ", " + a.Date
		if a.Expires != "" {
			m.Approved += ", until " + a.Expires
		}
		if a.Ticket != "" {
			m.Approved += ", " + a.Ticket
		}
	}
	for i := range p.Profiles {
		m.Profiles = append(m.Profiles, p.matrixProfile(&p.Profiles[i]))
	}
	for i := range p.Catalog {
		row := rowOf(&p.Catalog[i])
		for j := range p.Profiles {
			row.Cells = append(row.Cells, cellOf(&p.Profiles[j], &p.Catalog[i]))
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// GroupMatrix returns a built-in group of the catalog, such as std/device, as
// a table without recipients.
func GroupMatrix(group string) (*Matrix, bool) {
	entries, ok := stdGroup(group)
	if !ok {
		return nil, false
	}
	m := &Matrix{Title: group}
	for _, s := range entries {
		m.Rows = append(m.Rows, rowOf(&Entry{Name: s.Name, Level: s.Level, Class: s.Class, Domain: s.Domain, Keys: s.Keys, Doc: s.Doc, Source: s.Source, Group: group}))
	}
	return m, true
}

// Groups returns the names of the built-in groups.
func Groups() []string { return stdGroupNames() }

func rowOf(e *Entry) MatrixRow {
	row := MatrixRow{
		Name: e.Name, Level: e.Level, Domain: e.domain(), Doc: e.Doc, Source: e.Source, Group: e.Group,
		Keys: e.Keys, Paths: e.Paths, Headers: e.Headers, Key: e.RecordKey,
	}
	for _, path := range e.Names {
		row.Paths = append(slices.Clip(row.Paths), "names of "+path)
	}
	if e.Class != 0 {
		row.Class = e.Class.String()
	}
	if e.Group == "" {
		row.Line = e.Pos.Line
	}
	return row
}

func cellOf(pr *Profile, e *Entry) Cell {
	d := pr.decide(e)
	c := Cell{Profile: pr.Name, Text: d.String(), Exact: d.action().String(), By: d.how.String(), drops: d.action() == action(dropAction)}
	if r := d.rule; r != nil {
		c.Line, c.Why = r.Pos.Line, r.Why
		if r.From != "" {
			c.Note = "from " + r.From
		}
	}
	if d.how == unsuited {
		c.Note = levelNames[e.Level-1] + " says " + d.said.String() + ", which is for " + suitsWhat(d.said.action.kind()) + "; this " + className(e.Class)
	}
	return c
}

// suitsWhat says in a word what a levels: rule is for.
func suitsWhat(k *kind) string {
	switch k {
	case &keepKind, &nullKind:
		return "all but secrets"
	case &pseudonymKind, &maskKind:
		return "identifiers"
	}
	var names []string
	for _, name := range classNames() {
		if c, _ := detect.ParseClass(name); k.suits(c) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// String says why, in the words of the policy.
func (h how) String() string {
	return [...]string{"default", "fields", "levels", "default"}[h]
}

func (p *Policy) matrixProfile(pr *Profile) MatrixProfile {
	mp := MatrixProfile{
		Name: pr.Name, Internal: pr.Internal, Purpose: pr.Purpose, Key: pr.Key.Text,
		Unknown: unknownNames[pr.Unknown], Unfit: "null", Guard: pr.guard().String(), Time: unitNames[p.recordTime(pr)],
		Headers: texts(pr.Record.Headers), Partition: partitionNames[pr.Record.Partition], Layout: layoutNames[boolInt(pr.Compact)],
		Only: filterTexts(pr.Only), Except: filterTexts(pr.Except), Topics: []string{},
	}
	if pr.Unfit {
		mp.Unfit = "quarantine"
	}
	for i := range p.Streams {
		for _, d := range p.Streams[i].To {
			if d.Profile.Text == pr.Name {
				mp.Topics = append(mp.Topics, p.Streams[i].From.Text+" → "+d.Topic.Text)
			}
		}
	}
	return mp
}

func filterTexts(fs []Filter) []string {
	out := make([]string, len(fs))
	for i := range fs {
		out[i] = fs[i].Path + " " + conditionText(&fs[i].Condition)
	}
	return out
}

// where spells the places of a field, for a table.
func (r *MatrixRow) where(limit int) string {
	names := append(append([]string{}, r.Paths...), r.Keys...)
	for _, h := range r.Headers {
		names = append(names, "header "+h)
	}
	if r.Key {
		names = append(names, "record key")
	}
	return list(names, limit)
}

// settings are the rows below the fields: what a profile does with everything
// that is no field.
func (mp *MatrixProfile) settings() [][2]string {
	kind := "external"
	if mp.Internal {
		kind = "internal"
	}
	rows := [][2]string{
		{"recipient", kind},
		{"unknown values", mp.Unknown},
		{"values that do not fit", mp.Unfit}, {"guard", mp.Guard},
		{"record time", mp.Time},
		{"record headers", orNone(strings.Join(mp.Headers, ", "))},
		{"partition", mp.Partition},
		{"white space", map[string]string{"keep": "as the source has it", "compact": "removed"}[mp.Layout]},
		{"only records with", orNone(strings.Join(mp.Only, "; "))},
		{"no records with", orNone(strings.Join(mp.Except, "; "))},
		{"key", orNone(mp.Key)},
		{"streams", orNone(strings.Join(mp.Topics, "; "))},
	}
	return rows
}

func orNone(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// dash is what a table shows for drop: most cells are, and a reader looks for
// what leaves.
const dash = "—"

func (c *Cell) show() string {
	if c.drops {
		return dash
	}
	return c.Text
}
