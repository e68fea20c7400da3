package rules

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"redactor/pseudonym"
	"redactor/redact"
)

const rotating = `apiVersion: redactor/v1
name: epochs
namespace: acme
fields:
  - {name: user, level: L4, is: account, keys: [uid], record_key: true}
  - {name: card, level: L4, is: bankcard, keys: [card]}
  - {name: made, level: L1, keys: [ts]}
profiles:
  lab: {key: key-lab, fields: {user: {pseudonym: {as: hex, epoch: true}}, card: {fpe: {check: valid}}, made: {time: hour}}, record: {time: hour}}
streams:
  - {from: x, event_time: $.ts, to: {lab: lab.x}}
`

// epochKeys makes a key with an epoch for each of the days.
func epochKeys(t *testing.T, rotate int, ids ...string) (dir string, load EpochSource) {
	t.Helper()
	dir = t.TempDir()
	for _, id := range ids {
		line, err := pseudonym.NewKeyLine()
		if err == nil {
			err = os.WriteFile(pseudonym.EpochFile(dir, id), []byte(line), 0o400)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir, func(string) (*pseudonym.Epochs, error) {
		return pseudonym.LoadEpochs(dir, pseudonym.EpochRules{Rotate: time.Duration(rotate) * 24 * time.Hour})
	}
}

// TestCompileEpochsDerivesAsDesigned: in each epoch the pseudonym is that of
// its own secret and id, and what has lost its secret is null.
func TestCompileEpochsDerivesAsDesigned(t *testing.T) {
	dir, load := epochKeys(t, 30, "2026-09-22", "2026-10-22", "2026-11-21")
	if err := pseudonym.DestroyEpoch(dir, "2026-09-22"); err != nil {
		t.Fatal(err)
	}
	streams, problems := policyOf(t, rotating).CompileEpochs(load)
	if len(problems) != 0 {
		t.Fatal(render(t, problems))
	}
	epochs, _ := load("")
	m := streams[0].Program.NewMachine()
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).UnixMilli()
	get := func(day string) string {
		when, _ := time.Parse(time.DateOnly, day)
		m.SetTime(when.UnixMilli()+3600_000, now)
		m.Scan(fmt.Appendf(nil, `{"uid":"u-1","card":"4111111111111111","ts":%d}`, when.UnixMilli()))
		out, v := m.Render(nil, 0)
		if v.Outcome != redact.Passed {
			return v.Reason.String()
		}
		return string(out)
	}
	cards := map[string]bool{}
	for i, day := range []string{"", "2026-11-20", "2026-11-22"} {
		if i == 0 {
			continue
		}
		e := epochs.At(i)
		sum := pseudonym.NewHasher().Sum(e.Secret.Subkey("acme", "lab", "lab", "account", e.ID), "account", []byte("u-1"))
		want := e.ID + "." + string(pseudonym.Hex.Append(nil, sum))
		got := get(day)
		if !strings.Contains(got, `"`+want+`"`) {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
		_, card, _ := strings.Cut(got, `"card":`)
		cards[card[:18]] = true
	}
	if len(cards) != 2 {
		t.Errorf("encrypted identifiers of two epochs: %v", cards)
	}
	if got := get("2026-10-01"); !strings.Contains(got, `{"uid":null,"card":null,`) {
		t.Errorf("after its secret was destroyed: %s", got)
	}
}

func TestRotation(t *testing.T) {
	_, monthly := epochKeys(t, 30, "2026-11-21")
	_, yearly := epochKeys(t, 365, "2026-11-21")
	forever := KeySource(func(string) (*pseudonym.Secret, error) { s, _ := secretOf(t, 9); return s, nil }).epochs()
	why := strings.Replace(rotating, "key: key-lab", "key: {name: key-lab, why: a study of four years}", 1)
	inside := strings.Replace(rotating, "lab: {key", "lab: {internal: true, key", 1)
	for _, c := range []struct {
		name, policy string
		keys         EpochSource
		want         string
	}{
		{"monthly", rotating, monthly, ""},
		{"yearly", rotating, yearly, "policy.yaml:9:14: warning: the key key-lab of lab rotates every 365 days"},
		{"no epochs", rotating, forever, "policy.yaml:9:14: warning: the key key-lab of lab has no epochs"},
		{"test keys", rotating, KeySource(TestKeys).epochs(), ""},
		{"with a reason", why, yearly, ""},
		{"no epochs, with a reason", why, forever, ""},
		{"inside", inside, forever, ""},
	} {
		streams, problems := policyOf(t, c.policy).CompileEpochs(c.keys)
		if got := render(t, problems); streams == nil || !strings.HasPrefix(got, c.want) || (c.want == "") != (len(problems) == 0) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// TestEpochsBelongToOneProfile: a secret that two profiles share joins them,
// in whichever epoch.
func TestEpochsBelongToOneProfile(t *testing.T) {
	dirs := map[string]EpochSource{}
	from, a := epochKeys(t, 30, "2026-10-22", "2026-11-21")
	to, b := epochKeys(t, 30, "2026-12-21")
	line, err := os.ReadFile(pseudonym.EpochFile(from, "2026-10-22"))
	if err == nil {
		err = os.WriteFile(pseudonym.EpochFile(to, "2026-11-21"), line, 0o400)
	}
	if err != nil {
		t.Fatal(err)
	}
	dirs["key-a"], dirs["key-b"] = a, b
	_, problems := policyOf(t, twoRecipients).CompileEpochs(func(name string) (*pseudonym.Epochs, error) { return dirs[name](name) })
	if !strings.Contains(render(t, problems), "hold the same bytes") {
		t.Errorf("problems: %s", render(t, problems))
	}
}

func TestParseEpochs(t *testing.T) {
	pol := policyOf(t, strings.Replace(rotating, "key: key-lab", "key: {name: key-lab, why: a study}", 1))
	if p := pol.profile("lab"); p.Key.Text != "key-lab" || p.KeyWhy != "a study" || pol.Streams[0].EventTime.Text != "$.ts" {
		t.Errorf("key %+v, why %q, event time %+v", p.Key, p.KeyWhy, pol.Streams[0].EventTime)
	}
	digests := map[string]string{}
	for name, change := range map[string][2]string{
		"as it is": {"", ""}, "a reason": {"key: key-lab", "key: {name: key-lab, why: x}"},
		"record time": {", event_time: $.ts", ""}, "no epoch shown": {", epoch: true", ""},
	} {
		d := policyOf(t, strings.Replace(rotating, change[0], change[1], 1)).Digest()
		if other, ok := digests[d]; ok {
			t.Errorf("%s and %s have one digest", name, other)
		}
		digests[d] = name
	}
	for change, want := range map[string]string{
		"event_time: ts":  "path",
		"event_time: [a]": "",
	} {
		if _, problems := parseAt("policy.yaml", []byte(strings.Replace(rotating, "event_time: $.ts", change, 1)), testDay); !problems.HasErrors() || !strings.Contains(render(t, problems), want) {
			t.Errorf("%s: %s", change, render(t, problems))
		}
	}
	for _, args := range []string{"{as: decimal, epoch: true}", "{prefix: abcdefghijklmnopqrstuv, epoch: true}"} {
		if _, problems := parseAt("policy.yaml", []byte(strings.Replace(rotating, "{as: hex, epoch: true}", args, 1)), testDay); !problems.HasErrors() {
			t.Errorf("%s is taken", args)
		}
	}
}
