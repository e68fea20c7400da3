package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// Rules, their tests and the runbook are three files that only people keep together. These tests do not need
// Prometheus; what promtool and amtool say is asked for in the step `observe` of .ci/run.

const rulesFile = "../../deploy/prometheus/redactor.rules.yml"

type ruleFile struct {
	Groups []struct {
		Rules []struct {
			Alert, Record, Expr string
			Labels, Annotations map[string]string
		}
	}
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// alerts returns the labels of every alert by name.
func alerts(t *testing.T) map[string]map[string]string {
	t.Helper()
	var rules ruleFile
	readYAML(t, rulesFile, &rules)
	all := make(map[string]map[string]string)
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			all[r.Alert] = r.Labels
			if want := "docs/runbook.md#" + strings.ToLower(r.Alert); r.Annotations["runbook_url"] != want {
				t.Errorf("%s: runbook_url is %q, want %q", r.Alert, r.Annotations["runbook_url"], want)
			}
			if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s: no summary or no description", r.Alert)
			}
			if team := r.Labels["team"]; team != "privacy" && team != "oncall" {
				t.Errorf("%s: team is %q: nobody is woken", r.Alert, team)
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("only %d alerts", len(all))
	}
	return all
}

// TestRunbook: every alert has its heading, under its team's part, with its three parts; no heading is left over.
func TestRunbook(t *testing.T) {
	text, err := os.ReadFile("../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{"Privacy": "privacy", "On call": "oncall"}
	team, found := "", make(map[string]bool)
	all := alerts(t)
	for section := range strings.SplitSeq(string(text), "\n#") {
		heading, body, _ := strings.Cut(strings.TrimLeft(section, "#"), "\n")
		heading = strings.TrimSpace(heading)
		if p, ok := parts[heading]; ok {
			team = p
			continue
		}
		if team == "" {
			continue
		}
		labels, ok := all[heading]
		if !ok {
			t.Errorf("the runbook has %q, which is no alert", heading)
			continue
		}
		found[heading] = true
		if labels["team"] != team {
			t.Errorf("%s stands under %q and wakes %q", heading, team, labels["team"])
		}
		for _, part := range []string{"**Privacy.**", "**Look at**", "**Do.**"} {
			if !strings.Contains(body, part) {
				t.Errorf("%s: no %s", heading, part)
			}
		}
	}
	for name := range all {
		if !found[name] {
			t.Errorf("the runbook has no heading %q", name)
		}
	}
}

// TestAlertsAreTested: each alert has a test in which it fires and one in which it does not.
func TestAlertsAreTested(t *testing.T) {
	var file struct {
		Tests []struct {
			AlertRuleTest []struct {
				Alertname string
				ExpAlerts []any `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
			InputSeries []any `yaml:"input_series"`
		}
	}
	readYAML(t, "../../deploy/prometheus/redactor.rules.test.yml", &file)
	fires, silent := make(map[string]bool), make(map[string]bool)
	for _, test := range file.Tests {
		for _, a := range test.AlertRuleTest {
			if len(a.ExpAlerts) > 0 {
				fires[a.Alertname] = true
			}
			// A series that must not fire, beside one that does, is a test of silence too.
			if len(a.ExpAlerts) == 0 || len(test.InputSeries) > len(a.ExpAlerts)+1 {
				silent[a.Alertname] = true
			}
		}
	}
	for name := range alerts(t) {
		if !fires[name] || !silent[name] {
			t.Errorf("%s: tested firing: %t, not firing: %t", name, fires[name], silent[name])
		}
	}
}

// TestAlertsAreFired: each alert is one that TestAlertsFire and its neighbors see firing in a Prometheus.
func TestAlertsAreFired(t *testing.T) {
	var tests strings.Builder
	for _, file := range []string{"alertsfire_test.go", "alertsload_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for name := range alerts(t) {
		if !strings.Contains(tests.String(), fmt.Sprintf("p.fires(%q", name)) {
			t.Errorf("no test makes %s come true", name)
		}
	}
}

// TestRulesKnowTheirMetrics: a rule on a metric that nobody registers never fires.
func TestRulesKnowTheirMetrics(t *testing.T) {
	list, err := os.ReadFile("../../metrics/testdata/list.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`(?m)^redactor_\w+`).FindAllString(string(list), -1)
	var rules ruleFile
	readYAML(t, rulesFile, &rules)
	var recorded []string
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if r.Record != "" {
				recorded = append(recorded, r.Record)
			}
		}
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			for _, name := range regexp.MustCompile(`[a-z_:]*redactor_[a-z0-9_:]+`).FindAllString(r.Expr, -1) {
				bare := name
				for _, suffix := range []string{"_bucket", "_count", "_sum"} {
					bare = strings.TrimSuffix(bare, suffix)
				}
				if !slices.Contains(known, name) && !slices.Contains(known, bare) && !slices.Contains(recorded, name) {
					t.Errorf("%s%s asks for %s, which nobody registers", r.Alert, r.Record, name)
				}
			}
		}
	}
}

// tool finds a program of Prometheus, or skips; where REDACTOR_REQUIRE asks for it, it must be there.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path := os.Getenv("REDACTOR_" + strings.ToUpper(name)); path != "" {
		return path
	}
	path, err := exec.LookPath(name)
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("REDACTOR_REQUIRE"), ","), "prometheus") {
			t.Fatalf("%s is not here", name)
		}
		t.Skipf("%s is not here (Debian: prometheus, prometheus-alertmanager)", name)
	}
	return path
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestPromtool: the rules are well-formed and do what their tests say.
func TestPromtool(t *testing.T) {
	promtool := tool(t, "promtool")
	dir := filepath.Dir(rulesFile)
	run(t, dir, promtool, "check", "rules", "redactor.rules.yml")
	run(t, dir, promtool, "test", "rules", "redactor.rules.test.yml")
	if major(run(t, dir, promtool, "--version")) >= 3 {
		run(t, dir, promtool, "test", "rules", "redactor.rules.native.test.yml")
	} else {
		t.Log("promtool 2 cannot write native histograms into a test: that file was not run")
	}
}

// major is the version of a program of Prometheus; one that was built from its module does not know it, and is a
// new one.
func major(version string) int {
	n := 3
	if m := regexp.MustCompile(`version (\d+)\.`).FindStringSubmatch(version); m != nil {
		fmt.Sscan(m[1], &n)
	}
	return n
}

// TestAmtool: privacy alerts and on-call ones reach different people, whatever their severity.
func TestAmtool(t *testing.T) {
	amtool := tool(t, "amtool")
	const config = "alertmanager.yml"
	dir := "../../deploy/alertmanager"
	run(t, dir, amtool, "check-config", config)
	for name, labels := range alerts(t) {
		said := strings.Split(strings.TrimSpace(run(t, dir, amtool, "config", "routes", "test", "--config.file="+config,
			"alertname="+name, "team="+labels["team"], "severity="+labels["severity"])), "\n")
		receiver := said[len(said)-1]
		if !strings.HasPrefix(receiver, labels["team"]) || (labels["severity"] == "critical") != strings.HasSuffix(receiver, "-page") {
			t.Errorf("%s (%s, %s) goes to %s", name, labels["team"], labels["severity"], receiver)
		}
	}
}
