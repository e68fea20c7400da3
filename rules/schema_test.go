package rules

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("policy.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("policy.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bySchema validates a policy as an editor does; ok is false when the text is
// no YAML, of which an editor says so itself.
func bySchema(t *testing.T, s *jsonschema.Schema, src string) (err error, ok bool) {
	t.Helper()
	p := &parser{file: "policy.yaml"}
	root := p.tree([]byte(src))
	if root == nil {
		return nil, false
	}
	w := p.want(root, plainJSON)
	if w == nil {
		return nil, false
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.appendJSON(nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v), true
}

// TestSchemaAgrees: what the parser takes, the schema takes; and what the
// parser refuses for its words, the schema refuses.
func TestSchemaAgrees(t *testing.T) {
	s := compiledSchema(t)
	byWord := []string{idUnknownKey, idMissing, idVersion, idNotOneOf, idOnErrorPass, idTransformUnknown, idFormat}
	good, bad := 0, 0
	for _, pattern := range []string{"testdata/broken/*.txtar", "testdata/tests/*.txtar", "testdata/shown/*.txtar", "testdata/diff/*.txtar"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			a := readArchive(t, path)
			src := a.file("policy.yaml")
			_, problems := parseAt("policy.yaml", []byte(src), testDay)
			err, ok := bySchema(t, s, src)
			if !ok {
				continue
			}
			word := slices.ContainsFunc(problems, func(p Problem) bool { return slices.Contains(byWord, p.ID) })
			switch {
			case !problems.HasErrors():
				if good++; err != nil {
					t.Errorf("%s: the parser takes it and the schema does not: %v", path, err)
				}
			case word && err == nil && !schemaCannotSee(path):
				t.Errorf("%s: the schema does not see what is wrong with its words", path)
			case word:
				bad++
			}
		}
	}
	if good < 10 || bad < 20 {
		t.Errorf("only %d good and %d bad policies", good, bad)
	}
}

// schemaCannotSee names the broken policies whose words are wrong only next to
// other parts of the file: a bare transform is any text in the schema, since
// variants have names of their own.
func schemaCannotSee(path string) bool {
	name := strings.TrimSuffix(filepath.Base(path), ".txtar")
	return slices.Contains([]string{"transform-typo", "transform-hash", "transform-nothing", "variant-of-variant", "variant-arguments", "layout-later", "level-bare"}, name)
}

// TestEveryPropertyIsRead: each property of the tables, and so of the schema,
// is one that the parser looks at: nonsense behind it is reported there.
func TestEveryPropertyIsRead(t *testing.T) {
	const head = "apiVersion: redactor/v1\nname: a\nnamespace: b\n"
	const profiles = "profiles: {p: {internal: true, key: k, levels: {L1: keep}}}\n"
	const streams = "streams: [{from: x, to: {p: y}}]\n"
	for _, c := range []struct {
		name  string
		props []prop
		frame string // of a policy, with %s for the property
	}{
		{"policy", policyProps, "%s\n"},
		{"approved", approvalProps, head + profiles + streams + "approved: {%s}\n"},
		{"field", entryProps, head + profiles + streams + "fields: [{%s}]\n"},
		{"profile", profileProps, head + streams + "profiles: {p: {%s}}\n"},
		{"record", recordProps, head + streams + "profiles: {p: {record: {%s}}}\n"},
		{"bounds", boundProps, head + streams + "profiles: {p: {only: {$.a: {%s}}}}\n"},
		{"stream", streamProps, head + profiles + "streams: [{%s}]\n"},
		{"test", testProps, head + profiles + streams + "tests: [{%s}]\n"},
		{"expect", expectProps, head + profiles + streams + "tests: [{name: t, given: {}, expect: {p: {%s}}}]\n"},
		{"mask", maskProps, head + streams + "profiles: {p: {levels: {L1: {mask: {%s}}}}}\n"},
		{"pseudonym", pseudonymProps, head + streams + "profiles: {p: {levels: {L1: {pseudonym: {%s}}}}}\n"},
		{"ip", ipProps, head + streams + "profiles: {p: {levels: {L1: {ip: {%s}}}}}\n"},
		{"geohash", geohashProps, head + streams + "profiles: {p: {levels: {L1: {geohash: {%s}}}}}\n"},
		{"s2", s2Props, head + streams + "profiles: {p: {levels: {L1: {s2: {%s}}}}}\n"},
		{"grid", gridProps, head + streams + "profiles: {p: {levels: {L1: {grid: {%s}}}}}\n"},
		{"map", mapProps, head + streams + "profiles: {p: {levels: {L1: {map: {%s}}}}}\n"},
		{"hash_bucket", hashBucketProps, head + streams + "profiles: {p: {levels: {L1: {hash_bucket: {%s}}}}}\n"},
		{"shift", shiftProps, head + streams + "profiles: {p: {levels: {L1: {shift: {%s}}}}}\n"},
		{"laplace", laplaceProps, head + streams + "profiles: {p: {levels: {L1: {laplace: {%s}}}}}\n"},
		{"bucket", bucketProps, head + streams + "profiles: {p: {levels: {L1: {bucket: {%s}}}}}\n"},
	} {
		if len(c.props) > maxProps {
			t.Errorf("%s has %d properties, more than maxProps", c.name, len(c.props))
		}
		for _, pr := range c.props {
			if pr.doc == "" {
				t.Errorf("%s: %s has no description", c.name, pr.name)
			}
			// A number that JSON cannot spell is wrong wherever a value may stand.
			nonsense := "{? x : 0777, ? y : [0777]}"
			src := fmt.Sprintf(c.frame, pr.name+": "+nonsense)
			_, problems := parseAt("policy.yaml", []byte(src), testDay)
			at := strings.Index(src, nonsense)
			line := 1 + strings.Count(src[:at], "\n")
			col := at - strings.LastIndex(src[:at], "\n")
			found := slices.ContainsFunc(problems, func(p Problem) bool {
				return p.Line == line && p.Col >= col && p.ID != idUnknownKey || p.Line == line && p.Col > col
			})
			if !found {
				t.Errorf("%s: nobody looks at %s: %v", c.name, pr.name, problems)
			}
		}
	}
}

// TestSchemaTeaches: every property that an editor shows has a description.
func TestSchemaTeaches(t *testing.T) {
	s := schemaObject(policyProps)
	var walk func(path string, s schema)
	walk = func(path string, s schema) {
		if fields, ok := s["properties"].(schema); ok {
			for name, f := range fields {
				if f.(schema)["description"] == nil && !strings.HasSuffix(path, "/levels") {
					t.Errorf("%s/%s has no description", path, name)
				}
				walk(path+"/"+name, f.(schema))
			}
		}
		for _, key := range []string{"additionalProperties", "items"} {
			if sub, ok := s[key].(schema); ok {
				walk(path+"/"+key, sub)
			}
		}
	}
	walk("", s)
	if len(s["properties"].(schema)) != len(policyProps) {
		t.Error("the schema lacks properties")
	}
}
