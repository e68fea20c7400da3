package e2e

import (
	"fmt"
	"os"
	"testing"
)

// TestSecureListeners: records go in through one listener and redactor reads and writes through the other,
// over TLS with each SASL mechanism. Only a real Kafka is asked: what kfake knows of TLS and SASL is tested
// with package stream.
func TestSecureListeners(t *testing.T) {
	t.Parallel()
	plain, secure, ca := os.Getenv("REDACTOR_KAFKA"), os.Getenv("REDACTOR_KAFKA_SECURE"), os.Getenv("REDACTOR_KAFKA_CA")
	if plain == "" || secure == "" || ca == "" {
		missing(t, "kafka", "REDACTOR_KAFKA_SECURE and REDACTOR_KAFKA_CA name no listener; .ci/kafka start --secure makes one")
	}
	for _, mechanism := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
		t.Run(mechanism, func(t *testing.T) {
			b := newBroker(t, []string{plain})
			r := deploy(t, b, 1)
			r.file(t, "password", "loopback\n")
			r.listener = secure
			r.security = fmt.Sprintf("\n  tls: {ca: %q}\n  sasl: {mechanism: %s, username: redactor, password_file: password}", ca, mechanism)
			p := r.start(t, b, "secure")
			write(t, b.writer(t), r.record(0), r.record(5))
			r.awaitDrained(t, b)
			p.leave(t)
			r.wantEverywhere(t, b, 0, 5)
		})
	}
}
