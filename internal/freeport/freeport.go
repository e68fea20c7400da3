// Package freeport finds an address for a server that must be told where to
// listen before it starts: another program, or one that comes back to its place.
package freeport

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports lie below those that the kernels hand out by themselves (32768 and
// up on Linux, 49152 on others). One of these would be free at the look and
// could be the near end of anybody's connection a moment later. Those of the
// Kafka clusters in .ci/kafka and bench/chaos begin at 15000.
const (
	first = 10_000
	last  = 14_999
)

// Address returns 127.0.0.1 with a port on which nobody listened just now.
func Address() (string, error) {
	var err error
	for range 50 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(last-first+1)))
		var ln net.Listener
		if ln, err = net.Listen("tcp", address); err == nil {
			return address, ln.Close()
		}
	}
	return "", fmt.Errorf("no free port found between %d and %d: %w", first, last, err)
}
