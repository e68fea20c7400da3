package admin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates for the test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// sign writes NAME.pem and NAME.key.
func (a *authority) sign(name string, c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for ext, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "EC PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(a.file(name+ext), pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// client trusts the authority, and shows the certificate of that name, if any.
func (a *authority) client(name string) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	cfg := &tls.Config{RootCAs: pool}
	if name != "" {
		pair, err := tls.LoadX509KeyPair(a.file(name+".pem"), a.file(name+".key"))
		if err != nil {
			a.t.Fatal(err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: cfg}}
}

// TestClientCertificates: one stands for the token, on an address that others can reach; without one there is the
// bare status of the probes.
func TestClientCertificates(t *testing.T) {
	a := newAuthority(t)
	a.sign("server", &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	a.sign("oncall", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	cfg, err := LoadTLS(a.file("server.pem"), a.file("server.key"), a.file("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	by := ""
	url, _ := serve(t, Config{Listen: "0.0.0.0:0", TLS: cfg, Status: status, Actions: []Action{{"/pause", func(who string, _ *http.Request) error {
		by = who
		return nil
	}}}})
	url = strings.NewReplacer("http://", "https://", "[::]", "127.0.0.1", "0.0.0.0", "127.0.0.1").Replace(url)
	ask := func(c *http.Client, method, path string) int {
		r, err := http.NewRequest(method, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	nobody, oncall := a.client(""), a.client("oncall")
	for path, want := range map[string]int{"/metrics": 401, "/": 401, "/livez": 200} {
		if code := ask(nobody, "GET", path); code != want {
			t.Errorf("%s without a certificate: %d, want %d", path, code, want)
		}
		if code := ask(oncall, "GET", path); code != 200 {
			t.Errorf("%s with a certificate: %d", path, code)
		}
	}
	if code := ask(nobody, "POST", "/pause"); code != 401 || by != "" {
		t.Errorf("an order without a certificate: %d", code)
	}
	if code := ask(oncall, "POST", "/pause"); code != 204 || by != "certificate oncall" {
		t.Errorf("an order with a certificate: %d, by %q", code, by)
	}
	stranger := newAuthority(t)
	stranger.sign("oncall", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	other := stranger.client("oncall")
	other.Transport.(*http.Transport).TLSClientConfig.RootCAs = nobody.Transport.(*http.Transport).TLSClientConfig.RootCAs
	if _, err := other.Get(url + "/metrics"); err == nil {
		t.Error("a certificate of somebody else's authority was taken")
	}
	if _, err := Listen(Config{Listen: "0.0.0.0:0", TLS: &tls.Config{}}); err == nil {
		t.Error("HTTPS alone, without a token or client certificates, was enough for an open address")
	}
}
