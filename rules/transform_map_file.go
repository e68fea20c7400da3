package rules

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

// MaxTable is how long the file of a table may be: all type allocation codes of
// the world with a name each are less.
const MaxTable = 8 << 20

// mapFile reads a table from a file beside the policy: CSV of two columns
// (RFC 4180). What is wrong with a row is told with its line, at the place where
// the policy names the file.
func (p *parser) mapFile(n *yaml.Node, by redact.MapKey) (rows [][2]string, ok bool) {
	name, ok := p.text(n, "file")
	switch {
	case !ok:
		return nil, false
	case !filepath.IsLocal(name):
		p.report(idTable, posOf(n), "the table %q is not beside the policy", clip(name)).
			hint("give its path from the policy's directory, without .. : tables/tac.csv")
		return nil, false
	case p.tables == nil:
		p.report(idTable, posOf(n), "the table %q cannot be read: the policy is not a file here", clip(name)).hint("write the rows into values:")
		return nil, false
	}
	src, err := p.tables(name)
	switch {
	case err != nil:
		p.report(idTable, posOf(n), "the table %q cannot be read: %s", clip(name), reason(err)).hint("paths start from the policy's directory")
		return nil, false
	case len(src) > MaxTable:
		p.report(idTable, posOf(n), "the table %q is longer than %d MiB", clip(name), MaxTable>>20)
		return nil, false
	case !utf8.Valid(src):
		p.report(idTable, posOf(n), "the table %q is not UTF-8 text", clip(name))
		return nil, false
	}
	p.keepTable(name, src)
	t := tableFile{parser: p, name: clip(name), at: posOf(n), by: by, seen: map[string]int{}}
	t.read(bytes.TrimPrefix(src, []byte("\ufeff")))
	if len(t.rows) == 0 && t.wrong == 0 {
		p.report(idTable, t.at, "the table %q has no rows", t.name).hint("each line is two columns: 35693803,Phone A")
		return nil, false
	}
	return t.rows, t.wrong == 0
}

// keepTable remembers what was read: who keeps a policy keeps its tables.
func (p *parser) keepTable(name string, src []byte) {
	if p.read == nil {
		p.read = map[string][]byte{}
	}
	p.read[name] = src
}

// maxRowProblems is how many rows of one table are complained about: what is
// wrong with all of them is of one cause.
const maxRowProblems = 5

// tableFile is the state of reading one.
type tableFile struct {
	*parser
	name  string
	at    Pos
	by    redact.MapKey
	rows  [][2]string
	seen  map[string]int // line by key
	wrong int
}

func (t *tableFile) read(src []byte) {
	r := csv.NewReader(bytes.NewReader(src))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = '#', 2, true, true
	for t.wrong < maxRowProblems {
		row, err := r.Read()
		var pe *csv.ParseError
		switch {
		case err == io.EOF:
			return
		case errors.As(err, &pe) && errors.Is(pe.Err, csv.ErrFieldCount):
			t.row(pe.Line, "has not two columns")
			continue
		case errors.As(err, &pe):
			t.row(pe.Line, "has a quote where none belongs, or one that is not closed")
			return
		case err != nil:
			t.row(0, "cannot be read")
			return
		}
		line, _ := r.FieldPos(0)
		key, ok := redact.AppendMapKey(nil, t.by, row[0])
		switch first, twice := t.seen[string(key)]; {
		case !ok:
			t.row(line, "looks up %q, which is no %s", clip(row[0]), mapKeyForms[t.by])
			continue
		case twice:
			t.row(line, "looks up %q again, as line %d does", clip(row[0]), first)
			continue
		case len(row[1]) > maxReplace:
			t.row(line, "puts %d bytes in the place of a value; it may be %d", len(row[1]), maxReplace)
			continue
		}
		t.seen[string(key)] = line
		t.rows = append(t.rows, [2]string{string(key), string(append([]byte(nil), row[1]...))})
	}
}

// row complains about one line of the table.
func (t *tableFile) row(line int, format string, args ...any) {
	t.wrong++
	t.report(idTable, t.at, "line %d of %s "+format, append([]any{line, t.name}, args...)...)
}
