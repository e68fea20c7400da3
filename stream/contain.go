package stream

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"

	"redactor/redact"
)

// This file keeps a mistake of ours to the record that brings it out. A record
// on which the engine panics would otherwise end one instance after the other,
// for ever: each of them begins with it. Here it is refused like any other that
// cannot be judged. A panic anywhere else ends the process, as it should.
//
// Nothing of such a record can leave: what recipients before the one at hand got
// was complete, builder.close and builder.append are outside, and the machine,
// whose state nobody knows any more, is replaced.

// hand is the record that the engine has in hand.
type hand struct {
	record            record
	offset, timestamp int64
	first             int  // recipients before it have had their turn
	recipient         int  // whose turn it is; scanning: of all from first on
	engine            bool // the engine is at it: a panic is the record's
	again             bool // the recipients after this one have not had their turn
}

const scanning = -1

// contained is walk, with its panics kept to their records.
func (t *transformer) contained(c *chunk) chunkEnd {
	for {
		end, whole := t.caught(c)
		if whole {
			return end
		}
		if !t.failed() {
			return chunkStop
		}
		if t.cut.bytes >= t.cutSize {
			return chunkFull
		}
	}
}

// caught reports whether walk has come to its end. It costs one deferred call
// for a cut, and nothing for a record.
func (t *transformer) caught(c *chunk) (end chunkEnd, whole bool) {
	defer func() {
		if !t.hand.engine {
			return // fine, or none of the engine's: it goes on
		}
		t.hand.engine = false
		if recover() == nil { // the text may hold what the record holds
			return
		}
		t.shared.cfg.Logger.Error("the engine failed on a record, which is refused; please report the place", slog.String("topic", t.plan.source),
			slog.Int("partition", int(t.partition)), slog.Int64("offset", t.hand.offset), slog.String("at", panicPlace()))
	}()
	return t.walk(c), true
}

// failed refuses the record in hand for the recipient whose turn it was, and
// reports whether the partition goes on. The others are walk's, with a new
// machine; of a record that cannot be scanned nobody gets anything.
func (t *transformer) failed() bool {
	h := &t.hand
	defer t.renew()
	defer t.count()
	first, last := h.recipient, h.recipient
	if first == scanning {
		first, last = h.first, len(t.cut.ships)-1
	}
	for i := first; i <= last; i++ {
		t.refuse(i, redact.ReasonTransform.String(), wholeRecord, h.offset, h.timestamp)
	}
	if h.again = last+1 < len(t.cut.ships); h.again {
		return true
	}
	return t.finish(&h.record, h.offset, h.timestamp, h.recipient != scanning || h.first > 0)
}

// resume goes on with the record in hand at the recipient after the one that
// failed.
func (t *transformer) resume() bool {
	h := &t.hand
	h.again = false
	return t.judgeFrom(h.recipient+1, &h.record, h.offset, h.timestamp)
}

// renew replaces the machine.
func (t *transformer) renew() {
	t.machine, t.timed = t.route.Program.NewMachine(), t.route.Program.Timed()
	t.machine.Watch(t.shared.cfg.Canaries)
}

// panicPlace is where a panic came from, called while it is being recovered
// from: "redact.(*Machine).Scan scan.go:86".
func panicPlace() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return fmt.Sprintf("%s %s:%d", strings.TrimPrefix(f.Function, "redactor/"), filepath.Base(f.File), f.Line)
		}
	}
}
