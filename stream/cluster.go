package stream

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"redactor/metrics"
)

// cluster is what we know of the brokers: who leads which partition, how many
// partitions a topic has. kafka.Transport keeps such a map too, and refreshes
// it every few seconds; here an answer of NOT_LEADER refreshes at once, which
// makes a leader move cost about a millisecond instead of five seconds.
type cluster struct {
	transport *kafka.Transport
	brokers   net.Addr // the bootstrap list
	clientID  string
	timeout   time.Duration // of a request that a broker answers at once
	metrics   *metrics.Metrics

	mu           sync.Mutex // guards what follows
	lanes        map[lane]chan struct{}
	topics       map[string]*topicInfo
	coordinators map[coordinated]int32 // of those that are known
	releases     map[int32]release     // of coordinators
	refreshed    time.Time             // end of the last refresh
	dropped      time.Time             // when the transport last forgot its brokers
	refreshing   chan struct{}
}

// topicInfo is one topic as the last metadata had it. It is replaced as a
// whole and never written to.
type topicInfo struct {
	leaders []int32 // by partition; -1 where there is none
}

const (
	// refreshPause bounds how often partitions that all lose one leader ask
	// for metadata: once for all of them.
	refreshPause = 20 * time.Millisecond

	// dropPause bounds how often the transport is made to forget its brokers:
	// all idle connections are closed with them.
	dropPause = time.Second
)

func newCluster(t *kafka.Transport, cfg *Config) *cluster {
	return &cluster{
		transport: t, brokers: kafka.TCP(cfg.Brokers...), clientID: cfg.ClientID, timeout: cfg.RequestTimeout,
		metrics: cfg.Metrics, topics: make(map[string]*topicInfo), lanes: make(map[lane]chan struct{}), coordinators: make(map[coordinated]int32),
		releases: make(map[int32]release),
	}
}

// lane is the way of one kind of request to one broker.
type lane struct {
	node int32
	api  metrics.API
}

// laneWidth is how many requests go side by side in a lane: each takes a
// connection, and a thousand partitions that begin or commit at the same time
// would take a thousand.
const laneWidth = 32

// enter waits for room in a lane. It returns how to leave it; nil when ctx
// ended first.
func (c *cluster) enter(ctx context.Context, l lane) (leave func()) {
	c.mu.Lock()
	slots := c.lanes[l]
	if slots == nil {
		slots = make(chan struct{}, laneWidth)
		c.lanes[l] = slots
	}
	c.mu.Unlock()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }
	case <-ctx.Done():
		return nil
	}
}

// do sends m and counts it. timeout is that of the whole exchange.
func (c *cluster) do(ctx context.Context, api metrics.API, m message, timeout time.Duration) error {
	to, err := m.Broker(protocol.Cluster{})
	if err != nil {
		return err
	}
	leave := c.enter(ctx, lane{to.ID, api})
	if leave == nil {
		return context.Cause(ctx)
	}
	defer leave()
	begun := time.Now()
	err = exchange(ctx, c.transport, c.brokers, m, timeout)
	if api != metrics.APIGroup || timeout <= c.timeout { // a join waits for other members, which says nothing of the broker
		c.metrics.Request(api, time.Since(begun))
	}
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) { // a caller that waits no longer says nothing of the broker
		_, code := classifyError(err)
		c.metrics.KafkaError(api, code)
	}
	return err
}

// ask sends a message of kafka-go's to the broker node.
func (c *cluster) ask(ctx context.Context, api metrics.API, node int32, m protocol.Message) (protocol.Message, error) {
	return c.askFor(ctx, c.timeout, api, node, m)
}

func (c *cluster) askFor(ctx context.Context, timeout time.Duration, api metrics.API, node int32, m protocol.Message) (protocol.Message, error) {
	r := &routed{msg: m, node: node, clientID: c.clientID}
	err := c.do(ctx, api, r, timeout)
	return r.res, err
}

// failed counts an error code in the answer to a request.
func (c *cluster) failed(api metrics.API, code int16) {
	_, kind := classify(code)
	c.metrics.KafkaError(api, kind)
}

// leader returns who leads a partition, or -1.
func (c *cluster) leader(topic string, partition int32) int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.topics[topic]; t != nil && int(partition) < len(t.leaders) {
		return t.leaders[partition]
	}
	return -1
}

// partitions returns how many partitions a topic has; 0 when it is not known.
func (c *cluster) partitions(topic string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.topics[topic]; t != nil {
		return len(t.leaders)
	}
	return 0
}

// list asks for all topics that we may describe, for source patterns.
// Internal topics are not among them; those that cannot be described just now
// are. Nothing of it is kept: most will be somebody else's.
func (c *cluster) list(ctx context.Context) ([]string, error) {
	res, err := c.metadata(ctx, nil)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range res.Topics {
		if (t.ErrorCode == 0 || passing(t.ErrorCode)) && !t.IsInternal {
			names = append(names, t.Name)
		}
	}
	return names, nil
}

// describe asks for some topics. The error codes of those that it did not get
// are returned by name.
func (c *cluster) describe(ctx context.Context, names []string) (map[string]int16, error) {
	if len(names) == 0 {
		return nil, nil
	}
	res, err := c.metadata(ctx, names)
	if err != nil {
		return nil, err
	}
	c.learn(res)
	bad := make(map[string]int16)
	for _, t := range res.Topics {
		if t.ErrorCode != 0 {
			bad[t.Name] = t.ErrorCode
		}
	}
	return bad, nil
}

func (c *cluster) metadata(ctx context.Context, names []string) (*metadata.Response, error) {
	m, err := c.ask(ctx, metrics.APIMetadata, anyBroker, &metadata.Request{TopicNames: names})
	if err != nil {
		return nil, err
	}
	res, ok := m.(*metadata.Response)
	if !ok {
		return nil, errProtocol
	}
	return res, nil
}

// keep forgets all topics but these, so that a refresh asks for no others.
func (c *cluster) keep(names map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.topics {
		if !names[name] {
			delete(c.topics, name)
		}
	}
}

// learn takes the leaders of a metadata response over. A topic that is gone
// keeps its old ones: the brokers say UNKNOWN_TOPIC_OR_PARTITION for as long
// as a creation has not reached them, and a wrong leader only costs a retry.
func (c *cluster) learn(res *metadata.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range res.Topics {
		t := &res.Topics[i]
		if t.ErrorCode != 0 || t.IsInternal {
			continue
		}
		info := &topicInfo{leaders: make([]int32, len(t.Partitions))}
		for j := range info.leaders {
			info.leaders[j] = -1
		}
		for _, p := range t.Partitions {
			if int(p.PartitionIndex) < len(info.leaders) {
				info.leaders[p.PartitionIndex] = p.LeaderID
			}
		}
		c.topics[t.Name] = info
	}
}

// refresh asks for the leaders of all topics known here and waits for the
// answer. Callers that come while one asks share its answer; one that failed
// because of an older answer does not use that.
func (c *cluster) refresh(ctx context.Context) {
	c.mu.Lock()
	if running := c.refreshing; running != nil {
		c.mu.Unlock()
		select {
		case <-running:
		case <-ctx.Done():
		}
		return
	}
	running := make(chan struct{})
	c.refreshing = running
	names := make([]string, 0, len(c.topics))
	for name := range c.topics {
		names = append(names, name)
	}
	pause := refreshPause - time.Since(c.refreshed)
	c.mu.Unlock()

	if pause > 0 {
		wait(ctx, pause)
	}
	_, err := c.describe(ctx, names)
	c.mu.Lock()
	c.refreshing, c.refreshed = nil, time.Now()
	close(running)
	c.mu.Unlock()
	if err != nil {
		c.forgetBrokers()
	}
}

// forgetBrokers makes the transport learn the brokers anew: it does not know
// one that joined since it last looked, and has no way to be told.
func (c *cluster) forgetBrokers() {
	c.mu.Lock()
	recently := time.Since(c.dropped) < dropPause
	if !recently {
		c.dropped = time.Now()
	}
	c.mu.Unlock()
	if !recently {
		c.transport.CloseIdleConnections()
	}
}

// recover does what an error asks for before the request is sent again. When
// ctx has ended it will not be, and its error may be that.
func (c *cluster) recover(ctx context.Context, cl class, err error) {
	if cl != classRefresh || ctx.Err() != nil {
		return
	}
	if err != nil && unknownBroker(err) {
		c.forgetBrokers()
	}
	c.refresh(ctx)
}

// unknownBroker reports whether the transport did not know the broker that we
// named.
func unknownBroker(err error) bool { return err == kafka.BrokerNotAvailable }

// offsetAt returns the first offset of a partition (kafka.FirstOffset), its
// end (kafka.LastOffset), or the first of a timestamp in milliseconds. The end
// is before the first open transaction, or with readUncommitted the high water mark.
func (c *cluster) offsetAt(ctx context.Context, topic string, partition int32, at int64, isolation int8) (int64, int16, error) {
	leader := c.leader(topic, partition)
	if leader < 0 {
		return 0, int16(kafka.LeaderNotAvailable), nil
	}
	m, err := c.ask(ctx, metrics.APIListOffsets, leader, &listoffsets.Request{
		ReplicaID: -1, IsolationLevel: isolation,
		Topics: []listoffsets.RequestTopic{{Topic: topic, Partitions: []listoffsets.RequestPartition{
			{Partition: partition, CurrentLeaderEpoch: -1, Timestamp: at}}}},
	})
	if err != nil {
		return 0, 0, err
	}
	res, ok := m.(*listoffsets.Response)
	if !ok || len(res.Topics) != 1 || len(res.Topics[0].Partitions) != 1 {
		return 0, 0, errProtocol
	}
	p := res.Topics[0].Partitions[0]
	return p.Offset, p.ErrorCode, nil
}

// producerID is what makes a retry recognizable: the broker keeps the last
// sequence numbers of each and appends nothing twice.
type producerID struct {
	id    int64
	epoch int16
}

// newProducerID takes a producer id without a transaction. The zero values of
// id and epoch in the request are not "none": a broker would refuse them.
func (c *cluster) newProducerID(ctx context.Context) (producerID, int16, error) {
	m, err := c.ask(ctx, metrics.APIInitProducerID, anyBroker, &initproducerid.Request{ProducerID: -1, ProducerEpoch: -1})
	if err != nil {
		return producerID{}, 0, err
	}
	res, ok := m.(*initproducerid.Response)
	if !ok {
		return producerID{}, 0, errProtocol
	}
	return producerID{res.ProducerID, res.ProducerEpoch}, res.ErrorCode, nil
}

// wait pauses for d, or until ctx ends; it reports whether it paused in full.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
