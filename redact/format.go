package redact

import (
	"errors"
	"fmt"
	"slices"

	"redactor/internal/jsonscan"
)

// This file is how records are written that are no JSON text.
//
// There is one model: a JSON text, the catalog, the profiles. A record of another
// format is one or more elements, each judged alone, and each element has an
// image: the JSON text that says the same. `text` is a string; a line of logfmt
// or CSV is an object of strings. Scan makes the tape of the image, so that
// names, paths, conditions, coordinates that belong together and everything
// else mean what they mean in JSON, by the same code. Render walks that tape and
// edits the record: what no edit touches keeps its bytes.
//
// To add a format: a scanner that splits a record into elements and writes
// image and spans (format_NAME.go), how a value, a null and the lack of a member
// are spelled (flat.go), a word in formatNames, and a row in the tests of
// format_test.go, whose twin reads the format in the most obvious way.

// A Format is how the records of a stream are written. The zero Format is JSON.
type Format struct {
	Kind FormatKind

	// Arrays says of FormatJSON that a record whose root is an array is its
	// elements, as of FormatArray. A policy that names places in such an array,
	// $[*].imei, wants it as one record.
	Arrays bool

	// Columns are the names of the columns of FormatCSV. Without them the first
	// line of every record names them.
	Columns []string

	// Separator stands between the cells of FormatCSV; 0 is a comma.
	Separator byte

	// Pattern is the log_format of FormatAccess, as nginx spells it; "" is
	// PatternCombined.
	Pattern string
}

// FormatKind names a format.
type FormatKind uint8

const (
	FormatJSON   FormatKind = iota // one JSON text
	FormatNDJSON                   // JSON texts, one a line
	FormatArray                    // a JSON array of records
	FormatText                     // one text: a string at $
	FormatLogfmt                   // name=value pairs, a line each
	FormatCSV                      // RFC 4180
	FormatSyslog                   // RFC 5424, else RFC 3164
	FormatAccess                   // access logs of nginx and Apache
	FormatForm                     // application/x-www-form-urlencoded
	FormatCookie                   // name=value; name=value
	numFormats
)

var formatNames = [numFormats]string{"json", "ndjson", "array", "text", "logfmt", "csv", "syslog", "access", "form", "cookie"}

// String returns the format as a policy names it.
func (k FormatKind) String() string { return formatNames[k] }

// ParseFormatKind returns the format of a name.
func ParseFormatKind(name string) (FormatKind, bool) {
	n := slices.Index(formatNames[:], name)
	return FormatKind(max(0, n)), n >= 0
}

// format is a compiled Format; nil is one JSON text.
type format struct {
	kind      FormatKind
	ifArray   bool     // only records whose root is an array are of this format; others are one JSON text
	columns   []column // of given columns
	separator byte
	access    *accessPattern
}

// A column is a name of a member that every element has.
type column struct {
	name   string
	quoted []byte // as the image has it: "name":
}

func newColumn(name string) column {
	return column{name, append(jsonscan.AppendEscaped([]byte{'"'}, []byte(name)), '"', ':')}
}

// maxColumns bounds what every row is compared with.
const maxColumns = 4096

// compileFormat checks a Format. Its errors quote the Format.
func compileFormat(f Format) (*format, error) {
	c := &format{kind: f.Kind, separator: f.Separator}
	switch {
	case f.Kind == FormatJSON && f.Arrays:
		c.kind, c.ifArray = FormatArray, true
	case f.Kind == FormatJSON:
		c = nil
	case f.Kind >= numFormats:
		return nil, errors.New("no such format")
	}
	if f.Arrays && f.Kind != FormatJSON {
		return nil, fmt.Errorf("%s: Arrays is for json", f.Kind)
	}
	if f.Kind != FormatCSV && (len(f.Columns) > 0 || f.Separator != 0) {
		return nil, fmt.Errorf("%s has no columns and no separator", f.Kind)
	}
	if f.Kind != FormatAccess && f.Pattern != "" {
		return nil, fmt.Errorf("%s has no pattern", f.Kind)
	}
	switch f.Kind {
	case FormatCSV:
		return c, c.compileCSV(f)
	case FormatAccess:
		var err error
		c.access, err = compileAccess(f.Pattern)
		return c, err
	}
	return c, nil
}

// ValidateFormat says what is wrong with a Format. Its errors quote the Format.
func ValidateFormat(f Format) error {
	_, err := compileFormat(f)
	return err
}

// NewMachineFor returns a Machine whose records are written in another format
// than the Program's.
func (p *Program) NewMachineFor(f Format) (*Machine, error) {
	c, err := compileFormat(f)
	if err != nil {
		return nil, err
	}
	m := p.NewMachine()
	m.setFormat(c)
	m.spelled = f
	return m, nil
}

// Images returns the elements of a record, each as the JSON text that says the
// same; nil stands for one that cannot be taken apart. It is for explanations,
// not for the path of records: of JSON formats it returns what stands there,
// which need not be JSON. ok is false when the record has no elements that can
// be told from each other.
func Images(f Format, record []byte) (images [][]byte, ok bool) {
	c, err := compileFormat(f)
	if err != nil {
		return nil, false
	}
	if c == nil || !c.of(record) {
		return [][]byte{record}, true
	}
	es := newElements()
	if !c.split(es, record) {
		return nil, false
	}
	for k := range es.list {
		if e := &es.list[k]; e.verdict.Outcome == Passed {
			images = append(images, es.imageOf(record, e))
		} else {
			images = append(images, nil)
		}
	}
	return images, true
}

// OutputFormat returns the format of what profile i gets: that of the records,
// but for given columns, of which those that are dropped are not in it.
func (m *Machine) OutputFormat(i int) Format {
	f := m.spelled
	if len(f.Columns) == 0 {
		return f
	}
	n, err := m.prog.NewMachineFor(Format{Kind: FormatCSV})
	if err != nil {
		panic("redact: internal error: " + err.Error())
	}
	var head []byte
	for k, c := range f.Columns {
		if k > 0 {
			head = append(head, ',')
		}
		head = appendCell(head, []byte(c), ',')
	}
	n.Scan(head)
	out, v := n.Render(nil, i)
	if v.Outcome != Passed {
		return f
	}
	f.Columns = nil
	es := newElements()
	for at := 0; at < len(out); at++ {
		end, quotes := cellEnd(out, at, ',')
		f.Columns = append(f.Columns, string(es.cell(out[at:end], quotes)))
		at = end
	}
	return f
}

func (m *Machine) setFormat(c *format) {
	m.format, m.elements = c, nil
	if c != nil {
		m.elements = newElements()
	}
}

// of reports whether a record is of the format, and not one JSON text.
func (f *format) of(rec []byte) bool {
	if !f.ifArray {
		return true
	}
	i := jsonscan.Space(rec, 0)
	return i < len(rec) && rec[i] == '['
}

// split finds the elements of the record and, for formats that are no JSON,
// writes their images and spans. What it cannot take apart is an element with
// a verdict of its own; false is a record that cannot be taken apart at all.
func (f *format) split(es *elements, rec []byte) bool {
	switch f.kind {
	case FormatNDJSON:
		return es.splitLines(rec, nil)
	case FormatArray:
		return es.splitArray(rec)
	case FormatText:
		es.text(rec)
	case FormatLogfmt:
		return es.splitLines(rec, (*elements).logfmt)
	case FormatCSV:
		return es.csv(rec, f)
	case FormatSyslog:
		es.syslog(rec)
	case FormatAccess:
		es.access = f.access
		return es.splitLines(rec, (*elements).accessLine)
	case FormatForm:
		es.pairs(rec, '&')
	case FormatCookie:
		es.pairs(rec, ';')
	}
	return true
}
