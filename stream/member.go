package stream

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/syncgroup"

	"redactor/metrics"
)

// The requests of a member of a consumer group (classic protocol, KIP-62 and
// KIP-394). kafka.ConsumerGroup sends them too, in their first versions: there
// a member learns its id when the rebalance is over, and cannot leave before.
// One that was stopped while it waited stayed in the group as a ghost, and the
// partitions of all waited for the ghost's session to end.

// Error codes of the group that say more than what to do with the request.
const (
	codeUnknownTopic     = 3
	codeNotCoordinator   = 16
	codeUnknownMember    = 25
	codeRebalance        = 27
	codeMemberIDRequired = 79
)

const consumerProtocol = "consumer"

// member is who we are to the group: what its coordinator fences by.
type member struct {
	group, id  string
	generation int32
}

func (m member) coordinated() coordinated { return coordinated{coordinatesGroup, m.group} }

// generation is one agreement of the group on who reads what.
type generation struct {
	member
	partitions map[string][]int32 // ours, by topic
}

// joinTime is how long the coordinator may take to answer a join: it waits for
// the other members.
func (m *membership) joinTime() time.Duration { return m.p.cfg.Rebalance + m.p.cfg.RequestTimeout }

// next waits until the group has agreed on a generation that we are part of.
func (m *membership) next(ctx context.Context) (*generation, error) {
	joined, err := m.joinGroup(ctx)
	if err != nil {
		return nil, err
	}
	g := &generation{member: member{m.p.cfg.Group, m.id, joined.GenerationID}}
	req := &syncgroup.Request{GroupID: g.group, GenerationID: g.generation, MemberID: g.id, ProtocolType: consumerProtocol, ProtocolName: joined.ProtocolName}
	if joined.LeaderID == m.id {
		if req.Assignments, err = m.assign(ctx, joined); err != nil {
			return nil, err
		}
	}
	answer, err := m.p.shared.cluster.askCoordinatorFor(ctx, m.joinTime(), metrics.APIGroup, g.coordinated(), req)
	if err != nil {
		return nil, err
	}
	res, ok := answer.(*syncgroup.Response)
	if !ok {
		return nil, errProtocol
	}
	if res.ErrorCode != 0 {
		return nil, m.refused(res.ErrorCode)
	}
	if g.partitions, ok = readAssignment(res.Assignments); !ok {
		return nil, errProtocol
	}
	return g, nil
}

// joinGroup joins, or stays. A coordinator has whoever comes without an id come
// again with one, so that who waits can leave. An answer to that first request
// is waited for even when ctx ends: it names who is to leave.
func (m *membership) joinGroup(ctx context.Context) (*joingroup.Response, error) {
	cfg := m.p.cfg
	req := &joingroup.Request{GroupID: cfg.Group, ProtocolType: consumerProtocol,
		SessionTimeoutMS: int32(cfg.Session.Milliseconds()), RebalanceTimeoutMS: int32(cfg.Rebalance.Milliseconds())}
	for _, b := range balancers {
		req.Protocols = append(req.Protocols, joingroup.RequestProtocol{Name: b.ProtocolName(), Metadata: appendSubscription(nil, m.sub.topics())})
	}
	for {
		req.MemberID = m.id
		patient, done := ctx, func() {}
		if m.id == "" {
			patient, done = outlast(ctx, leaveTime)
		}
		answer, err := m.p.shared.cluster.askCoordinatorFor(patient, m.joinTime(), metrics.APIGroup, m.coordinated(), req)
		done()
		if err != nil {
			return nil, err
		}
		res, ok := answer.(*joingroup.Response)
		switch {
		case !ok:
			return nil, errProtocol
		case res.ErrorCode == 0:
			m.id = res.MemberID
			return res, nil
		case res.ErrorCode != codeMemberIDRequired || m.id != "" || res.MemberID == "":
			return nil, m.refused(res.ErrorCode)
		}
		m.id = res.MemberID
	}
}

// refused is the error of a code. A coordinator that does not know us, or is
// none any more, is not asked in the same way again.
func (m *membership) refused(code int16) error {
	if code == codeUnknownMember {
		m.id = ""
	}
	_, _ = m.p.shared.cluster.judge(m.coordinated(), code)
	return errorOf(code)
}

func (m *membership) coordinated() coordinated { return coordinated{coordinatesGroup, m.p.cfg.Group} }

// assign is the leader's part: it decides for all members.
func (m *membership) assign(ctx context.Context, joined *joingroup.Response) ([]syncgroup.RequestAssignment, error) {
	members := make([]kafka.GroupMember, len(joined.Members))
	wanted := make(map[string]bool)
	for i, j := range joined.Members {
		topics, ok := readSubscription(j.Metadata)
		if !ok {
			return nil, errProtocol
		}
		members[i] = kafka.GroupMember{ID: j.MemberID, Topics: topics}
		for _, t := range topics {
			wanted[t] = true
		}
	}
	partitions, err := m.partitions(ctx, wanted)
	if err != nil {
		return nil, err
	}
	var all []syncgroup.RequestAssignment
	for _, b := range balancers {
		if b.ProtocolName() != joined.ProtocolName {
			continue
		}
		for id, topics := range b.AssignGroups(members, partitions) {
			all = append(all, syncgroup.RequestAssignment{MemberID: id, Assignment: appendAssignment(nil, topics)})
		}
	}
	return all, nil
}

// partitions lists those of the topics. One of ours has no fewer than when we
// looked at it last: the broker that is asked now may not have heard of the
// topic, or of all of it, and the look that saw it is not repeated.
func (m *membership) partitions(ctx context.Context, topics map[string]bool) (all []kafka.Partition, err error) {
	names := make([]string, 0, len(topics))
	for name := range topics {
		names = append(names, name)
	}
	res, err := m.p.shared.cluster.metadata(ctx, names)
	if err != nil {
		return nil, err
	}
	for _, t := range res.Topics {
		if t.ErrorCode != 0 && t.ErrorCode != codeUnknownTopic {
			return nil, errorOf(t.ErrorCode)
		}
		n := len(t.Partitions)
		if plan := m.sub.plans[t.Name]; plan != nil {
			n = max(n, plan.partitions)
		}
		for id := range n {
			all = append(all, kafka.Partition{Topic: t.Name, ID: id})
		}
	}
	return all, nil
}

// beat keeps us in the group until ctx ends, and calls end when the generation
// is over: when the group says so, or has not heard of us for so long that it
// is about to give our partitions away. While what is under way is seen
// through, it goes on: who is silent is taken for dead.
func (m *membership) beat(ctx context.Context, g *generation, end func()) {
	c, cfg := m.p.shared.cluster, m.p.cfg
	patience := cfg.Session - cfg.Heartbeat
	unheard := time.AfterFunc(patience, end)
	defer unheard.Stop()
	n, pause := 1, cfg.Heartbeat
	for wait(ctx, pause) {
		sent := time.Now()
		soon, done := context.WithTimeout(ctx, cfg.Session/3) // to find the coordinator too: a broker that hangs must leave time for another
		code, err := c.heartbeat(soon, g.member)
		done()
		if err == nil {
			err = errorOf(code)
		}
		cl, _ := classifyError(err)
		switch cl {
		case classOK:
			unheard.Reset(patience - time.Since(sent))
			n, pause = 1, cfg.Heartbeat
		case classFenced:
			if code == codeUnknownMember {
				m.id = ""
			}
			end()
			pause = cfg.Heartbeat
		default:
			// Not recover: who leads what is nothing to us, and is asked of any
			// broker, which may hang for longer than the session.
			if unknownBroker(err) {
				c.forgetBrokers()
			}
			pause = min(backoff(cl, n), cfg.Heartbeat)
			n++
		}
	}
}

// heartbeat tells the group that we are there, and asks whether we are a member
// of the generation.
func (c *cluster) heartbeat(ctx context.Context, who member) (int16, error) {
	answer, err := c.askCoordinator(ctx, metrics.APIGroup, who.coordinated(), &heartbeat.Request{
		GroupID: who.group, GenerationID: who.generation, MemberID: who.id})
	if err != nil {
		return 0, err
	}
	res, ok := answer.(*heartbeat.Response)
	if !ok {
		return 0, errProtocol
	}
	return c.judge(who.coordinated(), res.ErrorCode)
}

// leaveTime is what the goodbye to the group may take.
const leaveTime = 2 * time.Second

// leave says goodbye, so that the group need not wait for our session to end.
func (m *membership) leave() {
	if m.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	c := m.p.shared.cluster
	req := &leavegroup.Request{GroupID: m.p.cfg.Group, MemberID: m.id}
	for n := 1; ; n++ {
		answer, err := c.askCoordinator(ctx, metrics.APIGroup, m.coordinated(), req)
		if err == nil {
			res, ok := answer.(*leavegroup.Response)
			if !ok {
				return
			}
			err = m.refused(res.ErrorCode)
		}
		cl, _ := classifyError(err)
		if cl == classOK || cl == classFenced {
			return
		}
		c.recover(ctx, cl, err)
		if !wait(ctx, backoff(cl, n)) {
			return
		}
	}
}

// outlast returns a context that ends d after ctx does.
func outlast(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

// What members tell each other through the coordinator, in version 0, which
// everybody reads:
//
//	subscription: version int16, topics [string], user data bytes
//	assignment:   version int16, [topic string, partitions [int32]], user data bytes
//
// Later versions add fields behind these.

func appendSubscription(p []byte, topics []string) []byte {
	p = be.AppendUint32(append(p, 0, 0), uint32(len(topics)))
	for _, t := range topics {
		p = appendString(p, t)
	}
	return be.AppendUint32(p, noBytes)
}

// noBytes is the length of null.
const noBytes = 1<<32 - 1

func readSubscription(p []byte) (topics []string, ok bool) {
	r := reader{p: p}
	r.int16()
	for range r.array() {
		topics = append(topics, string(r.str()))
	}
	return topics, !r.bad
}

func appendAssignment(p []byte, topics map[string][]int) []byte {
	p = be.AppendUint32(append(p, 0, 0), uint32(len(topics)))
	for topic, partitions := range topics {
		p = be.AppendUint32(appendString(p, topic), uint32(len(partitions)))
		for _, id := range partitions {
			p = be.AppendUint32(p, uint32(id))
		}
	}
	return be.AppendUint32(p, noBytes)
}

// readAssignment reads what a member is given; nothing at all is no partition.
func readAssignment(p []byte) (topics map[string][]int32, ok bool) {
	topics = make(map[string][]int32)
	if len(p) == 0 {
		return topics, true
	}
	r := reader{p: p}
	r.int16()
	for range r.array() {
		topic := string(r.str())
		for range r.array() {
			topics[topic] = append(topics[topic], r.int32())
		}
	}
	return topics, !r.bad
}
