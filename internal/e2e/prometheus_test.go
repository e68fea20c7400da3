package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"redactor/internal/freeport"
)

// prometheus is a real one, with a configuration and a store of the test's.
type prometheus struct {
	t    *testing.T
	addr string
}

// startPrometheus scrapes and evaluates often, so that minutes of an alert become seconds of a test. A scrape may take
// as long as the time between two.
func startPrometheus(t *testing.T, rules string, every time.Duration, targets []string, native bool) *prometheus {
	t.Helper()
	bin := tool(t, "prometheus")
	scrape, flags := "", []string(nil)
	switch version := major(run(t, ".", bin, "--version")); {
	case native && version < 3:
		flags = []string{"--enable-feature=native-histograms"}
	case native:
		scrape = ", scrape_native_histograms: true"
	}
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	p := &prometheus{t, address}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rules.yml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("global: {scrape_interval: %s, scrape_timeout: %[1]s, evaluation_interval: 250ms%[2]s}\nrule_files: [rules.yml]\nscrape_configs:\n  - job_name: redactor\n    authorization: {credentials: correct-horse-battery}\n    static_configs: [{targets: [%s]}]\n", fmt.Sprintf("%dms", every.Milliseconds()), scrape, `"`+strings.Join(targets, `", "`)+`"`)
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var log lockedBuffer
	cmd := exec.Command(bin, append(flags, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+p.addr, "--query.lookback-delta=30s")...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("prometheus wrote:\n%s", tail(log.Bytes(), 4000))
		}
	})
	eventually(t, patience, "prometheus ready", func(ctx context.Context) bool {
		code, _ := fetch(ctx, "http://"+p.addr+"/-/ready")
		return code == http.StatusOK
	})
	return p
}

func fetch(ctx context.Context, url string) (int, []byte) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, body
}

// query returns the values of an instant query by their labels, as one text.
func (p *prometheus) query(ctx context.Context, expr string) (map[string]float64, error) {
	code, body := fetch(ctx, "http://"+p.addr+"/api/v1/query?query="+url.QueryEscape(expr))
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  []any
			}
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		return nil, fmt.Errorf("%d %s", code, answer.Error)
	}
	out := make(map[string]float64)
	for _, r := range answer.Data.Result {
		v := 0.0
		if len(r.Value) == 2 { // a native histogram has none
			v, _ = strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		}
		out[fmt.Sprint(r.Metric)] = v
	}
	return out, nil
}

// demoProxy runs `redactor demo`: a broker, records and the real proxy in one process. It returns the admin address.
func demoProxy(t *testing.T) string {
	t.Helper()
	var out lockedBuffer
	cmd := exec.Command(buildRedactor(t), "demo", "--rate", "3000", "--listen", "127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("demo: %v\n%s", err, tail(out.Bytes(), 3000))
		}
	})
	address := regexp.MustCompile(`http://([0-9.:]+)/metrics`)
	eventually(t, patience, "the demo's address", func(context.Context) bool { return address.Match(out.Bytes()) })
	return string(address.FindSubmatch(out.Bytes())[1])
}

// scaled are the rules with seconds for minutes and hours: what a person waits for, a test cannot. Where the rules have
// for, a condition must last.
func scaled(t *testing.T, lasts string) string {
	t.Helper()
	text, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	rules := string(text)
	for _, r := range [][2]string{{`for: \d+[mh]`, "for: " + lasts}, {`interval: 30s`, "interval: 250ms"}, {`\[15m\]`, "[15s]"}, {`\[\d+[mh]\]`, "[5s]"}, {`offset 1d`, "offset 1h"}} {
		rules = regexp.MustCompile(r[0]).ReplaceAllString(rules, r[1])
	}
	return rules
}

// TestPrometheus: a real Prometheus scrapes the running proxy; the rules load, every query of every dashboard is
// answered, and the books balance at every scrape under load.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "promtool")
	for _, native := range []bool{false, true} {
		t.Run(fmt.Sprintf("native=%t", native), func(t *testing.T) {
			address := demoProxy(t)
			p := startPrometheus(t, scaled(t, "10s"), time.Second, []string{address}, native)
			eventually(t, patience, "records in Prometheus", func(ctx context.Context) bool {
				n, err := p.query(ctx, `sum(rate(redactor_records_produced_total[5s])) > 100 and min(count_over_time(instance_profile:redactor_records_unaccounted[1m])) >= 12`)
				return err == nil && len(n) > 0
			})
			ctx := t.Context()
			worst, err := p.query(ctx, `max(max_over_time(instance_profile:redactor_records_unaccounted[1m])) - min(min_over_time(instance_profile:redactor_records_unaccounted[1m]))`)
			if err != nil || len(worst) != 1 || worst["map[]"] != 0 {
				t.Errorf("the books of some scrape do not balance: %v, %v", worst, err)
			}
			// On a fast machine a scrape hardly ever meets a record on its way; stream's TestMetricsConserve sees to it that one does.
			busy, err := p.query(ctx, `max(max_over_time(redactor_records_in_flight[1m]))`)
			t.Logf("at most %v records in flight at a scrape (%v)", busy, err)
			// Kinds of histograms and formats of exposition differ in the names of buckets.
			slow, err := p.query(ctx, `max(profile:redactor_slow:ratio_rate5m)`)
			if v, ok := slow["map[]"]; err != nil || !ok || v != 0 {
				t.Errorf("the share of slow batches is %v (%v), want 0 of some", slow, err)
			}
			firing, err := p.query(ctx, `ALERTS{alertstate="firing"}`)
			if err != nil {
				t.Error(err)
			}
			for alert := range firing {
				if !strings.Contains(alert, "RedactorUnknownFieldsRising") { // the demo's logs have some, and there is no yesterday
					t.Errorf("fires on a healthy proxy: %s", alert)
				}
			}
			var empty []string
			answered := 0
			for panel, expr := range dashboardQueries(t) {
				out, err := p.query(ctx, expr)
				if err != nil {
					t.Errorf("%s: %v", panel, err)
				}
				if len(out) > 0 {
					answered++
				} else if !strings.Contains(expr, "> 0") {
					empty = append(empty, panel)
				}
			}
			t.Logf("%d of %d queries of the dashboards have data; none, on a healthy proxy: %q", answered, len(dashboardQueries(t)), empty)
			if answered < 40 {
				t.Errorf("only %d queries have data", answered)
			}
			_, text := fetch(ctx, "http://"+address+"/metrics")
			check := exec.Command(promtool, "check", "metrics")
			check.Stdin = bytes.NewReader(text)
			if said, err := check.CombinedOutput(); err != nil {
				t.Errorf("promtool check metrics: %v\n%s", err, said)
			}
		})
	}
}

// dashboardQueries returns the queries of all panels with values for their variables.
func dashboardQueries(t *testing.T) map[string]string {
	t.Helper()
	variables := strings.NewReplacer("$__rate_interval", "30s", "$__range", "1m", "$job", ".*", "$instance", ".*", "$profile", ".*", "$topic", ".*")
	all := make(map[string]string)
	files, err := filepath.Glob("../../deploy/grafana/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Panels {
			for i, target := range p.Targets {
				all[fmt.Sprintf("%s: %s %d", filepath.Base(file), p.Title, i)] = variables.Replace(target.Expr)
			}
		}
	}
	return all
}

// firing reports whether an alert fires, whatever its labels but those that are given: window="1h".
func (p *prometheus) firing(ctx context.Context, alert string, labels ...string) bool {
	out, err := p.query(ctx, fmt.Sprintf(`ALERTS{%s}`, strings.Join(append(labels, fmt.Sprintf("alertname=%q", alert), `alertstate="firing"`), ", ")))
	return err == nil && len(out) > 0
}

// fires waits until the alert fires: some ask for a lag, which is looked at every ten seconds.
func (p *prometheus) fires(alert string, labels ...string) {
	p.t.Helper()
	begun := time.Now()
	eventually(p.t, 2*patience, alert+" firing", func(ctx context.Context) bool { return p.firing(ctx, alert, labels...) })
	p.t.Logf("%-32s fired after %s", alert+strings.Join(labels, ","), time.Since(begun).Round(100*time.Millisecond))
}

// quiet fails when the alert fires before anything was done about it.
func (p *prometheus) quiet(alerts ...string) {
	p.t.Helper()
	for _, alert := range alerts {
		if p.firing(p.t.Context(), alert) {
			p.t.Errorf("%s fires although nothing is wrong", alert)
		}
	}
}
