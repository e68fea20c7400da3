package rules

import (
	"errors"
	"fmt"
	"io/fs"

	"redactor/pseudonym"
	"redactor/redact"
)

// KeySource returns the secret that a key's name is bound to. Its errors say
// what is wrong with the binding and never hold the key.
type KeySource func(name string) (*pseudonym.Secret, error)

// TestKeys is the KeySource of tests, demos and explanations: the secret comes
// from the key's name and protects nothing, and its pseudonyms begin with test_.
func TestKeys(name string) (*pseudonym.Secret, error) { return pseudonym.TestSecret(name), nil }

// A Stream is a compiled stream: the topics it reads and what becomes of their
// records for each recipient.
type Stream struct {
	From    string // a topic; '*' stands for any characters
	Format  redact.Format
	Program *redact.Program
	To      []Target // in the order of the Program's profiles
	OnError OnError
}

// A Target is one recipient of a stream.
type Target struct {
	Profile  string
	Topic    string // may hold {topic}, the source topic's name
	Internal bool
	Stamp    bool // add a header with the policy's name and digest
	Guard    Guard
}

// Output returns the topic that records of a source topic are written to.
func (t Target) Output(topic string) string {
	return (&Destination{Topic: Word{Text: t.Topic}}).output(topic)
}

// Compile makes the engine's programs, one for each stream with just the
// profiles that it goes to. The problems are about keys (one that is not bound,
// two profiles with the same bytes) or what only the engine can tell.
func (p *Policy) Compile(keys KeySource) ([]Stream, Problems) { return p.CompileEpochs(keys.epochs()) }

// CompileEpochs is Compile for keys whose secret depends on the time of a
// record. It warns of keys that rotate too seldom for their recipient.
func (p *Policy) CompileEpochs(keys EpochSource) ([]Stream, Problems) {
	return p.CompileCached(keys, nil)
}

// CompileCached is CompileEpochs with a cache for the transforms that are slow
// enough; nil is none.
func (p *Policy) CompileCached(keys EpochSource, cache *redact.Cache) ([]Stream, Problems) {
	c := newCompiler(p)
	c.cache = cache
	secrets := c.secrets(keys)
	if c.problems.HasErrors() {
		return nil, c.problems.sort()
	}
	c.build(secrets)
	var out []Stream
	for i := range p.Streams {
		if s, ok := c.stream(&p.Streams[i]); ok {
			out = append(out, s)
		}
	}
	if c.problems.HasErrors() {
		return nil, c.problems.sort()
	}
	return out, c.problems.sort()
}

// compiler is the state of one Compile.
type compiler struct {
	*parser
	policy     *Policy
	fields     []redact.Field
	transforms map[string][]redact.Transform // by profile
	keys       map[string]*pseudonym.Epochs  // by profile
	cache      *redact.Cache
}

func newCompiler(p *Policy) *compiler {
	return &compiler{policy: p, parser: p.reporter(), transforms: map[string][]redact.Transform{}}
}

// secrets asks for the key of every profile that needs one and refuses two
// profiles with one secret: their pseudonyms differ by derivation, but whoever
// held the one could make the other's.
func (c *compiler) secrets(keys EpochSource) map[string]*pseudonym.Epochs {
	out := map[string]*pseudonym.Epochs{}
	var held []*Profile
	for i := range c.policy.Profiles {
		pr := &c.policy.Profiles[i]
		if !c.policy.isRecipient(pr.Name) || c.policy.firstWith(pr, needsKey) == nil {
			continue
		}
		s, err := keys(pr.Key.Text)
		if err != nil {
			c.unusable(pr, err)
			continue
		}
		for _, other := range held {
			if out[other.Name].Shares(s) {
				c.also(c.report(idKeyBytes, pr.Key.Pos, "the keys %s and %s hold the same bytes", other.Key.Text, pr.Key.Text).
					hint("make a key for each profile: redactor keygen"), other.Key.Pos, other.Name+" has it here")
			}
		}
		c.checkRotation(pr, s)
		out[pr.Name] = s
		held = append(held, pr)
	}
	return out
}

// unusable says what to do about a key: bind it, or put right what it is bound to.
func (c *compiler) unusable(pr *Profile, err error) {
	rep := c.report(idKeyUnbound, pr.Key.Pos, "the key %s of %s cannot be used: %v", pr.Key.Text, pr.Name, err)
	var ke *pseudonym.KeyError
	switch {
	case !errors.As(err, &ke):
		rep.hint("bind it in redactor.yaml: keys: {%s: {file: secrets/%s}}; redactor keygen makes one", pr.Key.Text, pr.Key.Text)
	case errors.Is(err, fs.ErrNotExist):
		rep.hint("it is bound, and nothing is there yet: redactor keygen %s; of a folder of epochs, redactor keys rotate %s", ke.Path, pr.Key.Text)
	}
}

func needsKey(_ *Entry, d decision) bool { return d.action().kind().keyed }

// build makes what the streams share: the catalog, and each recipient's
// transforms.
func (c *compiler) build(secrets map[string]*pseudonym.Epochs) {
	p := c.policy
	c.keys = secrets
	c.fields = engineFields(p)
	for i := range p.Profiles {
		pr := &p.Profiles[i]
		if p.isRecipient(pr.Name) {
			c.transforms[pr.Name] = c.profileTransforms(pr, secrets[pr.Name])
		}
	}
}

// engineFields returns the catalog as the engine takes it.
func engineFields(p *Policy) []redact.Field {
	fields := make([]redact.Field, len(p.Catalog))
	for i := range p.Catalog {
		e := &p.Catalog[i]
		fields[i] = redact.Field{
			Name: e.Name, Class: e.Class, Level: uint8(e.Level),
			Keys: e.Keys, Paths: e.Paths, Names: e.Names, Headers: e.Headers, RecordKey: e.RecordKey,
			BuiltIn: e.Group != "",
		}
	}
	return fields
}

// binding is what an action is built for: one field of one profile.
type binding struct {
	policy    *Policy
	entry     *Entry
	secret    *pseudonym.Secret
	epoch     string // the secret's; part of every derivation
	namespace string
	profile   string
	subkeys   map[subkeyName]*pseudonym.Subkey // of this profile
	derive    func(name subkeyName) *pseudonym.Subkey
}

// subkeyName is what tells the subkeys of a profile and epoch apart.
type subkeyName struct {
	domain string
	prf    pseudonym.PRF
}

func (b *binding) subkey(domain string) *pseudonym.Subkey {
	return b.subkeyOf(pseudonym.HMACSHA256, domain)
}

func (b *binding) subkeyOf(prf pseudonym.PRF, domain string) *pseudonym.Subkey {
	name := subkeyName{domain, prf}
	k := b.subkeys[name]
	if k == nil {
		k = b.derive(name)
		b.subkeys[name] = k
	}
	return k
}

// made names what transforms are shared by: building one for each of 10,000
// entries would cost more than compiling them.
type made struct {
	action action
	entry  entryKind
}

// entryKind is all that build may look at in an entry.
type entryKind struct {
	class       uint8
	crs, domain string
	name        string // where the action says it
}

func (c *compiler) profileTransforms(pr *Profile, keys *pseudonym.Epochs) []redact.Transform {
	bs, byTime := c.bindings(pr, keys), keys != nil && keys.ByTime()
	cache := map[made]redact.Transform{}
	out := make([]redact.Transform, len(c.policy.Catalog))
	for i := range c.policy.Catalog {
		e := &c.policy.Catalog[i]
		d := pr.decide(e)
		a := d.action()
		if plain, ok := a.(plainAction); ok {
			out[i], _ = plain.build(nil)
			continue
		}
		key := made{a, entryKind{class: uint8(e.Class), crs: e.CRS, domain: e.domain()}}
		if saysField(a) {
			key.entry.name = e.Name
		}
		t, ok := cache[key]
		if !ok {
			var err error
			if t, err = buildByEpoch(a, e, bs, byTime); err != nil {
				rep := c.report(idCompile, d.rule.Pos, "%s of %s for %s: %v", d, e.Name, pr.Name, err)
				if a.kind() == &fpeKind {
					rep.hint("keep fewer digits, or make it a pseudonym")
				}
			}
			cache[key] = t
		}
		out[i] = t
	}
	return out
}

func (c *compiler) stream(r *Route) (Stream, bool) {
	s := Stream{From: r.From.Text, Format: r.Format, OnError: c.policy.OnError}
	spec := redact.Spec{Format: r.Format, Fields: c.fields, Containers: c.policy.Containers, EventTime: r.EventTime.Text, Cache: c.cache}
	for _, d := range r.To {
		pr := c.policy.profile(d.Profile.Text)
		s.To = append(s.To, Target{Profile: pr.Name, Topic: d.Topic.Text, Internal: pr.Internal, Stamp: pr.Record.Stamp, Guard: pr.guard()})
		spec.Profiles = append(spec.Profiles, redact.Profile{
			Name:            pr.Name,
			Transforms:      c.transforms[pr.Name],
			Named:           c.named(pr),
			Unknown:         pr.Unknown,
			UnfitQuarantine: pr.Unfit,
			Compact:         pr.Compact,
			KeepColumns:     pr.KeepColumns,
			Guard:           pr.guard().Every,
			Only:            conditions(pr.Only),
			Except:          conditions(pr.Except),
			Time:            c.policy.recordTime(pr),
			PassHeaders:     texts(pr.Record.Headers),
			Partition:       pr.Record.Partition,
			Epochs:          c.keys[pr.Name],
		})
	}
	var ok bool
	s.Program, ok = c.program(r, spec)
	return s, ok
}

// named tells which fields the profile treats by name.
func (c *compiler) named(pr *Profile) []bool {
	out := make([]bool, len(c.policy.Catalog))
	for i := range c.policy.Catalog {
		out[i] = pr.Fields[c.policy.Catalog[i].Name] != nil
	}
	return out
}

func conditions(fs []Filter) []redact.Condition {
	out := make([]redact.Condition, len(fs))
	for i := range fs {
		out[i] = fs[i].Condition
	}
	return out
}

func texts(ws []Word) []string {
	out := make([]string, len(ws))
	for i := range ws {
		out[i] = ws[i].Text
	}
	return out
}

// maxTies is how many ambiguities of one stream are reported at once.
const maxTies = 10

// program compiles a spec. The engine reports the first tie it meets; to find
// the others, the tie is broken and the spec compiled again.
func (c *compiler) program(r *Route, spec redact.Spec) (*redact.Program, bool) {
	tied := false
	for range maxTies {
		prog, err := redact.Compile(spec)
		if err == nil {
			return prog, !tied
		}
		var tie *redact.AmbiguityError
		if !errors.As(err, &tie) {
			c.report(idCompile, r.Pos, "the stream %s cannot be compiled: %v", r.From.Text, err)
			return nil, false
		}
		tied = true
		c.tie(r, tie)
		pr := &spec.Profiles[tie.Profile]
		pr.Transforms = append([]redact.Transform(nil), pr.Transforms...)
		pr.Transforms[tie.B] = pr.Transforms[tie.A]
	}
	return nil, false
}

// tie reports two entries that match one name and are equally strict.
func (c *compiler) tie(r *Route, tie *redact.AmbiguityError) {
	a, b := &c.policy.Catalog[tie.A], &c.policy.Catalog[tie.B]
	pr := c.policy.profile(r.To[tie.Profile].Profile.Text)
	if b.Group == "" && a.Group != "" { // the own entry is the one to change
		a, b = b, a
	}
	rep := c.report(idAmbiguous, a.Pos, "%s and %s both match %q, and for %s neither is stricter: %s or %s", a.label(), b.label(), clip(tie.Name), pr.Name, pr.decide(a), pr.decide(b))
	rep.hint("give both one rule in %s's fields:, another level to one of them, or the name to one of them only", pr.Name)
	note := b.Name + " is here"
	if b.Group != "" {
		note = fmt.Sprintf("%s comes from %s, used here", b.Name, b.Group)
	}
	c.also(rep, b.Pos, note)
}
