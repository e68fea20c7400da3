package rules

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

// fpeTextKind is what {fpe: {alphabet: …}} means: the word is fpe, the classes
// are those that no recipe is for. It is not in kinds: parseFPE makes its actions.
var fpeTextKind = kind{
	name:  "fpe",
	usage: "{fpe: {alphabet: base36}}",
	keyed: true,
	suits: noClass,
	takes: classes(detect.None, detect.Serial, detect.Device, detect.MEID, detect.UUID, detect.Account, detect.Plate),
	rank:  redact.RankPseudonym,
	compare: func(a, b action) release {
		x, y := a.(fpeTextAction), b.(fpeTextAction)
		if x.alphabet != y.alphabet {
			return releasesOther
		}
		return comparing(x.keep, y.keep)
	},
}

// fpeAlphabets are the alphabets that have names; letters are taken in either
// case, as long as a value has one of them.
var fpeAlphabets = []struct{ name, characters string }{
	{"digits", "0123456789"}, {"hex", "0123456789abcdef"}, {"base36", "0123456789abcdefghijklmnopqrstuvwxyz"},
}

type fpeTextAction struct {
	alphabet string // a name, or the characters
	keep     int
}

func (fpeTextAction) kind() *kind { return &fpeTextKind }

func (a fpeTextAction) String() string {
	s := "fpe alphabet " + strconv.Quote(a.alphabet)
	if a.keep > 0 {
		s += " keep " + strconv.Itoa(a.keep)
	}
	return s
}

func (a fpeTextAction) form() string { return "encrypted into a text of the same form" }

// characters returns the alphabet, and whether case does not matter.
func (a fpeTextAction) characters() (string, bool) {
	for _, n := range fpeAlphabets {
		if n.name == a.alphabet {
			return n.characters, true
		}
	}
	return a.alphabet, false
}

func (a fpeTextAction) build(b *binding) (redact.Transform, error) {
	characters, fold := a.characters()
	ff1, err := b.secret.FF1(len(characters), b.namespace, b.profile, b.profile, b.entry.domain(), b.epoch)
	if err != nil {
		return redact.Transform{}, err
	}
	return redact.FPEText(redact.FPETextOptions{FF1: ff1, Alphabet: characters, Keep: a.keep, FoldCase: fold})
}

// maxFPETextKeep is as many characters as may stay of a text.
const maxFPETextKeep = 16

// fpeText makes the action of an alphabet, of what else fpe was given.
func (p *parser) fpeText(n *yaml.Node, o *object, a fpeAction, ok bool) (action, bool) {
	t := fpeTextAction{keep: max(a.keep, 0)}
	t.alphabet, _ = p.text(n, "alphabet")
	characters, named := t.characters()
	switch {
	case t.alphabet == "":
		return nil, false
	case !named && !alphabetOf(characters):
		p.report(idTransformArgs, posOf(n), "an alphabet is 2 to 94 different printable ASCII characters, or one of %s", fpeAlphabetNames()).
			hintText(didYouMean(t.alphabet, strings.Split(fpeAlphabetNames(), ", ")))
		return nil, false
	case t.keep > maxFPETextKeep:
		p.report(idTransformArgs, o.pos("keep"), "with an alphabet at most %d characters may stay", maxFPETextKeep)
		return nil, false
	case o.get("keep_last") != nil || o.get("check") != nil:
		p.report(idTransformArgs, posOf(n), "keep_last and check belong to recipes; an alphabet has keep alone")
		return nil, false
	}
	return t, ok
}

func fpeAlphabetNames() string {
	var names []string
	for _, n := range fpeAlphabets {
		names = append(names, n.name)
	}
	return strings.Join(names, ", ")
}

func alphabetOf(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || strings.IndexByte(s[i+1:], s[i]) >= 0 {
			return false
		}
	}
	return len(s) >= 2 && len(s) <= 94
}
