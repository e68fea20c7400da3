package stream

import (
	"time"

	"redactor/internal/seal"
)

// sealing seals what cannot be judged, for one pipeline.
//
// Poison may be all there is, and must not cost more than what is good. Making
// a file key costs as much as redacting a hundred records: it serves the
// records of sealFor. A sealed record counts towards the size of its cut, so
// that a storm takes the memory that its outputs would have taken; one that is
// larger than a batch is left where it is, and its coordinates say so.
type sealing struct {
	sealer *seal.Sealer // nil: coordinates only
	batch  *seal.Batch
	made   time.Time
	plain  []byte
}

// sealFor is how long one file key serves.
const sealFor = time.Second

// sealRoom is what a quarantine record takes beside its payload: key, header
// and the frame of the batch.
const sealRoom = 4 << 10

// current returns the batch to seal with, or nil when it cannot be made.
func (s *sealing) current() *seal.Batch {
	if s.batch != nil && time.Since(s.made) < sealFor {
		return s.batch
	}
	b, err := s.sealer.Batch()
	if err != nil { // no recipient that New has taken fails; without the key there are still the coordinates
		return nil
	}
	s.batch, s.made = b, time.Now()
	return b
}

// seal appends the record at hand to the sealed bytes of the cut.
func (t *transformer) seal(r *record, offset, timestamp int64) ([]byte, Payload) {
	s := &t.sealing
	if s.sealer == nil {
		return nil, ""
	}
	raw := len(r.Key) + len(r.Value) + len(r.Headers)
	if raw/3*4 > t.limits.Bytes-sealRoom {
		return nil, PayloadTooLarge
	}
	b := s.current()
	if b == nil {
		return nil, PayloadGone
	}
	s.plain = appendOriginal(s.plain[:0], t.plan.source, t.partition, offset, timestamp, r)
	if b.Size(len(s.plain)) > t.limits.Bytes-sealRoom {
		return nil, PayloadTooLarge
	}
	from := len(t.cut.sealed)
	t.cut.sealed = b.Append(t.cut.sealed, s.plain)
	sealed := t.cut.sealed[from:len(t.cut.sealed):len(t.cut.sealed)]
	t.cut.bytes += len(sealed)
	return sealed, PayloadSealed
}

// unsealed is why a refusal that is no record of its own has no payload.
func (s *sealing) unsealed(why Payload) Payload {
	if s.sealer == nil {
		return ""
	}
	return why
}

// bare replaces the only record of a batch, which the quarantine topic does
// not take, by one without its payload, at the head of the queue. It reports
// false when there is none to take away. The batch was not appended, so its
// sequence is free.
func (s *sender) bare(f *flight, queue *[]*outBatch) bool {
	r := f.batch.refused[0]
	if r.sealed == nil {
		return false
	}
	r.sealed, r.payload = nil, PayloadTooLarge
	b := s.p.batches.get(f.batch.partition, produceHeadroom(s.p.cfg.ClientID, s.p.txn.id, s.topic))
	r.appendTo(b, s.p.plan, s.p.partition, f.batch.policy, time.Now().UnixMilli())
	b.policy = f.batch.policy
	*queue = append([]*outBatch{b}, *queue...)
	f.acked = true
	s.p.batches.put(f.batch)
	return true
}
