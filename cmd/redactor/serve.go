package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"redactor/internal/admin"
	"redactor/metrics"
	"redactor/stream"
)

// server is a proxy with its admin address, as run and demo run it.
type server struct {
	cfg     stream.Config
	connect time.Duration // how long to try when Kafka cannot be spoken to at the start
	log     *slog.Logger
	metrics *metrics.Metrics
	reload  func(ctx context.Context, by string) admin.Reloaded // nil: this proxy keeps its policy
	audit   func(event string, data any) error                  // what operators do
	started time.Time

	mu    sync.Mutex                   // guards cfg.Routes and cfg.Policy, and which proxy follows them
	proxy atomic.Pointer[stream.Proxy] // a proxy runs once; each attempt to connect is another one
	view  atomic.Pointer[policyView]   // of the policy in force
	admin *admin.Server

	stopAdmin  context.CancelFunc
	adminEnded chan error
}

// newServer checks what can be checked without Kafka and begins to serve the
// admin address. Of ac it takes Listen, Token and TLS; audit writes down what
// operators do.
func newServer(cfg stream.Config, ac admin.Config, audit func(string, any) error, m *metrics.Metrics, log *slog.Logger, connect time.Duration) (*server, error) {
	return newReloadingServer(cfg, ac, audit, m, log, connect, nil)
}

// newReloadingServer is newServer for a proxy that takes other policies.
func newReloadingServer(cfg stream.Config, ac admin.Config, audit func(string, any) error, m *metrics.Metrics, log *slog.Logger, connect time.Duration, reload func(context.Context, string) admin.Reloaded) (*server, error) {
	cfg.Metrics, cfg.Logger, cfg.Holds = m, log, stream.NewHolds(m)
	s := &server{
		cfg: cfg, connect: connect, log: log, metrics: m, reload: reload, audit: audit,
		adminEnded: make(chan error, 1), started: time.Now(),
	}
	proxy, err := stream.New(cfg)
	if err != nil {
		return nil, configf("%w", err)
	}
	s.proxy.Store(proxy)
	if reload != nil {
		ac.Reload = func(ctx context.Context) admin.Reloaded { return reload(ctx, "http") }
	}
	if s.admin, err = newAdmin(ac, s); err != nil {
		return nil, configf("admin.listen: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stopAdmin = stop
	go func() { s.adminEnded <- s.admin.Serve(ctx) }()
	return s, nil
}

// close ends the admin server. It is the last to go: the final counts can be
// scraped until here.
func (s *server) close() {
	s.stopAdmin()
	if err := <-s.adminEnded; err != nil {
		s.log.Error("admin server", "error", err)
	}
}

// run runs the proxy until ctx ends and it has drained. While Kafka cannot be
// spoken to at the start it tries again for a bounded time: brokers and
// proxies often start together.
func (s *server) run(ctx context.Context) error {
	deadline := time.Now().Add(s.connect)
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := s.proxy.Load().Run(ctx)
		away := new(stream.ConnectError)
		if !errors.As(err, &away) || time.Now().Add(pause).After(deadline) {
			return exitError(err)
		}
		s.log.Warn("Kafka cannot be reached; trying again", "error", err, "in", pause)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if err := s.again(); err != nil {
			return err
		}
	}
}

// again makes another proxy, for another attempt to connect.
func (s *server) again() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := stream.New(s.cfg)
	if err != nil {
		return configf("%w", err)
	}
	s.proxy.Store(next)
	return nil
}

// exitError gives an error of the proxy its exit code.
func exitError(err error) error {
	away, topics := new(stream.ConnectError), new(stream.TopicError)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &away):
		return unavailablef("%w", err)
	case errors.As(err, &topics):
		return configf("%w", err)
	}
	return err
}

// untilSignal runs the server until SIGTERM or SIGINT, then drains; a second
// signal ends at once. SIGHUP takes the policy and the keys anew, and drains
// where there is nothing to take.
func (s *server) untilSignal(parent context.Context) error {
	ctx, stop := context.WithCancel(parent)
	defer stop()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)

	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	go tellManager(ctx, s.ready, s.live)
	var reloads sync.WaitGroup
	defer reloads.Wait()
	defer stop()
	for draining := false; !draining; {
		select {
		case err := <-ended:
			return err
		case got := <-signals:
			if got == syscall.SIGHUP && s.reload != nil {
				reloads.Go(func() { s.reload(ctx, "signal") })
				continue
			}
			draining = true
			s.log.Info("draining; a second signal ends at once", "signal", got.String(), "at_most", s.cfg.Drain)
			stop()
		}
	}
	select {
	case err := <-ended:
		if err != nil {
			s.log.Warn("not drained", "books", accounts(s.proxy.Load().Snapshot()))
			return err
		}
		s.log.Info("drained", "books", accounts(s.proxy.Load().Snapshot()))
		return nil
	case <-signals:
		s.log.Error("ended before the drain; what was not committed will be processed again", "partitions", uncommitted(s.proxy.Load().Snapshot()))
		return findings()
	}
}

func (s *server) ready() bool {
	ok, _ := s.proxy.Load().Ready()
	return ok
}

func (s *server) live() bool {
	ok, _ := s.proxy.Load().Live()
	return ok
}

// accounts spells the books of every recipient for the log.
func accounts(s stream.Snapshot) string {
	var parts []string
	for _, r := range s.Recipients {
		parts = append(parts, fmt.Sprintf("%s: %d routed = %d produced + %d filtered + %d failed", r.Profile, r.Routed, r.Produced, r.Filtered, r.Failed))
		if r.Revoked > 0 {
			parts[len(parts)-1] += fmt.Sprintf(" + %d revoked", r.Revoked)
		}
	}
	return strings.Join(parts, "; ")
}

// uncommitted lists the partitions with records that were fetched and not
// acknowledged.
func uncommitted(s stream.Snapshot) []string {
	var out []string
	for _, p := range s.Partitions {
		if p.Acked < p.Next {
			out = append(out, fmt.Sprintf("%s/%d from %d", p.Topic, p.Partition, p.Acked))
		}
	}
	return out
}
