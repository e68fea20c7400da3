package rules

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/pseudonym"
	"redactor/redact"
)

var scrubKind = kind{
	name:   "scrub",
	doc:    "Takes the identifiers that detectors find out of a text and leaves the rest. What no detector knows stays: a scrubbed text is less personal, not anonymous.",
	usage:  "{scrub: {detect: [imei, mac, phone, email]}}",
	bare:   scrubAction{set: detect.AllDetectors},
	suits:  classes(detect.Text),
	takes:  scrubTakes,
	parse:  parseScrub,
	rank:   redact.RankMask,
	schema: func() schema { return schemaObject(scrubProps) },
	compare: func(a, b action) release {
		x, y := a.(scrubAction), b.(scrubAction)
		switch {
		case x.patterns != y.patterns || x.allow != y.allow:
			return releasesOther
		case x.set == y.set:
			return releasesSame
		case x.set&y.set == y.set:
			return releasesMore
		case x.set&y.set == x.set:
			return releasesLess
		}
		return releasesOther
	},
}

// scrubKeyedKind is scrub with pseudonyms in the place of what is found. The
// word is scrub: parseScrub makes its actions.
var scrubKeyedKind = kind{
	name:    "scrub",
	usage:   "{scrub: {pseudonyms: true}}",
	keyed:   true,
	suits:   noClass,
	takes:   scrubTakes,
	rank:    redact.RankMask,
	compare: scrubKind.compare,
}

// scrubTakes are texts. What is an identifier as a whole is not left to
// detectors, which may not know its form.
var scrubTakes = classes(detect.None, detect.Text, detect.URL, detect.UserAgent, detect.Category)

type scrubAction struct {
	set        detect.Set
	text       string
	pseudonyms bool
	patterns   string // name, NUL, pattern, NUL, …: actions compare as values
	allow      string // value, NUL, …
}

func (a scrubAction) kind() *kind {
	if a.pseudonyms {
		return &scrubKeyedKind
	}
	return &scrubKind
}

func (a scrubAction) String() string {
	s := "scrub"
	if a.set != detect.AllDetectors {
		s += " " + a.set.String()
	}
	for _, c := range a.custom() {
		s += " " + c.Name + "=/" + c.Pattern + "/"
	}
	if a.text != "" {
		s += " by " + a.text
	}
	if a.pseudonyms {
		s += " pseudonyms"
	}
	if a.allow != "" {
		s += " allow " + strings.Join(a.allowed(), ",")
	}
	return s
}

func (a scrubAction) custom() []detect.CustomPattern {
	var out []detect.CustomPattern
	parts := strings.Split(a.patterns, "\x00")
	for i := 0; i+1 < len(parts); i += 2 {
		out = append(out, detect.CustomPattern{Name: parts[i], Pattern: parts[i+1]})
	}
	return out
}

func (a scrubAction) allowed() []string {
	if a.allow == "" {
		return nil
	}
	return strings.Split(a.allow, "\x00")
}

func (a scrubAction) build(b *binding) (redact.Transform, error) {
	o := redact.ScrubOptions{Detect: detect.Config{Set: a.set, Custom: a.custom(), Allow: a.allowed()}, Text: a.text}
	if a.pseudonyms {
		o.Test = b.secret.IsTest()
		o.Subkey = func(c detect.Class) *pseudonym.Subkey { return b.subkey(c.Domain()) }
	}
	return redact.Scrub(o)
}

var scrubProps = []prop{
	{name: "detect", doc: "What is looked for: names of detectors, ip for both kinds of address; all of them when not given.", schema: func() schema { return schemaList(schemaEnum(detectorWords()...)) }},
	{name: "by", doc: "The text that stands in the place of what is found; when not given, the detector in brackets, such as [imei].", schema: schemaText},
	{name: "pseudonyms", doc: "true writes the pseudonym of what is found into the brackets, the one it has in a field of its class: [imei:3Kq…].", schema: schemaBool},
	{name: "allow", doc: "Values that stay although a detector finds them, such as the mail address of the help desk: when all of a find is one of them. The guard lets them pass too.", schema: func() schema { return schemaList(schemaText()) }},
	{name: "patterns", doc: "Detectors of your own, RE2 patterns by name. They read the whole text each: keep them few.", schema: func() schema {
		return schema{"type": "object", "additionalProperties": schema{"type": "string"}}
	}},
}

func detectorWords() []string {
	return append(detect.DetectorNames(), "ip", "all")
}

func parseScrub(p *parser, args *yaml.Node) (action, bool) {
	o := p.mapping(args, "scrub", scrubProps)
	if !o.ok {
		return nil, false
	}
	a := scrubAction{set: detect.AllDetectors}
	ok := true
	if n := o.get("detect"); n != nil {
		a.set = 0
		for _, w := range p.words(n, "detect") {
			s, err := detect.ParseSet(w.Text)
			if err != nil {
				p.report(idNotOneOf, w.Pos, "there is no detector %q", clip(w.Text)).hint("%s", didYouMean(w.Text, detectorWords()))
				ok = false
			}
			a.set |= s
		}
		ok = ok && a.set != 0
	}
	if n := o.get("by"); n != nil {
		var ok1 bool
		a.text, ok1 = p.text(n, "by")
		ok = ok && ok1
	}
	if n := o.get("pseudonyms"); n != nil {
		a.pseudonyms = p.boolean(n, "pseudonyms")
		if a.pseudonyms && a.text != "" {
			p.report(idTransformArgs, posOf(n), "what is found becomes one text (by) or a pseudonym, not both").hint("remove one of them")
			ok = false
		}
	}
	if n := o.get("allow"); n != nil {
		var values []string
		for _, w := range p.words(n, "allow") {
			values = append(values, w.Text)
		}
		a.allow = strings.Join(values, "\x00")
	}
	if n := o.get("patterns"); n != nil {
		var parts []string
		p.pairs(n, "patterns", func(k, v *yaml.Node) {
			name, ok1 := p.name(k, "the name of a pattern")
			text, ok2 := p.text(v, "a pattern")
			if ok = ok && ok1 && ok2; !ok1 || !ok2 {
				return
			}
			if _, err := regexp.Compile(text); err != nil {
				p.report(idTransformArgs, posOf(v), "the pattern %s is no RE2 expression", name).hint("see https://github.com/google/re2/wiki/Syntax")
				ok = false
				return
			}
			parts = append(parts, name, text)
		})
		a.patterns = strings.Join(parts, "\x00")
	}
	return a, ok
}

func (a scrubAction) form() string {
	switch {
	case a.pseudonyms:
		return "text; identifiers found in it are pseudonyms in brackets"
	case a.text != "":
		return "text; identifiers found in it are " + a.text
	}
	return "text; identifiers found in it are named in brackets"
}
