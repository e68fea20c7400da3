package stream

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"redactor/redact"
)

// scraped is what a scrape would show: the sum of every metric over all label
// values but those asked for.
type scraped map[string]*dto.MetricFamily

func scrape(t *testing.T, reg *prometheus.Registry) scraped {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	s := make(scraped)
	for _, f := range families {
		s[f.GetName()] = f
	}
	return s
}

// sum adds up the series of a metric that have the label value.
func (s scraped) sum(name, label, value string) (n int) {
	for _, m := range s["redactor_"+name].GetMetric() {
		for _, l := range m.GetLabel() {
			if label == "" || (l.GetName() == label && l.GetValue() == value) {
				n += int(m.GetCounter().GetValue() + m.GetGauge().GetValue())
				break
			}
		}
	}
	return n
}

// Conservation, as an operator sees it: routed = produced + filtered + failed,
// per recipient, and nothing in flight when all is done.
func TestMetricsConserve(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(3, "in", "out.a", "out.b", "quarantine"))
	const good, crash, poison, unknown = 300, 40, 7, 11
	var records []*kgo.Record
	add := func(n int, value string) {
		for i := range n {
			records = append(records, &kgo.Record{Topic: "in", Partition: int32(i % 3), Value: []byte(value)})
		}
	}
	add(good, `{"id":1}`)
	add(crash, `{"id":1,"type":"crash"}`)
	add(poison, `{"id":`)
	add(unknown, `{"id":1,"surprise":{"x":1}}`)
	l.produce(records...)

	r := keepRoute(t, "in", "a", "b")
	r.Program = keepProgram(t,
		redact.Profile{Name: "a", Unknown: redact.UnknownKeep, Except: []redact.Condition{{Path: "$.type", In: []string{"crash"}}}},
		redact.Profile{Name: "b", Unknown: redact.UnknownQuarantine, Only: []redact.Condition{{Path: "$.id", In: []string{"1"}}}})
	cfg := l.config(r)
	proxy := l.start(cfg)
	l.consume("out.a", good+unknown)
	l.consume("quarantine", poison+crash+unknown) // for b, "type" is unknown too
	l.consume("out.b", good)
	proxy.end()
	proxy.books()

	m := scrape(t, cfg.Metrics.Registry())
	for _, want := range []struct {
		name, label, value string
		n                  int
	}{
		{"records_consumed_total", "topic", "in", len(records)},
		{"records_routed_total", "profile", "a", len(records)}, {"records_routed_total", "profile", "b", len(records)},
		{"records_produced_total", "profile", "a", good + unknown}, {"records_produced_total", "topic", "out.b", good},
		{"records_filtered_total", "profile", "a", crash}, {"records_filtered_total", "profile", "b", 0},
		{"records_failed_total", "profile", "a", poison}, {"records_failed_total", "profile", "b", poison + crash + unknown},
		{"records_failed_total", "reason", "parse", 2 * poison}, {"records_failed_total", "reason", "unknown", crash + unknown},
		{"records_quarantined_total", "reason", "parse", poison}, {"records_quarantined_total", "reason", "unknown", crash + unknown},
		{"records_in_flight", "profile", "a", 0}, {"records_in_flight", "profile", "b", 0},
		{"assigned_partitions", "topic", "in", 0}, {"stopped_partitions", "topic", "in", 0},
		{"offset_commits_total", "result", "error", 0},
	} {
		if got := m.sum(want.name, want.label, want.value); got != want.n {
			t.Errorf("%s{%s=%q} is %d, want %d", want.name, want.label, want.value, got, want.n)
		}
	}
	if n := m.sum("offset_commits_total", "result", "success"); n == 0 {
		t.Error("no commit was counted")
	}
}

// The law holds in every scrape, while records pass and while their output
// refuses them.
func TestMetricsConserveUnderLoad(t *testing.T) {
	l := newLab(t, kfake.SeedTopics(2, "in", "out.a", "out.b", "quarantine"))
	const n = 20_000
	var records []*kgo.Record
	for i := range n {
		records = append(records, &kgo.Record{Topic: "in", Partition: int32(i % 2), Value: []byte(`{"id":1}`)})
	}
	l.produce(records...)
	cfg := l.config(keepRoute(t, "in", "a", "b"))
	cfg.Batch.Records = 50
	proxy := l.start(cfg)
	busy, scrapes := 0, 0
	for done := 0; done < 2*n; scrapes++ {
		m := scrape(t, cfg.Metrics.Registry())
		for _, profile := range []string{"a", "b"} {
			sum := func(name string) int { return m.sum("records_"+name, "profile", profile) }
			routed, inFlight := sum("routed_total"), sum("in_flight")
			if got := sum("produced_total") + sum("filtered_total") + sum("failed_total") + inFlight; got != routed {
				t.Fatalf("scrape %d: %d records of %s are accounted for, %d were routed", scrapes, got, profile, routed)
			}
			if inFlight > 0 {
				busy++
			}
		}
		done = m.sum("records_produced_total", "", "")
	}
	proxy.end()
	if busy == 0 {
		t.Errorf("nothing was in flight in any of %d scrapes: there was no load", scrapes)
	}
}

// A trace id is shown when it is asked for, and nothing else that a producer
// writes into that header.
func TestExemplars(t *testing.T) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	for _, test := range []struct {
		name, header string
		on           bool
		want         string
	}{
		{"on", "00-" + trace + "-00f067aa0ba902b7-01", true, trace},
		{"off", "00-" + trace + "-00f067aa0ba902b7-01", false, ""},
		{"no trace", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", true, ""},
		{"a person", "00-anna.example@example.com-0000000-00f067aa0ba902b7-01", true, ""},
		{"short", "00-" + trace, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":1}`), Headers: []kgo.RecordHeader{{Key: "traceparent", Value: []byte(test.header)}}})
			cfg := l.config(keepRoute(t, "in", "a"))
			cfg.Exemplars = test.on
			proxy := l.start(cfg)
			l.consume("out.a", 1)
			proxy.end()
			got := ""
			for _, m := range scrape(t, cfg.Metrics.Registry())["redactor_end_to_end_seconds"].GetMetric() {
				for _, b := range m.GetHistogram().GetBucket() {
					for _, label := range b.GetExemplar().GetLabel() {
						got += label.GetValue()
					}
				}
			}
			if got != test.want {
				t.Errorf("exemplar %q, want %q", got, test.want)
			}
		})
	}
}

// What a broker says to a batch that it only puts off is no error and no retry that an operator sees; what goes on, and
// what it says to a producer without a transaction, is.
func TestEarlyIsNoError(t *testing.T) {
	for _, test := range []struct {
		name     string
		delivery Delivery
		times    int
		counted  bool
	}{
		{"put off", ExactlyOnce, earlyTries, false},
		{"for long", ExactlyOnce, earlyTries + 2, true},
		{"no transaction", AtLeastOnce, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t, kfake.SeedTopics(1, "in", "out.a", "quarantine"))
			l.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "out.a", Err: kerr.NotEnoughReplicas, Count: test.times})
			l.produce(&kgo.Record{Topic: "in", Value: []byte(`{"id":1}`)})
			cfg := l.config(keepRoute(t, "in", "a"))
			cfg.Delivery = test.delivery
			proxy := l.start(cfg)
			l.consume("out.a", 1)
			proxy.end()
			m := scrape(t, cfg.Metrics.Registry())
			if got := m.sum("kafka_errors_total", "code", "replicas"); (got > 0) != test.counted {
				t.Errorf("%d errors are counted", got)
			}
			if got := m.sum("produce_retries_total", "topic", "out.a"); (got > 0) != test.counted {
				t.Errorf("%d retries are counted", got)
			}
		})
	}
}
