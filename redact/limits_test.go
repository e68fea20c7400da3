package redact

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
)

// pathological returns records of about n bytes that are as bad as JSON gets.
func pathological(n int) map[string][]byte {
	build := func(open, closing string, unit func(i int) string) []byte {
		var b bytes.Buffer
		b.WriteString(open)
		for i := 0; b.Len() < n; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(unit(i))
		}
		b.WriteString(closing)
		return b.Bytes()
	}
	run := func(open, unit, closing string) []byte {
		return []byte(open + strings.Repeat(unit, n/len(unit)) + closing)
	}
	return map[string][]byte{
		"one string":         run(`{"s":"`, "x", `","imei":"1"}`),
		"one masked string":  run(`{"imei":"`, "x", `"}`),
		"all escapes":        run(`{"imei":"`, `\"\\\u0041\n`, `","s":"\"\"\""}`),
		"all quotes":         run(`{"s":"`, `\"`, `"}`),
		"chinese":            run(`{"s":"`, "客厅的", `"}`),
		"one name":           run(`{"`, "imei", `":1}`),
		"one name escaped":   run(`{"`, `\u0069mei`, `":1}`),
		"white space":        run(`{"imei":`, " \n\t\r", `1}`),
		"one number":         run(`{"imei":1`, "0", `}`),
		"new names":          build("{", "}", func(i int) string { return fmt.Sprintf(`"name_%d":%d`, i, i) }),
		"new long names":     build("{", "}", func(i int) string { return fmt.Sprintf(`"a_name_that_is_not_short_%040d":1`, i) }),
		"same names":         build("{", "}", func(i int) string { return `"imei":"358"` }),
		"dropped members":    build("{", "}", func(i int) string { return `"x":1` }),
		"numbers":            build("[", "]", func(i int) string { return "1" }),
		"empty objects":      build("[", "]", func(i int) string { return "{}" }),
		"objects":            build("[", "]", func(i int) string { return `{"imei":1,"x":2}` }),
		"dropped objects":    build("[", "]", func(i int) string { return `{"x":[{"x":2}]}` }),
		"deep":               []byte(strings.Repeat(strings.Repeat(`{"data":`, 200)+"1"+strings.Repeat("}", 200)+"\n", 1)),
		"deep arrays":        build("[", "]", func(i int) string { return strings.Repeat("[", 300) + strings.Repeat("]", 300) }),
		"wildcard repeats":   run(`{"`, "imeix", `":1}`),
		"suspicious letters": run(`{"`, "іｍ\u200b", `":1}`),
	}
}

func pathologicalProgram(t testing.TB) *Program {
	ts := func(t Transform) []Transform { return []Transform{t, t, t, t} }
	return compile(t, Spec{
		MaxRecord:  64 << 20,
		Containers: []string{"data"},
		Fields: []Field{
			{Name: "imei", Level: 4, Keys: []string{"imei"}},
			{Name: "wild", Level: 4, Keys: []string{"*imei*q", "x*imei*imei*q", "*q", "im*q"}},
			{Name: "path", Level: 4, Paths: []string{"$..data.data.leaf", "$[*]..a..b"}},
			{Name: "other", Level: 4, Keys: []string{"volt"}},
		},
		Profiles: []Profile{
			{Name: "keep", Unknown: UnknownKeep, Transforms: ts(stars())},
			{Name: "deny", Transforms: ts(hidden())},
			{Name: "drop", Transforms: ts(Drop())},
		},
	})
}

// renderAll is one record through the engine.
func renderAll(m *Machine, dst, record []byte) []byte {
	m.Scan(record)
	for i := range m.prog.Profiles() {
		dst, _ = m.Render(dst[:0], i)
	}
	return dst
}

// TestLinearTime: eight times the bytes take at most three times eight times
// as long in processor time, whatever else the machine does. The quietest of
// several runs counts, and a ratio that is too high is measured again, for
// longer than a neighbour's burst lasts, before it is believed.
func TestLinearTime(t *testing.T) {
	m := pathologicalProgram(t).NewMachine()
	small, large := pathological(40<<10), pathological(320<<10)
	dst := make([]byte, 0, 4<<20)
	quietest := func(best time.Duration, record []byte) time.Duration {
		for range 3 {
			start := cpuTime(t)
			dst = renderAll(m, dst, record)
			best = min(best, cpuTime(t)-start)
		}
		return best
	}
	for name, record := range small {
		if v := m.Scan(record); v.Outcome != Passed {
			t.Fatalf("%s: %v", name, v)
		}
		per := float64(len(large[name])) / float64(len(record))
		a, b := time.Hour, time.Hour
		for begun := time.Now(); time.Since(begun) < 15*time.Second; {
			a, b = quietest(a, record), quietest(b, large[name])
			if float64(b) <= 3*per*float64(a) {
				break
			}
		}
		if float64(b) > 3*per*float64(a) {
			t.Errorf("%s: %d bytes take %v, %d bytes %v", name, len(record), a, len(large[name]), b)
		}
	}
}

// TestLargeMemory: what a million members, a string of 50 MB, a name of 10 MB and
// a million brackets made a Machine hold does not stay, and the brackets, which
// are refused, make it hold nothing. What comes out is rows 13 and 14 of the
// matrix.
func TestLargeMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("large records")
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range 1000000 {
		fmt.Fprintf(&b, `"k%d":%d,`, i, i)
	}
	b.WriteString(`"imei":"` + planted + `"}`)
	p := pathologicalProgram(t)
	for _, m := range []*Machine{p.NewMachine(), p.NewPortableMachine()} {
		m.Scan([]byte("{}"))
		before := m.Memory()
		for _, record := range []string{strings.Repeat("[", 1000000), strings.Repeat(`{"imei":`, 1000000)} {
			if v := m.Scan([]byte(record)); v != (Verdict{Quarantined, ReasonDepth}) {
				t.Errorf("%.20s…: %v", record, v)
			}
			if grown := m.Memory() - before; grown > 1<<20 {
				t.Errorf("%.20s…: scratch grew by %d bytes", record, grown)
			}
		}
		for _, record := range [][]byte{
			b.Bytes(),
			[]byte(`{"x":"` + strings.Repeat("y", 50<<20) + `","imei":"` + planted + `"}`),
			[]byte(`{"` + strings.Repeat("n", 10<<20) + `":1,"imei":"` + planted + `"}`),
		} {
			if v := m.Scan(record); v.Outcome != Passed {
				t.Errorf("%.20s…: %v", record, v)
			}
			for i := range p.Profiles() {
				m.Render(nil, i)
			}
			if held := m.Memory() - before; held > 8*len(record)+1<<20 {
				t.Errorf("%.20s…: %d bytes of scratch for %d", record, held, len(record))
			}
		}
		for range patience {
			m.Scan([]byte("{}"))
		}
		if held := m.Memory(); held > 8<<20 {
			t.Errorf("the machine holds %d bytes", held)
		}
	}
}

// TestMemory compares what a Machine says that it holds with the heap.
func TestMemory(t *testing.T) {
	p := pathologicalProgram(t)
	record := pathological(4 << 20)["objects"]
	heap := func() int {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return int(s.HeapAlloc)
	}
	before := heap()
	m := p.NewMachine()
	for _, what := range []string{"new", "after a large record", "after small ones"} {
		said, held := m.Memory(), heap()-before
		if said < held*8/10-64<<10 || said > held*12/10+64<<10 {
			t.Errorf("%s: %d bytes said, %d held", what, said, held)
		}
		switch what {
		case "new":
			m.Scan(record)
		default:
			for range patience {
				m.Scan([]byte("{}"))
			}
		}
	}
	runtime.KeepAlive(record)
	runtime.KeepAlive(m)
}

// TestManyNames: names that never repeat neither grow the Machine nor push the
// policy's names out for good.
func TestManyNames(t *testing.T) {
	m := keepAll(t).NewMachine()
	before := 0
	for i := range 20000 {
		record := fmt.Sprintf(`{"attack_%d":1,"a_much_longer_attack_%030d":1,"imei":"%s"}`, i, i, planted)
		m.Scan([]byte(record))
		if out, _ := m.Render(nil, 1); bytes.Contains(out, []byte(planted)) {
			t.Fatalf("LEAK %s", out)
		}
		if i == 100 {
			before = m.Memory()
		}
	}
	if after := m.Memory(); after != before {
		t.Errorf("memory grew from %d to %d", before, after)
	}
}

// TestManyRules: wildcards whose combinations exceed every table are dropped,
// not passed.
func TestManyRules(t *testing.T) {
	s := Spec{Profiles: []Profile{{Name: "p", Unknown: UnknownKeep}, {Name: "q", Unknown: UnknownKeep}}}
	for i := range 16 {
		// With two profiles of opposite order, winners come in many pairs. No
		// two entries have one rank and level: that would be a tie.
		s.Fields = append(s.Fields, Field{Name: fmt.Sprint(i), Level: uint8(1 + i/4), Keys: []string{fmt.Sprintf("*%c*", 'a'+i)}})
		s.Profiles[0].Transforms = append(s.Profiles[0].Transforms, tag(fmt.Sprint("p", i, " "), Rank(i%4)))
		s.Profiles[1].Transforms = append(s.Profiles[1].Transforms, tag(fmt.Sprint("q", i, " "), Rank(3-i%4)))
	}
	m := compile(t, s).NewMachine()
	m.rules.limit = m.rules.count() + 8
	denied := 0
	for bits := 1; bits < 1<<16; bits += 7 {
		name := ""
		for i := range 16 {
			if bits>>i&1 == 1 {
				name += string(rune('a' + i))
			}
		}
		m.Scan([]byte(`{"` + name + `":"` + planted + `","0":1}`))
		for i := range 2 {
			switch out, _ := m.Render(nil, i); {
			case string(out) == `{"0":1}`:
				denied++
			case bytes.Contains(out, []byte(`"`+planted)):
				t.Fatalf("LEAK %s", out)
			}
		}
	}
	if denied == 0 {
		t.Error("the table of rules never filled")
	}
}

// TestPatternRoundsWrap: after 2^32 names with wildcards to try, none of them is
// taken for one that was tried.
func TestPatternRoundsWrap(t *testing.T) {
	m := compile(t, Spec{
		Fields:   []Field{{Name: "imei", Level: 4, Keys: []string{"*imei*"}}},
		Profiles: []Profile{{Name: "p", Unknown: UnknownKeep, Transforms: []Transform{stars()}}},
	}).NewMachine()
	for i := range m.res.trial {
		m.res.trial[i].round = math.MaxUint32 // the next is 0, as what was never tried has
	}
	for _, name := range []string{"an_imei", "imei_of_it", "imei9", "the_imei_too"} {
		m.Scan([]byte(`{"` + name + `":"` + planted + `"}`))
		if out, _ := m.Render(nil, 0); string(out) != `{"`+name+`":"***"}` {
			t.Errorf("LEAK %s", out)
		}
	}
}
