package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"redactor/internal/race"
)

// cut reads all lines; a line above the limit shows as "<long>".
func cut(t *testing.T, r io.Reader, block, limit int) ([]string, error) {
	t.Helper()
	l := newLineReader(r, block, limit)
	var lines []string
	for {
		line, err := l.next()
		switch {
		case errors.Is(err, errLong):
			lines = append(lines, "<long>")
		case err != nil:
			if int(l.line) != len(lines) {
				t.Errorf("line number %d after %d lines", l.line, len(lines))
			}
			return lines, err
		default:
			lines = append(lines, string(line))
		}
	}
}

// oracle is the readable twin.
func oracle(s string, limit int) []string {
	if s == "" {
		return nil
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if len(line) > limit {
			line = "<long>"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestLineReader(t *testing.T) {
	inputs := []string{"", "\n", "\n\n", "a", "a\n", "a\nb", "ab\ncd\n\nef\n", "12345678\n", "123456789\n", "123456789", "x\n123456789012345678901234567890\ny\n", strings.Repeat("z", 50) + "\n\nq"}
	readers := map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data and error": iotest.DataErrReader}
	for _, in := range inputs {
		for name, wrap := range readers {
			for _, block := range []int{1, 2, 4, 64} {
				got, err := cut(t, wrap(strings.NewReader(in)), block, 8)
				if err != io.EOF {
					t.Fatalf("%q, %s, block %d: %v", in, name, block, err)
				}
				if want := oracle(in, 8); !slices.Equal(got, want) {
					t.Errorf("%q, %s, block %d: %q, want %q", in, name, block, got, want)
				}
			}
		}
	}
}

func FuzzLineReader(f *testing.F) {
	f.Add([]byte("a\nbb\n\nccc"), 2, 3)
	f.Fuzz(func(t *testing.T, in []byte, block, limit int) {
		if block < 1 || block > 100 || limit < 1 || limit > 100 {
			t.Skip()
		}
		got, err := cut(t, iotest.HalfReader(bytes.NewReader(in)), block, limit)
		if err != io.EOF {
			t.Fatal(err)
		}
		if want := oracle(string(in), limit); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestLineReaderBroken: an input that fails midway loses no line before the
// failure, and an unfinished line is not handed out as if it were whole.
func TestLineReaderBroken(t *testing.T) {
	broken := fmt.Errorf("cable pulled")
	got, err := cut(t, io.MultiReader(strings.NewReader("a\nb\nhalf"), iotest.ErrReader(broken)), 64, 100)
	if !errors.Is(err, broken) || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestLineReaderNoAllocs(t *testing.T) {
	race.Skip(t)
	in := strings.NewReader(strings.Repeat(strings.Repeat("x", 99)+"\n", 10000))
	l := newLineReader(in, 4096, 1<<20)
	n := testing.AllocsPerRun(9000, func() {
		if _, err := l.next(); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per line", n)
	}
}
