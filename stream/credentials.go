package stream

import (
	"context"
	"crypto/tls"
	"sync/atomic"

	"github.com/segmentio/kafka-go/sasl"
)

// Certificates expire and passwords are rotated while the proxy runs. Both are
// read again from their files for every connection that is made, so that
// nothing has to be restarted: what is in the file when a broker asks counts.
// A file that cannot be read just then, or is half written, leaves what was
// read last in force.

// clientCertificate presents the pair that is in the files.
type clientCertificate struct {
	cert, key string
	last      atomic.Pointer[tls.Certificate]
}

func (c *clientCertificate) get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if pair, err := tls.LoadX509KeyPair(c.cert, c.key); err == nil {
		c.last.Store(&pair)
	}
	return c.last.Load(), nil
}

// passwordFile is a mechanism with the password that is in the file.
type passwordFile struct {
	config  *SASL
	overTLS bool
	last    atomic.Pointer[sasl.Mechanism]
}

// Name implements sasl.Mechanism.
func (p *passwordFile) Name() string { return (*p.last.Load()).Name() }

// Start implements sasl.Mechanism.
func (p *passwordFile) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	if m, err := p.config.mechanism(p.overTLS); err == nil {
		p.last.Store(&m)
	}
	return (*p.last.Load()).Start(ctx)
}
