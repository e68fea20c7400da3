package redact

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"redactor/internal/race"
)

// allocSpecs are policies that between them use every path through the engine.
func allocSpecs() map[string]Spec {
	limit := 50.0
	filters := keySpec(tag("p_", RankPseudonym), anyDepth...)
	filters.Profiles[0].Except = []Condition{{Path: "$.ev", In: []string{"nothing"}}, {Path: "$.osv", AtLeast: &limit}}
	filters.Profiles[0].Only = []Condition{{Path: "$..*", In: []string{"Android"}}}
	wild := keySpec(tag("m\n", RankMask), "im*", "*id", "*a*t*", "l??")
	wild.Profiles[0].Unknown = UnknownNull
	tight := keySpec(Drop(), anyDepth...)
	tight.Profiles[0].Compact = true
	return map[string]Spec{
		"paths": pathSpec(stars(), append(byPathFlat, append(byPathNested, "$..rssi", "$.device.screen[1]", "$.crash..*")...)...),
		"keys":  keySpec(tag("p_", RankPseudonym), anyDepth...),
		"drop":  keySpec(Drop(), anyDepth...),
		"null":  keySpec(Null(), anyDepth...),
		"wild":  wild,
		"deny":  catalogSpec(3),
		"only":  filters,
		"tight": tight,
	}
}

func TestNoAllocs(t *testing.T) {
	race.Skip(t)
	flat, nested := flatRecords(50), nestedRecords(50)
	for name, spec := range allocSpecs() {
		m := compile(t, spec).NewMachine()
		dst := make([]byte, 0, 1<<16)
		check := func(what string, f func()) {
			t.Helper()
			f()
			if n := testing.AllocsPerRun(20, f); n != 0 {
				t.Errorf("%s: %s: %v allocations", name, what, n)
			}
		}
		check("flat", func() {
			for _, r := range flat {
				dst = renderAll(m, dst, r)
			}
		})
		check("nested", func() {
			for _, r := range nested {
				dst = renderAll(m, dst, r)
			}
		})
		fresh := []byte(`{"name_0000000000":{"ｎame_0000000000":"\u0041\"","im\u0065i0000000000":[1,{"lat":"\n"}]},"a_long_name_of_more_than_sixteen_0000000000":1}`)
		check("new names", func() { // each time other ones
			for i := range fresh {
				if c := &fresh[i]; *c >= '0' && *c < '9' && fresh[i+1] != 'e' && fresh[i-1] != 'u' {
					*c++
					break
				}
			}
			dst = renderAll(m, dst, fresh)
		})
		check("malformed", func() { dst = renderAll(m, dst, flat[0][:200]) })
		check("tombstone", func() { m.ScanTombstone(); dst, _ = m.Render(dst[:0], 0) })
		key, header := []byte("u-1001"), []byte("X-IMEI")
		check("key", func() { dst, _, _ = m.RenderKey(dst[:0], key, 0) })
		check("header", func() { dst, _, _ = m.RenderHeader(dst[:0], header, key, 0) })
		check("time", func() { m.RecordTime(1730448000123, 0) })
		check("counts", func() { m.Counts().Reset() })
	}
}

// TestFidelity: what no entry matches comes out byte for byte.
func TestFidelity(t *testing.T) {
	m := compile(t, keySpec(stars(), "nothing", "like*this")).NewMachine()
	for _, records := range [][][]byte{flatRecords(200), nestedRecords(200)} {
		for _, r := range records {
			for _, doc := range [][]byte{r, spaced(r)} {
				m.Scan(doc)
				if out, _ := m.Render(nil, 0); !bytes.Equal(out, doc) {
					t.Fatalf("in  %s\nout %s", doc, out)
				}
			}
		}
	}
}

// TestIdempotent: what was taken out stays out, and nothing else goes when the
// output is sanitized again.
func TestIdempotent(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	fixed := []Transform{Drop(), Null(), Keep(), stars()}
	for range 300 {
		spec := randomSpec(r)
		for i := range spec.Profiles {
			pr := &spec.Profiles[i]
			pr.Only, pr.Except = nil, nil
			pr.Unknown = pick(r, []Unknown{UnknownDrop, UnknownNull, UnknownKeep})
			for n := range pr.Transforms {
				pr.Transforms[n] = pick(r, fixed)
			}
		}
		x := newTwinRun(t, spec)
		if x == nil {
			continue
		}
		for range 20 {
			var b bytes.Buffer
			randomDoc(r, &b, 4)
			for i := range spec.Profiles {
				if x.m.Scan(b.Bytes()).Outcome != Passed {
					continue
				}
				once, _ := x.m.Render(nil, i)
				if v := x.m.Scan(once); v.Outcome != Passed {
					t.Fatalf("%s: %v", once, v)
				}
				if twice, _ := x.m.Render(nil, i); !bytes.Equal(once, twice) {
					t.Fatalf("profile %d of %s\nrecord %s\nonce   %s\ntwice  %s", i, x.m.prog, b.Bytes(), once, twice)
				}
			}
		}
	}
}

// TestDeterminism: the output does not depend on the Machine, on what it did
// before, or on the order of profiles.
func TestDeterminism(t *testing.T) {
	records := append(flatRecords(40), nestedRecords(40)...)
	p := compile(t, catalogSpec(3))
	want := map[string]string{}
	for round := range 3 {
		m := p.NewMachine()
		for n := range records {
			r := records[(n*7+round)%len(records)]
			m.Scan([]byte(`{"broken":[1,"imei":`)) // leaves nothing behind
			m.Scan(r)
			for k := range 6 {
				i := (k + round) % 3
				out, v := m.Render(nil, i)
				if v.Outcome != Passed {
					t.Fatal(v)
				}
				key := fmt.Sprint(i, string(r))
				if first, ok := want[key]; ok && first != string(out) {
					t.Fatalf("%s\nfirst %s\nnow   %s", r, first, out)
				}
				want[key] = string(out)
			}
		}
	}
}

// TestSharedProgram runs Machines of one Program at once, while others are
// made: for the race detector.
func TestSharedProgram(t *testing.T) {
	p := compile(t, catalogSpec(3))
	records := append(flatRecords(20), nestedRecords(20)...)
	m := p.NewMachine()
	var want []string
	for _, r := range records {
		want = append(want, string(renderAll(m, nil, r)))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			m := p.NewMachine()
			for k := range 200 {
				n := k % len(records)
				name := fmt.Sprintf(`{"name_%d":{"imei":1}}`, k)
				renderAll(m, nil, []byte(name))
				if got := string(renderAll(m, nil, records[n])); got != want[n] {
					t.Errorf("got %s, want %s", got, want[n])
				}
				p.Outcome(Leaf{}, 0)
			}
		})
	}
	wg.Wait()
}

func TestCounts(t *testing.T) {
	m := basics(t).NewMachine()
	m.Scan([]byte(`{"imei":1,"model":"x","y":{"z":1},"net":{"ip":true},"imei":[1,{}]}`))
	for i := range 3 {
		m.Render(nil, i)
	}
	for i, want := range [][5]uint64{ // imei, unknown, ip, model; unfit ip
		{3, 1, 1, 1, 1}, // {} in the array is one of the field's; "y" as a whole is unknown
		{2, 1, 1, 1, 0}, // the array as a whole, "z"
		{2, 1, 1, 1, 0},
	} {
		c := m.Counts().Profiles[i]
		if got := [5]uint64{c.Hits(0), c.Unknown(), c.Hits(1), c.Hits(2), c.Unfit(1)}; got != want {
			t.Errorf("profile %d: %v, want %v", i, got, want)
		}
	}
	m.Counts().Reset()
	if c := m.Counts().Profiles[0]; c.Hits(0)+c.Unknown()+c.Unfit(1) != 0 {
		t.Error("counts after Reset")
	}
}
