package metrics

import (
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"redactor/internal/race"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// example has every kind of series: two recipients, two fields, a source and
// an output topic.
func example() *Metrics {
	m := New(Config{
		Build:     Build{Version: "v1.2.3", Revision: "abc", GoVersion: "go1.26"},
		Policy:    Policy{Name: "logs", Digest: "sha256:ab12", Expires: time.Unix(1800000000, 0)},
		Keys:      []Key{{Name: "join-partner", Begins: time.Unix(1790000000, 0), Expires: time.Unix(1800000000, 0)}},
		Detectors: []string{"imei", "email"},
		Fields:    []Field{{"imei", "L4"}, {"model", "L2"}},
		Profiles: []Profile{
			{Name: "analytics", Actions: []string{"pseudonym", "keep"}},
			{Name: "academic", Actions: []string{"drop"}},
		},
	})
	m.ForTopic("device.logs").Assigned(0)
	m.ForProfile("analytics").Output("analytics.device.logs")
	m.ForProfile("academic").Output("research")
	return m
}

// scrape returns the classic text of all metrics of ours.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d", w.Code)
	}
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	for line := range strings.Lines(string(body)) {
		if strings.Contains(line, "redactor_") {
			own = append(own, line)
		}
	}
	return strings.Join(own, "")
}

// series returns the value of one series as the text has it, or "".
func series(text, id string) string {
	for line := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(line, id+" "); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// TestGolden keeps names, label names and help texts: dashboards and alert
// rules are written against them.
func TestGolden(t *testing.T) {
	families, err := example().Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "redactor_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		fmt.Fprintf(&b, "%s %s {%s}\n\t%s\n", f.GetName(), strings.ToLower(f.GetType().String()), strings.Join(labels, ", "), f.GetHelp())
	}
	page := reference(families)
	const doc = "../docs/metrics.md"
	if *update {
		if err := os.WriteFile(doc, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(doc); err != nil || string(have) != page {
		t.Errorf("%s is not what the metrics are (-update rewrites it): %v", doc, err)
	}
	golden := filepath.Join("testdata", "list.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("metrics differ from %s (-update rewrites it):\n%s", golden, got)
	}
}

// reference is docs/metrics.md.
func reference(families []*dto.MetricFamily) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Metrics

Written by go test ./metrics -run TestGolden -update. All begin with redactor_; label values come from the policy, from the
configuration or from closed sets, never from a record. Beside them are the usual go_, process_ and promhttp_ metrics.

Every series that can be known is there from the start, at 0: a counter that is born at 1 never makes increase() fire. At every scrape, for
each profile, records_routed_total = records_produced_total + records_filtered_total + records_failed_total + records_in_flight.
Histograms have classic and native buckets. Cardinality is bounded: above %d assigned partitions lag is by topic (partition "all"); above %d pairs
of profile and field, fields are counted by level; above %d pairs of profile and detector, detectors share "other"; topics
beyond %d share "other".

| metric | type | labels | |
|---|---|---|---|
`, MaxLagPartitions, MaxFieldSeries, MaxDetectorSeries, MaxTopics)
	for _, f := range families {
		name, own := strings.CutPrefix(f.GetName(), "redactor_")
		if !own {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(f.GetType().String()), strings.Join(labels, ", "), f.GetHelp())
	}
	return b.String()
}

func TestLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(example().Registry())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestBornAtZero: every series of a profile, a topic and an output is there
// before anything happened to it.
func TestBornAtZero(t *testing.T) {
	text := scrape(t, example())
	want := []string{
		`redactor_records_consumed_total{topic="device.logs"}`,
		`redactor_consumed_bytes_total{topic="device.logs"}`,
		`redactor_unknown_fields_total{topic="device.logs"}`,
		`redactor_consumer_lag_records{partition="0",topic="device.logs"}`,
		`redactor_records_routed_total{profile="academic"}`,
		`redactor_records_filtered_total{profile="academic"}`,
		`redactor_records_in_flight{profile="academic"}`,
		`redactor_records_produced_total{profile="academic",topic="research"}`,
		`redactor_produced_bytes_total{profile="academic",topic="research"}`,
		`redactor_produce_retries_total{topic="research"}`,
		`redactor_fields_total{action="pseudonym",field="imei",profile="analytics"}`,
		`redactor_fields_total{action="drop",field="model",profile="academic"}`,
		`redactor_unfit_values_total{field="imei",profile="analytics"}`,
		`redactor_end_to_end_seconds_count{profile="analytics"}`,
		`redactor_offset_commits_total{result="error"}`,
		`redactor_group_rebalances_total`,
		`redactor_log_messages_total{level="error"}`,
		`redactor_batch_records_count`,
		`redactor_elements_failed_total{profile="analytics"}`,
		`redactor_leaks_detected_total{detector="imei",profile="analytics"}`,
		`redactor_leaks_detected_total{detector="other",profile="academic"}`,
		`redactor_detections_total{detector="email",profile="academic"}`,
		`redactor_breaker_open{profile="analytics"}`,
		`redactor_paused{profile="analytics"}`,
		`redactor_policy_reloads_total{result="success"}`,
		`redactor_policy_reloads_total{result="error"}`,
		`redactor_cache_requests_total{result="hit"}`,
		`redactor_cache_requests_total{result="miss"}`,
		`redactor_cache_requests_total{result="bypass"}`,
		`redactor_cache_evictions_total`,
		`redactor_cache_entries`,
		`redactor_cache_capacity_bytes`,
	}
	for _, r := range Reasons {
		want = append(want, fmt.Sprintf(`redactor_records_failed_total{profile="analytics",reason=%q}`, r),
			fmt.Sprintf(`redactor_records_quarantined_total{reason=%q}`, r))
	}
	for _, a := range apiNames {
		want = append(want, fmt.Sprintf(`redactor_kafka_request_seconds_count{api=%q}`, a))
		for _, c := range codeNames {
			want = append(want, fmt.Sprintf(`redactor_kafka_errors_total{api=%q,code=%q}`, a, c))
		}
	}
	for _, s := range stageNames {
		want = append(want, fmt.Sprintf(`redactor_batch_processing_seconds_count{stage=%q}`, s))
	}
	for _, id := range want {
		if v := series(text, id); v != "0" {
			t.Errorf("%s is %q, want 0", id, v)
		}
	}
	if strings.Contains(text, `"`+Other+`",topic`) || strings.Contains(text, `profile="`+Other+`"`) {
		t.Error("the handle of unknown names shows before it is used")
	}
}

// TestBooks: routed = produced + filtered + failed + in flight.
func TestBooks(t *testing.T) {
	m := example()
	p := m.ForProfile("analytics")
	o := p.Output("analytics.device.logs")
	p.Routed(100)
	o.Produced(60, 6000)
	p.Filtered(20)
	p.Failed("parse", 5)
	p.Failed("imei=356938035643809", 1) // a reason outside the set
	text := scrape(t, m)
	for id, want := range map[string]string{
		`redactor_records_routed_total{profile="analytics"}`:                                 "100",
		`redactor_records_produced_total{profile="analytics",topic="analytics.device.logs"}`: "60",
		`redactor_produced_bytes_total{profile="analytics",topic="analytics.device.logs"}`:   "6000",
		`redactor_records_filtered_total{profile="analytics"}`:                               "20",
		`redactor_records_failed_total{profile="analytics",reason="parse"}`:                  "5",
		`redactor_records_failed_total{profile="analytics",reason="other"}`:                  "1",
		`redactor_records_in_flight{profile="analytics"}`:                                    "14",
		`redactor_records_routed_total{profile="academic"}`:                                  "0",
		`redactor_records_produced_total{profile="academic",topic="research"}`:               "0",
	} {
		if got := series(text, id); got != want {
			t.Errorf("%s = %s, want %s", id, got, want)
		}
	}
	if strings.Contains(text, "356938035643809") {
		t.Error("a value became a label")
	}
}

func TestOutsideTheSet(t *testing.T) {
	m := example()
	m.ForProfile("nobody").Routed(3)
	m.Quarantined("weird", 2)
	m.ForProfile("analytics").Field(99, 1)
	m.ForProfile("academic").Unfit(0, 1)
	text := scrape(t, m)
	if got := series(text, `redactor_records_routed_total{profile="other"}`); got != "3" {
		t.Errorf("unknown profile: %q", got)
	}
	if got := series(text, `redactor_records_quarantined_total{reason="other"}`); got != "2" {
		t.Errorf("unknown reason: %q", got)
	}
}

// TestBooksUnderLoad: the books balance in every scrape, with batches going
// through all the while, and not only when all is quiet.
func TestBooksUnderLoad(t *testing.T) {
	m := example()
	done := make(chan struct{})
	var workers sync.WaitGroup
	for w := range 4 {
		p := m.ForProfile("analytics")
		o := p.Output(fmt.Sprint("out", w))
		workers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				p.Routed(100)
				p.Filtered(7)
				p.Failed("parse", 3)
				o.Produced(90, 9000)
			}
		})
	}
	value := func(m *dto.Metric) int { return int(m.GetCounter().GetValue() + m.GetGauge().GetValue()) }
	inFlight := 0
	for range 300 {
		families, err := m.Registry().Gather()
		if err != nil {
			t.Fatal(err)
		}
		sums := make(map[string]int)
		for _, f := range families {
			for _, one := range f.GetMetric() {
				sums[strings.TrimPrefix(f.GetName(), "redactor_records_")] += value(one)
			}
		}
		if got, want := sums["produced_total"]+sums["filtered_total"]+sums["failed_total"]+sums["in_flight"], sums["routed_total"]; got != want {
			t.Fatalf("%d records are accounted for, %d were routed", got, want)
		}
		inFlight += sums["in_flight"]
	}
	close(done)
	workers.Wait()
	if inFlight == 0 {
		t.Error("nothing was ever in flight: the test saw no load")
	}
}

func TestReload(t *testing.T) {
	m := example()
	p := m.ForProfile("analytics")
	before := p.Fields()
	before.Hit(0, 3)
	p.Routed(10)
	m.ReloadFailed()
	if got := series(scrape(t, m), "redactor_policy_last_reload_successful"); got != "0" {
		t.Errorf("after a refused policy: last_reload_successful %q", got)
	}
	m.Reload(Config{
		Policy:   Policy{Name: "logs", Digest: "sha256:cd34"},
		Fields:   []Field{{"serial", "L4"}, {"imei", "L4"}},
		Profiles: []Profile{{Name: "analytics", Actions: []string{"mask", "pseudonym"}}, {Name: "acme"}},
	}, time.Unix(1790000000, 0))
	before.Hit(0, 2) // a batch that the old policy judged
	p.Fields().Hit(0, 5)
	text := scrape(t, m)
	for id, want := range map[string]string{
		`redactor_policy_info{digest="sha256:cd34",policy="logs",revision=""}`:       "1",
		`redactor_policy_info{digest="sha256:ab12",policy="logs",revision=""}`:       "",
		`redactor_policy_expiry_timestamp_seconds{policy="logs"}`:                    "",
		`redactor_key_created_timestamp_seconds{key="join-partner"}`:                 "",
		`redactor_policy_last_reload_successful`:                                     "1",
		`redactor_policy_last_reload_success_timestamp_seconds`:                      "1.79e+09",
		`redactor_policy_reloads_total{result="success"}`:                            "1",
		`redactor_policy_reloads_total{result="error"}`:                              "1",
		`redactor_fields_total{action="pseudonym",field="imei",profile="analytics"}`: "5",
		`redactor_fields_total{action="mask",field="serial",profile="analytics"}`:    "5",
		`redactor_fields_total{action="keep",field="model",profile="analytics"}`:     "",
		`redactor_records_routed_total{profile="analytics"}`:                         "10",
		`redactor_records_routed_total{profile="acme"}`:                              "0",
		`redactor_records_routed_total{profile="academic"}`:                          "0",
	} {
		if got := series(text, id); got != want {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
}

func TestExemplar(t *testing.T) {
	m := example()
	m.ForProfile("analytics").EndToEnd(time.Second, "4bf92f3577b34da6a3ce929d0e0e4736")
	m.ForProfile("academic").EndToEnd(time.Second, "")
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	if n := strings.Count(w.Body.String(), `trace_id="4bf92f3577b34da6a3ce929d0e0e4736"`); n != 1 {
		t.Errorf("%d exemplars, want 1", n)
	}
}

func TestDetectorsFold(t *testing.T) {
	var detectors []string
	for i := range MaxDetectorSeries / 2 {
		detectors = append(detectors, fmt.Sprint("d", i))
	}
	m := New(Config{Detectors: detectors, Profiles: []Profile{{Name: "a"}, {Name: "b"}, {Name: "c"}}})
	m.ForProfile("a").Leaked("d7", 2)
	m.ForProfile("a").Leaked("d8", 1)
	text := scrape(t, m)
	if got := series(text, `redactor_leaks_detected_total{detector="other",profile="a"}`); got != "3" {
		t.Errorf("folded leaks %q, want 3", got)
	}
	if n := strings.Count(text, "\nredactor_leaks_detected_total{"); n != 3 {
		t.Errorf("%d series, want one a profile", n)
	}
}

func TestCache(t *testing.T) {
	m := example()
	m.ObserveCache(func() CacheStats {
		return CacheStats{Hits: 5, Misses: 3, Bypassed: 1, Evictions: 2, Entries: 4, CapacityBytes: 1 << 20}
	})
	text := scrape(t, m)
	for id, want := range map[string]string{
		`redactor_cache_requests_total{result="hit"}`:    "5",
		`redactor_cache_requests_total{result="miss"}`:   "3",
		`redactor_cache_requests_total{result="bypass"}`: "1",
		`redactor_cache_evictions_total`:                 "2",
		`redactor_cache_entries`:                         "4",
		`redactor_cache_capacity_bytes`:                  "1.048576e+06",
	} {
		if got := series(text, id); got != want {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
}

func TestFieldsFold(t *testing.T) {
	var fields []Field
	for i := range MaxFieldSeries {
		fields = append(fields, Field{fmt.Sprint("f", i), []string{"L1", "L4"}[i%2]})
	}
	below := New(Config{Fields: fields, Profiles: []Profile{{Name: "a"}}})
	if below.Folded() {
		t.Error("folded at the limit")
	}
	above := New(Config{Fields: fields, Profiles: []Profile{{Name: "a"}, {Name: "b"}}})
	if !above.Folded() {
		t.Fatal("not folded above the limit")
	}
	above.ForProfile("b").Field(1, 2)
	above.ForProfile("b").Field(3, 5)
	text := scrape(t, above)
	if got := series(text, `redactor_fields_total{action="drop",field="L4",profile="b"}`); got != "7" {
		t.Errorf("folded count %q, want 7", got)
	}
	if n := strings.Count(text, "\nredactor_fields_total{"); n != 4 {
		t.Errorf("%d series, want 2 levels x 2 profiles", n)
	}
}

func TestTopicsAreBounded(t *testing.T) {
	m := New(Config{Profiles: []Profile{{Name: "a"}}})
	for i := range MaxTopics + 10 {
		topic := m.ForTopic(fmt.Sprint("t", i))
		topic.Assigned(0)
		topic.Consumed(1, 10)
		topic.Lag(0, 5)
		m.ForProfile("a").Output(fmt.Sprint("o", i)).Retried()
	}
	text := scrape(t, m)
	for id, want := range map[string]string{
		`redactor_records_consumed_total{topic="other"}`:               "10",
		`redactor_produce_retries_total{topic="other"}`:                "10",
		`redactor_consumer_lag_records{partition="all",topic="other"}`: "50",
	} {
		if got := series(text, id); got != want {
			t.Errorf("%s = %q, want %s", id, got, want)
		}
	}
	for _, name := range []string{"redactor_records_consumed_total{", "redactor_produce_retries_total{"} {
		if n := strings.Count(text, "\n"+name); n != MaxTopics+1 {
			t.Errorf("%s: %d series, want %d", name, n, MaxTopics+1)
		}
	}
}

func TestLag(t *testing.T) {
	lagOf := func(m *Metrics) []string {
		return regexp.MustCompile(`(?m)^redactor_consumer_lag_records.*$`).FindAllString(scrape(t, m), -1)
	}
	m := New(Config{})
	topic := m.ForTopic("t")
	for p := range MaxLagPartitions {
		topic.Assigned(p)
		topic.Lag(p, 2)
	}
	if got := lagOf(m); len(got) != MaxLagPartitions {
		t.Fatalf("%d series at the limit, want one per partition", len(got))
	}
	topic.Assigned(MaxLagPartitions)
	if got, want := lagOf(m), []string{fmt.Sprintf(`redactor_consumer_lag_records{partition="all",topic="t"} %d`, 2*MaxLagPartitions)}; !slices.Equal(got, want) {
		t.Errorf("above the limit: %q, want %q", got, want)
	}
	for p := 1; p <= MaxLagPartitions; p++ {
		topic.Revoked(p)
	}
	topic.Revoked(7) // twice: a generation may end twice
	if got, want := lagOf(m), []string{`redactor_consumer_lag_records{partition="0",topic="t"} 2`}; !slices.Equal(got, want) {
		t.Errorf("after the others were revoked: %q, want %q", got, want)
	}
	byTopic := New(Config{LagByTopic: true})
	byTopic.ForTopic("t").Lag(3, -4) // a high water mark read before the offset
	if got, want := lagOf(byTopic), []string{`redactor_consumer_lag_records{partition="all",topic="t"} 0`}; !slices.Equal(got, want) {
		t.Errorf("by topic: %q, want %q", got, want)
	}
}

func TestLastRecordIsTheNewest(t *testing.T) {
	m := New(Config{})
	topic := m.ForTopic("t")
	topic.LastRecord(2000)
	topic.LastRecord(1500)
	if got := series(scrape(t, m), `redactor_last_record_timestamp_seconds{topic="t"}`); got != "2" {
		t.Errorf("last record %q, want 2", got)
	}
}

func TestBothKindsOfBuckets(t *testing.T) {
	m := example()
	m.ForProfile("analytics").EndToEnd(20*time.Millisecond, "")
	m.ForProfile("analytics").EndToEnd(-time.Second, "") // a producer's clock ahead of ours
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "redactor_end_to_end_seconds" {
			continue
		}
		h := f.GetMetric()[1].GetHistogram()
		if len(h.GetBucket()) == 0 || len(h.GetPositiveSpan()) == 0 {
			t.Errorf("classic buckets %d, native spans %d: want both", len(h.GetBucket()), len(h.GetPositiveSpan()))
		}
		if h.GetSampleSum() != 0.02 {
			t.Errorf("sum %v: an age below zero counts as zero", h.GetSampleSum())
		}
	}
}

func TestOpenMetrics(t *testing.T) {
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	w := httptest.NewRecorder()
	example().Handler().ServeHTTP(w, r)
	if ct := w.Header().Get("Content-Type"); !strings.HasPrefix(ct, "application/openmetrics-text") {
		t.Errorf("content type %q", ct)
	}
	if !strings.HasSuffix(w.Body.String(), "# EOF\n") {
		t.Error("no end marker")
	}
}

func TestNoAllocs(t *testing.T) {
	race.Skip(t)
	m := example()
	p, topic := m.ForProfile("analytics"), m.ForTopic("device.logs")
	o := p.Output("analytics.device.logs")
	n := testing.AllocsPerRun(100, func() {
		topic.Consumed(500, 200000)
		topic.Unknown(3)
		topic.LastRecord(1)
		topic.Lag(0, 12)
		p.Routed(500)
		p.Field(0, 500)
		p.Unfit(0, 1)
		p.Filtered(1)
		p.Failed("parse", 1)
		o.Produced(498, 100000)
		m.Quarantined("parse", 1)
		m.Batch(500)
		m.KafkaError(APIProduce, CodeLeader)
	})
	if n != 0 {
		t.Errorf("%v allocations per batch", n)
	}
}
