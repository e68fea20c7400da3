// Package check holds the Grafana dashboards to PromQL's own parser and to the metrics that redactor registers. It is a
// module of its own: what Prometheus needs to parse a query is no dependency of the proxy.
package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

type dashboard struct {
	UID, Title, Description string
	Editable                bool
	Templating              struct {
		List []struct{ Name, Type, Definition string }
	}
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults struct {
			Unit       string
			Thresholds struct{ Steps []struct{ Color string } }
		}
	}
	Targets []struct {
		RefID, Expr, LegendFormat string
		Datasource                struct{ Type, UID string }
	}
}

func dashboards(t *testing.T) map[string]*dashboard {
	t.Helper()
	files, err := filepath.Glob("../*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d dashboards, %v", len(files), err)
	}
	all := make(map[string]*dashboard)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d := new(dashboard)
		if err := json.Unmarshal(text, d); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		all[filepath.Base(f)] = d
	}
	return all
}

// metricTypes returns the type of every metric that can be asked for: redactor's own, from the golden list that its
// tests hold to the registry; what client_golang and Prometheus add; what the recording rules record.
func metricTypes(t *testing.T) map[string]string {
	t.Helper()
	types := map[string]string{"up": "gauge", "process_cpu_seconds_total": "counter", "process_resident_memory_bytes": "gauge", "go_goroutines": "gauge"}
	list, err := os.ReadFile("../../../metrics/testdata/list.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^(redactor_\w+) (\w+)`).FindAllStringSubmatch(string(list), -1) {
		types[m[1]] = m[2]
		if m[2] == "histogram" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				types[m[1]+suffix] = "counter"
			}
		}
	}
	rules, err := os.ReadFile("../../prometheus/redactor.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`record: (\S+)`).FindAllStringSubmatch(string(rules), -1) {
		types[m[1]] = "gauge"
	}
	return types
}

var variables = strings.NewReplacer("$__rate_interval", "5m", "$__range", "6h", "$job", "j", "$instance", "i", "$profile", "p", "$topic", "t")

// rates take a counter and give what may be summed and drawn.
var rates = []string{"rate", "increase", "irate", "histogram_quantile", "histogram_fraction"}

func TestQueries(t *testing.T) {
	types := metricTypes(t)
	p := parser.NewParser(parser.Options{})
	used := make(map[string]bool)
	for file, d := range dashboards(t) {
		for _, panel := range d.Panels {
			for _, target := range panel.Targets {
				expr, err := p.ParseExpr(variables.Replace(target.Expr))
				if err != nil {
					t.Errorf("%s: %s: %v", file, panel.Title, err)
					continue
				}
				parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
					selector, ok := node.(*parser.VectorSelector)
					if !ok {
						return nil
					}
					used[selector.Name] = true
					kind, known := types[selector.Name]
					if !known {
						t.Errorf("%s: %s asks for %s, which nobody registers", file, panel.Title, selector.Name)
					}
					if !slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == "job" }) {
						t.Errorf("%s: %s: %s without a matcher for job shows other jobs too", file, panel.Title, selector.Name)
					}
					if kind == "counter" && !within(path, rates) {
						t.Errorf("%s: %s: %s is a counter and stands outside rate and increase", file, panel.Title, selector.Name)
					}
					return nil
				})
				if strings.Contains(target.Expr, "rate(") && !regexp.MustCompile(`rate\([^)]*\[\$__r`).MatchString(target.Expr) {
					t.Errorf("%s: %s: a rate over a fixed time is wrong at another resolution: $__rate_interval", file, panel.Title)
				}
			}
		}
	}
	// What was worth counting is worth showing.
	for name := range types {
		bare := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		shown := used[name] || used[bare] || used[bare+"_bucket"] || used[bare+"_sum"]
		if strings.HasPrefix(name, "redactor_") && !shown && !slices.Contains(notShown, name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// notShown are metrics for rules and variables only.
var notShown = []string{
	"redactor_build_info",                    // the variables
	"redactor_records_routed_total",          // the variables, and the rule behind "Unaccounted records"
	"redactor_policy_last_reload_successful", // an alert
	"redactor_cache_capacity_bytes",          // a setting
}

// TestLabels: a label that a metric does not have makes an empty matcher, or one line where there should be many.
func TestLabels(t *testing.T) {
	list, err := os.ReadFile("../../../metrics/testdata/list.txt")
	if err != nil {
		t.Fatal(err)
	}
	has := make(map[string][]string)
	for _, m := range regexp.MustCompile(`(?m)^(redactor_\w+) \w+ \{([^}]*)\}`).FindAllStringSubmatch(string(list), -1) {
		for _, suffix := range []string{"", "_bucket", "_sum", "_count"} {
			has[m[1]+suffix] = append(strings.Split(m[2], ", "), "job", "instance", "le")
		}
	}
	p := parser.NewParser(parser.Options{})
	for file, d := range dashboards(t) {
		for _, panel := range d.Panels {
			for _, target := range panel.Targets {
				expr, err := p.ParseExpr(variables.Replace(target.Expr))
				if err != nil {
					continue // TestQueries says so
				}
				parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
					selector, ok := node.(*parser.VectorSelector)
					if !ok || has[selector.Name] == nil {
						return nil
					}
					asked := make(map[string]bool)
					for _, m := range selector.LabelMatchers {
						asked[m.Name] = m.Name != "__name__"
					}
					for _, n := range path {
						if a, ok := n.(*parser.AggregateExpr); ok {
							for _, label := range a.Grouping {
								asked[label] = true
							}
						}
					}
					for label, really := range asked {
						if really && !slices.Contains(has[selector.Name], label) {
							t.Errorf("%s: %s: %s has no label %s", file, panel.Title, selector.Name, label)
						}
					}
					return nil
				})
			}
		}
	}
}

func within(path []parser.Node, functions []string) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		call, ok := n.(*parser.Call)
		return ok && slices.Contains(functions, call.Func.Name)
	})
}

func TestPanels(t *testing.T) {
	uids := make(map[string]string)
	for file, d := range dashboards(t) {
		if other, taken := uids[d.UID]; taken || d.UID == "" {
			t.Errorf("%s has the uid of %s", file, other)
		}
		uids[d.UID] = file
		if d.Editable || d.Title == "" || d.Description == "" {
			t.Errorf("%s: editable %t, title %q, description %q", file, d.Editable, d.Title, d.Description)
		}
		var names []string
		for _, v := range d.Templating.List {
			names = append(names, v.Name)
		}
		if want := []string{"datasource", "job", "instance", "profile", "topic"}; !slices.Equal(names, want) {
			t.Errorf("%s: variables %v, want %v", file, names, want)
		}
		ids, titles := make(map[int]bool), make(map[string]bool)
		for i, p := range d.Panels {
			if ids[p.ID] || titles[p.Title] {
				t.Errorf("%s: two panels %d %q", file, p.ID, p.Title)
			}
			ids[p.ID], titles[p.Title] = true, true
			for _, q := range d.Panels[:i] {
				if overlap(p, q) {
					t.Errorf("%s: %s lies over %s", file, p.Title, q.Title)
				}
			}
			if p.Type == "row" {
				continue
			}
			defaults := p.FieldConfig.Defaults
			if p.Title == "" || len(p.Description) < 20 || defaults.Unit == "" || len(defaults.Thresholds.Steps) == 0 || len(p.Targets) == 0 {
				t.Errorf("%s: %s: description %q, unit %q, %d thresholds, %d queries", file, p.Title, p.Description, defaults.Unit, len(defaults.Thresholds.Steps), len(p.Targets))
			}
			if p.GridPos.X+p.GridPos.W > 24 {
				t.Errorf("%s: %s does not fit", file, p.Title)
			}
			for _, target := range p.Targets {
				if target.Datasource.UID != "${datasource}" || p.Datasource.UID != "${datasource}" {
					t.Errorf("%s: %s is bound to one data source", file, p.Title)
				}
			}
		}
	}
}

func overlap(a, b panel) bool {
	p, q := a.GridPos, b.GridPos
	return p.X < q.X+q.W && q.X < p.X+p.W && p.Y < q.Y+q.H && q.Y < p.Y+p.H
}
