// Package race keeps tests from running under the race detector that count what
// it changes: it allocates, and slows Go down and not assembly.
package race

import "testing"

// Skip skips the test when the detector is on.
func Skip(t testing.TB) {
	if enabled {
		t.Helper()
		t.Skip("the race detector changes what is counted here")
	}
}
