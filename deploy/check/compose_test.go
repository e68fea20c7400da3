package check

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"sigs.k8s.io/yaml"
)

// TestComposeLoads reads the compose file as `docker compose config` does. No
// Docker runs here: nothing of it has been started.
func TestComposeLoads(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"}, cli.WithProfiles([]string{"*"}))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range project.Services {
		for _, v := range s.Volumes {
			if v.Type != "bind" {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				t.Errorf("%s mounts %s, which is not there", s.Name, filepath.Base(v.Source))
			}
		}
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" {
				t.Errorf("%s listens on %q: others on the network could reach it", s.Name, p.HostIP)
			}
		}
		if s.Build == nil && !strings.Contains(s.Image, ":") {
			t.Errorf("%s has no version", s.Image)
		}
	}
	r := project.Services["redactor"]
	if !r.ReadOnly || len(r.CapDrop) != 1 || r.User != "" {
		t.Errorf("redactor runs with more than it needs: read_only %v, cap_drop %v, user %q", r.ReadOnly, r.CapDrop, r.User)
	}
}

// TestComposeIsWired holds together what several files of the compose project
// say about one thing: where Kafka is, which topics there are, what is scraped,
// where rules, data source and dashboards are looked for.
func TestComposeIsWired(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	services := project.Services

	var redactor struct {
		Kafka      struct{ Brokers []string }
		Keys       map[string]struct{ File string }
		Quarantine struct{ Topic string }
		Admin      struct{ Listen string }
	}
	decode(t, seenBy(t, services["redactor"], "/etc/redactor/redactor.yaml"), &redactor)
	advertised := *services["kafka"].Environment["KAFKA_ADVERTISED_LISTENERS"]
	if len(redactor.Kafka.Brokers) != 1 || advertised != "PLAINTEXT://"+redactor.Kafka.Brokers[0] || !strings.HasPrefix(redactor.Kafka.Brokers[0], "kafka:") {
		t.Errorf("redactor asks %v, Kafka is at %s", redactor.Kafka.Brokers, advertised)
	}
	if dir := *services["kafka"].Environment["KAFKA_LOG_DIRS"]; !slices.ContainsFunc(services["kafka"].Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == dir }) {
		t.Errorf("Kafka's data is in %s, which is no volume", dir)
	}
	for name, key := range redactor.Keys {
		if !slices.Contains(services["keys"].Command, key.File) {
			t.Errorf("nobody makes %s, the key %s", key.File, name)
		}
	}

	var policy struct {
		Streams []struct {
			From string
			To   map[string]string
		}
	}
	decode(t, seenBy(t, services["redactor"], "/etc/redactor/policy.yaml"), &policy)
	made := strings.Fields(strings.Join(services["topics"].Command, " "))
	sources := []string{"device.logs.android", "usage.events"}
	want := append([]string{redactor.Quarantine.Topic}, sources...)
	for _, s := range policy.Streams {
		for _, source := range sources {
			if ok, err := path.Match(s.From, source); err != nil || !ok {
				continue
			}
			for _, to := range s.To {
				want = append(want, strings.ReplaceAll(to, "{topic}", source))
			}
		}
	}
	for _, topic := range want {
		if !slices.ContainsFunc(made, func(w string) bool { return strings.TrimSuffix(w, ";") == topic }) {
			t.Errorf("nobody makes the topic %s", topic)
		}
	}
	for _, source := range sources {
		if !strings.Contains(strings.Join(services["logs"].Command, " "), "--topic "+source) {
			t.Errorf("nobody writes to %s", source)
		}
	}

	var prometheus struct {
		RuleFiles     []string `json:"rule_files"`
		ScrapeConfigs []struct {
			JobName       string                       `json:"job_name"`
			StaticConfigs []struct{ Targets []string } `json:"static_configs"`
		} `json:"scrape_configs"`
	}
	decode(t, seenBy(t, services["prometheus"], "/etc/prometheus/prometheus.yml"), &prometheus)
	scrape := prometheus.ScrapeConfigs[0]
	if scrape.JobName != "redactor" || scrape.StaticConfigs[0].Targets[0] != redactor.Admin.Listen || services["prometheus"].NetworkMode != "service:redactor" {
		t.Errorf("job %s scrapes %v in the network of %q; redactor listens on %s", scrape.JobName, scrape.StaticConfigs, services["prometheus"].NetworkMode, redactor.Admin.Listen)
	}
	rules, err := filepath.Glob(seenBy(t, services["prometheus"], path.Dir(prometheus.RuleFiles[0])) + "/" + path.Base(prometheus.RuleFiles[0]))
	if err != nil || len(rules) != 1 {
		t.Errorf("rule files: %v, %v", rules, err)
	}

	grafana := services["grafana"]
	var source struct {
		Datasources []struct{ Type, URL string }
	}
	decode(t, seenBy(t, grafana, "/etc/grafana/provisioning/datasources/prometheus.yaml"), &source)
	if len(source.Datasources) != 1 || source.Datasources[0].URL != "http://redactor:9090" || services["redactor"].Ports[0].Target != 9090 {
		t.Errorf("Grafana asks %v", source.Datasources)
	}
	var provider struct {
		Providers []struct{ Options struct{ Path string } }
	}
	decode(t, seenBy(t, grafana, "/etc/grafana/provisioning/dashboards/redactor.yaml"), &provider)
	home := *grafana.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
	if path.Dir(home) != provider.Providers[0].Options.Path {
		t.Errorf("dashboards are in %s, the first one is %s", provider.Providers[0].Options.Path, home)
	}
	var dashboard struct{ UID string }
	decode(t, seenBy(t, grafana, home), &dashboard)
	if dashboard.UID == "" {
		t.Errorf("%s is no dashboard", home)
	}
}

// seenBy is the file of this repository that a service sees under a path.
func seenBy(t *testing.T, s types.ServiceConfig, name string) string {
	t.Helper()
	for _, v := range s.Volumes {
		if rest, ok := strings.CutPrefix(name, v.Target); ok && v.Type == "bind" && (rest == "" || rest[0] == '/') {
			return v.Source + rest
		}
	}
	t.Fatalf("%s sees no %s", s.Name, name)
	return ""
}

// decode reads what it is asked for of a YAML or JSON file.
func decode(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
