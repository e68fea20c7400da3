package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"strconv"
	"time"

	"redactor/internal/synth"
	"redactor/redact"
)

// oracle issues the records of the source and knows, before a record is sent,
// what each recipient must get of it: the engine says so in this process, where
// nothing dies. That the engine is right is what its own tests show; here the
// bytes of a run without faults are held against those of a run with them, and
// none of them may hold what was planted.
type oracle struct {
	book    *book
	planted *planted
	program *redact.Program
	machine *redact.Machine
	gens    []*synth.Gen // by partition
	seed    maphash.Seed
	next    []int
	buf     []byte
}

func newOracle(seed uint64, program *redact.Program, b *book) *oracle {
	o := &oracle{book: b, planted: newPlanted(), program: program, machine: program.NewMachine(), seed: maphash.MakeSeed(), next: make([]int, len(b.parts))}
	// A day back: older than anything that coarsens to the hour, younger than any retention.
	start := time.Now().Add(-24 * time.Hour).UnixMilli()
	for p := range b.parts {
		o.gens = append(o.gens, synth.NewWith(synth.Options{Seed: seed<<8 | uint64(p), Subjects: 2000, Start: start, Track: true}))
	}
	return o
}

// issued is a record of the source.
type issued struct {
	key, value []byte
	time       int64
	number     int
}

// spoiled records cannot be judged: they end too early.
func spoiled(n int) bool { return n%500 == 250 }

// issue makes the next record of a partition.
func (o *oracle) issue(p int) (issued, error) {
	g := o.gens[p]
	kind := synth.Flat
	if o.next[p]%64 == 63 { // they plant values by the dozen that never come again
		kind = synth.Nested
	}
	r := issued{value: g.Append(nil, kind), time: g.Time()}
	r.key = g.AppendKey(nil)
	o.next[p]++
	for _, v := range g.Planted() {
		if v.Name != "latitude" && v.Name != "longitude" { // a figure in a metric may be one by chance
			o.planted.add(v.Value)
		}
	}
	s := sent{spoiled: spoiled(o.next[p] - 1), time: r.time}
	if s.spoiled {
		r.value = r.value[:len(r.value)-1]
		r.number = o.book.issue(p, s)
		return r, nil
	}
	if v := o.machine.Scan(r.value); v.Outcome != redact.Passed {
		return r, fmt.Errorf("the oracle's own record is refused: %v", v.Reason)
	}
	for i := range recipients {
		key, null, _ := o.machine.RenderKey(nil, r.key, i)
		if null {
			key = nil
		}
		out, v := o.machine.Render(o.buf[:0], i)
		if v.Outcome != redact.Passed {
			return r, fmt.Errorf("the oracle's own record does not pass for %s", recipients[i])
		}
		for _, w := range g.Planted() {
			if bytes.Contains(out, w.Value) || bytes.Contains(key, w.Value) {
				return r, fmt.Errorf("%s would get a planted %s: the policy of the harness leaks", recipients[i], w.Name)
			}
		}
		s.want[i] = o.hash(key, out, o.machine.RecordTime(r.time, i))
		o.buf = out
	}
	r.number = o.book.issue(p, s)
	return r, nil
}

// hash stands for all that a recipient gets of a record. A null key differs
// from an empty one.
func (o *oracle) hash(key, value []byte, ms int64) uint64 {
	var h maphash.Hash
	h.SetSeed(o.seed)
	var head [13]byte
	binary.BigEndian.PutUint64(head[:], uint64(ms))
	binary.BigEndian.PutUint32(head[8:], uint32(len(key)))
	if key == nil {
		head[12] = 1
	}
	h.Write(head[:])
	h.Write(key)
	h.Write(value)
	return h.Sum64()
}

// numberOf finds the number of a record in an output: synth counts from 1.
func numberOf(value []byte) (int, bool) {
	if _, rest, ok := bytes.Cut(value, []byte(`"seq":`)); ok {
		end := 0
		for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
			end++
		}
		if n, err := strconv.Atoi(string(rest[:end])); err == nil {
			return n - 1, true
		}
	}
	var slow struct{ Seq *int } // names may be spelled with escapes, and blanks stand after colons
	if json.Unmarshal(value, &slow) != nil || slow.Seq == nil {
		return 0, false
	}
	return *slow.Seq - 1, true
}

// neverNumber is the number from which on records belong to transactions that
// are aborted: those of the source, and those that a hijacker leaves in outputs.
const neverNumber = 4_000_000_000

// never is a record that nobody may ever see.
func never(i int) []byte {
	return fmt.Appendf(nil, `{"seq":%d,"event":"aborted"}`, neverNumber+i+1)
}
