package redact

import (
	"fmt"
	"strings"
)

// String returns the compiled program in full, for tests and for people who
// want to know what a policy came to. It shows the policy, which is no secret,
// and the names of transforms.
func (p *Program) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "depth %d, record %d\n", p.spec.MaxDepth, p.spec.MaxRecord)
	fmt.Fprintf(&b, "tape: unknown values %t, containers %t\n", p.recordAll, p.recordContainers)
	p.writePaths(&b)
	p.keys.write(&b, "key", &p.spec)
	p.headers.write(&b, "header", &p.spec)
	for i := range p.profiles {
		p.writeProfile(&b, i)
	}
	return b.String()
}

func (p *Program) writePaths(b *strings.Builder) {
	fmt.Fprintf(b, "root -> %s\n", p.target(p.paths.root))
	for s := range p.paths.states {
		st := &p.paths.states[s]
		fmt.Fprintf(b, "state %d\n", s)
		for n, name := range p.paths.names.names {
			if t := p.paths.member(stateID(s), n); t != st.member {
				fmt.Fprintf(b, "  %q -> %s\n", name, p.target(t))
			}
		}
		if st.member != (target{}) {
			fmt.Fprintf(b, "  other -> %s\n", p.target(st.member))
		}
		for _, t := range st.indexed {
			fmt.Fprintf(b, "  [%d] -> %s\n", t.index, p.target(t.target))
		}
		if st.element != (target{}) {
			fmt.Fprintf(b, "  [*] -> %s\n", p.target(st.element))
		}
	}
}

// target returns a target as text: the state and what ends there.
func (p *Program) target(t target) string {
	s := fmt.Sprint(t.next)
	for _, e := range p.paths.ends[t.ends].entries {
		s += " " + p.spec.Fields[e].Name
	}
	for _, c := range p.paths.ends[t.ends].conditions {
		s += fmt.Sprint(" condition ", c)
	}
	return s
}

func (c *catalog) write(b *strings.Builder, what string, spec *Spec) {
	names := func(entries []uint32) string {
		s := ""
		for _, e := range entries {
			s += " " + spec.Fields[e].Name
		}
		return s
	}
	for n, name := range c.deep.names {
		fmt.Fprintf(b, "%s %q exactly:%s\n", what, name, names(c.deepBy[n]))
	}
	for n, name := range c.folded.names.names {
		if c.folded.container[n] {
			fmt.Fprintf(b, "container %q\n", name)
		}
		if len(c.folded.entries[n]) > 0 {
			fmt.Fprintf(b, "%s %q:%s\n", what, name, names(c.folded.entries[n]))
		}
	}
	for _, p := range c.folded.patterns.patterns {
		fmt.Fprintf(b, "%s %q: %s\n", what, strings.Join(p.pieces, "*"), spec.Fields[p.entry].Name)
	}
}

func (p *Program) writeProfile(b *strings.Builder, i int) {
	pr := &p.spec.Profiles[i]
	fmt.Fprintf(b, "profile %s: unknown %s", pr.Name, [...]string{"drop", "null", "keep", "quarantine"}[pr.Unknown])
	if pr.KeepColumns {
		b.WriteString(", keep columns")
	}
	if pr.Compact {
		b.WriteString(", compact")
	}
	switch {
	case pr.Guard == GuardAll:
		b.WriteString(", guarded")
	case pr.Guard > 0:
		fmt.Fprintf(b, ", guarded 1 in %d", pr.Guard)
	}
	b.WriteByte('\n')
	for n, t := range pr.Transforms {
		fmt.Fprintf(b, "  %s: %s\n", p.spec.Fields[n].Name, t)
	}
}
