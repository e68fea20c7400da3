package rules

import (
	"fmt"
	"io"
	"strings"

	"redactor/redact"
)

// WriteText writes the explanation for a person: each field with its shape,
// then a line for each recipient.
func (x *Explanation) WriteText(w io.Writer, color bool) error {
	paint := func(style, s string) string {
		if !color {
			return s
		}
		return style + s + styleReset
	}
	var b strings.Builder
	if x.Topic != "" {
		fmt.Fprintf(&b, "%s (stream %s, line %d)\n", x.Topic, x.Stream, x.Line)
	} else {
		fmt.Fprintf(&b, "stream %s, line %d\n", x.Stream, x.Line)
	}
	width := 0
	for _, r := range x.Recipients {
		width = max(width, columns(r.Profile))
	}
	for _, r := range x.Recipients {
		outcome := r.Outcome
		if r.Reason != "" {
			outcome += " (" + r.Reason + ")"
		}
		if r.Outcome == redact.Passed.String() {
			outcome += " → " + r.Topic
		}
		fmt.Fprintf(&b, "  %s  %s\n", pad(r.Profile, width), outcome)
	}
	for i := range x.Fields {
		f := &x.Fields[i]
		fmt.Fprintf(&b, "\n%s %s\n", paint(styleBold, f.Path), f.Before)
		for _, o := range f.Outcomes {
			fmt.Fprintf(&b, "  %s  %s → %s", pad(o.Profile, width), o.Action, o.After)
			fmt.Fprintf(&b, "  %s\n", paint(styleFaint, o.Why+" ("+o.Rule.String()+")"+cacheNotes[o.Cache]))
		}
		if f.Unknown && f.YAML != "" {
			fmt.Fprintf(&b, "  %s %s\n", paint(styleWarn, "unknown: to name it, add"), f.YAML)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cacheNotes say where results are kept.
var cacheNotes = map[string]string{
	"worker": "; results in a table of each worker",
	"shared": "; slow: results in the cache, where redactor.yaml has cache:",
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-columns(s))) }

// WriteJSON writes the explanation as one JSON object with a version.
func (x *Explanation) WriteJSON(w io.Writer) error {
	return writeIndented(w, struct {
		Version int `json:"version"`
		*Explanation
	}{1, x})
}
