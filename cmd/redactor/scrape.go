package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// snapshot is one scrape of a /metrics address.
type snapshot struct {
	at       time.Time
	families map[string]*dto.MetricFamily
}

// scrape reads /metrics as Prometheus would: over HTTP, in the text format.
func scrape(ctx context.Context, url string) (*snapshot, error) {
	return scrapeWith(ctx, http.DefaultClient, url, "")
}

// scrapeWith is scrape for an address that asks for a token, or whose
// certificate only the client knows.
func scrapeWith(ctx context.Context, client *http.Client, url, token string) (*snapshot, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	return &snapshot{time.Now(), families}, nil
}

// sum adds the series of a counter or gauge that have all the labels, given
// as name, value, name, value.
func (s *snapshot) sum(name string, labels ...string) int64 {
	var total float64
	for _, m := range s.families[name].GetMetric() {
		if hasLabels(m, labels) {
			total += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return int64(total)
}

// group adds a counter or gauge up by the values of labels, joined by spaces.
func (s *snapshot) group(name string, labels ...string) map[string]float64 {
	out := make(map[string]float64)
	for _, m := range s.families[name].GetMetric() {
		values := make([]string, len(labels))
		for i, label := range labels {
			for _, l := range m.GetLabel() {
				if l.GetName() == label {
					values[i] = l.GetValue()
				}
			}
		}
		out[strings.Join(values, " ")] += m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return out
}

func hasLabels(m *dto.Metric, labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		found := false
		for _, l := range m.GetLabel() {
			found = found || l.GetName() == labels[i] && l.GetValue() == labels[i+1]
		}
		if !found {
			return false
		}
	}
	return true
}

// books are the accounts of one recipient.
type books struct {
	profile                                      string
	routed, produced, filtered, failed, inFlight int64
}

func (s *snapshot) books(profile string) books {
	p := []string{"profile", profile}
	return books{
		profile:  profile,
		routed:   s.sum("redactor_records_routed_total", p...),
		produced: s.sum("redactor_records_produced_total", p...),
		filtered: s.sum("redactor_records_filtered_total", p...),
		failed:   s.sum("redactor_records_failed_total", p...),
		inFlight: s.sum("redactor_records_in_flight", p...),
	}
}

// balanced reports whether every record is accounted for.
func (b books) balanced() bool { return b.routed == b.produced+b.filtered+b.failed && b.inFlight == 0 }
