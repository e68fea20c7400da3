package metrics

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	// Other is the label value of everything outside a closed set.
	Other = "other"

	// MaxTopics bounds how many topics, and how many outputs of one profile,
	// have series of their own: source patterns follow topics that other
	// people create. Later ones share the label value Other.
	MaxTopics = 1000

	// MaxLagPartitions is the number of assigned partitions above which lag is
	// summed per topic. Lag is more than a third of all series of an instance.
	MaxLagPartitions = 500

	// MaxFieldSeries is the number of (profile, field) pairs above which
	// fields are folded to their levels.
	MaxFieldSeries = 1000

	// MaxDetectorSeries is the number of (profile, detector) pairs above which
	// all detectors share the label value Other.
	MaxDetectorSeries = 1000
)

// Config names everything that may become a label value.
type Config struct {
	Build    Build
	Policy   Policy
	Fields   []Field   // the catalog, in the order of redact.Spec.Fields
	Profiles []Profile // the recipients
	Keys     []Key     // the keys with epochs

	// Detectors are the label values for what was found in text or by the
	// guard, in any order.
	Detectors []string

	// Reasons are the label values for records that failed or were
	// quarantined. Empty means Reasons.
	Reasons []string

	// LagByTopic sums lag per topic even below MaxLagPartitions.
	LagByTopic bool
}

// Build says which program runs.
type Build struct{ Version, Revision, GoVersion string }

// Policy says which policy is in force.
type Policy struct {
	Name, Revision, Digest string
	Expires                time.Time // end of the approval; zero when the policy names none
}

// Key is a key with epochs, by the name that the policy uses.
type Key struct {
	Name            string
	Begins, Expires time.Time // of its newest epoch
}

// Field is a catalog entry.
type Field struct{ Name, Level string }

// Profile is a recipient. Actions[i] is what it does with Config.Fields[i],
// in one word: "keep", "drop", "mask". A missing action is "drop".
type Profile struct {
	Name    string
	Actions []string
}

// Reasons is the default closed set of reasons why a record failed. "size" is
// an input that is too large to judge, "oversize" an output that its topic does
// not take. "revoked" is no failure of the record: its partition was taken away before the
// acknowledgement, and the next owner processes the record again.
var Reasons = []string{"parse", "depth", "size", "unknown", "unfit", "filter", "key", "header", "leak", "transform", "time", "oversize", "produce", "revoked", Other}

// Metrics holds every metric of one running instance. All methods, and those
// of its handles, may be called concurrently.
type Metrics struct {
	reg       *prometheus.Registry
	reasons   []string
	detectors []string
	folded    bool

	vec    vectors
	nobody func() *ProfileMetrics // the handle of a profile that the configuration does not name

	mu       sync.Mutex // guards profiles and topics
	profiles map[string]*ProfileMetrics
	topics   map[string]*Topic

	books       *bookCollector
	lag         *lagCollector
	cache       *cacheCollector
	reloads     [numResults]prometheus.Counter
	rebalances  prometheus.Counter
	commits     [numResults]prometheus.Counter
	quarantined map[string]prometheus.Counter
	logs        [numLevels]prometheus.Counter
	stages      [numStages]prometheus.Observer
	batch       prometheus.Observer
	requests    [numAPIs]prometheus.Observer
	errors      [numAPIs][numCodes]prometheus.Counter
	ready       prometheus.Gauge
}

// New creates and registers every metric, and every series that cfg lets it
// know, at 0.
func New(cfg Config) *Metrics {
	m := &Metrics{
		reg:         prometheus.NewRegistry(),
		reasons:     slices.Clone(cfg.Reasons),
		detectors:   slices.Clone(cfg.Detectors),
		folded:      len(cfg.Profiles)*len(cfg.Fields) > MaxFieldSeries,
		profiles:    make(map[string]*ProfileMetrics),
		topics:      make(map[string]*Topic),
		quarantined: make(map[string]prometheus.Counter),
		books:       &bookCollector{descs: newBookDescs()},
		lag:         newLagCollector(cfg.LagByTopic),
		cache:       newCacheCollector(),
	}
	if len(cfg.Profiles)*len(cfg.Detectors) > MaxDetectorSeries {
		m.detectors = nil
	}
	if !slices.Contains(m.detectors, Other) {
		m.detectors = append(m.detectors, Other)
	}
	if len(m.reasons) == 0 {
		m.reasons = slices.Clone(Reasons)
	}
	if !slices.Contains(m.reasons, Other) {
		m.reasons = append(m.reasons, Other)
	}
	m.reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.vec.register(m.reg)
	m.reg.MustRegister(m.books, m.lag, m.cache)
	m.instance(cfg)

	for _, p := range cfg.Profiles {
		m.profiles[p.Name] = m.newProfile(p, cfg.Fields)
	}
	m.nobody = sync.OnceValue(func() *ProfileMetrics { return m.newProfile(Profile{Name: Other}, nil) })
	return m
}

// instance creates the series that belong to the instance as a whole.
func (m *Metrics) instance(cfg Config) {
	m.vec.buildInfo.WithLabelValues(cfg.Build.Version, cfg.Build.Revision, cfg.Build.GoVersion).Set(1)
	m.policy(cfg)
	m.reloaded(time.Now())
	m.ready = m.vec.ready.WithLabelValues()
	m.rebalances = m.vec.rebalances.WithLabelValues()
	m.batch = m.vec.batchRecords.WithLabelValues()
	for r, name := range resultNames {
		m.commits[r] = m.vec.commits.WithLabelValues(name)
		m.reloads[r] = m.vec.reloads.WithLabelValues(name)
	}
	for l, name := range levelNames {
		m.logs[l] = m.vec.logs.WithLabelValues(name)
	}
	for s, name := range stageNames {
		m.stages[s] = m.vec.stageSeconds.WithLabelValues(name)
	}
	for a, api := range apiNames {
		m.requests[a] = m.vec.requestSeconds.WithLabelValues(api)
		for c, code := range codeNames {
			m.errors[a][c] = m.vec.kafkaErrors.WithLabelValues(api, code)
		}
	}
	for _, r := range m.reasons {
		m.quarantined[r] = m.vec.quarantined.WithLabelValues(r)
	}
}

// Registry returns the registry, for tests and for collectors of the caller's.
func (m *Metrics) Registry() *prometheus.Registry { return m.reg }

// Folded reports whether fields are counted by level instead of by name,
// because the policy has more than MaxFieldSeries pairs of profile and field.
// The caller logs it, so that nobody looks for series that are not there.
func (m *Metrics) Folded() bool { return m.folded }

// Handler serves the metrics: OpenMetrics to those who ask for it, the
// classic text to others. Scrapes that overlap share one collection.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{
		EnableOpenMetrics: true,
		Registry:          m.reg,
		CoalesceGather:    true,
		Timeout:           10 * time.Second,
	})
}

// SetReady says whether the instance owns partitions, holds its keys and can
// reach the output topics.
func (m *Metrics) SetReady(ready bool) {
	m.ready.Set(truth(ready))
}

// truth is a condition as the value of a gauge.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Quarantined counts n records that were written to the quarantine topic for
// reason.
func (m *Metrics) Quarantined(reason string, n int) { pick(m.quarantined, reason).Add(float64(n)) }

// Rebalanced counts one rebalance of the consumer group.
func (m *Metrics) Rebalanced() { m.rebalances.Inc() }

// Committed counts one offset commit.
func (m *Metrics) Committed(r Result) { m.commits[r].Inc() }

// Batch records the number of records of one batch.
func (m *Metrics) Batch(records int) { m.batch.Observe(float64(records)) }

// Stage records how long one batch spent in s.
func (m *Metrics) Stage(s Stage, d time.Duration) { m.stages[s].Observe(d.Seconds()) }

// Request records how long one Kafka request took, whatever its outcome.
func (m *Metrics) Request(a API, d time.Duration) { m.requests[a].Observe(d.Seconds()) }

// KafkaError counts one failed Kafka request, or one error in the answer to
// one.
func (m *Metrics) KafkaError(a API, c Code) { m.errors[a][c].Inc() }

// Logged counts one log message.
func (m *Metrics) Logged(l Level) { m.logs[l].Inc() }

// pick returns the counter of a label value of a closed set.
func pick(set map[string]prometheus.Counter, value string) prometheus.Counter {
	if c, ok := set[value]; ok {
		return c
	}
	return set[Other]
}
