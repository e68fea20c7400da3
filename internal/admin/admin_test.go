package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redactor/metrics"
)

// serve starts a server for the test and returns its base URL and what it
// logged.
func serve(t *testing.T, cfg Config) (string, *bytes.Buffer) {
	t.Helper()
	logged := new(bytes.Buffer)
	cfg.Log = slog.New(slog.NewTextHandler(logged, nil))
	if cfg.Metrics == nil {
		cfg.Metrics = metrics.New(metrics.Config{})
	}
	healthy := func() []Reason { return nil }
	if cfg.Live == nil {
		cfg.Live = healthy
	}
	if cfg.Ready == nil {
		cfg.Ready = healthy
	}
	if cfg.Started == nil {
		cfg.Started = healthy
	}
	if cfg.Status == nil {
		cfg.Status = func() Status { return Status{} }
	}
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + s.Addr(), logged
}

// get returns status and body of one request.
func get(t *testing.T, url string, edit func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestProbes(t *testing.T) {
	reasons := []Reason{{"group", "not joined yet"}}
	m := metrics.New(metrics.Config{})
	url, _ := serve(t, Config{Listen: "127.0.0.1:0", Metrics: m, Ready: func() []Reason { return reasons }})

	if code, body := get(t, url+"/readyz", nil); code != 503 || body != `{"status":"not ready","reasons":[{"check":"group","detail":"not joined yet"}]}`+"\n" {
		t.Errorf("not ready: %d %s", code, body)
	}
	if _, text := get(t, url+"/metrics", nil); !strings.Contains(text, "\nredactor_ready 0\n") {
		t.Error("redactor_ready is not 0")
	}
	reasons = nil
	if _, text := get(t, url+"/metrics", nil); !strings.Contains(text, "\nredactor_ready 1\n") {
		t.Error("redactor_ready is as of the last probe, not of the scrape")
	}
	if code, body := get(t, url+"/readyz", nil); code != 200 || body != `{"status":"ready"}`+"\n" {
		t.Errorf("ready: %d %s", code, body)
	}
	if code, body := get(t, url+"/startupz", nil); code != 200 || body != `{"status":"started"}`+"\n" {
		t.Errorf("startupz: %d %s", code, body)
	}
	for _, path := range []string{"/livez", "/healthz"} {
		if code, body := get(t, url+path, nil); code != 200 || body != `{"status":"live"}`+"\n" {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

func TestNotLive(t *testing.T) {
	url, _ := serve(t, Config{Listen: "127.0.0.1:0", Live: func() []Reason { return []Reason{{"worker", "no heartbeat for 61 s"}} }})
	code, body := get(t, url+"/livez", nil)
	var answer struct {
		Status  string
		Reasons []Reason
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	if code != 503 || answer.Status != "not live" || len(answer.Reasons) != 1 {
		t.Errorf("%d %s", code, body)
	}
}

func TestNotServed(t *testing.T) {
	url, _ := serve(t, Config{Listen: "127.0.0.1:0"})
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/reload", "/metrics/x"} {
		if code, _ := get(t, url+path, nil); code != 404 {
			t.Errorf("%s: %d, want 404", path, code)
		}
	}
	if code, _ := get(t, url+"/metrics", func(r *http.Request) { r.Method = "POST" }); code != 405 {
		t.Errorf("POST: %d, want 405", code)
	}
}

func TestRebinding(t *testing.T) {
	url, _ := serve(t, Config{Listen: "127.0.0.1:0"})
	for host, want := range map[string]int{
		"attacker.example:9478": 403, "10.0.0.1:9478": 403, "127.0.0.1.example": 403,
		"localhost:9478": 200, "127.0.0.1": 200, "[::1]:9478": 200, "[::1]": 200,
	} {
		if code, _ := get(t, url+"/metrics", func(r *http.Request) { r.Host = host }); code != want {
			t.Errorf("Host %s: %d, want %d", host, code, want)
		}
	}
}

func TestExposedAddress(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0", "10.1.2.3:0", "example.com:0"} {
		if _, err := Listen(Config{Listen: listen, Log: slog.Default(), Metrics: metrics.New(metrics.Config{})}); !errors.Is(err, ErrExposed) {
			t.Errorf("%s without a token: %v, want ErrExposed", listen, err)
		}
	}
	if _, err := Listen(Config{Listen: "nonsense"}); err == nil {
		t.Error("an address without a port was taken")
	}
}

func TestToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("correct-horse-battery\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token, err := LoadToken(file)
	if err != nil {
		t.Fatal(err)
	}
	url, logged := serve(t, Config{Listen: "0.0.0.0:0", Token: token, Ready: func() []Reason { return []Reason{{"group", "not joined"}} }})
	url = strings.Replace(url, "[::]", "127.0.0.1", 1)
	bearer := func(v string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", v) }
	}
	for header, want := range map[string]int{
		"": 401, "Bearer ": 401, "Bearer wrong": 401, "Basic correct-horse-battery": 401, "correct-horse-battery": 401,
		"Bearer correct-horse-battery": 200, "bearer correct-horse-battery": 200,
	} {
		for _, path := range []string{"/metrics", "/"} {
			if code, _ := get(t, url+path, bearer(header)); code != want {
				t.Errorf("%s with %q: %d, want %d", path, header, code, want)
			}
		}
	}
	if code, body := get(t, url+"/readyz", nil); code != 503 || strings.Contains(body, "group") {
		t.Errorf("probe without the token: %d %s: want the status alone", code, body)
	}
	if _, body := get(t, url+"/readyz", bearer("Bearer correct-horse-battery")); !strings.Contains(body, "group") {
		t.Errorf("probe with the token: %s: want the reasons", body)
	}
	if strings.Contains(logged.String(), "horse") {
		t.Error("the token was logged")
	}
}

func TestLoadToken(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"others may read": {"correct-horse-battery", 0o644, "mode 0644"},
		"group may write": {"correct-horse-battery", 0o660, "mode 0660"},
		"group may read":  {"correct-horse-battery", 0o640, ""},
		"short":           {"horse", 0o600, "at least 16"},
		"two lines":       {"correct-horse-battery\nstaple\n", 0o600, "one line"},
		"endless":         {strings.Repeat("x", maxToken+1), 0o600, "one line"},
	} {
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := LoadToken(file)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		case err != nil && strings.Contains(err.Error(), "horse"):
			t.Errorf("%s: the error quotes the token", name)
		}
	}
}
