package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"redactor/rules"
	"redactor/stream"
)

// An acl is a right that the proxy's account needs. There are no others:
// nothing is created, altered or deleted.
type acl struct {
	Resource   string   `json:"resource"` // topic, group, transactional-id
	Name       string   `json:"name"`
	Pattern    string   `json:"pattern"` // literal, prefixed
	Operations []string `json:"operations"`
	Why        string   `json:"why"`
}

// neededACLs lists what the proxy needs for a configuration and a policy.
func neededACLs(cfg *config, p *rules.Policy) []acl {
	var out []acl
	add := func(resource, name, pattern, why string, operations ...string) {
		for _, a := range out {
			if a.Resource == resource && a.Name == name && a.Pattern == pattern && slices.Equal(a.Operations, operations) {
				return
			}
		}
		out = append(out, acl{resource, name, pattern, operations, why})
	}
	for _, s := range p.Streams {
		name, pattern := upToStar(s.From.Text)
		add("topic", name, pattern, "source", "READ", "DESCRIBE")
	}
	for _, s := range p.Streams {
		for _, to := range s.To {
			name, pattern := upToStar(strings.ReplaceAll(to.Topic.Text, "{topic}", s.From.Text))
			add("topic", name, pattern, "output of "+to.Profile.Text, "WRITE", "DESCRIBE")
		}
	}
	if p.OnError == rules.OnErrorQuarantine {
		add("topic", cfg.Quarantine.Topic, "literal", "quarantine", "WRITE", "DESCRIBE")
	}
	add("group", cfg.Kafka.Group, "literal", "consumer group", "READ", "DESCRIBE")
	if cfg.Kafka.Delivery == "exactly_once" {
		add("transactional-id", cfg.Kafka.TransactionalID+"-"+cfg.Kafka.Group+"-", "prefixed", "one for each source partition", "WRITE", "DESCRIBE")
	}
	return out
}

// upToStar turns a pattern into what an ACL can say: a prefix.
func upToStar(pattern string) (name, kind string) {
	head, _, wild := strings.Cut(pattern, "*")
	if wild {
		return head, "prefixed"
	}
	return pattern, "literal"
}

func (d *doctor) printACLs(cmd *cobra.Command, output, principal string) error {
	cfg, err := toolConfig(cmd, d.path)
	if err != nil {
		return err
	}
	p, err := loadPolicy(cfg.Policy)
	if err != nil {
		return err
	}
	list := neededACLs(cfg, p)
	out := cmd.OutOrStdout()
	if output == "json" {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Version   int    `json:"version"`
			Principal string `json:"principal"`
			ACLs      []acl  `json:"acls"`
		}{1, principal, list})
	}
	for _, a := range list {
		line := fmt.Sprintf("kafka-acls --bootstrap-server %s --add --allow-principal %s", strings.Join(cfg.Kafka.Brokers, ","), principal)
		for _, op := range a.Operations {
			line += " --operation " + op
		}
		line += " --" + a.Resource + " '" + a.Name + "'"
		if a.Pattern == "prefixed" {
			line += " --resource-pattern-type prefixed"
		}
		if _, err := fmt.Fprintf(out, "%s  # %s\n", line, a.Why); err != nil {
			return err
		}
	}
	return nil
}

// acls compares what the account may do with what the proxy needs. It asks the
// brokers what they would allow; nothing is tried.
func (d *doctor) acls(ctx context.Context) {
	need := map[string]stream.Operations{d.cfg.Quarantine.Topic: stream.MayWrite | stream.MayDescribe}
	role := map[string]string{d.cfg.Quarantine.Topic: "quarantine"}
	for _, p := range d.plans {
		need[p.Source] = stream.MayRead | stream.MayDescribe
		role[p.Source] = "source"
		for _, o := range p.Outputs {
			need[o.Topic] = stream.MayWrite | stream.MayDescribe
			role[o.Topic] = "output of " + o.Profile
		}
	}
	const fix = "redactor doctor --acls prints what is needed"
	told := 0
	for _, name := range slices.Sorted(maps.Keys(need)) {
		t := d.topics[name]
		if t.Problem != "" || !t.May.Known() {
			continue
		}
		told++
		if lacks := t.May.Lacks(need[name]); len(lacks) > 0 {
			d.find(bad, name, fmt.Sprintf("the %s needs %s, and the account has not", role[name], strings.Join(lacks, " and ")), fix)
		}
	}
	may, err := d.client.Group(ctx, d.cfg.Kafka.Group)
	switch {
	case errors.Is(err, stream.ErrNotAllowed):
		d.find(bad, "group "+d.cfg.Kafka.Group, "the account may not use it", fix)
	case err != nil:
		d.find(warning, "group "+d.cfg.Kafka.Group, "it cannot be looked at: "+err.Error(), "")
	case may.Known() && len(may.Lacks(stream.MayRead)) > 0:
		d.find(bad, "group "+d.cfg.Kafka.Group, "it needs READ, and the account has not", fix)
	}
	if err := d.client.MayProduce(ctx); errors.Is(err, stream.ErrNotAllowed) {
		d.find(bad, "", "the account may write to no topic as an idempotent producer", fix+"; brokers of before 3.0 want IDEMPOTENT_WRITE on the cluster too")
	}
	if ids := d.cfg.Kafka.TransactionalID + "-" + d.cfg.Kafka.Group + "-"; d.cfg.Kafka.Delivery == "exactly_once" {
		if err := d.client.MayTransact(ctx, ids+"0"); errors.Is(err, stream.ErrNotAllowed) {
			d.find(bad, "transactional ids "+ids+"…", "they need WRITE, and the account has not", fix)
		}
	}
	if told == 0 {
		d.ok("the brokers do not tell what an account may do: they are older than 2.3")
		return
	}
	d.ok("%d topics and the group compared", told)
}
