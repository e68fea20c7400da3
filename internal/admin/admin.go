// Package admin is the HTTP side of a running proxy: metrics, probes, the status
// page, and what an operator may do.
//
// Nothing it serves holds a record or a part of one. It listens on loopback;
// on any other address only with a token or with client certificates, which
// everything but the bare status of the probes then asks for. Orders are taken
// from who shows one of these, and from nobody else. There is no pprof: heap and
// goroutine dumps hold raw records.
package admin

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"redactor/metrics"
)

// DefaultListen is the address when the configuration names none.
const DefaultListen = "127.0.0.1:9478"

// Reason says why a probe fails: which check, and what is wrong in words of
// ours. It never holds anything from a record.
type Reason struct {
	Check  string `json:"check"`
	Detail string `json:"detail"`
}

// Config is what a Server serves.
type Config struct {
	Listen  string // host:port; empty means DefaultListen, port 0 any free one
	Token   Token  // the zero Token asks for nothing and allows loopback only
	Metrics *metrics.Metrics

	// Live lists why the process can make no progress and must be restarted.
	// Kafka being away, lag and rebalances are not among the reasons: a
	// restart would cause the next rebalance.
	Live func() []Reason

	// Started lists why the first look at Kafka is not over yet. Until it is,
	// a kubelet asks neither of the other probes.
	Started func() []Reason

	// Ready lists why a rollout must wait for this instance.
	Ready func() []Reason

	// Status is what the page at / shows besides the metrics.
	Status func() Status

	// Actions are what an operator may do; see Action.
	Actions []Action

	// TLS serves HTTPS. With client authorities, a certificate of theirs
	// stands for the token.
	TLS *tls.Config
	// Reload takes the policy anew and says what came of it. Nil: POST /reload
	// is not there.
	Reload func(context.Context) Reloaded

	Log *slog.Logger
}

// Server serves metrics and probes.
type Server struct {
	cfg      Config
	listener net.Listener
	http     *http.Server
	history  *history
	loopback bool
}

// ErrExposed is returned by Listen for an address that others can reach when
// there is no token.
var ErrExposed = errors.New("an admin address that is not loopback needs admin.token_file, or admin.tls with client_ca")

// Listen binds the address. Nothing is served before Serve.
func Listen(cfg Config) (*Server, error) {
	if cfg.Listen == "" {
		cfg.Listen = DefaultListen
	}
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg}
	s.loopback, _ = isLoopback(cfg.Listen) // Check has read it
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	s.listener, s.history = l, newHistory(cfg.Metrics)
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute, // above the usual scrape interval: one connection per Prometheus
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug), // net/http quotes what strangers send
	}
	return s, nil
}

// Check reports what Listen would refuse of the configuration.
func (c Config) Check() error {
	loopback, err := isLoopback(c.Listen)
	if err == nil && !loopback && c.Token.IsZero() && !c.mutual() {
		err = fmt.Errorf("%s: %w", c.Listen, ErrExposed)
	}
	return err
}

// isLoopback reports whether only this machine can reach the address. A name
// other than localhost is never loopback: what it resolves to may change.
func isLoopback(listen string) (bool, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false, fmt.Errorf("admin address %q is not host:port", listen)
	}
	if host == "localhost" {
		return true, nil
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback(), nil
}

// Addr returns the address that the server is bound to, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Serve serves until ctx is done, then lets requests under way finish for at
// most a second: a scrape that the drain cuts off would lose the last counts.
func (s *Server) Serve(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() {
		l := s.listener
		if s.cfg.TLS != nil {
			l = tls.NewListener(l, s.cfg.TLS)
		}
		ended <- s.http.Serve(l)
	}()
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { s.history.run(watching) })
	defer watcher.Wait()
	defer stop()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := s.http.Shutdown(grace); err != nil {
		s.http.Close()
	}
	<-ended
	return nil
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	live := s.probe("live", s.cfg.Live)
	scrape := s.cfg.Metrics.Handler()
	mux.Handle("GET /metrics", s.guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ready() // redactor_ready is as of the scrape, whether or not anybody probes
		scrape.ServeHTTP(w, r)
	})))
	mux.HandleFunc("GET /livez", live)
	mux.HandleFunc("GET /healthz", live)
	mux.HandleFunc("GET /startupz", s.probe("started", s.cfg.Started))
	mux.HandleFunc("GET /readyz", s.probe("ready", s.ready))
	mux.Handle("GET /{$}", s.guarded(http.HandlerFunc(s.servePage)))
	mux.Handle("GET /style.css", asset("style.css", "text/css; charset=utf-8"))
	mux.Handle("GET /refresh.js", asset("refresh.js", "text/javascript; charset=utf-8"))
	for _, a := range s.cfg.Actions {
		mux.Handle("POST "+a.Path, s.action(a))
	}
	if s.cfg.Reload != nil {
		mux.Handle("POST /reload", s.guarded(http.HandlerFunc(s.reload)))
	}
	return s.front(mux)
}

// ready runs the readiness checks and shows the outcome as a metric too.
func (s *Server) ready() []Reason {
	reasons := s.cfg.Ready()
	s.cfg.Metrics.SetReady(len(reasons) == 0)
	return reasons
}

// front is what every request passes. On loopback the Host header must name
// loopback: a page in the operator's browser whose own name was rebound to
// 127.0.0.1 must not read the metrics.
func (s *Server) front(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'")
		if s.loopback && !namesLoopback(r.Host) {
			http.Error(w, "this address is for loopback only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func namesLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if host == "localhost" {
		return true
	}
	if len(host) > 2 && host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// probe answers 200 or 503. The kubelet cannot send a token from a secret, so
// the status is open; the reasons are for those who may see the metrics.
func (s *Server) probe(good string, check func() []Reason) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reasons := check()
		body := struct {
			Status  string   `json:"status"`
			Reasons []Reason `json:"reasons,omitempty"`
		}{Status: good}
		code := http.StatusOK
		if len(reasons) > 0 {
			code, body.Status = http.StatusServiceUnavailable, "not "+good
			if _, ok := s.who(r); ok {
				body.Reasons = reasons
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			s.cfg.Log.Debug("probe answer not sent", "error", err)
		}
	}
}
