package rules

import (
	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

// ipCipherKind is what {ip: {preserve: …}} means: the word is ip, the outcome
// is as strict as a pseudonym, needs a key, and stays inside. It is not in
// kinds: parseIP makes its actions.
var ipCipherKind = kind{
	name:       "ip",
	usage:      "{ip: {preserve: prefix}}",
	keyed:      true,
	suits:      noClass,
	takes:      classes(detect.IP, detect.None, detect.Text),
	rank:       redact.RankPseudonym,
	insideOnly: "who knows 256 addresses and what they became knows the /24 of 40 % of the others",
}

type ipCipherAction struct {
	preserve string // prefix or nothing
	cipher   string // ipcrypt or crypto-pan
	special  bool
}

func (ipCipherAction) kind() *kind { return &ipCipherKind }

func (a ipCipherAction) String() string {
	s := "ip preserve " + a.preserve
	if a.cipher != ipCiphers[0] {
		s += " cipher " + a.cipher
	}
	if a.special {
		s += " special stay"
	}
	return s
}

func (a ipCipherAction) build(b *binding) (redact.Transform, error) {
	o := redact.IPCipherOptions{Special: a.special}
	domain := b.entry.domain()
	var err error
	switch {
	case a.preserve == ipPreserves[1]:
		o.Whole = b.secret.AddressCipher(b.namespace, b.profile, b.profile, domain, b.epoch)
	case a.cipher == ipCiphers[1]:
		o.CryptoPAn = b.secret.CryptoPAn(b.namespace, b.profile, b.profile, domain, b.epoch)
	default:
		o.Prefix, err = b.secret.PrefixCipher(b.namespace, b.profile, b.profile, domain, b.epoch)
	}
	if err != nil {
		return redact.Transform{}, err
	}
	return redact.IPCipher(o)
}

var (
	ipPreserves = []string{"prefix", "nothing"}
	ipCiphers   = []string{"ipcrypt", "crypto-pan"}
	ipSpecials  = []string{"change", "stay"}
)

var ipCipherProps = []prop{
	{name: "preserve", doc: "Encrypts the address instead of cutting it, in internal profiles: prefix keeps addresses of one network in one network, nothing keeps nothing of it.", schema: func() schema { return schemaEnum(ipPreserves...) }},
	{name: "cipher", doc: "With preserve: prefix, ipcrypt (ipcrypt-pfx, the default), or crypto-pan for data sets that were made with it.", schema: func() schema { return schemaEnum(ipCiphers...) }},
	{name: "special", doc: "With preserve: prefix, stay leaves private, loopback, multicast, documentation and other special addresses in their ranges; change is the default.", schema: func() schema { return schemaEnum(ipSpecials...) }},
}

// parseIPCipher reads the arguments of {ip: {preserve: …}}.
func (p *parser) parseIPCipher(o *object, args *yaml.Node) (action, bool) {
	for _, cut := range []string{"v4", "v6"} {
		if n := o.get(cut); n != nil {
			p.report(idTransformArgs, posOf(n), "an address is cut (%s) or encrypted (preserve), not both", cut).hint("remove one of them")
			return nil, false
		}
	}
	word := func(name string, words []string) (string, bool) {
		n := o.get(name)
		if n == nil {
			return words[0], true
		}
		return p.oneOf(n, name, words)
	}
	preserve, ok1 := word("preserve", ipPreserves)
	cipher, ok2 := word("cipher", ipCiphers)
	special, ok3 := word("special", ipSpecials)
	if !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	a := ipCipherAction{preserve, cipher, special == ipSpecials[1]}
	if a.preserve == ipPreserves[1] && (a.special || a.cipher != ipCiphers[0]) {
		p.report(idTransformArgs, posOf(args), "preserve: nothing has one cipher, and leaves nothing of a range").hint("remove cipher and special, or write preserve: prefix")
		return nil, false
	}
	return a, true
}

func (a ipCipherAction) form() string {
	if a.preserve == ipPreserves[1] {
		return "encrypted address, written as IPv6"
	}
	return "encrypted address; addresses of one network stay in one network"
}
