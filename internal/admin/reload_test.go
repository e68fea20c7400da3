package admin

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// POST /reload takes the policy anew and says what came of it. It is for who
// may see the metrics, never for a page in a browser, and nothing is there
// when the process keeps its policy.
func TestReload(t *testing.T) {
	asked := 0
	ok := Reloaded{OK: true, Policy: "logs", Digest: "ab12"}
	done := &ok
	url, _ := serve(t, Config{Listen: "127.0.0.1:0", Reload: func(context.Context) Reloaded { asked++; return *done }})
	post := func(r *http.Request) { r.Method = http.MethodPost }
	if code, body := get(t, url+"/reload", post); code != http.StatusOK || strings.TrimSpace(body) != `{"reloaded":true,"policy":"logs","digest":"ab12"}` {
		t.Errorf("%d %s", code, body)
	}
	done = &Reloaded{Digest: "ab12", Why: "partner gets more"}
	if code, body := get(t, url+"/reload", post); code != http.StatusConflict || !strings.Contains(body, "partner gets more") {
		t.Errorf("%d %s", code, body)
	}
	for _, header := range []string{"Origin", "Sec-Fetch-Site"} {
		if code, _ := get(t, url+"/reload", func(r *http.Request) { post(r); r.Header.Set(header, "http://evil.example") }); code != http.StatusForbidden {
			t.Errorf("a page with %s may reload: %d", header, code)
		}
	}
	if code, _ := get(t, url+"/reload", nil); code != http.StatusMethodNotAllowed {
		t.Errorf("GET reloads: %d", code)
	}
	if asked != 2 {
		t.Errorf("reloaded %d times, want 2", asked)
	}
	fixed, _ := serve(t, Config{Listen: "127.0.0.1:0"})
	if code, _ := get(t, fixed+"/reload", post); code != http.StatusNotFound && code != http.StatusMethodNotAllowed {
		t.Errorf("a process that keeps its policy answers %d", code)
	}
}

func TestReloadWantsTheToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("0123456789abcdef0123\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token, err := LoadToken(file)
	if err != nil {
		t.Fatal(err)
	}
	url, _ := serve(t, Config{Listen: "127.0.0.1:0", Token: token, Reload: func(context.Context) Reloaded {
		t.Error("reloaded without the token")
		return Reloaded{}
	}})
	if code, _ := get(t, url+"/reload", func(r *http.Request) { r.Method = http.MethodPost }); code != http.StatusUnauthorized {
		t.Errorf("%d", code)
	}
}
