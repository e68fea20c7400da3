package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"redactor/stream"
)

// A certificate that ends is named before it does.
func TestDoctorCertificates(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for days, want := range map[int]level{-1: bad, 7: warning, 100: ""} {
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: now.AddDate(0, 0, days)}, &x509.Certificate{}, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "cert.pem")
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &doctor{cfg: defaultConfig(), now: now}
		d.cfg.Kafka.TLS.Cert = path
		d.files()
		switch {
		case want == "" && len(d.findings) > 0:
			t.Errorf("%d days: %+v", days, d.findings)
		case want != "" && (len(d.findings) != 1 || d.findings[0].Level != want || !strings.Contains(d.findings[0].What, "kafka.tls.cert: it is over")):
			t.Errorf("%d days: %+v", days, d.findings)
		}
	}
}

// Kafka tells no time; a record from the future says that a clock is wrong.
func TestDoctorClock(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	client, err := stream.NewClient(stream.Config{Brokers: cluster.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), scriptPatience)
	defer cancel()
	for _, ahead := range []time.Duration{-time.Hour, 0, time.Hour} {
		if err := producer.ProduceSync(ctx, &kgo.Record{Topic: "in", Value: []byte("{}"), Timestamp: time.Now().Add(ahead)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		d := &doctor{cfg: defaultConfig(), client: client, plans: []stream.Planned{{Source: "in", Partitions: 1}}}
		if d.clock(ctx); (len(d.findings) > 0) != (ahead > 0) {
			t.Errorf("%s ahead: %+v", ahead, d.findings)
		}
	}
}

// What a broker allows is compared with what a transaction asks for, and what a
// topic's replicas stand for is said.
func TestDoctorReplicasAndTransactions(t *testing.T) {
	for _, c := range []struct {
		t     stream.TopicState
		least int64
		want  level
		what  string
	}{
		{stream.TopicState{Replicas: 3, InSync: 3}, 2, "", ""},
		{stream.TopicState{Replicas: 3, InSync: 3}, 1, warning, "min.insync.replicas is 1"},
		{stream.TopicState{Replicas: 3, InSync: 3}, 3, warning, "one broker away stops the proxy"},
		{stream.TopicState{Replicas: 1, InSync: 1}, 1, warning, "one replica"},
		{stream.TopicState{Replicas: 3, InSync: 1}, 2, bad, "nothing can be written"},
	} {
		d := new(doctor)
		d.replication("out", c.t, c.least)
		if n := len(d.findings); n > 1 || (n == 1) != (c.want != "") || n == 1 && (d.findings[0].Level != c.want || !strings.Contains(d.findings[0].What, c.what)) {
			t.Errorf("%+v with %d: %+v", c.t, c.least, d.findings)
		}
	}
	for limit, want := range map[string]bool{"1000": true, "900000": false} {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.BrokerConfigs(map[string]string{"transaction.max.timeout.ms": limit}))
		if err != nil {
			t.Fatal(err)
		}
		defer cluster.Close()
		client, err := stream.NewClient(stream.Config{Brokers: cluster.ListenAddrs()})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		d := &doctor{cfg: defaultConfig(), client: client}
		d.cfg.Kafka.Delivery = "exactly_once"
		d.transactions(context.Background())
		found := slices.ContainsFunc(d.findings, func(f finding) bool { return f.Level == bad && strings.Contains(f.What, "it gets no transactions") })
		if found != want {
			t.Errorf("with %s ms: %+v", limit, d.findings)
		}
	}
}

// Brokers that lose the end of a transaction are named together, where there
// are transactions.
func TestDoctorMarkers(t *testing.T) {
	for _, c := range []struct {
		release  *kversion.Versions
		delivery string
		want     int
	}{
		{kversion.V4_2_0(), "exactly_once", 0},
		{kversion.V4_3_0(), "exactly_once", 1},
		{kversion.V4_4_0(), "exactly_once", 1},
		{kversion.V4_3_0(), "at_least_once", 0},
	} {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.MaxVersions(c.release))
		if err != nil {
			t.Fatal(err)
		}
		defer cluster.Close()
		client, err := stream.NewClient(stream.Config{Brokers: cluster.ListenAddrs()})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		d := &doctor{cfg: defaultConfig(), client: client}
		d.cfg.Kafka.Delivery = c.delivery
		if !d.brokers(t.Context()) {
			t.Fatalf("%+v", d.findings)
		}
		var found []finding
		for _, f := range d.findings {
			if f.Level != fine {
				found = append(found, f)
			}
		}
		if len(found) != c.want {
			t.Errorf("%s, %s: %+v", c.release.VersionGuess(), c.delivery, found)
		}
		for _, f := range found {
			if f.Level != warning || f.Place != "brokers 0, 1, 2" || !strings.Contains(f.What, "KAFKA-20734") || f.Fix == "" {
				t.Errorf("%s: %+v", c.release.VersionGuess(), f)
			}
		}
		if err := d.verdict(false); err != nil {
			t.Errorf("a warning ends with %v", err)
		}
	}
}

// Everybody is a reader too: by an ACL, by there being none, by brokers that
// ask nobody.
func TestDoctorReaders(t *testing.T) {
	everybody := kmsg.NewCreateACLsRequestCreation()
	everybody.ResourceType, everybody.ResourceName, everybody.ResourcePatternType = kmsg.ACLResourceTypeTopic, "in", kmsg.ACLResourcePatternTypeLiteral
	everybody.Principal, everybody.Host, everybody.Operation, everybody.PermissionType = stream.Everybody, "*", kmsg.ACLOperationRead, kmsg.ACLPermissionTypeAllow
	for _, c := range []struct {
		name, open string
		acls       []kmsg.CreateACLsRequestCreation
		disabled   bool
		want       string
	}{
		{"nobody", "false", nil, false, "[{ok readers  2 topics hold originals; 0 accounts may read outputs  false}]"},
		{"an ACL", "false", []kmsg.CreateACLsRequestCreation{everybody}, false, "[{warning readers in every account may read it,"},
		{"no ACL", "true", nil, false, "[{warning readers in, quarantine every account may read it,"},
		{"no authorizer", "false", nil, true, "[{warning readers  the brokers check no rights:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "out", "quarantine"), kfake.EnableSASL(), kfake.EnableACLs(),
				kfake.Superuser("SCRAM-SHA-256", "admin", "secret"), kfake.BrokerConfigs(map[string]string{"allow.everyone.if.no.acl.found": c.open}))
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			admin, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.SASL(scram.Auth{User: "admin", Pass: "secret"}.AsSha256Mechanism()))
			if err != nil {
				t.Fatal(err)
			}
			defer admin.Close()
			req := kmsg.NewPtrCreateACLsRequest()
			req.Creations = c.acls
			if _, err := req.RequestWith(t.Context(), admin); err != nil {
				t.Fatal(err)
			}
			if c.disabled {
				cluster.ControlKey(int16(kmsg.DescribeACLs), func(r kmsg.Request) (kmsg.Response, error, bool) {
					res := r.ResponseKind().(*kmsg.DescribeACLsResponse)
					res.ErrorCode = kerr.SecurityDisabled.Code
					return res, nil, true
				})
			}
			password := filepath.Join(t.TempDir(), "password")
			if err := os.WriteFile(password, []byte("secret"), 0o600); err != nil {
				t.Fatal(err)
			}
			client, err := stream.NewClient(stream.Config{Brokers: cluster.ListenAddrs(), SASL: &stream.SASL{Mechanism: stream.SCRAMSHA256, Username: "admin", PasswordFile: password}})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			d := &doctor{cfg: defaultConfig(), client: client, check: "readers", plans: []stream.Planned{{Source: "in", Partitions: 1, Outputs: []stream.PlannedOutput{{Profile: "p", Topic: "out"}}}}}
			d.cfg.Quarantine.Topic = "quarantine"
			d.readers(t.Context())
			if got := fmt.Sprint(d.findings); !strings.HasPrefix(got, c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
