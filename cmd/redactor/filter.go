package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"redactor/redact"
)

const (
	readBlock  = 1 << 20   // bytes asked of stdin at once
	writeBlock = 256 << 10 // bytes of output that are worth a write
)

// filter takes records through a machine for one recipient. All buffers are
// reused; memory is bounded by the longest record, which is bounded too.
type filter struct {
	machine    *redact.Machine
	format     redact.Format
	index      int
	out        io.Writer
	quarantine io.Writer // nil: records that cannot be judged go nowhere
	tally      *tally

	buf  []byte // rendered and not yet written
	held []byte // quarantined and not yet written
	head []byte // of CSV: the names of the columns that stand before every row
}

// lines takes every line of r as a record.
func (f *filter) lines(r io.Reader) error {
	in := newRecordReader(r, f.format)
	in.lines.idle = f.flush
	for {
		record, err := in.next()
		if f.head == nil && in.head != nil {
			f.begin(in.head)
		}
		switch {
		case errors.Is(err, errLong):
			// Its bytes are gone: what the quarantine holds is whole records.
			f.tally.failed(redact.ReasonSize, in.lines.line)
			continue
		case err == io.EOF:
			return f.flush()
		case err != nil:
			return errors.Join(fmt.Errorf("reading line %d: %w", in.lines.line+1, err), f.flush())
		}
		from := len(f.buf)
		if f.record(record, in.row(record), in.lines.line) {
			f.buf = append(f.buf[:from], f.buf[from+len(f.head):]...)
			f.buf = append(f.buf, '\n')
		} else if len(f.held) > writeBlock {
			if err := f.flush(); err != nil {
				return err
			}
		}
		if len(f.buf) > writeBlock {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
}

// begin writes the names of the columns that the recipient gets. They stand
// before every rendered row, too, whence they are taken again.
func (f *filter) begin(head []byte) {
	f.head = []byte{}
	if f.machine.Scan(head).Outcome != redact.Passed {
		return // no row will pass
	}
	if out, v := f.machine.Render(nil, f.index); v.Outcome == redact.Passed {
		f.head = out
		f.buf = append(f.buf, out...)
	}
}

// whole takes all of r as one record. Its white space is its own, the last
// newline included.
func (f *filter) whole(r io.Reader) error {
	record, err := io.ReadAll(io.LimitReader(r, redact.DefaultMaxRecord+1))
	if err != nil {
		return fmt.Errorf("reading stdin: %w", err)
	}
	if len(record) > redact.DefaultMaxRecord {
		f.tally.failed(redact.ReasonSize, 1) // not held: what was read is not all of it
		return nil
	}
	f.record(record, record, 1)
	return f.flush()
}

// record appends what the recipient may see of the record and reports whether
// there is anything to see. held is what the quarantine gets of it.
func (f *filter) record(record, held []byte, line int64) bool {
	if f.machine.Program().Timed() {
		f.machine.SetTime(redact.NoTimestamp, time.Now().UnixMilli())
	}
	v := f.machine.Scan(record)
	if v.Outcome == redact.Passed {
		f.buf, v = f.machine.Render(f.buf, f.index)
	}
	switch v.Outcome {
	case redact.Passed:
		f.tally.passed++
		if v.Reason != redact.ReasonNone {
			f.tally.part(v.Reason, line, f.machine.Elements(f.index).Quarantined)
			f.hold(held)
		}
		return true
	case redact.Filtered:
		f.tally.filtered++
		return false
	}
	f.tally.failed(v.Reason, line)
	f.hold(held)
	return false
}

func (f *filter) hold(record []byte) {
	if f.quarantine != nil {
		f.held = append(append(f.held, record...), '\n')
	}
}

func (f *filter) flush() error {
	if len(f.buf) > 0 {
		if _, err := f.out.Write(f.buf); err != nil {
			return fmt.Errorf("writing stdout: %w", err)
		}
		f.buf = f.buf[:0]
	}
	if len(f.held) > 0 {
		if _, err := f.quarantine.Write(f.held); err != nil {
			return fmt.Errorf("writing the quarantine: %w", err)
		}
		f.held = f.held[:0]
	}
	return nil
}

// blank reports whether the line holds nothing but JSON's white space.
func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// shownLines is how many line numbers are named per reason: enough to look
// into, whatever the input is.
const shownLines = 8

// tally keeps the books of one run: by outcome, and by reason with the first
// line numbers.
type tally struct {
	passed, filtered int64
	reasons          map[redact.Reason]*reasonTally
	parts            map[redact.Reason]*reasonTally // of records that passed without some elements
}

type reasonTally struct {
	n     int64 // records, or elements of records
	lines int64
	first []int64
}

func newTally() *tally {
	return &tally{reasons: make(map[redact.Reason]*reasonTally), parts: make(map[redact.Reason]*reasonTally)}
}

func (t *tally) failed(r redact.Reason, line int64) { note(t.reasons, r, line, 1) }

// part counts n elements of a record that passed without them.
func (t *tally) part(r redact.Reason, line int64, n int) { note(t.parts, r, line, n) }

func note(in map[redact.Reason]*reasonTally, r redact.Reason, line int64, n int) {
	rt := in[r]
	if rt == nil {
		rt = new(reasonTally)
		in[r] = rt
	}
	rt.n += int64(n)
	rt.lines++
	if len(rt.first) < shownLines {
		rt.first = append(rt.first, line)
	}
}

// finish says nothing when every record was judged; else it lists the others
// and returns findings.
func (t *tally) finish(stderr io.Writer) error {
	if len(t.reasons) == 0 && len(t.parts) == 0 {
		return nil
	}
	if failed := sum(t.reasons); failed > 0 {
		fmt.Fprintf(stderr, "redactor: %s of %s records could not be judged and were not written:\n",
			groupDigits(failed), groupDigits(failed+t.passed+t.filtered))
		list(stderr, t.reasons)
	}
	if failed := sum(t.parts); failed > 0 {
		fmt.Fprintf(stderr, "redactor: %s elements of records could not be judged and were left out:\n", groupDigits(failed))
		list(stderr, t.parts)
	}
	return findings()
}

func sum(of map[redact.Reason]*reasonTally) (n int64) {
	for _, rt := range of {
		n += rt.n
	}
	return n
}

func list(stderr io.Writer, of map[redact.Reason]*reasonTally) {
	for _, r := range slices.Sorted(maps.Keys(of)) {
		fmt.Fprintf(stderr, "  %-9s %8s  %s\n", r, groupDigits(of[r].n), lineList(of[r]))
	}
}

func lineList(rt *reasonTally) string {
	var b strings.Builder
	b.WriteString("line ")
	for i, n := range rt.first {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, n)
	}
	if more := rt.lines - int64(len(rt.first)); more > 0 {
		fmt.Fprintf(&b, " and %s more", groupDigits(more))
	}
	return b.String()
}
