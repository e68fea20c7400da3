//go:build !linux

package main

import "syscall"

// withoutCoreDumps turns core dumps off.
func withoutCoreDumps() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
