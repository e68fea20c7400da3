package admin

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// snapshot is what all metrics said at one moment: what a scrape would have
// got, without the text in between.
type snapshot struct {
	at       time.Time
	families map[string]*dto.MetricFamily
}

func takeSnapshot(g prometheus.Gatherer, at time.Time) (*snapshot, error) {
	gathered, err := g.Gather()
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	s := &snapshot{at, make(map[string]*dto.MetricFamily, len(gathered))}
	for _, f := range gathered {
		s.families[f.GetName()] = f
	}
	return s, nil
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// value is the number of a counter or gauge, or the sum of a histogram.
func value(m *dto.Metric) float64 {
	return m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetHistogram().GetSampleSum()
}

// sums adds a metric up by the values of one label, or of several with a space
// between them; "" adds all of it.
func (s *snapshot) sums(metric string, by ...string) map[string]float64 {
	out := make(map[string]float64)
	if s == nil {
		return out
	}
	for _, m := range s.families[metric].GetMetric() {
		out[key(m, by)] += value(m)
	}
	return out
}

// sum adds up the series of a metric that have the label, or all of them.
func (s *snapshot) sum(metric string, labels ...string) (total float64) {
	if s == nil {
		return 0
	}
next:
	for _, m := range s.families[metric].GetMetric() {
		for i := 0; i+1 < len(labels); i += 2 {
			if label(m, labels[i]) != labels[i+1] {
				continue next
			}
		}
		total += value(m)
	}
	return total
}

func key(m *dto.Metric, by []string) string {
	k := ""
	for i, l := range by {
		if i > 0 {
			k += " "
		}
		k += label(m, l)
	}
	return k
}

// counts is how often a histogram was observed.
func (s *snapshot) counts(metric string) (n float64) {
	for _, m := range s.families[metric].GetMetric() {
		n += float64(m.GetHistogram().GetSampleCount())
	}
	return n
}

// buckets is a histogram added up by a label, as cumulative counts under their
// bounds.
func (s *snapshot) buckets(metric, by string) map[string]map[float64]float64 {
	out := make(map[string]map[float64]float64)
	for _, m := range s.families[metric].GetMetric() {
		k := label(m, by)
		if out[k] == nil {
			out[k] = make(map[float64]float64)
		}
		for _, b := range m.GetHistogram().GetBucket() {
			out[k][b.GetUpperBound()] += float64(b.GetCumulativeCount())
		}
		out[k][inf] += float64(m.GetHistogram().GetSampleCount())
	}
	return out
}
