package rules

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

var ipKind = kind{
	name:    "ip",
	doc:     "Cuts an address to its network: /24 of IPv4 and /48 of IPv6 when not said.",
	usage:   "{ip: {v4: 24, v6: 48}}",
	bare:    ipAction{24, 48},
	suits:   classes(detect.IP),
	takes:   classes(detect.IP, detect.None, detect.Text),
	parse:   parseIP,
	compare: comparePrefixes,
	rank:    redact.RankGeneralize,
	schema:  func() schema { return schemaObject(ipProps) },
}

type ipAction struct{ v4, v6 int }

func (ipAction) kind() *kind { return &ipKind }

func (a ipAction) String() string { return fmt.Sprintf("ip /%d /%d", a.v4, a.v6) }

func (a ipAction) build(*binding) (redact.Transform, error) { return redact.IPTruncate(a.v4, a.v6) }

// The longest prefixes that hide something: of a /31 or a /127 the other
// address is known. A /64 is one household's network (RFC 6177), so anything
// longer names a device.
const (
	maxV4 = 30
	maxV6 = 64
)

var ipProps = append([]prop{
	{name: "v4", doc: "How many leading bits of an IPv4 address stay; 24 when not given.", schema: func() schema { return schemaInt(0, maxV4) }},
	{name: "v6", doc: "How many leading bits of an IPv6 address stay; 48 when not given. Beyond 64 it would name a device.", schema: func() schema { return schemaInt(0, maxV6) }},
}, ipCipherProps...)

func parseIP(p *parser, args *yaml.Node) (action, bool) {
	if args.Kind == yaml.ScalarNode {
		p.report(idTransformArgs, posOf(args), "ip wants the prefix lengths by version").hint("write {ip: {v4: 24, v6: 48}}")
		return nil, false
	}
	o := p.mapping(args, "ip", ipProps)
	if o.ok && o.get("preserve") != nil {
		return p.parseIPCipher(o, args)
	}
	for _, name := range []string{"cipher", "special"} {
		if n := o.get(name); n != nil {
			p.report(idTransformArgs, posOf(n), "%s goes with preserve", name).hint("write {ip: {preserve: prefix, %s: %s}}", name, n.Value)
			return nil, false
		}
	}
	a := ipAction{24, 48}
	ok4 := p.optInt(o, "v4", 0, maxV4, &a.v4)
	ok6 := p.optInt(o, "v6", 0, maxV6, &a.v6)
	return a, o.ok && ok4 && ok6
}

func (a ipAction) form() string {
	return fmt.Sprintf("network of the address: /%d of IPv4, /%d of IPv6", a.v4, a.v6)
}

func comparePrefixes(a, b action) release {
	x, y := a.(ipAction), b.(ipAction)
	return both(comparing(x.v4, y.v4), comparing(x.v6, y.v6))
}
