package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// leafText is one value of a record, with where it stands.
type leafText struct{ path, text string }

// leaves lists the values of a JSON text in its order. It serves the eye, not
// the engine: the engine's own scan is not used to check the engine.
func leaves(record []byte) ([]leafText, error) {
	dec := json.NewDecoder(bytes.NewReader(record))
	dec.UseNumber()
	var out []leafText
	err := walkLeaves(dec, "", &out)
	if err != nil {
		return nil, fmt.Errorf("not JSON") // encoding/json quotes its input
	}
	return out, nil
}

func walkLeaves(dec *json.Decoder, path string, out *[]leafText) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := tok.(json.Delim)
	if !ok {
		*out = append(*out, leafText{path, scalarText(tok)})
		return nil
	}
	for i := 0; dec.More(); i++ {
		next := path + "[" + strconv.Itoa(i) + "]"
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			next = strings.TrimPrefix(path+"."+name.(string), ".")
		}
		if err := walkLeaves(dec, next, out); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func scalarText(tok json.Token) string {
	switch v := tok.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	return tok.(string)
}

// column is one recipient's view of a record.
type column struct {
	title  string
	record []byte // nil when it was not sent
	note   string // why it was not sent
}

// sideBySide shows what became of each value of a record, one column per
// recipient. Values are cut to fit; at most rows of them are shown.
type sideBySide struct {
	width int
	rows  int
	color bool
}

func (t sideBySide) write(w io.Writer, title string, raw []byte, views []column) error {
	before, err := leaves(raw)
	if err != nil {
		return err
	}
	after := make([]map[string]string, len(views))
	for i, v := range views {
		if after[i], err = byPath(v.record); err != nil {
			return err
		}
	}
	nameWidth, cell := t.layout(before, len(views))
	var b strings.Builder
	b.WriteString(t.paint(styleBold, title) + "\n")
	b.WriteString(t.paint(styleFaint, fit("field", nameWidth)+"  "+fit("before", cell)))
	for _, v := range views {
		b.WriteString("  " + t.paint(styleFaint, fit(v.title, cell)))
	}
	b.WriteString("\n")
	shown := t.choose(before, after)
	for _, l := range shown {
		b.WriteString(fit(visible(shortPath(l.path, nameWidth)), nameWidth) + "  " + fit(visible(l.text), cell))
		for i, v := range views {
			b.WriteString("  " + t.cell(l, after[i], v, cell))
		}
		b.WriteString("\n")
	}
	if more := len(before) - len(shown); more > 0 {
		b.WriteString(t.paint(styleFaint, fmt.Sprintf("… and %d more values", more)) + "\n")
	}
	for _, v := range views {
		if v.record == nil {
			b.WriteString(t.paint(styleFaint, v.title+": "+v.note) + "\n")
		}
	}
	_, err = io.WriteString(w, trimLines(b.String())+"\n")
	return err
}

// trimLines removes the padding at line ends.
func trimLines(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

func byPath(record []byte) (map[string]string, error) {
	if record == nil {
		return nil, nil
	}
	list, err := leaves(record)
	if err != nil {
		return nil, err
	}
	m := make(map[string]string, len(list))
	for _, l := range list {
		m[l.path] = l.text
	}
	return m, nil
}

// layout divides the width: names get what the longest needs, a quarter at
// most; the rest is for the values.
func (t sideBySide) layout(before []leafText, views int) (name, cell int) {
	longest := len("field")
	for _, l := range before {
		longest = max(longest, textWidth(l.path))
	}
	name = min(longest, t.width/4)
	cell = (t.width - name - 2*(views+1)) / (views + 1)
	return name, max(cell, 8)
}

// shortPath drops the front of a path that does not fit: its end says more.
func shortPath(path string, width int) string {
	runes := []rune(path)
	for i := range runes {
		if rest := string(runes[i:]); textWidth(rest) <= width-1 {
			if i == 0 || textWidth(path) <= width {
				return path
			}
			return "…" + rest
		}
	}
	return path
}

func (t sideBySide) cell(l leafText, after map[string]string, v column, width int) string {
	text, there := after[l.path]
	switch {
	case v.record == nil:
		return t.paint(styleFaint, fit("", width))
	case !there:
		return t.paint(styleFaint, fit("-", width))
	case text == l.text:
		return fit(visible(text), width)
	}
	return t.paint(styleNew, fit(visible(text), width))
}

// fate is what became of a value over all recipients that got the record.
type fate uint8

const (
	changed fate = iota // somebody gets another value
	dropped             // nobody gets it
	kept                // everybody gets it as it was
	differs             // some get it as it was, others do not get it
	numFates
)

func fateOf(l leafText, after []map[string]string) fate {
	same, gone := 0, 0
	for _, m := range after {
		text, there := m[l.path]
		switch {
		case m == nil: // not sent
		case !there:
			gone++
		case text == l.text:
			same++
		default:
			return changed
		}
	}
	switch {
	case same == 0:
		return dropped
	case gone == 0:
		return kept
	}
	return differs
}

// choose picks the values to show, in their order. With too many of them, a
// few places go to each other fate and the rest to those that changed.
func (t sideBySide) choose(before []leafText, after []map[string]string) []leafText {
	if len(before) <= t.rows {
		return before
	}
	few := t.rows / 7
	room := t.rows
	take := make([]bool, len(before))
	fill := func(f fate, places int) {
		for i, l := range before {
			if places > 0 && room > 0 && !take[i] && fateOf(l, after) == f {
				take[i] = true
				places--
				room--
			}
		}
	}
	for f := range numFates {
		if f != changed {
			fill(f, few)
		}
	}
	for f := range numFates {
		fill(f, room)
	}
	var out []leafText
	for i, l := range before {
		if take[i] {
			out = append(out, l)
		}
	}
	return out
}

func (t sideBySide) paint(style, s string) string {
	if !t.color || strings.TrimSpace(s) == "" {
		return s
	}
	return style + s + styleReset
}
