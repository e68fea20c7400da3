package stream

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// ruleset is a policy as the pipelines follow it. It is replaced as a whole and
// never changed: what is judged by one of them is judged by it alone.
//
// A chunk of source records is taken under the ruleset of that moment, and
// everything made of it names that one: the cut, its quarantine records, the
// stamp. Rulesets of one shape (same sources, recipients and outputs) replace
// each other between two chunks, and no partition moves. Another shape needs
// other plans: pipelines stop before their next chunk, and the proxy joins the
// group again with the new ones.
type ruleset struct {
	routes []Route
	policy string // digest
	shape  int    // a number for each shape, counted up
}

// sameShape reports whether plans made for a do for b.
func sameShape(a, b []Route) bool {
	return slices.EqualFunc(a, b, func(a, b Route) bool {
		if a.From != b.From || len(a.To) != len(b.To) {
			return false
		}
		for i := range a.To {
			if a.To[i].Profile != b.To[i].Profile || a.To[i].Topic != b.To[i].Topic ||
				a.Program.Profile(i).Partition != b.Program.Profile(i).Partition {
				return false
			}
		}
		return true
	})
}

// following returns the route that a plan has under the ruleset in force; ok
// is false when the plan was made for another shape.
func (s *shared) following(p *plan) (rules *ruleset, route *Route, ok bool) {
	rules = s.rules.Load()
	if rules.shape != p.shape {
		return nil, nil, false
	}
	return rules, &rules.routes[p.nth], true
}

// under returns the configuration with the routes in force.
func (p *Proxy) under(rules *ruleset) *Config {
	cfg := *p.cfg
	cfg.Routes, cfg.Policy = rules.routes, rules.policy
	return &cfg
}

// look works out what can be read under the ruleset in force.
func (p *Proxy) look(ctx context.Context) (*subscription, error) {
	rules := p.shared.rules.Load()
	sub, err := subscribe(ctx, p.shared.cluster, p.under(rules))
	if err != nil {
		return nil, err
	}
	sub.shape = rules.shape
	for _, pl := range sub.plans {
		pl.shape = rules.shape
	}
	return sub, nil
}

// pause waits for d, or until a ruleset of another shape is in force. It
// reports false when ctx ends first.
func (p *Proxy) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.reshaped:
	case <-ctx.Done():
		return false
	}
	return true
}

// Reload makes the records that are fetched from now on follow routes, which
// policy, a digest, names. adopt is called when nothing stands against that and
// before the first record follows them: from then on metrics must know the new
// profiles.
//
// Nothing changes when it returns an error: that of adopt, a mistake in the
// routes, or a *TopicError when a topic is missing or a route feeds another.
// What is under way is finished under the routes of before. Reload is for one
// caller at a time.
func (p *Proxy) Reload(ctx context.Context, routes []Route, policy string, adopt func() error) error {
	before := p.shared.rules.Load()
	next := &ruleset{routes: routes, policy: policy, shape: before.shape}
	cfg := p.under(next)
	if err := cfg.validate(); err != nil {
		return err
	}
	same := sameShape(before.routes, routes)
	if !same {
		// Topics that are described for a candidate must not replace those
		// that are at work.
		sub, err := subscribe(ctx, newCluster(p.conn.transport, cfg), cfg)
		if err != nil {
			return unreachable(err, cfg)
		}
		if err := p.newProblem(sub); err != nil {
			return err
		}
		next.shape++
	}
	if err := adopt(); err != nil {
		return err
	}
	p.shared.books.add(routes)
	p.shared.rules.Store(next)
	if !same {
		p.log.Info("the policy has other sources, recipients or outputs; joining the group again", slog.String("policy", policy))
		select {
		case p.reshaped <- struct{}{}:
		default: // watch has not looked since the last one, and will see this
		}
	}
	return nil
}

// newProblem returns the problems of a candidate that the proxy does not have
// already.
func (p *Proxy) newProblem(sub *subscription) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var problems []string
	for _, s := range sub.problems {
		if !slices.Contains(p.problems, s) {
			problems = append(problems, s)
		}
	}
	if len(problems) > 0 {
		return &TopicError{problems}
	}
	return nil
}

// Policy returns the digest of the policy that is followed.
func (p *Proxy) Policy() string { return p.shared.rules.Load().policy }
