package rules

import (
	"slices"
	"time"

	"redactor/detect"
)

// check looks for what the grammar allows and the language refuses, and for
// what a reviewer should know. What needs the engine is in prove.
func (p *parser) check(pol *Policy, now time.Time) {
	p.sameKeys(pol)
	for i := range pol.Profiles {
		pr := &pol.Profiles[i]
		p.checkFieldNames(pol, pr)
		p.checkOutcomes(pol, pr)
		p.checkUnknown(pr)
		p.checkKey(pol, i)
		p.checkRecordTime(pol, pr)
		p.checkTravelers(pol, pr)
		p.checkShifts(pol, pr)
		p.checkEverything(pol, pr)
	}
	p.checkStreams(pol)
	if !p.problems.HasErrors() { // else what is unused may just be misspelled
		p.checkUse(pol)
	}
	p.checkJoinable(pol)
	p.checkFollows(pol)
	if a := pol.Approved; a != nil && a.Expires != "" && a.Expires < now.UTC().Format(time.DateOnly) {
		p.report(idExpired, a.pos, "the approval expired on %s", a.Expires).hint("have the policy signed again")
	}
}

// sameKeys warns where two of the policy's own entries name one key: the
// engine takes the stricter outcome, the author may not have meant it.
func (p *parser) sameKeys(pol *Policy) {
	seen := map[string]int{} // the first entry of each folded key
	for i := range pol.Catalog {
		e := &pol.Catalog[i]
		if e.Group != "" {
			break
		}
		for _, k := range e.Keys {
			f := foldName(k)
			first, taken := seen[f]
			if !taken {
				seen[f] = i
				continue
			}
			if other := &pol.Catalog[first]; first != i {
				p.also(p.report(idSameKey, e.Pos, "%s and %s both name the key %s; the strictest outcome wins", other.Name, e.Name, clip(k)).
					hint("leave it to one of them"), other.Pos, other.Name+" is here")
			}
		}
	}
}

// checkFieldNames refuses names that the catalog does not have: a rule that
// never applies protects nothing.
func (p *parser) checkFieldNames(pol *Policy, pr *Profile) {
	for name, r := range pr.Fields {
		if r.From != "" || pol.entry(name) != nil {
			continue
		}
		rep := p.report(idNoSuch, r.Pos, "there is no field %q in the catalog", clip(name))
		if g := groupOf(name); g != "" {
			rep.hint("it is in %s: add that to use:", g)
			continue
		}
		names := make([]string, 0, len(pol.Catalog))
		for i := range pol.Catalog {
			names = append(names, pol.Catalog[i].Name)
		}
		if s := suggest(name, names); s != "" {
			rep.hint("did you mean %s?", s)
			continue
		}
		if e := pol.byKey(name); e != nil {
			rep.hint("the key %s belongs to the field %s: use the field's name", clip(name), e.Name)
			continue
		}
		rep.hint("fields: of a profile uses names of the catalog; add an entry for it")
	}
}

// groupOf returns the built-in group that has a field, "" for none.
func groupOf(name string) string {
	for _, g := range stdGroupNames() {
		entries, _ := stdGroup(g)
		if slices.ContainsFunc(entries, func(s StdEntry) bool { return s.Name == name }) {
			return g
		}
	}
	return ""
}

// byKey returns the entry that names a key, or nil.
func (p *Policy) byKey(key string) *Entry {
	f := foldName(key)
	for i := range p.Catalog {
		for _, k := range p.Catalog[i].Keys {
			if foldName(k) == f {
				return &p.Catalog[i]
			}
		}
	}
	return nil
}

// checkUnknown refuses what would let values out that nobody named.
func (p *parser) checkUnknown(pr *Profile) {
	word := unknownNames[pr.Unknown]
	if pr.Internal || word != "keep" && word != "null" {
		return
	}
	what := "values that no entry names would leave"
	if word == "null" {
		what = "names that no entry knows would leave"
	}
	p.report(idUnknownLeaves, pr.unknownAt, "unknown: %s in %s, which is external: %s", word, pr.Name, what).
		hint("drop (the default) or quarantine; internal: true is for recipients inside the organization")
}

// checkKey asks for a key where pseudonyms are made, one for each profile.
func (p *parser) checkKey(pol *Policy, i int) {
	pr := &pol.Profiles[i]
	if pr.Key.Text == "" {
		if e := pol.firstWith(pr, needsKey); e != nil {
			p.report(idNoKey, pr.Pos, "%s makes pseudonyms (of %s) and names no key", pr.Name, e.Name).
				hint("add key: join-%s, and bind that name in redactor.yaml", pr.Name)
		}
		return
	}
	for j := range pol.Profiles[:i] {
		if other := &pol.Profiles[j]; other.Key.Text == pr.Key.Text {
			p.also(p.report(idSharedKey, pr.Key.Pos, "%s and %s share the key %s", other.Name, pr.Name, pr.Key.Text).
				hint("give each recipient a key of its own: key: join-%s", pr.Name), other.Key.Pos, other.Name+" has it here")
		}
	}
}

// firstWith returns the first field of which a profile's decision is as
// wanted, or nil.
func (p *Policy) firstWith(pr *Profile, is func(*Entry, decision) bool) *Entry {
	for i := range p.Catalog {
		if e := &p.Catalog[i]; is(e, pr.decide(e)) {
			return e
		}
	}
	return nil
}

// travelers are headers that other systems know a request or a person by.
var travelers = []string{"traceparent", "tracestate", "baggage", "b3", "xb3traceid", "xb3spanid", "xrequestid", "xcorrelationid", "xcloudtracecontext", "ubertraceid", "xamzntraceid"}

// checkTravelers warns of headers by which an external recipient could ask
// another system who it was.
func (p *parser) checkTravelers(pol *Policy, pr *Profile) {
	if pr.Internal {
		return
	}
	for _, h := range pr.Record.Headers {
		if slices.Contains(travelers, foldName(h.Text)) {
			p.report(idStamp, h.Pos, "%s sends the header %s to an external recipient: it is known to other systems and joins with their logs", pr.Name, h.Text).
				hint("remove it")
		}
	}
	for i := range pol.Catalog {
		e := &pol.Catalog[i]
		d := pr.decide(e)
		if d.action() != action(keepAction) {
			continue
		}
		for _, h := range e.Headers {
			if slices.Contains(travelers, foldName(h)) {
				p.report(idStamp, d.rule.Pos, "%s keeps %s, the header %s, for an external recipient: it is known to other systems and joins with their logs", pr.Name, e.Name, h).
					hint("%s: drop", e.Name)
			}
		}
	}
}

// checkUse warns of what is defined and never used.
func (p *parser) checkUse(pol *Policy) {
	for _, v := range pol.variants {
		if !p.used[v.name.Text] {
			p.report(idTransformUnused, v.name.Pos, "no profile uses the transform %s", v.name.Text).hint("remove it")
		}
	}
	for i := range pol.Profiles {
		pr := &pol.Profiles[i]
		if !pol.isRecipient(pr.Name) && !pol.isExtended(pr.Name) && len(pol.Streams) > 0 {
			p.report(idProfileUnused, pr.Pos, "no stream goes to %s", pr.Name).hint("add it to a stream's to:, or remove it")
		}
	}
}

func (p *Policy) isRecipient(profile string) bool {
	for i := range p.Streams {
		if slices.ContainsFunc(p.Streams[i].To, func(d Destination) bool { return d.Profile.Text == profile }) {
			return true
		}
	}
	return false
}

func (p *Policy) isExtended(profile string) bool {
	return slices.ContainsFunc(p.Profiles, func(pr Profile) bool { return pr.Extends.Text == profile })
}

// className says of what class a field is, in a sentence.
func className(c detect.Class) string {
	if c == detect.None {
		return "has no is:"
	}
	return "is: " + c.String()
}

func entryNames(es []*Entry) []string {
	names := make([]string, len(es))
	for i, e := range es {
		names[i] = e.Name
	}
	return names
}
