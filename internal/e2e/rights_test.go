package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// right is what `redactor doctor --acls -o json` says that an account needs.
type right struct {
	Resource, Name, Pattern string
	Operations              []string
}

func (r right) String() string {
	return fmt.Sprintf("%s on %s %s (%s)", strings.Join(r.Operations, "+"), r.Resource, r.Name, r.Pattern)
}

// acls are the right's entries for an account, as Kafka keeps them.
func (r right) acls(t *testing.T, account string) (out []kmsg.CreateACLsRequestCreation) {
	t.Helper()
	kind, err := kmsg.ParseACLResourceType(strings.ReplaceAll(r.Resource, "-", "_"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range r.Operations {
		operation, err := kmsg.ParseACLOperation(name)
		if err != nil {
			t.Fatal(err)
		}
		a := kmsg.NewCreateACLsRequestCreation()
		a.ResourceType, a.ResourceName, a.Operation, a.PermissionType = kind, r.Name, operation, kmsg.ACLPermissionTypeAllow
		a.Principal, a.Host, a.ResourcePatternType = "User:"+account, "*", kmsg.ACLResourcePatternTypeLiteral
		if r.Pattern == "prefixed" {
			a.ResourcePatternType = kmsg.ACLResourcePatternTypePrefixed
		}
		out = append(out, a)
	}
	return out
}

// grant gives an account rights.
func (b *broker) grant(t *testing.T, account string, rights ...right) {
	t.Helper()
	req := kmsg.NewPtrCreateACLsRequest()
	for _, r := range rights {
		req.Creations = append(req.Creations, r.acls(t, account)...)
	}
	res, err := req.RequestWith(t.Context(), b.writer(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.Results {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			t.Fatal(err)
		}
	}
}

// revoke takes rights away.
func (b *broker) revoke(t *testing.T, account string, rights ...right) {
	t.Helper()
	req := kmsg.NewPtrDeleteACLsRequest()
	for _, r := range rights {
		for _, a := range r.acls(t, account) {
			f := kmsg.NewDeleteACLsRequestFilter()
			f.ResourceType, f.ResourceName, f.ResourcePatternType = a.ResourceType, kmsg.StringPtr(a.ResourceName), a.ResourcePatternType
			f.Principal, f.Host, f.Operation, f.PermissionType = kmsg.StringPtr(a.Principal), kmsg.StringPtr(a.Host), a.Operation, a.PermissionType
			req.Filters = append(req.Filters, f)
		}
	}
	res, err := req.RequestWith(t.Context(), b.writer(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.Results {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil || len(r.MatchingACLs) != 1 {
			t.Fatalf("%d taken away: %v", len(r.MatchingACLs), err)
		}
	}
}

// losesMarkers reports whether the broker is a Kafka 4.3 or 4.4: what it takes of requests is that of a 4.3 or newer, and
// its metadata.version is not newer than that of 4.4.
func (b *broker) losesMarkers(t *testing.T) bool {
	t.Helper()
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "test", "1"
	res, err := req.RequestWith(t.Context(), b.writer(t))
	if err != nil {
		t.Fatal(err)
	}
	since := slices.ContainsFunc(res.ApiKeys, func(k kmsg.ApiVersionsResponseApiKey) bool {
		return k.ApiKey == int16(kmsg.DescribeLogDirs) && k.MaxVersion >= 5
	})
	until := slices.ContainsFunc(res.SupportedFeatures, func(f kmsg.ApiVersionsResponseSupportedFeature) bool {
		return f.Name == "metadata.version" && f.MaxVersion <= 33
	})
	return since && until
}

// TestExactRights: with the rights that `redactor doctor --acls` prints, which are those of deploy/strimzi, a real Kafka lets
// the proxy do all that it does, and without any one of them doctor says which; another account opens and
// settles the quarantine with what docs/quarantine.md says.
func TestExactRights(t *testing.T) {
	t.Parallel()
	plain, secure, ca := os.Getenv("REDACTOR_KAFKA"), os.Getenv("REDACTOR_KAFKA_SECURE"), os.Getenv("REDACTOR_KAFKA_CA")
	if plain == "" || secure == "" || ca == "" {
		missing(t, "kafka", "REDACTOR_KAFKA_SECURE and REDACTOR_KAFKA_CA name no listener; .ci/kafka start --secure makes one")
	}
	b := newBroker(t, []string{plain})
	r := deploy(t, b, 1)
	r.file(t, "password", "loopback\n")
	security := fmt.Sprintf("\n  tls: {ca: %q}\n  sasl: {mechanism: plain, username: ACCOUNT, password_file: password}", ca)
	r.listener, r.delivery, r.security = secure, "exactly_once", strings.Replace(security, "ACCOUNT", "proxy", 1)
	keygen := exec.Command(buildRedactor(t), "quarantine", "keygen", "identity")
	keygen.Dir = r.dir
	said, err := keygen.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	i := bytes.Index(said, []byte("age1"))
	if i < 0 {
		t.Fatalf("no recipient: %s", said)
	}
	recipient, _, _ := strings.Cut(string(said[i:]), "\n")
	r.sealed = ", recipient: " + strings.TrimSpace(recipient)
	config := r.configure(t, b, "proxy")

	// redactor runs a command beside the configuration and returns its exit code.
	redactor := func(args ...string) (code int, out string) {
		cmd := exec.Command(buildRedactor(t), args...)
		cmd.Dir, cmd.Env = r.dir, []string{}
		text, err := cmd.CombinedOutput()
		if ended := new(exec.ExitError); errors.As(err, &ended) {
			code = ended.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		return code, string(text)
	}
	code, out := redactor("doctor", "--acls", "-o", "json", "-c", config)
	var needed struct{ ACLs []right }
	if err := json.Unmarshal([]byte(out), &needed); err != nil || code != 0 {
		t.Fatalf("%d, %v: %s", code, err, out)
	}
	doctor := func(want int) (out string) {
		t.Helper()
		eventually(t, patience, fmt.Sprintf("doctor ending with %d", want), func(context.Context) bool {
			var code int
			code, out = redactor("doctor", "-c", config)
			return code == want
		})
		return out
	}
	if len(needed.ACLs) != len(recipients)+4 { // source, quarantine, group, transactional ids
		t.Errorf("%v are needed", needed.ACLs)
	}
	b.grant(t, "proxy", needed.ACLs...)
	if out, loses := doctor(0), b.losesMarkers(t); strings.Contains(out, "KAFKA-20734") != loses {
		t.Errorf("the broker loses markers: %v; doctor says\n%s", loses, out)
	}
	for _, a := range needed.ACLs {
		b.revoke(t, "proxy", a)
		if out := doctor(78); !strings.Contains(out, strings.TrimSuffix(a.Name, "-")) {
			t.Errorf("without %s doctor says\n%s", a, out)
		}
		b.grant(t, "proxy", a)
	}
	doctor(0)

	proxy := r.start(t, b, "proxy")
	write(t, b.writer(t), r.record(0), &kgo.Record{Topic: r.source, Value: []byte(`{"seq":`)}, r.record(5))
	r.awaitDrained(t, b)
	proxy.leave(t)
	r.wantEverywhere(t, b, 0, 5)

	// The office opens what lies in the quarantine, and may not read the source.
	r.security, r.more = strings.Replace(security, "ACCOUNT", "office", 1), "audit: {file: office.jsonl}\n"
	office := r.configure(t, b, "office")
	b.grant(t, "office", right{"topic", r.quarantine, "literal", []string{"READ", "DESCRIBE"}})
	record := r.source + "/0/1"
	eventually(t, patience, "the office seeing the quarantine", func(context.Context) bool {
		code, out = redactor("quarantine", "ls", "-c", office)
		return code == 1 && strings.Contains(out, record)
	})
	if code, out := redactor("quarantine", "show", record, "--identity", "identity", "--yes", "-c", office); code != 0 || !strings.Contains(out, `{"seq":`) {
		t.Errorf("show ends with %d: %s", code, out)
	}
	drop := []string{"quarantine", "drop", "--reason", "parse", "--yes", "-c", office}
	if code, out := redactor(drop...); code == 0 {
		t.Errorf("drop without WRITE ends well: %s", out)
	}
	b.grant(t, "office", right{"topic", r.quarantine, "literal", []string{"WRITE"}})
	eventually(t, patience, "the office dropping the record", func(context.Context) bool {
		code, out = redactor(drop...)
		return code == 0
	})
}
