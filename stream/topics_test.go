package stream

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"redactor/redact"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"logs", "logs", true}, {"logs", "logs2", false}, {"logs.*", "logs.", true}, {"logs.*", "logs.a.b", true},
		{"logs.*", "log", false}, {"*", "", true}, {"*.raw", "a.raw", true}, {"*.raw", ".raw", true}, {"*.raw", "raw", false},
		{"a*b*c", "abc", true}, {"a*b*c", "a1b2b3c", true}, {"a*b*c", "acb", false}, {"a*a", "a", false}, {"a**", "a", true},
		{"*bb*b", "abbb", true}, {"*bb*b", "abb", false},
	} {
		if got := match(c.pattern, c.name); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

// problemsOf runs a proxy whose topics are wrong and returns what it says.
func problemsOf(t *testing.T, l *lab, cfg Config) string {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Run(l.context())
	var topics *TopicError
	if !errors.As(err, &topics) {
		t.Fatalf("Run: %v", err)
	}
	return strings.Join(topics.Problems, "\n")
}

// What cannot work is refused at the start, all of it at once.
func TestTopicProblems(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(4, "in", "out.a"), kfake.SeedTopics(2, "out.b", "quarantine"))
	for _, c := range []struct {
		name   string
		routes []Route
		want   []string
	}{
		{"missing", []Route{keepRoute(t, "in", "a", "c"), keepRoute(t, "nowhere", "a")}, []string{"output topic of c, out.c, does not exist", "source topic, nowhere, does not exist"}},
		{"too few partitions", []Route{keepRoute(t, "in", "b")}, []string{"out.b of b has 2 partitions and its source in has 4"}},
		{"two routes", []Route{keepRoute(t, "in", "a"), keepRoute(t, "i*", "a")}, []string{`topic in is matched by two routes, "in" and "i*"`}},
		{"loop", []Route{keepRoute(t, "*", "a")}, []string{"out.a of a for in is itself a source"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := problemsOf(t, l, l.config(c.routes...))
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("problems:\n%s\nwant: %s", got, want)
				}
			}
		})
	}
	r := keepRoute(t, "in", "a")
	r.To[0].Topic = "quarantine"
	if got := problemsOf(t, l, l.config(r)); !strings.Contains(got, "is the quarantine topic") {
		t.Errorf("problems: %s", got)
	}
	cfg := l.config(keepRoute(t, "in", "a"))
	cfg.Quarantine = "elsewhere"
	if got := problemsOf(t, l, cfg); !strings.Contains(got, "quarantine topic, elsewhere, does not exist") {
		t.Errorf("problems: %s", got)
	}
}

// A pattern for everything does not take what is Kafka's or the quarantine's.
func TestPlanFor(t *testing.T) {
	cfg := Config{Quarantine: "quarantine", Routes: []Route{{From: "*s", Program: keepProgram(t, redact.Profile{Name: "a"}), To: []Target{{Profile: "a", Topic: "clean-{topic}-of-{topic}."}}}}}
	for _, name := range []string{"__consumer_offsets", "quarantine", "log"} {
		if p, problem := planFor(name, &cfg); p != nil || problem != "" {
			t.Errorf("%s: %+v %s", name, p, problem)
		}
	}
	p, problem := planFor("logs", &cfg)
	if problem != "" || p == nil || p.outputs[0].topic != "clean-logs-of-logs." {
		t.Errorf("logs: %+v %s", p, problem)
	}
	cfg.Quarantine = "dead.letters"
	if p, problem := planFor("dead.letters", &cfg); p != nil || problem != "" {
		t.Errorf("the quarantine: %+v %s", p, problem)
	}
	cfg.Routes[0].To[0].Topic = "__{topic}."
	if _, problem := planFor("logs", &cfg); !strings.Contains(problem, "Kafka's own") {
		t.Errorf("an output among Kafka's own topics: %q", problem)
	}
}

// Without a pattern no request asks for all topics of the cluster: there may
// be thousands, and no right to see them.
func TestMetadataAsksForNoMore(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine", "other"))
	l.feed(1, 0, 1)
	var asked, all atomic.Int64
	l.cluster.ControlKey(int16(kmsg.Metadata), func(r kmsg.Request) (kmsg.Response, error, bool) {
		l.cluster.KeepControl()
		asked.Add(1)
		topics := r.(*kmsg.MetadataRequest).Topics
		if topics == nil || slices.ContainsFunc(topics, func(t kmsg.MetadataRequestTopic) bool { return *t.Topic == "other" }) {
			all.Add(1)
		}
		return nil, nil, false
	})
	proxy := l.start(l.config(keepRoute(t, "in", "a")))
	proxy.until("some looks", func(s *Snapshot) bool { return s.Recipients[0].Produced == 1 && asked.Load() > 5 })
	if n := all.Load(); n > 0 {
		t.Errorf("%d of %d requests asked for topics that are nobody's business", n, asked.Load())
	}
}

// By key and spread, the numbers of partitions need not fit.
func TestPartitionChoice(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(4, "in"), kfake.SeedTopics(3, "out.key", "out.spread", "quarantine"))
	const n = 600
	var records []*kgo.Record
	for id := range n {
		records = append(records, &kgo.Record{Topic: "in", Partition: int32(id % 4), Key: fmt.Appendf(nil, "user-%d", id%50), Value: jsonValue(id%4, id)})
	}
	l.produce(records...)
	r := keepRoute(t, "in", "key", "spread")
	r.Program = keepProgram(t,
		redact.Profile{Name: "key", Unknown: redact.UnknownKeep, Partition: redact.PartitionByKey},
		redact.Profile{Name: "spread", Unknown: redact.UnknownKeep, Partition: redact.PartitionSpread})
	proxy := l.start(l.config(r))
	for _, got := range l.consume("out.key", n) {
		want := (&kafka.Murmur2Balancer{}).Balance(kafka.Message{Key: got.Key}, 0, 1, 2)
		if int(got.Partition) != want {
			t.Fatalf("key %s is in partition %d, and Java puts it into %d", got.Key, got.Partition, want)
		}
	}
	for p, got := range byPartition(l.consume("out.spread", n)) {
		if len(got) < n/3/2 {
			t.Errorf("spread put %d of %d records into partition %d of 3", len(got), n, p)
		}
	}
	proxy.end()
	proxy.books()
}

// The same key keeps its order across an output partition that several source
// records share.
func TestByKeyKeepsOrder(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(1, "in"), kfake.SeedTopics(5, "out.key", "quarantine"))
	const n = 2000
	var records []*kgo.Record
	for id := range n {
		records = append(records, &kgo.Record{Topic: "in", Key: fmt.Appendf(nil, "%d", id%7), Value: fmt.Appendf(nil, "%d", id)})
	}
	l.produce(records...)
	r := keepRoute(t, "in", "key")
	r.Program = keepProgram(t, redact.Profile{Name: "key", Unknown: redact.UnknownKeep, Partition: redact.PartitionByKey})
	cfg := l.config(r)
	cfg.Batch.Records = 50 // several batches for each partition in a cut
	l.start(cfg)
	last := make(map[string]int)
	for _, got := range l.consume("out.key", n) {
		var id int
		fmt.Sscan(string(got.Value), &id)
		if before, ok := last[string(got.Key)]; ok && before >= id {
			t.Fatalf("key %s: %d after %d", got.Key, id, before)
		}
		last[string(got.Key)] = id
	}
}

func TestMurmur2(t *testing.T) {
	for n := range 40 {
		key := bytes.Repeat([]byte{0xa5, 'x', 0}, 20)[:n]
		for _, partitions := range []int{1, 3, 12} {
			ids := make([]int, partitions)
			for i := range ids {
				ids[i] = i
			}
			want := (&kafka.Murmur2Balancer{Consistent: true}).Balance(kafka.Message{Key: key}, ids...)
			if key == nil {
				continue
			}
			if got := choosePartition(redact.PartitionByKey, 0, key, partitions); int(got) != want {
				t.Errorf("key of %d bytes, %d partitions: %d, want %d", n, partitions, got, want)
			}
		}
	}
}

func TestBalancer(t *testing.T) {
	members := []kafka.GroupMember{
		{ID: "b", Topics: []string{"t0", "t1", "t2", "t3", "wide"}},
		{ID: "a", Topics: []string{"t0", "t1", "t2", "t3", "wide"}},
		{ID: "c", Topics: []string{"wide"}}, // has not noticed the others yet
	}
	var partitions []kafka.Partition
	for i := range 4 {
		partitions = append(partitions, kafka.Partition{Topic: fmt.Sprintf("t%d", i)})
	}
	for i := range 8 {
		partitions = append(partitions, kafka.Partition{Topic: "wide", ID: i})
	}
	owners := make(map[string]int)
	counts := make(map[string]int)
	for member, topics := range (balancer{}).AssignGroups(members, partitions) {
		for topic, ids := range topics {
			for _, id := range ids {
				owners[fmt.Sprintf("%s/%d", topic, id)]++
				counts[member]++
			}
			if i := slices.IndexFunc(members, func(m kafka.GroupMember) bool { return m.ID == member }); !slices.Contains(members[i].Topics, topic) {
				t.Errorf("%s got %s, which it does not read", member, topic)
			}
		}
	}
	if len(owners) != len(partitions) {
		t.Errorf("%d of %d partitions are assigned", len(owners), len(partitions))
	}
	for p, n := range owners {
		if n != 1 {
			t.Errorf("%s has %d owners", p, n)
		}
	}
	for m, n := range counts {
		if n < 2 || n > 5 {
			t.Errorf("%s has %d of %d partitions", m, n, len(partitions))
		}
	}
}

// Topics come, grow, and go while the proxy runs.
func TestTopicsWhileRunning(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "logs.one", "clean.logs.one", "quarantine"))
	r := keepRoute(t, "logs.*", "a")
	r.To[0].Topic = "clean.{topic}"
	cfg := l.config(r)
	proxy := l.start(cfg)
	put := func(topic string, partition int32, value string) {
		t.Helper()
		l.produce(&kgo.Record{Topic: topic, Partition: partition, Value: []byte(value)})
	}
	put("logs.one", 0, "1")
	l.consume("clean.logs.one", 1)
	member := l.groupMember("g")

	// A new topic whose output is missing is not read, and says so.
	create := func(topic string, partitions int32) {
		t.Helper()
		if err := l.cluster.CreateTopic(topic, partitions, nil); err != nil {
			t.Fatal(err)
		}
	}
	create("logs.two", 1)
	put("logs.two", 0, "2")
	proxy.until("the problem", func(s *Snapshot) bool {
		return len(s.Problems) == 1 && strings.Contains(s.Problems[0], "clean.logs.two, does not exist")
	})
	if ok, _ := proxy.Ready(); ok {
		t.Error("ready with a topic that is not read")
	}
	create("clean.logs.two", 1)
	if got := l.consume("clean.logs.two", 1)[0]; string(got.Value) != "2" {
		t.Errorf("the new topic: %s", got.Value)
	}
	put("logs.one", 1, "3") // the old one goes on
	l.consume("clean.logs.one", 2)

	// A topic grows: its output first, then itself.
	grow(t, l, "clean.logs.one", 3)
	grow(t, l, "logs.one", 3)
	proxy.until("the new partition", func(s *Snapshot) bool { return len(s.Partitions) == 4 })
	put("logs.one", 2, "5")
	l.consume("clean.logs.one", 3)

	if err := l.cluster.DeleteTopic("logs.two"); err != nil {
		t.Fatal(err)
	}
	proxy.until("the topic to go", func(s *Snapshot) bool { return len(s.Partitions) == 3 && len(s.Problems) == 0 })
	put("logs.one", 0, "4")
	l.consume("clean.logs.one", 4)
	if now := l.groupMember("g"); now != member {
		t.Errorf("left the group as %s and joined as %s", member, now)
	}
	proxy.end()
	proxy.books()
}

// grow gives a topic more partitions.
func grow(t *testing.T, l *lab, topic string, partitions int32) {
	t.Helper()
	req := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = topic, partitions
	req.Topics = append(req.Topics, rt)
	res, err := req.RequestWith(l.context(), l.client)
	if err == nil {
		err = kerr.ErrorForCode(res.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
	l.client = l.newClient() // the old one would not know at once
}
