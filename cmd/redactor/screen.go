package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

const (
	plainEvery = 2 * time.Second // between two plain lines, where there is no terminal
	sampleRows = 14              // values of one record; two samples fit a terminal of 40 lines
	minColumns = 80
	maxColumns = 160
)

// screen is where the demo shows itself: with colors and a line that is
// written over on a terminal, in plain lines elsewhere.
type screen struct {
	w        io.Writer
	color    bool
	terminal bool
	shown    *snapshot // what the last line showed
	open     bool      // a line that will be written over stands there
}

func newScreen(w io.Writer, color bool) *screen {
	return &screen{w: w, color: color, terminal: isTerminal(w)}
}

func (s *screen) paint(style, text string) string {
	if !s.color {
		return text
	}
	return style + text + styleReset
}

func (s *screen) width() int { return min(max(columns(s.w, 100), minColumns), maxColumns) }

// welcome says where to look.
func (s *screen) welcome(broker, metricsURL string) {
	fmt.Fprintf(s.w, "%s  made-up logs -> redactor -> one topic per recipient\n\n", s.paint(styleBold, "redactor demo"))
	fmt.Fprintf(s.w, "  broker    kcat -b %s -C -t analytics.%s -o -3 -q\n", broker, topicAndroid)
	fmt.Fprintf(s.w, "  status    %s\n", strings.TrimSuffix(metricsURL, "metrics"))
	fmt.Fprintf(s.w, "  metrics   curl -s %s\n", metricsURL)
	fmt.Fprintf(s.w, "  policy    the starter policy of \"redactor init\", with test keys\n\n")
}

// sample shows one record before and after.
func (s *screen) sample(title string, raw []byte, views []column) error {
	return sideBySide{width: s.width(), rows: sampleRows, color: s.color}.write(s.w, title, raw, views)
}

// live shows rates since the last line, and the counts.
func (s *screen) live(now *snapshot, profiles []string) {
	last := s.shown
	if last == nil {
		s.shown = now
		return
	}
	if !s.terminal && now.at.Sub(last.at) < plainEvery {
		return
	}
	s.shown = now
	line := liveLine(last, now, profiles)
	if !s.terminal {
		fmt.Fprintln(s.w, line)
		return
	}
	s.open = true
	fmt.Fprintf(s.w, "\r\x1b[K%s", strings.TrimRight(fit(line, s.width()-1), " "))
}

// endLive leaves the last line standing.
func (s *screen) endLive() {
	if s.open {
		fmt.Fprintln(s.w)
		s.open = false
	}
}

func liveLine(last, now *snapshot, profiles []string) string {
	rate := func(name string) string {
		return groupDigits(int64(float64(now.sum(name)-last.sum(name)) / now.at.Sub(last.at).Seconds()))
	}
	line := fmt.Sprintf("in %s/s  out %s/s  lag %s  | in %s",
		rate("redactor_records_consumed_total"), rate("redactor_records_produced_total"),
		groupDigits(now.sum("redactor_consumer_lag_records")), groupDigits(now.sum("redactor_records_consumed_total")))
	for _, p := range profiles {
		line += fmt.Sprintf("  %s %s", p, groupDigits(now.books(p).produced))
	}
	if q := now.sum("redactor_records_quarantined_total"); q > 0 {
		line += fmt.Sprintf("  quarantined %s", groupDigits(q))
	}
	return line
}

// books shows the accounts of the run.
func (s *screen) books(f finalBooks) {
	var total int64
	for _, n := range f.sent {
		total += n
	}
	fmt.Fprintf(s.w, "\n%s  %s records sent\n", s.paint(styleBold, "The books"), groupDigits(total))
	w := tabwriter.NewWriter(s.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "recipient\trouted\t=\tproduced\t+\tfiltered\t+\tfailed\tin its topics\t\t")
	for _, r := range f.recipients {
		verdict := s.paint(styleGood, "balanced")
		if !r.balance() {
			verdict = s.paint(styleBad, fmt.Sprintf("NOT BALANCED: %s were due", groupDigits(r.due)))
		}
		fmt.Fprintf(w, "%s\t%s\t\t%s\t\t%s\t\t%s\t%s\t%s\t\n", r.profile,
			groupDigits(r.routed), groupDigits(r.produced), groupDigits(r.filtered), groupDigits(r.failed), groupDigits(r.written), verdict)
	}
	w.Flush()
	fmt.Fprintf(s.w, "\nquarantined: %s records that could not be judged, %s in %s\n", groupDigits(f.quarantined), groupDigits(f.inQuarantine), demoQuarantine)
	found := s.paint(styleGood, "0 raw identifiers")
	if f.raw > 0 {
		found = s.paint(styleBad, groupDigits(f.raw)+" RAW IDENTIFIERS")
	}
	fmt.Fprintf(s.w, "looked at:   %s output records, %s in them\n", groupDigits(f.inspected), found)
	if f.lost > 0 {
		fmt.Fprintf(s.w, "%s\n", s.paint(styleBad, groupDigits(f.lost)+" records were not taken by the broker"))
	}
}
