package stream

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// abortedTxn is an entry of the list that a fetch response of isolation level
// read_committed carries: from FirstOffset on, until its abort marker, the
// producer's transactional batches never happened.
type abortedTxn struct {
	ProducerID, FirstOffset int64
}

// abortedFilter tells which batches of one fetch response hold records that
// may be forwarded. Brokers send the aborted batches too and leave the
// filtering to the consumer (KIP-98, "Consumer Coordinator and Fetcher"); a
// consumer that does not filter forwards data that was withdrawn, and markers
// as records (segmentio/kafka-go#1332).
//
// The list of a response covers exactly its batches, so each starts afresh.
// The zero value is ready: reset, then skip for each batch in order.
type abortedFilter struct {
	list []abortedTxn       // by first offset
	at   int                // list[at:] have not begun yet
	open map[int64]struct{} // producers inside an aborted transaction
}

// reset begins a response. The list is copied.
func (f *abortedFilter) reset(list []abortedTxn) {
	f.list, f.at = append(f.list[:0], list...), 0
	slices.SortFunc(f.list, func(a, b abortedTxn) int { return cmp.Compare(a.FirstOffset, b.FirstOffset) })
	clear(f.open)
}

// skip reports whether no record of b may be forwarded: b is a control batch
// or part of an aborted transaction.
func (f *abortedFilter) skip(b *batch) bool {
	for ; f.at < len(f.list) && f.list[f.at].FirstOffset < b.nextOffset(); f.at++ {
		if f.open == nil {
			f.open = make(map[int64]struct{})
		}
		f.open[f.list[f.at].ProducerID] = struct{}{}
	}
	if b.control() {
		if markerOf(b) == markerAbort {
			delete(f.open, b.ProducerID)
		}
		return true
	}
	if len(f.open) == 0 || !b.transactional() {
		return false
	}
	_, aborted := f.open[b.ProducerID]
	return aborted
}

// marker is what a control batch says.
type marker uint8

const (
	markerOther marker = iota // of a kind that does not concern consumers, or unreadable
	markerAbort
	markerCommit
)

// markerOf reads the marker of a control batch: the key of its only record is
// a version and a type, int16 each. Brokers never compress markers. One that
// cannot be read ends nothing: its producer stays filtered.
func markerOf(b *batch) marker {
	var r record
	if b.Count == 0 || b.codec() != compressNone {
		return markerOther
	}
	if _, ok := r.next(b.Records); !ok || len(r.Key) < 4 {
		return markerOther
	}
	switch binary.BigEndian.Uint16(r.Key[2:]) {
	case 0:
		return markerAbort
	case 1:
		return markerCommit
	}
	return markerOther
}
