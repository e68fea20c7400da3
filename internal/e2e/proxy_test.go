package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is redactor as its users build it, built once for all tests of the package.
var program struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if program.dir != "" {
		os.RemoveAll(program.dir)
	}
	os.Exit(code)
}

func buildRedactor(t *testing.T) string {
	t.Helper()
	program.once.Do(func() {
		if program.dir, program.err = os.MkdirTemp("", "redactor-e2e-"); program.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-o", program.dir, "redactor/cmd/redactor")
		if out, err := cmd.CombinedOutput(); err != nil {
			program.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	return filepath.Join(program.dir, "redactor")
}

// route is one deployment: a policy over one source topic, its output topics, the group that shares the work.
type route struct {
	dir        string // policy.yaml and the keys
	source     string
	outputs    []string // in the order of recipients
	quarantine string
	group      string
	partitions int
	keys       map[string]string // file by the name that the policy uses
	listener   string            // where instances connect, if not where the test does
	security   string            // more lines of the configuration's kafka section
	delivery   string            // "": at_least_once
	more       string            // more lines: of the kafka section, and sections after it
	sealed     string            // more of the quarantine section: ", recipient: age1…"
}

// deploy creates the topics and writes the files that every instance reads.
func deploy(t *testing.T, b *broker, partitions int) *route {
	t.Helper()
	r := &route{dir: t.TempDir(), source: b.named(t, "source"), quarantine: b.named(t, "quarantine"), group: b.named(t, "group"), partitions: partitions, keys: map[string]string{}}
	b.createTopic(t, r.source, partitions)
	b.createTopic(t, r.quarantine, 1)
	policy := strings.Replace(policyText, "SOURCE", r.source, 1)
	keys := testKeys()
	for _, name := range recipients {
		topic := b.named(t, "out."+name)
		b.createTopic(t, topic, partitions)
		r.outputs = append(r.outputs, topic)
		policy = strings.Replace(policy, strings.ToUpper(name), topic, 1)
		r.keys["join-"+name] = "join-" + name + ".key"
		r.file(t, "join-"+name+".key", keyLine(keys[name]))
	}
	r.file(t, "policy.yaml", policy)
	return r
}

func (r *route) file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// proxy is one running instance.
type proxy struct {
	name  string
	admin string // host:port; "" until it is known
	cmd   *exec.Cmd
	ended chan struct{} // closed once err is set
	err   error
	log   lockedBuffer
}

// configure writes the configuration of an instance and returns its path.
func (r *route) configure(t *testing.T, b *broker, name string) string {
	t.Helper()
	var keys []string
	for name, file := range r.keys {
		keys = append(keys, fmt.Sprintf("%s: {file: %s}", name, file))
	}
	return r.file(t, name+".yaml", fmt.Sprintf(`policy: policy.yaml
kafka:
  brokers: [%s]
  group: %s
  start: earliest
  delivery: %s%s
%skeys: {%s}
quarantine: {topic: %s%s}
admin: {listen: "127.0.0.1:0"}
log: {level: info, format: json}
`, cmp.Or(r.listener, strings.Join(b.addrs, ", ")), r.group, cmp.Or(r.delivery, "at_least_once"), r.security, r.more, strings.Join(keys, ", "), r.quarantine, r.sealed))
}

// start runs an instance and returns once it says that it is ready. The test's end kills what still runs,
// and reads the log: no raw value may stand in it.
func (r *route) start(t *testing.T, b *broker, name string) *proxy {
	t.Helper()
	p := &proxy{name: name, ended: make(chan struct{})}
	config := r.configure(t, b, name)
	p.cmd = exec.Command(buildRedactor(t), "run", "-c", config)
	p.cmd.Env = []string{} // REDACTOR_* would be settings
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
		log := p.log.Bytes()
		if i, held := canaryIn(log); held {
			t.Errorf("%s: the log holds canary %d", name, i)
		}
		if t.Failed() {
			t.Logf("%s wrote:\n%s", name, tail(log, 8000))
		}
	})
	eventually(t, patience, name+" ready", func(ctx context.Context) bool {
		select {
		case <-p.ended:
			t.Fatalf("%s ended: %v\n%s", name, p.err, tail(p.log.Bytes(), 8000))
		default:
		}
		if m := adminLine.FindSubmatch(p.log.Bytes()); m != nil {
			p.admin = string(m[1])
		}
		status, _ := p.get(ctx, "/readyz")
		return status == http.StatusOK
	})
	return p
}

// leave asks the instance to drain and waits for it to end well.
func (p *proxy) leave(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(60 * time.Second):
		t.Fatalf("%s does not end after SIGTERM", p.name)
	}
	if p.err != nil {
		t.Errorf("%s ended badly: %v", p.name, p.err)
	}
}

// get asks the admin server; status is 0 while it does not answer.
func (p *proxy) get(ctx context.Context, path string) (status int, body []byte) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+path, nil)
	if err != nil {
		return 0, nil
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, body
}

// metric sums the series of one metric whose labels hold every given text; false while nothing answers.
func (p *proxy) metric(ctx context.Context, name string, labels ...string) (sum float64, ok bool) {
	status, body := p.get(ctx, "/metrics")
	if status != http.StatusOK {
		return 0, false
	}
	lines := bufio.NewScanner(bytes.NewReader(body))
next:
	for lines.Scan() {
		series, value, _ := strings.Cut(strings.Replace(lines.Text(), "} ", "}\x00", 1), "\x00")
		if value == "" {
			series, value, _ = strings.Cut(lines.Text(), " ")
		}
		if series != name && !strings.HasPrefix(series, name+"{") {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(series, l) {
				continue next
			}
		}
		value, _, _ = strings.Cut(value, " ") // an exemplar or a time may follow
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, false
		}
		sum += v
	}
	return sum, true
}

// adminLine finds the admin address in what the program logs at its start. It takes a free port itself: one
// that a test had found free before could be somebody else's by then.
var adminLine = regexp.MustCompile(`"admin":"([^"]+)"`)

// lockedBuffer takes a process's output while the test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }
