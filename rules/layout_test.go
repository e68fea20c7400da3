package rules

import "testing"

// Recipients of one record differ in whether they get its white space.
func TestLayout(t *testing.T) {
	p := policyOf(t, `apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: text, level: L1, keys: [text]}
profiles:
  inside: {internal: true, levels: {L1: keep}}
  outside: {layout: compact, levels: {L1: keep}}
  below: {extends: outside}
streams:
  - {from: logs, to: {inside: a, outside: b, below: c}}
`)
	streams, problems := p.Compile(TestKeys)
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	m := streams[0].Program.NewMachine()
	m.Scan([]byte("{ \"text\" : \"a  b\" }\n"))
	for i, want := range []string{"{ \"text\" : \"a  b\" }\n", `{"text":"a  b"}`, `{"text":"a  b"}`} {
		if got, v := m.Render(nil, i); string(got) != want {
			t.Errorf("%s gets %q %v, want %q", streams[0].To[i].Profile, got, v, want)
		}
	}
}
