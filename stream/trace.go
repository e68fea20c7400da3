package stream

// traceHeader is W3C Trace Context's header: version, trace id, parent id and
// flags in hexadecimal, with dashes between them.
const traceHeader = "traceparent"

const (
	traceAt  = 3  // where the trace id begins in the header: behind "00-"
	traceLen = 32 // hexadecimal digits
	traceMin = 55 // length of a header of version 00; later versions may be longer
)

// traceID is the trace that a source record belongs to.
type traceID struct {
	id        [traceLen]byte
	timestamp int64 // of the record
	set       bool
}

func (t *traceID) reset() { t.set = false }

// note remembers the trace of a record, if its headers name one that is valid.
// Only hexadecimal digits get any further: whatever else a producer writes into
// its headers is not shown.
func (t *traceID) note(headers []byte, timestamp int64) {
	for h := headersOf(headers); h.next(); {
		if string(h.Name) != traceHeader || len(h.Value) < traceMin || h.Value[2] != '-' || h.Value[traceAt+traceLen] != '-' {
			continue
		}
		id := h.Value[traceAt : traceAt+traceLen]
		zeros := 0
		for _, c := range id {
			switch {
			case c == '0':
				zeros++
			case '1' <= c && c <= '9', 'a' <= c && c <= 'f':
			default:
				return
			}
		}
		if zeros < traceLen { // all zeros is no trace
			copy(t.id[:], id)
			t.timestamp, t.set = timestamp, true
		}
		return
	}
}

// traceOf returns the trace of the record with this timestamp, or "": an
// exemplar must be of the record that was measured.
func (c *cut) traceOf(timestamp int64) string {
	if !c.trace.set || c.trace.timestamp != timestamp {
		return ""
	}
	return string(c.trace.id[:])
}
