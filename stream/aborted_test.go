package stream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// place gives a batch its offset, as a broker does.
func place(p []byte, offset int64) []byte {
	binary.BigEndian.PutUint64(p, uint64(offset))
	return p
}

func txnBatch(pid int64, n int, attrs int16) []byte {
	var b builder
	b.reset(0)
	for i := range n {
		b.append(1, nil, fmt.Appendf(nil, "%d-%d", pid, i), nil)
	}
	return bytes.Clone(b.finish(compressNone, pid, 0, 0, attrs))
}

// markerBatch is a control batch as brokers write it: its key is a version and
// a type, its value a version and the coordinator's epoch.
func markerBatch(pid int64, kind uint16) []byte {
	var b builder
	b.reset(0)
	key := binary.BigEndian.AppendUint16([]byte{0, 0}, kind)
	b.append(1, key, []byte{0, 0, 0, 0, 0, 1}, nil)
	p := bytes.Clone(b.finish(compressNone, pid, 0, -1, attrTransactional))
	p[22] |= attrControl
	return reseal(p)
}

// TestAbortedFilter walks a log of interleaved transactions.
func TestAbortedFilter(t *testing.T) {
	type step struct {
		what string
		p    []byte
		skip bool
	}
	steps := []step{
		{"committed 1", txnBatch(1, 2, attrTransactional), false}, // 0, 1
		{"aborted 2", txnBatch(2, 3, attrTransactional), true},    // 2, 3, 4
		{"no transaction, no producer", txnBatch(-1, 1, 0), false},
		{"idempotent, the id of 2", txnBatch(2, 1, 0), false},
		{"committed 1", txnBatch(1, 1, attrTransactional), false},
		{"aborted 3", txnBatch(3, 1, attrTransactional), true}, // 8
		{"commit marker 1", markerBatch(1, 1), true},
		{"aborted 2", txnBatch(2, 1, attrTransactional), true},
		{"abort marker 2", markerBatch(2, 0), true},
		{"committed 2, the next transaction", txnBatch(2, 1, attrTransactional), false},
		{"aborted 3", txnBatch(3, 1, attrTransactional), true},
		{"commit marker 2", markerBatch(2, 1), true},
		{"a marker of another kind for 3", markerBatch(3, 2), true},
		{"aborted 3", txnBatch(3, 1, attrTransactional), true},
		{"abort marker 3", markerBatch(3, 0), true},
		{"aborted 2 again", txnBatch(2, 1, attrTransactional), true}, // 17
		{"committed 3", txnBatch(3, 1, attrTransactional), false},
	}
	var log []byte
	offset := int64(0)
	var offsets []int64
	for _, s := range steps {
		var b batch
		b.next(place(s.p, offset))
		offsets = append(offsets, offset)
		offset = b.nextOffset()
		log = append(log, s.p...)
	}
	// Out of order, as nothing promises one.
	list := []abortedTxn{{2, offsets[15]}, {3, offsets[5]}, {2, offsets[1]}}
	var f abortedFilter
	for range 2 { // the second time on what the first left
		f.reset(list)
		p := log
		for _, s := range steps {
			var b batch
			p, _ = b.next(p)
			if got := f.skip(&b); got != s.skip {
				t.Errorf("offset %d, %s: skip %v", b.BaseOffset, s.what, got)
			}
		}
		f.reset(nil)
		var b batch
		b.next(steps[1].p)
		if f.skip(&b) {
			t.Error("a response without aborted transactions skips a batch")
		}
	}
}

// TestAbortedFilterWitness compares random logs with franz-go's filter.
func TestAbortedFilterWitness(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var f abortedFilter
	skipped := 0
	for range 300 {
		log, list := randomLog(rng)
		part := kmsg.NewFetchResponseTopicPartition()
		part.RecordBatches = log
		for _, a := range list {
			part.AbortedTransactions = append(part.AbortedTransactions, kmsg.FetchResponseTopicPartitionAbortedTransaction{ProducerID: a.ProducerID, FirstOffset: a.FirstOffset})
		}
		want, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{IsolationLevel: kgo.ReadCommitted()}, &part, kgo.DefaultDecompressor(), nil)
		if want.Err != nil {
			t.Fatal(want.Err)
		}
		f.reset(list)
		i := 0
		for p := log; len(p) > 0; {
			var b batch
			var st batchStatus
			if p, st = b.next(p); st != batchOK {
				t.Fatal(st)
			}
			if f.skip(&b) {
				skipped++
				continue
			}
			for o := b.BaseOffset; o < b.nextOffset(); o++ {
				if i == len(want.Records) || want.Records[i].Offset != o {
					t.Fatalf("offset %d is let through", o)
				}
				i++
			}
		}
		if i != len(want.Records) {
			t.Fatalf("%d records let through, want %d", i, len(want.Records))
		}
	}
	if skipped < 1000 {
		t.Errorf("only %d batches skipped: the logs are too tame", skipped)
	}
}

// randomLog interleaves transactions of five producers as a broker would, and
// lists those that end in an abort.
func randomLog(rng *rand.Rand) (log []byte, list []abortedTxn) {
	first := map[int64]int64{}
	offset := int64(rng.IntN(1000))
	put := func(p []byte) {
		var b batch
		b.next(place(p, offset))
		offset = b.nextOffset()
		log = append(log, p...)
	}
	for range 10 + rng.IntN(60) {
		pid := int64(rng.IntN(5))
		from, open := first[pid]
		switch k := rng.IntN(10); {
		case k < 6:
			if !open {
				first[pid] = offset
			}
			put(txnBatch(pid, 1+rng.IntN(3), attrTransactional))
		case k < 7 && !open:
			put(txnBatch(pid, 1+rng.IntN(3), 0))
		case open:
			kind := uint16(rng.IntN(2)) // 0: abort
			if kind == 0 {
				list = append(list, abortedTxn{pid, from})
			}
			put(markerBatch(pid, kind))
			delete(first, pid)
		}
	}
	return log, list
}

func TestMarkerOf(t *testing.T) {
	read := func(p []byte) batch {
		var b batch
		b.next(p)
		return b
	}
	var b builder
	b.reset(0)
	b.append(1, []byte{0, 0, 0}, nil, nil)
	short := bytes.Clone(b.finish(compressNone, 1, 0, 0, attrTransactional))
	empty := read(markerBatch(1, 0))
	empty.Count = 0
	broken := read(markerBatch(1, 0))
	broken.Records = broken.Records[:5]
	for _, tt := range []struct {
		name string
		b    batch
		want marker
	}{
		{"abort", read(markerBatch(1, 0)), markerAbort},
		{"commit", read(markerBatch(1, 1)), markerCommit},
		{"leader change", read(markerBatch(1, 2)), markerOther},
		{"key too short", read(short), markerOther},
		{"emptied by compaction", empty, markerOther},
		{"broken", broken, markerOther},
	} {
		if got := markerOf(&tt.b); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
