package stream

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/describeacls"

	"redactor/metrics"
)

// This file works out from a cluster's ACLs who may read a topic: what a policy
// takes out of an output is not hidden from somebody who may read the source.

// Everybody is the principal of an ACL that is for all accounts.
const Everybody = "User:*"

// ErrNoAuthorizer says that the brokers check no rights at all.
var ErrNoAuthorizer = errors.New("the brokers have no authorizer")

// ACLs are the rules of a cluster about topics.
type ACLs struct{ rules []topicRule }

// topicRule lets a principal do something with topics, or keeps it from it.
type topicRule struct {
	principal string
	pattern   kafka.PatternType
	name      string
	reads     bool // it is about reading
	allow     bool
	anyHost   bool
}

// ReadACLs asks for the ACLs of all topics. ErrNotAllowed says that the account
// may not see them (it takes DESCRIBE on the cluster), ErrNoAuthorizer that
// there are none.
func (c *Client) ReadACLs(ctx context.Context) (*ACLs, error) {
	m, err := c.cluster.ask(ctx, metrics.APIOther, anyBroker, &describeacls.Request{Filter: describeacls.ACLFilter{
		ResourceTypeFilter: int8(kafka.ResourceTypeTopic), ResourcePatternTypeFilter: int8(kafka.PatternTypeAny),
		Operation: int8(kafka.ACLOperationTypeAny), PermissionType: int8(kafka.ACLPermissionTypeAny),
	}})
	if err != nil {
		return nil, unreachable(err, c.cfg)
	}
	res, ok := m.(*describeacls.Response)
	if !ok {
		return nil, errProtocol
	}
	switch kafka.Error(res.ErrorCode) {
	case 0:
	case kafka.SecurityDisabled:
		return nil, ErrNoAuthorizer
	default:
		return nil, allowed(res.ErrorCode)
	}
	acls := new(ACLs)
	for _, r := range res.Resources {
		for _, a := range r.ACLs {
			op := kafka.ACLOperationType(a.Operation)
			reads := op == kafka.ACLOperationTypeRead || op == kafka.ACLOperationTypeAll // no other implies READ
			pattern := kafka.PatternType(r.PatternType)
			if pattern == 0 { // before Kafka 2.0 there were no prefixes
				pattern = kafka.PatternTypeLiteral
			}
			acls.rules = append(acls.rules, topicRule{a.Principal, pattern, r.ResourceName, reads,
				kafka.ACLPermissionType(a.PermissionType) == kafka.ACLPermissionTypeAllow, a.Host == "*"})
		}
	}
	return acls, nil
}

// covers reports whether the rule is about a topic.
func (r *topicRule) covers(topic string) bool {
	if r.pattern == kafka.PatternTypePrefixed {
		return strings.HasPrefix(topic, r.name)
	}
	return r.name == topic || r.name == "*"
}

// Readers returns the principals that may read a topic from somewhere, sorted;
// Everybody is one of them where all may. A DENY wins over every ALLOW, as it
// does for brokers; one that is for some hosts only leaves the others. Super
// users stand in no ACL.
func (a *ACLs) Readers(topic string) []string {
	may, not := map[string]bool{}, map[string]bool{}
	for i := range a.rules {
		switch r := &a.rules[i]; {
		case !r.reads || !r.covers(topic):
		case r.allow:
			may[r.principal] = true
		case r.anyHost:
			not[r.principal] = true
		}
	}
	if not[Everybody] {
		return nil
	}
	maps.DeleteFunc(may, func(principal string, _ bool) bool { return not[principal] })
	return slices.Sorted(maps.Keys(may))
}

// Mentions reports whether any rule is about the topic: brokers with
// allow.everyone.if.no.acl.found let everybody read the others.
func (a *ACLs) Mentions(topic string) bool {
	return slices.ContainsFunc(a.rules, func(r topicRule) bool { return r.covers(topic) })
}
