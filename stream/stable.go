package stream

import (
	"encoding/binary"
	"io"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
)

// stableOffsets is the first version of OffsetFetch that can ask for offsets
// that no transaction is about to change (KIP-447, Kafka 2.5); others are
// answered with UNSTABLE_OFFSET_COMMIT. kafka-go ends at version 5.
//
// It is not enough that initTransactions waits for the markers: a coordinator of
// before Kafka 4.0 answers a marker first and puts the offset where it reads it
// from after that, behind whatever else its one thread does. When it loads a
// partition of the offsets, as it does when brokers come and go, that is seconds.
const stableOffsets = 7

// knowsStable reports whether a broker has stableOffsets, by another request of
// the same KIP: the versions are bounded by what kafka-go knows.
func knowsStable(versions map[protocol.ApiKey]int16) bool {
	return versions[protocol.TxnOffsetCommit] >= 3
}

// fetchStable asks for stable offsets. Request and response are flexible
// (KIP-482): lengths are unsigned varints, one more than they say, and tagged
// fields follow every structure.
func fetchStable(rw io.ReadWriter, clientID string, req *offsetfetch.Request) (*offsetfetch.Response, error) {
	p := appendHeader(nil, protocol.OffsetFetch, stableOffsets, clientID)
	p = append(p, 0) // no tagged fields
	p = appendCompact(p, req.GroupID)
	p = binary.AppendUvarint(p, uint64(len(req.Topics))+1)
	for _, t := range req.Topics {
		p = appendCompact(p, t.Name)
		p = binary.AppendUvarint(p, uint64(len(t.PartitionIndexes))+1)
		for _, id := range t.PartitionIndexes {
			p = be.AppendUint32(p, uint32(id))
		}
		p = append(p, 0)
	}
	p = append(p, 1, 0) // stable
	body, err := answer(rw, p)
	if err != nil {
		return nil, err
	}
	return readStable(body)
}

// answer sends a request that is complete but for its length, and returns what
// follows the header of the answer.
func answer(rw io.ReadWriter, p []byte) ([]byte, error) {
	be.PutUint32(p, uint32(len(p)-4))
	if _, err := rw.Write(p); err != nil {
		return nil, err
	}
	var head [responseHeader]byte
	n, err := readHeader(rw, head[:])
	if err != nil {
		return nil, err
	}
	body := make([]byte, n)
	_, err = io.ReadFull(rw, body)
	return body, err
}

func readStable(p []byte) (*offsetfetch.Response, error) {
	r := reader{p: p}
	r.skipTags()
	res := &offsetfetch.Response{ThrottleTimeMs: r.int32()}
	for range r.compact() {
		t := offsetfetch.ResponseTopic{Name: string(r.bytes(r.compact()))}
		for range r.compact() {
			part := offsetfetch.ResponsePartition{PartitionIndex: r.int32(), CommittedOffset: r.int64(), ComittedLeaderEpoch: r.int32()}
			r.bytes(r.compact()) // metadata
			part.ErrorCode = r.int16()
			r.skipTags()
			t.Partitions = append(t.Partitions, part)
		}
		r.skipTags()
		res.Topics = append(res.Topics, t)
	}
	res.ErrorCode = r.int16()
	r.skipTags()
	if r.bad {
		return nil, errProtocol
	}
	return res, nil
}

func appendCompact(p []byte, s string) []byte {
	return append(binary.AppendUvarint(p, uint64(len(s))+1), s...)
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.p)
	if n <= 0 {
		r.bad, r.p = true, nil
		return 0
	}
	r.p = r.p[n:]
	return v
}

// compact reads a length; null is empty. One that the rest cannot hold, at a
// byte an element, ends the reading.
func (r *reader) compact() int {
	n := r.uvarint()
	if n > uint64(len(r.p))+1 {
		r.bad, r.p = true, nil
		return 0
	}
	return int(max(n, 1)) - 1
}

func (r *reader) skipTags() {
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		r.uvarint()
		size := r.uvarint()
		r.bytes(int(min(size, uint64(len(r.p))+1)))
	}
}
