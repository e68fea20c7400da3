package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"redactor/detect"
	"redactor/internal/admin"
	"redactor/metrics"
	"redactor/redact"
	"redactor/rules"
	"redactor/stream"
)

// This file joins the floors that do not know each other: rules and stream,
// and metrics with both. run and demo go through it, so that the demo shows
// the real thing.

// newMetrics names every metric of a policy.
func newMetrics(p *rules.Policy, streams []rules.Stream, lagByTopic bool) *metrics.Metrics {
	return metrics.New(metricsOf(p, streams, lagByTopic))
}

// metricsOf lists everything that may become a label under a policy.
func metricsOf(p *rules.Policy, streams []rules.Stream, lagByTopic bool) metrics.Config {
	b := readBuild()
	cfg := metrics.Config{
		Build:      metrics.Build{Version: b.Version, Revision: b.Revision, GoVersion: b.Go},
		Policy:     metrics.Policy{Name: p.Name, Revision: p.Revision, Digest: p.Digest()},
		Detectors:  append(detect.DetectorNames(), "custom", "canary"),
		LagByTopic: lagByTopic,
	}
	if p.Approved != nil {
		if day, err := time.Parse(time.DateOnly, p.Approved.Expires); err == nil {
			cfg.Policy.Expires = day
		}
	}
	for i := range p.Catalog {
		cfg.Fields = append(cfg.Fields, metrics.Field{Name: p.Catalog[i].Name, Level: levelName(p.Catalog[i].Level)})
	}
	for _, s := range streams {
		for i, t := range s.To {
			if !slices.ContainsFunc(cfg.Profiles, func(m metrics.Profile) bool { return m.Name == t.Profile }) {
				cfg.Profiles = append(cfg.Profiles, metrics.Profile{Name: t.Profile, Actions: actions(s.Program, i, len(p.Catalog))})
				if k, ok := keyMetric(p, s.Program.Profile(i)); ok {
					cfg.Keys = append(cfg.Keys, k)
				}
			}
		}
	}
	return cfg
}

// keyMetric names the key of a profile, if it has epochs.
func keyMetric(p *rules.Policy, pr *redact.Profile) (metrics.Key, bool) {
	e := pr.Epochs
	if e == nil || !e.ByTime() {
		return metrics.Key{}, false
	}
	newest := e.At(e.Len() - 1)
	return metrics.Key{Name: keyOf(p, pr.Name), Begins: msTime(newest.Begin), Expires: msTime(newest.End)}, true
}

func levelName(level int) string { return "L" + string(rune('0'+level)) }

// actions returns what profile i of the program does with each field, in one
// word each: "mask last 4" is "mask".
func actions(prog *redact.Program, i, fields int) []string {
	words := make([]string, fields)
	for f := range words {
		words[f], _, _ = strings.Cut(prog.Profile(i).Transforms[f].String(), " ")
	}
	return words
}

// routes says to stream what rules has compiled.
func routes(policy *rules.Policy, streams []rules.Stream) []stream.Route {
	var out []stream.Route
	for _, s := range streams {
		r := stream.Route{From: s.From, Program: s.Program, OnError: onError(s.OnError)}
		for _, t := range s.To {
			target := stream.Target{Profile: t.Profile, Topic: t.Topic, Breaker: stream.Breaker{Leaks: t.Guard.Leaks, Within: t.Guard.Within}}
			if t.Stamp {
				target.Stamp = policy.Name + " " + policy.Digest()
			}
			r.To = append(r.To, target)
		}
		out = append(out, r)
	}
	return out
}

func onError(o rules.OnError) stream.OnError {
	switch o {
	case rules.OnErrorStop:
		return stream.OnErrorStop
	case rules.OnErrorDrop:
		return stream.OnErrorDrop
	}
	return stream.OnErrorQuarantine
}

// answerWithin is how long a proxy that makes progress may take to say what
// it does: it only takes locks that are held for microseconds.
const answerWithin = 5 * time.Second

// newAdmin binds the admin address of a proxy.
func newAdmin(ac admin.Config, s *server) (*admin.Server, error) {
	current := s.proxy.Load
	return admin.Listen(admin.Config{
		Listen: ac.Listen, Token: ac.Token, TLS: ac.TLS, Reload: ac.Reload, Metrics: s.cfg.Metrics, Log: s.log, Status: s.status, Actions: s.orders(),
		Live: func() []admin.Reason {
			ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
			defer cancel()
			answered := make(chan string, 1)
			go func() {
				p := current()
				p.Snapshot()
				_, why := p.Live()
				answered <- why
			}()
			select {
			case why := <-answered:
				if why != "" {
					return []admin.Reason{{Check: "progress", Detail: why}}
				}
				return nil
			case <-ctx.Done():
				return []admin.Reason{{Check: "progress", Detail: "the proxy does not answer"}}
			}
		},
		Started: func() []admin.Reason {
			if !current().Started() {
				return []admin.Reason{{Check: "kafka", Detail: "no broker has answered yet"}}
			}
			return nil
		},
		Ready: func() []admin.Reason {
			if ok, why := current().Ready(); !ok {
				return []admin.Reason{{Check: "proxy", Detail: why}}
			}
			return nil
		},
	})
}
