package stream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"redactor/internal/freeport"
)

// authority issues certificates for the tests.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.key = newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.file = writeFile(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writeFile(t *testing.T, content []byte) string {
	t.Helper()
	f := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(f, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// issue makes a certificate for 127.0.0.1 that is valid until then, and the
// files of it and of its key.
func (a *authority) issue(until time.Time, ips ...net.IP) (pair tls.Certificate, cert, key string) {
	a.t.Helper()
	k := newKey(a.t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-2 * time.Hour),
		NotAfter: until, IPAddresses: ips, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &k.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		a.t.Fatal(err)
	}
	c, p := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if pair, err = tls.X509KeyPair(c, p); err != nil {
		a.t.Fatal(err)
	}
	return pair, writeFile(a.t, c), writeFile(a.t, p)
}

var loopback = net.IPv4(127, 0, 0, 1)

// TLS with a client certificate, and every way to say who we are over it.
func TestTLSAndSASL(t *testing.T) {
	ca := newAuthority(t)
	server, _, _ := ca.issue(time.Now().Add(time.Hour), loopback)
	_, cert, key := ca.issue(time.Now().Add(time.Hour))
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	clientPair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []Mechanism{SCRAMSHA512, SCRAMSHA256, PLAIN} {
		t.Run(m.String(), func(t *testing.T) {
			c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(2, "in", "out.a", "quarantine"), kfake.GroupMinSessionTimeout(100*time.Millisecond),
				kfake.EnableSASL(), kfake.Superuser(m.String(), "redactor", "pass word"),
				kfake.TLS(&tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			mechanism := kgo.SASL(plain.Auth{User: "redactor", Pass: "pass word"}.AsMechanism())
			switch auth := (scram.Auth{User: "redactor", Pass: "pass word"}); m {
			case SCRAMSHA256:
				mechanism = kgo.SASL(auth.AsSha256Mechanism())
			case SCRAMSHA512:
				mechanism = kgo.SASL(auth.AsSha512Mechanism())
			}
			l := &lab{t: t, cluster: c, dial: []kgo.Opt{mechanism, kgo.DialTLSConfig(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{clientPair}})}}
			l.client = l.newClient()
			l.feed(2, 0, 100)
			cfg := l.config(keepRoute(t, "in", "a"))
			cfg.TLS = &TLS{CA: ca.file, Cert: cert, Key: key}
			cfg.SASL = &SASL{Mechanism: m, Username: "redactor", PasswordFile: writeFile(t, []byte("pass word\nnot this\n"))}
			proxy := l.start(cfg)
			l.expect(2, 100)
			proxy.end()
			proxy.books()
		})
	}
}

// What goes wrong at the first contact is explained, without the password.
func TestConnectHints(t *testing.T) {
	const password = "hunter2hunter2"
	ca, other := newAuthority(t), newAuthority(t)
	server, _, _ := ca.issue(time.Now().Add(time.Hour), loopback)
	stranger, _, _ := ca.issue(time.Now().Add(time.Hour), net.IPv4(192, 0, 2, 1))
	expired, _, _ := ca.issue(time.Now().Add(-time.Hour), loopback)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	withTLS := func(pair tls.Certificate) kfake.Opt {
		return kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}})
	}
	credentials := func() *SASL {
		return &SASL{Username: "redactor", PasswordFile: writeFile(t, []byte(password))}
	}
	for _, c := range []struct {
		name    string
		cluster []kfake.Opt
		tls     *TLS
		sasl    *SASL
		want    string
	}{
		{"no TLS for a TLS listener", []kfake.Opt{withTLS(server)}, nil, nil, "TLS"},
		{"TLS for a plain listener", nil, &TLS{CA: ca.file}, nil, "speaks no TLS"},
		{"unknown authority", []kfake.Opt{withTLS(server)}, &TLS{CA: other.file}, nil, "authority that is not in tls.ca"},
		{"wrong name", []kfake.Opt{withTLS(stranger)}, &TLS{CA: ca.file}, nil, "is for another name"},
		{"expired", []kfake.Opt{withTLS(expired)}, &TLS{CA: ca.file}, nil, "not valid now"},
		{"client certificate missing", []kfake.Opt{kfake.TLS(&tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})},
			&TLS{CA: ca.file}, nil, "client certificate"},
		{"wrong password", []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "redactor", "another")}, nil, credentials(), "credentials"},
		{"unknown user", []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "admin", "another")}, nil, credentials(), "credentials"},
		{"no credentials", []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "redactor", password)}, nil, nil, "wants TLS or SASL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "out.a", "quarantine")}, c.cluster...)...)
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			l := &lab{t: t, cluster: cluster}
			cfg := l.config(keepRoute(t, "in", "a"))
			cfg.TLS, cfg.SASL = c.tls, c.sasl
			p, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			err = p.Run(l.context())
			var ce *ConnectError
			if !errors.As(err, &ce) || !strings.Contains(ce.Hint, c.want) {
				t.Errorf("Run: %v\nwant a hint about %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	addr, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Brokers = []string{addr}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var ce *ConnectError
	if err := p.Run(l.context()); !errors.As(err, &ce) || !strings.Contains(ce.Hint, "no broker accepts connections") || !strings.Contains(err.Error(), addr) {
		t.Errorf("Run: %v", err)
	}
}

// What New refuses. None of it needs a broker.
func TestNewRefuses(t *testing.T) {
	ca := newAuthority(t)
	_, cert, _ := ca.issue(time.Now().Add(time.Hour))
	password := writeFile(t, []byte("pass\n"))
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no brokers", func(c *Config) { c.Brokers = nil }, "no brokers"},
		{"no group", func(c *Config) { c.Group = "" }, "no consumer group"},
		{"no routes", func(c *Config) { c.Routes = nil }, "no routes"},
		{"no quarantine", func(c *Config) { c.Quarantine = "" }, "there is no quarantine topic"},
		{"profiles", func(c *Config) { c.Routes[0].To = append(c.Routes[0].To, Target{Profile: "b", Topic: "out.b"}) }, "2 recipients for 1 profiles"},
		{"compression", func(c *Config) { c.Batch.Compression = "rar" }, `unknown compression "rar"`},
		{"heartbeat", func(c *Config) { c.Heartbeat, c.Session = time.Second, time.Second }, "heartbeat"},
		{"plain without TLS", func(c *Config) { c.SASL = &SASL{PLAIN, "u", password} }, "PLAIN sends the password as it is"},
		{"no user", func(c *Config) { c.SASL = &SASL{PasswordFile: password} }, "no user name"},
		{"no password file", func(c *Config) { c.SASL = &SASL{Username: "u"} }, "no password file"},
		{"missing password file", func(c *Config) { c.SASL = &SASL{Username: "u", PasswordFile: password + "x"} }, "password"},
		{"empty password", func(c *Config) { c.SASL = &SASL{Username: "u", PasswordFile: writeFile(t, []byte("\nsecond"))} }, "is empty"},
		{"cert without key", func(c *Config) { c.TLS = &TLS{Cert: cert} }, "needs its key"},
		{"not a key", func(c *Config) { c.TLS = &TLS{Cert: cert, Key: cert} }, "client certificate"},
		{"not an authority", func(c *Config) { c.TLS = &TLS{CA: password} }, "holds no certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := Config{Brokers: []string{"127.0.0.1:1"}, Group: "g", Quarantine: "q", Routes: []Route{keepRoute(t, "in", "a")}}
			cfg.Metrics = newMetrics(cfg.Routes)
			c.change(&cfg)
			if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("New: %v, want %q", err, c.want)
			}
		})
	}
}

func TestParseMechanism(t *testing.T) {
	for _, m := range []Mechanism{PLAIN, SCRAMSHA256, SCRAMSHA512} {
		if got, ok := ParseMechanism(strings.ToLower(m.String())); !ok || got != m {
			t.Errorf("%s: %v %v", m, got, ok)
		}
	}
	if _, ok := ParseMechanism("GSSAPI"); ok {
		t.Error("GSSAPI was taken")
	}
}
