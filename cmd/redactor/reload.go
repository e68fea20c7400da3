package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"time"

	"redactor/internal/admin"
	"redactor/internal/audit"
	"redactor/redact"
	"redactor/rules"
	"redactor/stream"
)

// reloader takes new policies, and new keys, while the proxy runs.
//
// Everything that is checked at the start is checked here before anything
// changes: it must parse, pass its own tests, find its keys and its topics, and
// give nobody more than was signed. What does not leaves the old policy in
// force, and says so: in the log, in a metric and in the audit log.
type reloader struct {
	path   string // of redactor.yaml
	policy string // -p; "": the one that redactor.yaml names
	server *server

	mu    sync.Mutex // one reload at a time
	cfg   *config
	state *policyState
	cache *redact.Cache // shared by every policy that runs; nil without

	tables []string // files that the policy in force names
	seen   string   // what the files looked like when they were last read
}

// read reads the configuration again, with what the command line says.
func (r *reloader) read() (*config, error) {
	cfg, problems := loadConfig(r.path, os.Environ())
	if problems.HasErrors() {
		return nil, &failure{code: exitConfig, problems: problems}
	}
	if r.policy != "" {
		cfg.Policy = r.policy
	}
	return cfg, nil
}

// loaded is what the audit log says of a policy that was taken or refused.
type loaded struct {
	Policy   string          `json:"policy"`
	Digest   string          `json:"digest"`
	Revision string          `json:"revision,omitempty"`
	Approved *rules.Approval `json:"approved,omitempty"`
	Before   string          `json:"before,omitempty"` // digest of the policy accepted before
	By       string          `json:"by"`               // start, signal, file, http
	Loosened []string        `json:"loosened,omitempty"`
	Refused  string          `json:"refused,omitempty"`
}

// describe makes the audit entry of a policy.
func (s *policyState) describe(p *rules.Policy, by string) loaded {
	e := loaded{Policy: p.Name, Digest: p.Digest(), Revision: p.Revision, Approved: p.Approved, By: by}
	if s.last != nil && s.last.Digest != e.Digest {
		e.Before = s.last.Digest
		if s.policy != nil {
			for _, c := range rules.Diff(s.policy, p).Changes {
				if c.Direction == rules.Loosened {
					e.Loosened = append(e.Loosened, fmt.Sprintf("%s: %s: %s → %s", c.Profile, c.What, c.Before, c.After))
				}
			}
		}
	}
	return e
}

// writeAudit writes to the audit log, where there is one.
func writeAudit(cfg *config, event string, data any) error {
	if cfg.Audit.File == "" {
		return nil
	}
	if _, err := audit.Append(cfg.Audit.File, event, time.Now(), data); err != nil {
		return fmt.Errorf("the audit log cannot be written, and what it does not hold does not happen: %w", err)
	}
	return nil
}

// admit judges a policy by the one before, and takes it: the audit log knows
// it, and the next one is compared with it.
func (s *policyState) admit(cfg *config, p *prepared, by string) error {
	entry := s.describe(p.policy, by)
	if err := writeAudit(cfg, "policy-loaded", entry); err != nil {
		return err
	}
	return s.accept(p.policy, p.src, time.Now())
}

// refuse notes that a policy was not taken. p may be nil: what cannot be read
// has no name.
func (s *policyState) refuse(cfg *config, p *prepared, by string, why error) error {
	entry := loaded{By: by, Policy: cfg.Policy, Refused: refusedAs(why)}
	if p != nil {
		entry = s.describe(p.policy, by)
		entry.Refused = refusedAs(why)
	}
	return writeAudit(cfg, "policy-refused", entry)
}

// refusedAs is why a policy was refused, in a word for the audit log.
func refusedAs(err error) string {
	looser, topics := new(looserError), new(stream.TopicError)
	switch {
	case errors.As(err, &looser):
		return "looser without another approval"
	case errors.As(err, &topics):
		return "topics"
	}
	return "invalid"
}

// reload takes what the files say now. by says who asks.
func (r *reloader) reload(ctx context.Context, by string) admin.Reloaded {
	r.mu.Lock()
	defer r.mu.Unlock()
	log := r.server.log
	r.seen = r.fingerprint() // before they are read: what is written meanwhile is another change
	cfg, p, err := r.take(ctx, by)
	if err == nil {
		log.Info("the policy was reloaded", "policy", p.policy.Name, "digest", p.policy.Digest(), "revision", p.policy.Revision, "by", by)
		if r.cache != nil {
			r.cache.Clear() // what the policy before made is of no use to this one
		}
		r.cfg = cfg
		r.follows(p)
		return admin.Reloaded{OK: true, Policy: p.policy.Name, Digest: p.policy.Digest()}
	}
	why := explain(err)
	r.server.metrics.ReloadFailed()
	log.Error("the policy was not reloaded; the one before stays in force", "digest", r.server.proxy.Load().Policy(), "by", by, "why", why)
	if cfg == nil {
		cfg = r.cfg
	}
	if err := r.state.refuse(cfg, p, by, err); err != nil {
		log.Error("audit", "error", err)
	}
	return admin.Reloaded{Digest: r.server.proxy.Load().Policy(), Why: why}
}

// follows notes which files the policy in force names. One that it did not name
// before is looked at from now on.
func (r *reloader) follows(p *prepared) {
	tables := slices.Sorted(maps.Keys(p.policy.Tables))
	if !slices.Equal(tables, r.tables) {
		r.tables = tables
		r.seen = r.fingerprint()
	}
}

func (r *reloader) take(ctx context.Context, by string) (*config, *prepared, error) {
	cfg, err := r.read()
	if err != nil {
		return nil, nil, err
	}
	p, err := preparePolicy(cfg, r.cache)
	if err != nil {
		return cfg, nil, err
	}
	if err := r.state.judge(p.policy, time.Now()); err != nil {
		return cfg, p, err
	}
	if !sameButPolicy(r.cfg, cfg) {
		r.server.log.Warn("settings besides policy and keys have changed; they take effect at the next start", "file", cfg.file)
	}
	return cfg, p, r.server.follow(ctx, p, func() error { return r.state.admit(cfg, p, by) })
}

// sameButPolicy reports whether two configurations differ at most in what a
// reload takes.
func sameButPolicy(a, b *config) bool {
	c, d := *a, *b
	c.Policy, c.Keys = d.Policy, d.Keys
	return reflect.DeepEqual(c, d)
}

// explain is an error as a person reads it: problems with their places.
func explain(err error) string {
	f := new(failure)
	if errors.As(err, &f) && len(f.problems) > 0 {
		var b bytes.Buffer
		f.problems.Render(&b, false)
		return string(bytes.TrimSpace(b.Bytes()))
	}
	return err.Error()
}

// follow makes the proxy follow another policy; admit has the last word.
func (s *server) follow(ctx context.Context, p *prepared, admit func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := routes(p.policy, p.streams)
	err := s.proxy.Load().Reload(ctx, next, p.policy.Digest(), func() error {
		if err := admit(); err != nil {
			return err
		}
		if err := s.audit("keys-used", keysInUse(p.policy, p.streams)); err != nil {
			return err
		}
		s.metrics.Reload(metricsOf(p.policy, p.streams, false), time.Now())
		return nil
	})
	if err == nil {
		s.cfg.Routes, s.cfg.Policy = next, p.policy.Digest()
		s.show(p.policy, p.streams)
	}
	return err
}

// start judges the policy of the start by the one of before, and remembers it.
// It unlocks the reloader, which run has made locked: the admin address serves
// already. A dry run produces nothing: it neither judges nor remembers.
func (r *reloader) start(s *server, p *prepared, dryRun bool) error {
	defer r.mu.Unlock()
	r.server = s
	r.follows(p)
	dir := stateDir(r.cfg)
	if dryRun {
		dir = ""
	} else if dir == "" {
		s.log.Warn("there is no state.dir: a policy that gives more than the one of the last start is not noticed", "file", r.cfg.file)
	}
	var err error
	if r.state, err = loadPolicyState(dir); err != nil {
		return err
	}
	if r.state.unlike {
		s.log.Warn("the built-in catalog has changed since the policy was accepted: what it says now is compared with what it would have said", "digest", r.state.last.Digest)
	}
	if dryRun {
		return r.state.accept(p.policy, p.src, time.Now())
	}
	if err := r.state.judge(p.policy, time.Now()); err != nil {
		if noted := r.state.refuse(r.cfg, p, "start", err); noted != nil {
			s.log.Error("audit", "error", noted)
		}
		return configf("%w", err)
	}
	if err := r.state.admit(r.cfg, p, "start"); err != nil {
		return configf("%w", err)
	}
	return nil
}

// watch looks at the files of the policy and its keys, and reloads when they
// have changed and then stayed as they are from one look to the next: half a
// file is not worth an alarm. It looks at what names lead to, since Kubernetes
// replaces a whole directory behind a link.
func (r *reloader) watch(ctx context.Context) {
	r.mu.Lock()
	every := r.cfg.Reload.Watch
	r.mu.Unlock()
	if every == 0 {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for last := ""; ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		r.mu.Lock()
		now := r.fingerprint()
		settled := now != r.seen && now == last
		r.mu.Unlock()
		if last = now; settled {
			r.reload(ctx, "file") // one that names other files is taken once more
		}
	}
}

// fingerprint is what the files look like from outside: when one of them is
// replaced or written, it is another.
func (r *reloader) fingerprint() string {
	var b bytes.Buffer
	look := func(path string) {
		info, err := os.Stat(path)
		if err != nil {
			fmt.Fprintf(&b, "%s -\n", path)
			return
		}
		fmt.Fprintf(&b, "%s %d %d %v\n", path, info.Size(), info.ModTime().UnixNano(), inode(info))
	}
	look(r.path)
	look(r.cfg.Policy)
	for _, name := range r.tables {
		look(filepath.Join(filepath.Dir(r.cfg.Policy), name))
	}
	for _, name := range slices.Sorted(maps.Keys(r.cfg.Keys)) {
		k := r.cfg.Keys[name]
		look(k.place())
		if k.dir == "" {
			continue
		}
		entries, err := os.ReadDir(k.dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			look(filepath.Join(k.dir, e.Name()))
		}
	}
	return b.String()
}

// inode tells a file that was replaced in the same instant by one of the same
// size.
func inode(info os.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Ino)
	}
	return 0
}
