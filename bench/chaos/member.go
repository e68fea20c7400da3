package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"redactor/internal/chaospoint"
)

// crew keeps the instances running: one that dies is followed by another, born
// with the point at which it will die.
type crew struct {
	d      *deployment
	o      *options
	book   *book
	points []chaospoint.Point
	diary  diary

	mu     sync.Mutex // guards what follows
	calm   bool       // nobody is armed any more
	kills  map[string]int
	frozen int
	exits  []string        // those that nobody asked for
	drains []time.Duration // after SIGTERM
	slots  []*member
}

// member is one slot of the crew and the process in it.
type member struct {
	crew   *crew
	slot   int
	rng    *rand.Rand
	spared bool // faults leave it alone: it is measured

	mu     sync.Mutex // guards what follows
	cmd    *exec.Cmd
	lives  int
	asked  string // the signal that was sent to it, "" for none
	since  time.Time
	admin  string
	joined bool // it has been given partitions; with a full disk nobody hears of it
	ended  chan struct{}
	halted bool // no next one follows
}

// arm chooses the death of the next process: most die at a point, some freeze
// there, some live on until a fault finds them.
func (m *member) arm() string {
	c := m.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	point := c.points[m.rng.IntN(len(c.points))]
	count := 1 + m.rng.IntN(max(1, c.o.life))
	freeze := m.rng.IntN(8) == 0
	if c.calm || m.spared || c.o.life == 0 {
		return ""
	}
	if freeze {
		return fmt.Sprintf("%s:%d:stop", point, count)
	}
	return fmt.Sprintf("%s:%d", point, count)
}

// run keeps the slot filled until ctx ends.
func (m *member) run(ctx context.Context) error {
	for ctx.Err() == nil {
		m.mu.Lock()
		halted := m.halted
		m.mu.Unlock()
		if halted {
			return nil
		}
		if err := m.live(ctx); err != nil {
			return err
		}
		pause(ctx, time.Duration(m.rng.IntN(300))*time.Millisecond)
	}
	return nil
}

// live runs one process to its end.
func (m *member) live(ctx context.Context) error {
	armed := m.arm()
	cmd := exec.Command(m.crew.d.binary, "run", "-c", filepath.Join(m.crew.d.dir, "redactor.yaml"))
	cmd.Env = []string{"CHAOSPOINT=" + armed, "GOMAXPROCS=2"}
	cmd.Dir = filepath.Join(m.crew.d.dir, "cwd")
	cmd.SysProcAttr = child()
	log, err := os.OpenFile(filepath.Join(m.crew.d.dir, "logs", fmt.Sprintf("%d.log", m.slot)), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	if !m.spared && m.rng.IntN(10) == 0 { // the disk of the logs is full
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err == nil {
			defer full.Close()
			log = full
		}
	}
	w := &watchedLog{to: log, m: m}
	deaf := log.Name() == "/dev/full"
	if deaf {
		cmd.Stderr = log // the process itself meets the error
	} else {
		cmd.Stderr = w
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	m.mu.Lock()
	m.cmd, m.asked, m.admin, m.joined, m.since, m.ended = cmd, "", "", deaf, time.Now(), ended
	m.lives++
	m.mu.Unlock()
	waited := make(chan error, 1)
	go func() { waited <- cmd.Wait() }()
	if strings.HasSuffix(armed, ":stop") {
		go m.thaw(cmd.Process.Pid, ended)
	}
	err = <-waited
	close(ended)
	m.buried(armed, err)
	return nil
}

// thaw wakes a process that froze itself, long after the group has given its
// partitions to others.
func (m *member) thaw(pid int, ended chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(50 * time.Millisecond):
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return
		}
		if i := bytes.LastIndexByte(stat, ')'); i < 0 || i+2 >= len(stat) || stat[i+2] != 'T' {
			continue
		}
		m.crew.mu.Lock()
		m.crew.frozen++
		m.crew.mu.Unlock()
		m.crew.book.await("zombie", time.Now())
		time.Sleep(m.crew.o.freeze())
		_ = syscall.Kill(pid, syscall.SIGCONT)
		return
	}
}

// buried notes how a process ended.
func (m *member) buried(armed string, err error) {
	m.mu.Lock()
	asked, since := m.asked, m.since
	m.cmd, m.admin = nil, ""
	m.mu.Unlock()
	c := m.crew
	var exit *exec.ExitError
	status := syscall.WaitStatus(0)
	if errors.As(err, &exit) {
		status = exit.Sys().(syscall.WaitStatus)
	}
	c.diary.note("slot %d life %d ends: armed %q, sent %q, %v", m.slot, m.lives, armed, asked, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case status.Signaled() && status.Signal() == syscall.SIGKILL && asked == "kill":
		c.kills["any time"]++
		c.book.await("kill -9", time.Now())
	case status.Signaled() && status.Signal() == syscall.SIGKILL && armed != "":
		point, _, _ := strings.Cut(armed, ":")
		c.kills[point]++
		c.book.await("kill -9", time.Now())
	case asked == "term" && (err == nil || status.ExitStatus() == 1):
		c.drains = append(c.drains, time.Since(since))
		if err != nil {
			c.exits = append(c.exits, fmt.Sprintf("slot %d life %d: not drained in time", m.slot, m.lives))
		}
	default:
		c.exits = append(c.exits, fmt.Sprintf("slot %d life %d (armed %q, sent %q): %v", m.slot, m.lives, armed, asked, err))
	}
}

// signal sends a signal to the process of the slot, if there is one.
func (m *member) signal(name string, s syscall.Signal) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cmd == nil || m.asked != "" {
		return false
	}
	if name != "" {
		m.asked, m.since = name, time.Now()
	}
	return m.cmd.Process.Signal(s) == nil
}

// halt asks the process to drain and keeps the slot empty. It waits for the end.
func (m *member) halt(patience time.Duration) {
	m.mu.Lock()
	m.halted = true
	ended := m.ended
	m.mu.Unlock()
	if !m.signal("term", syscall.SIGTERM) || ended == nil {
		return
	}
	select {
	case <-ended:
	case <-time.After(patience):
		m.mu.Lock()
		cmd := m.cmd
		m.mu.Unlock()
		if cmd != nil {
			m.crew.mu.Lock()
			m.crew.exits = append(m.crew.exits, fmt.Sprintf("slot %d: does not end after SIGTERM", m.slot))
			m.crew.mu.Unlock()
			_ = cmd.Process.Kill()
			<-ended
		}
	}
}

// get asks the process's admin server; nil while it does not answer.
func (m *member) get(path string) []byte {
	m.mu.Lock()
	admin := m.admin
	m.mu.Unlock()
	if admin == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+admin+path, nil)
	if err != nil {
		return nil
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil
	}
	return body
}

// adminLine finds the admin address in what the program logs at its start.
var adminLine = regexp.MustCompile(`"admin":"([^"]+)"`)

// joinedLine is what the program logs when the group has given it partitions.
var joinedLine = []byte("joined the group")

// watchedLog looks for the admin address, and for the group, on the way to the
// log.
type watchedLog struct {
	to   io.Writer
	m    *member
	head []byte // until both are found
	done bool
}

func (w *watchedLog) Write(p []byte) (int, error) {
	if !w.done {
		w.head = append(w.head, p...)
		w.m.mu.Lock()
		if found := adminLine.FindSubmatch(w.head); found != nil {
			w.m.admin = string(found[1])
		}
		if bytes.Contains(w.head, joinedLine) {
			w.m.joined, w.done, w.head = true, true, nil
		}
		w.m.mu.Unlock()
	}
	return w.to.Write(p)
}
