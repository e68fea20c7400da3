//go:build !unix

package redact

import (
	"testing"
	"time"
)

var began = time.Now()

// cpuTime is the time on the wall, where the processor's cannot be had.
func cpuTime(testing.TB) time.Duration { return time.Since(began) }
