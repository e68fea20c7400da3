package rules

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Severity says whether a problem stops a policy.
type Severity uint8

const (
	// Error refuses the policy.
	Error Severity = iota
	// Warning is shown; `validate --strict` makes it a finding.
	Warning
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText spells the severity as String does.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Place is a position in a policy file. Line and Col count from 1, Col in
// runes; a zero Line is the file as a whole.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`

	text string // the line itself, for the excerpt; "" where there is none
}

// NewPlace returns a place in a file that is not a policy, such as
// redactor.yaml; line is the text to show, or "".
func NewPlace(file string, line, col int, text string) Place {
	return Place{File: file, Line: line, Col: col, text: text}
}

// String returns file:line:col, as editors and terminals link it.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Related is a second place that a problem is about, such as the first of two
// entries of one name.
type Related struct {
	Place
	Note string `json:"note"`
}

// Problem is one thing that is wrong with a policy: what, where, and how to
// mend it. ID is one of [Findings].
type Problem struct {
	Place
	Severity Severity `json:"severity"`
	ID       string   `json:"id"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
	Related  *Related `json:"related,omitempty"`
}

// Error returns the place and the message on one line.
func (p Problem) Error() string { return p.Place.String() + ": " + p.label() + p.Message }

func (p Problem) label() string {
	if p.Severity == Warning {
		return "warning: "
	}
	return ""
}

// Problems are all that was found, in the order of the file.
type Problems []Problem

// HasErrors reports whether any of them refuses the policy.
func (ps Problems) HasErrors() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.Severity == Error })
}

// Err returns the problems as one error, or nil when none of them is an error.
func (ps Problems) Err() error {
	for _, p := range ps {
		if p.Severity != Error {
			continue
		}
		if n := ps.count(Error); n > 1 {
			return fmt.Errorf("%w (and %d more)", p, n-1)
		}
		return p
	}
	return nil
}

func (ps Problems) count(s Severity) (n int) {
	for _, p := range ps {
		if p.Severity == s {
			n++
		}
	}
	return n
}

// Summary counts them: "2 problems, 1 warning"; "" when there are none.
func (ps Problems) Summary() string {
	var parts []string
	if n := ps.count(Error); n > 0 {
		parts = append(parts, plural(n, "problem"))
	}
	if n := ps.count(Warning); n > 0 {
		parts = append(parts, plural(n, "warning"))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sort orders problems as a reader meets them and drops exact repeats, which
// arise where one YAML node is reached by several aliases.
func (ps Problems) sort() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool {
		return a.Place == b.Place && a.Message == b.Message
	})
}

// The terminal's colors, by what they stand for.
const (
	styleBold  = "\x1b[1m"
	styleError = "\x1b[1;31m"
	styleWarn  = "\x1b[1;33m"
	styleHint  = "\x1b[36m"
	styleFaint = "\x1b[2m"
	styleReset = "\x1b[0m"
)

// Render writes the problems for a person: file:line:col, what is wrong, the
// line, a caret and the hint.
func (ps Problems) Render(w io.Writer, color bool) error {
	paint := func(style, s string) string {
		if !color || s == "" {
			return s
		}
		return style + s + styleReset
	}
	var b strings.Builder
	for _, p := range ps {
		style := styleError
		if p.Severity == Warning {
			style = styleWarn
		}
		b.WriteString(paint(styleBold, p.Place.String()) + ": " + paint(style, p.label()) + p.Message + "\n")
		excerpt(&b, p.Place, paint(styleHint, p.Hint), paint)
		if r := p.Related; r != nil {
			b.WriteString("  " + r.Place.String() + ": " + r.Note + "\n")
			excerpt(&b, r.Place, "", paint)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// excerptWidth is how many columns of a line are shown: enough for a terminal
// of 100 columns. Longer lines are cut around the caret.
const excerptWidth = 88

func excerpt(b *strings.Builder, at Place, hint string, paint func(style, s string) string) {
	if at.text == "" {
		if hint != "" {
			b.WriteString("       " + hint + "\n")
		}
		return
	}
	line, pad := window(at.text, at.Col)
	if hint != "" {
		hint = " " + hint
	}
	fmt.Fprintf(b, "%s %s\n", paint(styleFaint, fmt.Sprintf("%5d |", at.Line)), line)
	fmt.Fprintf(b, "%s %s%s%s\n", paint(styleFaint, "      |"), pad, paint(styleError, "^"), hint)
}

// window returns the part of a line to show and the white space that puts a
// caret under its col-th rune, with tabs kept and wide runes counted double.
func window(text string, col int) (line, pad string) {
	runes := []rune(strings.TrimRight(text, " \t\r"))
	at := min(max(col-1, 0), len(runes))
	lo, hi := 0, len(runes)
	if len(runes) > excerptWidth {
		lo = max(0, min(at-excerptWidth/2, len(runes)-excerptWidth))
		hi = lo + excerptWidth
	}
	var l, p strings.Builder
	if lo > 0 {
		l.WriteString("…")
		p.WriteByte(' ')
	}
	for i, r := range runes[lo:hi] {
		if r < ' ' && r != '\t' || r == utf8.RuneError {
			r = '�'
		}
		l.WriteRune(r)
		if lo+i >= at {
			continue
		}
		switch {
		case r == '\t':
			p.WriteByte('\t')
		case wide(r):
			p.WriteString("  ")
		default:
			p.WriteByte(' ')
		}
	}
	if hi < len(runes) {
		l.WriteString("…")
	}
	return l.String(), p.String()
}

// wide reports whether a terminal gives r two columns: the blocks of UAX #11
// that policies are written in (CJK, Hangul, full-width forms, emoji).
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd)
}

// WriteJSON writes the problems as one JSON object with a version.
func (ps Problems) WriteJSON(w io.Writer) error {
	if ps == nil {
		ps = Problems{}
	}
	return writeIndented(w, struct {
		Version  int      `json:"version"`
		Problems Problems `json:"problems"`
	}{1, ps})
}

// WriteGitHub writes the problems as workflow commands, which GitHub shows as
// annotations beside the lines of a pull request.
func (ps Problems) WriteGitHub(w io.Writer) error {
	var b strings.Builder
	for _, p := range ps {
		msg := p.Message
		if p.Hint != "" {
			msg += "\n" + p.Hint
		}
		b.WriteString(annotation(p.Severity.String(), p.Place, p.ID, msg))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// annotation spells one workflow command; GitHub wants %, CR, LF escaped, and
// in properties also colon and comma.
func annotation(level string, at Place, title, msg string) string {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	prop := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	s := "::" + level + " file=" + prop.Replace(at.File)
	if at.Line > 0 {
		s += fmt.Sprintf(",line=%d,col=%d", at.Line, at.Col)
	}
	return s + ",title=" + prop.Replace(title) + "::" + data.Replace(msg) + "\n"
}
