package main

import (
	"fmt"
	"log/slog"
	"time"

	"redactor/internal/admin"
	"redactor/rules"
	"redactor/rules/starter"
	"redactor/stream"
)

// demoProxy is the real proxy with the starter policy and test keys. This is
// the only place where a proxy gets test keys: run has no way to.
type demoProxy struct {
	*server
	streams  []rules.Stream
	profiles []string
	outputs  map[string]string // profile by output topic, for the demo's sources
}

func newDemoProxy(broker, listen string, log *slog.Logger) (*demoProxy, error) {
	policy, problems := rules.Parse("policy.yaml", starter.Policy)
	if problems.HasErrors() {
		return nil, fmt.Errorf("internal error: the starter policy: %w", problems.Err())
	}
	streams, problems := policy.Compile(rules.TestKeys)
	if problems.HasErrors() {
		return nil, fmt.Errorf("internal error: the starter policy: %w", problems.Err())
	}
	p := &demoProxy{streams: streams, profiles: profileNames(policy), outputs: make(map[string]string)}
	for _, source := range demoSources {
		for _, t := range p.targets(source) {
			p.outputs[t.Output(source)] = t.Profile
		}
	}
	cfg := stream.Config{
		// Not exactly once: the demo holds its books to the broker's offsets,
		// and transactions put markers among the records.
		Delivery: stream.AtLeastOnce,
		Brokers:  []string{broker}, Group: "redactor-demo", Routes: routes(policy, streams),
		Quarantine: demoQuarantine, Policy: policy.Digest(),
		Fetch: stream.Fetch{MaxWait: 50 * time.Millisecond}, // a demo's topics are often quiet, and somebody watches
	}
	var err error
	p.server, err = newServer(cfg, admin.Config{Listen: listen}, auditTo(""), newMetrics(policy, streams, false), log, 10*time.Second)
	if err != nil {
		return nil, err
	}
	p.show(policy, streams)
	return p, nil
}

// targets returns the recipients of a source topic.
func (p *demoProxy) targets(source string) []rules.Target {
	for _, s := range p.streams {
		if rules.MatchTopic(s.From, source) {
			return s.To
		}
	}
	return nil
}

// topics returns every topic that the demo needs.
func (p *demoProxy) topics() []string {
	topics := append([]string{demoQuarantine}, demoSources...)
	for t := range p.outputs {
		topics = append(topics, t)
	}
	return topics
}

// metricsURL is where the demo reads what it shows, as anybody may.
func (p *demoProxy) metricsURL() string { return "http://" + p.admin.Addr() + "/metrics" }
