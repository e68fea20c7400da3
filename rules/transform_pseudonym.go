package rules

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/pseudonym"
	"redactor/redact"
)

var pseudonymKind = kind{
	name:    "pseudonym",
	doc:     "Puts a keyed pseudonym (HMAC-SHA-256, 128 bits) in the place of the value: same value, same pseudonym, within one profile and domain only.",
	usage:   "{pseudonym: {as: hex, prefix: u_}}",
	bare:    pseudonymAction{},
	keyed:   true,
	suits:   identifiers,
	parse:   parsePseudonym,
	compare: comparePseudonyms,
	rank:    redact.RankPseudonym,
	schema:  func() schema { return schemaObject(pseudonymProps) },
}

type pseudonymAction struct {
	as     pseudonym.Alphabet
	prefix string
	domain string // "" for the field's
	epoch  bool   // the epoch's id stands before the pseudonym
	prf    pseudonym.PRF
}

func (pseudonymAction) kind() *kind { return &pseudonymKind }

func (a pseudonymAction) String() string {
	s := "pseudonym"
	if a.as != pseudonym.Base62 {
		s += " as " + a.as.String()
	}
	if a.prefix != "" {
		s += " prefix " + a.prefix
	}
	if a.domain != "" {
		s += " domain " + a.domain
	}
	if a.epoch {
		s += " with epoch"
	}
	if a.prf != pseudonym.HMACSHA256 {
		s += " by " + a.prf.String()
	}
	return s
}

func (a pseudonymAction) build(b *binding) (redact.Transform, error) {
	domain := a.domain
	if domain == "" {
		domain = b.entry.domain()
	}
	prefix := a.prefix
	if a.epoch {
		prefix += b.epoch + "."
	}
	return redact.Pseudonym(redact.PseudonymOptions{
		Subkey: b.subkeyOf(a.prf, domain),
		Class:  b.entry.Class,
		As:     a.as,
		Prefix: prefix,
		Test:   b.secret.IsTest(),
	})
}

var pseudonymProps = []prop{
	{name: "as", doc: "How the 128 bits are written: base62 (22 characters, the default), base32 (26), hex (32), uuid (version 8, 122 bits), decimal (62 bits, for columns that must stay numbers).",
		schema: func() schema { return schemaEnum(alphabetNames...) }},
	{name: "prefix", doc: "Text before each pseudonym, such as p_, so that a reader sees what it is.", schema: schemaText},
	{name: "domain", doc: "Values of one domain get one pseudonym, whatever field they stand in; the field's own domain when not given.", schema: schemaName},
	{name: "epoch", doc: "true puts the day on which the key's epoch begins before the pseudonym, 2026-11-21., so that a reader sees which ones can be joined.", schema: schemaBool},
	{name: "prf", doc: "The keyed function: hmac-sha256 (the default) or aes-cmac, which takes a third of the time. Pseudonyms of the two do not join.", schema: func() schema { return schemaEnum(prfNames...) }},
}

// prfNames are the keyed functions, the default first.
var prfNames = []string{pseudonym.HMACSHA256.String(), pseudonym.AESCMAC.String()}

var alphabetNames = []string{"base62", "base32", "hex", "uuid", "decimal"}

// maxPrefix bounds the prefix: it stands before each value.
const maxPrefix = 32

// shortening are options of other tools that cut a pseudonym.
var shortening = []string{"bits", "chars", "length", "len", "truncate", "size", "bytes"}

func parsePseudonym(p *parser, args *yaml.Node) (action, bool) {
	if args.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(args.Content); i += 2 {
			for _, s := range shortening {
				if k := args.Content[i]; k.Value == s {
					p.report(idPseudonymShort, posOf(k), "a pseudonym cannot be shortened: under 80 bits two people come to share one").
						hint("remove %s; as: base62 is the shortest way to write 128 bits (22 characters)", s)
					return nil, false
				}
			}
		}
	}
	o := p.mapping(args, "pseudonym", pseudonymProps)
	if !o.ok {
		return nil, false
	}
	var a pseudonymAction
	ok := true
	if n := o.get("as"); n != nil {
		var word string
		if word, ok = p.oneOf(n, "as", alphabetNames); ok {
			a.as, _ = pseudonym.ParseAlphabet(word)
			if a.as == pseudonym.Decimal {
				p.report(idPseudonymDecimal, posOf(n), "decimal pseudonyms have 62 bits: among a billion people, the chance that two share one is about 1 in 10").
					hint("use it only for columns that must stay numbers")
			}
		}
	}
	if n := o.get("prefix"); n != nil {
		var ok2 bool
		a.prefix, ok2 = p.text(n, "prefix")
		switch {
		case !ok2:
		case len(a.prefix) > maxPrefix || strings.ContainsFunc(a.prefix, func(r rune) bool { return !isWordRune(r) }):
			p.report(idTransformArgs, posOf(n), "a prefix is at most %d letters, digits, '_', '-', '.' and ':'", maxPrefix)
			ok2 = false
		case strings.HasPrefix(strings.ToLower(a.prefix), "test_"):
			p.report(idTransformArgs, posOf(n), "the prefix %q would pass for the mark of test keys, test_, which says that a pseudonym protects nothing", clip(a.prefix)).
				hint("choose another one: p_")
			ok2 = false
		case a.as == pseudonym.Decimal && a.prefix != "":
			p.report(idTransformArgs, posOf(n), "a decimal pseudonym is a number and takes no prefix")
			ok2 = false
		}
		ok = ok && ok2
	}
	if n := o.get("domain"); n != nil {
		var ok2 bool
		a.domain, ok2 = p.name(n, "domain")
		ok = ok && ok2
	}
	if n := o.get("prf"); n != nil {
		word, ok2 := p.oneOf(n, "prf", prfNames)
		if ok2 {
			a.prf, _ = pseudonym.ParsePRF(word)
		}
		ok = ok && ok2
	}
	if n := o.get("epoch"); n != nil {
		a.epoch = p.boolean(n, "epoch")
		switch {
		case a.epoch && a.as == pseudonym.Decimal:
			p.report(idTransformArgs, posOf(n), "a decimal pseudonym is a number and takes no epoch")
			ok = false
		case a.epoch && len(a.prefix) > maxPrefix-epochMark:
			p.report(idTransformArgs, posOf(n), "with the epoch a prefix is at most %d characters", maxPrefix-epochMark)
			ok = false
		}
	}
	return a, ok
}

// epochMark is the length of 2026-11-21 and its dot.
const epochMark = 11

func isWordRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-.:", r)
}

func (a pseudonymAction) form() string {
	s := "pseudonym: " + [...]string{
		pseudonym.Base62: "22 letters and digits", pseudonym.Base32: "26 letters and digits", pseudonym.Hex: "32 hex digits",
		pseudonym.UUID: "a UUID of version 8", pseudonym.Decimal: "a number of up to 19 digits",
	}[a.as]
	if a.prefix != "" {
		s += " after " + a.prefix
	}
	if a.epoch {
		s += ", behind the day on which its epoch begins"
	}
	return s
}

// comparePseudonyms: another spelling tells nothing new, the epoch tells a range
// of days; another domain, or function, can be joined with other fields.
func comparePseudonyms(a, b action) release {
	x, y := a.(pseudonymAction), b.(pseudonymAction)
	if x.domain != y.domain || x.prf != y.prf {
		return releasesOther
	}
	return comparing(boolInt(x.epoch), boolInt(y.epoch))
}
