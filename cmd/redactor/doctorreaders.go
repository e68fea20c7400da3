package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"redactor/stream"
)

// readers looks for recipients that may read what was kept from them: the
// source topics, or the quarantine. The proxy takes personal data out of the
// outputs; it is ACLs that keep the outputs' readers from the originals.
func (d *doctor) readers(ctx context.Context) {
	acls, err := d.client.ReadACLs(ctx)
	switch {
	case errors.Is(err, stream.ErrNoAuthorizer):
		d.find(warning, "", "the brokers check no rights: whoever reaches them may read the source topics", "set authorizer.class.name on the brokers, and let no recipient read a source")
		return
	case errors.Is(err, stream.ErrNotAllowed):
		d.ok("who else may read the sources is not known: it takes DESCRIBE on the cluster, which the proxy does not need")
		return
	case err != nil:
		d.find(warning, "", "the ACLs are not known: "+err.Error(), "")
		return
	}
	profiles := make(map[string][]string) // whose outputs a principal may read
	originals := map[string]bool{d.cfg.Quarantine.Topic: true}
	for _, p := range d.plans {
		originals[p.Source] = true
		for _, o := range p.Outputs {
			for _, who := range acls.Readers(o.Topic) {
				if !slices.Contains(profiles[who], o.Profile) {
					profiles[who] = append(profiles[who], o.Profile)
				}
			}
		}
	}
	open := d.openTopics(ctx)
	may := make(map[string][]string) // the originals that a principal may read
	for _, topic := range slices.Sorted(maps.Keys(originals)) {
		who := acls.Readers(topic)
		if open && !acls.Mentions(topic) {
			who = []string{stream.Everybody}
		}
		for _, w := range who {
			if w != "User:"+d.cfg.Kafka.SASL.Username {
				may[w] = append(may[w], topic)
			}
		}
	}
	for _, who := range slices.Sorted(maps.Keys(may)) {
		place := strings.Join(may[who], ", ")
		if n := len(may[who]); n > 3 {
			place = fmt.Sprintf("%s and %d more topics", strings.Join(may[who][:3], ", "), n-3)
		}
		switch {
		case who == stream.Everybody:
			d.find(warning, place, "every account may read it, those of the recipients too", "let only those read it by name who may see raw records; kafka-acls --list --topic "+may[who][0])
		case len(profiles[who]) > 0:
			d.find(warning, place, fmt.Sprintf("%s may read it, and the output of %s: what the policy takes out is not kept from a recipient that may read the original", who, strings.Join(profiles[who], " and ")),
				fmt.Sprintf("take READ on it from %s; kafka-acls --list --topic %s shows by which ACL it has it", who, may[who][0]))
		}
	}
	d.ok("%d topics hold originals; %d accounts may read outputs", len(originals), len(profiles))
}

// openTopics reports whether the brokers let everybody read a topic that no ACL
// is about. An account that may not see their settings is not told.
func (d *doctor) openTopics(ctx context.Context) bool {
	all, err := d.client.Brokers(ctx)
	if err != nil || len(all) == 0 {
		return false
	}
	s, err := d.client.BrokerSettings(ctx, all[0].ID)
	return err == nil && s["allow.everyone.if.no.acl.found"] == "true"
}
