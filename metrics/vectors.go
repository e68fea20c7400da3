package metrics

import "github.com/prometheus/client_golang/prometheus"

// vectors are the metrics by name. Everything that a dashboard, an alert rule
// or a reader of the reference needs to know about one is on its line.
type vectors struct {
	// The instance and what it runs.
	buildInfo    *prometheus.GaugeVec
	policyInfo   *prometheus.GaugeVec
	policyExpiry *prometheus.GaugeVec
	keyCreated   *prometheus.GaugeVec
	keyExpiry    *prometheus.GaugeVec
	reloadOK     *prometheus.GaugeVec
	reloadTime   *prometheus.GaugeVec
	reloads      *prometheus.CounterVec
	ready        *prometheus.GaugeVec
	logs         *prometheus.CounterVec

	// What came in.
	consumed      *prometheus.CounterVec
	consumedBytes *prometheus.CounterVec
	unknown       *prometheus.CounterVec
	lastRecord    *prometheus.GaugeVec
	assigned      *prometheus.GaugeVec
	stopped       *prometheus.GaugeVec

	// What was done with it. What became of records is in books.go.
	quarantined *prometheus.CounterVec
	fields      *prometheus.CounterVec
	unfit       *prometheus.CounterVec
	detections  *prometheus.CounterVec
	leaks       *prometheus.CounterVec
	elements    *prometheus.CounterVec
	breaker     *prometheus.GaugeVec
	paused      *prometheus.GaugeVec

	// How fast, and how Kafka does.
	endToEnd       *prometheus.HistogramVec
	stageSeconds   *prometheus.HistogramVec
	batchRecords   *prometheus.HistogramVec
	requestSeconds *prometheus.HistogramVec
	kafkaErrors    *prometheus.CounterVec
	rebalances     *prometheus.CounterVec
	commits        *prometheus.CounterVec
	retries        *prometheus.CounterVec
}

// latency holds the classic buckets, in seconds: the freshness objective
// (10 s) and the usual timeouts (30 s, 60 s) are bounds of their own.
var latency = []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

const nativeFactor = 1.1 // growth of native buckets: relative error of a quantile at most 5 %

func (v *vectors) register(reg prometheus.Registerer) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "redactor", Name: name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "redactor", Name: name, Help: help}, labels)
		reg.MustRegister(g)
		return g
	}
	// Both kinds of buckets: a server with native histograms on drops the
	// classic ones, one without knows only those.
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "redactor", Name: name, Help: help, Buckets: buckets,
			NativeHistogramBucketFactor:    nativeFactor,
			NativeHistogramMaxBucketNumber: 100, // 1 ms to 5 min at 1.1 and some room; bounds the memory of a series
		}, labels)
		reg.MustRegister(h)
		return h
	}

	v.buildInfo = gauge("build_info", "The program that runs. Always 1.", "version", "revision", "goversion")
	v.policyInfo = gauge("policy_info", "The policy in force. Always 1.", "policy", "revision", "digest")
	v.policyExpiry = gauge("policy_expiry_timestamp_seconds", "When the approval of the policy ends.", "policy")
	v.keyCreated = gauge("key_created_timestamp_seconds", "When the newest epoch of the key begins.", "key")
	v.keyExpiry = gauge("key_expiry_timestamp_seconds", "When the newest epoch of the key ends. Values of later records become null.", "key")
	v.reloadOK = gauge("policy_last_reload_successful", "1 when the last load of a policy succeeded, 0 when it was refused and the one before stays in force.")
	v.reloadTime = gauge("policy_last_reload_success_timestamp_seconds", "When the policy in force was loaded.")
	v.reloads = counter("policy_reloads_total", "Loads of a policy while running.", "result")
	v.ready = gauge("ready", "1 when this instance is in its group, holds its keys and can reach the output topics.")
	v.logs = counter("log_messages_total", "Log messages by level.", "level")

	v.consumed = counter("records_consumed_total", "Records read from source topics.", "topic")
	v.consumedBytes = counter("consumed_bytes_total", "Bytes of keys, values and headers read from source topics.", "topic")
	v.unknown = counter("unknown_fields_total", "Values that no catalog entry names. They are dropped unless a profile says otherwise.", "topic")
	v.lastRecord = gauge("last_record_timestamp_seconds", "Broker timestamp of the newest record processed.", "topic")
	v.assigned = gauge("assigned_partitions", "Partitions assigned to this instance.", "topic")
	v.stopped = gauge("stopped_partitions", "Partitions that on_error: stop has halted.", "topic")

	v.quarantined = counter("records_quarantined_total", "Records written to the quarantine topic.", "reason")
	v.fields = counter("fields_total", "Values by catalog field and what was done with them.", "profile", "field", "action")
	v.unfit = counter("unfit_values_total", "Values that a transform could not take. They became null unless a profile says otherwise.", "profile", "field")
	v.detections = counter("detections_total", "Identifiers found in free text and replaced there.", "profile", "detector")
	v.elements = counter("elements_failed_total", "Elements of records, such as lines of NDJSON, that could not be judged and were left out of a record that was produced.", "profile")
	v.leaks = counter("leaks_detected_total", "Records that the guard withheld because an identifier was still in them.", "profile", "detector")
	v.breaker = gauge("breaker_open", "1 while the breaker holds the profile's records back, until a person resets it.", "profile")
	v.paused = gauge("paused", "1 while an operator holds the profile's records back.", "profile")

	v.endToEnd = histogram("end_to_end_seconds", "Time from the broker timestamp of the source record to the acknowledgement of the sanitized record.", latency, "profile")
	v.stageSeconds = histogram("batch_processing_seconds", "Processing time per batch and stage.", latency[:10], "stage")
	v.batchRecords = histogram("batch_records", "Records per batch.", prometheus.ExponentialBuckets(1, 4, 8))
	v.requestSeconds = histogram("kafka_request_seconds", "Kafka request latency.", latency[:12], "api")
	v.kafkaErrors = counter("kafka_errors_total", "Kafka errors by request and kind.", "api", "code")
	v.rebalances = counter("group_rebalances_total", "Consumer group rebalances seen by this instance.")
	v.commits = counter("offset_commits_total", "Offset commits.", "result")
	v.retries = counter("produce_retries_total", "Produce requests sent again.", "topic")
}
