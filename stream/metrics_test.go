package stream

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

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
