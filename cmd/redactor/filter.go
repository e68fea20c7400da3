package main

import (
	"errors"
	"fmt"
	"io"
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
	index      int
	out        io.Writer
	quarantine io.Writer // nil: records that cannot be judged go nowhere
	tally      *tally

	buf  []byte // rendered and not yet written
	held []byte // quarantined and not yet written
}

// lines takes every line of r as a record.
func (f *filter) lines(r io.Reader) error {
	in := newLineReader(r, readBlock, redact.DefaultMaxRecord)
	in.idle = f.flush
	for {
		line, err := in.next()
		switch {
		case errors.Is(err, errLong):
			// Its bytes are gone: what the quarantine holds is whole records.
			f.tally.failed(redact.ReasonSize, in.line)
			continue
		case err == io.EOF:
			return f.flush()
		case err != nil:
			return errors.Join(fmt.Errorf("reading line %d: %w", in.line+1, err), f.flush())
		}
		if blank(line) {
			continue
		}
		if f.record(line, in.line) {
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
	f.record(record, 1)
	return f.flush()
}

// record appends what the recipient may see of the record and reports whether
// there is anything to see.
func (f *filter) record(record []byte, line int64) bool {
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
		return true
	case redact.Filtered:
		f.tally.filtered++
		return false
	}
	f.tally.failed(v.Reason, line)
	if f.quarantine != nil {
		f.held = append(append(f.held, record...), '\n')
	}
	return false
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
}

type reasonTally struct {
	n     int64
	first []int64
}

func newTally() *tally { return &tally{reasons: make(map[redact.Reason]*reasonTally)} }

func (t *tally) failed(r redact.Reason, line int64) {
	rt := t.reasons[r]
	if rt == nil {
		rt = new(reasonTally)
		t.reasons[r] = rt
	}
	rt.n++
	if len(rt.first) < shownLines {
		rt.first = append(rt.first, line)
	}
}

// finish says nothing when every record was judged; else it lists the others
// and returns findings.
func (t *tally) finish(stderr io.Writer) error {
	if len(t.reasons) == 0 {
		return nil
	}
	var reasons []redact.Reason
	var failed int64
	for r, rt := range t.reasons {
		reasons = append(reasons, r)
		failed += rt.n
	}
	slices.Sort(reasons)
	fmt.Fprintf(stderr, "redactor: %s of %s records could not be judged and were not written:\n",
		groupDigits(failed), groupDigits(failed+t.passed+t.filtered))
	for _, r := range reasons {
		rt := t.reasons[r]
		fmt.Fprintf(stderr, "  %-9s %8s  %s\n", r, groupDigits(rt.n), lineList(rt))
	}
	return findings()
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
	if more := rt.n - int64(len(rt.first)); more > 0 {
		fmt.Fprintf(&b, " and %s more", groupDigits(more))
	}
	return b.String()
}
