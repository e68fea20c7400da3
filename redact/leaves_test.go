package redact

import (
	"fmt"
	"testing"
)

func TestLeaves(t *testing.T) {
	m := basics(t).NewMachine()
	record := `{"imei":[1,{"x":null}],"net":{"ip":"a\"b","odd.name":{"y":true}},"e":{}}`
	m.Scan([]byte(record))
	var got []string
	for l := range m.Leaves {
		s := fmt.Sprintf("%s %s %d %d %v:", l.Path, record[l.Start:l.End], l.Kind, l.Depth, l.Fields)
		for i := range 3 {
			tr, field := m.prog.Outcome(l, i)
			s += fmt.Sprintf(" %s/%d", tr, field)
		}
		got = append(got, s)
	}
	for n, want := range []string{
		`$.imei[0] 1 2 2 [0]: p_/0 replace/0 drop/0`,
		`$.imei[1].x null 0 3 []: drop/-1 replace/0 drop/0`,
		`$.net.ip "a\"b" 3 2 [1]: net:/1 null/1 drop/1`,
		`$.net['odd.name'].y true 1 3 []: drop/-1 keep/-1 null/-1`,
		`$.e {} 4 1 []: drop/-1 keep/-1 null/-1`,
	} {
		if n >= len(got) || got[n] != want {
			t.Errorf("leaf %d:\n got %v\nwant %s", n, got[n:min(n+1, len(got))], want)
		}
	}
	stopped := 0
	for range m.Leaves {
		stopped++
		if stopped == 2 {
			break
		}
	}
	if stopped != 2 || len(got) != 5 {
		t.Errorf("%d leaves, stopped after %d", len(got), stopped)
	}
	m.Scan([]byte(`{"imei":`))
	for l := range m.Leaves {
		t.Errorf("a leaf of a malformed record: %+v", l)
	}
	m.ScanTombstone()
	for l := range m.Leaves {
		t.Errorf("a leaf of a tombstone: %+v", l)
	}
}
