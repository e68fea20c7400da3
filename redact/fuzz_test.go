package redact

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomSpec makes a policy of few names, so that things meet.
func randomSpec(r *rand.Rand) Spec {
	var s Spec
	for n := r.IntN(6); n >= 0; n-- {
		s.Fields = append(s.Fields, randomField(r, len(s.Fields)))
	}
	for n := r.IntN(3); n > 0; n-- {
		if c := pick(r, twinNames); checkKey(c) == nil {
			s.Containers = append(s.Containers, c)
		}
	}
	for n := r.IntN(3); n >= 0; n-- {
		s.Profiles = append(s.Profiles, randomProfile(r, len(s.Fields)))
	}
	if r.IntN(4) == 0 {
		s.MaxDepth = 3 + r.IntN(4)
	}
	return s
}

var twinNames = []string{"imei", "a", "b", "net", "ip", "x_y", "Wi-Fi", "客厅", "k1", "user.id", "data", "a\"b", "a\\b", "", "_"}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func randomField(r *rand.Rand, n int) Field {
	f := Field{Name: fmt.Sprint("f", n), Level: uint8(1 + r.IntN(4)), RecordKey: r.IntN(4) == 0, BuiltIn: r.IntN(2) == 0}
	for k := r.IntN(3); k > 0; k-- {
		if key := randomKey(r); checkKey(key) == nil {
			f.Keys = append(f.Keys, key)
		}
	}
	for k := r.IntN(3); k > 0; k-- {
		f.Paths = append(f.Paths, randomPath(r).String())
	}
	return f
}

func randomKey(r *rand.Rand) string {
	name := pick(r, twinNames)
	switch r.IntN(8) {
	case 0:
		return name + "*"
	case 1:
		return "*" + name
	case 2:
		return "*" + name + "*"
	case 3:
		return pick(r, twinNames) + "*" + name + "*" + pick(r, twinNames)
	case 4:
		if r.IntN(4) == 0 {
			return "*"
		}
	}
	return name
}

func randomPath(r *rand.Rand) path {
	var p path
	for n := r.IntN(4); n > 0; n-- {
		switch k := r.IntN(12); {
		case k < 6:
			p = append(p, step{kind: stepName, name: pick(r, twinNames)})
		case k < 8:
			p = append(p, step{kind: stepElem})
		case k < 9:
			p = append(p, step{kind: stepIndex, index: uint32(r.IntN(3))})
		case k < 11:
			p = append(p, step{kind: stepDeepName, name: pick(r, twinNames)})
		default:
			return append(p, step{kind: stepDeepAll})
		}
	}
	return p
}

func randomProfile(r *rand.Rand, fields int) Profile {
	pr := Profile{Name: "p", Unknown: Unknown(r.IntN(4)), UnfitQuarantine: r.IntN(5) == 0, Compact: r.IntN(4) == 0}
	if r.IntN(2) == 0 {
		pr.Unknown = pick(r, []Unknown{UnknownDrop, UnknownKeep})
	}
	for n := range fields {
		pr.Transforms = append(pr.Transforms, randomTransform(r, n))
	}
	if r.IntN(2) == 0 {
		for range fields {
			pr.Named = append(pr.Named, r.IntN(2) == 0)
		}
	}
	for n := r.IntN(4) - 2; n > 0; n-- {
		pr.Only = append(pr.Only, randomCondition(r))
	}
	for n := r.IntN(4) - 2; n > 0; n-- {
		pr.Except = append(pr.Except, randomCondition(r))
	}
	return pr
}

// randomTransform returns a transform that shows its number, so that the wrong
// match of a tie would be seen.
func randomTransform(r *rand.Rand, n int) Transform {
	if r.IntN(6) == 0 {
		return randomSiblings(r, n)
	}
	switch r.IntN(8) {
	case 0:
		return Drop()
	case 1:
		return Null()
	case 2, 3:
		return Keep()
	case 4:
		return Transform{OpApply, RankReplace, "replace", constantText(fmt.Sprint("r\n", n))}
	case 5:
		return Transform{OpApply, RankGeneralize, "shape", shapes(n)}
	case 6:
		return tag(fmt.Sprintf("m%d\"", n), RankMask)
	}
	return tag(fmt.Sprint("p", n), RankPseudonym)
}

// randomSiblings returns a transform that adds members, of few names.
func randomSiblings(r *rand.Rand, n int) Transform {
	base := randomTransform(r, n)
	var add []Sibling
	for k := r.IntN(3); k >= 0; k-- {
		t := tag(fmt.Sprintf("s%d\"", n), RankMask)
		if r.IntN(2) == 0 {
			t = Transform{OpApply, RankGeneralize, "shape", shapes(n)}
		}
		add = append(add, Sibling{pick(r, []string{"s", "t\"", "u"}), t})
	}
	out, err := WithSiblings(base, add...)
	if err != nil { // of siblings there are no siblings
		return base
	}
	return out
}

// shapes is a transform that returns every shape, by the value's first byte.
type shapes int

func (s shapes) apply(w *worker, dst, v []byte, k Kind) ([]byte, Shape) {
	if len(v) == 0 {
		return append(dst, "empty"...), ShapePlain
	}
	switch v[0] % 5 {
	case 0:
		return append(dst, v...), ShapeText
	case 1:
		return append(dst, fmt.Sprint(int(s), "5")...), ShapeText
	case 2:
		return append(dst, '1', '2'), ShapeNumber
	case 3:
		return append(dst, `{"raw":[]}`...), ShapeRaw
	}
	if v[len(v)-1]%2 == 0 {
		return dst, ShapeNull
	}
	return dst, ShapeUnfit
}

func randomCondition(r *rand.Rand) Condition {
	c := Condition{Path: randomPath(r).String()}
	if r.IntN(2) == 0 {
		c.In = []string{pick(r, randomScalars), "true", "a", "14"}
	}
	if r.IntN(2) == 0 || len(c.In) == 0 {
		x := float64(r.IntN(20))
		if r.IntN(2) == 0 {
			c.Below = &x
		} else {
			c.AtLeast = &x
		}
	}
	return c
}

var randomScalars = []string{
	"0", "-0", "1", "14", "358142035282084", "12345678901234567890", "1e400", "-1.5E-3", "0.10", "3.58142035282084e14",
	"true", "false", "null", `""`, `"a"`, `"14"`, `" 14"`, `"1e2"`, `"a\"b"`, `"\\"`, `"\u0061\n\u0000"`, `"\ud83d\ude00"`, `"\ud83d"`,
	`"\udE00\ud83d\u0041"`, `"客厅的WiFi"`, `"a long string with spaces, {brackets} and [more]: 12345"`, `"/\/"`, `"é"`, "{}", "[]", "{ }", "[\n]",
}

// randomDoc writes a value with white space everywhere.
func randomDoc(r *rand.Rand, b *bytes.Buffer, depth int) {
	space(r, b)
	defer space(r, b)
	switch k := r.IntN(6 + depth); {
	case depth > 0 && k < 4, depth > 3 && k < 8:
		b.WriteByte('{')
		for n := r.IntN(6); n >= 0; n-- {
			space(r, b)
			b.WriteByte('"')
			b.WriteString(spellName(r, pick(r, twinNames)))
			b.WriteByte('"')
			space(r, b)
			b.WriteByte(':')
			randomDoc(r, b, depth-1)
			if n > 0 {
				b.WriteByte(',')
			}
		}
		b.WriteByte('}')
	case depth > 0 && k < 6:
		b.WriteByte('[')
		for n := r.IntN(4); n >= 0; n-- {
			randomDoc(r, b, depth-1)
			if n > 0 {
				b.WriteByte(',')
			}
		}
		b.WriteByte(']')
	default:
		b.WriteString(pick(r, randomScalars))
	}
}

func space(r *rand.Rand, b *bytes.Buffer) {
	if r.IntN(6) == 0 {
		b.WriteString(pick(r, []string{" ", "\n", "\t ", "\r\n  "}))
	}
}

// spellName returns a JSON spelling of a name, or of one that folds to it.
func spellName(r *rand.Rand, name string) string {
	var b strings.Builder
	style := r.IntN(4)
	for _, c := range name {
		k := 0
		if style == 0 {
			k = r.IntN(10)
		}
		switch {
		case k == 1:
			fmt.Fprintf(&b, `\u%04x`, c)
		case k == 2:
			b.WriteString(strings.ToUpper(string(c)))
			continue
		case k == 3:
			b.WriteString(pick(r, []string{"_", "-", ".", " ", `\u0000`, "\u200b", `\n`, "x", "\ufeff"}))
			fallthrough
		case k == 4 && c >= 'a' && c <= 'z':
			if c >= 'a' && c <= 'z' {
				c += 0xFF41 - 'a'
			}
			fallthrough
		default:
			switch c {
			case '"', '\\':
				b.WriteByte('\\')
			}
			b.WriteRune(c)
		}
	}
	if style == 1 && r.IntN(3) == 0 {
		b.WriteString(strings.Repeat("_", 1+r.IntN(80)))
	}
	return b.String()
}

// mutate spoils a document.
func mutate(r *rand.Rand, doc []byte) []byte {
	const alphabet = "{}[]:,\"\\ 0123456789.-+eEtruefalsn\n\t\x00\x01\x7f\xe5\xed\xa0\xf4\xc0x/"
	doc = bytes.Clone(doc)
	for n := 1 + r.IntN(2); n > 0 && len(doc) > 0; n-- {
		i := r.IntN(len(doc))
		switch r.IntN(4) {
		case 0:
			doc[i] = alphabet[r.IntN(len(alphabet))]
		case 1:
			doc = append(doc[:i], doc[i+1:]...)
		case 2:
			doc = append(doc[:i], append([]byte{alphabet[r.IntN(len(alphabet))]}, doc[i:]...)...)
		case 3:
			doc = doc[:i]
		}
	}
	return doc
}

// twinRun compares the engine with its twin on documents of one policy, and the
// two ways to scan with each other.
type twinRun struct {
	spec     Spec
	m        *Machine
	portable *Machine
	twin     *twin
	room     [256]byte // for output, more or less of it

	documents   int // rendered so far
	leavesEvery int // Leaves is compared for one in so many; 0 is all
}

// newTwinRun returns nil for a policy whose entries tie.
func newTwinRun(t testing.TB, spec Spec) *twinRun {
	t.Helper()
	p, err := Compile(spec)
	if err != nil {
		var tie *AmbiguityError
		if !errors.As(err, &tie) {
			t.Fatalf("%v\n%+v", err, spec)
		}
		return nil
	}
	return &twinRun{spec: spec, m: p.NewMachine(), portable: p.NewPortableMachine(), twin: newTwin(spec)}
}

func (x *twinRun) compare(t testing.TB, doc []byte) {
	t.Helper()
	root, reason := x.twin.parse(doc)
	v := x.m.Scan(doc)
	if pv := x.portable.Scan(doc); pv != v || reason == ReasonNone && !slices.Equal(x.portable.tape, x.m.tape) || !slices.Equal(x.portable.findings, x.m.findings) {
		t.Fatalf("%q\n%s: %v, portable %v\n%v\n%v", doc, x.m.prog, v, pv, x.m.tape, x.portable.tape)
	}
	// A record that is too deep and malformed is refused for what comes first.
	if v.Reason != reason && !(v.Reason == ReasonDepth && reason == ReasonParse) {
		t.Fatalf("%q\n%s: verdict %v, want %v", doc, x.m.prog, v.Reason, reason)
	}
	for i := range x.spec.Profiles {
		got, gv := x.m.Render(x.room[:0:len(doc)%(1+len(x.room))], i)
		if p, pv := x.portable.Render(nil, i); !bytes.Equal(p, got) || pv != gv {
			t.Fatalf("record  %q\nprofile %d\ngot      %q %v\nportable %q %v\n%+v\n", doc, i, got, gv, p, pv, x.spec)
		}
		if reason != ReasonNone {
			if gv != v || len(got) > 0 {
				t.Fatalf("%q: rendered after %v", doc, v)
			}
			continue
		}
		want, wv, leaves := x.twin.render(doc, root, i)
		if string(got) != want || gv != wv {
			t.Fatalf("record  %q\nprofile %d\ngot     %q %v\nwant    %q %v\n%+v\n", doc, i, got, gv, want, wv, x.spec)
		}
		if x.documents++; x.leavesEvery <= 1 || x.documents%x.leavesEvery == 0 {
			x.compareLeaves(t, doc, i, leaves)
		}
	}
}

// compareLeaves checks that Leaves finds every leaf and that Outcome says what
// Render does with it.
func (x *twinRun) compareLeaves(t testing.TB, doc []byte, i int, want map[int]twinOutcome) {
	t.Helper()
	found, last := 0, -1
	for l := range x.m.Leaves {
		o, known := want[l.Start]
		tr, field := x.m.prog.Outcome(l, i)
		if !known || l.Start <= last || field != o.field || opOf(tr) != o.op && o.op != opQuarantine || o.op == opQuarantine && tr.name != "quarantine" {
			t.Fatalf("record %q\nprofile %d: %+v: %v by %d, want %+v\n%+v", doc, i, l, tr, field, o, x.spec)
		}
		found, last = found+1, l.Start
	}
	if found != len(want) {
		t.Fatalf("record %q: %d leaves, want %d", doc, found, len(want))
	}
}

// TestTwin runs the engine against its twin on random policies and documents.
func TestTwin(t *testing.T) {
	policies := 200
	if testing.Short() {
		policies = 40
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range policies {
		x := newTwinRun(t, randomSpec(r))
		if x == nil {
			continue
		}
		for range 30 {
			var b bytes.Buffer
			randomDoc(r, &b, 1+r.IntN(5))
			x.compare(t, b.Bytes())
			x.compare(t, mutate(r, b.Bytes()))
		}
	}
}

// FuzzTwin lets the fuzzer choose one of many policies and the bytes of the
// record. Machines are kept between records, so that what one leaves behind is
// met by the next.
func FuzzTwin(f *testing.F) {
	const policies = 512
	r := rand.New(rand.NewPCG(3, 4))
	for seed := range uint64(40) {
		var b bytes.Buffer
		randomDoc(r, &b, 4)
		f.Add(seed, b.Bytes())
	}
	for _, s := range malformed {
		f.Add(uint64(0), []byte(s))
	}
	for _, s := range marathonFinds {
		f.Add(s.leg, []byte(s.doc))
	}
	runs := map[uint64]*twinRun{}
	f.Fuzz(func(t *testing.T, seed uint64, doc []byte) {
		seed %= policies
		x, known := runs[seed]
		if !known {
			x = newTwinRun(t, randomSpec(rand.New(rand.NewPCG(seed, 5))))
			runs[seed] = x
		}
		if x != nil && len(doc) < 1<<14 {
			x.compare(t, doc)
			x.compare(t, doc) // names are remembered now
		}
	})
}
