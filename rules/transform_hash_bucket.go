package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/redact"
)

var hashBucketKind = kind{
	name:    "hash_bucket",
	doc:     "Puts the number of one of so many buckets in the place of the value, by a keyed hash: many values share each, on purpose.",
	usage:   "{hash_bucket: 16}",
	keyed:   true,
	suits:   identifiers,
	parse:   parseHashBucket,
	compare: compareHashBuckets,
	rank:    redact.RankPseudonym,
	schema: func() schema {
		return schema{"oneOf": []schema{schemaInt(2, maxHashBuckets), schemaObject(hashBucketProps)}}
	},
}

// maxHashBuckets: with more, a bucket is one person in many data sets.
const maxHashBuckets = 4096

type hashBucketAction struct {
	buckets int
	domain  string // "" for the field's
}

func (hashBucketAction) kind() *kind { return &hashBucketKind }

func (a hashBucketAction) String() string {
	s := fmt.Sprintf("hash_bucket %d", a.buckets)
	if a.domain != "" {
		s += " domain " + a.domain
	}
	return s
}

func (a hashBucketAction) build(b *binding) (redact.Transform, error) {
	domain := a.domain
	if domain == "" {
		domain = b.entry.domain()
	}
	return redact.HashBucket(redact.HashBucketOptions{
		Subkey: b.subkey(domain), Class: b.entry.Class, Buckets: a.buckets, Test: b.secret.IsTest(),
	})
}

var hashBucketProps = []prop{
	{name: "buckets", doc: "How many buckets there are.", schema: func() schema { return schemaInt(2, maxHashBuckets) }, required: true},
	{name: "domain", doc: "Values of one domain fall into one bucket, whatever field they stand in; the field's own domain when not given.", schema: schemaName},
}

func parseHashBucket(p *parser, args *yaml.Node) (action, bool) {
	var a hashBucketAction
	var ok bool
	if args.Kind != yaml.MappingNode {
		a.buckets, ok = p.integer(args, "hash_bucket", 2, maxHashBuckets)
		return a, ok
	}
	o := p.mapping(args, "hash_bucket", hashBucketProps)
	ok = o.ok && p.optInt(o, "buckets", 2, maxHashBuckets, &a.buckets)
	if n := o.get("domain"); n != nil {
		var ok2 bool
		a.domain, ok2 = p.name(n, "domain")
		ok = ok && ok2
	}
	return a, ok
}

func (a hashBucketAction) form() string {
	return fmt.Sprintf("number of a bucket, 0 to %d", a.buckets-1)
}

// compareHashBuckets: where one count divides the other, the smaller bucket
// follows from the larger one's number.
func compareHashBuckets(a, b action) release {
	x, y := a.(hashBucketAction), b.(hashBucketAction)
	switch {
	case x.domain != y.domain:
		return releasesOther
	case y.buckets%x.buckets == 0:
		return releasesMore
	case x.buckets%y.buckets == 0:
		return releasesLess
	}
	return releasesOther
}
