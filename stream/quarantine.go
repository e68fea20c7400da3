package stream

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
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

// QuarantineHeader is the header of a sealed quarantine record that holds its
// coordinates, as JSON. The value of one that is not sealed is the same JSON.
const QuarantineHeader = "x-redactor-quarantine"

// Quarantined is what everybody may know of a record that could not be judged:
// where it is and why. Never a value, a key, a header or a member name: the
// quarantine topic has other readers than the source, and a readable copy of
// what could not be judged would be the leak. Whoever may read the source finds
// the record by its coordinates.
type Quarantined struct {
	Topic      string   `json:"topic"`
	Partition  int32    `json:"partition"`
	Offset     int64    `json:"offset"`
	LastOffset int64    `json:"last_offset,omitempty"` // of a batch that failed as a whole
	Timestamp  int64    `json:"timestamp"`             // of the record, milliseconds since 1970
	Reason     string   `json:"reason"`
	Recipients []string `json:"recipients"` // who did not get it
	Policy     string   `json:"policy"`     // digest
	Payload    Payload  `json:"payload,omitempty"`

	// Partial says that the recipients got the record without those of its
	// elements that could not be judged: to send it again would send the others
	// twice.
	Partial bool `json:"partial,omitempty"`
}

// Key is the key of the quarantine record: the same for the same record and
// reason, however often it is read. A null value under it says that the record
// was replayed or dropped.
func (q *Quarantined) Key() string {
	key := q.Topic + "/" + strconv.Itoa(int(q.Partition)) + "/" + strconv.FormatInt(q.Offset, 10) + "/" + q.Reason
	if q.Partial {
		key += "/partial"
	}
	return key
}

// Payload says whether the record itself is in the quarantine, sealed, and if
// not, why. "" is a proxy that seals nothing.
type Payload string

const (
	PayloadSealed   Payload = "sealed"    // the value is an age file
	PayloadTooLarge Payload = "too-large" // larger than pipeline.batch.bytes or the quarantine topic takes
	PayloadBatch    Payload = "batch"     // a whole batch that could not be taken apart
	PayloadGone     Payload = "gone"      // an output topic refused it after its source bytes were let go
)

// Original is a record as its source had it: what a sealed payload holds. It
// names its own place, so that a payload under the wrong coordinates shows.
type Original struct {
	Topic     string           `json:"topic"`
	Partition int32            `json:"partition"`
	Offset    int64            `json:"offset"`
	Timestamp int64            `json:"timestamp"` // milliseconds since 1970
	Key       []byte           `json:"key"`       // nil: null
	Value     []byte           `json:"value"`     // nil: null
	Headers   []OriginalHeader `json:"headers"`
}

// OriginalHeader is a header of an Original, in its order.
type OriginalHeader struct {
	Name  []byte `json:"name"`
	Value []byte `json:"value"` // nil: null
}

// appendOriginal appends r as the JSON of an Original. encoding/json would
// make three copies of it.
func appendOriginal(p []byte, topic string, partition int32, offset, timestamp int64, r *record) []byte {
	p = appendText(append(p, `{"topic":`...), topic)
	p = strconv.AppendInt(append(p, `,"partition":`...), int64(partition), 10)
	p = strconv.AppendInt(append(p, `,"offset":`...), offset, 10)
	p = strconv.AppendInt(append(p, `,"timestamp":`...), timestamp, 10)
	p = appendBase64(append(p, `,"key":`...), r.Key)
	p = appendBase64(append(p, `,"value":`...), r.Value)
	p = append(p, `,"headers":[`...)
	for h, n := headersOf(r.Headers), 0; h.next(); n++ {
		if n > 0 {
			p = append(p, ',')
		}
		p = appendBase64(append(p, `{"name":`...), h.Name)
		p = appendBase64(append(p, `,"value":`...), h.Value)
		p = append(p, '}')
	}
	return append(p, "]}"...)
}

func appendBase64(p, v []byte) []byte {
	if v == nil {
		return append(p, "null"...)
	}
	return append(base64.StdEncoding.AppendEncode(append(p, '"'), v), '"')
}

var errOriginal = errors.New("the sealed payload is no record")

// ReadOriginal reads what a sealed payload holds. Its errors hold nothing of it.
func ReadOriginal(plain []byte) (*Original, error) {
	o := new(Original)
	if err := json.Unmarshal(plain, o); err != nil || o.Topic == "" {
		return nil, errOriginal
	}
	return o, nil
}

// refusal is a record that some recipients do not get.
type refusal struct {
	offset, last int64 // last: of a batch, else offset
	timestamp    int64
	reason       string
	part         part
	recipients   []int // indexes of the route's targets
	payload      Payload
	sealed       []byte // the record itself, for whoever holds the identity; nil: coordinates only
}

// records is how many records the refusal stands for, as offsets go.
func (r *refusal) records() int { return int(r.last - r.offset + 1) }

// appendCoordinates appends the JSON of a Quarantined, as encoding/json would:
// in a storm of poison it is written as often as records are.
func (r *refusal) appendCoordinates(b []byte, p *plan, partition int32, policy string) []byte {
	b = appendText(append(b, `{"topic":`...), p.source)
	b = strconv.AppendInt(append(b, `,"partition":`...), int64(partition), 10)
	b = strconv.AppendInt(append(b, `,"offset":`...), r.offset, 10)
	if r.last != r.offset {
		b = strconv.AppendInt(append(b, `,"last_offset":`...), r.last, 10)
	}
	b = strconv.AppendInt(append(b, `,"timestamp":`...), r.timestamp, 10)
	b = appendText(append(b, `,"reason":`...), r.reason)
	b = append(b, `,"recipients":[`...)
	for i, recipient := range r.recipients {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, p.outputs[recipient].profile)
	}
	b = appendText(append(b, `],"policy":`...), policy)
	if r.payload != "" {
		b = appendText(append(b, `,"payload":`...), string(r.payload))
	}
	if r.part == partOfRecord {
		b = append(b, `,"partial":true`...)
	}
	return append(b, '}')
}

// appendText appends a name as a JSON string. Names are plain, nearly always.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, err := json.Marshal(s)
			if err != nil {
				panic("stream: internal error: a name as JSON")
			}
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// appendKey appends what Quarantined.Key returns.
func (r *refusal) appendKey(b []byte, p *plan, partition int32) []byte {
	b = strconv.AppendInt(append(append(b, p.source...), '/'), int64(partition), 10)
	b = strconv.AppendInt(append(b, '/'), r.offset, 10)
	b = append(append(b, '/'), r.reason...)
	if r.part == partOfRecord {
		b = append(b, "/partial"...)
	}
	return b
}

var quarantineHeader = []byte(QuarantineHeader)

// appendTo adds the quarantine record of r to b, at the time now in
// milliseconds since 1970.
func (r *refusal) appendTo(b *outBatch, p *plan, partition int32, policy string, now int64) {
	b.scratch = r.appendKey(b.scratch[:0], p, partition)
	n := len(b.scratch)
	b.scratch = r.appendCoordinates(b.scratch, p, partition, policy)
	key, value := b.scratch[:n:n], b.scratch[n:]
	b.headers.reset()
	if r.sealed != nil {
		b.headers.add(quarantineHeader, value)
		value = r.sealed
	}
	b.append(now, key, value, b.headers.bytes())
	b.offsets = append(b.offsets, r.offset)
	b.times = append(b.times, r.timestamp)
	b.refused = append(b.refused, r)
}
