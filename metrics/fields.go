package metrics

import "github.com/prometheus/client_golang/prometheus"

// FieldMetrics counts the fields of one policy for one recipient. A policy
// that replaces it has counters of its own: what is field 3 here may be another
// there, and a batch is counted by the policy that judged it.
type FieldMetrics struct {
	hits  []prometheus.Counter // by index of Config.Fields; entries of one level share a counter when folded
	unfit []prometheus.Counter // nil where the action takes every value

	labels [][]string // of hits; of unfit without the last
}

func (m *Metrics) newFields(cfg Profile, fields []Field) *FieldMetrics {
	f := &FieldMetrics{
		hits:   make([]prometheus.Counter, len(fields)),
		unfit:  make([]prometheus.Counter, len(fields)),
		labels: make([][]string, len(fields)),
	}
	for i, field := range fields {
		label, action := field.Name, "drop"
		if m.folded {
			label = field.Level
		}
		if i < len(cfg.Actions) {
			action = cfg.Actions[i]
		}
		f.labels[i] = []string{cfg.Name, label, action}
		f.hits[i] = m.vec.fields.WithLabelValues(f.labels[i]...)
		if takesSome(action) {
			f.unfit[i] = m.vec.unfit.WithLabelValues(cfg.Name, label)
		}
	}
	return f
}

// takesSome reports whether the action may meet a value that it cannot take.
func takesSome(action string) bool {
	switch action {
	case "keep", "drop", "null", "replace":
		return false
	}
	return true
}

// Hit counts n values of Config.Fields[i].
func (f *FieldMetrics) Hit(i, n int) {
	if i < len(f.hits) {
		f.hits[i].Add(float64(n))
	}
}

// Unfit counts n values of Config.Fields[i] that the transform could not take.
// They are among those that Hit counts.
func (f *FieldMetrics) Unfit(i, n int) {
	if i < len(f.unfit) && f.unfit[i] != nil {
		f.unfit[i].Add(float64(n))
	}
}

// replaceFields removes the series that only the old policy has. Those of both
// go on counting.
func (m *Metrics) replaceFields(p *ProfileMetrics, now *FieldMetrics) {
	old := p.fields.Swap(now)
	hits, unfit := make(map[prometheus.Counter]bool), make(map[prometheus.Counter]bool)
	for i := range now.hits {
		hits[now.hits[i]] = true
		if now.unfit[i] != nil {
			unfit[now.unfit[i]] = true
		}
	}
	for i, l := range old.labels {
		if !hits[old.hits[i]] {
			m.vec.fields.DeleteLabelValues(l...)
		}
		if old.unfit[i] != nil && !unfit[old.unfit[i]] {
			m.vec.unfit.DeleteLabelValues(l[:2]...)
		}
	}
}
