package main

import "syscall"

// withoutCoreDumps turns core dumps off for good. The limit alone does not
// hold where core_pattern is a pipe; a process that is not dumpable is also
// closed to ptrace and /proc/PID/mem of the same user.
func withoutCoreDumps() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
