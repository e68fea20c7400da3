package rules

import (
	"strings"
	"testing"
)

const namesPolicy = `apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: phone, level: L4, is: imei, names: [$.devices, $.data.seen]}
  - {name: battery, level: L1, keys: [battery]}
profiles:
  analytics: {internal: true, key: join-analytics, levels: {L1: keep, L4: pseudonym}}
  partner: {key: join-partner, levels: {L1: keep}}
streams:
  - {from: logs, to: {analytics: out.analytics, partner: out.partner}}
`

// TestMemberNames: a map from devices is pseudonyms for one recipient and
// nothing for the other, and a test of a policy can say so.
func TestMemberNames(t *testing.T) {
	pol := policyOf(t, namesPolicy+`tests:
  - name: a map from devices
    given: '{"devices":{"356938035643809":{"battery":81}},"battery":1}'
    never: ["356938035643809"]
    expect:
      analytics: {value: {devices: {test_3cTSaIEGbcMEe4OjV9vXoU: {battery: 81}}, battery: 1}}
      partner: {value: {battery: 1}}
`)
	rep := pol.RunTests()
	if rep.Failed() > 0 || !touched(rep.Coverage.Fields, "phone") {
		var b strings.Builder
		rep.WriteText(&b, false)
		t.Errorf("%s\n%+v", b.String(), rep.Coverage.Fields)
	}
	looser := policyOf(t, strings.Replace(namesPolicy, "partner: {key: join-partner, levels: {L1: keep}}", "partner: {key: join-partner, levels: {L1: keep, L4: pseudonym}}", 1))
	if d := Diff(policyOf(t, namesPolicy), looser); !d.Loosens() {
		t.Errorf("the names of devices go to the partner now: %+v", d)
	}
	if policyOf(t, namesPolicy).Digest() == policyOf(t, strings.Replace(namesPolicy, ", $.data.seen", "", 1)).Digest() {
		t.Error("the digest does not tell whose names are data")
	}
}

func touched(items []Touched, name string) bool {
	for _, t := range items {
		if t.Name == name {
			return t.Touched
		}
	}
	return false
}
