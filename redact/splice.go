package redact

import "unsafe"

// This file is renderer.walk for processors with wide vectors: spliceRecord
// does what tapes are full of, with masked moves of 64 bytes, and leaves the
// rest to renderer.edit.

// splice is the state of spliceRecord between two nodes that it leaves.
type splice struct {
	rec      *byte
	size     int // of the record
	dst      *byte
	length   int // of the output
	room     int // its capacity
	tape     *tapeNode
	n, count int // the next node, and how many there are
	actions  *action
	hits     *uint64
	literals *replacement
	masks    *splicedMask
	opened   *container
	depth    int
	last     uint32
	drops    bool
}

// spliceRecord knows these by heart.
var (
	_ = [1]struct{}{}[unsafe.Sizeof(container{})-24]
	_ = [1]struct{}{}[unsafe.Sizeof(tapeNode{})-16]
	_ = [1]struct{}{}[unsafe.Sizeof(frame{})-16]
	_ = [1]struct{}{}[unsafe.Sizeof(remembered{})-128]
	_ = [1]struct{}{}[unsafe.Offsetof(memo{}.names)]
	_ = [1]struct{}{}[unsafe.Sizeof(memo{}.guesses[0])-guessScale]
	_ = [1]struct{}{}[unsafe.Sizeof(walkState{})-16]
	_ = [1]struct{}{}[unsafe.Sizeof(splicedMask{})-32]
)

// splice renders all nodes and what is behind the last.
func (r *renderer) splice(pr *profile) Verdict {
	m := r.m
	s := &m.splice // field by field: a literal would be made elsewhere and copied
	s.rec, s.size = unsafe.SliceData(r.rec), len(r.rec)
	s.tape, s.count, s.n = unsafe.SliceData(m.tape), len(m.tape), 0
	s.actions = unsafe.SliceData(m.rules.actions[r.profile])
	s.hits = unsafe.SliceData(m.counts.Profiles[r.profile].hits)
	s.literals, s.masks = unsafe.SliceData(m.prog.literals[r.profile]), unsafe.SliceData(m.prog.masks[r.profile])
	s.opened, s.drops = unsafe.SliceData(m.opened), pr.drops
	for {
		s.dst, s.length, s.room, s.last, s.depth = unsafe.SliceData(r.dst), len(r.dst), cap(r.dst), r.last, r.depth
		spliceRecord(s)
		r.dst, r.last, r.depth = r.dst[:s.length], s.last, s.depth
		if s.n == s.count {
			return Verdict{}
		}
		if v := r.node(pr); v.Outcome != Passed {
			return v
		}
	}
}

// node renders the next node.
func (r *renderer) node(pr *profile) Verdict {
	m, s := r.m, &r.m.splice
	n := s.n
	s.n++
	nd := &m.tape[n]
	if nd.kind() == kindClose {
		r.depth--
		if f := &m.opened[r.depth]; f.cut != 0 {
			r.leave(nd, f)
		}
		return Verdict{}
	}
	end := nd.end
	if nd.kind() == kindOpen {
		s.n = int(end) + 1
		end = m.tape[end].end
	}
	a := m.rules.actions[r.profile][nd.meta&ruleMask]
	m.counts.Profiles[r.profile].hits[a.slot()]++
	return r.edit(n, end, pr, a)
}
