package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// docs are the documents of the repository that show commands.
func docs(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"README.md", "SECURITY.md", "docs/*.md", "deploy/*.md"} {
		found, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		all = append(all, found...)
	}
	return all
}

// shown finds a call of redactor in a line of code: at its start, behind a
// pipe, or in backquotes within text.
var (
	shown  = regexp.MustCompile(`(?:^(?:    |\t)(?:[A-Z_]+=\S+ )?|\| ?|&& )(?:\.\.?/)?(redactor [^|&;<>]*)`)
	quoted = regexp.MustCompile("`(redactor [a-z][^`|;<>]*)`")
)

// TestDocsShowCommandsThatExist: every call that a document shows names a
// command that there is, with flags that it has. A reader who types it gets
// further than "unknown flag".
func TestDocsShowCommandsThatExist(t *testing.T) {
	calls := 0
	for _, file := range docs(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fenced := false
		for n, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
				continue
			}
			if fenced {
				line = "    " + line
			}
			for _, m := range append(shown.FindAllStringSubmatch(line, -1), quoted.FindAllStringSubmatch(line, -1)...) {
				calls++
				if err := parses(m[1]); err != nil {
					t.Errorf("%s:%d: %s: %v", file, n+1, m[1], err)
				}
			}
		}
	}
	if calls < 40 {
		t.Errorf("only %d calls found: the documents are written in a way that this test does not read", calls)
	}
}

// parses reads a call as the command line would, without running it. What
// stands behind two spaces or a # is talk.
func parses(call string) error {
	call, _, _ = strings.Cut(call, " #")
	call, _, _ = strings.Cut(call, "  ")
	args := strings.Fields(strings.ReplaceAll(call, "…", ""))[1:]
	root := newRoot()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	if len(args) > 0 && args[0] == "help" || len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if cmd == root {
		return fmt.Errorf("there is no such command")
	}
	return cmd.ParseFlags(rest)
}

// TestDocsRun runs the blocks of a document that are marked sh, in order and in
// one shell: what a page tells a newcomer to type works as it stands. A block
// marked "sh background" is a proxy: what follows waits until it is ready, and
// in the end it has to drain. A line whose comment says "exit 1" has to end so.
//
// What a page takes for granted stands in comments that its readers do not see:
// <!-- sh … --> is a block, <!-- broker: TOPIC… --> starts a broker at $BROKER
// whose topics have four partitions, <!-- records: TOPIC/PARTITION N VALUE -->
// fills one.
func TestDocsRun(t *testing.T) {
	if raceDetector {
		t.Skip("the program that runs is another one, built without the detector")
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "redactor"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ran := 0
	for _, file := range docs(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\n```sh") {
			continue
		}
		ran++
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			runDoc(t, bin, string(text))
		})
	}
	if ran < 3 {
		t.Errorf("only %d documents have blocks to run", ran)
	}
}

func runDoc(t *testing.T, bin, text string) {
	dir := t.TempDir()
	env := append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "REDACTOR_ADMIN_LISTEN=127.0.0.1:0",
		"NOTIFY_SOCKET="+filepath.Join(dir, "notify"), "READY="+filepath.Join(dir, "ready"))
	if m := regexp.MustCompile(`<!-- broker: (.*) -->`).FindStringSubmatch(text); m != nil {
		c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, strings.Fields(m[1])...))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fillTopics(t, c.ListenAddrs(), text)
		env = append(env, "BROKER="+c.ListenAddrs()[0])
	}
	defer announce(t, filepath.Join(dir, "notify"), filepath.Join(dir, "ready"))()

	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte(docScript(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-eu", script)
	cmd.Dir, cmd.Env = work, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	timer := time.AfterFunc(2*time.Minute, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer timer.Stop()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// fillTopics writes the records that a document takes for granted.
func fillTopics(t *testing.T, brokers []string, text string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), scriptPatience)
	defer cancel()
	for _, m := range regexp.MustCompile(`<!-- records: (\S+)/(\d) (\d+) (.*) -->`).FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[3])
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			client.Produce(ctx, &kgo.Record{Topic: m[1], Partition: int32(m[2][0] - '0'), Value: []byte(m[4])}, nil)
		}
	}
	if err := client.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// docScript makes one script of a document's blocks. It says each line before
// it runs, so that a failure shows where.
func docScript(text string) string {
	var b strings.Builder
	var block []string
	kind := ""
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case kind == "" && strings.HasPrefix(line, "```"):
			kind, block = strings.TrimPrefix(line, "```")+" ", nil
		case kind == "" && (line == "<!-- sh" || line == "<!-- sh background"):
			kind, block = strings.TrimPrefix(line, "<!-- ")+" ", nil
		case strings.HasPrefix(line, "```") || kind != "" && line == "-->":
			switch kind {
			case "sh ":
				b.WriteString("set -x\n" + strings.Join(block, "\n") + "\n{ set +x; } 2>/dev/null\n")
			case "sh background ":
				b.WriteString(strings.Join(block, "\n") + " &\nPROXY=$!\ncat \"$READY\"\n")
			}
			kind = ""
		default:
			if command, comment, _ := strings.Cut(line, " #"); strings.Contains(comment, "exit 1") {
				line = "if " + command + "; then false; else [ $? = 1 ]; fi"
			}
			block = append(block, line)
		}
	}
	b.WriteString("if [ -n \"${PROXY:-}\" ]; then kill -TERM \"$PROXY\"; wait \"$PROXY\"; fi\n")
	return b.String()
}

// announce opens the FIFO ready when a proxy says on the socket that it is
// ready, as a service manager would hear it.
func announce(t *testing.T, socket, ready string) (stop func()) {
	t.Helper()
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(ready, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 64)
		for {
			n, err := manager.Read(buf)
			if err != nil {
				return
			}
			if string(buf[:n]) != "READY=1" {
				continue
			}
			if f, err := os.OpenFile(ready, os.O_WRONLY, 0); err == nil { // waits for who reads
				f.Close()
			}
		}
	}()
	return func() { manager.Close() }
}
