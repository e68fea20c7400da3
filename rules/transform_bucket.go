package rules

import (
	"math"
	"strconv"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

var bucketKind = kind{
	name:    "bucket",
	doc:     "Puts the lower bound of a number's bucket in its place: with a width of 10, 37 becomes 30. bottom and top gather the rare ends.",
	usage:   "{bucket: 10}",
	suits:   classes(detect.Number),
	takes:   classes(detect.Number, detect.Location, detect.Category, detect.None, detect.Text),
	parse:   parseBucket,
	compare: compareBuckets,
	rank:    redact.RankPseudonym,
	schema: func() schema {
		return schema{"oneOf": []schema{schemaNumber(), schemaObject(bucketProps)}}
	},
}

// bucketAction holds numbers as they were spelled: what a reviewer read is what
// the engine computes with.
type bucketAction struct {
	width       string
	bottom, top string // "" for none
}

func (bucketAction) kind() *kind { return &bucketKind }

func (a bucketAction) String() string {
	s := "bucket " + a.width
	if a.bottom != "" {
		s += " bottom " + a.bottom
	}
	if a.top != "" {
		s += " top " + a.top
	}
	return s
}

func (a bucketAction) build(*binding) (redact.Transform, error) {
	return redact.Bucket(redact.BucketOptions{Width: a.width, Bottom: a.bottom, Top: a.top})
}

var bucketProps = []prop{
	{name: "width", doc: "How wide a bucket is.", schema: schemaNumber, required: true},
	{name: "bottom", doc: "Smaller numbers become this one.", schema: schemaNumber},
	{name: "top", doc: "This number and larger ones become this one.", schema: schemaNumber},
}

func parseBucket(p *parser, args *yaml.Node) (action, bool) {
	var a bucketAction
	if args.Kind != yaml.MappingNode {
		w, ok := p.number(args, "bucket")
		if ok && !(w > 0) {
			p.report(idTransformArgs, posOf(args), "a bucket's width is more than 0")
			return nil, false
		}
		a.width = spell(w)
		return a, ok && p.buildable(a, args)
	}
	o := p.mapping(args, "bucket", bucketProps)
	width, bottom, top := math.NaN(), math.NaN(), math.NaN()
	ok := o.ok
	for i, v := range []*float64{&width, &bottom, &top} {
		if n := o.get(bucketProps[i].name); n != nil {
			var ok1 bool
			*v, ok1 = p.number(n, bucketProps[i].name)
			ok = ok && ok1
		}
	}
	switch {
	case !ok:
		return nil, false
	case !(width > 0):
		p.report(idTransformArgs, posOf(o.get("width")), "a bucket's width is more than 0")
		return nil, false
	case top < bottom:
		p.report(idTransformArgs, posOf(o.get("top")), "top is less than bottom")
		return nil, false
	}
	a = bucketAction{spell(width), spell(bottom), spell(top)}
	return a, p.buildable(a, args)
}

// spell writes a number the one way that JSON and the digest share.
func spell(f float64) string {
	if math.IsNaN(f) {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// buildable asks the engine whether it takes the arguments.
func (p *parser) buildable(a action, at *yaml.Node) bool {
	if _, err := a.build(nil); err != nil {
		p.report(idTransformArgs, posOf(at), "%v", err)
		return false
	}
	return true
}

func (a bucketAction) form() string {
	s := "lower bound of a bucket " + a.width + " wide"
	if a.bottom != "" {
		s += "; less than " + a.bottom + " is " + a.bottom
	}
	if a.top != "" {
		s += "; " + a.top + " and more is " + a.top
	}
	return s
}

// compareBuckets compares widths: a bucket that is not a multiple of the other
// tells something else, since the two together cut finer.
func compareBuckets(a, b action) release {
	x, y := a.(bucketAction), b.(bucketAction)
	if x.bottom != y.bottom || x.top != y.top {
		return releasesOther
	}
	wx, _ := strconv.ParseFloat(x.width, 64)
	wy, _ := strconv.ParseFloat(y.width, 64)
	switch {
	case math.Mod(wx, wy) == 0:
		return releasesMore
	case math.Mod(wy, wx) == 0:
		return releasesLess
	}
	return releasesOther
}
