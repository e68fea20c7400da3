package stream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// TLS says how to speak TLS with the brokers, version 1.2 at least. There is no
// way to skip the verification of their certificates.
type TLS struct {
	CA         string // PEM file of the authorities; "": the system's
	Cert, Key  string // PEM files of the client certificate; "": none
	ServerName string // as certificates must have it; "": the broker's host name
}

// SASL says who we are.
type SASL struct {
	Mechanism    Mechanism
	Username     string
	PasswordFile string // the password is the first line
}

// Mechanism is a way to authenticate.
type Mechanism uint8

const (
	SCRAMSHA512 Mechanism = iota
	SCRAMSHA256
	PLAIN // sends the password: over TLS only
)

// ParseMechanism reads the name of a mechanism in any case: plain,
// scram-sha-256, scram-sha-512.
func ParseMechanism(s string) (Mechanism, bool) {
	switch strings.ToLower(s) {
	case "scram-sha-512":
		return SCRAMSHA512, true
	case "scram-sha-256":
		return SCRAMSHA256, true
	case "plain":
		return PLAIN, true
	}
	return 0, false
}

// String returns the name of the mechanism as Kafka spells it.
func (m Mechanism) String() string {
	return [...]string{"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"}[m]
}

// dialTimeout bounds a connection until it may carry requests: TCP, TLS, SASL.
const dialTimeout = 10 * time.Second

// connection is how to reach the brokers.
type connection struct{ transport *kafka.Transport }

// newConnection reads the files that cfg names. Its errors name them and
// nothing of their content.
func newConnection(cfg *Config) (*connection, error) {
	tlsConfig, err := cfg.TLS.config()
	if err != nil {
		return nil, err
	}
	mechanism, err := cfg.SASL.mechanism(tlsConfig != nil)
	if err != nil {
		return nil, err
	}
	if first := mechanism; first != nil {
		p := &passwordFile{config: cfg.SASL, overTLS: tlsConfig != nil}
		p.last.Store(&first)
		mechanism = p
	}
	// A request that waits for others, a join of the group, has no short deadline
	// of its own: that nobody is there any more shows by this, after 25 s.
	d := net.Dialer{Timeout: dialTimeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}}
	return &connection{
		transport: &kafka.Transport{
			Dial: d.DialContext, DialTimeout: dialTimeout, ClientID: cfg.ClientID, TLS: tlsConfig, SASL: mechanism,
			// Leaders are looked up in our own map; the transport needs the
			// brokers only. Nil would ask for every topic of the cluster.
			MetadataTopics: []string{},
		},
	}, nil
}

func (t *TLS) config() (*tls.Config, error) {
	if t == nil {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("kafka TLS: authorities: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("kafka TLS: %s holds no certificate in PEM form", t.CA)
		}
	}
	if (t.Cert == "") != (t.Key == "") {
		return nil, errors.New("kafka TLS: a client certificate needs its key, and a key its certificate")
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("kafka TLS: client certificate %s with key %s: %w", t.Cert, t.Key, err)
		}
		client := &clientCertificate{cert: t.Cert, key: t.Key}
		client.last.Store(&pair)
		c.GetClientCertificate = client.get
	}
	return c, nil
}

func (s *SASL) mechanism(overTLS bool) (sasl.Mechanism, error) {
	if s == nil {
		return nil, nil
	}
	if s.Username == "" {
		return nil, errors.New("kafka SASL: no user name")
	}
	password, err := readPassword(s.PasswordFile)
	if err != nil {
		return nil, err
	}
	switch s.Mechanism {
	case SCRAMSHA512, SCRAMSHA256:
		algorithm := scram.SHA512
		if s.Mechanism == SCRAMSHA256 {
			algorithm = scram.SHA256
		}
		m, err := scram.Mechanism(algorithm, s.Username, password)
		if err != nil { // its text quotes what it could not prepare
			return nil, errors.New("kafka SASL: the user name or the password holds characters that SCRAM forbids (RFC 4013)")
		}
		return m, nil
	case PLAIN:
		if !overTLS {
			return nil, errors.New("kafka SASL: PLAIN sends the password as it is: configure TLS, or use scram-sha-512")
		}
		return plain.Mechanism{Username: s.Username, Password: password}, nil
	}
	return nil, errors.New("kafka SASL: unknown mechanism")
}

// readPassword reads the first line of a file.
func readPassword(path string) (string, error) {
	if path == "" {
		return "", errors.New("kafka SASL: no password file")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("kafka SASL: password: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", fmt.Errorf("kafka SASL: the first line of %s is empty", path)
	}
	return line, nil
}

// ConnectError says that the brokers cannot be spoken to, and why as far as
// that can be told: Kafka answers most mistakes of this kind by hanging up.
type ConnectError struct {
	Brokers []string
	Hint    string // what to look at, one sentence
	Err     error
}

func (e *ConnectError) Error() string {
	return fmt.Sprintf("cannot speak to Kafka at %s: %s (%v)", strings.Join(e.Brokers, ", "), e.Hint, e.Err)
}

func (e *ConnectError) Unwrap() error { return e.Err }

// probe asks for metadata once and explains what went wrong.
func (c *cluster) probe(ctx context.Context, cfg *Config) error {
	_, err := c.describe(ctx, []string{cfg.Routes[0].From})
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return unreachable(err, cfg)
}

// unreachable says that Kafka cannot be spoken to, and what to look at.
func unreachable(err error, cfg *Config) *ConnectError {
	return &ConnectError{Brokers: cfg.Brokers, Hint: hint(err, cfg), Err: err}
}

// hint says what an error of the first exchange most likely means.
func hint(err error, cfg *Config) string {
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var alert tls.AlertError
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &record):
		return "the listener does not speak TLS, or not on this port"
	case errors.As(err, &unknown):
		return "the broker's certificate is signed by an authority that is not in tls.ca"
	case errors.As(err, &host):
		return "the broker's certificate is for another name: use that name in brokers, or set tls.server_name"
	case errors.As(err, &invalid):
		return "the broker's certificate is not valid now: has it expired, is the clock right?"
	case errors.As(err, &alert):
		return "the broker ended the TLS handshake: it may want a client certificate (tls.cert, tls.key), or refuse this one"
	case errors.Is(err, kafka.SASLAuthenticationFailed):
		return "the broker refused the user name or the password"
	case errors.Is(err, kafka.UnsupportedSASLMechanism):
		return "the listener does not offer " + cfg.SASL.Mechanism.String()
	case errors.As(err, &dns):
		return "the name of no broker could be resolved"
	case errors.As(err, &op) && op.Op == "dial":
		return "no broker accepts connections: is it up, is the address right?"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &op):
		return hangUp(cfg)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		if cfg.TLS == nil {
			return "no answer in time: a firewall, or a listener that waits for TLS"
		}
		return "no answer in time: a firewall, or a listener that speaks no TLS"
	}
	return "the first request failed"
}

// hangUp explains a connection that the broker closed without a word.
func hangUp(cfg *Config) string {
	switch {
	case cfg.SASL != nil && cfg.TLS == nil:
		return "the broker hung up: the credentials are refused, or the listener wants TLS"
	case cfg.SASL != nil:
		return "the broker hung up: the credentials are refused, or the listener speaks no TLS"
	case cfg.TLS == nil:
		return "the broker hung up: its listener wants TLS or SASL"
	}
	return "the broker hung up: its listener wants SASL or a client certificate, or speaks no TLS"
}
