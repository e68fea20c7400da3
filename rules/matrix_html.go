package rules

import (
	_ "embed"
	"html/template"
	"io"
)

// The pages stand alone: no script, no link, no font from elsewhere, so that
// one can be filed with the record of processing and read in ten years.

//go:embed matrix.html.tmpl
var matrixPage string

//go:embed dictionary.html.tmpl
var dictionaryPage string

var (
	matrixTemplate     = template.Must(template.New("matrix").Parse(matrixPage))
	dictionaryTemplate = template.Must(template.New("dictionary").Parse(dictionaryPage))
)

// matrixView is a Matrix as its page asks for it.
type matrixView struct {
	Title      string
	Facts      [][2]string
	Head       []string
	Recipients bool
	Rows       []MatrixRow
	Settings   [][]string
}

func (matrixView) Where(r MatrixRow) string    { return r.where(1 << 20) }
func (matrixView) Show(c Cell) string          { return c.show() }
func (matrixView) After(row []string) []string { return row[3:] }

// Look returns the style class of a cell.
func (matrixView) Look(c Cell) string {
	switch {
	case c.drops:
		return "none"
	case c.Exact == keepAction.String():
		return "keep"
	}
	return ""
}

// WriteHTML writes the matrix as a page of its own, for a screen and for paper.
func (m *Matrix) WriteHTML(w io.Writer) error {
	g := m.grid(textKeys)
	head := g.head
	if len(m.Profiles) == 0 {
		head = []string{"field", "level", "is", "domain", "names", "source"}
	}
	return matrixTemplate.Execute(w, matrixView{m.Title, m.facts(), head, len(m.Profiles) > 0, m.Rows, g.settings})
}

// WriteHTML writes the dictionary as a page of its own.
func (d *Dictionary) WriteHTML(w io.Writer) error {
	head, rows := d.grid(1 << 20)
	return dictionaryTemplate.Execute(w, struct {
		Profile MatrixProfile
		Facts   [][2]string
		Head    []string
		Rows    [][]string
	}{d.Profile, d.facts(), head, rows})
}
