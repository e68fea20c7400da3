package check

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// What the manifests use of Strimzi's kafka.strimzi.io/v1, whose types are Java: the names were taken from its
// documentation, and nothing else is decoded.
type (
	metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	}
	kafkaTopic struct {
		APIVersion string   `json:"apiVersion"`
		Kind       string   `json:"kind"`
		Metadata   metadata `json:"metadata"`
		Spec       struct {
			TopicName  string         `json:"topicName"`
			Partitions int            `json:"partitions"`
			Replicas   int            `json:"replicas"`
			Config     map[string]any `json:"config"`
		} `json:"spec"`
	}
	kafkaUser struct {
		APIVersion string   `json:"apiVersion"`
		Kind       string   `json:"kind"`
		Metadata   metadata `json:"metadata"`
		Spec       struct {
			Authentication struct {
				Type string `json:"type"`
			} `json:"authentication"`
			Authorization struct {
				Type string `json:"type"`
				ACLs []acl  `json:"acls"`
			} `json:"authorization"`
		} `json:"spec"`
	}
	acl struct {
		Resource struct {
			Type        string `json:"type"`
			Name        string `json:"name"`
			PatternType string `json:"patternType"`
		} `json:"resource"`
		Operations []string `json:"operations"`
		Host       string   `json:"host"`
	}
)

func (a acl) String() string {
	operations := slices.Clone(a.Operations)
	slices.Sort(operations)
	return strings.ToLower(strings.Join([]string{a.Resource.Type, a.Resource.Name, a.Resource.PatternType, strings.Join(operations, "+")}, " "))
}

// documents decodes every document of a file, strictly.
func documents[T any](t *testing.T, file string) []*T {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []*T
	for doc := range strings.SplitSeq(string(text), "\n---\n") {
		d := new(T)
		if err := yaml.UnmarshalStrict([]byte(doc), d); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, doc)
		}
		out = append(out, d)
	}
	return out
}

// needed asks the product which rights it needs, with exactly_once.
func needed(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	redactor := filepath.Join(dir, "redactor")
	build := exec.Command("go", "build", "-o", redactor, "./cmd/redactor")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(redactor, "doctor", "--acls", "-o", "json", "-c", "redactor.yaml")
	cmd.Dir = "../compose/redactor"
	cmd.Env = append(os.Environ(), "REDACTOR_KAFKA_DELIVERY=exactly_once")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		ACLs []struct {
			Resource, Name, Pattern string
			Operations              []string
		}
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, a := range said.ACLs {
		slices.Sort(a.Operations)
		all = append(all, strings.ToLower(strings.Join([]string{strings.ReplaceAll(a.Resource, "-", ""), a.Name,
			strings.TrimSuffix(a.Pattern, "ed"), strings.Join(a.Operations, "+")}, " ")))
	}
	slices.Sort(all)
	return all
}

// TestUsersHaveExactlyWhatTheyNeed: redactor's account has the rights that
// `redactor doctor --acls` asks for, and a recipient's none on a source.
func TestUsersHaveExactlyWhatTheyNeed(t *testing.T) {
	sources := []string{"device.logs.android", "usage.events", "redactor.quarantine"}
	for _, u := range documents[kafkaUser](t, "../strimzi/users.yaml") {
		if u.Kind != "KafkaUser" || u.Spec.Authorization.Type != "simple" {
			t.Errorf("%s is a %s with %q authorization", u.Metadata.Name, u.Kind, u.Spec.Authorization.Type)
		}
		if u.Metadata.Name == "redactor" {
			var has []string
			for _, a := range u.Spec.Authorization.ACLs {
				has = append(has, a.String())
			}
			slices.Sort(has)
			if want := needed(t); !slices.Equal(has, want) {
				t.Errorf("redactor has\n%s\nand needs\n%s", strings.Join(has, "\n"), strings.Join(want, "\n"))
			}
			continue
		}
		for _, a := range u.Spec.Authorization.ACLs {
			for _, s := range sources {
				if a.Resource.Type == "topic" && (a.Resource.Name == s || a.Resource.PatternType == "prefix" && strings.HasPrefix(s, a.Resource.Name)) {
					t.Errorf("%s can read %s", u.Metadata.Name, s)
				}
			}
			if slices.ContainsFunc(a.Operations, func(o string) bool { return o != "Read" && o != "Describe" }) {
				t.Errorf("%s may %v on %s", u.Metadata.Name, a.Operations, a.Resource.Name)
			}
		}
	}
}

// TestTopicsAreDurable: the topics of the starter policy, which are those of
// the compose project, with replicas enough for acks=all to mean something.
func TestTopicsAreDurable(t *testing.T) {
	topics := documents[kafkaTopic](t, "../strimzi/topics.yaml")
	var names []string
	for _, k := range topics {
		names = append(names, k.Spec.TopicName)
	}
	compose, err := os.ReadFile("../compose/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`(?s)for t in (.*?); do`).FindSubmatch(compose)
	if made == nil || !slices.Equal(names, strings.Fields(strings.ReplaceAll(string(made[1]), "\\\n", " "))) {
		t.Errorf("topics.yaml makes %v, the compose project %s", names, made)
	}
	for _, k := range topics {
		if k.Kind != "KafkaTopic" || k.Spec.Replicas < 3 || k.Spec.Config["min.insync.replicas"] != float64(2) {
			t.Errorf("%s: %s with %d replicas and %v", k.Spec.TopicName, k.Kind, k.Spec.Replicas, k.Spec.Config)
		}
		if k.Spec.Partitions != topics[0].Spec.Partitions {
			t.Errorf("%s has %d partitions and its source %d", k.Spec.TopicName, k.Spec.Partitions, topics[0].Spec.Partitions)
		}
	}
}
