package rules

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// This file holds the schema to the program that editors use for it,
// yaml-language-server, over the Language Server Protocol. It is a program of
// Node's: where it is not installed the test is skipped, unless
// REDACTOR_REQUIRE asks for "editor". `bash .ci/run editor` installs it.

// editor is a conversation with the server.
type editor struct {
	t       *testing.T
	in      io.Writer
	answers chan answered
	next    int
}

// answered is a message from the server: a result for a request, or what it says
// by itself.
type answered struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
}

func startEditor(t *testing.T) *editor {
	t.Helper()
	path := os.Getenv("YAML_LANGUAGE_SERVER")
	if path == "" {
		path = "yaml-language-server"
	}
	path, err := exec.LookPath(path)
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("REDACTOR_REQUIRE"), ","), "editor") {
			t.Fatal("no yaml-language-server, and REDACTOR_REQUIRE asks for it")
		}
		t.Skip("no yaml-language-server here; bash .ci/run editor brings it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	server := exec.CommandContext(ctx, path, "--stdio")
	in, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	e := &editor{t: t, in: in, answers: make(chan answered, 64)}
	go e.listen(out)
	t.Cleanup(func() { cancel(); server.Wait() })
	return e
}

// listen reads messages until the server ends.
func (e *editor) listen(out io.Reader) {
	defer close(e.answers)
	r := bufio.NewReader(out)
	for {
		head, err := textproto.NewReader(r).ReadMIMEHeader()
		if err != nil {
			return
		}
		n, _ := strconv.Atoi(head.Get("Content-Length"))
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		var a answered
		if json.Unmarshal(body, &a) == nil {
			e.answers <- a
		}
	}
}

func (e *editor) send(message map[string]any) {
	e.t.Helper()
	message["jsonrpc"] = "2.0"
	body, err := json.Marshal(message)
	if err == nil {
		_, err = fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

// tell sends a notification.
func (e *editor) tell(method string, params any) {
	e.send(map[string]any{"method": method, "params": params})
}

// ask sends a request and returns its result. What the server asks meanwhile,
// how it is configured, is answered with nothing.
func (e *editor) ask(method string, params any) json.RawMessage {
	e.t.Helper()
	e.next++
	id := e.next
	e.send(map[string]any{"id": id, "method": method, "params": params})
	return e.until(func(a answered) bool { return a.Method == "" && a.ID == id }).Result
}

func (e *editor) until(is func(answered) bool) answered {
	e.t.Helper()
	for a := range e.answers {
		if is(a) {
			return a
		}
		if a.Method != "" && a.ID != 0 {
			var params struct {
				Items []any `json:"items"`
			}
			_ = json.Unmarshal(a.Params, &params)
			e.send(map[string]any{"id": a.ID, "result": make([]any, len(params.Items))})
		}
	}
	e.t.Fatal("the server ended")
	return answered{}
}

// complaint is one thing that the editor underlines.
type complaint struct {
	Message string `json:"message"`
	Range   struct {
		Start struct{ Line, Character int } `json:"start"`
	} `json:"range"`
}

// open shows a text to the editor and returns what it underlines.
func (e *editor) open(uri, text string) []complaint {
	e.t.Helper()
	e.tell("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
	var said struct {
		URI         string      `json:"uri"`
		Diagnostics []complaint `json:"diagnostics"`
	}
	e.until(func(a answered) bool {
		return a.Method == "textDocument/publishDiagnostics" && json.Unmarshal(a.Params, &said) == nil && said.URI == uri
	})
	return said.Diagnostics
}

func (e *editor) at(uri string, line, character int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": map[string]any{"line": line, "character": character}}
}

// TestEditor: an editor with the schema takes a good policy, underlines what is
// wrong with a bad one in its place, completes words and shows the sentences.
func TestEditor(t *testing.T) {
	e := startEditor(t)
	dir := t.TempDir()
	schema := filepath.Join(dir, "policy.schema.json")
	if err := os.WriteFile(schema, Schema(), 0o600); err != nil {
		t.Fatal(err)
	}
	e.ask("initialize", map[string]any{"processId": os.Getpid(), "rootUri": "file://" + dir, "capabilities": map[string]any{}})
	e.tell("initialized", map[string]any{})
	head := "# yaml-language-server: $schema=file://" + schema + "\n"

	good, err := os.ReadFile("starter/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if said := e.open("file://"+dir+"/good.yaml", head+string(good)); len(said) > 0 {
		t.Errorf("the starter policy is underlined: %+v", said)
	}
	bad := head + `apiVersion: redactor/v1
name: logs
namespace: acme
fields:
  - {name: age, level: L5, kyes: [age]}
profiles:
  p: {internal: true, fields: {age: {drop: {}, add: {decade: {bucket: 10}}}}}
streams:
  - {from: a, to: {p: b}}
on_error: 
`
	uri := "file://" + dir + "/bad.yaml"
	var places []string
	for _, c := range e.open(uri, bad) {
		places = append(places, fmt.Sprintf("%d:%d %s", c.Range.Start.Line+1, c.Range.Start.Character+1, c.Message))
	}
	for _, want := range []string{"6:24 ", "6:28 Property kyes is not allowed"} {
		if !slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(p, want) }) {
			t.Errorf("nothing at %q: %q", want, places)
		}
	}
	completed := string(e.ask("textDocument/completion", e.at(uri, 10, 10)))
	for _, word := range onErrorNames {
		if !strings.Contains(completed, `"`+word+`"`) {
			t.Errorf("on_error: does not complete to %s: %s", word, completed)
		}
	}
	if hover := string(e.ask("textDocument/hover", e.at(uri, 10, 2))); !strings.Contains(hover, "There is no pass") {
		t.Errorf("hovering over on_error shows %s", hover)
	}
}
