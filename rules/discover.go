package rules

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
	"strings"

	"redactor/detect"
	"redactor/redact"
)

// This file looks at real records to say what is in them: every place where a
// value stands, which entry of the catalog knows it, what its values look like.
// It shows shapes and counts, never a value; names that look like data are
// shown as shapes too, and what is below them as one place.

// Limits of a Discovery: its memory is bounded, whatever the records are.
const (
	// maxPlaces is more than any log has. What makes more places than that has
	// data for names.
	maxPlaces = 20_000

	// maxMembers is how many names one object may have, over all records,
	// before they count as data: a map from people to things.
	maxMembers = 1000

	// maxShapes and maxDistinct bound what is kept of the values of one place.
	maxShapes   = 3
	maxDistinct = 1000
)

// Discovery collects what records hold.
type Discovery struct {
	Records   int // that were looked at
	Malformed int // that cannot be read, or are nested too deep

	// Format is how the records are written. It is set before the first Add.
	Format redact.Format

	policy   *Policy // the given one, nil for none
	catalog  *Policy // what knows names: the policy, or the whole built-in catalog
	machine  *redact.Machine
	open     map[string]bool // folded names that may be entered
	scanner  *detect.Scanner
	spans    []detect.Span
	seed     maphash.Seed
	places   map[string]*Found
	members  map[string]map[string]bool // names by the object they stand in
	collapse map[string]bool            // objects whose names are data
	overflow bool
	names    int // how many were looked at without values
}

// Found is one place where values stand, over all records.
type Found struct {
	Path    string   // with [*] for elements, and ..* below names that are data; record key, header NAME
	Fields  []string // the entries of the catalog that know it
	Known   bool     // it is decided by an entry: what is not is dropped by default
	Values  int      // how many values stand there, nulls not counted
	Shapes  []string // of the first different ones
	Looks   []string // what the values look like to the detectors, with how many
	Several bool     // there are more shapes than are listed

	name     string       // of the member
	level    int          // of the entries that know it; 0 for none
	class    detect.Class // of the highest of them
	through  []string     // names of the objects around it
	distinct map[uint64]bool
	looks    map[detect.Class]int
}

// NewDiscovery begins a Discovery. A policy says what is known already; nil
// stands for the whole built-in catalog.
func NewDiscovery(p *Policy) *Discovery {
	d := &Discovery{
		policy: p, catalog: p, seed: maphash.MakeSeed(), places: map[string]*Found{}, open: map[string]bool{},
		members: map[string]map[string]bool{}, collapse: map[string]bool{},
	}
	if p == nil {
		d.catalog = wholeCatalog()
	}
	spec := redact.Spec{Fields: engineFields(d.catalog), Containers: d.catalog.Containers, Profiles: []redact.Profile{{Name: "anybody"}}}
	for range spec.Fields {
		spec.Profiles[0].Transforms = append(spec.Profiles[0].Transforms, redact.Keep())
	}
	prog, err := redact.Compile(spec)
	if err != nil {
		panic("rules: internal error: a catalog that only keeps does not compile: " + err.Error())
	}
	d.machine = prog.NewMachine()
	if d.scanner, err = detect.NewScanner(detect.Config{Set: detect.AllDetectors}); err != nil {
		panic("rules: internal error: " + err.Error())
	}
	for _, c := range d.catalog.Containers {
		d.open[foldName(c)] = true
	}
	return d
}

// wholeCatalog is a policy that uses every built-in group.
func wholeCatalog() *Policy {
	src := "apiVersion: redactor/v1\nname: catalog\nnamespace: catalog\nuse: [" + strings.Join(stdGroupNames(), ", ") + "]\n" +
		"profiles: {anybody: {internal: true}}\nstreams: [{from: in, to: {anybody: out}}]\n"
	p, problems := Parse("catalog", []byte(src))
	if p == nil {
		panic("rules: internal error: the built-in catalog is no policy: " + problems.Err().Error())
	}
	return p
}

// Add looks at one record, of which a format may make several.
func (d *Discovery) Add(record []byte) {
	for _, text := range images(d.Format, record) {
		d.add(text)
	}
}

func (d *Discovery) add(record []byte) {
	d.Records++
	if d.machine.Scan(record).Outcome != redact.Passed {
		d.Malformed++
		return
	}
	for leaf := range d.machine.Leaves {
		d.leaf(leaf, decodeJSON(record[leaf.Start:leaf.End]))
	}
}

func (d *Discovery) leaf(leaf redact.Leaf, value *want) {
	path, name, through := d.placeOf(leaf.Path)
	f := d.places[path]
	if f == nil {
		if len(d.places) >= maxPlaces {
			d.overflow = true
			return
		}
		f = &Found{Path: path, Known: true, name: name, through: through, distinct: map[uint64]bool{}, looks: map[detect.Class]int{}}
		d.places[path] = f
		d.know(f, leaf)
	} else if strings.HasSuffix(path, "..*") {
		d.know(f, leaf)
	}
	d.see(f, value)
}

// see notes one value of a place.
func (d *Discovery) see(f *Found, value *want) {
	if value.kind == wantNull {
		return
	}
	f.Values++
	if s := shape(value); !slices.Contains(f.Shapes, s) {
		if len(f.Shapes) < maxShapes {
			f.Shapes = append(f.Shapes, s)
		} else {
			f.Several = true
		}
	}
	if value.kind != wantString && value.kind != wantNumber {
		return
	}
	if len(f.distinct) < maxDistinct {
		f.distinct[maphash.String(d.seed, value.text)] = true
	}
	if c := d.look(f.name, value); c != detect.None {
		f.looks[c]++
	}
}

// know notes which entries know a place, and whether one of them decides.
func (d *Discovery) know(f *Found, leaf redact.Leaf) {
	_, by := d.machine.Program().Outcome(leaf, 0)
	f.Known = f.Known && by >= 0
	for _, i := range leaf.Fields {
		e := &d.catalog.Catalog[i]
		if !slices.Contains(f.Fields, e.Name) {
			f.decidedBy(e)
		}
	}
}

// decidedBy notes an entry that knows the place.
func (f *Found) decidedBy(e *Entry) {
	f.Fields = append(f.Fields, e.Name)
	if e.Level > f.level {
		f.level, f.class = e.Level, e.Class
	}
}

// placeOf returns a path with its elements as one, and everything below a name
// that is data as one; the member's name and those of the objects around it.
func (d *Discovery) placeOf(path string) (place, name string, through []string) {
	place = "$"
	for _, s := range pathSteps(path) {
		if !s.member {
			place += "[*]"
			continue
		}
		if !likeName(s.name) || d.isData(place, s.name) {
			return place + "..*", name, through
		}
		if name != "" {
			through = append(through, name)
		}
		place, name = place+memberPath(s.name), s.name
	}
	return place, name, through
}

// isData reports whether a member's name in the object at a place is data: a
// detector finds something in it, or the object has ever new names.
func (d *Discovery) isData(object, name string) bool {
	if d.collapse[object] {
		return true
	}
	names := d.members[object]
	if names == nil {
		if len(d.members) >= maxPlaces {
			d.overflow = true
			return true
		}
		names = map[string]bool{}
		d.members[object] = names
	}
	data, seen := names[name]
	if !seen {
		d.spans = d.scanner.Find(d.spans[:0], []byte(name))
		data = len(d.spans) > 0
		names[name] = data
		if len(names) > maxMembers {
			d.fold(object)
			return true
		}
	}
	return data
}

// fold makes one place of all that is below an object.
func (d *Discovery) fold(object string) {
	d.collapse[object] = true
	under := func(path string) bool {
		rest, ok := strings.CutPrefix(path, object)
		return ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "['")) && rest != "..*"
	}
	maps.DeleteFunc(d.places, func(path string, _ *Found) bool { return under(path) })
	maps.DeleteFunc(d.members, func(path string, _ map[string]bool) bool { return under(path) })
	d.members[object] = nil
}

// look says what a value looks like, None for nothing in particular.
func (d *Discovery) look(name string, value *want) detect.Class {
	if c := timeLike(value); c != detect.None {
		return c
	}
	text := strings.TrimSpace(value.text)
	if value.kind == wantString && (strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")) {
		return detect.URL
	}
	d.spans = d.scanner.Find(d.spans[:0], []byte(text))
	if len(d.spans) == 1 && int(d.spans[0].Start) == 0 && int(d.spans[0].End) == len(text) {
		return d.spans[0].Detector.Class()
	}
	if len(d.spans) > 0 {
		return detect.Text // something in a sentence
	}
	// What looks like any other number needs its name before it.
	label := name + ": "
	d.spans = d.scanner.Find(d.spans[:0], []byte(label+text))
	if len(d.spans) == 1 && int(d.spans[0].End) == len(label)+len(text) {
		return d.spans[0].Detector.Class()
	}
	if value.kind == wantString && strings.Count(text, " ") >= 3 {
		return detect.Text
	}
	return detect.None
}

// timeLike tells times of this century by their form: Unix seconds or
// milliseconds from 2001 to 2033, and dates that begin YYYY-MM-DD.
func timeLike(value *want) detect.Class {
	s := value.text
	if (len(s) == 10 || len(s) == 13) && digits(s) && s[0] == '1' {
		return detect.Time
	}
	if len(s) >= 10 && s[4] == '-' && s[7] == '-' && digits(s[:4]) && digits(s[5:7]) && digits(s[8:10]) && (s[0] == '1' || s[0] == '2') {
		if len(s) == 10 {
			return detect.Date
		}
		return detect.Time
	}
	return detect.None
}

// Found returns the places in order of their paths: what nobody knows first.
func (d *Discovery) Found() []*Found {
	out := make([]*Found, 0, len(d.places))
	for _, f := range d.places {
		f.Looks = nil
		for _, name := range classNames() {
			if c, _ := detect.ParseClass(name); f.looks[c] > 0 {
				f.Looks = append(f.Looks, name+" "+strconv.Itoa(f.looks[c]))
			}
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *Found) int {
		if a.Known != b.Known {
			return boolInt(a.Known) - boolInt(b.Known)
		}
		return strings.Compare(a.Path, b.Path)
	})
	return out
}

// Different says how many different values stand at the place.
func (f *Found) Different() string {
	if len(f.distinct) >= maxDistinct {
		return fmt.Sprintf("%d or more", maxDistinct)
	}
	return strconv.Itoa(len(f.distinct))
}
