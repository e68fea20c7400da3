package rules

import (
	"strings"
	"testing"
)

const elementsPolicy = `apiVersion: redactor/v1
name: logs
namespace: acme
use: [std/device, std/person]
fields:
  - {name: fw, level: L1, keys: [fw]}
profiles:
  analytics: {internal: true, key: join-analytics, levels: {L1: keep, L4: pseudonym}, except: {"$.age": {below: 14}}}
streams:
  - {from: device.logs, to: {analytics: out.analytics}}
`

// TestArrayIsItsElements: no child's record rides along in a batch, and one bad
// record does not cost the others (design 3.15).
func TestArrayIsItsElements(t *testing.T) {
	pol := policyOf(t, elementsPolicy+`tests:
  - name: a batch
    given: '[{"fw":"1","age":7},{"fw":"2","age":30},{"fw":"3","age":"x"}]'
    expect: {analytics: {value: [{fw: "2"}]}}
  - name: a batch of children
    given: '[{"fw":"1","age":7}]'
    expect: {analytics: not_sent}
  - name: a batch that cannot be judged
    given: '[{"fw":"3","age":"x"}]'
    expect: {analytics: quarantined}
  - name: one record
    given: '{"fw":"1","age":15}'
    expect: {analytics: {value: {fw: "1"}}}
`)
	if rep := pol.RunTests(); rep.Failed() > 0 {
		var b strings.Builder
		rep.WriteText(&b, false)
		t.Error(b.String())
	}
	x, err := pol.Explain("", &Record{Value: []byte(`[{"fw":"1"},{"imei":"356938035643809"}]`)})
	if err != nil || len(x.Fields) != 2 || x.Fields[1].Path != "element 2 $.imei" {
		t.Errorf("%v %+v", err, x)
	}
}

// TestArrayIsOneRecord where the policy names places in it.
func TestArrayIsOneRecord(t *testing.T) {
	pol := policyOf(t, strings.Replace(elementsPolicy, `keys: [fw]`, `keys: [fw], paths: ["$[*].v"]`, 1)+`tests:
  - name: a batch
    given: '[{"fw":"1","v":1,"age":7},{"v":2}]'
    expect: {analytics: {value: [{fw: "1", v: 1}, {v: 2}]}}
`)
	if rep := pol.RunTests(); rep.Failed() > 0 {
		var b strings.Builder
		rep.WriteText(&b, false)
		t.Error(b.String())
	}
}
