//go:build chaos

package chaospoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// Enabled reports whether a point can be armed in this build.
const Enabled = true

var (
	armed  Point
	signal syscall.Signal
	left   atomic.Int64 // times to come by until the signal; 0: not armed
)

func init() {
	v := os.Getenv("CHAOSPOINT")
	if v == "" {
		return
	}
	name, rest, _ := strings.Cut(v, ":")
	count, what, _ := strings.Cut(rest, ":")
	p, ok := Parse(name)
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil || n < 1 || what != "" && what != "stop" {
		fmt.Fprintln(os.Stderr, "CHAOSPOINT: want POINT:COUNT or POINT:COUNT:stop")
		os.Exit(2)
	}
	armed, signal = p, syscall.SIGKILL
	if what == "stop" {
		signal = syscall.SIGSTOP
	}
	left.Store(n)
}

// At says that the process is at p. It may not return.
func At(p Point) {
	if p != armed || left.Load() <= 0 || left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), signal)
	if signal == syscall.SIGKILL {
		select {} // the signal is on its way: nothing may happen after this point
	}
}
