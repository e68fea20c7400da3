package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"redactor/metrics"
	"redactor/redact"
)

// Replayed is what became of one record for one recipient.
type Replayed struct {
	Profile string
	Topic   string // output
	Outcome redact.Outcome
	Reason  string // when quarantined again
}

// A Replay judges records a second time and sends them to recipients that did
// not get them. It does to a record what a Proxy does, with the same code: one
// scan, key, value and headers rendered, the same output partition.
type Replay struct {
	client *Client
	route  *Route
	policy string
	byName map[string]*transformer // by source topic
}

// NewReplay makes a Replay for the records of the topics that route matches.
// policy is its digest.
func (c *Client) NewReplay(route *Route, policy string) *Replay {
	return &Replay{client: c, route: route, policy: policy, byName: make(map[string]*transformer)}
}

// Judge says what each of the recipients would get of a record. judgedAt is
// when it was judged first, in milliseconds since 1970: what is forged about
// its time, and which epoch it belongs to, is decided by the clock of then.
// Nothing is sent before Send.
func (r *Replay) Judge(ctx context.Context, o *Original, judgedAt int64, recipients []string) ([]Replayed, error) {
	t, err := r.transformer(ctx, o.Topic)
	if err != nil {
		return nil, err
	}
	t.partition, t.now = o.Partition, judgedAt
	t.cut.reset(o.Offset)
	rec := record{Key: o.Key, Value: o.Value, Headers: blockFor(o.Headers)}
	v := redact.Verdict{}
	if t.timed {
		t.machine.SetTime(o.Timestamp, judgedAt)
	}
	if o.Value == nil {
		t.machine.ScanTombstone()
	} else {
		v = t.machine.Scan(o.Value)
	}
	var all []Replayed
	for _, name := range recipients {
		i := slices.IndexFunc(t.plan.outputs, func(out output) bool { return out.profile == name })
		if i < 0 {
			return nil, fmt.Errorf("%s gets nothing of %s by the policy now", name, o.Topic)
		}
		u := v
		if u.Outcome == redact.Passed {
			u = t.render(&t.cut.ships[i], &rec, i, o.Offset, o.Timestamp)
		}
		res := Replayed{Profile: name, Topic: t.plan.outputs[i].topic, Outcome: u.Outcome}
		if u.Outcome == redact.Quarantined {
			res.Reason = u.Reason.String()
		}
		all = append(all, res)
	}
	return all, nil
}

// Send sends what the last Judge has made of a record of topic. It returns
// when every output has it.
func (r *Replay) Send(ctx context.Context, topic string) error {
	t := r.byName[topic]
	if t == nil {
		return errors.New("nothing was judged")
	}
	c := r.client
	for i := range t.cut.ships {
		for _, b := range t.cut.ships[i].batches {
			if b.count() == 0 {
				continue
			}
			if err := c.send(ctx, t.plan.outputs[i].topic, b.partition, &b.builder); err != nil {
				return err
			}
			t.pool.put(b)
		}
		t.cut.ships[i].batches = nil
		clear(t.cut.ships[i].open)
	}
	return nil
}

// transformer returns what judges the records of one source topic.
func (r *Replay) transformer(ctx context.Context, topic string) (*transformer, error) {
	if t := r.byName[topic]; t != nil {
		return t, nil
	}
	cfg := *r.client.cfg
	cfg.Routes = []Route{*r.route}
	cfg.Routes[0].From, cfg.Policy = topic, r.policy
	p, problem := planFor(topic, &cfg)
	if problem != "" {
		return nil, &TopicError{[]string{problem}}
	}
	for i := range p.outputs {
		n, err := r.client.Partitions(ctx, p.outputs[i].topic)
		if err != nil {
			return nil, err
		}
		p.outputs[i].partitions = n
	}
	s := &shared{cfg: &cfg, cluster: r.client.cluster, memory: r.client.memory, slabs: r.client.slabs, batches: new(batches), deflaters: new(deflaters), books: newBooks(cfg.Routes), live: newLive()}
	s.rules.Store(&ruleset{routes: cfg.Routes, policy: r.policy})
	t := newTransformer(newPipeline(s, p, 0, nil))
	t.follow()
	t.cut = &cut{ships: newShips(p)}
	t.cut.onError = OnErrorQuarantine
	r.byName[topic] = t
	return t, nil
}

// blockFor builds the header block of a record.
func blockFor(headers []OriginalHeader) []byte {
	var b headerBlock
	for _, h := range headers {
		b.add(h.Name, h.Value)
	}
	return blockOf(b.bytes())
}

// send produces one batch.
func (c *Client) send(ctx context.Context, topic string, partition int32, b *builder) error {
	codec, _ := parseCompression(c.cfg.Batch.Compression)
	part := &producePart{partition: partition, buf: b.finish(codec, -1, -1, -1, 0)}
	m := &produceRequest{clientID: c.cfg.ClientID, topic: topic, timeout: int32(c.cfg.RequestTimeout.Milliseconds()), parts: []*producePart{part}}
	err := c.try(ctx, func() (int16, error) {
		m.leader = c.cluster.leader(topic, partition)
		err := c.cluster.do(ctx, metrics.APIProduce, m, c.cfg.RequestTimeout*3/2)
		return part.code, err
	})
	if err != nil {
		return fmt.Errorf("topic %s, partition %d: %w", topic, partition, err)
	}
	return nil
}
