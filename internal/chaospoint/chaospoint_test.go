//go:build chaos

package chaospoint

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// A process armed for the third time dies there and not before.
func TestDies(t *testing.T) {
	if os.Getenv("CHAOSPOINT") != "" {
		At(Sent)
		At(Acked)
		At(Sent)
		os.Stdout.WriteString("alive")
		At(Sent)
		os.Stdout.WriteString("dead")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "TestDies")
	cmd.Env = append(os.Environ(), "CHAOSPOINT=sent:3")
	out, err := cmd.Output()
	ended, ok := err.(*exec.ExitError)
	if !ok || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || string(out) != "alive" {
		t.Errorf("ended with %v after %q", err, out)
	}
}
