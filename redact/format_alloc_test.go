package redact

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"redactor/internal/race"
)

// TestFormatsNoAllocs: a format costs no allocation once the Machine is warm,
// nor does a record within a value.
func TestFormatsNoAllocs(t *testing.T) {
	race.Skip(t)
	for _, c := range formatCases {
		m := compile(t, formatSpec(c.format)).NewMachine()
		in := []byte(strings.Repeat(c.in+"\n", 3))
		if c.format.Kind == FormatArray {
			in = []byte(c.in)
		}
		checkAllocs(t, fmt.Sprintf("%v %q", c.format.Kind, c.in), m, in)
	}
	inner := `{"imei":"86","x":1,"battery":81,"payload":"{\"imei\":1}"}`
	for name, text := range map[string]string{
		"payload": inner, "lines": inner + "\n" + inner, "body": "imei=86&x=%31", "cookie": "imei=86; x=1", "link": "https://a.example/b?imei=86&x=1",
		"b64": base64.StdEncoding.EncodeToString([]byte(inner)), "hexed": fmt.Sprintf("%x", inner), "zipped": zip64(inner),
	} {
		m := compile(t, nestedSpec(t)).NewMachine()
		checkAllocs(t, name, m, []byte(`{"`+name+`":`+quoted(text)+`}`))
	}
}

func checkAllocs(t *testing.T, name string, m *Machine, in []byte) {
	t.Helper()
	dst := make([]byte, 0, 1<<12)
	render := func() {
		m.Scan(in)
		for i := range m.prog.Profiles() {
			dst, _ = m.Render(dst[:0], i)
		}
	}
	for range 3 {
		render()
	}
	if n := testing.AllocsPerRun(50, render); n != 0 {
		t.Errorf("%s: %v allocations", name, n)
	}
}
