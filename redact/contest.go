package redact

import (
	"iter"
	"slices"
	"strings"
)

// This file finds the ties of wildcards. Of two wildcards that are equally
// strict for a profile and do different things, neither may be the shortest
// name of the other, and yet a record can bring a name that both match.

// contested yields, for each two wildcards of c that are equally strict for some
// profile and do different things there, a name that both match, if there is
// one. What else matches that name may settle it.
func (p *Program) contested(c *catalog) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range p.spec.Profiles {
			for _, rivals := range p.rivals(i, c.folded.patterns.patterns) {
				for n, a := range rivals {
					for _, b := range rivals[:n] {
						if name, ok := meet(a, b); ok && !p.sameOutcome(i, int(a.entry), int(b.entry)) && !yield(name) {
							return
						}
					}
				}
			}
		}
	}
}

// rivals groups the patterns whose entries are equally strict for profile i.
// Groups that do all the same are left out: they are most of a large catalog.
func (p *Program) rivals(i int, patterns []pattern) [][]*pattern {
	type strictness struct {
		rank  Rank
		level uint8
	}
	at := map[strictness]int{}
	var groups [][]*pattern
	for n := range patterns {
		entry := patterns[n].entry
		s := strictness{p.spec.Profiles[i].Transforms[entry].rank, p.spec.Fields[entry].Level}
		g, ok := at[s]
		if !ok {
			g = len(groups)
			at[s] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], &patterns[n])
	}
	return slices.DeleteFunc(groups, func(g []*pattern) bool {
		return !slices.ContainsFunc(g, func(q *pattern) bool { return !p.sameOutcome(i, int(g[0].entry), int(q.entry)) })
	})
}

// meet returns a short name that both patterns match: the longer of their
// beginnings, what either asks for in the middle, and the longer of their ends.
func meet(a, b *pattern) (string, bool) {
	lastA, lastB := len(a.pieces)-1, len(b.pieces)-1
	first, ok := longer(a.pieces[0], b.pieces[0], strings.HasPrefix)
	if !ok {
		return "", false
	}
	end, ok := longer(a.pieces[lastA], b.pieces[lastB], strings.HasSuffix)
	if !ok {
		return "", false
	}
	return first + strings.Join(a.pieces[1:lastA], "") + strings.Join(b.pieces[1:lastB], "") + end, true
}

// longer returns the longer of two texts if the other is a part of it at the
// end that in looks at.
func longer(a, b string, in func(s, part string) bool) (string, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	return a, in(a, b)
}
