package stream

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"redactor/redact"
)

// What docs/delivery.md lists and no other file tests.

// A record that fits as it came and not as it leaves: its recipient does not
// get it, the others do, and the quarantine says so.
func TestOversizeAfterGrowth(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.b", "quarantine"))
	if err := l.cluster.CreateTopic("out.a", 1, map[string]string{"max.message.bytes": "2000"}); err != nil {
		t.Fatal(err)
	}
	longer := redact.Replace(strings.Repeat("*", 3000))
	route := Route{From: "in", To: []Target{{Profile: "a", Topic: "out.a"}, {Profile: "b", Topic: "out.b"}}, Program: keepProgram(t,
		redact.Profile{Name: "a", Unknown: redact.UnknownKeep, Transforms: []redact.Transform{redact.Keep(), longer}},
		redact.Profile{Name: "b", Unknown: redact.UnknownKeep})}
	l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"a":0}`)}, &kgo.Record{Topic: "in", Value: []byte(`{"id":1}`)}, &kgo.Record{Topic: "in", Value: []byte(`{"a":2}`)})
	proxy := l.start(l.exactly(route))
	for i, want := range []string{`{"a":0}`, `{"a":2}`} {
		if got := string(l.consume("out.a", 2)[i].Value); got != want {
			t.Errorf("record %d is %s", i, got)
		}
	}
	l.consume("out.b", 3)
	if q := quarantined(t, l.consume("quarantine", 1))[0]; q.Offset != 1 || q.Reason != reasonOversize || fmt.Sprint(q.Recipients) != "[a]" {
		t.Errorf("quarantine: %+v", q)
	}
	proxy.end()
	proxy.books()
}

// A compression that this build has never heard of: its batch goes to the
// quarantine, the next one goes on.
func TestUnknownCompression(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 5)
	var b builder
	b.reset(0)
	for range 4 {
		b.append(1000, nil, []byte("secret"), nil)
	}
	unknown := bytes.Clone(b.finish(compressNone, -1, -1, -1, 0))
	unknown[22] |= 6
	binary.BigEndian.PutUint32(unknown[crcAt:], crc32.Checksum(unknown[crcFrom:], castagnoli))
	b.reset(0)
	b.append(1000, nil, []byte("4"), nil)
	known := bytes.Clone(b.finish(compressNone, -1, -1, -1, 0))
	binary.BigEndian.PutUint64(known, 4)
	l.answerFetches(5, func() []byte { return append(bytes.Clone(unknown), known...) })
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	if got := string(l.consume("out.a", 1)[0].Value); got != "4" {
		t.Errorf("got %s", got)
	}
	if q := quarantined(t, l.consume("quarantine", 1))[0]; q.Offset != 0 || q.LastOffset != 3 || q.Reason != reasonParse {
		t.Errorf("quarantine: %+v", q)
	}
	proxy.end()
	proxy.books()
}

// The log is shorter than what the group has committed, as after an unclean
// election: it goes on where out_of_range says.
func TestTruncatedLog(t *testing.T) {
	for _, c := range []struct {
		how  OutOfRange
		next string // the first record that comes
	}{{OutOfRangeEarliest, string(jsonValue(0, 0))}, {OutOfRangeLatest, string(jsonValue(0, 10))}} {
		l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
		l.feed(1, 0, 10)
		commit := kmsg.NewPtrOffsetCommitRequest()
		commit.Group, commit.Generation = "g", -1
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Offset = 100
		topic := kmsg.NewOffsetCommitRequestTopic()
		topic.Topic, topic.Partitions = "in", []kmsg.OffsetCommitRequestTopicPartition{p}
		commit.Topics = append(commit.Topics, topic)
		res, err := commit.RequestWith(l.context(), l.newClient(kgo.MaxVersions(kversion.V3_0_0())))
		if err == nil {
			err = kerr.ErrorForCode(res.Topics[0].Partitions[0].ErrorCode)
		}
		if err != nil {
			t.Fatal(err)
		}
		cfg := l.exactly(keepRoute(t, "in", "a"))
		cfg.OutOfRange = c.how
		proxy := l.start(cfg)
		proxy.until("the end", func(s *Snapshot) bool { return s.OutOfRange == 1 && s.Partitions[0].Next == 10 })
		l.feed(1, 10, 1)
		n := map[OutOfRange]int{OutOfRangeEarliest: 11, OutOfRangeLatest: 1}[c.how]
		if got := l.consume("out.a", n)[0]; string(got.Value) != c.next {
			t.Errorf("goes on with %s, want %s", got.Value, c.next)
		}
		proxy.end()
		proxy.books()
	}
}

// A topic is deleted and created anew: Kafka forgets the group's offsets with
// it, and all of the new one arrives.
func TestTopicRecreated(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
	l.feed(1, 0, 10)
	proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
	proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 10 })
	if err := l.cluster.DeleteTopic("in"); err != nil {
		t.Fatal(err)
	}
	proxy.until("the topic to go", func(s *Snapshot) bool { return len(s.Problems) == 1 })
	if err := l.cluster.CreateTopic("in", 1, nil); err != nil {
		t.Fatal(err)
	}
	l.client = l.newClient()
	l.feed(1, 100, 5)
	got := l.consume("out.a", 15)
	for i := range 5 {
		if want := jsonValue(0, 100+i); !bytes.Equal(got[10+i].Value, want) {
			t.Errorf("record %d is %s, want %s", 10+i, got[10+i].Value, want)
		}
	}
	proxy.end()
	proxy.books()
}

// A right is taken away while the proxy runs: the partition stalls, says which,
// skips nothing, and goes on when the right is back.
func TestRightsRevoked(t *testing.T) {
	for _, c := range []struct {
		key kmsg.Key
		err *kerr.Error
		why string
	}{
		{kmsg.Fetch, kerr.TopicAuthorizationFailed, "fetch from in"},
		{kmsg.Produce, kerr.TopicAuthorizationFailed, "produce to out.a"},
		{kmsg.AddPartitionsToTxn, kerr.TransactionalIDAuthorizationFailed, "transaction"},
		{kmsg.TxnOffsetCommit, kerr.GroupAuthorizationFailed, "transaction"},
	} {
		t.Run(c.key.Name(), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			proxy := l.start(l.exactly(keepRoute(t, "in", "a")))
			l.feed(1, 0, 5)
			proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 5 })
			h := l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{c.key}, Err: c.err, Count: -1, When: func(r kmsg.Request) bool {
				p, ok := r.(*kmsg.ProduceRequest)
				return !ok || p.TransactionID != nil
			}})
			l.feed(1, 5, 5)
			proxy.until("the stall", func(s *Snapshot) bool {
				return s.Partitions[0].State == PartitionStalled && strings.Contains(s.Partitions[0].Why, c.why) && strings.Contains(s.Partitions[0].Why, "Authorization")
			})
			h.Remove()
			l.expect(1, 10)
			proxy.end()
			proxy.books()
		})
	}
}

// The password changes, in Kafka first. Connections that are lost come back as
// soon as the new one is in the file.
func TestPasswordRotated(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(1, "in", "out.a", "quarantine"), kfake.GroupMinSessionTimeout(100*time.Millisecond),
		kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "redactor", "before"), kfake.Superuser("SCRAM-SHA-512", "test", "test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	l := &lab{t: t, cluster: c, dial: []kgo.Opt{kgo.SASL(scram.Auth{User: "test", Pass: "test"}.AsSha512Mechanism())}}
	l.client = l.newClient()
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.SASL = &SASL{Mechanism: SCRAMSHA512, Username: "redactor", PasswordFile: writeFile(t, []byte("before\n"))}
	cfg.DeliveryTimeout = 50 * time.Millisecond
	n := newNetwork()
	proxy := l.startOn(n, cfg)
	l.feed(1, 0, 5)
	proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 5 })

	salt := []byte("salt of this test")
	salted, err := pbkdf2.Key(sha512.New, "after", salt, 4096, sha512.Size)
	if err != nil {
		t.Fatal(err)
	}
	alter := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
	alter.Upsertions = []kmsg.AlterUserSCRAMCredentialsRequestUpsertion{{Name: "redactor", Mechanism: 2, Iterations: 4096, Salt: salt, SaltedPassword: salted}}
	if res, err := alter.RequestWith(l.context(), l.client); err != nil || res.Results[0].ErrorCode != 0 {
		t.Fatalf("%v, %+v", err, res)
	}
	n.drop()
	l.feed(1, 5, 5)
	proxy.until("the stall", func(s *Snapshot) bool { ok, _ := proxy.Ready(); return !ok })
	if err := os.WriteFile(cfg.SASL.PasswordFile, []byte("after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.expect(1, 10)
	proxy.end()
	proxy.books()
}

// The client certificate expires. The next one is put in its place, and
// connections come back with it.
func TestClientCertificateExpires(t *testing.T) {
	ca := newAuthority(t)
	server, _, _ := ca.issue(time.Now().Add(time.Hour), loopback)
	own, _, _ := ca.issue(time.Now().Add(time.Hour))
	_, nextCert, nextKey := ca.issue(time.Now().Add(time.Hour))
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(1, "in", "out.a", "quarantine"), kfake.GroupMinSessionTimeout(100*time.Millisecond),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	l := &lab{t: t, cluster: c, dial: []kgo.Opt{kgo.DialTLSConfig(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{own}})}}
	l.client = l.newClient()
	expires := time.Now().Add(3 * time.Second)
	_, cert, key := ca.issue(expires)
	cfg := l.exactly(keepRoute(t, "in", "a"))
	cfg.TLS = &TLS{CA: ca.file, Cert: cert, Key: key}
	cfg.DeliveryTimeout = 50 * time.Millisecond
	n := newNetwork()
	proxy := l.startOn(n, cfg)
	l.feed(1, 0, 5)
	proxy.until("the first", func(s *Snapshot) bool { return s.Recipients[0].Produced == 5 })
	proxy.until("the expiry", func(*Snapshot) bool { return time.Now().After(expires.Add(time.Second)) })
	n.drop()
	l.feed(1, 5, 5)
	proxy.until("the stall", func(s *Snapshot) bool { ok, _ := proxy.Ready(); return !ok })
	for from, to := range map[string]string{nextCert: cert, nextKey: key} {
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	l.expect(1, 10)
	proxy.end()
	proxy.books()
}

// Every test that the page names is there, so that the page does not promise
// what nobody holds it to.
func TestDeliveryPage(t *testing.T) {
	page, err := os.ReadFile("../docs/delivery.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests []byte
	for _, pattern := range []string{"*_test.go", "../internal/e2e/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			content, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			tests = append(tests, content...)
		}
	}
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllSubmatch(page, -1)
	if len(named) < 30 {
		t.Errorf("the page names %d tests", len(named))
	}
	for _, m := range named {
		if !bytes.Contains(tests, fmt.Appendf(nil, "func %s(t *testing.T)", m[1])) {
			t.Errorf("there is no %s", m[1])
		}
	}
}
