package stream

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// allow lets a principal do something with topics.
func allow(principal string, op kmsg.ACLOperation, pattern kmsg.ACLResourcePatternType, name string) kmsg.CreateACLsRequestCreation {
	a := kmsg.NewCreateACLsRequestCreation()
	a.ResourceType, a.ResourceName, a.ResourcePatternType = kmsg.ACLResourceTypeTopic, name, pattern
	a.Principal, a.Host, a.Operation, a.PermissionType = principal, "*", op, kmsg.ACLPermissionTypeAllow
	return a
}

// guard creates ACLs as the cluster's administrator.
func (l *lab) guard(acls ...kmsg.CreateACLsRequestCreation) {
	l.t.Helper()
	req := kmsg.NewPtrCreateACLsRequest()
	req.Creations = acls
	res, err := req.RequestWith(l.context(), l.client)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, r := range res.Results {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			l.t.Fatal(err)
		}
	}
}

// as is a client of ours for a user of the cluster.
func (l *lab) as(user string) *Client {
	l.t.Helper()
	c, err := NewClient(Config{Brokers: l.cluster.ListenAddrs(), SASL: &SASL{Mechanism: SCRAMSHA256, Username: user, PasswordFile: writeFile(l.t, []byte("x"))}})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(c.Close)
	return c
}

func newGuardedLab(t *testing.T, users []string, topics ...string) *lab {
	opts := []kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(1, topics...), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("SCRAM-SHA-256", "admin", "x"), kfake.Superuser("PLAIN", "admin", "x")}
	for _, u := range users {
		opts = append(opts, kfake.User("SCRAM-SHA-256", u, "x"))
	}
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	l := &lab{t: t, cluster: c, dial: []kgo.Opt{kgo.SASL(plain.Auth{User: "admin", Pass: "x"}.AsMechanism())}}
	l.client = l.newClient()
	return l
}

// Random ACLs: who may read what, as worked out here, is what the broker tells
// every account of itself.
func TestReaders(t *testing.T) {
	users, topics := []string{"ann", "bob", "cid"}, []string{"source.a", "source.b", "out", "o"}
	names := append([]string{"source.", "*"}, topics...)
	patterns := []kmsg.ACLResourcePatternType{kmsg.ACLResourcePatternTypeLiteral, kmsg.ACLResourcePatternTypePrefixed}
	operations := []kmsg.ACLOperation{kmsg.ACLOperationRead, kmsg.ACLOperationAll, kmsg.ACLOperationWrite, kmsg.ACLOperationDescribe, kmsg.ACLOperationDelete}
	rng := newLab(t).rng // with its seed in the log
	readers := 0
	for range 15 {
		l := newGuardedLab(t, users, topics...)
		denied := make(map[string]bool) // of Everybody's rights, one account may be denied some
		var acls []kmsg.CreateACLsRequestCreation
		for range 8 {
			who := append([]string{"*"}, users...)[rng.IntN(len(users)+1)]
			a := allow("User:"+who, operations[rng.IntN(len(operations))], patterns[rng.IntN(len(patterns))], names[rng.IntN(len(names))])
			if rng.IntN(4) == 0 {
				a.PermissionType = kmsg.ACLPermissionTypeDeny
			}
			acls = append(acls, a)
		}
		l.guard(acls...)
		all, err := l.as("admin").ReadACLs(l.context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users {
			state, err := l.as(u).Topics(l.context(), topics...)
			if err != nil {
				t.Fatal(err)
			}
			for _, topic := range topics {
				clear(denied)
				for _, r := range all.rules {
					if r.reads && !r.allow && r.covers(topic) {
						denied[r.principal] = true
					}
				}
				got := all.Readers(topic)
				may := slices.Contains(got, "User:"+u) || slices.Contains(got, Everybody) && !denied["User:"+u]
				if told := state[topic].May; (told.Known() && told&MayRead != 0) != may {
					t.Errorf("%s may read %s: %v, the broker says otherwise; readers %q, rules %+v", u, topic, may, got, all.rules)
				} else if may {
					readers++
				}
			}
		}
	}
	if readers == 0 {
		t.Error("nobody may read anything: nothing was compared")
	}
}

// A denial for one host leaves the others, and a rule about writing is a
// mention all the same.
func TestReadersHosts(t *testing.T) {
	l := newGuardedLab(t, nil, "in", "out", "free")
	elsewhere := allow("User:ann", kmsg.ACLOperationRead, kmsg.ACLResourcePatternTypeLiteral, "in")
	elsewhere.Host, elsewhere.PermissionType = "192.0.2.1", kmsg.ACLPermissionTypeDeny
	l.guard(elsewhere, allow("User:ann", kmsg.ACLOperationRead, kmsg.ACLResourcePatternTypePrefixed, "i"),
		allow("User:bob", kmsg.ACLOperationWrite, kmsg.ACLResourcePatternTypeLiteral, "out"))
	all, err := l.as("admin").ReadACLs(l.context())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(all.Readers("in"), all.Readers("out"), all.Mentions("in"), all.Mentions("out"), all.Mentions("free")); got != "[User:ann] [] true true false" {
		t.Error(got)
	}
}

// Who may not see the ACLs is told so, and so is who asks a cluster that has
// none.
func TestReadACLsRefused(t *testing.T) {
	l := newGuardedLab(t, []string{"ann"}, "in")
	if _, err := l.as("ann").ReadACLs(l.context()); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("without DESCRIBE on the cluster: %v", err)
	}
	l.cluster.ControlKey(int16(kmsg.DescribeACLs), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		res := r.ResponseKind().(*kmsg.DescribeACLsResponse)
		res.ErrorCode = kerr.SecurityDisabled.Code
		return res, nil, true
	})
	if _, err := l.as("admin").ReadACLs(l.context()); !errors.Is(err, ErrNoAuthorizer) {
		t.Errorf("without an authorizer: %v", err)
	}
}
