package e2e

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// relaySize is how many records the large relay moves; CI asks for 1,000,000.
func relaySize(t *testing.T) int {
	v := os.Getenv("REDACTOR_E2E_RECORDS")
	if v == "" {
		return 40_000
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1000 {
		t.Fatalf("REDACTOR_E2E_RECORDS is %q: a number from 1,000 on is wanted", v)
	}
	return n
}

const rounds = 500

// codecs: each partition has its own, so that every decompressor carries a part of the proof.
var codecs = []kgo.CompressionCodec{
	kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
}

// fill writes the oracle's records to the source: every partition gets numbers 0 to count-1, in order, in
// rounds, so that all partitions are under way at any time. gate is asked before every round, and may hold
// it up. It returns when all are acknowledged.
func (r *route) fill(t *testing.T, b *broker, count int, gate func(round int)) {
	t.Helper()
	var writers []*kgo.Client
	for p := range r.partitions {
		writers = append(writers, b.writer(t, kgo.ProducerBatchCompression(codecs[p%len(codecs)])))
	}
	for round := range rounds {
		gate(round)
		for p, w := range writers {
			for n := count * round / rounds; n < count*(round+1)/rounds; n++ {
				w.Produce(t.Context(), r.sourceRecord(record{p, n}), func(_ *kgo.Record, err error) {
					if err != nil {
						t.Errorf("source: %v", err)
					}
				})
			}
		}
	}
	for _, w := range writers {
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// sourceRecord is the record with the envelope that devices give it: a key and a header that are raw too.
func (r *route) sourceRecord(rec record) *kgo.Record {
	return &kgo.Record{
		Topic: r.source, Partition: int32(rec.p), Timestamp: time.UnixMilli(rec.time()),
		Key:     []byte(rec.user()),
		Value:   rec.source([]byte{}), // never null: that would be a tombstone
		Headers: []kgo.RecordHeader{{Key: "unlisted", Value: []byte(rec.user())}},
	}
}

// check reads every output and the quarantine, and holds them to the oracle.
func (r *route) check(t *testing.T, b *broker, count int) {
	t.Helper()
	for i, topic := range r.outputs {
		c := newChecker(i, r.partitions, count)
		readWithKcat(t, b, topic, c.check)
		c.report(t)
	}
	r.checkQuarantine(t, b, count)
}

// TestRelay is the main job: a source of eight partitions, three recipients, two instances of which one
// joins and leaves while records flow. Every record reaches every recipient, in order, as the policy has it,
// or lies in the quarantine; nothing raw is anywhere.
func TestRelay(t *testing.T) {
	const partitions = 8
	count := relaySize(t) / partitions
	onEach(t, func(t *testing.T, b *broker) {
		r := deploy(t, b, partitions)
		first := r.start(t, b, "first")
		begun := time.Now()
		guest := &visit{took: make(chan struct{}), left: make(chan struct{})}
		pace := time.NewTicker(50 * time.Millisecond)
		defer pace.Stop()

		r.fill(t, b, count, func(round int) {
			switch {
			case round == rounds/5:
				go guest.run(t, b, r)
			case round > rounds/5:
				// Until the guest has its part of the work the source only trickles, so that it comes and
				// goes in the middle of the work whatever the speed of this machine.
				select {
				case <-guest.took:
				case <-pace.C:
				}
			}
		})
		<-guest.left
		r.awaitDrained(t, b)
		elapsed := time.Since(begun)
		first.checkBooks(t)
		first.leave(t)
		t.Logf("%d records to %d recipients in %v, with joining and leaving", partitions*count, len(recipients), elapsed.Round(10*time.Millisecond))

		r.check(t, b, count)
	})
}

// visit is an instance that joins a group at work, takes a part of it, and leaves.
type visit struct {
	took, left chan struct{}
}

func (v *visit) run(t *testing.T, b *broker, r *route) {
	defer close(v.left)
	p := r.start(t, b, "guest")
	func() {
		defer close(v.took)
		eventually(t, patience, "records through the guest", func(ctx context.Context) bool {
			n, ok := p.metric(ctx, "redactor_records_produced_total")
			return ok && n > 0
		})
	}()
	p.leave(t)
}

// checkBooks: what an instance took for a recipient it has produced, filtered or counted as failed. It is
// asked once nothing is in flight, and what it shows holds nothing raw.
func (p *proxy) checkBooks(t *testing.T) {
	t.Helper()
	for _, name := range recipients {
		sum := func(metric string) float64 {
			v, ok := p.metric(t.Context(), metric, `profile="`+name+`"`)
			if !ok {
				t.Fatalf("%s shows no metrics", p.name)
			}
			return v
		}
		routed, produced := sum("redactor_records_routed_total"), sum("redactor_records_produced_total")
		filtered, failed, flying := sum("redactor_records_filtered_total"), sum("redactor_records_failed_total"), sum("redactor_records_in_flight")
		if routed == 0 || routed != produced+filtered+failed || flying != 0 {
			t.Errorf("%s, %s: %v routed, %v produced, %v filtered, %v failed, %v in flight", p.name, name, routed, produced, filtered, failed, flying)
		}
	}
	for _, path := range []string{"/metrics", "/readyz", "/livez"} {
		status, body := p.get(t.Context(), path)
		if i, held := canaryIn(body); held || status != http.StatusOK {
			t.Errorf("%s%s: status %d, canary %d %v", p.name, path, status, i, held)
		}
	}
}

// awaitDrained returns once the group has committed all that the source holds.
func (r *route) awaitDrained(t *testing.T, b *broker) {
	t.Helper()
	var ends []int64
	eventually(t, patience, "the source's end", func(ctx context.Context) bool {
		ends = b.ends(ctx, r.source, r.partitions)
		return ends != nil
	})
	eventually(t, 5*time.Minute, "the source drained", func(ctx context.Context) bool {
		at := b.committed(ctx, r.group, r.source, r.partitions)
		for p := range at {
			if at[p] < ends[p] {
				return false
			}
		}
		return at != nil
	})
}
