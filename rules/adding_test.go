package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const addingPolicy = `
apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: imei, level: L4, is: imei, keys: [imei]}
profiles:
  p: {fields: {imei: %s}}
streams:
  - {from: a, to: {p: b}}
`

func tac(rows string) TableSource {
	return func(string) ([]byte, error) { return []byte(rows), nil }
}

// TestAddedIsReleased: what a rule adds is told from a drop by diff, whatever
// becomes of the value, and a change of the table by the digest.
func TestAddedIsReleased(t *testing.T) {
	const file = "{map: {by: tac, file: tac.csv}}"
	policy := func(rule, rows string) *Policy { return policyWith(t, fmt.Sprintf(addingPolicy, rule), tac(rows)) }
	dropped := policy("drop", "")
	added := policy("{drop: {}, add: {model_group: "+file+"}}", "35693803,A\n")
	both := policy("{drop: {}, add: {model_group: "+file+", maker: "+file+"}}", "35693803,A\n")
	for _, c := range []struct {
		name     string
		old, new *Policy
		loosened bool
	}{
		{"a member more", dropped, added, true}, {"a member less", added, dropped, false},
		{"a second one", added, both, true}, {"one of two less", both, added, false},
		{"another table", added, policy("{drop: {}, add: {model_group: "+file+"}}", "35693803,B\n"), true},
		{"the same", added, policy("{drop: {}, add: {model_group: "+file+"}}", "# again\n35693803, A\n"), false},
	} {
		if d := Diff(c.old, c.new); d.Loosens() != c.loosened {
			t.Errorf("%s: loosened %v, want %v: %+v", c.name, d.Loosens(), c.loosened, d.Changes)
		}
		if same := c.old.Digest() == c.new.Digest(); same != (c.name == "the same") {
			t.Errorf("%s: same digest: %v", c.name, same)
		}
	}
	d, _ := added.Dictionary("p")
	if len(d.Entries) != 1 || d.Entries[0].Name != "model_group" || d.Entries[0].Form != `one of A` {
		t.Errorf("the dictionary has %+v", d.Entries)
	}
	x, err := added.Explain("a", &Record{Value: []byte(`{"imei":"356938035643809"}`)})
	if err != nil || !strings.Contains(x.Fields[0].Outcomes[0].After, "absent, and model_group <1 hex digit>") {
		t.Errorf("explained as %+v, %v", x.Fields, err)
	}
}

// TestTableFile: a policy that is a file has its tables beside it, up to a
// length; one that is not has none.
func TestTableFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "policy.yaml")
	src := []byte(fmt.Sprintf(addingPolicy, "{map: {by: tac, file: tables/tac.csv}}"))
	write := func(path string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "tables"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(path, src)
	write(filepath.Join(dir, "tables", "tac.csv"), []byte("\ufeff35693803,A\r\n86-123456,B\r\n"))
	if _, problems := Load(path); problems.HasErrors() {
		t.Error(problems.Err())
	}
	for name, table := range map[string][]byte{"8 MiB": bytes.Repeat([]byte("#\n"), MaxTable/2+1), "UTF-8": {0xff, ',', 'a'}, "quote": []byte("35693803,\"A")} {
		write(filepath.Join(dir, "tables", "tac.csv"), table)
		if _, problems := Load(path); !problems.HasErrors() || !strings.Contains(problems.Err().Error(), name) {
			t.Errorf("%s: %v", name, problems.Err())
		}
	}
	if _, problems := Parse("policy.yaml", src); !problems.HasErrors() || !strings.Contains(problems.Err().Error(), "not a file here") {
		t.Errorf("without files: %v", problems.Err())
	}
}

// TestPRF: pseudonyms by AES-CMAC are others than those by HMAC, the same in
// every field of a domain, and a change of the function is one of what joins.
func TestPRF(t *testing.T) {
	const src = `
apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: user, level: L4, is: account, keys: [user]}
  - {name: owner, level: L4, is: account, keys: [owner]}
  - {name: guest, level: L4, is: account, keys: [guest]}
profiles:
  p: {key: k, fields: {user: {pseudonym: {prf: PRF}}, owner: {pseudonym: {prf: PRF}}, guest: pseudonym}}
streams:
  - {from: a, to: {p: b}}
tests:
  - {name: joins, given: {user: u-1, owner: u-1, guest: u-1}, never: [u-1], expect: {p: {value: {user: {like: 'test_*'}, owner: {same_as: user}, guest: {like: 'test_*'}}}}}
`
	policy := func(prf string) *Policy { return policyOf(t, strings.ReplaceAll(src, "PRF", prf)) }
	hmac, cmac := policy("hmac-sha256"), policy("aes-cmac")
	for _, p := range []*Policy{hmac, cmac} {
		if rep := p.RunTests(); rep.Failed() > 0 {
			t.Error(shown(t, func(w io.Writer) error { return rep.WriteText(w, false) }))
		}
		streams, problems := p.Compile(TestKeys)
		if problems.HasErrors() {
			t.Fatal(problems.Err())
		}
		m := streams[0].Program.NewMachine()
		m.Scan([]byte(`{"user":"u-1","guest":"u-1"}`))
		out, _ := m.Render(nil, 0)
		got := map[string]string{}
		if err := json.Unmarshal(out, &got); err != nil || (got["user"] == got["guest"]) != (p == hmac) {
			t.Errorf("%s, %v", out, err)
		}
	}
	if !Diff(hmac, cmac).Loosens() || hmac.Digest() == cmac.Digest() {
		t.Error("another function is no change")
	}
}

// TestExplainCache: explain says before which transforms a cache stands.
func TestExplainCache(t *testing.T) {
	pol := policyOf(t, `
apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: imei, level: L4, is: imei, keys: [imei]}
  - {name: ua, level: L2, is: text, keys: [ua]}
  - {name: msg, level: L4, is: text, keys: [msg]}
profiles:
  p: {internal: true, key: k, fields: {imei: fpe, ua: {scrub: {patterns: {build: 'Build/\w+'}}}, msg: scrub}}
streams:
  - {from: a, to: {p: b}}
`)
	x, err := pol.Explain("a", &Record{Value: []byte(`{"imei":"356938035643809","ua":"Build/1","msg":"x"}`)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range x.Fields {
		got = append(got, f.Outcomes[0].Cache)
	}
	if strings.Join(got, ",") != "worker,shared," {
		t.Errorf("caches %q", got)
	}
	if text := shown(t, func(w io.Writer) error { return x.WriteText(w, false) }); strings.Count(text, "where redactor.yaml has cache:") != 1 {
		t.Error(text)
	}
}
