package main

import (
	"context"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestTellManager plays the service manager: it hears READY only once the
// proxy is, the watchdog only while it makes progress, and STOPPING at the end.
func TestTellManager(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "20000")
	t.Setenv("WATCHDOG_PID", "")

	var asked atomic.Int32
	var hung atomic.Bool
	ready := func() bool { return asked.Add(1) > 1 }
	live := func() bool { return !hung.Load() }
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { tellManager(ctx, ready, live); close(ended) }()

	hear := func() string {
		buf := make([]byte, 64)
		if err := manager.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := manager.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	if got := hear(); got != "READY=1" || asked.Load() < 2 {
		t.Fatalf("the first word is %q, after %d questions", got, asked.Load())
	}
	for range 3 {
		if got := hear(); got != "WATCHDOG=1" {
			t.Fatalf("heard %q", got)
		}
	}
	hung.Store(true)
	stop()
	for last := ""; last != "STOPPING=1"; {
		if last = hear(); last == "READY=1" {
			t.Fatal("ready twice")
		}
	}
	<-ended
}

func TestWatchdogIsOfThisProcess(t *testing.T) {
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{{"", "", 0}, {"30000000", "", 15 * time.Second}, {"30000000", "1", 0}, {"x", "", 0}, {"-5", "", 0}} {
		t.Setenv("WATCHDOG_USEC", c.usec)
		t.Setenv("WATCHDOG_PID", c.pid)
		if got := watchdog(); got != c.want {
			t.Errorf("WATCHDOG_USEC=%q WATCHDOG_PID=%q: every %v, want %v", c.usec, c.pid, got, c.want)
		}
	}
}
