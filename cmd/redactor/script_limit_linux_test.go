package main

import (
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

func init() { limited = limitRunning }

// limit fsize|nofile N|lifted: what the programs in the background may from now
// on. Without a byte of file size every write to a file fails, as on a full
// disk; pipes and sockets are no files.
func limitRunning(ts *testscript.TestScript, _ bool, args []string) {
	resource := map[string]int{"fsize": unix.RLIMIT_FSIZE, "nofile": unix.RLIMIT_NOFILE}[args[0]]
	for _, cmd := range ts.BackgroundCmds() {
		var l unix.Rlimit
		ts.Check(unix.Prlimit(cmd.Process.Pid, resource, nil, &l))
		l.Cur = l.Max
		if args[1] != "lifted" {
			n, err := strconv.ParseUint(args[1], 10, 64)
			ts.Check(err)
			l.Cur = n
		}
		ts.Check(unix.Prlimit(cmd.Process.Pid, resource, &l, nil))
	}
}
