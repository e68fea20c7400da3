package e2e

import (
	"context"
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

// source writes the oracle's records: every partition gets numbers 0 to count-1, in order, in rounds, so
// that all partitions are under way at any time. gate is asked before every round, and may hold it up.
type source struct {
	t     *testing.T
	b     *broker
	topic string
}

const rounds = 500

// codecs: each partition has its own, so that every decompressor carries a part of the proof.
var codecs = []kgo.CompressionCodec{
	kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
}

func (s *source) write(partitions, count int, gate func(round int)) {
	var writers []*kgo.Client
	for p := range partitions {
		writers = append(writers, s.b.writer(s.t, kgo.ProducerBatchCompression(codecs[p%len(codecs)])))
	}
	begun := time.Now().Add(-time.Hour)
	for round := range rounds {
		gate(round)
		for p, w := range writers {
			for k := count * round / rounds; k < count*(round+1)/rounds; k++ {
				r := record{p, k}
				w.Produce(s.t.Context(), &kgo.Record{
					Topic: s.topic, Partition: int32(p), Timestamp: begun.Add(time.Duration(k) * time.Millisecond),
					Key: []byte(r.user()), Value: r.source(nil),
					Headers: []kgo.RecordHeader{{Key: "unlisted", Value: []byte(r.user())}},
				}, func(_ *kgo.Record, err error) {
					if err != nil {
						s.t.Errorf("source: %v", err)
					}
				})
			}
		}
	}
	for _, w := range writers {
		if err := w.Flush(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
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

		src := &source{t: t, b: b, topic: r.source}
		src.write(partitions, count, func(round int) {
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
		first.leave(t)
		t.Logf("%d records to %d recipients in %v, with joining and leaving", partitions*count, len(recipients), elapsed.Round(10*time.Millisecond))

		for i, topic := range r.outputs {
			c := newChecker(i, partitions, count)
			readWithKcat(t, b, topic, c.check)
			c.report(t)
		}
		r.checkQuarantine(t, b, partitions, count)
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

// awaitDrained returns once the group has committed all that the source holds.
func (r *route) awaitDrained(t *testing.T, b *broker) {
	t.Helper()
	ends := b.ends(t.Context(), r.source, r.partitions)
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
