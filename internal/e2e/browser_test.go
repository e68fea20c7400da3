package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// browser speaks Chromium's DevTools protocol with a headless one: its windows are never narrower than 500 pixels, but it
// can be told to be a phone.
type browser struct {
	t       *testing.T
	in      io.Writer
	out     *bufio.Reader
	session string
	id      int
	dark    bool
	console []string // what pages said there
}

type devtoolsMessage struct {
	ID        int             `json:"id,omitempty"`
	Method    string          `json:"method,omitempty"`
	Session   string          `json:"sessionId,omitempty"`
	Params    any             `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	ErrorText *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// startBrowser opens an empty page of the given width, in pixels of CSS.
func startBrowser(t *testing.T, program string, width int, dark bool) *browser {
	t.Helper()
	theirs, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir())
	cmd.ExtraFiles = []*os.File{theirs, theirOut} // 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	theirOut.Close()
	t.Cleanup(func() {
		in.Close() // it ends with its pipe
		end := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		_ = cmd.Wait()
		end.Stop()
		out.Close()
	})
	if err := out.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, in: in, out: bufio.NewReader(out), dark: dark}
	var target struct{ TargetID string }
	b.call(&target, "Target.createTarget", map[string]any{"url": "about:blank"})
	var attached struct{ SessionID string }
	b.call(&attached, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true})
	b.session = attached.SessionID
	b.call(nil, "Page.enable", nil)
	b.call(nil, "Runtime.enable", nil)
	b.call(nil, "Log.enable", nil)
	b.call(nil, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 780, "deviceScaleFactor": 2, "mobile": true})
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.call(nil, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
	return b
}

// call does one command and reads its result into result, which may be nil.
func (b *browser) call(result any, method string, params any) {
	b.t.Helper()
	b.id++
	text, err := json.Marshal(devtoolsMessage{ID: b.id, Method: method, Session: b.session, Params: params})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		m := b.next()
		if m.ID != b.id {
			continue
		}
		if m.ErrorText != nil {
			b.t.Fatalf("%s: %s", method, m.ErrorText.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// next reads a message: an answer, or an event.
func (b *browser) next() devtoolsMessage {
	b.t.Helper()
	text, err := b.out.ReadBytes(0)
	if err != nil {
		b.t.Fatal(err)
	}
	var m devtoolsMessage
	if err := json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err != nil {
		b.t.Fatal(err)
	}
	switch m.Method {
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		b.console = append(b.console, fmt.Sprint(m.Params))
	}
	return m
}

// open loads a page and waits until all of it is there.
func (b *browser) open(url string) {
	b.t.Helper()
	b.call(nil, "Page.navigate", map[string]any{"url": url})
	for b.next().Method != "Page.loadEventFired" {
	}
}

// evaluate returns what an expression gives in the page, as JSON would say it.
func (b *browser) evaluate(into any, expression string) {
	b.t.Helper()
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call(&out, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
	if out.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, out.ExceptionDetails)
	}
	if err := json.Unmarshal(out.Result.Value, into); err != nil {
		b.t.Fatal(err)
	}
}

// screenshot writes a picture of the whole page.
func (b *browser) screenshot(file string) {
	b.t.Helper()
	var page struct {
		CSSContentSize struct{ Width, Height float64 }
	}
	b.call(&page, "Page.getLayoutMetrics", nil)
	var out struct{ Data string }
	b.call(&out, "Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true,
		"clip": map[string]float64{"x": 0, "y": 0, "width": page.CSSContentSize.Width, "height": page.CSSContentSize.Height, "scale": 1}})
	picture, err := base64.StdEncoding.DecodeString(out.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}
