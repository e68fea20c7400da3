// Package deploy_test holds what is deployed to what the code says: examples
// that are written from the product's own starter, and those that must agree.
package deploy_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"redactor/internal/synth"
	"redactor/rules"
	"redactor/rules/starter"
)

var update = flag.Bool("update", false, "write the files of deploy/compose that are made from the code")

// sampleRecords is how many records the service "logs" sends a second.
const sampleRecords = 100

// TestComposeIsMadeFromTheCode: the policy of the compose file is the starter
// without its demo mark, and the sample is what synth makes up.
func TestComposeIsMadeFromTheCode(t *testing.T) {
	mark := regexp.MustCompile(`(?m)^# It is a table:(.*\n#)*.*\ndemo: true\n`)
	policy := mark.ReplaceAll(starter.Policy, []byte("# Written from the starter policy: go test ./deploy -update\n"))
	files := map[string][]byte{
		"compose/redactor/policy.yaml": policy,
		"compose/sample/device.ndjson": sample(synth.Flat),
		"compose/sample/usage.ndjson":  sample(synth.Nested),
	}
	for name, want := range files {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the code makes (%v); go test ./deploy -update", name, err)
		}
	}
	parsed, problems := rules.Parse("policy.yaml", policy)
	if problems.HasErrors() || parsed.Demo {
		t.Fatalf("the policy of the compose file cannot run: demo %v, %v", parsed.Demo, problems)
	}
}

func sample(kind synth.Kind) []byte {
	g := synth.New(1)
	var out []byte
	for range sampleRecords {
		out = append(g.Append(out, kind), '\n')
	}
	return out
}

// TestKeysAreBoundEverywhere: whoever adds a recipient to the starter learns
// here which examples must bind its key.
func TestKeysAreBoundEverywhere(t *testing.T) {
	for _, name := range []string{"compose/compose.yaml", "compose/redactor/redactor.yaml", "systemd/redactor.service", "helm/redactor/values.yaml"} {
		text, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range starter.Keys {
			if !strings.Contains(string(text), key) {
				t.Errorf("%s does not name the key %s", name, key)
			}
		}
	}
}
