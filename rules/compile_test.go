package rules

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"redactor/pseudonym"
	"redactor/redact"
)

const twoRecipients = `
apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: user, level: L4, is: account, keys: [user_id], record_key: true}
  - {name: peer, level: L4, is: account, keys: [peer_id]}
  - {name: badge, level: L4, keys: [badge]}
  - {name: ward, level: L4, is: account, domain: clinic, keys: [ward]}
profiles:
  b: {internal: true, key: key-b, fields: {user: {pseudonym: {as: hex}}, peer: {pseudonym: {as: hex}}, badge: {pseudonym: {as: hex}}, ward: {pseudonym: {as: hex}}}}
  a: {internal: true, key: key-a, fields: {user: {pseudonym: {as: hex}}, peer: {pseudonym: {as: hex, domain: other}}}}
  idle: {internal: true, key: key-idle, levels: {L4: pseudonym}}
streams:
  - {from: x, to: {b: out.b, a: out.a}}
  - {from: "y.*", to: {a: "out2.{topic}"}}
on_error: drop
`

// secretOf returns a secret that looks random, and its bytes.
func secretOf(t *testing.T, seed byte) (*pseudonym.Secret, []byte) {
	t.Helper()
	bytes := sha256.Sum256([]byte{seed})
	root := bytes[:]
	sum := sha256.Sum256(root)
	b64, _ := json.Marshal(root) // base64 in quotes
	line := "redactor-key-1:" + strings.Trim(string(b64), `"`) + ":" + hex.EncodeToString(sum[:4])
	s, err := pseudonym.ParseKey([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	return s, root
}

// slowPseudonym is design point 8, written from its text.
func slowPseudonym(t *testing.T, root []byte, namespace, profile, domain, typ, value string) string {
	t.Helper()
	lp := func(parts ...string) []byte {
		var out []byte
		for _, p := range parts {
			out = append(binary.BigEndian.AppendUint16(out, uint16(len(p))), p...)
		}
		return out
	}
	subkey, err := hkdf.Key(sha256.New, root, nil, string(lp("redactor/v1", namespace, profile, profile, domain, "0")), 32)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, subkey)
	mac.Write(lp(typ, value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

func TestCompileDerivesAsDesigned(t *testing.T) {
	secretB, rootB := secretOf(t, 1)
	secretA, rootA := secretOf(t, 2)
	streams, problems := policyOf(t, twoRecipients).Compile(func(name string) (*pseudonym.Secret, error) {
		switch name {
		case "key-a":
			return secretA, nil
		case "key-b":
			return secretB, nil
		}
		t.Errorf("asked for %s, which no recipient needs", name)
		return nil, errors.New("no such key")
	})
	if problems.HasErrors() {
		t.Fatal(problems.Err())
	}
	if len(streams) != 2 || streams[0].From != "x" || streams[0].Format.Kind != redact.FormatJSON || streams[0].OnError != OnErrorDrop {
		t.Fatalf("streams %+v", streams)
	}
	want := []Target{{Profile: "b", Topic: "out.b", Internal: true}, {Profile: "a", Topic: "out.a", Internal: true}}
	if !slices.Equal(streams[0].To, want) {
		t.Errorf("targets %+v", streams[0].To)
	}
	if got := streams[1].To[0].Output("y.1"); got != "out2.y.1" {
		t.Errorf("output topic %s", got)
	}
	out := runRecord(&streams[0], redact.Format{}, &Record{Key: []byte("u-1"), Value: []byte(`{"user_id":"u-1","peer_id":"u-1","badge":"u-1","ward":"u-1"}`)})
	account := slowPseudonym(t, rootB, "acme", "b", "account", "account", "u-1")
	badge := slowPseudonym(t, rootB, "acme", "b", "badge", "text", "u-1")
	ward := slowPseudonym(t, rootB, "acme", "b", "clinic", "account", "u-1")
	if got, want := string(out[0].value), `{"user_id":"`+account+`","peer_id":"`+account+`","badge":"`+badge+`","ward":"`+ward+`"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if string(out[0].key) != account {
		t.Errorf("key %s, want %s", out[0].key, account)
	}
	other := slowPseudonym(t, rootA, "acme", "a", "other", "account", "u-1")
	if got, want := string(out[1].value), `{"user_id":"`+slowPseudonym(t, rootA, "acme", "a", "account", "account", "u-1")+`","peer_id":"`+other+`"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCompileRefusesKeys(t *testing.T) {
	pol := policyOf(t, twoRecipients)
	same, _ := secretOf(t, 3)
	for _, c := range []struct {
		name string
		keys KeySource
		want string
	}{
		{"unbound", func(string) (*pseudonym.Secret, error) { return nil, errors.New("not bound") },
			`policy.yaml:11:28: the key key-b of b cannot be used: not bound
   11 |   b: {internal: true, key: key-b, fields: {user: {pseudonym: {as: hex}}, peer: {pseudony…
      |                            ^ bind it in redactor.yaml: keys: {key-b: {file: secrets/key-b}}; redactor keygen makes one
policy.yaml:12:28: the key key-a of a cannot be used: not bound
   12 |   a: {internal: true, key: key-a, fields: {user: {pseudonym: {as: hex}}, peer: {pseudony…
      |                            ^ bind it in redactor.yaml: keys: {key-a: {file: secrets/key-a}}; redactor keygen makes one
2 problems
`},
		{"same", func(string) (*pseudonym.Secret, error) { return same, nil },
			`policy.yaml:12:28: the keys key-b and key-a hold the same bytes
   12 |   a: {internal: true, key: key-a, fields: {user: {pseudonym: {as: hex}}, peer: {pseudony…
      |                            ^ make a key for each profile: redactor keygen
  policy.yaml:11:28: b has it here
   11 |   b: {internal: true, key: key-b, fields: {user: {pseudonym: {as: hex}}, peer: {pseudony…
      |                            ^
1 problem
`},
	} {
		streams, problems := pol.Compile(c.keys)
		if streams != nil {
			t.Errorf("%s: compiled all the same", c.name)
		}
		if got := render(t, problems); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestCheckQuarantine(t *testing.T) {
	pol := policyOf(t, twoRecipients)
	if ps := pol.CheckQuarantine("redactor.quarantine"); len(ps) > 0 {
		t.Errorf("a quarantine of its own: %v", ps)
	}
	for topic, want := range map[string]string{
		"x":        "x reads the quarantine topic x",
		"y.q":      "y.* reads the quarantine topic y.q",
		"out.b":    "b would be written to the quarantine topic out.b",
		"out2.y.z": "a would be written to the quarantine topic out2.y.z",
	} {
		ps := pol.CheckQuarantine(topic)
		if len(ps) != 1 || ps[0].Message != want || ps[0].ID != idQuarantine || ps[0].Line == 0 {
			t.Errorf("%s: %v", topic, ps)
		}
	}
}

// TestRecordTime is design point 14: what the record's timestamp is cut to.
func TestRecordTime(t *testing.T) {
	const at = "  - {name: at, level: L2, is: time, keys: [at]}\n  - {name: seen, level: L2, is: time, keys: [seen]}\n  - {name: born, level: L2, is: date, keys: [born]}\n"
	for _, c := range []struct {
		fields, profile string
		want            redact.TimeUnit
	}{
		{at, "{internal: true, levels: {L2: keep}}", redact.TimeKeep},
		{at, "{internal: true}", redact.TimeKeep},
		{at, "{internal: true, record: {time: day}}", redact.TimeDay},
		{at, "{levels: {L2: keep}}", redact.TimeKeep},
		{at, "{fields: {at: {time: hour}, seen: keep}}", redact.TimeHour},
		{at, "{fields: {at: {time: hour}, seen: {time: month}, born: {time: year}}}", redact.TimeMonth},
		{at, "{fields: {born: {time: year}, at: keep}}", redact.TimeKeep},
		{at, "{fields: {at: {time: hour}}, record: {time: week}}", redact.TimeWeek},
		{at, "{}", redact.TimeDay}, // every time in the payload is withheld
		{at, "{fields: {at: 'null', seen: replace}}", redact.TimeDay},
		{"  - {name: fw, level: L1, keys: [fw]}\n", "{levels: {L1: keep}}", redact.TimeKeep},
		{at, "{record: {time: keep}}", redact.TimeKeep},
	} {
		pol := policyOf(t, "apiVersion: redactor/v1\nname: a\nnamespace: b\nfields:\n"+c.fields+"profiles:\n  p: "+c.profile+"\nstreams:\n  - {from: x, to: {p: y}}\n")
		if got := pol.recordTime(&pol.Profiles[0]); got != c.want {
			t.Errorf("%s: %v, want %v", c.profile, got, c.want)
		}
		streams, problems := pol.Compile(TestKeys)
		if problems.HasErrors() {
			t.Fatal(problems.Err())
		}
		if got := streams[0].Program.Profile(0).Time; got != c.want {
			t.Errorf("%s: compiled to %v", c.profile, got)
		}
	}
}
