//go:build !chaos

package chaospoint

import "testing"

// What is shipped cannot be armed.
func TestOff(t *testing.T) {
	t.Setenv("CHAOSPOINT", "sent:1")
	if Enabled {
		t.Error("points can be armed in a build without the tag")
	}
	At(Sent)
}
