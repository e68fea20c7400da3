package rules

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// grid is a table on its way to a file: a head, rows of fields, and rows of
// settings that a line sets apart.
type grid struct {
	head     []string
	rows     [][]string
	settings [][]string
}

// textKeys is how many names of a field a table on a terminal shows.
const textKeys = 3

// grid lays the matrix out. limit bounds the names shown for each field.
func (m *Matrix) grid(limit int) grid {
	g := grid{head: []string{"field", "level", "is"}}
	if len(m.Profiles) == 0 {
		g.head = append(g.head, "domain", "names", "what it is", "source of the names")
	}
	for _, p := range m.Profiles {
		g.head = append(g.head, p.Name)
	}
	for i := range m.Rows {
		r := &m.Rows[i]
		row := []string{r.Name, levelNames[r.Level-1], r.Class}
		if len(m.Profiles) == 0 {
			row = append(row, r.Domain, r.where(limit), r.Doc, r.Source)
		}
		for j := range r.Cells {
			row = append(row, r.Cells[j].show())
		}
		g.rows = append(g.rows, row)
	}
	if len(m.Profiles) > 0 {
		for i, setting := range m.Profiles[0].settings() {
			row := []string{setting[0], "", ""}
			for j := range m.Profiles {
				row = append(row, m.Profiles[j].settings()[i][1])
			}
			g.settings = append(g.settings, row)
		}
	}
	return g
}

// WriteText writes the matrix in columns for a terminal.
func (m *Matrix) WriteText(w io.Writer) error {
	g := m.grid(textKeys)
	widths := make([]int, len(g.head))
	for _, rows := range [][][]string{{g.head}, g.rows} {
		for _, row := range rows {
			for i, cell := range row {
				widths[i] = max(widths[i], columns(cell))
			}
		}
	}
	var b strings.Builder
	writeColumns(&b, g.head, widths)
	rule := make([]string, len(widths))
	for i, n := range widths {
		rule[i] = strings.Repeat("─", n)
	}
	writeColumns(&b, rule, widths)
	for _, row := range g.rows {
		writeColumns(&b, row, widths)
	}
	for i := range m.Profiles {
		m.Profiles[i].writeText(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeText writes what stands in no column, since its lines are long.
func (mp *MatrixProfile) writeText(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s", mp.Name)
	if mp.Purpose != "" {
		fmt.Fprintf(b, ": %s", mp.Purpose)
	}
	b.WriteByte('\n')
	for _, s := range mp.settings() {
		if s[1] != dash {
			fmt.Fprintf(b, "  %-22s  %s\n", s[0], s[1])
		}
	}
}

func writeColumns(b *strings.Builder, row []string, widths []int) {
	var line strings.Builder
	for i, cell := range row {
		if i > 0 {
			line.WriteString("  ")
		}
		line.WriteString(cell)
		line.WriteString(strings.Repeat(" ", widths[i]-columns(cell)))
	}
	b.WriteString(strings.TrimRight(line.String(), " "))
	b.WriteByte('\n')
}

// columns returns how many columns of a terminal a text takes.
func columns(s string) (n int) {
	for _, r := range s {
		if n++; wide(r) {
			n++
		}
	}
	return n
}

// WriteMarkdown writes the matrix as a Markdown table.
func (m *Matrix) WriteMarkdown(w io.Writer) error {
	g := m.grid(textKeys)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", markdown(m.Title))
	for _, line := range m.facts() {
		fmt.Fprintf(&b, "%s: %s  \n", line[0], markdown(line[1]))
	}
	if len(m.facts()) > 0 {
		b.WriteByte('\n')
	}
	writeMarkdownRow(&b, g.head)
	b.WriteString("|" + strings.Repeat("---|", len(g.head)) + "\n")
	for _, row := range append(g.rows, g.settings...) {
		writeMarkdownRow(&b, row)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// facts are what stands above the table.
func (m *Matrix) facts() [][2]string {
	var out [][2]string
	for _, f := range [][2]string{{"Owner", m.Owner}, {"Approved", m.Approved}, {"Digest", m.Digest}} {
		if f[1] != "" {
			out = append(out, f)
		}
	}
	return out
}

func writeMarkdownRow(b *strings.Builder, row []string) {
	b.WriteByte('|')
	for _, cell := range row {
		b.WriteString(" " + markdown(cell) + " |")
	}
	b.WriteByte('\n')
}

// markdown escapes what Markdown would take for markup in a table.
func markdown(s string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;", "`", "\\`", "\n", " ").Replace(s)
}

// WriteCSV writes the matrix as CSV (RFC 4180), with every name of a field and
// the exact transforms, for a record of processing that is kept in a sheet.
func (m *Matrix) WriteCSV(w io.Writer) error {
	head := []string{"field", "level", "is", "domain", "meaning", "names", "source"}
	for _, p := range m.Profiles {
		head = append(head, p.Name, p.Name+" (why)")
	}
	table := [][]string{head}
	for i := range m.Rows {
		r := &m.Rows[i]
		row := []string{r.Name, levelNames[r.Level-1], r.Class, r.Domain, r.Doc, r.where(1 << 20), r.Source}
		for _, c := range r.Cells {
			row = append(row, c.Exact, c.Why)
		}
		table = append(table, row)
	}
	return writeCSV(w, table)
}

func writeCSV(w io.Writer, table [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range table {
		for i := range row {
			row[i] = inert(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// inert keeps a spreadsheet from taking a text for a formula: names and
// reasons are free text, and the sheet is opened by others than its author.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// WriteJSON writes the matrix as one JSON object with a version.
func (m *Matrix) WriteJSON(w io.Writer) error {
	profiles := m.Profiles
	if profiles == nil {
		profiles = []MatrixProfile{}
	}
	return writeIndented(w, struct {
		Version  int             `json:"version"`
		Policy   string          `json:"policy"`
		Digest   string          `json:"digest,omitempty"`
		Owner    string          `json:"owner,omitempty"`
		Approved string          `json:"approved,omitempty"`
		Profiles []MatrixProfile `json:"profiles"`
		Fields   []MatrixRow     `json:"fields"`
	}{1, m.Title, m.Digest, m.Owner, m.Approved, profiles, m.Rows})
}

// writeIndented writes JSON for people and programs alike.
func writeIndented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
