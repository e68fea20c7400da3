// Package admin is the HTTP side of a running proxy: metrics and probes.
//
// Nothing it serves holds a record or a part of one. It listens on loopback;
// on any other address only with a token, which everything but the bare
// status of the probes then asks for. There is no pprof: heap and goroutine
// dumps hold raw records.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
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
	loopback bool
}

// ErrExposed is returned by Listen for an address that others can reach when
// there is no token.
var ErrExposed = errors.New("an admin address that is not loopback needs token_file")

// Listen binds the address. Nothing is served before Serve.
func Listen(cfg Config) (*Server, error) {
	if cfg.Listen == "" {
		cfg.Listen = DefaultListen
	}
	loopback, err := isLoopback(cfg.Listen)
	if err != nil {
		return nil, err
	}
	if !loopback && cfg.Token.IsZero() {
		return nil, fmt.Errorf("%s: %w", cfg.Listen, ErrExposed)
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, listener: l, loopback: loopback}
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
	go func() { ended <- s.http.Serve(s.listener) }()
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
	if s.cfg.Reload != nil {
		mux.Handle("POST /reload", s.guarded(http.HandlerFunc(s.reload)))
	}
	mux.Handle("GET /{$}", s.guarded(http.HandlerFunc(index)))
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

// guarded asks for the token, where there is one.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.cfg.Token.Allows(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="redactor"`)
			http.Error(w, "token missing or wrong", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
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
			if s.cfg.Token.Allows(r) {
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

func index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, "redactor\n\n/metrics  Prometheus, OpenMetrics\n/livez    503 when the process can make no progress\n/startupz 503 until a broker has answered\n/readyz   503 until it is in its group and can write; JSON says why\n/reload   POST: take the policy and the keys anew\n")
}
