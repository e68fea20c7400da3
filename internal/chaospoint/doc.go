// Package chaospoint marks the moments at which it matters most whether a
// process still lives: a record fetched and not redacted, a batch sent and not
// acknowledged, a transaction between its last record and its end.
//
// In a build with the tag chaos, the variable CHAOSPOINT arms one of them:
//
//	CHAOSPOINT=sent:17        SIGKILL to the own process, the 17th time that it comes there
//	CHAOSPOINT=ending:3:stop  SIGSTOP instead: a zombie, once somebody wakes it
//
// In every other build At is empty and costs nothing: no flag, variable or
// request can arm a point that is not there.
package chaospoint

// Point is a moment in the life of records.
type Point uint8

// The points, in the order in which a batch comes by; K1 to K6 are what the
// reliability goals call them.
const (
	Fetched   Point = iota // K1: batches are in memory, none of their records is judged
	Redacted               // K2: what recipients get is made, and not sent
	Sent                   // K3: a produce request has left, its answer is not read
	Acked                  // K4: every recipient has it, the offset is not committed
	Ending                 // K5: records and offset are in the transaction, EndTxn is not sent
	EndSent                // EndTxn has left, its answer is not read
	Ended                  // K6: the transaction is committed, nobody here has noted it yet
	Committed              // the offset is committed (at least once)
)

var names = [...]string{"fetched", "redacted", "sent", "acked", "ending", "endsent", "ended", "committed"}

// String returns the name that CHAOSPOINT uses.
func (p Point) String() string { return names[p] }

// Parse finds a point by its name.
func Parse(name string) (Point, bool) {
	for i, n := range names {
		if n == name {
			return Point(i), true
		}
	}
	return 0, false
}
