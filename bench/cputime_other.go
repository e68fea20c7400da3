//go:build !unix

package bench

import "time"

var started = time.Now()

// processorTime is the time that went by: what this system gives to every
// program.
func processorTime() (time.Duration, error) { return time.Since(started), nil }
