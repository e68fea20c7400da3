package redact

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// This file finds which wildcard keys match a name. A catalog may hold ten
// thousand of them, so a name is not tried against each: every pattern is
// filed under one run of up to four bytes of its literal text (a gram), the
// grams of the name are looked up, and only the patterns found are tried.

// A pattern is a key with '*' in it, folded.
type pattern struct {
	pieces []string // the literals between stars; first and last may be empty
	entry  uint32
}

func newPattern(folded string, entry int) pattern {
	return pattern{strings.Split(folded, "*"), uint32(entry)}
}

// match reports whether the pattern matches the whole name. Time is linear in
// the name for each piece: after the first, the leftmost place of a piece is
// as good as any.
func (p *pattern) match(name []byte) bool {
	first, last := p.pieces[0], p.pieces[len(p.pieces)-1]
	if len(name) < len(first)+len(last) || string(name[:len(first)]) != first || string(name[len(name)-len(last):]) != last {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, piece := range p.pieces[1 : len(p.pieces)-1] {
		i := bytes.Index(name, []byte(piece))
		if i < 0 {
			return false
		}
		name = name[i+len(piece):]
	}
	return true
}

// A gram is up to four bytes of text and their number in the top byte.
type gram uint64

func gramOf(text []byte) gram {
	g := gram(len(text)) << 32
	for i, c := range text {
		g |= gram(c) << (8 * i)
	}
	return g
}

// A patternIndex finds the patterns that may match a name.
type patternIndex struct {
	patterns []pattern
	always   []uint32 // patterns of stars alone
	lengths  [5]bool  // lengths of gram in use
	slots    []gramSlot
	lists    []uint32 // patterns, in runs that the slots name
	filter   [64]uint64
}

type gramSlot struct {
	g        gram // 0: empty
	from, to uint32
}

func newPatternIndex(patterns []pattern) *patternIndex {
	x := &patternIndex{patterns: patterns}
	byGram := map[gram][]uint32{}
	for n := range patterns {
		g := x.pick(&patterns[n], byGram)
		if g == 0 {
			x.always = append(x.always, uint32(n))
			continue
		}
		byGram[g] = append(byGram[g], uint32(n))
	}
	x.file(byGram)
	return x
}

// pick chooses the gram of a pattern: the one with the fewest patterns so far
// among those of its longest piece.
func (x *patternIndex) pick(p *pattern, byGram map[gram][]uint32) gram {
	longest := slices.MaxFunc(p.pieces, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	n := min(len(longest), 4)
	if n == 0 {
		return 0
	}
	best := gram(0)
	for i := 0; i+n <= len(longest); i++ {
		g := gramOf([]byte(longest[i : i+n]))
		if best == 0 || len(byGram[g]) < len(byGram[best]) {
			best = g
		}
	}
	return best
}

func (x *patternIndex) file(byGram map[gram][]uint32) {
	size := 4
	for size < 2*len(byGram) {
		size *= 2
	}
	x.slots = make([]gramSlot, size)
	grams := make([]gram, 0, len(byGram))
	for g := range byGram {
		grams = append(grams, g)
	}
	slices.Sort(grams)
	for _, g := range grams {
		x.lengths[g>>32] = true
		h := g.hash()
		x.filter[h>>6&63] |= 1 << (h & 63)
		i := h >> 32 & uint64(size-1)
		for x.slots[i].g != 0 {
			i = (i + 1) & uint64(size-1)
		}
		from := len(x.lists)
		x.lists = append(x.lists, byGram[g]...)
		x.slots[i] = gramSlot{g, uint32(from), uint32(len(x.lists))}
	}
}

func (g gram) hash() uint64 {
	h := uint64(g) * 0x9E3779B97F4A7C15
	return h ^ h>>32
}

// find returns the patterns filed under g.
func (x *patternIndex) find(g gram) []uint32 {
	h := g.hash()
	if x.filter[h>>6&63]>>(h&63)&1 == 0 {
		return nil
	}
	for i := h >> 32 & uint64(len(x.slots)-1); x.slots[i].g != 0; i = (i + 1) & uint64(len(x.slots)-1) {
		if x.slots[i].g == g {
			return x.lists[x.slots[i].from:x.slots[i].to]
		}
	}
	return nil
}

// A patternTrial is the scratch of a match: each pattern is tried once for a
// name, or a name of ten megabytes of one gram would cost quadratic time.
type patternTrial struct {
	tried []uint32 // the round in which a pattern was last tried
	round uint32
}

func newPatternTrial(patterns int) patternTrial {
	return patternTrial{tried: make([]uint32, patterns)}
}

// appendMatches appends the entries of the patterns that match a folded name.
func (x *patternIndex) appendMatches(dst []uint32, t *patternTrial, name []byte) []uint32 {
	for _, n := range x.always {
		dst = append(dst, x.patterns[n].entry)
	}
	if t.round++; t.round == 0 {
		clear(t.tried)
		t.round = 1
	}
	for length := 1; length <= 4; length++ {
		if !x.lengths[length] {
			continue
		}
		for i := 0; i+length <= len(name); i++ {
			for _, n := range x.find(gramOf(name[i : i+length])) {
				if t.tried[n] == t.round {
					continue
				}
				t.tried[n] = t.round
				if p := &x.patterns[n]; p.match(name) {
					dst = append(dst, p.entry)
				}
			}
		}
	}
	return dst
}
