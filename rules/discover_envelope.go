package rules

import (
	"fmt"
	"strings"

	"redactor/detect"
)

// This file looks at what surrounds a value: record keys and headers. They are
// output too, and an id in a key is forgotten sooner than one in a field.

// keyPlace is where record keys stand, among the places of a Discovery.
const keyPlace = "record key"

// AddRecord looks at a record with its key and headers. A null value has none
// of the places of a value.
func (d *Discovery) AddRecord(r *Record) {
	if r.Value != nil {
		d.Add(r.Value)
	} else {
		d.Records++
	}
	if r.Key != nil {
		d.around(keyPlace, "record-key", r.Key, func(e *Entry) bool { return e.RecordKey })
	}
	for _, h := range r.Headers {
		name := h.Name
		if !likeName(name) || d.isData("headers", name) {
			name = "*" // names that are data
		}
		d.around("header "+name, name, h.Value, func(e *Entry) bool { return name != "*" && hasHeader(e, []Header{h}) })
	}
}

// around notes one value that is not in the record's value. name is what an
// entry for it would be called after.
func (d *Discovery) around(place, name string, value []byte, is func(*Entry) bool) {
	f := d.places[place]
	if f == nil {
		if len(d.places) >= maxPlaces {
			d.overflow = true
			return
		}
		f = &Found{Path: place, name: name, distinct: map[uint64]bool{}, looks: map[detect.Class]int{}}
		d.places[place] = f
		for i := range d.catalog.Catalog {
			if e := &d.catalog.Catalog[i]; is(e) {
				f.decidedBy(e)
			}
		}
		f.Known = len(f.Fields) > 0
	}
	if value != nil {
		d.see(f, textValue(value))
	}
}

// AddName looks at the name of a member without any value, as the documentation
// of an SDK has it.
func (d *Discovery) AddName(name string) {
	d.names++
	d.add((&want{kind: wantObject, members: []namedWant{{name, want{kind: wantNull}}}}).appendJSON(nil))
}

// coverage says how many of the names are known.
func (d *Discovery) coverage(found []*Found) string {
	known := 0
	for _, f := range found {
		known += boolInt(f.Known)
	}
	return fmt.Sprintf("%s, %d of them known to %s (%d %%)", plural(len(found), "name"), known, d.what(), 100*known/max(1, len(found)))
}

// selectors says in YAML where the values of a place are found: a path, a
// header, the record key.
func selectors(found []*Found) string {
	var paths, headers []string
	key := false
	for _, f := range found {
		header, ok := strings.CutPrefix(f.Path, "header ")
		switch {
		case ok:
			headers = append(headers, header)
		case f.Path == keyPlace:
			key = true
		default:
			paths = append(paths, f.Path)
		}
	}
	var parts []string
	if len(paths) > 0 {
		parts = append(parts, "paths: "+yamlList(paths))
	}
	if len(headers) > 0 {
		parts = append(parts, "headers: "+yamlList(headers))
	}
	if key {
		parts = append(parts, "record_key: true")
	}
	return strings.Join(parts, ", ")
}
