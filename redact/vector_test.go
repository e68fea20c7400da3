package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"redactor/internal/jsonscan"
)

// TestVectorsTakeGoodRecords: a record that is JSON, and an object or an array, is
// read by vectors to its end, wherever its parts fall in blocks and chunks. What
// they leave to the other way is right as well, so nothing but its cost would
// tell.
func TestVectorsTakeGoodRecords(t *testing.T) {
	if !useVectors {
		t.Skip("no vectors")
	}
	r := rand.New(rand.NewPCG(17, 18))
	try := func(m *Machine, doc []byte) {
		m.begin(doc)
		if !m.scanMarked(doc) {
			t.Fatalf("left to the other way: %.300q", doc)
		}
	}
	good := 0
	for range 60 {
		x := newTwinRun(t, randomSpec(r))
		if x == nil || x.spec.MaxDepth > 0 || len(x.m.prog.paths.ends[x.m.prog.paths.root.ends].conditions) > 0 || x.m.prog.rootMeta&ruleMask != 0 {
			continue // a root that is a leaf is left on purpose
		}
		for range 60 {
			var b bytes.Buffer
			b.WriteString(strings.Repeat(" ", pick(r, []int{0, 1, r.IntN(70), 440 + r.IntN(80), 4000 + r.IntN(120)})))
			for b.WriteByte('['); b.Len() < 100; b.WriteByte(',') {
				randomDoc(r, &b, 1+r.IntN(4))
			}
			b.WriteString("0]")
			if json.Valid(b.Bytes()) { // random names are not always well spelled
				try(x.m, b.Bytes())
				good++
			}
		}
	}
	if good < 500 {
		t.Errorf("only %d records", good)
	}
	m := compile(t, catalogSpec(3)).NewMachine()
	for _, records := range [][][]byte{flatRecords(100), nestedRecords(100)} {
		var all []byte
		for _, rec := range records {
			try(m, rec)
			try(m, spaced(rec))
			all = append(append(all, ','), rec...)
		}
		all[0] = '['
		try(m, append(all, ']'))
	}
}

// TestVectorLoopKnows: what records are full of ends no walkRecord. Names that
// are remembered, in either way of their set, are found there, behind objects and
// arrays too, and so are elements and values.
func TestVectorLoopKnows(t *testing.T) {
	if !useVectors {
		t.Skip("no vectors")
	}
	const record = `{"imei":"1","event":"x","data":{"n":1,"list":[1,{"event":2},[3,true],null],"m":-2},"k":{"a":1},"b":[{"n":1},{"n":2}],"c":3}` + `                    `
	m := matrixSpecs(t)["device logs"].prog.NewMachine()
	for range 3 {
		m.Scan([]byte(record))
	}
	if got := m.events([]byte(record)); got != [eventValue + 1]int{eventDone: 1} {
		t.Errorf("events: %v", got)
	}
	// Two names of one set, and one that is as long as short ones may be.
	m = compile(t, keySpec(stars(), "imei")).NewMachine()
	set := func(i int) uint64 {
		k0, k1 := memoKeys(fmt.Appendf(nil, "%07d", i))
		return memoWay(memoHash(k0, k1, memoTag(m.prog.paths.root.next, 7)))
	}
	other := 1
	for set(other) != set(0) {
		other++
	}
	doc := fmt.Appendf(nil, `{"%07d":1,"%07d":2,"%s":3}                    `, 0, other, strings.Repeat("n", memoShort))
	m.Scan(doc)
	if got := m.events(doc); got != [eventValue + 1]int{eventDone: 1} {
		t.Errorf("events of two names in a set: %v", got)
	}
	long := []byte(`{"` + strings.Repeat("n", memoShort+1) + `":3}                    `)
	m.Scan(long)
	if got := m.events(long); got != [eventValue + 1]int{eventDone: 1, eventName: 1} {
		t.Errorf("events of a long name: %v", got)
	}
}

// TestReplacementsOfEveryLength: a text of any length stands in the place of a
// value, whatever runs of bytes are copied before it and whatever room there is.
func TestReplacementsOfEveryLength(t *testing.T) {
	spec := Spec{Profiles: []Profile{{Name: "p", Unknown: UnknownKeep}, {Name: "q"}}}
	text := strings.Repeat("0123456789\"客", 6)
	for n := range 50 {
		spec.Fields = append(spec.Fields, Field{Name: fmt.Sprint(n), Level: 4, Keys: []string{fmt.Sprintf("k%02d", n)}})
		for i := range spec.Profiles {
			spec.Profiles[i].Transforms = append(spec.Profiles[i].Transforms, Replace(strings.ToValidUTF8(text[:n], "")))
		}
	}
	x := newTwinRun(t, spec)
	r := rand.New(rand.NewPCG(19, 20))
	for range 400 {
		doc := []byte(`{"a":0`)
		for range 1 + r.IntN(12) {
			doc = fmt.Appendf(doc, `,"k%02d":"v","b":"%s"`, r.IntN(50), strings.Repeat("x", r.IntN(90)))
		}
		x.compare(t, append(doc, strings.Repeat(" ", r.IntN(300))+"}"...))
	}
}

// events scans a record as scanMarked does and counts why walkRecord returned,
// for want of positions aside.
func (m *Machine) events(rec []byte) (n [eventValue + 1]int) {
	if !json.Valid(rec) {
		panic("no JSON")
	}
	w, p := &m.walk, m.prog
	m.begin(rec)
	m.marks.Start()
	w.rec, w.lastName, w.from, w.n, w.k, w.used, w.depth = &rec[0], len(rec)-memoShort-1, -jsonscan.Chunk, 0, 0, 0, 0
	w.start, w.v, w.what, w.next = 0, 0, p.rootMeta, p.paths.root.next
	w.state, w.inner, w.node, w.closing, w.resume = 0, 0, 0, 0, atValue
	m.ends = p.paths.root.ends
	for ok := m.moreMarks(); ok; n[w.event]++ {
		switch walkRecord(w); w.event {
		case eventBad, eventDone:
			ok = false
		case eventMore:
			ok = m.moreMarks()
			n[w.event]--
		case eventName:
			ok = m.walkName()
		case eventElement:
			ok = m.walkElement()
		case eventValue:
			ok = m.walkValue()
		}
	}
	return n
}
