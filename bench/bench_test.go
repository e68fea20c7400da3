package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"redactor/redact"
)

// TestCasesDoTheirWork: what is measured is what the case says, for every record.
func TestCasesDoTheirWork(t *testing.T) {
	changed := map[string]int{"flat": 8, "nested": 8, "keyed": 8}
	least := map[string]int{"text-few": setSize / 40, "text-many": setSize} // records
	for _, c := range BuiltIn {
		m, touched := c.Program().NewMachine(), 0
		records := c.Set().Records
		for _, r := range records {
			if v := m.Scan(r); v.Outcome != redact.Passed {
				t.Fatalf("%s: %v", c.Name, v)
			}
			for i := range m.Program().Profiles() {
				out, v := m.Render(nil, i)
				if v.Outcome != redact.Passed || !json.Valid(out) {
					t.Fatalf("%s, profile %d: %v\n%s\n%s", c.Name, i, v, r, out)
				}
				if least := changed[c.Name]; least > 0 && differences(r, out) < least {
					t.Fatalf("%s changed less than %d fields\n%s\n%s", c.Name, least, r, out)
				}
				if !bytes.Equal(out, r) {
					touched++
				}
			}
		}
		want, ok := least[c.Name]
		if !ok {
			want = len(records) * m.Program().Profiles()
		}
		if touched < want {
			t.Errorf("%s changed %d records of %d, want %d", c.Name, touched, len(records), want)
		}
	}
}

// differences counts the strings and numbers of a that b has not.
func differences(a, b []byte) int {
	n := 0
	for _, piece := range bytes.FieldsFunc(a, func(c rune) bool { return c == ',' || c == '{' || c == '}' }) {
		if !bytes.Contains(b, piece) {
			n++
		}
	}
	return n
}

// TestCatalogDecidesEveryLeaf: default-deny is measured with entries for all
// that is there, so that no time is saved by dropping.
func TestCatalogDecidesEveryLeaf(t *testing.T) {
	for _, set := range []*Set{Flat(), Nested()} {
		m := Catalog(1).NewMachine()
		for _, r := range set.Records {
			m.Scan(r)
			for leaf := range m.Leaves {
				if len(leaf.Fields) == 0 {
					t.Fatalf("%s: no entry for %s in %s", set.Name, leaf.Path, r)
				}
			}
		}
	}
	for _, n := range []int{10, 1000} {
		if got := len(catalog(1, n).Fields); got != max(n, 100) {
			t.Errorf("a catalog of %d fields has %d", n, got)
		}
	}
}

func TestSetsAreFixed(t *testing.T) {
	for _, s := range []*Set{Flat(), Nested(), Mixed(), Spelled(), Flat().Spaced()} {
		total := 0
		for _, r := range s.Records {
			if !json.Valid(r) {
				t.Fatalf("%s: %s", s.Name, r)
			}
			total += len(r)
		}
		if len(s.Records) != setSize || total != s.Bytes {
			t.Errorf("%s: %d records of %d bytes, %d are counted", s.Name, len(s.Records), total, s.Bytes)
		}
		t.Logf("%s: %d bytes a record", s.Name, total/setSize)
	}
}

func TestSpaced(t *testing.T) {
	if got := string(spaced([]byte(`{"a,":"b\":,","c":[1,2]}`))); got != `{"a,": "b\":,", "c": [1, 2]}` {
		t.Error(got)
	}
}

func TestMeasure(t *testing.T) {
	set := NewSet("s", [][]byte{[]byte("abc"), []byte("defgh")})
	var sink [][]byte
	grow := Job{Name: "grow", Set: set, Pass: func(dst []byte, records [][]byte) ([]byte, error) {
		for range records {
			sink = append(sink[:0], make([]byte, 64), make([]byte, 64))
		}
		return dst, nil
	}}
	calls := 0
	results, err := Measure([]Job{Copy(set), grow}, Options{Rounds: 4, Slice: 2 * time.Millisecond, Progress: func(f float64) {
		if calls++; f <= 0 || f > 1 {
			t.Errorf("part done: %v", f)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if calls != 8 {
		t.Errorf("%d calls of Progress", calls)
	}
	copied, grown := results[0], results[1]
	if copied.Bytes != 4 || copied.Allocs != 0 || copied.P25 <= 0 || copied.P25 > copied.Median || copied.MBPerSecond() <= 0 {
		t.Errorf("%+v", copied)
	}
	if grown.Allocs < 1.9 || grown.Allocs > 2.1 {
		t.Errorf("%+v: 2 allocations a record", grown)
	}
}

func TestMeasureStopsAtAnError(t *testing.T) {
	broken := errors.New("broken")
	_, err := Measure([]Job{{Name: "j", Set: Flat(), Pass: func([]byte, [][]byte) ([]byte, error) { return nil, broken }}}, Options{Rounds: 1, Slice: time.Millisecond})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}
