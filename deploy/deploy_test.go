// Package deploy_test holds what is deployed to what the code says: examples
// that are written from the product's own starter, and those that must agree.
package deploy_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"redactor/internal/synth"
	"redactor/redact"
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
		"compose/sample/device.ndjson": sample(t, synth.Flat),
		"compose/sample/usage.ndjson":  sample(t, synth.Nested),
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

// sample is what the service "logs" writes: the console producer makes a
// record of each line, so a record that synth breaks into lines has to be one.
func sample(t *testing.T, kind synth.Kind) []byte {
	t.Helper()
	g := synth.New(1)
	var out bytes.Buffer
	for range sampleRecords {
		record := g.Append(nil, kind)
		if !bytes.ContainsRune(record, '\n') {
			out.Write(record)
		} else if err := json.Compact(&out, record); err != nil {
			t.Fatal(err)
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// TestComposeSamplePasses: a proxy that somebody starts to look at shows its
// recipients records, and no quarantine full of broken ones.
func TestComposeSamplePasses(t *testing.T) {
	policy, problems := rules.Load("compose/redactor/policy.yaml")
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	streams, problems := policy.Compile(rules.TestKeys)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	for topic, file := range map[string]string{"device.logs.*": "device.ndjson", "usage.events": "usage.ndjson"} {
		i := slices.IndexFunc(streams, func(s rules.Stream) bool { return s.From == topic })
		if i < 0 {
			t.Fatalf("no stream from %s", topic)
		}
		text, err := os.ReadFile(filepath.Join("compose", "sample", file))
		if err != nil {
			t.Fatal(err)
		}
		m := streams[i].Program.NewMachine()
		records, produced := 0, make([]int, len(streams[i].To))
		for line := range bytes.Lines(text) {
			records++
			if v := m.Scan(bytes.TrimSuffix(line, []byte("\n"))); v.Outcome != redact.Passed {
				t.Errorf("%s, line %d: %v", file, records, v.Reason)
				continue
			}
			for to := range streams[i].To {
				switch _, v := m.Render(nil, to); v.Outcome {
				case redact.Passed:
					produced[to]++
				case redact.Quarantined:
					t.Errorf("%s, line %d, %s: %v", file, records, streams[i].To[to].Profile, v.Reason)
				}
			}
		}
		for to, n := range produced {
			if n == 0 {
				t.Errorf("%s: %s gets none of %d records: its dashboard stays empty", file, streams[i].To[to].Profile, records)
			}
		}
		if records != sampleRecords {
			t.Errorf("%s has %d lines, want %d", file, records, sampleRecords)
		}
	}
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
