package rules

import (
	"fmt"
	"io"
	"strings"

	"redactor/detect"
	"redactor/redact"
)

// Dictionary is what an analyst gets with one recipient's output: each field
// that may be in it, what it means, how coarse it is, and what it can be joined
// with.
type Dictionary struct {
	Policy  string           `json:"policy"`
	Digest  string           `json:"digest"`
	Profile MatrixProfile    `json:"profile"`
	Entries []DictionaryItem `json:"fields"`
}

// DictionaryItem is one field of a recipient's output.
type DictionaryItem struct {
	Name    string   `json:"name"`
	Level   int      `json:"level"`
	Meaning string   `json:"meaning"`
	Form    string   `json:"form"`  // what the values look like and how coarse they are
	Joins   string   `json:"joins"` // with what, and until when
	Names   []string `json:"names"` // where it stands in a record
}

// Dictionary returns the data dictionary of a profile's output; false when
// there is no such profile. Fields of which nothing leaves are not in it.
func (p *Policy) Dictionary(profile string) (*Dictionary, bool) {
	pr := p.profile(profile)
	if pr == nil {
		return nil, false
	}
	d := &Dictionary{Policy: p.Name, Digest: p.Digest(), Profile: p.matrixProfile(pr)}
	for i := range p.Catalog {
		e := &p.Catalog[i]
		dec := pr.decide(e)
		if dec.action() == action(dropAction) {
			continue
		}
		row := rowOf(e)
		item := DictionaryItem{
			Name: e.Name, Level: e.Level, Meaning: orNone(e.Doc), Form: withField(dec.action().form(), e),
			Joins: p.joins(pr, e, alone(dec.action())), Names: append(append([]string{}, row.Paths...), row.Keys...),
		}
		for _, h := range e.Headers {
			item.Names = append(item.Names, "header "+h)
		}
		if e.RecordKey {
			item.Names = append(item.Names, "record key")
		}
		if alone(dec.action()) != action(dropAction) {
			d.Entries = append(d.Entries, item)
		}
		if with, ok := dec.action().(addingAction); ok {
			for _, s := range with.siblings() {
				d.Entries = append(d.Entries, DictionaryItem{
					Name: s.name, Level: e.Level, Meaning: "made of " + e.Name, Form: s.action.form(),
					Joins: p.joins(pr, e, s.action), Names: []string{s.name + " beside " + e.Name},
				})
			}
		}
	}
	return d, true
}

// joins says what a field's values can be joined with, and until when.
func (p *Policy) joins(pr *Profile, e *Entry, did action) string {
	switch a := did.(type) {
	case pseudonymAction:
		domain := a.domain
		if domain == "" {
			domain = e.domain()
		}
		var others []string
		for i := range p.Catalog {
			o := &p.Catalog[i]
			oa, ok := alone(pr.decide(o).action()).(pseudonymAction)
			if ok && o != e && oa.prf == a.prf && o.Class == e.Class && (oa.domain == domain || oa.domain == "" && o.domain() == domain) {
				others = append(others, o.Name)
			}
		}
		s := "the same value has the same pseudonym in all of this output"
		if len(others) > 0 {
			s += ", also in " + list(others, 4)
		}
		return s + "; with no other recipient's; as long as the key " + pr.Key.Text + " is kept"
	default:
		if did.kind().keyed {
			return "the same value has the same result in all of this output; with no other recipient's; as long as the key " + pr.Key.Text + " is kept"
		}
	case plainAction:
		if a == keepAction && (e.Class.Identifies() || e.Level == 4) {
			return "with any other data that has the value"
		}
		if a == keepAction && e.Class == detect.None && e.Level <= 1 {
			return dash
		}
		if a == keepAction {
			return "in combination"
		}
	}
	return dash
}

// settings of a dictionary are those of the profile that concern its reader.
func (d *Dictionary) facts() [][2]string {
	rows := [][2]string{{"Policy", d.Policy}, {"Digest", d.Digest}, {"Recipient", d.Profile.Name}}
	if d.Profile.Purpose != "" {
		rows = append(rows, [2]string{"Purpose", d.Profile.Purpose})
	}
	rows = append(rows, [2]string{"Topics", orNone(strings.Join(d.Profile.Topics, "; "))})
	when := "as the source has it"
	if d.Profile.Time != unitNames[redact.TimeKeep] {
		when = "beginning of the " + d.Profile.Time + ", UTC"
	}
	return append(rows, [2]string{"Record timestamp", when}, [2]string{"Record headers", orNone(strings.Join(d.Profile.Headers, ", "))})
}

func (d *Dictionary) grid(limit int) ([]string, [][]string) {
	head := []string{"field", "level", "meaning", "values", "can be joined", "where"}
	var rows [][]string
	for _, e := range d.Entries {
		rows = append(rows, []string{e.Name, levelNames[e.Level-1], e.Meaning, e.Form, e.Joins, list(e.Names, limit)})
	}
	return head, rows
}

// WriteText writes the dictionary for a terminal: one paragraph for a field,
// since its sentences are too long for columns.
func (d *Dictionary) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, f := range d.facts() {
		fmt.Fprintf(&b, "%s: %s\n", f[0], f[1])
	}
	for _, e := range d.Entries {
		fmt.Fprintf(&b, "\n%s (%s)\n", e.Name, levelNames[e.Level-1])
		for _, line := range [][2]string{{"meaning", e.Meaning}, {"values", e.Form}, {"joins", e.Joins}, {"where", list(e.Names, 8)}} {
			if line[1] != dash {
				fmt.Fprintf(&b, "  %-8s %s\n", line[0], line[1])
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMarkdown writes the dictionary as a Markdown table.
func (d *Dictionary) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: data dictionary\n\n", markdown(d.Profile.Name))
	for _, f := range d.facts() {
		fmt.Fprintf(&b, "%s: %s  \n", f[0], markdown(f[1]))
	}
	b.WriteByte('\n')
	head, rows := d.grid(8)
	writeMarkdownRow(&b, head)
	b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	for _, row := range rows {
		writeMarkdownRow(&b, row)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteCSV writes the dictionary as CSV (RFC 4180).
func (d *Dictionary) WriteCSV(w io.Writer) error {
	head, rows := d.grid(1 << 20)
	return writeCSV(w, append([][]string{head}, rows...))
}

// WriteJSON writes the dictionary as one JSON object with a version.
func (d *Dictionary) WriteJSON(w io.Writer) error {
	return writeIndented(w, struct {
		Version int `json:"version"`
		*Dictionary
	}{1, d})
}
