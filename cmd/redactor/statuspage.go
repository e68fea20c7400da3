package main

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"redactor/internal/admin"
	"redactor/internal/audit"
	"redactor/rules"
	"redactor/stream"
)

// policyView is what the status page shows of a policy: made once, when the
// policy is taken.
type policyView struct {
	status admin.PolicyStatus
	routes []admin.RouteStatus
	matrix admin.Matrix
}

func newPolicyView(p *rules.Policy, streams []rules.Stream) *policyView {
	v := &policyView{status: admin.PolicyStatus{Name: p.Name, Revision: p.Revision, Digest: p.Digest()}}
	m := p.Matrix()
	v.status.Approved = m.Approved
	for _, s := range streams {
		r := admin.RouteStatus{From: s.From}
		for _, t := range s.To {
			r.To = append(r.To, admin.TargetStatus{Profile: t.Profile, Topic: t.Topic})
		}
		v.routes = append(v.routes, r)
	}
	v.matrix.Head = []string{"field", "level"}
	for _, pr := range m.Profiles {
		v.matrix.Head = append(v.matrix.Head, pr.Name)
	}
	for i := range m.Rows {
		r := &m.Rows[i]
		row := []string{r.Name, levelName(r.Level)}
		for _, c := range r.Cells {
			row = append(row, c.Text)
		}
		v.matrix.Rows = append(v.matrix.Rows, row)
	}
	return v
}

// show makes the policy the one that the status page shows.
func (s *server) show(p *rules.Policy, streams []rules.Stream) {
	s.view.Store(newPolicyView(p, streams))
}

// keyUse is what the audit log says of a key that a policy uses.
type keyUse struct {
	Key     string   `json:"key"`
	Profile string   `json:"profile"`
	KeyIDs  []string `json:"key_ids"` // one for each epoch that has a secret
}

// keysInUse lists the keys of a policy. A key id may be shown; see
// pseudonym.Secret.ID.
func keysInUse(p *rules.Policy, streams []rules.Stream) []keyUse {
	var all []keyUse
	for _, s := range streams {
		for i := range s.To {
			pr := s.Program.Profile(i)
			if pr.Epochs == nil || slices.ContainsFunc(all, func(k keyUse) bool { return k.Profile == pr.Name }) {
				continue
			}
			use := keyUse{Key: keyOf(p, pr.Name), Profile: pr.Name}
			for e := range pr.Epochs.Len() {
				if secret := pr.Epochs.At(e).Secret; secret != nil {
					use.KeyIDs = append(use.KeyIDs, secret.ID())
				}
			}
			all = append(all, use)
		}
	}
	return all
}

// status is what the status page shows now.
func (s *server) status() admin.Status {
	snap := s.proxy.Load().Snapshot()
	out := admin.Status{
		Version: readBuild().Version, Started: s.started, Group: s.cfg.Group, DryRun: s.cfg.DryRun, Problems: snap.Problems,
	}
	for _, r := range snap.Recipients {
		out.Recipients = append(out.Recipients, admin.RecipientStatus{
			Profile: r.Profile, Paused: r.Held&stream.HoldPaused != 0, Tripped: r.Held&stream.HoldBreaker != 0,
		})
	}
	var sources []string
	for _, p := range snap.Partitions {
		out.Partitions = append(out.Partitions, admin.PartitionStatus{
			Topic: p.Topic, Partition: p.Partition, State: p.State.String(), Why: p.Why, Lag: p.Lag,
		})
		if !slices.Contains(sources, p.Topic) {
			sources = append(sources, p.Topic)
		}
	}
	v := s.view.Load()
	if v == nil {
		return out
	}
	out.Policy, out.Matrix = v.status, v.matrix
	for _, r := range v.routes {
		for _, topic := range sources {
			if rules.MatchTopic(r.From, topic) {
				r.Sources = append(r.Sources, topic)
			}
		}
		out.Routes = append(out.Routes, r)
	}
	return out
}

// heldBack is what the audit log says of a recipient that is held back, or goes on.
type heldBack struct {
	Profile string `json:"profile"`
	By      string `json:"by"`
}

// pause holds a recipient's records back. It does so before it writes the entry:
// a log that is full must not keep anybody from the safe side.
func (s *server) pause(profile, by string) error {
	if err := s.known(profile); err != nil {
		return err
	}
	if !s.cfg.Holds.Set(profile, stream.HoldPaused) {
		return fmt.Errorf("%s is paused already", profile)
	}
	s.log.Warn("a recipient was paused", "profile", profile, "by", by)
	return s.audit("pause", heldBack{profile, by})
}

// resume lets a recipient's records go on, once the audit log knows who said so.
func (s *server) resume(profile, by string) error {
	if err := s.known(profile); err != nil {
		return err
	}
	if s.cfg.Holds.Of(profile)&stream.HoldPaused == 0 {
		return fmt.Errorf("%s is not paused", profile)
	}
	if err := s.audit("resume", heldBack{profile, by}); err != nil {
		return err
	}
	s.cfg.Holds.Clear(profile, stream.HoldPaused)
	s.log.Warn("a recipient goes on", "profile", profile, "by", by)
	return nil
}

// reset lets a recipient's records go on that the breaker has stopped, once the
// audit log knows who said so.
func (s *server) reset(profile, by string) error {
	if err := s.known(profile); err != nil {
		return err
	}
	if s.cfg.Holds.Of(profile)&stream.HoldBreaker == 0 {
		return fmt.Errorf("the breaker of %s is not open", profile)
	}
	if err := s.audit("breaker-reset", heldBack{profile, by}); err != nil {
		return err
	}
	s.cfg.Holds.Clear(profile, stream.HoldBreaker)
	s.log.Warn("a breaker was reset", "profile", profile, "by", by)
	return nil
}

func (s *server) known(profile string) error {
	for _, r := range s.proxy.Load().Snapshot().Recipients {
		if r.Profile == profile {
			return nil
		}
	}
	return fmt.Errorf("there is no recipient of that name")
}

// orders are what an operator may do on the admin address.
func (s *server) orders() []admin.Action {
	about := func(do func(profile, by string) error) func(string, *http.Request) error {
		return func(by string, r *http.Request) error { return do(r.PostFormValue("profile"), by) }
	}
	return []admin.Action{
		{Path: "/pause", Do: about(s.pause)}, {Path: "/resume", Do: about(s.resume)},
		{Path: "/breaker/reset", Do: about(s.reset)},
	}
}

// auditTo returns what writes to an audit log. Without a file there is none, and
// the log of the process is all that remembers.
func auditTo(file string) func(event string, data any) error {
	return func(event string, data any) error {
		if file == "" {
			return nil
		}
		if _, err := audit.Append(file, event, time.Now(), data); err != nil {
			return fmt.Errorf("the audit log cannot be written: %w", err)
		}
		return nil
	}
}
