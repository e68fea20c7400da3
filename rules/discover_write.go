package rules

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"redactor/detect"
)

// proposal is an entry of the catalog that would name some of what was found.
// Its level is L4 until somebody decides: what that lets out is nothing.
type proposal struct {
	name  string
	class detect.Class
	found []*Found
}

func (p *proposal) String() string {
	is := ""
	if p.class != detect.None {
		is = ", is: " + p.class.String()
	}
	return "- {name: " + p.name + ", level: L4" + is + ", " + selectors(p.found) + "}"
}

// proposedClass says what a place probably holds. What identifies by its form
// counts first; then the name; then the other forms. One phone number among a
// thousand remarks makes them texts.
func (f *Found) proposedClass() detect.Class {
	best, sum := detect.None, 0
	for c, n := range f.looks {
		if sum += n; n > f.looks[best] || n == f.looks[best] && c < best {
			best = c
		}
	}
	most := 2*f.looks[best] >= f.Values
	if most && (best.Identifies() || best == detect.Secret) {
		return best
	}
	if c, ok := detect.ParseClass(looksLike(f.name)); ok && c != detect.None {
		return c
	}
	switch {
	case sum == 0:
		return detect.None
	case most:
		return best
	}
	return detect.Text
}

// proposals returns the containers and entries that would name everything that
// was found and that no entry decides.
func (d *Discovery) proposals(found []*Found) (containers []string, entries []*proposal) {
	taken := map[string]bool{}
	for _, g := range stdGroupNames() {
		list, _ := stdGroup(g)
		for _, e := range list {
			taken[e.Name] = true // an entry of that name would replace the built-in one
		}
	}
	for i := range d.catalog.Catalog {
		taken[d.catalog.Catalog[i].Name] = true
	}
	for _, f := range found {
		switch {
		case f.Known, f.amongOthers(found), f.Path == "header *":
		case len(f.Fields) > 0 && !strings.HasSuffix(f.Path, "..*"):
			// An entry knows it; only an object around it is not entered.
			for _, name := range f.through {
				if !d.open[foldName(name)] && !slices.Contains(containers, name) {
					containers = append(containers, name)
				}
			}
		default:
			entries = propose(entries, taken, f)
		}
	}
	return containers, entries
}

// amongOthers reports that a place is what stands below names that are data,
// in an object that has proper names too. An entry for all of it would take
// those as well; unknown, it is dropped alone.
func (f *Found) amongOthers(found []*Found) bool {
	object, wild := strings.CutSuffix(f.Path, "..*")
	return wild && slices.ContainsFunc(found, func(o *Found) bool { return o != f && strings.HasPrefix(o.Path, object) })
}

func propose(entries []*proposal, taken map[string]bool, f *Found) []*proposal {
	name, class := "record", f.proposedClass()
	if f.name != "" {
		name = yamlName(f.name)
	}
	if strings.HasSuffix(f.Path, "..*") {
		class = detect.None // there are all kinds of things
	}
	for _, p := range entries {
		if p.class == class && p.found[0].name == f.name {
			p.found = append(p.found, f)
			return entries
		}
	}
	free := name
	for n := 2; taken[free] || !validName(free); n++ {
		free = name[:min(len(name), maxName-6)] + "-" + strconv.Itoa(n)
	}
	taken[free] = true
	return append(entries, &proposal{free, class, []*Found{f}})
}

// shown is the path as it may stand in a comment or on a terminal: what does
// not print, or breaks lines for some, is escaped.
func (f *Found) shown() string {
	if strings.ContainsFunc(f.Path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(f.Path)
	}
	return f.Path
}

// seen describes the values of a place: how many, and what they look like.
func (f *Found) seen() string {
	if f.Values == 0 && len(f.Shapes) == 0 && len(f.Looks) == 0 {
		return "no value"
	}
	s := plural(f.Values, "value")
	if len(f.distinct) > 0 {
		s += ", " + f.Different() + " different"
	}
	if len(f.Shapes) > 0 {
		s += ": " + strings.Join(f.Shapes, ", ")
	}
	if f.Several {
		s += " and others"
	}
	if len(f.Looks) > 0 {
		s += "; like " + strings.Join(f.Looks, ", ")
	}
	return s
}

func (d *Discovery) summary(found []*Found) string {
	if d.names > 0 {
		return d.coverage(found)
	}
	unknown := 0
	for _, f := range found {
		unknown += boolInt(!f.Known)
	}
	s := fmt.Sprintf("%s, %s, %d that no entry of %s decides", plural(d.Records, "record"), plural(len(found), "place"), unknown, d.what())
	if d.Malformed > 0 {
		s += fmt.Sprintf("; %s could not be read", plural(d.Malformed, "record"))
	}
	if d.overflow {
		s += "; there are more places than were counted"
	}
	return s
}

func (d *Discovery) what() string {
	if d.policy == nil {
		return "the built-in catalog"
	}
	return "the policy"
}

// WriteText writes what was found for a person, and the lines of YAML that
// would name what is not known.
func (d *Discovery) WriteText(w io.Writer) error {
	found := d.Found()
	containers, entries := d.proposals(found)
	var b strings.Builder
	b.WriteString(d.summary(found) + "\n")
	width := 0
	for _, f := range found {
		width = max(width, min(columns(f.shown()), 40))
	}
	last := ""
	for _, f := range found {
		group := "not known, dropped by default"
		if f.Known {
			group = "known"
		}
		if group != last {
			b.WriteString("\n" + group + "\n")
			last = group
		}
		by := ""
		if len(f.Fields) > 0 {
			by = strings.Join(f.Fields, ", ") + " (" + levelNames[f.level-1] + ")  "
		}
		fmt.Fprintf(&b, "  %s%s  %s%s\n", f.shown(), strings.Repeat(" ", max(0, width-columns(f.shown()))), by, f.seen())
	}
	if len(containers)+len(entries) > 0 {
		b.WriteString("\nwhat would name it; everything at L4 until somebody decides\n")
	}
	if len(containers) > 0 {
		b.WriteString("containers: " + yamlList(containers) + "\n")
	}
	if len(entries) > 0 {
		b.WriteString("fields:\n")
	}
	for _, p := range entries {
		b.WriteString("  " + p.String() + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func yamlList(words []string) string {
	quoted := make([]string, len(words))
	for i, s := range words {
		quoted[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// WriteJSON writes what was found as one JSON object with a version.
func (d *Discovery) WriteJSON(w io.Writer) error {
	type place struct {
		Path     string   `json:"path"`
		Known    bool     `json:"known"`
		Fields   []string `json:"fields"`
		Level    int      `json:"level,omitempty"`
		Is       string   `json:"is,omitempty"`
		Values   int      `json:"values"`
		Distinct string   `json:"different"`
		Shapes   []string `json:"shapes"`
		Looks    []string `json:"looks_like"`
		YAML     string   `json:"yaml,omitempty"`
	}
	found := d.Found()
	containers, entries := d.proposals(found)
	yaml := map[*Found]string{}
	for _, p := range entries {
		for _, f := range p.found {
			yaml[f] = p.String()
		}
	}
	places := []place{}
	for _, f := range found {
		places = append(places, place{
			f.Path, f.Known, append([]string{}, f.Fields...), f.level, f.class.Domain(), f.Values, f.Different(),
			append([]string{}, f.Shapes...), append([]string{}, f.Looks...), yaml[f],
		})
	}
	return writeIndented(w, struct {
		Version    int      `json:"version"`
		Records    int      `json:"records"`
		Malformed  int      `json:"malformed"`
		Containers []string `json:"containers"`
		Places     []place  `json:"places"`
	}{1, d.Records, d.Malformed, append([]string{}, containers...), places})
}

// WritePolicy writes a policy for the records that were found in a topic. It
// validates, and run refuses it until a person has read it.
func (d *Discovery) WritePolicy(w io.Writer, topic string) error {
	found := d.Found()
	containers, entries := d.proposals(found)
	var b strings.Builder
	fmt.Fprintf(&b, "# Proposed by redactor discover: %s.\n", d.summary(found))
	b.WriteString("# Nothing of it is decided. Every field below is at L4, which lets nothing out but\n" +
		"# pseudonyms, to your own people: give each its level, write a test for each of L3 and L4,\n" +
		"# and take out the next line, for `redactor run` refuses a policy that still has it.\n" +
		"demo: true\napiVersion: redactor/v1\nname: discovered\nnamespace: example    # part of every pseudonym: choose your own once, and keep it\n\n")
	if groups := d.groups(found); len(groups) > 0 {
		b.WriteString("use: [" + strings.Join(groups, ", ") + "]\n")
	}
	if len(containers) > 0 {
		b.WriteString("containers: " + yamlList(containers) + "    # objects whose names carry no data\n")
	}
	if len(entries) > 0 {
		b.WriteString("fields:\n")
	}
	for _, p := range entries {
		for _, f := range p.found {
			fmt.Fprintf(&b, "  # %s: %s\n", f.shown(), f.seen())
		}
		b.WriteString("  " + p.String() + "\n")
	}
	b.WriteString("\nprofiles:\n  analytics:\n    internal: true\n    key: join-analytics\n    levels: {L1: keep, L2: keep, L4: pseudonym}\n")
	fmt.Fprintf(&b, "\nstreams:\n  - {from: %s, to: {analytics: %s}}\n", strconv.Quote(topic), strconv.Quote("analytics.{topic}"))
	_, err := io.WriteString(w, b.String())
	return err
}

// groups returns the built-in groups that know something of what was found.
func (d *Discovery) groups(found []*Found) []string {
	used := map[string]bool{}
	for i := range d.catalog.Catalog {
		e := &d.catalog.Catalog[i]
		used[e.Group] = used[e.Group] || e.Group != "" && slices.ContainsFunc(found, func(f *Found) bool { return slices.Contains(f.Fields, e.Name) })
	}
	return slices.DeleteFunc(stdGroupNames(), func(g string) bool { return !used[g] })
}
