package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"
	"unicode"
)

// An Action is something that an operator may do to the running proxy: POST to
// its path. Only who shows the token or a client certificate may; on an address
// without either there are no actions, since everybody on the machine, and every
// page in a browser there, can reach loopback.
//
// Do returns what the operator is told. It writes to the audit log who did what.
type Action struct {
	Path string // "/pause"
	Do   func(by string, r *http.Request) error
}

// maxForm bounds what an action reads.
const maxForm = 4 << 10

// LoadTLS reads the certificate of the admin address and, where clientCA is
// given, the authority of the client certificates that stand for the token.
func LoadTLS(cert, key, clientCA string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if clientCA == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(clientCA)
	if err != nil {
		return nil, err
	}
	cfg.ClientCAs = x509.NewCertPool()
	if !cfg.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate in it", clientCA)
	}
	// A kubelet has none, and may see the bare status of the probes.
	cfg.ClientAuth = tls.VerifyClientCertIfGiven
	return cfg, nil
}

// mutual reports whether a client certificate may stand for the token.
func (c *Config) mutual() bool { return c.TLS != nil && c.TLS.ClientCAs != nil }

// who returns who sends a request, and whether it may see what the server
// serves. by is empty for somebody who has shown nothing, which is enough to
// read on loopback.
func (s *Server) who(r *http.Request) (by string, allowed bool) {
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		return "certificate " + plain(r.TLS.VerifiedChains[0][0].Subject.CommonName), true
	}
	if name, ok := s.cfg.Token.shown(r); ok {
		return strings.TrimSpace("token " + plain(name)), true
	}
	return "", s.cfg.Token.IsZero() && !s.cfg.mutual()
}

// plain is a name that somebody gave, fit for a log.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	return name[:min(len(name), 64)]
}

// shown reports whether the request carries the token: as a bearer token (RFC
// 6750), or as the password of Basic authentication, which is how a browser
// asks for it. The user of the latter is a name for the audit log; nobody
// vouches for it.
func (t Token) shown(r *http.Request) (name string, ok bool) {
	if !t.set {
		return "", false
	}
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if user, password, basic := r.BasicAuth(); basic {
		name, given = user, password
	} else if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	sum := sha256.Sum256([]byte(given))
	return name, subtle.ConstantTimeCompare(sum[:], t.sum[:]) == 1
}

// guarded lets through who may read.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := s.who(r); !ok {
			s.ask(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) ask(w http.ResponseWriter) {
	w.Header().Add("WWW-Authenticate", `Bearer realm="redactor"`)
	w.Header().Add("WWW-Authenticate", `Basic realm="redactor: your name and the token", charset="UTF-8"`)
	http.Error(w, "token missing or wrong", http.StatusUnauthorized)
}

// action lets through who may change something. Browsers send credentials along
// wherever a request comes from: a page of somebody else's must not act.
func (s *Server) action(a Action) http.Handler {
	act := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by, _ := s.who(r)
		switch {
		case by != "":
		case s.cfg.Token.IsZero() && !s.cfg.mutual():
			http.Error(w, "this address asks for no token, and so takes no orders; set admin.token_file", http.StatusForbidden)
			return
		default:
			s.ask(w)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := a.Do(by, r); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return http.NewCrossOriginProtection().Handler(act)
}
