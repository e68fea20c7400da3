package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"redactor/internal/freeport"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"redactor": main})
}

// TestScript runs the scripts of testdata/script. They are the command line's
// tests and its examples: what a script types, a user can type.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TERM", "dumb")
			env.Setenv("COLUMNS", "100")
			admin, err := freeport.Address()
			env.Setenv("ADMIN", admin) // where a script can find the admin address
			return err
		},
		Condition: func(cond string) (bool, error) {
			if cond == "race" {
				return raceDetector, nil
			}
			return false, fmt.Errorf("no condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"mode":      mode,
			"size":      fileSize,
			"broker":    broker,
			"produce":   produce,
			"consume":   consume,
			"waitfor":   waitFor,
			"order":     order,
			"terminate": terminate,
			"hangup":    hangUp,
			"guarded":   guarded,
			"limit":     limited,
		},
	})
}

// limited is the command limit, on systems that have it.
var limited = func(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("no limits here") }

// exits N PROGRAM ARG...: the program ends with exit code N.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		ended := new(exec.ExitError)
		if !errors.As(err, &ended) {
			ts.Fatalf("%v", err)
		}
		code = ended.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// mode MODE FILE: the file has these permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); (got == args[0]) == neg {
		ts.Fatalf("%s has mode %s", args[1], got)
	}
}

// size FILE LINES: the file has so many lines.
func fileSize(ts *testscript.TestScript, _ bool, args []string) {
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(n) != args[1] {
		ts.Fatalf("%s has %d lines, want %s", args[0], n, args[1])
	}
}

// broker TOPIC...: starts a broker with the topics; its address is $BROKER.
func broker(ts *testscript.TestScript, _ bool, args []string) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, args...))
	ts.Check(err)
	ts.Defer(c.Close)
	ts.Setenv("BROKER", c.ListenAddrs()[0])
	ts.SetCmd("topic", func(ts *testscript.TestScript, _ bool, args []string) { createTopic(ts, c, args) })
	ts.SetCmd("refuse", func(ts *testscript.TestScript, _ bool, _ []string) { refuse(c) })
	ts.SetCmd("forbid", func(ts *testscript.TestScript, _ bool, args []string) { forbid(ts, c, args[0]) })
}

// refuse: from now on the broker has no replicas in sync: every produce request
// fails and may be tried again.
func refuse(c *kfake.Cluster) {
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicas, Count: -1})
}

// forbid TOPIC: from now on nobody may write to the topic, until the command
// permit.
func forbid(ts *testscript.TestScript, c *kfake.Cluster, topic string) {
	fault := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.TopicAuthorizationFailed, Count: -1})
	ts.SetCmd("permit", func(*testscript.TestScript, bool, []string) { fault.Remove() })
}

// scriptPatience bounds every wait for the broker.
const scriptPatience = 30 * time.Second

// produce TOPIC FILE: each line "key value" becomes a record; a value of NULL
// is null.
func produce(ts *testscript.TestScript, _ bool, args []string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(ts.Getenv("BROKER")))
	ts.Check(err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), scriptPatience)
	defer cancel()
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		r := &kgo.Record{Topic: args[0], Key: []byte(key), Value: []byte(value)}
		if value == "NULL" {
			r.Value = nil
		}
		ts.Check(client.ProduceSync(ctx, r).FirstErr())
	}
}

// consume TOPIC N: prints the first N records of a topic as "key value" lines,
// in the order of partitions, waiting until they are there. They can be
// compared as stdout.
func consume(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	client, err := kgo.NewClient(kgo.SeedBrokers(ts.Getenv("BROKER")), kgo.ConsumeTopics(args[0]),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))
	ts.Check(err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), scriptPatience)
	defer cancel()
	byPartition := make(map[int32]*bytes.Buffer)
	for got := 0; got < n; {
		fetches := client.PollRecords(ctx, n-got)
		ts.Check(fetches.Err())
		for _, r := range fetches.Records() {
			got++
			b := byPartition[r.Partition]
			if b == nil {
				b = new(bytes.Buffer)
				byPartition[r.Partition] = b
			}
			value := string(r.Value)
			if r.Value == nil {
				value = "NULL"
			}
			fmt.Fprintf(b, "%s %s\n", r.Key, value)
		}
	}
	for p := int32(0); len(byPartition) > 0; p++ {
		if b := byPartition[p]; b != nil {
			fmt.Fprint(ts.Stdout(), b)
			delete(byPartition, p)
		}
	}
}

// waitfor URL TEXT: waits until the page holds a line with the text.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), scriptPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if page, err := get(ctx, args[0]); err == nil && strings.Contains(page, args[1]) {
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("%s never had %q", args[0], args[1])
		case <-tick.C:
		}
	}
}

// order URL NAME:TOKEN FORM: posts the form, as an operator does. With ! it
// must be refused.
func order(ts *testscript.TestScript, neg bool, args []string) {
	req, err := http.NewRequest(http.MethodPost, args[0], strings.NewReader(args[2]))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	name, token, _ := strings.Cut(args[1], ":")
	req.SetBasicAuth(name, token)
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	if refused := resp.StatusCode >= 400; refused != neg {
		ts.Fatalf("%s: %s", args[0], resp.Status)
	}
}

func get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return string(page), err
}

// terminate [again]: sends SIGTERM, as service managers do, to the programs in
// the background; again sends SIGINT, as somebody does who cannot wait.
func terminate(ts *testscript.TestScript, _ bool, args []string) {
	sig := syscall.SIGTERM
	if len(args) == 1 && args[0] == "again" {
		sig = syscall.SIGINT
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(sig))
	}
}

// hangup: sends SIGHUP, as a service manager's reload does, to the programs in
// the background.
func hangUp(ts *testscript.TestScript, _ bool, _ []string) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGHUP))
	}
}
