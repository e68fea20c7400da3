package redact

import "testing"

func ptrTo(x float64) *float64 { return &x }

func filterProgram(t *testing.T, only, except []Condition) *Machine {
	return compile(t, Spec{Profiles: []Profile{{Name: "p", Unknown: UnknownKeep, Only: only, Except: except}}}).NewMachine()
}

func TestFilters(t *testing.T) {
	passed, filtered, unfit := Verdict{}, Verdict{Outcome: Filtered}, Verdict{Quarantined, ReasonFilter}
	crash := []Condition{{Path: "$.type", In: []string{"crash", "anr", "14", "true", "null"}}}
	empty := []Condition{{Path: "$.type", In: []string{"{}"}}}
	child := []Condition{{Path: "$.age", Below: ptrTo(14)}, {Path: "$..child_mode", In: []string{"true"}}}
	adult := []Condition{{Path: "$.age", AtLeast: ptrTo(18), Below: ptrTo(100)}}
	both := []Condition{{Path: "$.type", In: []string{"crash"}}, {Path: "$.events[*].code", AtLeast: ptrTo(500)}}
	for _, c := range []struct {
		only, except []Condition
		record       string
		want         Verdict
	}{
		{crash, nil, `{"type":"crash"}`, passed},
		{crash, nil, `{"ty\u0070e":"cr\u0061sh"}`, passed},
		{crash, nil, `{"type":14}`, passed},
		{crash, nil, `{"type":"14"}`, passed},
		{crash, nil, `{"type":true}`, passed},
		{crash, nil, `{"type":null}`, passed},
		{crash, nil, `{"type":"launch"}`, filtered},
		{crash, nil, `{"type":"Crash"}`, filtered},
		{crash, nil, `{"x":"crash"}`, filtered},
		{crash, nil, `{"type":["crash"]}`, filtered},
		{crash, nil, `{"type":{}}`, filtered},
		{empty, nil, `{"type":{}}`, filtered}, // an object never matches, whatever its text is
		{empty, nil, `{"type":"{}"}`, passed},
		{crash, nil, `{"type":"crash","type":"launch"}`, filtered}, // readers would not agree
		{crash, nil, `{"type":"crash","type":"anr"}`, passed},
		{crash, nil, `"crash"`, filtered},
		{nil, child, `{"age":13}`, filtered},
		{nil, child, `{"age":"13.9"}`, filtered},
		{nil, child, `{"age":1.3e1}`, filtered},
		{nil, child, `{"age":14}`, passed},
		{nil, child, `{"age":-1e999}`, filtered},
		{nil, child, `{"age":1e999}`, passed},
		{nil, child, `{}`, passed},
		{nil, child, `{"age":"ten"}`, unfit},
		{nil, child, `{"age":" 13"}`, unfit},
		{nil, child, `{"age":"0x1"}`, unfit},
		{nil, child, `{"age":""}`, unfit},
		{nil, child, `{"age":null}`, unfit},
		{nil, child, `{"age":true}`, unfit},
		{nil, child, `{"age":[13]}`, unfit},
		{nil, child, `{"age":{}}`, unfit},
		{nil, child, `{"age":"ten","child_mode":true}`, filtered}, // it would not be sent anyway
		{nil, child, `{"age":20,"age":13}`, filtered},
		{nil, child, `{"a":[{"b":{"child_mode":true}}]}`, filtered},
		{nil, child, `{"a":[{"b":{"child_mode":"true"}}]}`, filtered},
		{nil, child, `{"a":[{"b":{"child_mode":false}}]}`, passed},
		{adult, nil, `{"age":18}`, passed},
		{adult, nil, `{"age":99.9}`, passed},
		{adult, nil, `{"age":100}`, filtered},
		{adult, nil, `{"age":17}`, filtered},
		{adult, nil, `{}`, filtered},
		{adult, nil, `{"age":"x"}`, unfit},
		{both, nil, `{"type":"crash","events":[{"code":500},{"code":501}]}`, passed},
		{both, nil, `{"type":"crash","events":[{"code":500},{"code":499}]}`, filtered},
		{both, nil, `{"type":"crash","events":[]}`, filtered},
		{crash, child, `{"type":"crash","age":30}`, passed},
		{crash, child, `{"type":"crash","age":3}`, filtered},
	} {
		m := filterProgram(t, c.only, c.except)
		m.Scan([]byte(c.record))
		out, v := m.Render([]byte("x"), 0)
		if v != c.want || v.Outcome != Passed && string(out) != "x" {
			t.Errorf("%s: %v %q, want %v", c.record, v, out, c.want)
		}
	}
}

func TestTombstonesPass(t *testing.T) {
	m := filterProgram(t, []Condition{{Path: "$.type", In: []string{"crash"}}}, []Condition{{Path: "$.age", Below: ptrTo(14)}})
	m.Scan([]byte(`{"type":"launch","age":3}`))
	m.ScanTombstone()
	if out, v := m.Render([]byte("x"), 0); v.Outcome != Passed || string(out) != "x" {
		t.Errorf("tombstone: %q %v", out, v)
	}
	m.Scan([]byte(`{"type":"crash"`))
	m.ScanTombstone()
	if _, v := m.Render(nil, 0); v.Outcome != Passed {
		t.Errorf("tombstone after a malformed record: %v", v)
	}
	m.Scan([]byte(`{"type":"launch"}`))
	if _, v := m.Render(nil, 0); v.Outcome != Filtered {
		t.Errorf("record after a tombstone: %v", v)
	}
}
