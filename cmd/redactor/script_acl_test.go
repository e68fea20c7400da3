package main

import (
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// topic NAME PARTITIONS [SETTING=VALUE...]: the broker has one more topic.
func createTopic(ts *testscript.TestScript, c *kfake.Cluster, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	settings := make(map[string]string)
	for _, s := range args[2:] {
		name, value, _ := strings.Cut(s, "=")
		settings[name] = value
	}
	ts.Check(c.CreateTopic(args[0], int32(n), settings))
}

// guarded FILE TOPIC...: starts a broker with the topics on which accounts may
// do what the file says, as "redactor doctor --acls" prints it; its address is
// $BROKER. Lines without --allow-principal are for the account redactor; the
// password of all is secret.
func guarded(ts *testscript.TestScript, _ bool, args []string) {
	acls := map[string][]kfake.ACL{"redactor": nil}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		line, _, _ = strings.Cut(line, "#")
		a := kfake.ACL{Pattern: kmsg.ACLResourcePatternTypeLiteral, Allow: true}
		var operations []kmsg.ACLOperation
		who := "redactor"
		words := strings.Fields(line)
		for i, w := range words {
			switch w {
			case "--operation":
				op, err := kmsg.ParseACLOperation(words[i+1])
				ts.Check(err)
				operations = append(operations, op)
			case "--topic", "--group", "--transactional-id":
				kind, err := kmsg.ParseACLResourceType(strings.ReplaceAll(w[2:], "-", "_"))
				ts.Check(err)
				a.Resource, a.Name = kind, strings.Trim(words[i+1], "'")
			case "--cluster":
				a.Resource, a.Name = kmsg.ACLResourceTypeCluster, "kafka-cluster"
			case "--resource-pattern-type":
				a.Pattern = kmsg.ACLResourcePatternTypePrefixed
			case "--allow-principal":
				who = strings.TrimPrefix(words[i+1], "User:")
			}
		}
		for _, op := range operations {
			a.Operation = op
			acls[who] = append(acls[who], a)
		}
	}
	opts := []kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(2, args[1:]...), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("SCRAM-SHA-512", "admin", "admin"), kfake.BrokerConfigs(map[string]string{"allow.everyone.if.no.acl.found": "false"})}
	for who, may := range acls {
		opts = append(opts, kfake.User("SCRAM-SHA-512", who, "secret", may...))
	}
	c, err := kfake.NewCluster(opts...)
	ts.Check(err)
	ts.Defer(c.Close)
	ts.Setenv("BROKER", c.ListenAddrs()[0])
}
