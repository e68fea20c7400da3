package main

import (
	"context"
	"net"
	"os"
	"strconv"
	"time"
)

// A service manager that starts the proxy with Type=notify learns over a
// datagram socket when it is ready, that it still makes progress and that it
// is ending: sd_notify(3), without its library. Where $NOTIFY_SOCKET is not
// set all of this is idle.

// notifyEvery is how often readiness is looked at until it is there.
const notifyEvery = 250 * time.Millisecond

// tellManager sends what $NOTIFY_SOCKET wants to hear until ctx ends. ready
// and live are asked as the probes are: a proxy whose worker hangs stops
// petting the watchdog, and the manager starts it again.
func tellManager(ctx context.Context, ready, live func() bool) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	if socket[0] == '@' { // Linux's abstract namespace
		socket = "\x00" + socket[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return // no manager there; it will say so itself when it gives up waiting
	}
	defer conn.Close()
	say := func(what string) { _, _ = conn.Write([]byte(what)) } // nobody to tell when the manager is gone

	every := notifyEvery
	tick := time.NewTicker(every)
	defer tick.Stop()
	for said := false; ; {
		switch {
		case !said && ready():
			say("READY=1")
			said = true
			if every = watchdog(); every == 0 {
				<-ctx.Done()
			} else {
				tick.Reset(every)
			}
		case said && live():
			say("WATCHDOG=1")
		}
		select {
		case <-ctx.Done():
			say("STOPPING=1")
			return
		case <-tick.C:
		}
	}
}

// watchdog returns how often to pet the manager's watchdog: twice in its
// period, as sd_watchdog_enabled(3) advises. Zero means that there is none.
func watchdog() time.Duration {
	us, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	pid := os.Getenv("WATCHDOG_PID")
	if err != nil || us <= 0 || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	return time.Duration(us) * time.Microsecond / 2
}
