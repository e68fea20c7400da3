package stream

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"redactor/metrics"
)

// featuresNamed is the first version of ApiVersions whose answer can name the
// features of a broker (KIP-511, KIP-584); kafka-go ends before it.
const featuresNamed = 3

// The levels of metadata.version that a broker supports, up to one that no other
// release ends at, say best which release it is: 4.2 ends at 29, 4.3 at 30,
// 4.4 at 33. What it takes of each request tells those three apart, too, and
// says nothing of what comes after them.
const (
	metadataVersion = "metadata.version"
	metadata43      = 30 // 4.3-IV0
	metadata44      = 33 // 4.4-IV2
)

// LosesMarkers reports whether a broker that speaks v is of a release whose
// transaction coordinator takes a partition without a leader for one that was
// deleted, and writes no marker there (KAFKA-20734): 4.3 and 4.4. The fix of
// it changes nothing that a broker says of itself, so that a later 4.3.x or
// 4.4.x is reported with or without.
func (c *Client) LosesMarkers(ctx context.Context, broker int32, v APIVersions) (bool, error) {
	if v[KeyVersions] < featuresNamed {
		return false, nil
	}
	loses, err := c.cluster.losesMarkers(ctx, broker)
	if err != nil {
		return false, unreachable(err, c.cfg)
	}
	return loses, nil
}

// release is what is known of the release of a broker.
type release struct {
	loses bool
	at    time.Time
}

// releaseFor is how long that is believed: a broker may be another one when it
// comes back.
const releaseFor = time.Minute

// losesMarkers is LosesMarkers of a broker of any age.
func (c *cluster) losesMarkers(ctx context.Context, node int32) (bool, error) {
	c.mu.Lock()
	r := c.releases[node]
	c.mu.Unlock()
	if time.Since(r.at) < releaseFor {
		return r.loses, nil
	}
	q := &featuresQuery{node: node, clientID: c.clientID}
	err := c.do(ctx, metrics.APIOther, q, c.timeout)
	if err != nil && !errors.Is(err, kafka.UnsupportedVersion) { // of before 2.4
		return false, err
	}
	newest := q.newest[metadataVersion]
	r = release{newest >= metadata43 && newest <= metadata44, time.Now()}
	c.mu.Lock()
	c.releases[node] = r
	c.mu.Unlock()
	return r.loses, nil
}

// featuresQuery asks a broker for the newest level of each feature that it
// supports.
type featuresQuery struct {
	node     int32
	clientID string
	newest   map[string]int16
}

func (q *featuresQuery) ApiKey() protocol.ApiKey { return protocol.ApiVersions }

func (q *featuresQuery) Broker(protocol.Cluster) (protocol.Broker, error) {
	return protocol.Broker{ID: q.node}, nil
}

func (q *featuresQuery) Required(map[protocol.ApiKey]int16) bool { return true }

// exchange sends a flexible request (KIP-482). The header of its answer is not
// flexible, alone of all: the client cannot know yet what the broker speaks.
func (q *featuresQuery) exchange(rw io.ReadWriter) error {
	p := appendHeader(nil, protocol.ApiVersions, featuresNamed, q.clientID)
	p = append(p, 0) // no tagged fields
	p = appendCompact(p, "redactor")
	p = appendCompact(p, "unknown") // our version; the word is that of Kafka's own client
	p = append(p, 0)
	body, err := answer(rw, p)
	if err != nil {
		return err
	}
	q.newest, err = readFeatures(body)
	return err
}

// readFeatures reads an answer of ApiVersions. One that refuses the version is
// in the form of version 0, which begins with the same code.
func readFeatures(p []byte) (map[string]int16, error) {
	r := reader{p: p}
	if code := r.int16(); code != 0 {
		return nil, errorOf(code)
	}
	for range r.compact() {
		r.bytes(6) // key, oldest, newest
		r.skipTags()
	}
	r.int32() // throttle time
	newest := make(map[string]int16)
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		tag, size := r.uvarint(), r.uvarint()
		field := reader{p: r.bytes(int(min(size, uint64(len(r.p))+1)))}
		if tag != 0 { // those that the cluster has agreed on, and their epoch
			continue
		}
		for range field.compact() {
			name := string(field.bytes(field.compact()))
			field.int16() // oldest
			newest[name] = field.int16()
			field.skipTags()
		}
		r.bad = r.bad || field.bad
	}
	if r.bad {
		return nil, errProtocol
	}
	return newest, nil
}
