package main

import (
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// The terminal's colors, by what they stand for.
const (
	styleBold  = "\x1b[1m"
	styleFaint = "\x1b[2m"
	styleGood  = "\x1b[32m"
	styleBad   = "\x1b[1;31m"
	styleNew   = "\x1b[36m"
	styleReset = "\x1b[0m"
)

// columns returns the width of the terminal behind w, or the given one.
func columns(w any, otherwise int) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// runeWidth returns how many columns a terminal gives r: two for the wide
// blocks of UAX #11, none for marks and for what must not reach a terminal.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd):
		return 2
	}
	return 1
}

// textWidth returns the number of columns of s.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// visible replaces what would act on a terminal instead of showing: a record
// must not be able to move the cursor or change the title.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return '·'
		}
		return r
	}, s)
}

// fit cuts s to at most width columns, with an ellipsis where something was
// cut, and pads it to width.
func fit(s string, width int) string {
	if n := textWidth(s); n <= width {
		return s + strings.Repeat(" ", width-n)
	}
	if width < 1 {
		return ""
	}
	n := 0
	for i, r := range s {
		w := runeWidth(r)
		if n+w > width-1 {
			return s[:i] + "…" + strings.Repeat(" ", width-1-n)
		}
		n += w
	}
	return s
}
