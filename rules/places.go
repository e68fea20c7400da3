package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

// What the transforms of a location share: geohash, s2 and grid.

// placeClasses are what they take. A place that nobody said to be one may be
// anything that has two numbers, and then its cells say nothing.
var placeClasses = classes(detect.Location)

// fineMeters is the width of a cell under which the coordinate system counts:
// points of GCJ-02 and BD-09 are up to 700 m and 1.3 km from where they are in
// WGS-84, so that in finer cells a place is another one.
const fineMeters = 2000

// placing is an action on a location that divides the globe into cells.
type placing interface {
	action
	cellMeters() float64
}

func needsCRS(a action) bool {
	pl, ok := a.(placing)
	return ok && pl.cellMeters() < fineMeters
}

func (p *parser) crsNeeded(e *Entry, d decision) {
	rep := p.report(idCRSNeeded, d.rule.Pos, "%s of %s has cells under 2 km, and nobody says the coordinate system of the points", d, e.Name)
	if e.Group != "" {
		rep.hint("write an entry of your own for it with crs: wgs84 (GPS), gcj02 (AMap, Tencent) or bd09 (Baidu)")
		return
	}
	rep.hint("add crs: to the field %s: wgs84 (GPS), gcj02 (AMap, Tencent) or bd09 (Baidu)", e.Name)
}

var orderNames = []string{redact.OrderLatLon: "lat-lon", redact.OrderLonLat: "lon-lat"}

// orderSuffix is what an order adds to an action's spelling.
func orderSuffix(o redact.Order) string {
	if o == redact.OrderUsual {
		return ""
	}
	return " " + orderNames[o]
}

var orderProp = prop{name: "order", doc: "Which coordinate stands first in a text or an array; when not said, latitude in texts and longitude in arrays (GeoJSON).",
	schema: func() schema { return schemaEnum(orderNames[1:]...) }}

func placeProps(size, doc string, lo, hi int) []prop {
	return []prop{{name: size, doc: doc, schema: func() schema { return schemaInt(lo, hi) }, required: true}, orderProp}
}

// placeArgs reads {geohash: 5} and {geohash: {precision: 5, order: lon-lat}}.
func (p *parser) placeArgs(args *yaml.Node, what string, props []prop, lo, hi int) (size int, order redact.Order, ok bool) {
	if args.Kind != yaml.MappingNode {
		size, ok = p.integer(args, what, lo, hi)
		return size, order, ok
	}
	o := p.mapping(args, what, props)
	ok = o.ok && p.optInt(o, props[0].name, lo, hi, &size)
	if n := o.get("order"); n != nil {
		word, ok2 := p.oneOf(n, "order", orderNames[1:])
		for i, name := range orderNames {
			if ok2 && name == word {
				order = redact.Order(i)
			}
		}
		ok = ok && ok2
	}
	return size, order, ok
}

// placeOptions are the engine's, for a field.
func placeOptions(b *binding, order redact.Order) redact.PlaceOptions {
	crs, _ := redact.ParseCRS(b.entry.CRS)
	return redact.PlaceOptions{Order: order, CRS: crs}
}

// comparePlaces compares two divisions of one kind by what grows as they get
// finer. Another order is another reading.
func comparePlaces(before, after int, a, b redact.Order) release {
	if a != b {
		return releasesOther
	}
	return comparing(before, after)
}

// metersText writes a length for a reader.
func metersText(m float64) string {
	switch {
	case m >= 10000:
		return fmt.Sprintf("%.0f km", m/1000)
	case m >= 1000:
		return fmt.Sprintf("%.1f km", m/1000)
	}
	return fmt.Sprintf("%.0f m", m)
}
