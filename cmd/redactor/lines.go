package main

import (
	"bytes"
	"errors"
	"io"
)

// lineReader cuts a stream into lines without copying them. It holds one
// block, which grows to the longest line, at most limit bytes; a longer line
// is skipped and reported as such, so that memory stays bounded whatever the
// input is.
type lineReader struct {
	r     io.Reader
	limit int
	// idle is called before every read that may block, so that what was made
	// of the lines so far can be written out.
	idle func() error

	buf        []byte
	start, end int // buf[start:end] is read and not yet handed out
	err        error
	line       int64 // number of the line handed out last, from 1
}

// errLong is returned by next for a line above the limit. The reader goes on
// behind it.
var errLong = errors.New("line above the limit")

func newLineReader(r io.Reader, block, limit int) *lineReader {
	return &lineReader{r: r, limit: limit, idle: func() error { return nil }, buf: make([]byte, min(block, limit+1))}
}

// next returns the next line without its newline. It is valid until the next
// call. A last line without a newline counts; an empty rest does not.
func (l *lineReader) next() ([]byte, error) {
	seen := l.start // buf[start:seen] holds no newline
	for {
		if i := bytes.IndexByte(l.buf[seen:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : seen+i]
			l.start = seen + i + 1
			l.line++
			return line, l.check(line)
		}
		if l.err != nil {
			return l.last()
		}
		if l.end-l.start > l.limit {
			return nil, l.skip()
		}
		l.room()
		seen = l.end
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

func (l *lineReader) check(line []byte) error {
	if len(line) > l.limit {
		return errLong
	}
	return nil
}

// last hands out what is left behind the last newline.
func (l *lineReader) last() ([]byte, error) {
	if l.err == io.EOF && l.end > l.start {
		line := l.buf[l.start:l.end]
		l.start = l.end
		l.line++
		return line, l.check(line)
	}
	return nil, l.err
}

// room makes space behind end: by moving what is held to the front, or by a
// block twice the size.
func (l *lineReader) room() {
	if l.start > 0 {
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	}
	if l.end == len(l.buf) {
		grown := make([]byte, min(2*len(l.buf), l.limit+1))
		copy(grown, l.buf)
		l.buf = grown
	}
}

// fill reads once. An error of the input is kept until its data are used up.
func (l *lineReader) fill() error {
	if err := l.idle(); err != nil {
		return err
	}
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	l.err = err
	return nil
}

// skip drops the rest of a line that is too long.
func (l *lineReader) skip() error {
	l.line++
	for {
		if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
			l.start += i + 1
			return errLong
		}
		l.start, l.end = 0, 0
		if l.err != nil {
			return errLong // next reports the end, or the error, the next time
		}
		if err := l.fill(); err != nil {
			return err
		}
	}
}
