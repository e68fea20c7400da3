package rules

import (
	"time"

	"go.yaml.in/yaml/v4"

	"redactor/pseudonym"
	"redactor/redact"
)

// An EpochSource returns the secrets that a key's name is bound to, by time. Its
// errors say what is wrong with the binding and never hold the key.
type EpochSource func(name string) (*pseudonym.Epochs, error)

// epochs makes an EpochSource of keys without epochs.
func (keys KeySource) epochs() EpochSource {
	return func(name string) (*pseudonym.Epochs, error) {
		s, err := keys(name)
		if err != nil {
			return nil, err
		}
		return pseudonym.WithoutEpochs(s), nil
	}
}

// longestEpoch is how long a recipient outside may join the records of one
// person without a reason: long enough for a month's figures.
const longestEpoch = 30 * 24 * time.Hour

// checkRotation warns of an outside recipient's key that lives on for longer.
func (c *compiler) checkRotation(pr *Profile, e *pseudonym.Epochs) {
	if pr.Internal || pr.KeyWhy != "" || e.IsTest() {
		return
	}
	switch {
	case !e.ByTime():
		c.report(idKeyRotation, pr.Key.Pos, "the key %s of %s has no epochs: the records of one person can be joined for as long as it exists", pr.Key.Text, pr.Name).
			hint("bind it in redactor.yaml: keys: {%s: {dir: keys/%s, rotate: 30d}}, or say why not: key: {name: %s, why: \"…\"}", pr.Key.Text, pr.Key.Text, pr.Key.Text)
	case e.Rules().Rotate > longestEpoch:
		c.report(idKeyRotation, pr.Key.Pos, "the key %s of %s rotates every %d days; for a recipient outside 30 are the most without a reason", pr.Key.Text, pr.Name, int(e.Rules().Rotate.Hours()/24)).
			hint("set rotate: 30d in redactor.yaml, or say why not: key: {name: %s, why: \"…\"}", pr.Key.Text)
	}
}

// bindings returns one binding for each epoch of a profile's key; nil where the
// secret was destroyed. A profile without a key has one, for actions that want
// none.
func (c *compiler) bindings(pr *Profile, e *pseudonym.Epochs) []*binding {
	if e == nil {
		return []*binding{{policy: c.policy, namespace: c.policy.Namespace, profile: pr.Name}}
	}
	out := make([]*binding, e.Len())
	for i := range out {
		at := e.At(i)
		if at.Secret == nil {
			continue
		}
		out[i] = &binding{
			policy: c.policy, secret: at.Secret, epoch: at.ID, namespace: c.policy.Namespace, profile: pr.Name, subkeys: map[subkeyName]*pseudonym.Subkey{},
			derive: func(n subkeyName) *pseudonym.Subkey {
				return at.Secret.SubkeyOf(n.prf, c.policy.Namespace, pr.Name, pr.Name, n.domain, at.ID)
			},
		}
	}
	return out
}

// buildByEpoch builds an action for every epoch of the profile's key, if it
// depends on the key at all.
func buildByEpoch(a action, entry *Entry, bs []*binding, byTime bool) (redact.Transform, error) {
	if with, ok := a.(addingAction); ok {
		return with.join(func(part action) (redact.Transform, error) { return buildByEpoch(part, entry, bs, byTime) })
	}
	if !a.kind().keyed || !byTime {
		b := &binding{}
		if len(bs) > 0 && bs[0] != nil {
			b = bs[0]
		}
		b.entry = entry
		return a.build(b)
	}
	ts := make([]redact.Transform, len(bs))
	for i, b := range bs {
		if b == nil {
			continue
		}
		b.entry = entry
		var err error
		if ts[i], err = a.build(b); err != nil {
			return redact.Transform{}, err
		}
	}
	return redact.ByEpoch(ts), nil
}

// keyProps are the properties of a key that is named with a reason.
var keyProps = []prop{
	{name: "name", doc: "The name of the key; redactor.yaml binds it.", schema: schemaName, required: true},
	{name: "why", doc: "Why the key of a recipient outside lives for more than 30 days.", schema: schemaText},
}

func schemaKey() schema {
	return schema{"oneOf": []schema{schemaName(), schemaObject(keyProps)}}
}

// key reads the name of a profile's key, with or without a reason.
func (p *parser) key(pr *Profile, n *yaml.Node) {
	at := n
	if n.Kind == yaml.MappingNode {
		o := p.mapping(n, "key", keyProps)
		if v := o.get("why"); v != nil {
			pr.KeyWhy, _ = p.text(v, "why")
		}
		if at = o.get("name"); at == nil {
			return
		}
	}
	if s, ok := p.name(at, "key"); ok {
		pr.Key = Word{s, posOf(at)}
	}
}

// eventTime reads the path of the time at which a record was made.
func (p *parser) eventTime(n *yaml.Node) Word {
	w, ok := p.word(n, "event_time")
	if !ok || !p.path(w) {
		return Word{}
	}
	return w
}
