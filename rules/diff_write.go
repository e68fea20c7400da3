package rules

import (
	"fmt"
	"io"
	"strings"
)

// headings say what a direction means for a recipient.
var headings = [...]string{Loosened: "gets more", Tightened: "gets less", Changed: "gets the same in another form"}

// heading names a group of changes.
func (c *Change) heading() string {
	who := c.Profile
	if who == "" {
		who = "every recipient"
	}
	return who + " " + headings[c.Direction]
}

// what spells the field or setting with the places concerned.
func (c *Change) what() string {
	if len(c.Where) == 0 || len(c.Where) == 1 && c.Where[0] == c.What {
		return c.What
	}
	what := c.What
	if what == "" {
		what = "unknown values"
	}
	return what + " (" + list(c.Where, 5) + ")"
}

// WriteText writes the changes for a person, by recipient and direction.
func (d *PolicyDiff) WriteText(w io.Writer, color bool) error {
	styles := [...]string{Loosened: styleError, Tightened: styleHint, Changed: styleBold}
	var b strings.Builder
	last := ""
	for i := range d.Changes {
		c := &d.Changes[i]
		if h := c.heading(); h != last {
			last = h
			if color {
				h = styles[c.Direction] + h + styleReset
			}
			b.WriteString(h + "\n")
		}
		fmt.Fprintf(&b, "  %s: %s → %s  (%s)\n", c.what(), c.Before, c.After, c.Place)
	}
	b.WriteString(d.summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *PolicyDiff) summary() string {
	if len(d.Changes) == 0 {
		return "no recipient gets anything else"
	}
	var n [3]int
	for _, c := range d.Changes {
		n[c.Direction]++
	}
	return fmt.Sprintf("%d loosened, %d tightened, %d changed", n[Loosened], n[Tightened], n[Changed])
}

// WriteMarkdown writes the changes as a table, for a comment on a pull request.
func (d *PolicyDiff) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n", d.summary())
	if len(d.Changes) > 0 {
		b.WriteString("\n| recipient | | what | before | after | line |\n|---|---|---|---|---|---|\n")
	}
	for i := range d.Changes {
		c := &d.Changes[i]
		who := c.Profile
		if who == "" {
			who = "all"
		}
		line := dash
		if c.Place.Line > 0 {
			line = fmt.Sprint(c.Place.Line)
		}
		dir := c.Direction.String()
		if c.Direction == Loosened {
			dir = "**" + dir + "**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", markdown(who), dir, markdown(c.what()), markdown(c.Before), markdown(c.After), line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes the changes as one JSON object with a version.
func (d *PolicyDiff) WriteJSON(w io.Writer) error {
	changes := d.Changes
	if changes == nil {
		changes = []Change{}
	}
	return writeIndented(w, struct {
		Version int      `json:"version"`
		Old     string   `json:"old"`
		New     string   `json:"new"`
		Loosens bool     `json:"loosens"`
		Changes []Change `json:"changes"`
	}{1, d.Old, d.New, d.Loosens(), changes})
}

// WriteGitHub writes what is loosened as workflow commands of level error, and
// the other changes as notices.
func (d *PolicyDiff) WriteGitHub(w io.Writer) error {
	var b strings.Builder
	for i := range d.Changes {
		c := &d.Changes[i]
		level := "notice"
		if c.Direction == Loosened {
			level = "error"
		}
		b.WriteString(annotation(level, c.Place, c.heading(), c.what()+": "+c.Before+" → "+c.After))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
