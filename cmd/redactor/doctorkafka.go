package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"redactor/rules"
	"redactor/stream"
)

// brokers asks every broker, by the address that the cluster gives to clients,
// what it speaks. It reports whether the cluster answers at all.
func (d *doctor) brokers(ctx context.Context) bool {
	all, err := d.client.Brokers(ctx)
	if err != nil {
		d.away(err)
		return false
	}
	answered, oldest := 0, ""
	var losing []string // ids of those that may lose the end of a transaction
	for _, b := range all {
		place := fmt.Sprintf("broker %d at %s", b.ID, b.Address)
		v, err := d.client.Versions(ctx, b.ID)
		if err != nil {
			d.find(bad, place, "it does not answer: "+err.Error(), "is it up, and can its advertised.listeners be reached from here?")
			continue
		}
		answered++
		if r := v.Release(); oldest == "" || len(r) < len(oldest) || r < oldest {
			oldest = r
		}
		d.speaks(place, v)
		if !d.exactlyOnce() {
			continue
		}
		loses, err := d.client.LosesMarkers(ctx, b.ID, v)
		if err != nil {
			d.find(warning, place, "its release is not known: "+err.Error(), "")
		} else if loses {
			losing = append(losing, strconv.Itoa(int(b.ID)))
		}
	}
	if answered == 0 {
		d.findings[len(d.findings)-1].away = true
		return false
	}
	d.markers(losing)
	d.ok("%d of %d answer, Kafka %s or newer", answered, len(all), oldest)
	return true
}

// away notes that Kafka cannot be reached.
func (d *doctor) away(err error) {
	d.find(bad, strings.Join(d.cfg.Kafka.Brokers, ", "), err.Error(), "")
	d.findings[len(d.findings)-1].away = true
}

// speaks checks that a broker is new enough for what is asked of it.
func (d *doctor) speaks(place string, v stream.APIVersions) {
	switch {
	case v[stream.KeyFetch] < 4 || v[stream.KeyProduce] < 3:
		d.find(bad, place, "it is older than Kafka 0.11: it knows neither idempotent producers nor transactions", "upgrade it")
	case d.exactlyOnce() && v[stream.KeyTxnOffsets] < 3:
		d.find(bad, place, "it is older than Kafka 2.5: it does not fence the offsets of a member that has lost its partitions (KIP-447)", "upgrade it, or set kafka.delivery: at_least_once")
	}
}

// markers warns of brokers that may lose the end of a transaction.
func (d *doctor) markers(losing []string) {
	if len(losing) == 0 {
		return
	}
	place := "broker " + losing[0]
	if len(losing) > 1 {
		place = "brokers " + strings.Join(losing, ", ")
	}
	d.find(warning, place,
		"Kafka 4.3 or 4.4, whose coordinator does not end a transaction on a partition that has no leader just then (KAFKA-20734): records may come twice or be missing",
		"run brokers of 4.2, or of a release that has the fix (doctor cannot tell a 4.3 or 4.4 that has it); three replicas with min.insync.replicas=2 for outputs, quarantine and __consumer_offsets make it rare")
}

func (d *doctor) exactlyOnce() bool { return d.cfg.Kafka.Delivery == "exactly_once" }

// topicsCheck asks what the proxy would read and write, and what it would
// refuse: topics that are missing, loops, sources of two streams, outputs with
// too few partitions.
func (d *doctor) topicsCheck(ctx context.Context) {
	streams, problems := d.policy.Compile(rules.TestKeys) // to know the routes; nothing is redacted here
	if problems.HasErrors() {
		d.problems(problems)
		return
	}
	plans, refused, err := d.client.Plan(ctx, stream.Config{Brokers: d.cfg.Kafka.Brokers, Group: d.cfg.Kafka.Group, Routes: routes(d.policy, streams), Quarantine: d.cfg.Quarantine.Topic})
	if err != nil {
		d.away(err)
		return
	}
	d.plans = plans
	for _, what := range refused {
		d.find(bad, d.cfg.Policy, what, fixTopic(what))
	}
	names := map[string]bool{d.cfg.Quarantine.Topic: true}
	for _, p := range plans {
		names[p.Source] = true
		for _, o := range p.Outputs {
			names[o.Topic] = true
			if o.Same && o.Partitions > p.Partitions {
				d.find(warning, o.Topic, fmt.Sprintf("it has %d partitions and its source %s has %d: by partition: same the others stay empty", o.Partitions, p.Source, p.Partitions), "give it as many as the source, or let "+o.Profile+" partition by key")
			}
		}
	}
	for _, s := range d.policy.Streams {
		if !slices.ContainsFunc(plans, func(p stream.Planned) bool { return rules.MatchTopic(s.From.Text, p.Source) }) && len(refused) == 0 {
			d.find(warning, d.cfg.Policy, "no topic matches "+s.From.Text+" yet", "it is read when one appears; is the name right, and may the account describe it?")
		}
	}
	if d.topics, err = d.client.Topics(ctx, slices.Sorted(maps.Keys(names))...); err != nil {
		d.away(err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(d.topics)) {
		if t := d.topics[name]; t.Leaderless > 0 {
			d.find(bad, name, fmt.Sprintf("%d of its %d partitions have no leader", t.Leaderless, t.Partitions), "bring their brokers back")
		}
	}
	d.ok("%d read, %d written", len(plans), len(names)-len(plans))
}

// fixTopic proposes what to do about something that run would refuse.
func fixTopic(what string) string {
	switch {
	case strings.Contains(what, "does not exist"):
		return "create it, kafka-topics --create --topic …, and let the account describe it; redactor doctor --acls prints what it needs"
	case strings.Contains(what, "may not be described"):
		return "redactor doctor --acls prints the ACLs that are needed"
	case strings.Contains(what, "a loop"):
		return "name the output so that no from: of the policy matches it"
	case strings.Contains(what, "two routes"):
		return "narrow one of the two patterns"
	}
	return ""
}

// durability looks at how much can be lost with a broker.
func (d *doctor) durability(ctx context.Context) {
	written := map[string]bool{d.cfg.Quarantine.Topic: true}
	for _, p := range d.plans {
		for _, o := range p.Outputs {
			written[o.Topic] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		t := d.topics[name]
		if t.Problem != "" || t.Partitions == 0 {
			continue
		}
		s, err := d.client.TopicSettings(ctx, name)
		if err != nil {
			d.find(warning, name, "its settings are not known: "+err.Error(), "allow DESCRIBE_CONFIGS to the account that runs doctor; the proxy does not need it")
			continue
		}
		d.replication(name, t, settingOf(s["min.insync.replicas"], 1))
		if most := settingOf(s["max.message.bytes"], 1<<20); most < d.cfg.Pipeline.Batch.Bytes {
			d.find(warning, name, fmt.Sprintf("it takes batches of %d bytes and pipeline.batch.bytes is %d: batches are refused and split", most, d.cfg.Pipeline.Batch.Bytes), fmt.Sprintf("set pipeline.batch.bytes below %d", most))
		}
	}
}

func (d *doctor) replication(name string, t stream.TopicState, least int64) {
	switch {
	case t.Replicas == 1:
		d.find(warning, name, "it has one replica: what a broker loses is lost", "give it three, with min.insync.replicas=2")
	case int64(t.Replicas) == least:
		d.find(warning, name, fmt.Sprintf("all of its %d replicas must be in sync: one broker away stops the proxy", t.Replicas), "set min.insync.replicas below the number of replicas")
	case least < 2:
		d.find(warning, name, "min.insync.replicas is 1: what one broker has acknowledged is lost with it", "set min.insync.replicas=2")
	}
	if t.InSync < int(least) {
		d.find(bad, name, fmt.Sprintf("%d replicas are in sync and %d must be: nothing can be written", t.InSync, least), "bring its brokers back")
	}
}

// longestRetention is how long what could not be judged may lie there without
// being a store of its own.
const longestRetention = 14 * 24 * time.Hour

func (d *doctor) quarantine(ctx context.Context) {
	name := d.cfg.Quarantine.Topic
	if d.topics[name].Problem != "" || d.topics[name].Partitions == 0 {
		d.find(warning, name, "it cannot be looked at", "")
		return
	}
	s, err := d.client.TopicSettings(ctx, name)
	if err != nil {
		d.find(warning, name, "its retention is not known: "+err.Error(), "allow DESCRIBE_CONFIGS to the account that runs doctor")
		return
	}
	kept := time.Duration(settingOf(s["retention.ms"], 7*24*3600*1000)) * time.Millisecond
	const fix = "kafka-configs --alter --topic %s --add-config cleanup.policy=%s,retention.ms=604800000"
	switch policy := s["cleanup.policy"]; {
	case policy == "compact":
		d.find(warning, name, "it is compacted and has no retention: what is not dropped stays for ever", fmt.Sprintf(fix, name, "[compact,delete]"))
	case kept < 0:
		d.find(warning, name, "it has no end to its retention: what could not be judged stays for ever", fmt.Sprintf(fix, name, "delete"))
	case kept > longestRetention:
		d.find(warning, name, fmt.Sprintf("it keeps records for %d days; more than %d is a store of personal data that nobody has asked for", int(kept.Hours()/24), int(longestRetention.Hours()/24)), fmt.Sprintf(fix, name, "delete"))
	}
	if len(d.cfg.Quarantine.Recipients) == 0 {
		d.ok("coordinates only: a record can be replayed for as long as its source keeps it; quarantine.recipient seals the records too")
		return
	}
	d.ok("sealed for %d", len(d.cfg.Quarantine.Recipients))
}

// transactions compares what a broker allows with what is asked for.
func (d *doctor) transactions(ctx context.Context) {
	if !d.exactlyOnce() {
		d.ok("none: delivery is at_least_once")
		return
	}
	all, err := d.client.Brokers(ctx)
	if err != nil || len(all) == 0 {
		return
	}
	s, err := d.client.BrokerSettings(ctx, all[0].ID)
	if errors.Is(err, stream.ErrNotAllowed) {
		d.ok("what the brokers allow is not known: the account may not describe their settings")
		return
	}
	if err != nil {
		d.find(warning, all[0].Address, "its settings are not known: "+err.Error(), "")
		return
	}
	most := time.Duration(settingOf(s["transaction.max.timeout.ms"], 900_000)) * time.Millisecond
	if most < stream.TransactionTimeout {
		d.find(bad, all[0].Address, fmt.Sprintf("transaction.max.timeout.ms is %s and the proxy asks for %s: it gets no transactions", most, stream.TransactionTimeout), "raise it on the brokers, or set kafka.delivery: at_least_once")
	}
	if n := settingOf(s["transaction.state.log.replication.factor"], 3); n < 3 && len(all) >= 3 {
		d.find(warning, all[0].Address, fmt.Sprintf("transaction.state.log.replication.factor is %d: transactions stop with a broker", n), "set it to 3")
	}
}

// clockSlack is what clocks of one house may differ by.
const clockSlack = time.Minute

// clock compares ours with the newest records: Kafka tells no time itself.
func (d *doctor) clock(ctx context.Context) {
	looked := 0
	for _, p := range d.plans {
		s, err := d.client.TopicSettings(ctx, p.Source)
		brokers := err == nil && s["message.timestamp.type"] == "LogAppendTime"
		for part := range int32(min(p.Partitions, 3)) {
			ms, ok, err := d.client.Newest(ctx, p.Source, part)
			if err != nil || !ok {
				continue // an account that may not read was named by the ACLs
			}
			looked++
			ahead := time.Until(msTime(ms))
			if ahead <= clockSlack {
				continue
			}
			whose := "a producer's clock is ahead, or ours is behind"
			if brokers {
				whose = "the broker's clock and ours differ"
			}
			d.find(warning, fmt.Sprintf("%s/%d", p.Source, part), fmt.Sprintf("its newest record is %s in the future: %s. A record ahead of the clock by more than the window of its key is quarantined", ahead.Round(time.Second), whose), "let NTP set both")
			break
		}
	}
	if looked == 0 {
		d.ok("no record to compare with")
	}
}

func settingOf(s string, otherwise int64) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}
