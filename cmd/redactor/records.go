package main

import (
	"bytes"
	"io"
	"strings"

	"redactor/redact"
)

// recordReader cuts a stream of text into records: a line is one, but for CSV,
// where a cell in quotes may hold line ends, and where the first line may name
// the columns. That line then stands before every row, as it does in a record
// of a topic.
type recordReader struct {
	lines  *lineReader
	csv    bool
	headed bool   // the first line names the columns
	head   []byte // that line with its end, once it is read

	buf []byte
}

func newRecordReader(r io.Reader, f redact.Format) *recordReader {
	csv := f.Kind == redact.FormatCSV
	return &recordReader{lines: newLineReader(r, readBlock, redact.DefaultMaxRecord), csv: csv, headed: csv && len(f.Columns) == 0}
}

// next returns the next record that is not blank, valid until the next call.
func (r *recordReader) next() ([]byte, error) {
	for {
		record, err := r.one()
		if err != nil {
			return nil, err
		}
		if blank(record) {
			continue
		}
		if !r.headed {
			return record, nil
		}
		if r.head == nil {
			r.head = append(bytes.Clone(record), '\n')
			continue
		}
		if len(r.buf) == 0 { // a row of one line is the line reader's
			r.buf = append(r.buf[:0], record...)
		}
		r.buf = append(r.buf, r.head...)
		copy(r.buf[len(r.head):], r.buf[:len(r.buf)-len(r.head)])
		copy(r.buf, r.head)
		return r.buf, nil
	}
}

// one returns the next line, or of CSV as many as its quotes ask for.
func (r *recordReader) one() ([]byte, error) {
	r.buf = r.buf[:0]
	line, err := r.lines.next()
	if err != nil || !r.csv || bytes.Count(line, []byte{'"'})%2 == 0 {
		return line, err
	}
	r.buf = append(r.buf, line...)
	for open := true; open; {
		line, err = r.lines.next()
		if err == io.EOF {
			return r.buf, nil // the engine says what is wrong with it
		}
		if err != nil {
			return nil, err
		}
		if len(r.buf)+len(line) > redact.DefaultMaxRecord {
			return nil, errLong
		}
		r.buf = append(append(r.buf, '\n'), line...)
		open = bytes.Count(line, []byte{'"'})%2 == 0
	}
	return r.buf, nil
}

// row returns a record without the line of names that next put before it.
func (r *recordReader) row(record []byte) []byte { return record[len(r.head):] }

// formatWords are the formats that commands can be told.
var formatWords = []string{"json", "ndjson", "array", "text", "logfmt", "csv", "syslog", "access"}

// formatOf returns the format of a word, for --format. Where the stream has the
// same format it knows more of it: the columns, the pattern.
func formatOf(word string, stream redact.Format) (redact.Format, error) {
	if word == "" || word == stream.Kind.String() {
		return stream, nil
	}
	if err := oneOf("format", word, formatWords...); err != nil {
		return redact.Format{}, err
	}
	kind, _ := redact.ParseFormatKind(word)
	return redact.Format{Kind: kind}, nil
}

// formatUsage is the help of --format.
func formatUsage() string { return strings.Join(formatWords, ", ") + " (default: the stream's)" }
