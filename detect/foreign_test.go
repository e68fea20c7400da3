package detect

import (
	"bytes"
	"cmp"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var foreign = flag.String("text", "", "a directory or file of text without identifiers of persons or devices, to look for false finds in")

// maxForeign is the longest file of foreign text that is read, and maxLine the
// longest line: longer ones are packed code or data.
const (
	maxForeign = 256 << 20
	maxLine    = 64 << 10
)

// shapesShown is how many kinds of finds are shown of each detector.
const shapesShown = 25

// finds are the finds of one detector by their shapes.
type finds struct {
	lines  int // with such a find
	shapes map[string]*shapeFinds
}

type shapeFinds struct {
	n       int
	example string
}

// TestForeignText looks for identifiers in text that other people wrote about
// other things, and shows what kinds of finds there are:
//
//	go test ./detect -run TestForeignText -v -text /usr/share/doc
//
// What it shows is to be read by a person: documentation has addresses of its authors.
func TestForeignText(t *testing.T) {
	if *foreign == "" {
		t.Skip("without -text")
	}
	s := newScanner(t, AllDetectors)
	var all [numDetectors]finds
	size, lines, hit := 0, 0, 0
	var spans []Span
	err := filepath.WalkDir(*foreign, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		if info, err := e.Info(); err != nil || info.Size() > maxForeign {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(data[:min(len(data), 8<<10)], 0) >= 0 {
			return err
		}
		for line := range bytes.Lines(data) {
			if len(line) > maxLine {
				continue
			}
			size, lines = size+len(line), lines+1
			if spans = s.Find(spans[:0], line); len(spans) > 0 {
				hit++
			}
			seen := Set(0)
			for _, f := range spans {
				note(&all[f.Detector], line, f, !seen.Has(f.Detector))
				seen |= SetOf(f.Detector)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d MB, %d lines, %d with a find: %.3f %% left alone", size>>20, lines, hit, 100-100*float64(hit)/float64(max(1, lines)))
	for d, f := range all {
		if f.lines == 0 {
			continue
		}
		t.Logf("%v: %d lines", Detector(d), f.lines)
		kinds := slices.SortedFunc(maps.Values(f.shapes), func(a, b *shapeFinds) int {
			return cmp.Or(b.n-a.n, cmp.Compare(a.example, b.example))
		})
		for _, k := range kinds[:min(len(kinds), shapesShown)] {
			t.Logf("  %6d  %s", k.n, k.example)
		}
	}
}

// note notes a find and a few bytes around it.
func note(f *finds, line []byte, s Span, first bool) {
	if f.shapes == nil {
		f.shapes = make(map[string]*shapeFinds)
	}
	if first {
		f.lines++
	}
	before, after := line[max(0, int(s.Start)-30):s.Start], line[s.End:min(len(line), int(s.End)+12)]
	key := shapeOf(before[max(0, len(before)-8):]) + "⟦" + shapeOf(line[s.Start:s.End]) + "⟧" + shapeOf(after[:min(len(after), 2)])
	k := f.shapes[key]
	if k == nil {
		k = &shapeFinds{example: string(before) + "⟦" + string(line[s.Start:s.End]) + "⟧" + string(bytes.TrimRight(after, "\n"))}
		f.shapes[key] = k
	}
	k.n++
}

// shapeOf is a text with its letters and digits made alike, runs of them one.
func shapeOf(t []byte) string {
	var out []byte
	for _, c := range t {
		switch {
		case isDigit(c):
			c = '9'
		case isLetter(c) || c >= 0x80:
			c = 'a'
		}
		if len(out) == 0 || out[len(out)-1] != c {
			out = append(out, c)
		}
	}
	return string(out)
}
