package stream

import (
	"encoding/json"
	"time"
)

// Reasons of this package for a record that does not reach a recipient; those
// of redact.Reason are about its content.
const (
	reasonOversize = "oversize" // larger than the output topic takes
	reasonProduce  = "produce"  // the output topic refuses it for what it is: its timestamp, a missing key
	reasonParse    = "parse"    // as redact's: its batch cannot be taken apart
	reasonSize     = "size"     // as redact's: its batch inflates beyond the limit
	reasonRevoked  = "revoked"  // not a failure: the partition went to its next owner first
)

// quarantineRecord is what is kept of a record that could not be judged: where
// it is and why. Never a value, a key, a header or a member name: the
// quarantine topic has other readers than the source, and a copy of what could
// not be judged would be the leak. Whoever may read the source finds the
// record by its coordinates.
type quarantineRecord struct {
	Topic      string   `json:"topic"`
	Partition  int32    `json:"partition"`
	Offset     int64    `json:"offset"`
	LastOffset int64    `json:"last_offset,omitempty"` // of a batch that failed as a whole
	Timestamp  int64    `json:"timestamp"`             // of the record, milliseconds since 1970
	Reason     string   `json:"reason"`
	Recipients []string `json:"recipients"` // who did not get it
	Policy     string   `json:"policy"`     // digest
}

// refusal is a record that some recipients do not get.
type refusal struct {
	offset, last int64 // last: of a batch, else offset
	timestamp    int64
	reason       string
	recipients   []int // indexes of the route's targets
}

// records is how many records the refusal stands for, as offsets go.
func (r *refusal) records() int { return int(r.last - r.offset + 1) }

// appendTo adds the quarantine record of r to b.
func (r *refusal) appendTo(b *outBatch, p *plan, partition int32, policy string) {
	q := quarantineRecord{
		Topic: p.source, Partition: partition, Offset: r.offset, Timestamp: r.timestamp,
		Reason: r.reason, Policy: policy, Recipients: make([]string, len(r.recipients)),
	}
	if r.last != r.offset {
		q.LastOffset = r.last
	}
	for i, recipient := range r.recipients {
		q.Recipients[i] = p.outputs[recipient].profile
	}
	value, err := json.Marshal(q)
	if err != nil {
		panic("stream: internal error: quarantine record")
	}
	b.append(time.Now().UnixMilli(), nil, value, nil)
	b.offsets = append(b.offsets, r.offset)
	b.times = append(b.times, r.timestamp)
}
