package admin

import (
	"maps"
	"math"
	"slices"
)

// A panel is one picture of the status page. The dashboards in deploy/grafana
// have the same ones, under the same titles: who has no Grafana sees them here,
// for this instance and the last half hour. A test compares the titles.
//
// eval makes the points of a moment from the snapshot of that moment and the
// one before it; was is nil for the first.
type panel struct {
	part, title, what string
	unit              unit
	limit             float64 // a line that should not be crossed; 0: none
	eval              func(was, is *snapshot) map[string]float64
}

// unit says how a number is written.
type unit uint8

const (
	unitCount unit = iota
	unitRate
	unitSeconds
	unitBytes
	unitByteRate
	unitShare
)

var inf = math.Inf(1)

const (
	partOverview = "Overview"
	partPrivacy  = "Privacy"
	partKafka    = "Kafka"
)

var panels = []panel{
	{partOverview, "Records in", "Records read, a second.", unitRate, 0, rate("redactor_records_consumed_total")},
	{partOverview, "Records out by recipient", "Acknowledged, a second.", unitRate, 0, rate("redactor_records_produced_total", "profile")},
	{partOverview, "Lag", "Records behind.", unitCount, 10_000, gauge("redactor_consumer_lag_records")},
	{partOverview, "Lag in seconds", "Age of the newest processed record, where there is lag.", unitSeconds, 10, lagSeconds},
	{partOverview, "Unaccounted records", "routed less produced, filtered, failed and in flight. 0, or redactor has a bug.", unitCount, 1, unaccounted},
	{partOverview, "In flight", "Handed to a recipient and not yet acknowledged.", unitCount, 0, gauge("redactor_records_in_flight", "profile")},
	{partOverview, "Failed records by reason", "A second. They are in the quarantine; revoked ones are processed again.", unitRate, 0, rate("redactor_records_failed_total", "reason")},
	{partOverview, "Quarantined by reason", "A second.", unitRate, 0, rate("redactor_records_quarantined_total", "reason")},
	{partOverview, "Failed elements by recipient", "Of records with many, a second; the rest of the record passed.", unitRate, 0, rate("redactor_elements_failed_total", "profile")},
	{partOverview, "End to end p99", "From the source's timestamp to the acknowledgement.", unitSeconds, 10, quantile(.99, "redactor_end_to_end_seconds", "profile")},
	{partOverview, "End to end p50", "The same, for the median of batches.", unitSeconds, 10, quantile(.5, "redactor_end_to_end_seconds", "profile")},
	{partOverview, "Where time goes", "Seconds a second by stage. produce waits; redact is us.", unitShare, 0, rate("redactor_batch_processing_seconds", "stage")},
	{partOverview, "Bytes in and out", "A second.", unitByteRate, 0, bytesInOut},
	{partOverview, "CPU per million records", "Processor time, all recipients together.", unitSeconds, 0, cpuPerMillion},
	{partOverview, "Records in a batch", "Mean.", unitCount, 0, meanBatch},
	{partOverview, "Memory", "Resident.", unitBytes, 0, gauge("process_resident_memory_bytes")},
	{partOverview, "Goroutines", "A number that only grows is a leak.", unitCount, 20_000, gauge("go_goroutines")},
	{partOverview, "Log messages by level", "A second.", unitRate, 0, rate("redactor_log_messages_total", "level")},

	{partPrivacy, "Actions by field (top 15)", "Values a second, and what was done with them.", unitRate, 0, rate("redactor_fields_total", "field", "action")},
	{partPrivacy, "Unfit values by field", "A second. They became null.", unitRate, 0, rate("redactor_unfit_values_total", "field")},
	{partPrivacy, "Unknown fields by topic", "Values a second that no catalog entry names.", unitRate, 0, rate("redactor_unknown_fields_total", "topic")},
	{partPrivacy, "Detections in text", "Identifiers a second that were replaced.", unitRate, 0, rate("redactor_detections_total", "detector")},
	{partPrivacy, "Leaks by detector", "A second. They were withheld.", unitRate, 0, rate("redactor_leaks_detected_total", "profile", "detector")},
	{partPrivacy, "Filtered records", "A second, withheld by filters.", unitRate, 0, rate("redactor_records_filtered_total", "profile")},

	{partKafka, "Lag by partition", "Records behind.", unitCount, 10_000, gauge("redactor_consumer_lag_records", "topic", "partition")},
	{partKafka, "Stopped partitions", "Stalled, or stopped by on_error.", unitCount, 1, gauge("redactor_stopped_partitions", "topic")},
	{partKafka, "Records in by topic", "A second.", unitRate, 0, rate("redactor_records_consumed_total", "topic")},
	{partKafka, "Age of the newest record", "A quiet topic ages too.", unitSeconds, 0, newestRecord},
	{partKafka, "Kafka request p99", "fetch includes waiting for records.", unitSeconds, 5, quantile(.99, "redactor_kafka_request_seconds", "api")},
	{partKafka, "Kafka errors", "A second, by request and kind.", unitRate, 0, rate("redactor_kafka_errors_total", "api", "code")},
	{partKafka, "Produce retries", "A second.", unitRate, 0, rate("redactor_produce_retries_total", "topic")},
	{partKafka, "Rebalances", "A second.", unitRate, 0, rate("redactor_group_rebalances_total")},
	{partKafka, "Commits", "A second.", unitRate, 0, rate("redactor_offset_commits_total", "result")},
	{partKafka, "Cache hit ratio", "Of the cache of slow transforms.", unitShare, 0, cacheHits},
	{partKafka, "Cache evictions", "A second.", unitRate, 0, rate("redactor_cache_evictions_total")},
	{partKafka, "Cache entries", "Now.", unitCount, 0, gauge("redactor_cache_entries")},
}

// rate is how much a counter grew a second, by labels. What does not move is
// left out, as long as something else moves.
func rate(metric string, by ...string) func(was, is *snapshot) map[string]float64 {
	return func(was, is *snapshot) map[string]float64 {
		if was == nil {
			return nil
		}
		before, seconds := was.sums(metric, by...), is.at.Sub(was.at).Seconds()
		out := make(map[string]float64)
		for k, v := range is.sums(metric, by...) {
			if grew := v - before[k]; grew > 0 || len(by) == 0 {
				out[k] = max(grew, 0) / seconds
			}
		}
		return out
	}
}

func gauge(metric string, by ...string) func(was, is *snapshot) map[string]float64 {
	return func(_, is *snapshot) map[string]float64 { return is.sums(metric, by...) }
}

// quantile is interpolated in the classic buckets, as histogram_quantile does.
func quantile(q float64, metric, by string) func(was, is *snapshot) map[string]float64 {
	return func(was, is *snapshot) map[string]float64 {
		if was == nil {
			return nil
		}
		before, out := was.buckets(metric, by), make(map[string]float64)
		for k, buckets := range is.buckets(metric, by) {
			if v, ok := interpolate(q, buckets, before[k]); ok {
				out[k] = v
			}
		}
		return out
	}
}

func interpolate(q float64, is, was map[float64]float64) (float64, bool) {
	total := is[inf] - was[inf]
	if total <= 0 {
		return 0, false
	}
	rank, low, below := q*total, 0.0, 0.0
	for _, bound := range slices.Sorted(maps.Keys(is)) {
		n := is[bound] - was[bound]
		if n >= rank {
			if bound == inf {
				return low, true
			}
			return low + (bound-low)*(rank-below)/max(n-below, 1), true
		}
		low, below = bound, n
	}
	return low, true
}

func unaccounted(_, is *snapshot) map[string]float64 {
	out := is.sums("redactor_records_routed_total", "profile")
	for _, m := range []string{"records_produced_total", "records_filtered_total", "records_failed_total", "records_in_flight"} {
		for p, n := range is.sums("redactor_"+m, "profile") {
			out[p] -= n
		}
	}
	return out
}

func lagSeconds(_, is *snapshot) map[string]float64 {
	lag, worst := is.sums("redactor_consumer_lag_records", "topic"), 0.0
	for topic, age := range newestRecord(nil, is) {
		if lag[topic] > 0 {
			worst = max(worst, age)
		}
	}
	return map[string]float64{"": worst}
}

func newestRecord(_, is *snapshot) map[string]float64 {
	out, now := make(map[string]float64), float64(is.at.UnixMilli())/1000
	for topic, at := range is.sums("redactor_last_record_timestamp_seconds", "topic") {
		if at > 0 {
			out[topic] = max(now-at, 0)
		}
	}
	return out
}

func bytesInOut(was, is *snapshot) map[string]float64 {
	in := rate("redactor_consumed_bytes_total")(was, is)
	if in == nil {
		return nil
	}
	return map[string]float64{"in": in[""], "out": rate("redactor_produced_bytes_total")(was, is)[""]}
}

func cpuPerMillion(was, is *snapshot) map[string]float64 {
	return ratio(1e6, "process_cpu_seconds_total", "redactor_records_consumed_total")(was, is)
}

// ratio is the growth of one counter over that of another.
func ratio(scale float64, over, under string) func(was, is *snapshot) map[string]float64 {
	return func(was, is *snapshot) map[string]float64 {
		if was == nil {
			return nil
		}
		n := is.sum(under) - was.sum(under)
		if n <= 0 {
			return nil
		}
		return map[string]float64{"": scale * (is.sum(over) - was.sum(over)) / n}
	}
}

func meanBatch(was, is *snapshot) map[string]float64 {
	const metric = "redactor_batch_records"
	if was == nil || is.counts(metric) <= was.counts(metric) {
		return nil
	}
	return map[string]float64{"": (is.sum(metric) - was.sum(metric)) / (is.counts(metric) - was.counts(metric))}
}

func cacheHits(was, is *snapshot) map[string]float64 {
	const metric = "redactor_cache_requests_total"
	if was == nil || is.sum(metric) <= was.sum(metric) {
		return nil
	}
	return map[string]float64{"": (is.sum(metric, "result", "hit") - was.sum(metric, "result", "hit")) / (is.sum(metric) - was.sum(metric))}
}
