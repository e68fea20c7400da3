package rules

import (
	"strings"
	"testing"
)

const digested = `apiVersion: redactor/v1
name: logs
namespace: acme
owner: office
approved: {by: A, date: "2026-01-01", expires: "2027-01-01", ticket: T-1}
containers: [device, telemetry]
fields:
  - {name: user, level: L4, is: account, keys: [user_id, uid], headers: [x-user], record_key: true}
  - {name: spot, level: L4, is: location, crs: wgs84, domain: place, paths: ["$.a", "$.b"]}
  - {name: at, level: L3, is: time, keys: [at]}
transforms: {town: {round: 1}, hour: {time: hour}}
profiles:
  inner: {internal: true, purpose: own, key: k1, levels: {L4: pseudonym}, fields: {spot: town}, only: {"$.x": [a, b]}, except: {"$.y": {below: 3}}, record: {headers: [h, i], partition: same, stamp: false}}
  outer: {extends: inner, key: k2, fields: {at: hour, user: {keep: {why: "agreement"}}}, unknown: quarantine}
streams:
  - {from: one, to: {inner: out.1, outer: out.2}}
  - {from: two, format: json, to: {inner: out.3}}
tests:
  - {name: t, topic: one, given: {at: 1, user_id: x, a: 1}, never: [nothing]}
`

// TestDigestIsStable: a digest names a policy in audit logs for years; when
// this one changes, every policy's does.
func TestDigestIsStable(t *testing.T) {
	const want = "f113843c8fa997c0"
	if got := policyOf(t, digested).Digest(); !strings.HasPrefix(got, want) || len(got) != 64 {
		t.Errorf("digest %s, want %s…", got, want)
	}
}

// TestDigestSeesThrough: the same table has one digest, however it is written.
func TestDigestSeesThrough(t *testing.T) {
	want := policyOf(t, digested).Digest()
	for _, edit := range [][2]string{
		{"name: logs", "# a comment\nname:   \"logs\""},
		{"[device, telemetry]", "[telemetry, DEVICE, tele_metry]"},
		{"keys: [user_id, uid]", "keys: [uid, userId]"},
		{`["$.a", "$.b"]`, `["$.b", "$.a"]`},
		{"fields: {spot: town}", "fields: {spot: {round: 1}}"},
		{"transforms: {town: {round: 1}", "transforms: {village: {round: 2}, town: {round: 1}"},
		{"levels: {L4: pseudonym}", "levels: {L4: {pseudonym: {as: base62}}}"},
		{"[a, b]", "[b, a]"},
		{"to: {inner: out.1, outer: out.2}", "to: {outer: out.2, inner: out.1}"},
		{"format: json, ", ""},
		{"partition: same, stamp: false", "partition: same"},
		{", internal: true", ", internal: true"},
		{"tests:\n  - {name: t, topic: one, given: {at: 1, user_id: x, a: 1}, never: [nothing]}\n", ""},
		{"headers: [h, i]", "headers: [I, h]"},
	} {
		if got := policyOf(t, strings.Replace(digested, edit[0], edit[1], 1)).Digest(); got != want {
			t.Errorf("%s → %s: another digest", edit[0], edit[1])
		}
	}
}

// TestDigestSees: whatever changes what a recipient gets, or who signed,
// changes the digest.
func TestDigestSees(t *testing.T) {
	seen := map[string]string{policyOf(t, digested).Digest(): "the policy itself"}
	for _, edit := range [][2]string{
		{"name: logs", "name: log"}, {"namespace: acme", "namespace: acm"}, {"owner: office", "owner: offices"},
		{"owner: office", "owner: office\ndemo: true"}, {"owner: office", "owner: office\nrevision: 2"}, {"owner: office", "owner: office\nuse: [std/minors]"},
		{"by: A", "by: B"}, {"2027-01-01", "2027-01-02"}, {"T-1", "T-2"},
		{"telemetry]", "telemetry, sdk]"}, {"user_id, uid", "user_id, uid, id"}, {`"$.a", "$.b"`, `"$.a"`}, {"x-user", "y-user"}, {", record_key: true", ""},
		{"spot, level: L4", "spot, level: L3"}, {"is: account", "is: phone"}, {"wgs84", "gcj02"}, {"domain: place", "domain: places"},
		{"{round: 1}", "{round: 2}"}, {"hour: {time: hour}", "hour: {time: day}"}, {"L4: pseudonym", "L4: drop"},
		{"k1", "k3"}, {"internal: true, purpose: own", "internal: true, purpose: ours"}, {"[a, b]", "[a, c]"}, {"below: 3", "below: 4"}, {"below: 3", "at_least: 3"},
		{"[h, i]", "[h]"}, {"partition: same", "partition: spread"}, {"stamp: false", "stamp: true"}, {"unknown: quarantine", "unknown: drop"},
		{"agreement", "agreement 2"}, {"out.1", "out.9"}, {"from: two", "from: three"}, {"format: json", "format: ndjson"},
		{"unknown: quarantine", "unknown: quarantine, unfit: quarantine"}, {"unknown: quarantine", "unknown: quarantine, record: {time: day}"},
		{"tests:", "on_error: stop\ntests:"},
	} {
		if !strings.Contains(digested, edit[0]) {
			t.Fatalf("the policy has no %s", edit[0])
		}
		what := edit[0] + " → " + edit[1]
		got := policyOf(t, strings.Replace(digested, edit[0], edit[1], 1)).Digest()
		if other, taken := seen[got]; taken {
			t.Errorf("%s has the digest of %s", what, other)
		}
		seen[got] = what
	}
}
