package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// topSorts are the orders of the tables, in the order in which s goes through
// them.
var topSorts = []string{"rate", "name", "trouble"}

const topKeys = "q quit  p hold  s sort  ? help"

var topHelpLines = []string{
	"",
	"  q  quit                     p  hold the picture, and go on",
	"  s  rate, name, trouble      ?  this page",
	"",
	"  out/s      records acknowledged by the recipient's topics, a second",
	"  filtered   withheld by the recipient's filters",
	"  failed     quarantined, dropped, or processed again by another instance",
	"  lag        records between what was read and the end of the partitions",
	"  CPU        processor time of the process for one source record, all recipients together",
	"",
}

// picture is what stands on the screen: at most so many lines, none wider than
// the screen. Tables give way in the order of what an operator can miss.
func (t *topScreen) picture(columns, rows int) []string {
	if t.is == nil {
		return []string{fit("redactor top: "+t.trouble("nothing has answered yet"), columns), fit(topKeys, columns)}
	}
	var lines []string
	lines = append(lines, t.headline()...)
	if t.help {
		lines = append(lines, topHelpLines...)
		return t.finish(lines, columns, rows)
	}
	left := rows - len(lines) - 2
	recipients, topics, fields := t.recipients(), t.topics(), t.fields()
	lines = append(lines, cutTable(recipients, max(left-8, 4))...)
	left = rows - len(lines) - 2
	lines = append(lines, cutTable(topics, max(min(left-6, 12), 3))...)
	left = rows - len(lines) - 2
	lines = append(lines, cutTable(fields, max(min(left, 16), 0))...)
	if d := t.detections(); d != "" {
		lines = append(lines, "", d)
	}
	return t.finish(lines, columns, rows)
}

// finish brings the lines to the size of the screen; the last says which keys
// there are.
func (t *topScreen) finish(lines []string, columns, rows int) []string {
	if len(lines) > rows-1 {
		lines = lines[:max(rows-1, 0)]
	}
	foot := topKeys + "  sorted by " + topSorts[t.sort]
	if t.held {
		foot += "  HELD"
	}
	lines = append(lines, foot)
	for i, l := range lines {
		style := ""
		if s, rest, ok := strings.Cut(l, "\x00"); ok {
			style, l = s, rest
		}
		l = strings.TrimRight(fit(l, columns), " ")
		if t.color && style != "" {
			l = style + l + styleReset
		}
		lines[i] = l
	}
	return lines
}

// styled marks a line for finish: a style has no width.
func styled(style, line string) string { return style + "\x00" + line }

// cutTable keeps the head of a table and as many rows as fit, and says how
// many do not. A table without rows is nothing.
func cutTable(table []string, rows int) []string {
	if len(table) < 2 || rows < 2 {
		return nil
	}
	out := []string{"", styled(styleFaint, table[0])}
	if over := len(table) - rows; over > 0 {
		return append(append(out, table[1:rows]...), fmt.Sprintf("  and %d more", over))
	}
	return append(out, table[1:]...)
}

func (t *topScreen) trouble(otherwise string) string {
	if t.failed != nil {
		return t.failed.Error()
	}
	return otherwise
}

// seconds is the time between the two looks.
func (t *topScreen) seconds() float64 {
	if t.was == nil {
		return 0
	}
	return max(t.is.at.Sub(t.was.at).Seconds(), 1e-3)
}

// rates is how much a counter grew a second, by a label; all of it is "".
func (t *topScreen) rates(metric string, labels ...string) map[string]float64 {
	out := make(map[string]float64)
	if t.was == nil {
		return out
	}
	before := t.was.group(metric, labels...)
	for k, v := range t.is.group(metric, labels...) {
		out[k] = max(v-before[k], 0) / t.seconds()
	}
	return out
}

func (t *topScreen) headline() []string {
	in, out := t.rates("redactor_records_consumed_total")[""], t.rates("redactor_records_produced_total")[""]
	cpu := "-"
	if in > 0 {
		cpu = fmt.Sprintf("%.2f us", 1e6*t.rates("process_cpu_seconds_total")[""]/in)
	}
	leaks := t.is.group("redactor_leaks_detected_total")[""]
	var digest, policy string
	for _, m := range t.is.families["redactor_policy_info"].GetMetric() {
		for _, l := range m.GetLabel() {
			switch l.GetName() {
			case "policy":
				policy = l.GetValue()
			case "digest":
				digest = strings.TrimPrefix(l.GetValue(), "sha256:")
			}
		}
	}
	state := "ready"
	if t.is.group("redactor_ready")[""] == 0 {
		state = "NOT READY"
	}
	lines := []string{
		styled(styleBold, fmt.Sprintf("redactor  %s  %s %.12s  %s", t.is.at.Format(time.TimeOnly), policy, digest, state)),
		fmt.Sprintf("in %s/s  out %s/s  lag %s  in flight %s  CPU %s a record, %.0f %%  memory %.0f MiB",
			brief(in), brief(out), brief(t.is.group("redactor_consumer_lag_records")[""]), brief(t.is.group("redactor_records_in_flight")[""]),
			cpu, 100*t.rates("process_cpu_seconds_total")[""], t.is.group("process_resident_memory_bytes")[""]/(1<<20)),
	}
	l := fmt.Sprintf("leaks %s  quarantined %s  unknown fields %s/s  Kafka errors %s/s  stopped partitions %s",
		brief(leaks), brief(t.is.group("redactor_records_quarantined_total")[""]), brief(t.rates("redactor_unknown_fields_total")[""]),
		brief(t.rates("redactor_kafka_errors_total")[""]), brief(t.is.group("redactor_stopped_partitions")[""]))
	style := styleGood
	if leaks > 0 || t.is.group("redactor_stopped_partitions")[""] > 0 {
		style = styleBad
	}
	lines = append(lines, styled(style, l))
	if t.failed != nil {
		lines = append(lines, styled(styleBad, fmt.Sprintf("no answer for %s: %v", time.Since(t.is.at).Round(time.Second), t.failed)))
	}
	return lines
}

// row is one line of a table, with what it is sorted by.
type row struct {
	name          string
	rate, trouble float64
	text, style   string
}

// table sorts the rows and puts the head before them.
func (t *topScreen) table(head string, rows []row) []string {
	slices.SortFunc(rows, func(a, b row) int {
		switch topSorts[t.sort] {
		case "name":
			return cmp.Compare(a.name, b.name)
		case "trouble":
			return cmp.Or(cmp.Compare(b.trouble, a.trouble), cmp.Compare(b.rate, a.rate), cmp.Compare(a.name, b.name))
		}
		return cmp.Or(cmp.Compare(b.rate, a.rate), cmp.Compare(a.name, b.name))
	})
	lines := []string{head}
	for _, r := range rows {
		line := r.text
		if r.style != "" {
			line = styled(r.style, line)
		}
		lines = append(lines, line)
	}
	return lines
}

func (t *topScreen) recipients() []string {
	out := t.rates("redactor_records_produced_total", "profile")
	filtered, failed := t.rates("redactor_records_filtered_total", "profile"), t.rates("redactor_records_failed_total", "profile")
	produced, flight := t.is.group("redactor_records_produced_total", "profile"), t.is.group("redactor_records_in_flight", "profile")
	leaks := t.is.group("redactor_leaks_detected_total", "profile")
	paused, breaker := t.is.group("redactor_paused", "profile"), t.is.group("redactor_breaker_open", "profile")
	var rows []row
	for _, name := range slices.Sorted(maps.Keys(t.is.group("redactor_records_routed_total", "profile"))) {
		r := row{name: name, rate: out[name], trouble: failed[name] + 1e6*leaks[name]}
		state := ""
		switch {
		case breaker[name] > 0:
			state, r.style = "BREAKER OPEN", styleBad
		case paused[name] > 0:
			state, r.style = "PAUSED", styleNew
		case leaks[name] > 0:
			r.style = styleBad
		}
		r.text = fmt.Sprintf("%s %9s %12s %9s %9s %9s %7s  %s", fit(name, 20), brief(out[name]), groupDigits(int64(produced[name])),
			brief(filtered[name]), brief(failed[name]), brief(flight[name]), brief(leaks[name]), state)
		rows = append(rows, r)
	}
	return t.table(fmt.Sprintf("%s %9s %12s %9s %9s %9s %7s", fit("recipient", 20), "out/s", "produced", "filter/s", "failed/s", "in flight", "leaks"), rows)
}

func (t *topScreen) topics() []string {
	in, unknown := t.rates("redactor_records_consumed_total", "topic"), t.rates("redactor_unknown_fields_total", "topic")
	lag, stopped := t.is.group("redactor_consumer_lag_records", "topic"), t.is.group("redactor_stopped_partitions", "topic")
	parts := t.is.group("redactor_assigned_partitions", "topic")
	var rows []row
	for name, rate := range in {
		r := row{name: name, rate: rate, trouble: lag[name] + 1e9*stopped[name]}
		if stopped[name] > 0 {
			r.style = styleBad
		}
		r.text = fmt.Sprintf("%s %9s %12s %10s %9s %9s", fit(name, 32), brief(rate), brief(lag[name]), brief(parts[name]), brief(stopped[name]), brief(unknown[name]))
		rows = append(rows, r)
	}
	return t.table(fmt.Sprintf("%s %9s %12s %10s %9s %9s", fit("source topic", 32), "in/s", "lag", "partitions", "stopped", "unknown/s"), rows)
}

func (t *topScreen) fields() []string {
	var rows []row
	unfit := t.rates("redactor_unfit_values_total", "field")
	for k, rate := range t.rates("redactor_fields_total", "field", "action") {
		if rate == 0 {
			continue
		}
		field, action, _ := strings.Cut(k, " ")
		rows = append(rows, row{name: k, rate: rate, trouble: unfit[field],
			text: fmt.Sprintf("%s %s %9s %9s", fit(field, 24), fit(action, 16), brief(rate), brief(unfit[field]))})
	}
	return t.table(fmt.Sprintf("%s %s %9s %9s", fit("hot fields", 24), fit("what is done", 16), "values/s", "unfit/s"), rows)
}

// detections lists what was found in text, a second.
func (t *topScreen) detections() string {
	var found []string
	rates := t.rates("redactor_detections_total", "detector")
	names := slices.SortedFunc(maps.Keys(rates), func(a, b string) int { return cmp.Or(cmp.Compare(rates[b], rates[a]), cmp.Compare(a, b)) })
	for _, d := range names {
		if rates[d] > 0 {
			found = append(found, d+" "+brief(rates[d])+"/s")
		}
	}
	if len(found) == 0 {
		return ""
	}
	return "detections  " + strings.Join(found, "  ")
}

// brief writes a number in at most five characters.
func brief(v float64) string {
	switch {
	case v < 9.95 && v != math.Trunc(v):
		return fmt.Sprintf("%.1f", v)
	case v < 9999.5:
		return fmt.Sprintf("%.0f", v)
	case v < 999.5e3:
		return fmt.Sprintf("%.0fk", v/1e3)
	case v < 999.5e6:
		return fmt.Sprintf("%.1fM", v/1e6)
	}
	return fmt.Sprintf("%.1fG", v/1e9)
}
