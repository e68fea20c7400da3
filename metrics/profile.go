package metrics

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ProfileMetrics is the handle of one recipient. Its methods keep the books:
// a record that Routed has counted must later be counted once by Produced,
// Filtered or Failed.
type ProfileMetrics struct {
	m    *Metrics
	name string

	book     *book
	endToEnd prometheus.Observer
	breaker  prometheus.Gauge
	paused   prometheus.Gauge
	elements prometheus.Counter
	leaks    map[string]prometheus.Counter // by detector, complete from the start
	found    map[string]prometheus.Counter
	fields   atomic.Pointer[FieldMetrics]

	mu      sync.Mutex // guards outputs
	outputs map[string]*Output
}

// ForProfile returns the handle of the recipient called name. A name that the
// configuration does not have gets the handle of Other.
func (m *Metrics) ForProfile(name string) *ProfileMetrics {
	m.mu.Lock()
	p, ok := m.profiles[name]
	m.mu.Unlock()
	if ok {
		return p
	}
	return m.nobody()
}

func (m *Metrics) newProfile(cfg Profile, fields []Field) *ProfileMetrics {
	p := &ProfileMetrics{
		m:        m,
		name:     cfg.Name,
		book:     m.books.of(cfg.Name, m.reasons),
		endToEnd: m.vec.endToEnd.WithLabelValues(cfg.Name),
		breaker:  m.vec.breaker.WithLabelValues(cfg.Name),
		paused:   m.vec.paused.WithLabelValues(cfg.Name),
		elements: m.vec.elements.WithLabelValues(cfg.Name),
		leaks:    make(map[string]prometheus.Counter),
		found:    make(map[string]prometheus.Counter),
		outputs:  make(map[string]*Output),
	}
	for _, d := range m.detectors {
		p.leaks[d] = m.vec.leaks.WithLabelValues(cfg.Name, d)
		p.found[d] = m.vec.detections.WithLabelValues(cfg.Name, d)
	}
	p.fields.Store(m.newFields(cfg, fields))
	return p
}

// Routed counts n records that were handed to the recipient.
func (p *ProfileMetrics) Routed(n int) { p.book.route(n) }

// Filtered counts n records that the recipient's filters withheld.
func (p *ProfileMetrics) Filtered(n int) { p.book.filter(n) }

// Failed counts n records that do not reach the recipient because of reason.
func (p *ProfileMetrics) Failed(reason string, n int) { p.book.fail(reason, n) }

// ElementsFailed counts n elements that were left out of records which were
// produced without them: they are not in the books, which are of records.
func (p *ProfileMetrics) ElementsFailed(n int) { p.elements.Add(float64(n)) }

// Leaked counts n records that the guard withheld because detector found an
// identifier in them that the recipient may not get.
func (p *ProfileMetrics) Leaked(detector string, n int) { pick(p.leaks, detector).Add(float64(n)) }

// Detected counts n identifiers that detector found in free text, and that
// the profile replaced there.
func (p *ProfileMetrics) Detected(detector string, n int) { pick(p.found, detector).Add(float64(n)) }

// Breaker says whether the breaker holds the recipient's records back.
func (p *ProfileMetrics) Breaker(open bool) { p.breaker.Set(truth(open)) }

// Paused says whether an operator holds the recipient's records back.
func (p *ProfileMetrics) Paused(paused bool) { p.paused.Set(truth(paused)) }

// EndToEnd records the age of one record at its acknowledgement. An
// observation costs as much as the redaction of a small record: callers
// take one or a few per batch. trace, if not empty, is the trace id that the
// record came with, and becomes the exemplar of the observation.
func (p *ProfileMetrics) EndToEnd(age time.Duration, trace string) {
	seconds := max(age.Seconds(), 0)
	if trace != "" {
		if o, ok := p.endToEnd.(prometheus.ExemplarObserver); ok {
			o.ObserveWithExemplar(seconds, prometheus.Labels{"trace_id": trace})
			return
		}
	}
	p.endToEnd.Observe(seconds)
}

// Fields returns the counters of the fields of the policy in force. Who works
// through a batch takes them together with the program that it works with.
func (p *ProfileMetrics) Fields() *FieldMetrics { return p.fields.Load() }

// Field counts n values of Config.Fields[i].
func (p *ProfileMetrics) Field(i, n int) { p.Fields().Hit(i, n) }

// Unfit counts n values of Config.Fields[i] that the transform could not take.
// They are among those that Field counts.
func (p *ProfileMetrics) Unfit(i, n int) { p.Fields().Unfit(i, n) }

// Output is the handle of one output topic of one recipient.
type Output struct {
	p       *ProfileMetrics
	book    *outputBook
	retries prometheus.Counter
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
	o := &Output{p: p, book: p.book.output(topic), retries: p.m.vec.retries.WithLabelValues(topic)}
	p.outputs[topic] = o
	return o
}

// Produced counts n acknowledged records with that many bytes of keys, values
// and headers.
func (o *Output) Produced(n, bytes int) { o.p.book.produce(o.book, n, bytes) }

// Retried counts one produce request that was sent again.
func (o *Output) Retried() { o.retries.Inc() }
