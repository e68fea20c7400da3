package stream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"redactor/metrics"
	"redactor/redact"
)

// This file looks at a cluster with the eyes of somebody who sets it up:
// redactor doctor asks, and says what is to be done. Nothing is changed.

// TransactionTimeout is how long a transaction of a Proxy may take by default.
// Brokers refuse one above their transaction.max.timeout.ms.
const TransactionTimeout = time.Minute

// Broker is one broker of the cluster.
type Broker struct {
	ID      int32
	Address string
}

// Brokers returns the brokers as the cluster names them to its clients.
func (c *Client) Brokers(ctx context.Context) ([]Broker, error) {
	res, err := c.cluster.metadata(ctx, []string{})
	if err != nil {
		return nil, unreachable(err, c.cfg)
	}
	var all []Broker
	for _, b := range res.Brokers {
		all = append(all, Broker{b.NodeID, net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))})
	}
	slices.SortFunc(all, func(a, b Broker) int { return int(a.ID - b.ID) })
	return all, nil
}

// APIVersions are the requests that a broker takes, with the newest version of
// each.
type APIVersions map[int16]int16

// Keys of APIVersions.
const (
	KeyProduce     = int16(protocol.Produce)
	KeyFetch       = int16(protocol.Fetch)
	KeyMetadata    = int16(protocol.Metadata)
	KeyEndTxn      = int16(protocol.EndTxn)
	KeyConfigs     = int16(protocol.DescribeConfigs)
	KeyGroups      = int16(protocol.DescribeGroups)
	KeyInitID      = int16(protocol.InitProducerId)
	KeyTxnOffsets  = int16(protocol.TxnOffsetCommit)
	KeyCoordinator = int16(protocol.FindCoordinator)
	KeyVersions    = int16(protocol.ApiVersions)
	keyMarkers     = int16(protocol.WriteTxnMarkers)
	keyLogDirs     = int16(protocol.DescribeLogDirs)
)

// Release returns the oldest release of Kafka that takes as much as v: brokers
// do not say which one they are.
func (v APIVersions) Release() string {
	name := "0.10 or older"
	for _, r := range []struct {
		key, newest int16
		name        string
	}{
		{KeyFetch, 4, "0.11"}, {KeyFetch, 7, "1.1"}, {KeyFetch, 8, "2.0"}, {KeyFetch, 10, "2.1"}, {KeyFetch, 11, "2.3"}, {KeyFetch, 12, "2.7"},
		{KeyFetch, 13, "3.1"}, {KeyFetch, 15, "3.5"}, {KeyFetch, 16, "3.7"}, {KeyFetch, 17, "3.9"},
		{KeyEndTxn, 5, "4.0"}, {KeyFetch, 18, "4.1"}, {keyMarkers, 2, "4.2"}, {keyLogDirs, 5, "4.3"}, {KeyTxnOffsets, 6, "4.4"},
	} {
		if v[r.key] < r.newest {
			break
		}
		name = r.name
	}
	return name
}

// Versions asks one broker what it speaks.
func (c *Client) Versions(ctx context.Context, broker int32) (APIVersions, error) {
	m, err := c.cluster.ask(ctx, metrics.APIOther, broker, &apiversions.Request{})
	if err != nil {
		return nil, unreachable(err, c.cfg)
	}
	res, ok := m.(*apiversions.Response)
	if !ok {
		return nil, errProtocol
	}
	all := make(APIVersions)
	for _, k := range res.ApiKeys {
		all[k.ApiKey] = k.MaxVersion
	}
	return all, nil
}

// Operations is a set of what an account may do with a topic or a group.
type Operations int32

// The operations that matter here; the bits are Kafka's (KIP-430).
const (
	MayRead            Operations = 1 << 3
	MayWrite           Operations = 1 << 4
	MayDescribe        Operations = 1 << 8
	MayDescribeConfigs Operations = 1 << 10
	unknownOperations  Operations = -1 << 31
)

// Known reports whether the broker has told; those of before 2.3 do not.
func (o Operations) Known() bool { return o != unknownOperations && o != 0 }

// Lacks names what of need is not in o, as ACLs call it.
func (o Operations) Lacks(need Operations) []string {
	var names []string
	for _, op := range []struct {
		bit  Operations
		name string
	}{{MayRead, "READ"}, {MayWrite, "WRITE"}, {MayDescribe, "DESCRIBE"}, {MayDescribeConfigs, "DESCRIBE_CONFIGS"}} {
		if need&op.bit != 0 && o&op.bit == 0 {
			names = append(names, op.name)
		}
	}
	return names
}

// TopicState is one topic as the cluster describes it.
type TopicState struct {
	Problem    string // why it cannot be described; "" when it can
	Partitions int
	Replicas   int // of the partition that has the fewest
	InSync     int // of the partition that has the fewest
	Leaderless int // partitions that nobody leads
	May        Operations
}

// Topics describes topics.
func (c *Client) Topics(ctx context.Context, names ...string) (map[string]TopicState, error) {
	m, err := c.cluster.ask(ctx, metrics.APIMetadata, anyBroker, &metadata.Request{TopicNames: names, IncludeTopicAuthorizedOperations: true})
	if err != nil {
		return nil, unreachable(err, c.cfg)
	}
	res, ok := m.(*metadata.Response)
	if !ok {
		return nil, errProtocol
	}
	c.cluster.learn(res)
	all := make(map[string]TopicState)
	for _, t := range res.Topics {
		s := TopicState{Partitions: len(t.Partitions), May: Operations(t.TopicAuthorizedOperations)}
		if t.ErrorCode != 0 {
			s.Problem = describeProblem("topic", t.Name, t.ErrorCode)
		}
		for i, p := range t.Partitions {
			if i == 0 || len(p.ReplicaNodes) < s.Replicas {
				s.Replicas = len(p.ReplicaNodes)
			}
			if i == 0 || len(p.IsrNodes) < s.InSync {
				s.InSync = len(p.IsrNodes)
			}
			if p.LeaderID < 0 {
				s.Leaderless++
			}
		}
		all[t.Name] = s
	}
	return all, nil
}

// ErrNotAllowed says that an ACL keeps something from us.
var ErrNotAllowed = errors.New("an ACL is missing")

// TopicSettings returns the configuration of a topic.
func (c *Client) TopicSettings(ctx context.Context, topic string) (map[string]string, error) {
	return c.settings(ctx, anyBroker, kafka.ResourceTypeTopic, topic)
}

// BrokerSettings returns the configuration of a broker.
func (c *Client) BrokerSettings(ctx context.Context, broker int32) (map[string]string, error) {
	return c.settings(ctx, broker, kafka.ResourceTypeBroker, strconv.Itoa(int(broker)))
}

func (c *Client) settings(ctx context.Context, node int32, kind kafka.ResourceType, name string) (map[string]string, error) {
	m, err := c.cluster.ask(ctx, metrics.APIOther, node, &describeconfigs.Request{Resources: []describeconfigs.RequestResource{
		{ResourceType: int8(kind), ResourceName: name}}})
	if err != nil {
		return nil, unreachable(err, c.cfg)
	}
	res, ok := m.(*describeconfigs.Response)
	if !ok || len(res.Resources) != 1 {
		return nil, errProtocol
	}
	if code := res.Resources[0].ErrorCode; code != 0 {
		return nil, allowed(code)
	}
	all := make(map[string]string)
	for _, e := range res.Resources[0].ConfigEntries {
		all[e.ConfigName] = e.ConfigValue
	}
	return all, nil
}

// allowed is the error of a code, which may be that of an ACL.
func allowed(code int16) error {
	if _, kind := classify(code); kind == metrics.CodeAuthorization {
		return ErrNotAllowed
	}
	return errorOf(code)
}

// Group returns what we may do with the consumer group.
func (c *Client) Group(ctx context.Context, group string) (Operations, error) {
	m, err := c.cluster.ask(ctx, metrics.APIFindCoordinator, anyBroker, &findcoordinator.Request{Key: group})
	if err != nil {
		return 0, unreachable(err, c.cfg)
	}
	at, ok := m.(*findcoordinator.Response)
	if !ok {
		return 0, errProtocol
	}
	if at.ErrorCode != 0 {
		return 0, allowed(at.ErrorCode)
	}
	if m, err = c.cluster.ask(ctx, metrics.APIOther, at.NodeID, &describegroups.Request{Groups: []string{group}, IncludeAuthorizedOperations: true}); err != nil {
		return 0, unreachable(err, c.cfg)
	}
	res, ok := m.(*describegroups.Response)
	if !ok || len(res.Groups) != 1 {
		return 0, errProtocol
	}
	return Operations(res.Groups[0].AuthorizedOperations), allowed(res.Groups[0].ErrorCode)
}

// MayProduce reports whether a producer id can be taken, which an idempotent
// producer needs.
func (c *Client) MayProduce(ctx context.Context) error {
	m, err := c.cluster.ask(ctx, metrics.APIInitProducerID, anyBroker, &initproducerid.Request{ProducerID: -1, ProducerEpoch: -1})
	if err != nil {
		return unreachable(err, c.cfg)
	}
	res, ok := m.(*initproducerid.Response)
	if !ok {
		return errProtocol
	}
	return allowed(res.ErrorCode)
}

// MayTransact reports whether the account may use a transactional id. The
// broker is only asked who coordinates it: nothing begins.
func (c *Client) MayTransact(ctx context.Context, id string) error {
	m, err := c.cluster.ask(ctx, metrics.APIFindCoordinator, anyBroker, &findcoordinator.Request{Key: id, KeyType: coordinatesTransaction})
	if err != nil {
		return unreachable(err, c.cfg)
	}
	res, ok := m.(*findcoordinator.Response)
	if !ok {
		return errProtocol
	}
	return allowed(res.ErrorCode)
}

// Newest returns the time of the last record of a partition, in milliseconds
// since 1970; ok is false when it has none.
func (c *Client) Newest(ctx context.Context, topic string, partition int32) (ms int64, ok bool, err error) {
	first, end, err := c.Bounds(ctx, topic, partition)
	if err != nil || first >= end {
		return 0, false, err
	}
	// The last offset may be a marker: the records are before it.
	err = c.ReadPartition(ctx, topic, partition, max(first, end-10), end, func(r *Record) error {
		ms, ok = r.Timestamp, true
		return nil
	})
	return ms, ok, err
}

// Planned is where the records of one source topic go.
type Planned struct {
	Source     string
	Partitions int
	Outputs    []PlannedOutput
}

// PlannedOutput is one recipient's part of it.
type PlannedOutput struct {
	Profile    string
	Topic      string
	Partitions int
	Same       bool // a record keeps the number of its partition
}

// Plan works out what a Proxy with these routes would read and write, and what
// it would refuse, in the words in which it would say so.
func (c *Client) Plan(ctx context.Context, cfg Config) ([]Planned, []string, error) {
	cfg.setDefaults()
	sub, err := subscribe(ctx, newCluster(c.conn.transport, c.cfg), &cfg)
	if err != nil {
		if away := unreachable(err, c.cfg); away.Hint != "the first request failed" {
			return nil, nil, away
		}
		return nil, nil, fmt.Errorf("the topics cannot be listed: %w", err)
	}
	var all []Planned
	for _, name := range slices.Sorted(maps.Keys(sub.plans)) {
		p := sub.plans[name]
		out := Planned{Source: name, Partitions: p.partitions}
		for _, o := range p.outputs {
			out.Outputs = append(out.Outputs, PlannedOutput{o.profile, o.topic, o.partitions, o.how == redact.PartitionSame})
		}
		all = append(all, out)
	}
	return all, sub.problems, nil
}
