package main

import "syscall"

// child makes an instance die with the harness.
func child() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
