package rules

// This file is what the transforms of the language have in common. To add one:
//
//   - write transform_NAME.go: a kind, and an action that parse makes of the
//     arguments, comparable by ==, with String, form and build;
//   - put the kind into kinds;
//   - add its spellings to TestActionSpellings, its classes to
//     TestLevelDefaults, and a broken policy for each thing that it refuses.
//
// Its place in the matrix, the digest, the schema, diff, explain and "did you
// mean" comes by itself.

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

// An action is one transform as the policy spells it: its kind and arguments.
// Actions are values; equal actions compare equal.
type action interface {
	kind() *kind
	// String spells the action in the policy's own words. The digest is
	// computed over it, so it is canonical: equal actions, equal spelling.
	String() string
	// form says what the values look like, for who reads the output.
	form() string
	// build makes the engine's transform for one field of one profile.
	build(b *binding) (redact.Transform, error)
}

// A kind is one transform of the language. Each has a file of its own,
// transform_NAME.go, and one line in kinds.
type kind struct {
	name  string
	doc   string // what it does, one sentence, for the schema
	usage string // its arguments by example, for hints
	bare  action // what the word alone means; nil when arguments are needed
	keyed bool   // it needs the profile's key

	// insideOnly says why no external profile may use it; "" when one may.
	insideOnly string

	// suits says which classes a levels: entry applies it to; the others are
	// dropped at that level unless fields: names them (design point 5).
	suits func(detect.Class) bool
	// takes says which classes it can be used on at all; nil for all but secrets.
	takes func(detect.Class) bool

	// parse reads the arguments. It reports what is wrong and returns false.
	parse  func(p *parser, args *yaml.Node) (action, bool)
	schema func() schema // of the arguments

	rank redact.Rank
	// compare says what b lets out next to a, both of this kind and unequal:
	// more, less, or something else. nil: something else.
	compare func(a, b action) release
}

// kinds are the transforms of the language, in the order in which a reader
// learns them.
var kinds = []*kind{
	&keepKind, &dropKind, &nullKind, &replaceKind, &maskKind, &pseudonymKind, &ipKind, &roundKind, &bucketKind, &timeKind, &fpeKind,
	&scrubKind, &geohashKind, &s2Kind, &gridKind, &urlKind, &mapKind, &hashBucketKind, &shiftKind, &laplaceKind,
	&jsonKind, &formKind, &cookieKind,
}

func kindOf(name string) *kind {
	for _, k := range kinds {
		if k.name == name {
			return k
		}
	}
	return nil
}

// anyClass, noClass and identifiers are what kinds suit.
func anyClass(detect.Class) bool    { return true }
func noClass(detect.Class) bool     { return false }
func notSecret(c detect.Class) bool { return c != detect.Secret }
func identifiers(c detect.Class) bool {
	// A place identifies, and a pseudonym of one is a random word for it that
	// tells nothing and joins households: places are generalized by name or dropped.
	return c.Identifies() && c != detect.Location && c != detect.Address
}

// classes returns a test for any of the given ones.
func classes(of ...detect.Class) func(detect.Class) bool {
	var set uint64
	for _, c := range of {
		set |= 1 << c
	}
	return func(c detect.Class) bool { return set&(1<<c) != 0 }
}

// wants returns whether the action can be used on a class.
func (k *kind) wants(c detect.Class) bool {
	if k.takes == nil {
		return c != detect.Secret
	}
	return k.takes(c)
}

// rule reads what a profile does with a field: a word (a built-in or a variant
// of transforms:), or a mapping of one transform to its arguments, with why:
// where the language asks for a reason.
//
//	imei: pseudonym
//	trip: town
//	client-ip: {ip: {v4: 24, v6: 48}}
//	model: {keep: {why: "agreement 2026-88, annex 2"}}
//	trip: {transform: town, why: "…"}
//	imei: {drop: {}, add: {model_group: {map: …}}}
func (p *parser) rule(n *yaml.Node) *Rule {
	r := &Rule{Pos: posOf(n)}
	if n.Kind == yaml.ScalarNode {
		return p.ruleWord(n, r)
	}
	if n.Kind != yaml.MappingNode {
		p.report(idType, posOf(n), "a transform is a word or a mapping, such as drop or {round: 1}")
		return nil
	}
	var call, args, add *yaml.Node // {call: args, add: …}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch k, v := n.Content[i], n.Content[i+1]; {
		case k.Value == "why":
			r.Why = p.reason(v)
		case k.Value == "add":
			add = v
		case call != nil:
			p.report(idTransformArgs, posOf(k), "one transform for one field: %s and %s stand here together", call.Value, k.Value).
				hint("keep one of them")
			return nil
		default:
			call, args = k, v
		}
	}
	if call == nil && add != nil {
		p.report(idMissing, posOf(n), "add: says what stands beside the value, not what becomes of it").hint("write {drop: {}, add: …}")
		return nil
	}
	if call == nil {
		p.report(idMissing, posOf(n), "no transform here").hint("say which: {keep: {}, why: …}, or drop")
		return nil
	}
	switch {
	case call.Value == "transform":
		r = p.ruleWord(args, r)
	case call.Value == "keep" && args.Kind == yaml.MappingNode:
		r = p.keepWithWhy(args, r)
	default:
		r.action = p.call(call, args)
	}
	switch {
	case r == nil || r.action == nil:
		return nil
	case add != nil:
		return p.adding(r, add)
	}
	return r
}

func (p *parser) ruleWord(n *yaml.Node, r *Rule) *Rule {
	if n.Kind == yaml.ScalarNode && n.Value == "null" {
		// YAML's null spelled out is the transform; an empty value is a gap.
		r.action = nullAction
		return r
	}
	if isNull(n) {
		p.report(idMissing, posOf(n), "no transform here").hint("say which: keep, drop, pseudonym …")
		return nil
	}
	word, ok := p.text(n, "a transform")
	if !ok {
		return nil
	}
	if v := p.variant(word); v != nil {
		p.used[word] = true
		r.action, r.variant = v.action, word
		if r.action == nil {
			return nil // its definition is reported where it stands
		}
		return r
	}
	k := kindOf(word)
	switch {
	case k == nil:
		p.unknownTransform(n, word)
		return nil
	case k.bare == nil:
		p.report(idTransformArgs, posOf(n), "%s needs to know how", word).hint("write %s", k.usage)
		return nil
	}
	r.action = k.bare
	return r
}

// call reads {kind: arguments}.
func (p *parser) call(name, args *yaml.Node) action {
	k := kindOf(name.Value)
	if k == nil {
		if p.variant(name.Value) != nil {
			p.report(idTransformArgs, posOf(name), "%s is a named transform and takes no arguments", name.Value).
				hint("write %s alone, or {transform: %s, why: …}", name.Value, name.Value)
			return nil
		}
		p.unknownTransform(name, name.Value)
		return nil
	}
	if empty(args) && k.bare != nil {
		return k.bare
	}
	a, ok := k.parse(p, args)
	if !ok {
		return nil
	}
	return a
}

// empty reports whether arguments say nothing: null, true, {}.
func empty(args *yaml.Node) bool {
	switch args.Kind {
	case yaml.ScalarNode:
		return args.ShortTag() == "!!null" || args.ShortTag() == "!!bool" && args.Value == "true"
	case yaml.MappingNode, yaml.SequenceNode:
		return len(args.Content) == 0
	}
	return false
}

// variant returns the named transform, or nil. While transforms: itself is
// read there are none: a variant is made of a built-in.
func (p *parser) variant(name string) *variant {
	for i := range p.variants {
		if p.variants[i].name.Text == name {
			return &p.variants[i]
		}
	}
	return nil
}

// foreignKinds are what other tools call things; each gets the word of ours.
var foreignKinds = map[string]string{
	"hash": "pseudonym", "sha256": "pseudonym", "sha1": "pseudonym", "md5": "pseudonym", "hmac": "pseudonym", "hmac-sha256": "pseudonym",
	"tokenize": "pseudonym", "token": "pseudonym", "encrypt": "pseudonym", "anonymize": "pseudonym",
	"remove": "drop", "delete": "drop", "suppress": "drop", "omit": "drop", "redact": "drop", "pass": "keep", "allow": "keep",
	"partial": "mask", "star": "mask", "nullify": "null", "static": "replace", "constant": "replace",
}

// unkeyed are the names of hashes that other tools offer without a key.
var unkeyed = []string{"hash", "md5", "sha1", "sha256"}

func (p *parser) unknownTransform(at *yaml.Node, word string) {
	pr := p.report(idTransformUnknown, posOf(at), "there is no transform %q", word)
	if ours := foreignKinds[strings.ToLower(word)]; ours != "" {
		pr.hint("redactor calls it %s", ours)
		if slices.Contains(unkeyed, strings.ToLower(word)) {
			pr.hint("there is no unkeyed hash: every phone number can be tried in seconds; use pseudonym, which is keyed")
		}
		return
	}
	names := kindNames()
	for _, v := range p.variants {
		names = append(names, v.name.Text)
	}
	if s := didYouMean(word, names); s != "" {
		pr.hintText(s)
	} else {
		pr.hint("there are %s; variants of yours go into transforms:", strings.Join(kindNames(), ", "))
	}
}

func kindNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}
