package rules

import (
	"reflect"
	"slices"
	"testing"

	"redactor/detect"
	"redactor/redact"
)

const everything = `
apiVersion: redactor/v1
name: logs
namespace: acme
revision: "7"
owner: office
demo: true
use: std/minors
containers: [telemetry, my_sdk]
fields:
  - name: user
    level: L4
    is: account
    domain: people
    keys: [user_id, "uid*"]
    paths: "$.who['odd key'][0]"
    headers: [x-user]
    record_key: true
    doc: who
  - {name: spot, level: L4, is: location, crs: gcj02, paths: ["$..spot[*]", "$.raw..*"]}
  - {name: plain, level: L1, keys: [1, true, 2026-01-01]}
transforms: {town: {round: 1}, gone: drop}
profiles:
  base:
    internal: true
    key: k1
    levels: {L1: keep, L2: null, L4: pseudonym}
    fields: {spot: town, user: {mask: {keep_last: 2}}}
    unknown: keep
    only: {"$.a": x, "$.b": [1, true, null]}
    except: {"$.c": {below: 18}}
    record: {time: hour, headers: [h], partition: by-key, stamp: true}
    unfit: quarantine
  child:
    extends: base
    purpose: other
    levels: {L1: drop}
    fields: {spot: {transform: gone, why: because}}
    unknown: quarantine
    only: {"$.a": y}
    except: {"$.d": {at_least: 1, below: 2.5}}
    record: {headers: [], stamp: false}
    unfit: null
streams:
  - {from: "logs.*", format: ndjson, to: {base: "b.{topic}", child: c}}
on_error: stop
`

func TestParse(t *testing.T) {
	pol := policyOf(t, everything)
	if pol.Name != "logs" || pol.Namespace != "acme" || pol.Revision != "7" || pol.Owner != "office" || !pol.Demo || pol.OnError != OnErrorStop {
		t.Errorf("head %+v", pol)
	}
	user := pol.entry("user")
	if user.Level != 4 || user.Class != detect.Account || user.domain() != "people" || !user.RecordKey || user.Doc != "who" ||
		!slices.Equal(user.Keys, []string{"user_id", "uid*"}) || !slices.Equal(user.Paths, []string{"$.who['odd key'][0]"}) || !slices.Equal(user.Headers, []string{"x-user"}) {
		t.Errorf("user %+v", user)
	}
	if spot := pol.entry("spot"); spot.CRS != "gcj02" || spot.domain() != "location" || len(spot.Paths) != 2 {
		t.Errorf("spot %+v", spot)
	}
	if plain := pol.entry("plain"); !slices.Equal(plain.Keys, []string{"1", "true", "2026-01-01"}) || plain.domain() != "plain" {
		t.Errorf("plain %+v", plain)
	}
	std, _ := stdGroup("std/minors")
	if e := pol.entry(std[0].Name); e == nil || e.Group != "std/minors" || e.Level != std[0].Level {
		t.Errorf("built-in entry %+v", e)
	}
	if !slices.Contains(pol.Containers, "my_sdk") || !slices.Contains(pol.Containers, stdContainers()[0]) {
		t.Errorf("containers %v", pol.Containers)
	}
	if r := pol.Streams[0]; r.From.Text != "logs.*" || r.Format.Kind != redact.FormatNDJSON || len(r.To) != 2 || r.To[0].Topic.Text != "b.{topic}" || r.To[1].Profile.Text != "child" {
		t.Errorf("stream %+v", r)
	}
}

func TestParseProfiles(t *testing.T) {
	pol := policyOf(t, everything)
	base, child := pol.profile("base"), pol.profile("child")
	if !base.Internal || base.Key.Text != "k1" || base.Unknown != redact.UnknownKeep || !base.Unfit {
		t.Errorf("base %+v", base)
	}
	if e := base.Record; e.Time != redact.TimeHour || !e.Stamp || e.Partition != redact.PartitionByKey || len(e.Headers) != 1 {
		t.Errorf("record %+v", e)
	}
	if got := conditions(base.Only); !reflect.DeepEqual(got, []redact.Condition{{Path: "$.a", In: []string{"x"}}, {Path: "$.b", In: []string{"1", "true", "null"}}}) {
		t.Errorf("only %+v", got)
	}
	if base.Except[0].Below == nil || *base.Except[0].Below != 18 || base.Except[0].AtLeast != nil {
		t.Errorf("except %+v", base.Except)
	}

	// What child inherits, and what it never does.
	if child.Internal || child.Key.Text != "" || child.Purpose != "other" {
		t.Errorf("child inherits what is said of one recipient only: %+v", child)
	}
	if child.Unknown != redact.UnknownQuarantine || child.Unfit || child.Record.Time != redact.TimeHour || child.Record.Stamp ||
		len(child.Record.Headers) != 0 || child.Record.Partition != redact.PartitionByKey {
		t.Errorf("child %+v", child)
	}
	var only []string
	for _, f := range child.Only {
		only = append(only, f.Path+" "+conditionText(&f.Condition))
	}
	if !slices.Equal(only, []string{`$.a is "y"`, `$.b is "1" or "null" or "true"`}) {
		t.Errorf("only %q", only)
	}
	if len(child.Except) != 2 || *child.Except[0].Below != 2.5 || child.Except[1].Path != "$.c" {
		t.Errorf("except %+v", child.Except)
	}
	for _, c := range []struct {
		profile *Profile
		field   string
		action  string
		shown   string
		how     how
		from    string
	}{
		{base, "user", "mask keep last 2", "mask keep last 2", byField, ""},
		{base, "spot", "round 1", "town", byField, ""},
		{base, "plain", "keep", "keep", byLevel, ""},
		{child, "user", "mask keep last 2", "mask keep last 2", byField, "base"},
		{child, "spot", "drop", "gone", byField, ""},
		{child, "plain", "drop", "drop", byLevel, ""},
	} {
		d := c.profile.decide(pol.entry(c.field))
		if d.action().String() != c.action || d.String() != c.shown || d.how != c.how || d.rule.From != c.from {
			t.Errorf("%s, %s: %s (%s) by %v from %q", c.profile.Name, c.field, d.action(), d, d.how, d.rule.From)
		}
	}
	if why := child.Fields["spot"].Why; why != "because" {
		t.Errorf("why: %q", why)
	}
	if child.Levels[2].action != action(nullAction) || child.Levels[2].From != "base" {
		t.Errorf("L2 %+v", child.Levels[2])
	}
}

// TestLevelDefaults is design point 5: which classes a levels: entry suits.
func TestLevelDefaults(t *testing.T) {
	identifier := map[detect.Class]bool{}
	for c := detect.IMEI; c <= detect.Plate; c++ {
		identifier[c] = true
	}
	for c := detect.None; c <= detect.Number; c++ {
		for name, want := range map[string]bool{
			"keep": c != detect.Secret, "drop": true, "null": c != detect.Secret, "replace": true,
			"pseudonym": identifier[c], "mask": identifier[c],
			"ip": c == detect.IP, "round": c == detect.Location || c == detect.Number, "bucket": c == detect.Number, "time": c == detect.Time,
		} {
			if got := kindOf(name).suits(c); got != want {
				t.Errorf("levels: %s for %v: %v", name, c, got)
			}
		}
	}
}

func TestActionSpellings(t *testing.T) {
	for spelled, want := range map[string]string{
		"keep": "keep", "drop": "drop", "null": "null", "'null'": "null", "{null: }": "null", "{drop: {}}": "drop", "{keep: true}": "keep", "{keep: {why: x}}": "keep",
		"replace": `replace "[redacted]"`, "{replace: ''}": `replace ""`, "{replace: 7}": `replace "7"`,
		"mask": "mask", "{mask: {keep_first: 3, keep_last: 4}}": "mask keep first 3 keep last 4", `{mask: {char: "#"}}`: "mask with '#'",
		"pseudonym": "pseudonym", "{pseudonym: {as: base62}}": "pseudonym", "{pseudonym: {as: uuid, domain: d}}": "pseudonym as uuid domain d",
		"{pseudonym: {prefix: p_}}": "pseudonym prefix p_", "{pseudonym: {prf: aes-cmac}}": "pseudonym by aes-cmac", "{pseudonym: {prf: hmac-sha256}}": "pseudonym", "{transform: pseudonym}": "pseudonym",
		"ip": "ip /24 /48", "{ip: {}}": "ip /24 /48", "{ip: {v4: 16}}": "ip /16 /48",
		"{round: 0}": "round 0", "{time: week}": "time week",
		"{bucket: 10}": "bucket 10", "{bucket: 10.0}": "bucket 10", "{bucket: 2.50}": "bucket 2.5", "{bucket: {width: 5, top: 90}}": "bucket 5 top 90",
	} {
		pol, problems := parseAt("policy.yaml", []byte(`
apiVersion: redactor/v1
name: a
namespace: b
fields: [{name: f, level: L4, keys: [f]}]
profiles: {p: {internal: true, key: k, record: {time: year}, fields: {f: `+spelled+`}}}
streams: [{from: x, to: {p: y}}]
`), testDay)
		if problems.HasErrors() {
			t.Errorf("%s: %v", spelled, problems.Err())
			continue
		}
		if got := pol.profile("p").Fields["f"].action.String(); got != want {
			t.Errorf("%s reads %s, want %s", spelled, got, want)
		}
	}
}
