package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ProfileMetrics is the handle of one recipient. Its methods keep the books:
// a record that Routed has counted must later be counted once by Produced,
// Filtered or Failed.
type ProfileMetrics struct {
	m    *Metrics
	name string

	routed   prometheus.Counter
	filtered prometheus.Counter
	failed   map[string]prometheus.Counter
	inFlight prometheus.Gauge
	endToEnd prometheus.Observer
	fields   []prometheus.Counter // by index of Config.Fields; entries of one level share a counter when folded
	unfit    []prometheus.Counter // nil where the action takes every value

	detections, leaks []prometheus.Counter // by index of Config.Detectors
	breaker           prometheus.Gauge

	mu      sync.Mutex // guards outputs
	outputs map[string]*Output
}

// ForProfile returns the handle of the recipient called name. A name that the
// configuration does not have gets the handle of Other.
func (m *Metrics) ForProfile(name string) *ProfileMetrics {
	if p, ok := m.profiles[name]; ok {
		return p
	}
	return m.nobody()
}

func (m *Metrics) newProfile(cfg Profile, fields []Field) *ProfileMetrics {
	p := &ProfileMetrics{
		m:        m,
		name:     cfg.Name,
		routed:   m.vec.routed.WithLabelValues(cfg.Name),
		filtered: m.vec.filtered.WithLabelValues(cfg.Name),
		failed:   make(map[string]prometheus.Counter),
		inFlight: m.vec.inFlight.WithLabelValues(cfg.Name),
		endToEnd: m.vec.endToEnd.WithLabelValues(cfg.Name),
		fields:   make([]prometheus.Counter, len(fields)),
		unfit:    make([]prometheus.Counter, len(fields)),
		outputs:  make(map[string]*Output),
	}
	for _, r := range m.reasons {
		p.failed[r] = m.vec.failed.WithLabelValues(cfg.Name, r)
	}
	for _, d := range m.detectors {
		p.detections = append(p.detections, m.vec.detections.WithLabelValues(cfg.Name, d))
		p.leaks = append(p.leaks, m.vec.leaks.WithLabelValues(cfg.Name, d))
	}
	p.breaker = m.vec.breaker.WithLabelValues(cfg.Name)
	for i, f := range fields {
		label, action := f.Name, "drop"
		if m.folded {
			label = f.Level
		}
		if i < len(cfg.Actions) {
			action = cfg.Actions[i]
		}
		p.fields[i] = m.vec.fields.WithLabelValues(cfg.Name, label, action)
		if takesSome(action) {
			p.unfit[i] = m.vec.unfit.WithLabelValues(cfg.Name, label)
		}
	}
	return p
}

// takesSome reports whether the action may meet a value that it cannot take.
func takesSome(action string) bool {
	switch action {
	case "keep", "drop", "null", "replace":
		return false
	}
	return true
}

// Routed counts n records that were handed to the recipient.
func (p *ProfileMetrics) Routed(n int) {
	p.inFlight.Add(float64(n))
	p.routed.Add(float64(n))
}

// Filtered counts n records that the recipient's filters withheld.
func (p *ProfileMetrics) Filtered(n int) {
	p.filtered.Add(float64(n))
	p.inFlight.Sub(float64(n))
}

// Failed counts n records that do not reach the recipient because of reason.
func (p *ProfileMetrics) Failed(reason string, n int) {
	pick(p.failed, reason).Add(float64(n))
	p.inFlight.Sub(float64(n))
}

// Field counts n values of Config.Fields[i].
func (p *ProfileMetrics) Field(i, n int) {
	if i < len(p.fields) {
		p.fields[i].Add(float64(n))
	}
}

// Unfit counts n values of Config.Fields[i] that the transform could not take.
// They are among those that Field counts.
func (p *ProfileMetrics) Unfit(i, n int) {
	if i < len(p.unfit) && p.unfit[i] != nil {
		p.unfit[i].Add(float64(n))
	}
}

// Detected counts n identifiers of Config.Detectors[d] that were scrubbed from
// texts.
func (p *ProfileMetrics) Detected(d, n int) { add(p.detections, d, n) }

// Leaked counts n identifiers of Config.Detectors[d] that the guard stopped.
func (p *ProfileMetrics) Leaked(d, n int) { add(p.leaks, d, n) }

func add(counters []prometheus.Counter, i, n int) {
	if i < len(counters) && n > 0 {
		counters[i].Add(float64(n))
	}
}

// Breaker says whether leaks have stopped the output for the recipient.
func (p *ProfileMetrics) Breaker(open bool) {
	if open {
		p.breaker.Set(1)
	} else {
		p.breaker.Set(0)
	}
}

// EndToEnd records the age of one record at its acknowledgement. An
// observation costs as much as the redaction of a small record: callers
// take one or a few per batch.
func (p *ProfileMetrics) EndToEnd(age time.Duration) { p.endToEnd.Observe(max(age.Seconds(), 0)) }

// Output is the handle of one output topic of one recipient.
type Output struct {
	p                        *ProfileMetrics
	produced, bytes, retries prometheus.Counter
}

// Output returns the handle of the recipient's output topic, creating its
// series at 0. The caller takes it before it writes to the topic.
func (p *ProfileMetrics) Output(topic string) *Output {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o, ok := p.outputs[topic]; ok {
		return o
	}
	if len(p.outputs) >= MaxTopics {
		if o, ok := p.outputs[Other]; ok {
			return o
		}
		topic = Other
	}
	o := &Output{
		p:        p,
		produced: p.m.vec.produced.WithLabelValues(p.name, topic),
		bytes:    p.m.vec.producedBytes.WithLabelValues(p.name, topic),
		retries:  p.m.vec.retries.WithLabelValues(topic),
	}
	p.outputs[topic] = o
	return o
}

// Produced counts n acknowledged records with that many bytes of keys, values
// and headers.
func (o *Output) Produced(n, bytes int) {
	o.produced.Add(float64(n))
	o.bytes.Add(float64(bytes))
	o.p.inFlight.Sub(float64(n))
}

// Retried counts one produce request that was sent again.
func (o *Output) Retried() { o.retries.Inc() }
