package stream

import (
	"math/rand/v2"
	"time"
)

const (
	backoffFirst   = 5 * time.Millisecond
	backoffMost    = time.Second
	backoffStalled = 5 * time.Second // for what an operator has to mend

	// backoffSoon is what Java's producer waits while a broker finishes the
	// transaction before: the markers take milliseconds.
	backoffSoon = 20 * time.Millisecond
)

// backoff is how long to wait before attempt n+1, for n from 1: doubling, with
// jitter, so that partitions that lost one broker do not come back in step. A
// request that failed for an old leader only is repeated at once, the first
// time.
func backoff(cl class, n int) time.Duration {
	most := backoffMost
	switch {
	case cl == classStalled:
		most = backoffStalled
	case cl == classSoon:
		most = backoffSoon
	case cl == classRefresh && n == 1:
		return 0
	}
	d := min(backoffFirst<<min(n-1, 20), most)
	return d/2 + rand.N(d/2+1)
}
