package stream

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segmentio/kafka-go"

	"redactor/redact"
)

// plan is how the records of one source topic go: its route, and the outputs
// as they were when the plan was made.
type plan struct {
	route      *Route // when the plan was made; pipelines ask shared.following
	nth        int    // of the routes
	shape      int    // of the ruleset
	source     string
	partitions int
	outputs    []output // one per recipient, in the order of the program's profiles
}

// output is where one recipient's records of one source topic go.
type output struct {
	profile    string
	topic      string
	partitions int
	how        redact.Partition
}

// subscription is the set of topics that can be read: each is matched by one
// route, and all of its outputs can take what it brings. It is made anew and
// never changed.
type subscription struct {
	plans      map[string]*plan
	quarantine int // partitions of the quarantine topic
	shape      int // of the ruleset
	problems   []string
	unheard    int // of the problems: topics that the broker that was asked does not know
}

// TopicError lists why topics cannot be read or written as configured.
type TopicError struct{ Problems []string }

func (e *TopicError) Error() string { return strings.Join(e.Problems, "; ") }

// topics returns the names, sorted.
func (s *subscription) topics() []string { return slices.Sorted(maps.Keys(s.plans)) }

// sameTopics reports whether both read the same topics.
func (s *subscription) sameTopics(t *subscription) bool {
	return slices.Equal(s.topics(), t.topics())
}

// lost reports whether t reads less than s does.
func (s *subscription) lost(t *subscription) bool {
	for name := range s.plans {
		if t.plans[name] == nil {
			return true
		}
	}
	return false
}

// sameShape reports whether both have the same plans: a topic that grew has
// partitions that nobody reads yet, or that may be written to now.
func (s *subscription) sameShape(t *subscription) bool {
	if !s.sameTopics(t) || s.quarantine != t.quarantine {
		return false
	}
	for name, p := range s.plans {
		if q := t.plans[name]; p.partitions != q.partitions || !slices.Equal(p.outputs, q.outputs) {
			return false
		}
	}
	return true
}

// match reports whether name matches pattern, in which * stands for any
// characters, none included.
func match(pattern, name string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return name == pattern
	}
	if !strings.HasPrefix(name, head) {
		return false
	}
	name = name[len(head):]
	for {
		part, more, wild := strings.Cut(rest, "*")
		if !wild {
			return strings.HasSuffix(name, part)
		}
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name, rest = name[i+len(part):], more
	}
}

func isPattern(from string) bool { return strings.Contains(from, "*") }

// subscribe looks at the cluster and works out what can be read. An error says
// that the cluster could not be asked, or cannot tell yet (an election in a
// topic, for one); what is wrong with topics is in problems, and a topic with a
// problem is left out: it is never read without all of its policy in place.
func subscribe(ctx context.Context, c *cluster, cfg *Config) (*subscription, error) {
	sources, err := sourceTopics(ctx, c, cfg)
	if err != nil {
		return nil, err
	}
	s := &subscription{plans: make(map[string]*plan)}
	for _, name := range sources {
		if p, problem := planFor(name, cfg); problem != "" {
			s.problems = append(s.problems, problem)
		} else if p != nil {
			s.plans[name] = p
		}
	}
	if err := s.describe(ctx, c, cfg); err != nil {
		return nil, err
	}
	slices.Sort(s.problems)
	return s, nil
}

// sourceTopics returns the names that routes may match. Without a pattern
// nothing has to be listed, and no right to describe other topics is needed.
func sourceTopics(ctx context.Context, c *cluster, cfg *Config) ([]string, error) {
	names := make(map[string]bool)
	listed := false
	for i := range cfg.Routes {
		if !isPattern(cfg.Routes[i].From) {
			names[cfg.Routes[i].From] = true
			continue
		}
		if listed {
			continue
		}
		listed = true
		all, err := c.list(ctx)
		if err != nil {
			return nil, err
		}
		for _, name := range all {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// planFor finds the route of a topic; nil when it has none. Topics of Kafka's
// own and the quarantine are nobody's source, even where a pattern would take
// them; two routes for one topic are two policies, and neither is the one.
func planFor(name string, cfg *Config) (p *plan, problem string) {
	if strings.HasPrefix(name, "__") || name == cfg.Quarantine {
		return nil, ""
	}
	for i := range cfg.Routes {
		r := &cfg.Routes[i]
		if !match(r.From, name) {
			continue
		}
		if p != nil {
			return nil, fmt.Sprintf("topic %s is matched by two routes, %q and %q", name, p.route.From, r.From)
		}
		p = &plan{route: r, nth: i, source: name}
		for j := range r.To {
			t := &r.To[j]
			out := output{profile: t.Profile, topic: t.outputTopic(name), how: r.Program.Profile(j).Partition}
			if problem := out.check(name, cfg); problem != "" {
				return nil, problem
			}
			p.outputs = append(p.outputs, out)
		}
	}
	return p, ""
}

// check refuses outputs that would feed the proxy its own output, or mix it
// with what is not for the same eyes.
func (o *output) check(source string, cfg *Config) string {
	switch {
	case o.topic == cfg.Quarantine:
		return fmt.Sprintf("the output %s of %s is the quarantine topic", o.topic, o.profile)
	case strings.HasPrefix(o.topic, "__"):
		return fmt.Sprintf("the output %s of %s is a topic of Kafka's own", o.topic, o.profile)
	}
	for i := range cfg.Routes {
		if match(cfg.Routes[i].From, o.topic) {
			return fmt.Sprintf("the output %s of %s for %s is itself a source (%q): a loop", o.topic, o.profile, source, cfg.Routes[i].From)
		}
	}
	return ""
}

// describe asks for all topics that the plans name, and drops the plans that
// cannot be followed.
func (s *subscription) describe(ctx context.Context, c *cluster, cfg *Config) error {
	names := make(map[string]bool)
	for _, p := range s.plans {
		names[p.source] = true
		for i := range p.outputs {
			names[p.outputs[i].topic] = true
		}
	}
	if cfg.Quarantine != "" {
		names[cfg.Quarantine] = true
	}
	bad, err := c.describe(ctx, slices.Sorted(maps.Keys(names)))
	if err != nil {
		return err
	}
	for name, code := range bad {
		if passing(code) {
			return fmt.Errorf("topic %s: %w", name, errorOf(code))
		}
	}
	c.keep(names)
	if cfg.Quarantine != "" {
		if s.quarantine = c.partitions(cfg.Quarantine); bad[cfg.Quarantine] != 0 || s.quarantine == 0 {
			s.problems = append(s.problems, describeProblem("quarantine topic", cfg.Quarantine, bad[cfg.Quarantine]))
			s.unheard += unheard(bad[cfg.Quarantine])
		}
	}
	for name, p := range s.plans {
		if problems, unheard := p.complete(c, bad); len(problems) > 0 {
			s.problems = append(s.problems, problems...)
			s.unheard += unheard
			delete(s.plans, name)
		}
	}
	return nil
}

// complete fills the partition counts in and says why the plan cannot be
// followed, and how much of that is topics which are not known.
func (p *plan) complete(c *cluster, bad map[string]int16) (problems []string, missing int) {
	if p.partitions = c.partitions(p.source); bad[p.source] != 0 || p.partitions == 0 {
		return []string{describeProblem("source topic", p.source, bad[p.source])}, unheard(bad[p.source])
	}
	for i := range p.outputs {
		o := &p.outputs[i]
		o.partitions = c.partitions(o.topic)
		switch {
		case bad[o.topic] != 0 || o.partitions == 0:
			problems = append(problems, describeProblem("output topic of "+o.profile, o.topic, bad[o.topic]))
			missing += unheard(bad[o.topic])
		case o.how == redact.PartitionSame && o.partitions < p.partitions:
			problems = append(problems, fmt.Sprintf("the output topic %s of %s has %d partitions and its source %s has %d: "+
				"give it as many, or let the profile partition by key", o.topic, o.profile, o.partitions, p.source, p.partitions))
		}
	}
	return problems, missing
}

// unheard counts a topic of which the broker that was asked knows nothing: it
// may not exist, or have been created a moment ago at another broker.
func unheard(code int16) int {
	if code == 0 || code == int16(kafka.UnknownTopicOrPartition) {
		return 1
	}
	return 0
}

// mayAppear reports whether all that is wrong is that topics are not known:
// that may change by waiting.
func (s *subscription) mayAppear() bool {
	return len(s.problems) > 0 && s.unheard == len(s.problems)
}

// passing reports whether a topic cannot be described just now: that says
// nothing of the topic.
func passing(code int16) bool {
	cl, _ := classify(code)
	return (cl == classRetry || cl == classRefresh) && code != int16(kafka.UnknownTopicOrPartition)
}

func describeProblem(what, topic string, code int16) string {
	switch code {
	case 0, 3:
		return fmt.Sprintf("the %s, %s, does not exist, or may not be described", what, topic)
	case 29:
		return fmt.Sprintf("the %s, %s, may not be described: an ACL is missing", what, topic)
	}
	return fmt.Sprintf("the %s, %s, cannot be described: %v", what, topic, errorOf(code))
}

// problem turns problems into an error; nil when there are none.
func (s *subscription) problem() error {
	if len(s.problems) == 0 {
		return nil
	}
	return &TopicError{s.problems}
}
