package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPrometheusOfGettingStarted: what docs/getting-started.md has its reader type for Prometheus is a configuration that
// finds the rules, and asks the address that the proxy listens on by default. The page's other blocks run in
// cmd/redactor.
func TestPrometheusOfGettingStarted(t *testing.T) {
	promtool := tool(t, "promtool")
	page, err := os.ReadFile("../../docs/getting-started.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?s)(    cat > prometheus.yml .*?)    (prometheus --config\.file=prometheus\.yml)\n`).FindStringSubmatch(string(page))
	if block == nil {
		t.Fatal("the page does not start Prometheus")
	}
	// The reader stands in a folder of a clone.
	clone := t.TempDir()
	dir := filepath.Join(clone, "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	deploy, err := filepath.Abs("../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(deploy, filepath.Join(clone, "deploy")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-eu")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(strings.ReplaceAll(block[1], "\n    ", "\n"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := run(t, dir, promtool, "check", "config", "prometheus.yml")
	if !strings.Contains(said, "rules found") {
		t.Errorf("the rules are not loaded: %s", said)
	}
	config, err := os.ReadFile(filepath.Join(dir, "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	settings := run(t, dir, buildRedactor(t), "settings")
	listen := regexp.MustCompile(`(?m)^\s*admin\.listen\s+.*?(127\.0\.0\.1:\d+)`).FindStringSubmatch(settings)
	if listen == nil || !strings.Contains(string(config), `"`+listen[1]+`"`) {
		t.Errorf("a proxy listens on %v, and Prometheus asks\n%s", listen, config)
	}
}
